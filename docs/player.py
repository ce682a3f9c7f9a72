"""Draw README's moving picture of the player: ``python docs/player.py`` writes ``docs/player.gif``.

It needs what the tests need: Playwright, and a Chromium on the path.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from emscope import KMeans, datasets, player
from emscope.plot.encoding import Shot, write_gif

SIZE: ViewportSize = {"width": 1180, "height": 690}
SHOWN = 2 / 3  # of that size


def session(page: Page) -> Iterator[int]:
    """Replay the run, ask about a point, and begin elsewhere; yields how long each sight is kept."""
    yield 1600
    for pause in (1400, 1400, 1400, 1400, 900, 900, 1800):
        page.keyboard.press("ArrowRight")
        yield pause
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.fill("input[type=number]", "9")
    page.press("input[type=number]", "Enter")
    yield 3200
    page.evaluate("document.activeElement.blur()")
    for key in ("Escape", "Home"):
        page.keyboard.press(key)
    box: Any = page.locator(".badge").nth(3).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    yield 700
    for share in (0.25, 0.5, 0.75, 1.0):
        page.mouse.move(x - 200 * share, y - 170 * share, steps=2)
        page.wait_for_timeout(150)
        yield 300
    page.mouse.up()
    yield 900
    page.evaluate("document.activeElement.blur()")
    for pause in (900, 900, 900, 700, 700, 500, 500, 500, 500, 3000):
        page.keyboard.press("ArrowRight")
        yield pause


def main() -> None:
    """Draw the picture."""
    model = KMeans(4, init=datasets.blobs_start()).fit(datasets.blobs().matrix)
    shots = []
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "player.html"
        player.write(model.trace_, path, title="the blobs")
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
        page.goto(path.as_uri())
        page.wait_for_selector(".transport")
        for pause in session(page):
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            size = (round(SIZE["width"] * SHOWN), round(SIZE["height"] * SHOWN))
            shots.append(Shot(picture.resize(size, Image.Resampling.LANCZOS), pause))
        browser.close()
    with (Path(__file__).parent / "player.gif").open("w+b") as file:
        write_gif(shots, file, loops=0)


if __name__ == "__main__":
    main()
