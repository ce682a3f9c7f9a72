"""The page on paper: what a printed PDF shows when it is looked at, not only what it holds."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from emscope import GaussianMixture, datasets, player
from hand_made import groups, lloyd
from looking import BLOBS

DPI = 72
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')


class Paper:
    """The pages of a PDF: their words, with where they stand, and their pixels."""

    def __init__(self, path):
        boxes = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True)
        parts = boxes.stdout.split("<page ")[1:]
        self.words = [
            [(*map(float, found[:4]), found[4]) for found in map(re.Match.groups, WORD.finditer(part))]
            for part in parts
        ]
        subprocess.run(["pdftoppm", "-r", str(DPI), "-png", path, path.with_suffix("")], check=True)
        images = sorted(path.parent.glob(f"{path.stem}-*.png"))
        self.pages = [np.asarray(Image.open(image).convert("RGB"), dtype=int) for image in images]

    def text(self, page):
        return " ".join(word for *_, word in self.words[page])

    def hidden(self):
        """Words that are cut off, or have no ink where they stand."""
        for pixels, words in zip(self.pages, self.words, strict=True):
            height, width = pixels.shape[:2]
            for x0, y0, x1, y1, word in words:
                left, top, right, bottom = (round(v * DPI / 72) for v in (x0, y0, x1, y1))
                box = pixels[max(0, top) : bottom, max(0, left) : right].sum(axis=2)
                if left < 0 or top < 0 or right > width or bottom > height or np.ptp(box) < 150:
                    yield word


def pixels_like(pixels, color, within=12):
    wanted = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    return int((np.abs(pixels - wanted).max(axis=2) <= within).sum())


@pytest.fixture
def printed(pages, tmp_path):
    """Print a page as soon as it is loaded."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("there is no pdftoppm to look at printed pages with")

    def pdf(url, *, dark=False, before=lambda page: None):
        page, put_back = pages.take([], width=1280, height=720, dark=dark, calm=False)
        page.goto(url)
        before(page)
        page.pdf(path=tmp_path / "page.pdf", format="A4")
        put_back()
        return Paper(tmp_path / "page.pdf")

    return pdf


def looks(data, part):
    return data["looks"]["light"]["clusters"][part].split()


@pytest.mark.parametrize("dark", [False, True])
def test_axes_regions_curve_and_table_are_on_the_paper(printed, files, runs, dark):
    paper, data = printed(files[BLOBS], dark=dark), player.data_of(runs[BLOBS][1], title=BLOBS)
    assert list(paper.hidden()) == []
    for word in ("x1", "x2", "−4", "7.5"):
        assert paper.text(0).split().count(word) == 4, word
    for page in range(2):
        captions = re.findall(r"Initialization:|\w+ step \d:|Final clustering:", paper.text(page))
        assert len(captions) == paper.text(page).split().count("x1"), "a caption stays with its picture"
        for tint in looks(data, "tint")[:4]:
            assert pixels_like(paper.pages[page], tint, 3) > 5_000
        assert pixels_like(paper.pages[page], data["looks"]["light"]["line"]) > 500
        assert paper.pages[page][5, 5].min() == 255, "the paper stays white"
    end = " ".join(paper.text(page) for page in range(len(paper.pages)))
    assert "inertia 2,000" in end
    assert "Centers after final clustering points x1 x2 0 75 1.9826" in end


def geyser():
    table = datasets.old_faithful()
    return GaussianMixture(2, random_state=0).fit(table.matrix).trace_


def test_ellipses_have_the_colors_of_their_components(printed, tmp_path):
    path, trace = tmp_path / "geyser.html", geyser()
    player.write(trace, path, title="geyser")
    paper = printed(path.as_uri(), dark=True)
    assert list(paper.hidden()) == []
    height, width = paper.pages[0].shape[:2]
    first = paper.pages[0][: height // 3, : width // 2]  # where no point has a color yet
    for outline in looks(player.data_of(trace), "outline")[:2]:
        assert pixels_like(first, outline, 40) > 150
    everything = " ".join(paper.text(page) for page in range(len(paper.pages)))
    assert "Components after final clustering" in everything
    assert "corr. 0" in everything


def test_nothing_is_cut_off_where_there_is_much_to_print(printed, tmp_path):
    X = np.hstack([groups([(0, 0), (4, 4), (8, 0)])] * 15)
    path, trace = tmp_path / "wide.html", lloyd(X, X[:25], iterations=2)
    player.write(trace, path, title="wide")
    paper = printed(path.as_uri())
    assert list(paper.hidden()) == []
    text = " ".join(paper.text(page) for page in range(len(paper.pages)))
    assert {f"x{j + 1}" for j in range(30)} <= set(text.split())


def test_a_what_if_is_printed_when_it_is_shown(printed, files):
    paper = printed(files[BLOBS], before=lambda page: page.click("text=Add center"))
    text = " ".join(paper.text(page) for page in range(len(paper.pages)))
    assert "What if" in text
    assert "dashed" not in text
    assert "recorded run" in text
    assert list(paper.hidden()) == []
