"""One offline page around the sections of a study."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from emscope.player.document import alone, document
from emscope.player.page import sources
from emscope.plot.inline import colors_in

_HERE = Path(__file__).parent


def page(title: str, sections: Iterable[str]) -> str:
    """Return a whole page in ASCII; the player in it may run its scripts, and nothing else may."""
    inner = "\n".join(sections)
    script, style = alone(_read("sorting.js")), _read("study.css") + _colors(inner)
    scripts, styles = sources()
    body = f"<main>\n{inner}\n</main>\n<script>{script}</script>"
    return document(title, style, body, scripts=(script, *scripts), styles=(style, *styles))


def _colors(body: str) -> str:
    """Return the rules that give the pictures their colors, dark ones on dark screens and never on paper."""
    light, dark = (" ".join(f"{name}: {pair[i]};" for name, *pair in colors_in(body)) for i in (0, 1))
    return f":root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


@lru_cache(maxsize=2)
def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="ascii")
