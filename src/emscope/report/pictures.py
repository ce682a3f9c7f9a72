"""All that shows a run: the player, the frames, the film strip, the objective and the animation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from emscope import player, plot
from emscope.files import Folder
from emscope.plot.animation import check_animation, write_animation
from emscope.scene import Scene
from emscope.trace import Trace

STILLS = ("png", "svg", "pdf")
ANIMATIONS = ("gif", "webp", "apng", "mp4")
PLAYER = "player.html"

_FRAMES = "frames/"
_PICTURES = ("filmstrip", "objective", "animation")


@dataclass(frozen=True, slots=True)
class Look:
    """How the pictures are to look."""

    formats: tuple[str, ...] = ("png", "gif")  # which of STILLS and ANIMATIONS to write
    style: str = "light"  # light, dark or print
    all_frames: bool = False  # draw every half-step of a long run
    player: bool = True  # write the page that replays the run

    @property
    def stills(self) -> list[str]:
        """Kinds of pictures that do not move."""
        return [name for name in self.formats if name in STILLS]

    def check(self) -> None:
        """Find out before a run whether its pictures can be written."""
        for name in self.formats:
            if name in ANIMATIONS:
                check_animation(f"animation.{name}")

    def names(self) -> list[str]:
        """Return what will be written of any run: files, and the folder of the frames."""
        stills = [f"{name}.{still}" for still in self.stills for name in ("filmstrip", "objective")]
        animations = [f"animation.{name}" for name in self.formats if name in ANIMATIONS]
        return [*([PLAYER] if self.player else []), *([_FRAMES] if stills else []), *stills, *animations]


def is_view(name: str) -> bool:
    """Tell whether a file of a folder is one of those that show a run."""
    return name == PLAYER or name.startswith(_FRAMES) or name.partition(".")[0] in _PICTURES


def view_names(scene: Scene, look: Look) -> list[str]:
    """Return the files that :func:`write_views` writes."""
    frames = [f"{_FRAMES}{name}.{still}" for _, name in _frames(scene, look) for still in look.stills]
    return [*(name for name in look.names() if scene.frames or name != PLAYER), *frames]


def write_views(
    folder: Folder,
    name: str,
    trace: Trace,
    scene: Scene,
    look: Look,
    tell: Callable[[str], None],
    profile: player.Profile | None = None,
) -> None:
    """Write all that shows a run: the player first, because it is quickly done, then the pictures.

    Where something cannot be written, what was written before stays.
    """
    if look.player and scene.frames:
        tell(PLAYER)
        page = player.html(trace, title=PurePath(name).name, scene=scene, profile=profile)
        with folder.file(PLAYER) as file:
            file.write(page.encode())
    for index, frame in _frames(scene, look) if look.stills else ():
        tell(f"{_FRAMES}{frame}")
        _save(folder, f"{_FRAMES}{frame}", plot.frame(scene, index, style=look.style), look)
    if look.stills:
        tell("filmstrip")
        _save(folder, "filmstrip", plot.filmstrip(scene, style=look.style), look)
        tell("objective")
        _save(folder, "objective", plot.objective(scene, style=look.style).figure, look)
    for kind in look.formats:
        if kind in ANIMATIONS:
            tell(f"animation.{kind}")
            with folder.file(f"animation.{kind}") as file:
                write_animation(scene, file, f".{kind}", style=look.style)


def _frames(scene: Scene, look: Look) -> Iterator[tuple[int, str]]:
    """Yield which frames are drawn and what each is called."""
    digits = max(2, len(str(len(scene.frames) - 1)))
    for index in range(len(scene.frames)) if look.all_frames else scene.limit_frames():
        frame = scene.frames[index]
        name = "initialization" if frame.phase == "initialization" else f"{frame.phase}-{frame.iteration}"
        yield index, f"{index:0{digits}d}-{'final' if frame.final else name}"


def _save(folder: Folder, name: str, figure: Any, look: Look) -> None:
    for kind in look.stills:
        # PNG in half the time for 10 % more bytes
        how = {"pil_kwargs": {"compress_level": 3}} if kind == "png" else {}
        with folder.file(f"{name}.{kind}") as file:
            figure.savefig(file, format=kind, **how)
