"""The page's script: plain ES modules put one after the other, without any build step.

The modules in ``web/`` keep to four rules, which the tests check. Imports stand at the top, in the form
``import { a, b } from "../room/other.js";``. Exports are the word ``export`` in front of a function, a const
or a class; the module that a script is named after may have a default export. No two modules define the same
name at their top. So leaving out the import statements and the word ``export``, with every module after
those it imports, is all it takes. Nor does any text go over two lines, so comments, indentation, and blanks
around signs can be left out as well; statements end with semicolons, so most ends of lines can, too.
Types stand in JSDoc comments, which ``npx tsc -p jsconfig.json`` checks.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from pathlib import Path

WEB = Path(__file__).parent / "web"

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.\.?/[\w/]+\.js)";\n', flags=re.M)
_EXPORT = re.compile(r"^export (?=(?:async function|function|const|class) )", flags=re.M)
_DOCUMENTATION = re.compile(r"/\*\*(?:(?!\*/).)*\*/ ?", flags=re.S)
_COMMENT = re.compile(r"^[ \t]*//[^\n]*\n", flags=re.M)
_REMARK = re.compile(r"(?<=[;,{})\]]) // [^\n\"'`]*$", flags=re.M)
_BLANK = re.compile(r"\n\s*")
_TEXT = re.compile(r'("(?:[^"\\]|\\.)*"|`[^`]*`)')
_AROUND_SIGNS = re.compile(r" ?([=*<>?:,;{}()\[\]&|!%]+) ?")
# single quotes, comments, patterns, and texts within texts
_INTRICATE = re.compile(r"'|//|[(=,:!|&] ?/|\$\{[^}]*[`\"{]")
_GOES_ON = re.compile(r"^((?:(?!//).)*[;{},(\[])\n", flags=re.M)


@lru_cache(maxsize=4)
def script(entry: str) -> str:
    """Return a module of ``web/`` with all that it imports, as one script without comments."""
    return "".join(_plain(name) for name in modules(entry))


def modules(entry: str) -> list[str]:
    """Return the modules that a script is made of, each after those it imports."""
    found: list[str] = []

    def visit(name: str) -> None:
        for other in imported(name):
            if other not in found:
                visit(other)
        if name not in found:
            found.append(name)

    visit(entry)
    return found


def imported(name: str) -> list[str]:
    """Return the modules that a module imports."""
    folder = posixpath.dirname(name)
    return [posixpath.normpath(posixpath.join(folder, other)) for other in _IMPORT.findall(_source(name))]


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """Return the page's style, without comments and blanks around signs."""
    bare = re.sub(r"/\*.*?\*/\n?", "", _source("player.css"), flags=re.S)
    return re.sub(r"\s*([{};,])\s*", r"\1", bare)


def _plain(name: str) -> str:
    source = _EXPORT.sub("", _IMPORT.sub("", _source(name)))
    bare = _REMARK.sub("", _COMMENT.sub("", _DOCUMENTATION.sub("", source)))
    return _GOES_ON.sub(r"\1", "\n".join(map(_tight, _BLANK.sub("\n", bare).split("\n"))))


def _tight(line: str) -> str:
    """Return a line without the blanks around signs, but for those in texts."""
    if _INTRICATE.search(line):
        return line
    parts = _TEXT.split(line)
    return "".join(part if i % 2 else _AROUND_SIGNS.sub(r"\1", part) for i, part in enumerate(parts))


@lru_cache(maxsize=32)
def _source(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")
