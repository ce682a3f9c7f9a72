import numpy as np
import pytest
from matplotlib.path import Path

from emscope.scene.regions import voronoi
from hand_made import owners


def area(polygon):
    x, y = polygon.T if len(polygon) else (np.zeros(1), np.zeros(1))
    return 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


@pytest.mark.parametrize("k", [1, 2, 3, 7, 40, 100])
@pytest.mark.parametrize("unit", [(1.0, 1.0), (0.1, 30.0)])
def test_regions_hold_exactly_the_points_nearest_to_their_center(k, unit):
    random = np.random.default_rng(k)
    centers = random.normal(size=(k, 2)) * (1.0, 20.0)
    xlim, ylim = (-2.0, 2.5), (-30.0, 50.0)
    regions = voronoi(centers, xlim, ylim, np.array(unit))
    points = random.uniform((xlim[0], ylim[0]), (xlim[1], ylim[1]), size=(2000, 2))
    nearest = owners(points, centers, np.array(unit))
    for i, polygon in enumerate(regions.polygons):
        inside = Path(polygon).contains_points(points) if len(polygon) else np.zeros(len(points), bool)
        np.testing.assert_array_equal(inside, nearest == i)


def test_regions_fill_the_picture_and_borders_are_listed_once():
    centers = np.random.default_rng(1).normal(size=(25, 2))
    regions = voronoi(centers, (-3, 3), (-2, 2))
    assert sum(map(area, regions.polygons)) == pytest.approx(24.0)
    middles = regions.borders.mean(axis=1)
    assert len(np.unique(middles.round(9), axis=0)) == len(middles)
    away = np.sort(np.linalg.norm(middles[:, None] - centers, axis=2), axis=1)
    np.testing.assert_allclose(away[:, 0], away[:, 1])


def test_the_first_of_centers_in_one_place_owns_the_region():
    regions = voronoi(np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]), (-1, 2), (-1, 1))
    assert [len(polygon) > 0 for polygon in regions.polygons] == [True, False, True]
    assert sum(map(area, regions.polygons)) == pytest.approx(6.0)


def test_one_center_owns_everything_without_a_border():
    regions = voronoi(np.array([[5.0, 5.0]]), (-1, 1), (-1, 1))
    assert area(regions.polygons[0]) == pytest.approx(4.0)
    assert regions.borders.shape == (0, 2, 2)


def test_borders_far_from_zero_keep_their_place():
    regions = voronoi(np.array([[1e12, 0.0], [1e12 + 2, 0.0]]), (1e12 - 4, 1e12 + 4), (-1, 1))
    np.testing.assert_array_equal(regions.borders[0, :, 0], 1e12 + 1)


def test_symmetric_centers_meet_in_one_corner():
    regions = voronoi(np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]), (-2, 2), (-2, 2))
    assert [area(polygon) for polygon in regions.polygons] == pytest.approx([4.0] * 4)
