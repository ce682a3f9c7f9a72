"""One offline HTML file: script, style and data inside, and a policy that lets nothing else in.

Script and style are packed, because names that can be read take room: ``web/page/loader.js`` unpacks them
in the browser. It and what it unpacks count only if they are, to the letter, what the policy names by hash.
"""

from __future__ import annotations

import base64
import bz2
import hashlib
import html
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from emscope.player.bundle import script, stylesheet

# what is seen before that, or without scripts
_STATIC_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; }
.static { max-width: 46em; }
@media (scripting: enabled) { .late { animation: 3s step-end backwards late; } }
@keyframes late { 0% { visibility: hidden; } }
"""

# 92 letters, of which two hold 13 bits; ! stands for the one among them that begins markup
_LETTERS = "".join(map(chr, range(35, 127))).replace("<", "!")

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
<style>{static}</style>
</head>
<body>
<main id="emscope-player" class="emscope-player">
<div class="static">
<h1>{title}</h1>
<ol>
{captions}
</ol>
<p class="late">To replay the run, open this page in a browser of 2023 or later, with scripts allowed.</p>
</div>
</main>
<script type="application/json" id="emscope-run">{data}</script>
<script type="text/plain" id="emscope-code">{code}</script>
<script>{loader}</script>
</body>
</html>
"""


def page(data: dict[str, Any]) -> str:
    """Return a whole page about a run, as HTML in ASCII.

    Where scripts are not allowed, it is the list of the run's main half-steps.
    """
    scripts, styles = sources()
    (loader, code), style = scripts, styles[1]
    captions = "\n".join(f"<li>{_text(data['frames'][i]['caption'])}</li>" for i in data["panels"])
    return _PAGE.format(
        policy=policy(scripts, styles),
        title=_text(f"{data['title']}, half-step by half-step"),
        static=_STATIC_STYLE,
        captions=captions,
        data=_json(data),
        code=_packed(f"{style}\0{code}"),
        loader=loader,
    )


def sources() -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the scripts and the styles of every page, all of which its policy has to name."""
    scripts = alone(script("page/loader.js")), alone(script("page/page.js"))
    return scripts, (_STATIC_STYLE, stylesheet())


def alone(code: str) -> str:
    """Return a script that runs at once, as modules would not, and leaves no names behind."""
    return f'"use strict";{{{code}}}'


def _packed(text: str) -> str:
    bits = np.unpackbits(np.frombuffer(bz2.compress(text.encode()), np.uint8))
    values = np.pad(bits, (0, -len(bits) % 13)).reshape(-1, 13) @ (1 << np.arange(12, -1, -1))
    return "".join(_LETTERS[digit] for pair in zip(*divmod(values, 92), strict=True) for digit in pair)


def policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """Allow these scripts and styles, by what they say, and nothing from anywhere."""
    code, look = (" ".join(f"'{_hash(one)}'" for one in parts) for parts in (scripts, styles))
    return (
        f"default-src 'none'; script-src {code}; style-src {look}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)


def _text(text: str) -> str:
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")
