"""Pictures in a row as one file."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image
from scipy.spatial import KDTree

from emscope.columns import Array
from emscope.errors import OutputError

_COLORS = 255  # of a palette
_FEWER_COLORS = 64  # of a heavy GIF
_SETTLING = 8  # rounds in which a palette comes to fit
_FIXED = 8  # of its most frequent colors stay as they are: paper and regions
_SEEN = 8  # pixels of a color that is more than a blend at an edge
_HEAVY = 2_000_000  # bytes
_FPS = 25  # of a video


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture and how long it is seen."""

    picture: Image.Image
    duration: int  # in milliseconds


def write_gif(shots: Sequence[Shot], file: IO[bytes], loops: int) -> None:
    """Write a GIF whose pictures share one palette, so that no color flickers.

    A heavy one, of thousands of points over their density, is written with fewer colors.
    """
    _save_gif(shots, file, loops, _COLORS)
    if file.tell() > _HEAVY:
        file.seek(0)
        file.truncate()
        _save_gif(shots, file, loops, _FEWER_COLORS)


def _save_gif(shots: Sequence[Shot], file: IO[bytes], loops: int, colors: int) -> None:
    # a GIF counts how often it is played again
    again = {} if loops == 1 else {"loop": max(loops - 1, 0)}
    _save(with_one_palette(shots, colors), shots, file, format="GIF", disposal=1, optimize=False, **again)


def write_webp(shots: Sequence[Shot], file: IO[bytes], loops: int) -> None:
    """Write an animated WebP."""
    how = {"quality": 82, "method": 2, "allow_mixed": True}
    _save([shot.picture for shot in shots], shots, file, format="WEBP", loop=loops, **how)


def write_apng(shots: Sequence[Shot], file: IO[bytes], loops: int) -> None:
    """Write an animated PNG."""
    _save(with_one_palette(shots, _COLORS), shots, file, format="PNG", loop=loops)


def _save(pictures: Sequence[Image.Image], shots: Sequence[Shot], file: IO[bytes], **how: Any) -> None:
    first, *others = pictures
    durations = [shot.duration for shot in shots]
    first.save(file, save_all=True, append_images=others, duration=durations, **how)


def find_ffmpeg() -> str:
    """Return where the system has ffmpeg."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise OutputError("cannot write .mp4 without ffmpeg: install it, or write .gif, .webp or .apng.")
    return ffmpeg


def write_mp4(shots: Sequence[Shot], file: IO[bytes], loops: int) -> None:
    """Write a video with the ffmpeg of the system; how often it is played is up to the player."""
    ffmpeg = find_ffmpeg()
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
"""How to write a file, by the end of its name; 0 loops are played without end."""


def with_one_palette(shots: Sequence[Shot], size: int) -> list[Image.Image]:
    """Map every pixel to the nearest of ``size`` colors that all pictures share, without dithering."""
    some = [shots[i].picture for i in np.linspace(0, len(shots) - 1, 6).astype(int)]
    colors = _shared_colors(some, size)
    tree = KDTree(np.stack(_unpacked(colors), axis=1))
    nearest = np.full(1 << 24, -1, dtype=np.int16)  # by color, found when it is first seen
    mapped = []
    for shot in shots:
        pixels = _packed(shot.picture)
        seen = pixels[nearest[pixels] < 0]
        if len(seen):
            new = np.unique(seen)
            nearest[new] = tree.query(np.stack(_unpacked(new), axis=1))[1]
        picture = Image.fromarray(nearest[pixels].astype(np.uint8))
        picture.putpalette(np.stack(_unpacked(colors), axis=1).astype(np.uint8).tobytes())
        mapped.append(picture)
    return mapped


def _shared_colors(pictures: Sequence[Image.Image], size: int) -> Array:
    """Return the colors that cover most of the pictures as they are, and a median cut of all."""
    pixels = np.concatenate([_packed(picture)[::2, ::2].ravel() for picture in pictures])
    values, counts = np.unique(pixels, return_counts=True)
    exact, far = size * 3 // 8, size // 4
    most = values[np.argsort(-counts, kind="stable")[:exact]]
    # rare colors are cut on a par with frequent ones: arrows and rings are small
    cut = Image.fromarray(np.stack(_unpacked(values), axis=1)[None].astype(np.uint8)).quantize(
        size - exact - far
    )
    start = np.concatenate([_unpacked(most), np.array(cut.getpalette() or []).reshape(-1, 3).T], axis=1).T
    seen = values[counts >= _SEEN]
    start = np.concatenate([start, _unlike(start, np.stack(_unpacked(seen), axis=1), far)])
    return _settled(start, values, np.sqrt(counts))


def _unlike(colors: Array, pixels: Array, count: int) -> Array:
    """Return those colors of pixels that are farthest from others: of small clusters, for example."""
    if not len(pixels):
        return colors[:0]
    distance = np.asarray(KDTree(colors).query(pixels)[0])
    found = []
    for _ in range(count):
        found.append(pixels[distance.argmax()])
        distance = np.minimum(distance, np.linalg.norm(pixels - found[-1], axis=1))
    return np.stack(found)


def _settled(start: Array, values: Array, weights: Array) -> Array:
    """Move colors to the means of those they stand for, so that gray stays gray in a small palette."""
    pixels = np.stack(_unpacked(values), axis=1).astype(np.float64)
    colors = start.astype(np.float64)
    for _ in range(_SETTLING):
        owner = KDTree(colors).query(pixels)[1]
        mass = np.bincount(owner, weights, len(colors))
        sums = np.stack([np.bincount(owner, weights * p, len(colors)) for p in pixels.T], axis=1)
        colors = np.where(mass[:, None] > 0, sums / np.maximum(mass, 1e-12)[:, None], colors)
    colors[:_FIXED] = start[:_FIXED]
    red, green, blue = np.rint(colors).astype(np.int32).T
    return np.asarray(red << 16 | green << 8 | blue)


def _packed(picture: Image.Image) -> Array:
    red, green, blue = np.moveaxis(np.asarray(picture).astype(np.int32), 2, 0)
    return np.asarray(red << 16 | green << 8 | blue)


def _unpacked(colors: Array) -> tuple[Array, Array, Array]:
    return colors >> 16, colors >> 8 & 255, colors & 255
