import itertools
import stat

import numpy as np
import pytest
from PIL import Image

from emscope import plot
from emscope.errors import OutputError
from emscope.plot.encoding import Shot, with_one_palette
from emscope.scene.colors import by_number
from hand_made import groups, lloyd

CENTERS = [[0, 0], [9, 0], [0, 9], [9, 9]]


@pytest.fixture(scope="module")
def trace():
    points = groups(CENTERS, each=25)
    return lloyd(points, points[:4], iterations=3)


def shots(path):
    with Image.open(path) as image:
        durations, pictures = [], []
        for i in range(image.n_frames):
            image.seek(i)
            image.load()
            durations.append(round(image.info["duration"]))
            pictures.append(image.convert("RGB"))
        return durations, pictures, image.info.get("loop")


def expected_durations(trace):
    """Seven slides before every M-step whose centers move, then its own hold."""
    durations = []
    for step in trace.steps[:-1]:
        slides = bool(step.phase == "maximization" and step.shift.max() > 0.5)
        held = {"initialization": 1500, "expectation": 900, "maximization": 700}[step.phase]
        durations += [50] * 7 * slides + [held]
    return [*durations, 4000]


@pytest.mark.parametrize(("suffix", "loop"), [("gif", 2), ("webp", 3), ("apng", 3)])
def test_every_picture_has_its_own_duration_and_the_run_is_played_three_times(tmp_path, trace, suffix, loop):
    path = plot.animate(trace, tmp_path / f"run.{suffix}")
    durations, pictures, loops = shots(path)
    assert durations == expected_durations(trace)
    assert loops == loop
    assert len({picture.size for picture in pictures}) == 1
    assert all(one.tobytes() != other.tobytes() for one, other in itertools.pairwise(pictures))


def test_one_palette_serves_all_pictures(tmp_path, trace):
    with Image.open(plot.animate(trace, tmp_path / "run.gif")) as image:
        tables = set()
        for i in range(image.n_frames):
            image.seek(i)
            tables.add(
                bool(image.tile and image.tile[0].args[-1]) if False else bytes(image.global_palette.palette)
            )
    assert len(tables) == 1


def test_the_last_picture_of_a_gif_is_the_final_frame(tmp_path, trace):
    _, pictures, _ = shots(plot.animate(trace, tmp_path / "run.gif"))
    figure = plot.frame(trace, -1)
    figure.savefig(tmp_path / "final.png", dpi=100)
    with Image.open(tmp_path / "final.png") as final:
        difference = np.asarray(final.convert("RGB"), dtype=float) - np.asarray(pictures[-1], dtype=float)
    assert np.abs(difference).mean() < 1.0


def test_speed_loops_and_style(tmp_path, trace):
    path = plot.animate(trace, tmp_path / "run.gif", speed=2.0, loops=1, style="dark")
    durations, pictures, loops = shots(path)
    assert loops is None
    assert durations[0] == 750
    assert max(pictures[0].getpixel((0, 0))) < 64
    with pytest.raises(OutputError, match="speed must be greater than 0"):
        plot.animate(trace, path, speed=0.0)


def test_a_long_run_is_small_and_shows_sixty_half_steps_at_most(tmp_path):
    points = np.random.default_rng(0).normal(size=(300, 2))
    trace = lloyd(points, points[:12], iterations=80)
    path = plot.animate(trace, tmp_path / "run.gif")
    assert path.stat().st_size < 2_000_000
    durations, _, _ = shots(path)
    assert min(durations) >= 50
    assert durations[-1] == 4000


def test_a_small_palette_keeps_the_paper_and_the_clusters_colors():
    pixels = np.full((200, 200, 3), 255, dtype=np.uint8)
    pixels[:, :120] = (255 - np.arange(200) // 2)[:, None, None]  # a density, all gray
    fills = [tuple(int(h[i : i + 2], 16) for i in (1, 3, 5)) for h in by_number(8).hexes]
    for i, fill in enumerate(fills):
        pixels[20 * i : 20 * i + 6, 130:150] = fill
        pixels[20 * i : 20 * i + 6, 150:156] = (0.5 * np.array(fill) + 120).astype(np.uint8)
    (mapped,) = with_one_palette([Shot(Image.fromarray(pixels), 100)], 64)
    found = np.asarray(mapped.convert("RGB")).astype(int)
    assert tuple(found[199, 199]) == (255, 255, 255)
    assert np.abs(found - pixels).max() <= 12


def test_other_endings_are_refused(tmp_path, trace):
    with pytest.raises(OutputError, match=r"run\.avi: an animation ends in \.gif, \.webp, \.apng, \.mp4"):
        plot.animate(trace, tmp_path / "run.avi")
    assert list(tmp_path.iterdir()) == []


def test_a_video_without_ffmpeg_says_what_to_do(tmp_path, trace, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(OutputError, match=r"without ffmpeg: install it, or write \.gif, \.webp or \.apng"):
        plot.animate(trace, tmp_path / "run.mp4")
    assert list(tmp_path.iterdir()) == []


def ffmpeg_that(folder, script):
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(folder)


def test_a_video_is_piped_to_ffmpeg(tmp_path, trace, monkeypatch):
    counting = 'for last; do :; done; /usr/bin/wc -c > "$last"; echo "$@" >> "$last"'
    monkeypatch.setenv("PATH", ffmpeg_that(tmp_path / "bin", counting))
    written = plot.animate(trace, tmp_path / "run.mp4").read_text()
    count, arguments = written.split("\n", 1)
    width, height = map(int, arguments.split("-s ")[1].split()[0].split("x"))
    assert width % 2 == height % 2 == 0
    frames = sum(max(1, round(duration * 25 / 1000)) for duration in expected_durations(trace))
    assert int(count) == 3 * width * height * frames


def test_a_video_that_fails_leaves_nothing(tmp_path, trace, monkeypatch):
    monkeypatch.setenv("PATH", ffmpeg_that(tmp_path / "bin", 'echo "no such codec" >&2; exit 1'))
    with pytest.raises(OutputError, match=r"ffmpeg failed \(no such codec\)"):
        plot.animate(trace, tmp_path / "run.mp4")
    assert not (tmp_path / "run.mp4").exists()
