"""An offline HTML document: nothing in it is fetched, and its policy lets no other script or style in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from emscope.wording import as_html

_DOCUMENT = """<!DOCTYPE html>
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
{body}
</body>
</html>
"""


def document(title: str, style: str, body: str, *, scripts: Sequence[str], styles: Sequence[str]) -> str:
    """Return a whole document in ASCII, in which these scripts and styles count, wherever they come up."""
    return _DOCUMENT.format(policy=_policy(scripts, styles), title=as_html(title), style=style, body=body)


def alone(code: str) -> str:
    """Return a script that runs at once, as modules would not, and leaves no names behind."""
    return f'"use strict";{{{code}}}'


def _policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """Allow these scripts and styles, by what they say, and nothing from anywhere."""
    code, look = (" ".join(f"'{_hash(one)}'" for one in parts) for parts in (scripts, styles))
    return (
        f"default-src 'none'; script-src {code}; style-src {look}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
