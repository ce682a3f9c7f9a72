"""A run that moves: labels change in E-steps, centers and ellipses in M-steps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import IO, Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from emscope.errors import OutputError
from emscope.files import whole_file
from emscope.plot.encoding import ENCODERS, Shot, find_ffmpeg
from emscope.plot.layout import lay_out, new_figure, set_up_axes, write_caption
from emscope.plot.panel import Panel
from emscope.plot.stills import scene_of
from emscope.plot.style import styled
from emscope.scene import Frame, Scene, refuse_no_frames
from emscope.scene.paint import Style
from emscope.trace import Trace

_DPI = 100.0
_START, _EXPECTATION, _MAXIMIZATION, _END = 1500, 900, 700, 4000  # how long each is seen, in milliseconds
_TWEEN = 50
_TWEENS = 8  # pictures of centers on their way
_FEWER = {"maximization": 0.7, "expectation": 0.3}  # of a mixture, of which more pixels change
_BLENDING = 2_000  # points whose colors change little by little, at most
_LONG = 20  # half-steps; longer runs go faster, but no faster than this many times
_FASTEST = 3.0


def animate(
    run: Trace | Scene,
    path: str | os.PathLike[str],
    *,
    style: str = "light",
    speed: float = 1.0,
    loops: int = 3,
    all_frames: bool = False,
    axes: Sequence[str | int] | None = None,
    rows: Any = None,
    colors_like: Trace | None = None,
) -> Path:
    """Write the run as an animation.

    Every frame has its own duration: E-steps are held, in M-steps the centers slide along their arrows,
    and the end is held longest. Of a mixture the ellipses change in M-steps, and in E-steps the colors of
    up to 2,000 points. Of a long run at most 60 half-steps are shown, and faster.

    Parameters
    ----------
    run : Trace or Scene
        The run.
    path : path-like
        The file; its name ends in ``.gif``, ``.webp``, ``.apng``, or in ``.mp4`` where the system has ffmpeg.
    style : {"light", "dark", "print"}
        The look.
    speed : float
        2 shows everything for half as long.
    loops : int
        How often it is played; 0 for without end. A video is played once.
    all_frames : bool
        Show every half-step, however many there are.
    axes, rows, colors_like
        As for :meth:`emscope.Scene.from_trace`.

    Returns
    -------
    pathlib.Path
        The file, which appears whole or not at all.

    Raises
    ------
    DataError
        There is nothing that can be drawn in the plane.
    OutputError
        The name ends in something else, the file cannot be written, or there is no ffmpeg.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from emscope import KMeans, plot
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> with TemporaryDirectory() as folder:
    ...     path = plot.animate(model.trace_, f"{folder}/run.gif", speed=2.0)
    """
    target = Path(path)
    check_animation(target.name)
    if not speed > 0:
        raise OutputError(f"speed must be greater than 0, not {speed!r}.")
    scene = scene_of(run, axes=axes, rows=rows, colors_like=colors_like)
    with whole_file(target) as file:
        write_animation(
            scene, file, target.suffix.lower(), style=style, speed=speed, loops=loops, all_frames=all_frames
        )
    return target


def check_animation(name: str) -> None:
    """Find out before a run whether it can be written as an animation of this name."""
    kind = PurePath(name).suffix.lower()
    if kind not in ENCODERS:
        raise OutputError(f"cannot write {name}: an animation ends in {', '.join(ENCODERS)}.")
    if kind == ".mp4":
        find_ffmpeg()


def write_animation(
    scene: Scene,
    file: IO[bytes],
    kind: str,
    *,
    style: str = "light",
    speed: float = 1.0,
    loops: int = 3,
    all_frames: bool = False,
) -> None:
    """Write a scene as an animation into an open file."""
    refuse_no_frames(scene.frames)
    chosen = range(len(scene.frames)) if all_frames else scene.limit_frames()
    with styled(style) as look:
        shots = list(_shots(scene, [scene.frames[i] for i in chosen], look, speed))
    ENCODERS[kind](shots, file, loops)


def _shots(scene: Scene, frames: Sequence[Frame], style: Style, speed: float) -> Iterator[Shot]:
    """Yield pictures and how long each is seen.

    What stays the same through the run is drawn once, what stays the same while centers slide once per
    half-step; points whose colors blend are drawn for every picture.
    """
    layout = lay_out(scene, tuple(frames))
    figure, ax = new_figure(layout, style, _DPI)
    canvas: Any = FigureCanvasAgg(figure)
    set_up_axes(ax, scene)
    panel = Panel(ax, scene, style)
    panel.draw_backdrop()
    for spine in ax.spines.values():
        spine.set_visible(False)  # drawn again above the regions
    canvas.draw()
    empty = canvas.copy_from_bbox(figure.bbox)
    hurry = speed * float(np.clip(len(frames) / _LONG, 1.0, _FASTEST))
    tweens = max(3, round(_TWEENS / hurry**0.5))
    for frame in frames:
        texts = write_caption(figure, layout, scene, frame, style)
        for spine in ax.spines.values():
            spine.set_visible(True)
        blends = frame.blends and len(scene.positions) <= _BLENDING
        slides = frame.old_centers is not None and frame.arrows.any()
        steps = 1
        if slides or blends or frame.reshapes:
            steps = tweens if frame.ellipses is None else max(2, round(_FEWER[frame.phase] * tweens))
        under = None
        for share, duration in _moments(frame, frame is frames[-1], steps, hurry):
            if under is None or blends:
                canvas.restore_region(empty)
                points = panel.draw_points(frame, share)
                _paint(canvas, [*texts, *points, *ax.spines.values()])
                under = canvas.copy_from_bbox(figure.bbox)
                _take_away(points)
            canvas.restore_region(under)
            centers = panel.draw_centers(frame, share)
            _paint(canvas, centers)
            yield Shot(_picture(canvas), duration)
            _take_away(centers)
        _take_away(texts)


def _moments(frame: Frame, last: bool, steps: int, hurry: float) -> Iterator[tuple[float, int]]:
    """Yield how far a half-step has come, and for how many milliseconds that is seen."""
    for i in range(1, steps):
        t = i / steps
        yield t * t * (3 - 2 * t), _TWEEN
    held = {"initialization": _START, "expectation": _EXPECTATION, "maximization": _MAXIMIZATION}[frame.phase]
    duration = _END if last else max(held / hurry, 4 * _TWEEN)
    yield 1.0, int(round(duration, -1))


def _paint(canvas: Any, artists: list[Artist]) -> None:
    for artist in sorted(artists, key=lambda a: a.get_zorder()):
        artist.draw(canvas.get_renderer())


def _take_away(artists: list[Artist]) -> None:
    for artist in artists:
        artist.remove()


def _picture(canvas: Any) -> Image.Image:
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
