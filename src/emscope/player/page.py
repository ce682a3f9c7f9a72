"""One offline HTML file: script, style and data of a run inside.

Script and style are packed, because names that can be read take room: ``web/page/loader.js`` unpacks them
in the browser. It and what it unpacks count only if they are, to the letter, what the policy names by hash.
"""

from __future__ import annotations

import bz2
import json
from typing import Any

import numpy as np

from emscope.player.bundle import script, stylesheet
from emscope.player.document import alone, document
from emscope.wording import as_html

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

_BODY = """<main id="emscope-player" class="emscope-player">
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
<script>{loader}</script>"""


def page(data: dict[str, Any]) -> str:
    """Return a whole page about a run, as HTML in ASCII.

    Where scripts are not allowed, it is the list of the run's main half-steps.
    """
    scripts, styles = sources()
    (loader, code), style = scripts, styles[1]
    title = f"{data['title']}, half-step by half-step"
    body = _BODY.format(
        title=as_html(title),
        captions="\n".join(f"<li>{as_html(data['frames'][i]['caption'])}</li>" for i in data["panels"]),
        data=_json(data),
        code=_packed(f"{style}\0{code}"),
        loader=loader,
    )
    return document(title, _STATIC_STYLE, body, scripts=scripts, styles=styles)


def sources() -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the scripts and the styles of every page, all of which its policy has to name."""
    scripts = alone(script("page/loader.js")), alone(script("page/page.js"))
    return scripts, (_STATIC_STYLE, stylesheet())


def _packed(text: str) -> str:
    bits = np.unpackbits(np.frombuffer(bz2.compress(text.encode()), np.uint8))
    values = np.pad(bits, (0, -len(bits) % 13)).reshape(-1, 13) @ (1 << np.arange(12, -1, -1))
    return "".join(_LETTERS[digit] for pair in zip(*divmod(values, 92), strict=True) for digit in pair)


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)
