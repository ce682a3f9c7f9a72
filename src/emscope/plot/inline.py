"""A picture as an element of a page: SVG without ids, styles or fonts of its own."""

from __future__ import annotations

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

from emscope.wording import as_html

_MOST_MARKS = 400  # of one kind that are drawn as shapes; more of them are drawn as an image
_MOST_VERTICES = 4000  # of a line or an area, likewise
_IMAGE_DPI = 160
_PIXELS_PER_POINT = 96 / 72

_NAMESPACE = re.compile(r"\{[^}]*\}")
_FONT = re.compile(r"(?:(italic|oblique) )?(?:(\d+|bold) )?([\d.]+px)")
_URL = re.compile(r"url\(#([^)]+)\)")
_BLANKS = re.compile(r"\s+")
_DECIMALS = re.compile(r"(\.\d)\d+")  # a tenth of a point is less than a pixel
_COLOR = re.compile(r"#[0-9a-f]{6}")
_VARIABLE = re.compile(r"var\(--([0-9a-f]{6})-([0-9a-f]{6})\)")
_GEOMETRY = {"d", "x", "y"}
_INHERITED = {"font-family", "font", "white-space"}  # the page says these
_UNUSED = {"metadata", "style", "title"}


def svg(light: Figure | Axes, dark: Figure | Axes, *, label: str, key: str) -> str:
    """Return a picture as an element of a page that a strict Content-Security-Policy lets through.

    Looks are attributes, because such a policy refuses styles inside a page; text stays text, in the page's
    font. Clouds of points and long lines become an image in it, so that its size does not grow with the data.

    Where both looks differ in colors alone, they are one picture, whose colors are variables of the page:
    ``var(--ffffff-12161b)`` is to be white on light paper. Otherwise they are two, of the classes ``light``
    and ``dark``.

    Parameters
    ----------
    light, dark : Figure or Axes
        The picture on light and on dark paper.
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
    >>> looks = (plot.objective(model.trace_, style=style) for style in ("light", "dark"))
    >>> element = svg(*looks, label="a < b", key="a")
    >>> element[:40], "style=" in element, "var(--ffffff-12161b)" in element
    ('<svg role="img" aria-label="a &lt; b" vi', False, True)
    """
    both, other = _elements(light, key), _elements(dark, key)
    if _alike(both, other):
        _with_variables(both, other)
        return _written(both, label)
    other = _elements(dark, f"{key}-dark")
    return "".join(
        f'<div class="{name}">{_written(element, label)}</div>'
        for name, element in (("light", both), ("dark", other))
    )


def colors_in(page: str) -> list[tuple[str, str, str]]:
    """Return the variables of colors that a page has, each with what it is on light and on dark paper.

    >>> colors_in('<path fill="var(--ffffff-12161b)"/>')
    [('--ffffff-12161b', '#ffffff', '#12161b')]
    """
    found = sorted(set(_VARIABLE.findall(page)))
    return [(f"--{light}-{dark}", f"#{light}", f"#{dark}") for light, dark in found]


def _elements(picture: Figure | Axes, key: str) -> ElementTree.Element:
    """Return a picture as plain elements."""
    figure = picture.get_figure(root=True) if isinstance(picture, Axes) else picture
    assert isinstance(figure, Figure)  # these axes are only ever put on one
    for artist in _crowded(figure):
        artist.set_rasterized(True)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "path.simplify": True}):
        figure.savefig(buffer, format="svg", dpi=_IMAGE_DPI, metadata={"Date": None})
    root = ElementTree.fromstring(buffer.getvalue())
    _plain(root)
    _with_own_ids(root, key)
    for name, size in zip(("width", "height"), figure.get_size_inches(), strict=True):
        root.set(name, str(round(size * 72 * _PIXELS_PER_POINT)))
    return root


def _written(root: ElementTree.Element, label: str) -> str:
    inner = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    inner = inner.replace(" />", "/>").encode("ascii", "xmlcharrefreplace").decode("ascii")
    name = as_html(label)
    return (
        f'<svg role="img" aria-label="{name}" viewBox="{root.get("viewBox")}" width="{root.get("width")}" '
        f'height="{root.get("height")}" stroke-linejoin="round" stroke-linecap="butt"><title>{name}</title>'
        f"{inner}</svg>"
    )


def _alike(one: ElementTree.Element, other: ElementTree.Element) -> bool:
    """Tell whether two pictures differ in colors alone."""
    pairs = [(value, other.get(name, "")) for name, value in one.items()]
    return (
        (one.tag, one.text, len(one), one.keys()) == (other.tag, other.text, len(other), other.keys())
        and all(a == b or (_COLOR.fullmatch(a) and _COLOR.fullmatch(b)) for a, b in pairs)
        and all(map(_alike, one, other))
    )


def _with_variables(one: ElementTree.Element, other: ElementTree.Element) -> None:
    for element, beside in zip(one.iter(), other.iter(), strict=True):
        for name, value in element.items():
            if value != (there := beside.get(name, "")):
                element.set(name, f"var(--{value[1:]}-{there[1:]})")


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


def _with_own_ids(root: ElementTree.Element, key: str) -> None:
    """Call what is referred to in a picture by a key and a number; what is not needs no id."""
    pairs = [(name, value) for part in root.iter() for name, value in part.items()]
    used = dict.fromkeys(filter(None, (_reference(name, value) for name, value in pairs)))
    own = {old: f"{key}-{number}" for number, old in enumerate(used)}
    for part in root.iter():
        for name, value in list(part.items()):
            if name == "id":
                part.attrib.pop("id")
                part.attrib.update({"id": own[value]} if value in own else {})
            elif old := _reference(name, value):
                part.set(name, value.replace(f"#{old}", f"#{own[old]}"))


def _reference(name: str, value: str) -> str:
    """Return the id that an attribute refers to, if any."""
    if name == "href":
        return value[1:] if value.startswith("#") else ""
    found = _URL.fullmatch(value)
    return found[1] if found else ""
