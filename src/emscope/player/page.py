"""One offline HTML file: script, style and data inside, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from typing import Any

from emscope.player.bundle import script, stylesheet

# what would end a script block, or be read as a line's end
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}

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
<main id="emscope-player" class="emscope-player">
<h1>{title}</h1>
<ol>
{captions}
</ol>
</main>
<script type="application/json" id="emscope-run">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def page(data: dict[str, Any]) -> str:
    """Return a whole page about a run.

    Where scripts are not allowed, it is the list of the run's main half-steps.

    Parameters
    ----------
    data : dict
        What :func:`emscope.player.packing.packed` returns.

    Returns
    -------
    str
        HTML, in ASCII up to the script and the style.
    """
    code, style = f"\n{script('page.js')}", f"\n{stylesheet()}"
    captions = "\n".join(f"<li>{_text(data['frames'][i]['caption'])}</li>" for i in data["panels"])
    return _PAGE.format(
        policy=_policy(code, style),
        title=_text(f"{data['title']}: {data['model']}, half-step by half-step"),
        style=style,
        captions=captions,
        data=_json(data),
        script=code,
    )


def _policy(code: str, style: str) -> str:
    """Allow this script and this style, by what they say, and nothing from anywhere."""
    return (
        f"default-src 'none'; script-src '{_hash(code)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)


def _text(text: str) -> str:
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")
