"""Pictures in a row as one file."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from emscope.errors import OutputError

_COLORS = 255
_FPS = 25  # of a video


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture and how long it is seen.

    Attributes
    ----------
    picture : PIL.Image.Image
    duration : int
        In milliseconds.
    """

    picture: Image.Image
    duration: int


def write_gif(shots: Sequence[Shot], file: IO[bytes], loops: int) -> None:
    """Write a GIF whose pictures share one palette, so that no colour flickers.

    Parameters
    ----------
    shots : sequence of Shot
    file : binary file
    loops : int
        How often it is played; 0 for without end.
    """
    first, *others = _with_one_palette(shots)
    # a GIF counts how often it is played again
    again = {} if loops == 1 else {"loop": max(loops - 1, 0)}
    first.save(
        file,
        format="GIF",
        save_all=True,
        append_images=others,
        duration=[shot.duration for shot in shots],
        disposal=1,
        optimize=False,
        **again,
    )


def write_webp(shots: Sequence[Shot], file: IO[bytes], loops: int) -> None:
    """Write an animated WebP.

    Parameters
    ----------
    shots : sequence of Shot
    file : binary file
    loops : int
        How often it is played; 0 for without end.
    """
    first, *others = (shot.picture for shot in shots)
    first.save(
        file,
        format="WEBP",
        save_all=True,
        append_images=others,
        duration=[shot.duration for shot in shots],
        loop=loops,
        quality=82,
        method=2,
        allow_mixed=True,
    )


def write_apng(shots: Sequence[Shot], file: IO[bytes], loops: int) -> None:
    """Write an animated PNG.

    Parameters
    ----------
    shots : sequence of Shot
    file : binary file
    loops : int
        How often it is played; 0 for without end.
    """
    first, *others = _with_one_palette(shots)
    first.save(
        file,
        format="PNG",
        save_all=True,
        append_images=others,
        duration=[shot.duration for shot in shots],
        loop=loops,
    )


def write_mp4(shots: Sequence[Shot], file: IO[bytes], loops: int) -> None:
    """Write a video with the ffmpeg of the system.

    Parameters
    ----------
    shots : sequence of Shot
    file : binary file
    loops : int
        Not used: players decide how often a video is played.

    Raises
    ------
    OutputError
        There is no ffmpeg, or it failed.
    """
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise OutputError("cannot write .mp4 without ffmpeg: install it, or write .gif, .webp or .apng.")
    width, height = (size // 2 * 2 for size in shots[0].picture.size)  # the codec wants even sizes
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "video.mp4"
        given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(_FPS), "-i", "-"]
        wanted = ["-pix_fmt", "yuv420p", "-movflags", "+faststart", str(video)]
        with tempfile.TemporaryFile() as frames:
            for shot in shots:
                pixels = np.asarray(shot.picture)[:height, :width].tobytes()
                for _ in range(max(1, round(shot.duration * _FPS / 1000))):
                    frames.write(pixels)
            frames.seek(0)
            command = [ffmpeg, "-y", "-loglevel", "error", *given, *wanted]
            done = subprocess.run(command, stdin=frames, capture_output=True, check=False)
        if done.returncode or not video.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise OutputError(f"cannot write .mp4: ffmpeg failed ({said[-1] if said else 'without a word'}).")
        file.write(video.read_bytes())


ENCODERS: dict[str, Callable[[Sequence[Shot], IO[bytes], int], None]] = {
    ".gif": write_gif,
    ".webp": write_webp,
    ".apng": write_apng,
    ".mp4": write_mp4,
}
"""How to write a file, by the end of its name."""


def _with_one_palette(shots: Sequence[Shot]) -> list[Image.Image]:
    """Map all pictures to the colours that are most used in some of them, without dithering."""
    chosen = [shots[i].picture for i in np.unique(np.linspace(0, len(shots) - 1, 6).astype(int))]
    width, height = chosen[0].size
    sheet = Image.new("RGB", (width, height * len(chosen)))
    for row, picture in enumerate(chosen):
        sheet.paste(picture, (0, row * height))
    palette = sheet.quantize(_COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return [shot.picture.quantize(palette=palette, dither=Image.Dither.NONE) for shot in shots]
