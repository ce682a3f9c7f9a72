"""Pictures as elements of a page whose policy refuses styles."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from emscope.plot.inline import colors_in, svg


def inline(*, label="points", key="one", **how):
    return svg(drawn(**how), drawn(**how), label=label, key=key)


def named(text):
    return svg(drawn(label=text), drawn(label=text), label=text, key="one")


def drawn(points=3, label="a", paper="#ffffff", ticks=True):
    figure = Figure((4, 3), facecolor=paper)
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    axes.scatter(np.arange(points), np.arange(points), label=label)
    axes.plot([0, 1], [0, 1], dashes=(3, 1))
    axes.bar([0.5], [1.0], hatch="//")
    if not ticks:
        axes.set_xticks([])
    axes.set_title(label, parse_math=False)
    axes.text(1, 1, label, weight="bold", style="italic", rotation=30, ha="center", parse_math=False)
    return figure


def test_nothing_in_it_that_a_policy_refuses_or_that_others_may_mean():
    element = ElementTree.fromstring(inline())
    used = set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", inline()))
    used = {one or other for one, other in used}
    found = list(element.iter())
    assert not {part.tag for part in found} & {"style", "script", "metadata"}
    assert not any("style" in part.attrib for part in found)
    assert {part.get("id") for part in found} - {None} == used != set()
    other = ElementTree.fromstring(inline(key="two"))
    assert not used & {part.get("id") for part in other.iter()}


def test_looks_and_texts_stay():
    element = ElementTree.fromstring(named("income > 3"))
    texts = [part for part in element.iter() if part.tag == "text"]
    assert sum(part.text == "income > 3" for part in texts) == 2
    turned = next(part for part in texts if "rotate(-30" in part.get("transform", ""))
    assert (turned.get("font-weight"), turned.get("font-style")) == ("700", "italic")
    title = next(part for part in texts if part.text == "income > 3" and part is not turned)
    assert title.get("text-anchor") == "middle"
    assert turned.get("font-size") == "10px"
    assert any(part.get("stroke-dasharray") for part in element.iter())
    assert any(part.get("fill", "").startswith("url(#") for part in element.iter())


HOSTILE = (
    "</svg><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "&lt;b&gt; $x^2$ é \U0001f600",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_text(text):
    markup = named(text)
    assert markup.isascii()
    harmless = ElementTree.fromstring(named("x"))
    element = ElementTree.fromstring(markup)
    assert [part.tag for part in element.iter()] == [part.tag for part in harmless.iter()]
    assert element.get("aria-label") == element.find("title").text == text


def test_many_points_become_an_image():
    few, many = (inline(points=n) for n in (300, 30_000))
    assert "<image" not in few
    assert "data:image/png;base64," in many
    assert len(many) < 60_000


def test_the_same_picture_is_the_same_text():
    assert inline() == svg(drawn(), drawn(), label="points", key="one")


def test_two_looks_are_one_picture_where_they_differ_in_colors_alone():
    one = svg(drawn(), drawn(paper="#12161b"), label="points", key="one")
    assert one.count("<svg ") == 1
    assert colors_in(one) == [("--ffffff-12161b", "#ffffff", "#12161b")]
    two = svg(drawn(), drawn(paper="#12161b", ticks=False), label="points", key="one")
    assert two.count("<svg ") == 2
    assert [two.count(f'<div class="{name}">') for name in ("light", "dark")] == [1, 1]
    ids = re.findall(r' id="([^"]+)"', two)
    assert len(ids) == len(set(ids))
