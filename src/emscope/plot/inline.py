"""A picture as an element of a page: SVG without ids, styles or fonts of its own."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

_MOST_MARKS = 400  # of one kind that are drawn as shapes; more of them are drawn as an image
_MOST_VERTICES = 4000  # of a line or an area, likewise
_IMAGE_DPI = 160
_PIXELS_PER_POINT = 96 / 72

_NAMESPACE = re.compile(r"\{[^}]*\}")
_FONT = re.compile(r"(?:(italic|oblique) )?(?:(\d+|bold) )?([\d.]+px)")
_REFERENCE = re.compile(r"^#(.+)$|url\(#([^)]+)\)")
_BLANKS = re.compile(r"\s+")
_DECIMALS = re.compile(r"(\.\d\d)\d+")  # a hundredth of a point cannot be seen
_GEOMETRY = {"d", "x", "y"}
_INHERITED = {"font-family", "font", "white-space"}  # the page says these
_UNUSED = {"metadata", "style", "title"}


def svg(picture: Figure | Axes, *, label: str, key: str) -> str:
    """Return a picture as an ``svg`` element that a strict Content-Security-Policy lets through.

    Looks are attributes, because such a policy refuses styles inside a page; text stays text, in the page's
    font. Clouds of points and long lines become an image in it, so that its size does not grow with the data.

    Parameters
    ----------
    picture : Figure or Axes
    label : str
        What the picture shows, for those who cannot see it.
    key : str
        Sets what is named in it apart from what other pictures of the page name.

    Returns
    -------
    str

    Examples
    --------
    >>> from emscope import KMeans, plot
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> element = svg(plot.objective(model.trace_), label="a < b", key="a")
    >>> element[:40], "style=" in element
    ('<svg role="img" aria-label="a &lt; b" vi', False)
    """
    figure = picture.get_figure(root=True) if isinstance(picture, Axes) else picture
    assert isinstance(figure, Figure)  # these axes are only ever put on one
    for artist in _crowded(figure):
        artist.set_rasterized(True)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": key, "path.simplify": True}):
        figure.savefig(buffer, format="svg", dpi=_IMAGE_DPI, metadata={"Date": None})
    root = ElementTree.fromstring(buffer.getvalue())
    _plain(root)
    _without_idle_ids(root)
    width, height = (round(size * 72 * _PIXELS_PER_POINT) for size in figure.get_size_inches())
    inner = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    inner = inner.encode("ascii", "xmlcharrefreplace").decode("ascii")
    name = html.escape(label).encode("ascii", "xmlcharrefreplace").decode("ascii")
    return (
        f'<svg role="img" aria-label="{name}" viewBox="{root.get("viewBox")}" width="{width}" '
        f'height="{height}" stroke-linejoin="round" stroke-linecap="butt"><title>{name}</title>{inner}</svg>'
    )


def _crowded(figure: Figure) -> Iterator[Artist]:
    """Yield what has too many parts to be written one by one."""
    for collection in figure.findobj(Collection):
        assert isinstance(collection, Collection)
        vertices = sum(np.shape(path.vertices)[0] for path in collection.get_paths())
        if np.shape(collection.get_offsets())[0] > _MOST_MARKS or vertices > _MOST_VERTICES:
            yield collection
    for line in figure.findobj(Line2D):
        assert isinstance(line, Line2D)
        marks = line.get_marker() not in ("None", "none", "", " ", None)
        if np.shape(line.get_xydata())[0] > (_MOST_MARKS if marks else _MOST_VERTICES):
            yield line


def _plain(element: ElementTree.Element) -> None:
    """Turn styles into attributes and leave out what pages do not need, from here on down."""
    element.tag = _NAMESPACE.sub("", element.tag)
    for name, value in list(element.attrib.items()):
        del element.attrib[name]
        if name == "style":
            element.attrib.update(_attributes(value))
        else:
            element.set(_NAMESPACE.sub("", name), _short(name, value))
    if element.tag != "text":
        element.text = None
    for child in list(element):
        child.tail = None
        _plain(child)
        if child.tag in _UNUSED or (child.tag in ("defs", "g") and not len(child)):
            element.remove(child)


def _short(name: str, value: str) -> str:
    if value.startswith("data:"):
        return value.replace("\n", "")
    line = _BLANKS.sub(" ", value).strip()
    return _DECIMALS.sub(r"\1", line) if name in _GEOMETRY else line


def _attributes(style: str) -> Iterator[tuple[str, str]]:
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font" and (found := _FONT.match(value)):  # as matplotlib before 3.11 writes it
            pairs = zip(("font-style", "font-weight", "font-size"), found.groups(), strict=True)
            yield from ((key, part) for key, part in pairs if part)
        elif name and name not in _INHERITED:
            yield name, value


def _without_idle_ids(root: ElementTree.Element) -> None:
    """Keep the ids that something refers to: others may be those of another picture."""
    used = {
        found[1] or found[2]
        for element in root.iter()
        for value in element.attrib.values()
        if (found := _REFERENCE.search(value))
    }
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
