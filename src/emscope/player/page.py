"""One offline HTML file: script, style and data inside, and a policy that lets nothing else in.

Script and style are packed, because names that can be read take room: a few lines unpack them in the
browser. Those lines and what they unpack count only if they are, to the letter, what the policy names by
hash.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import string
import zlib
from typing import Any

from emscope.player.bundle import script, stylesheet

_LOADER = """
const text = document.getElementById("emscope-code").textContent, { length } = text;
const view = new DataView(new ArrayBuffer(length));
for (let at = 0; at < length; at += 5) {
  let value = 0;
  for (let i = at; i < at + 5; i++) {
    const code = i < length ? text.charCodeAt(i) : 124;
    value = 85 * value + (code === 126 ? 60 : code) - 40;
  }
  view.setUint32((4 * at) / 5, value);
}
const bytes = new Uint8Array(view.buffer, 0, Math.floor((4 * length) / 5));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
const parts = (await new Response(stream).text()).split("\\0");
["style", "script"].forEach((name, i) => {
  const element = document.createElement(name);
  if (i) element.type = "module";
  element.textContent = parts[i];
  document.head.append(element);
});
"""

# what is seen before that, or without scripts
_STATIC_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; }
.static { max-width: 46em; }
@media (scripting: enabled) { .static { visibility: hidden; } }
"""

# base 85, which takes less room than 64, in the order of its letters' codes; ~ stands for the letter that
# begins markup
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase + "!#$%&()*+-;<=>?@^_`{|}~"
_IN_ORDER = str.maketrans(_DIGITS, "".join(map(chr, range(40, 125))).replace("<", "~"))

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
<p>To replay the run, open this page in a browser of 2023 or later, with scripts allowed.</p>
</div>
</main>
<script type="application/json" id="emscope-run">{data}</script>
<script type="text/plain" id="emscope-code">{code}</script>
<script type="module">{loader}</script>
</body>
</html>
"""


def page(data: dict[str, Any]) -> str:
    """Return a whole page about a run, as HTML in ASCII.

    Where scripts are not allowed, it is the list of the run's main half-steps.
    """
    code, style = script("page/page.js"), stylesheet()
    captions = "\n".join(f"<li>{_text(data['frames'][i]['caption'])}</li>" for i in data["panels"])
    return _PAGE.format(
        policy=_policy((_LOADER, code), (_STATIC_STYLE, style)),
        title=_text(f"{data['title']}, half-step by half-step"),
        static=_STATIC_STYLE,
        captions=captions,
        data=_json(data),
        code=_packed(f"{style}\0{code}"),
        loader=_LOADER,
    )


def _packed(text: str) -> str:
    return base64.b85encode(zlib.compress(text.encode(), 9)).decode("ascii").translate(_IN_ORDER)


def _policy(scripts: tuple[str, ...], styles: tuple[str, ...]) -> str:
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
