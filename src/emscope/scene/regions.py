"""The part of the plane that each center owns: its Voronoi cell, cut off at the limits of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emscope.columns import Array

# a corner, and the number of the center behind the edge that starts there; -1 for the picture's own edge
_Corner = tuple[float, float, int]


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Cells of the centers and the borders between them."""

    # (v, 2): corners of each center's cell; no corners where it owns nothing in sight
    polygons: tuple[Array, ...]
    borders: Array  # (b, 2, 2): ends of the borders, each border once


def voronoi(
    centers: Array, xlim: tuple[float, float], ylim: tuple[float, float], unit: Array | None = None
) -> Regions:
    """Return the cells of centers within a rectangle.

    The cell of a center is the rectangle cut by the bisectors with the other centers, nearest first;
    bisectors farther away than the cell reaches cannot cut it. Of centers in the same place the first
    owns the cell, as ties go to the lowest index.

    ``unit`` is what coordinates are divided by before distances are taken.
    """
    # about the rectangle's corner and in its size: no digits are lost far from zero
    lower = np.array([xlim[0], ylim[0]], dtype=np.float64)
    size = np.array([xlim[1], ylim[1]], dtype=np.float64) - lower
    metric = size if unit is None else size / unit
    metric = metric / metric.max()
    sites = (np.asarray(centers, dtype=np.float64) - lower) / size * metric
    width, height = metric.tolist()
    box = [(0.0, 0.0, -1), (width, 0.0, -1), (width, height, -1), (0.0, height, -1)]
    cells = [_cell(i, sites, box) for i in range(len(sites))]
    polygons = tuple(
        np.array([corner[:2] for corner in cell]).reshape(-1, 2) / metric * size + lower for cell in cells
    )
    borders = [
        (polygon[j], polygon[(j + 1) % len(polygon)])
        for i, (cell, polygon) in enumerate(zip(cells, polygons, strict=True))
        for j, (_, _, behind) in enumerate(cell)
        if behind > i
    ]
    return Regions(polygons, np.array(borders).reshape(-1, 2, 2))


def _cell(i: int, sites: Array, box: list[_Corner]) -> list[_Corner]:
    x, y = sites[i].tolist()
    away = np.hypot(sites[:, 0] - x, sites[:, 1] - y)
    cell, reach = box, _reach(box, x, y)
    for j in np.argsort(away, kind="stable").tolist():
        if j == i or (away[j] == 0 and j > i):
            continue
        if away[j] == 0:
            return []
        if away[j] > 2 * reach:
            break
        cut = _cut(cell, (x, y), sites[j].tolist(), j)
        if not cut:
            return []
        if cut is not cell:
            cell, reach = cut, _reach(cut, x, y)
    return cell


def _reach(cell: list[_Corner], x: float, y: float) -> float:
    return float(max((cx - x) ** 2 + (cy - y) ** 2 for cx, cy, _ in cell) ** 0.5)


def _cut(cell: list[_Corner], own: tuple[float, float], other: list[float], j: int) -> list[_Corner]:
    """Keep what lies nearer to ``own`` than to ``other`` (I. Sutherland and G. Hodgman's clipping, 1974)."""
    nx, ny = other[0] - own[0], other[1] - own[1]
    offset = nx * (other[0] + own[0]) / 2 + ny * (other[1] + own[1]) / 2
    sides = [nx * cx + ny * cy - offset for cx, cy, _ in cell]
    if max(sides) <= 0:
        return cell
    kept: list[_Corner] = []
    for at, (cx, cy, behind) in enumerate(cell):
        after = (at + 1) % len(cell)
        side, next_side = sides[at], sides[after]
        leaving = side <= 0 < next_side
        if side <= 0:
            kept.append((cx, cy, j if side == 0 and leaving else behind))
        if side * next_side < 0:
            t = side / (side - next_side)
            next_x, next_y, _ = cell[after]
            # where the kept side ends the new edge begins, and where it begins again the old one goes on
            kept.append((cx + t * (next_x - cx), cy + t * (next_y - cy), j if leaving else behind))
    return kept if len(kept) > 2 else []
