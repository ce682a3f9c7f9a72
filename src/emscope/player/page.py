"""One offline HTML file: script, style and data inside, and a policy that lets nothing else in.

The script is packed, because names that can be read take room: a few lines unpack it in the browser, and
both those lines and what they unpack run only if they are, to the letter, what the policy names by hash.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import zlib
from typing import Any

from emscope.player.bundle import script, stylesheet

_LOADER = """
const text = document.getElementById("emscope-script").textContent;
const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
const script = document.createElement("script");
script.type = "module";
script.textContent = await new Response(stream).text();
document.body.append(script);
"""

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
<div class="static">
<h1>{title}</h1>
<ol>
{captions}
</ol>
<p>To replay the run, open this page in a browser of 2023 or later, with scripts allowed.</p>
</div>
</main>
<script type="application/json" id="emscope-run">{data}</script>
<script type="text/plain" id="emscope-script">{code}</script>
<script type="module">{loader}</script>
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
        HTML, in ASCII.
    """
    code, style = script("page.js"), f"\n{stylesheet()}"
    captions = "\n".join(f"<li>{_text(data['frames'][i]['caption'])}</li>" for i in data["panels"])
    return _PAGE.format(
        policy=_policy((_LOADER, code), style),
        title=_text(f"{data['title']}, half-step by half-step"),
        style=style,
        captions=captions,
        data=_json(data),
        code=base64.b64encode(zlib.compress(code.encode(), 9)).decode("ascii"),
        loader=_LOADER,
    )


def _policy(scripts: tuple[str, ...], style: str) -> str:
    """Allow these scripts and this style, by what they say, and nothing from anywhere."""
    allowed = " ".join(f"'{_hash(code)}'" for code in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)


def _text(text: str) -> str:
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")
