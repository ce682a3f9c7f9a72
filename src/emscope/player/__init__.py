"""The player: a run to replay, scrub and question, in one offline HTML file.

It draws the scene of a trace and nothing else, so it works for every run that has something to draw.
"""

from __future__ import annotations

import html as markup
import os
from collections.abc import Sequence
from typing import Any

from emscope.files import write_text
from emscope.player.comparing import Profile
from emscope.player.packing import packed
from emscope.player.page import page
from emscope.scene import Scene, refuse_no_frames, refuse_what_is_no_trace
from emscope.trace import Trace

__all__ = ["Profile", "html", "iframe", "write"]

_HEIGHT = 860  # of the player in a notebook


def write(
    trace: Trace,
    path: str | os.PathLike[str],
    *,
    title: str = "",
    scene: Scene | None = None,
    profile: Profile | None = None,
    axes: Sequence[str | int] | None = None,
    rows: Any = None,
    colors_like: Trace | None = None,
) -> None:
    """Write a run as one HTML file that needs nothing else.

    Parameters
    ----------
    trace : Trace
        The run.
    path : path-like
        Where the file is to appear.
    title : str, optional
        What was clustered.
    scene : Scene, optional
        What the trace looks like, where that is known already.
    profile : Profile, optional
        How the rows of each cluster differ from all rows, over the whole table; without it the page
        counts the points that it shows.
    axes, rows, colors_like
        See :meth:`emscope.Scene.from_trace`.

    Raises
    ------
    DataError
        The run has no centers or means to draw.
    OutputError
        The file cannot be written there.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from emscope import KMeans, player
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> with TemporaryDirectory() as folder:
    ...     player.write(model.trace_, f"{folder}/run.html", title="four points")
    """
    how = {"axes": axes, "rows": rows, "colors_like": colors_like}
    write_text(path, html(trace, title=title, scene=scene, profile=profile, **how))


def html(
    trace: Trace,
    *,
    title: str = "",
    scene: Scene | None = None,
    profile: Profile | None = None,
    **how: Any,
) -> str:
    """Return the page that :func:`write` writes.

    Parameters
    ----------
    trace : Trace
        The run.
    title : str, optional
        What was clustered.
    scene : Scene, optional
        What the trace looks like, where that is known already.
    profile : Profile, optional
        How the rows of each cluster differ from all rows, over the whole table; without it the page
        counts the points that it shows.
    **how
        See :meth:`emscope.Scene.from_trace`.

    Returns
    -------
    str

    Raises
    ------
    DataError
        The run has no centers or means to draw.

    Examples
    --------
    >>> from emscope import KMeans, player
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> player.html(model.trace_, title="four points").startswith("<!DOCTYPE html>")
    True
    """
    return page(data_of(trace, title=title, scene=scene, profile=profile, **how))


def data_of(
    trace: Trace,
    *,
    title: str = "",
    scene: Scene | None = None,
    profile: Profile | None = None,
    **how: Any,
) -> dict[str, Any]:
    """Return what a page or a widget is told about a run, as plain JSON values."""
    refuse_what_is_no_trace(trace, "the player shows a Trace, not")
    if scene is None:
        scene = Scene.from_trace(trace, **how)
    refuse_no_frames(scene.frames)
    return packed(trace, scene, title or f"{trace.n_samples:,} points", profile)


def iframe(trace: Trace, *, title: str = "") -> str:
    """Return the player as notebooks show it, in a way that an export keeps.

    Parameters
    ----------
    trace : Trace
    title : str, optional
        What was clustered.

    Returns
    -------
    str
        HTML.
    """
    return page_in_page(html(trace, title=title))


def page_in_page(inner: str) -> str:
    """Return a page as an element of another one, to which it has no access."""
    inside = markup.escape(inner)
    return (
        '<iframe title="emscope player" loading="lazy" sandbox="allow-scripts allow-modals" '
        f'allow="clipboard-write" style="width:100%;height:{_HEIGHT}px;border:0" srcdoc="{inside}"></iframe>'
    )
