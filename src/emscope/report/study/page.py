"""One offline page around the sections of a study, with a policy that lets nothing else in."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from emscope.player.page import alone, policy, sources
from emscope.plot.inline import colors_in
from emscope.report.study.markup import text

_HERE = Path(__file__).parent

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
<script>{script}</script>
</body>
</html>
"""


def page(title: str, sections: Iterable[str]) -> str:
    """Return a whole page in ASCII; the player in it may run its scripts, and nothing else may."""
    body = "\n".join(sections)
    script, style = alone(_read("sorting.js")), _read("study.css") + _colors(body)
    scripts, styles = sources()
    return _PAGE.format(
        policy=policy((script, *scripts), (style, *styles)),
        title=text(title),
        style=style,
        body=body,
        script=script,
    )


def _colors(body: str) -> str:
    """Return the rules that give the pictures their colors, dark ones on dark screens and never on paper."""
    light, dark = (" ".join(f"{name}: {pair[i]};" for name, *pair in colors_in(body)) for i in (0, 1))
    return f":root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


@lru_cache(maxsize=2)
def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="ascii")
