"""The script: plain modules that keep to the rules by which they are put together."""

import re
from collections import Counter

import pytest

from emscope.player import bundle

MODULES = sorted(path.relative_to(bundle.WEB).as_posix() for path in bundle.WEB.rglob("*.js"))
DEFINITION = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", flags=re.M)


def source(name):
    return (bundle.WEB / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_imports_and_exports_have_the_form_that_can_be_left_out(name):
    text = source(name)
    assert len(re.findall(r"^import\b", text, flags=re.M)) == len(bundle._IMPORT.findall(text))
    exports = len(bundle._EXPORT.findall(text)) + (name == "page/widget.js")
    assert len(re.findall(r"^export\b", text, flags=re.M)) == exports
    assert not re.search(r"\bimport\(", re.sub(r"/\*\*.*?\*/", "", text, flags=re.S))
    body = text[text.rindex('.js";\n') :] if bundle._IMPORT.search(text) else text
    assert not re.search(r"^import\b", body, flags=re.M), "imports stand at the top"


@pytest.mark.parametrize("name", MODULES)
def test_no_text_goes_over_two_lines(name):
    code = re.sub(r"/\*\*.*?\*/|//.*", "", source(name))
    assert all(line.count("`") % 2 == 0 for line in code.splitlines())
    assert not re.search(r"\\$", code, flags=re.M)


@pytest.mark.parametrize("name", MODULES)
def test_blanks_in_texts_stay(name):
    for line in source(name).splitlines():
        assert bundle._TEXT.findall(bundle._tight(line)) == bundle._TEXT.findall(line)
        assert bundle._tight(line).replace(" ", "") == line.replace(" ", "")


def test_spaces_beside_signs_are_left_out_where_no_text_is_nested():
    assert bundle._tight('if (a === 1) b = [c, "d = e"];') == 'if(a===1)b=[c,"d = e"];'
    assert bundle._tight("return `${x} = y` + (z - 1);") == "return `${x} = y` +(z - 1);"
    for line in ("f(`${a ? `b = c` : d}`);", "h(/a = b/);"):
        assert bundle._tight(line) == line


@pytest.mark.parametrize("name", MODULES)
def test_remarks_behind_code_are_all_that_is_left_out_there(name):
    for remark in bundle._REMARK.findall(source(name)):
        assert re.fullmatch(r" // [\w\s(),.;:<>=|^+*/-]+", remark), remark


@pytest.mark.parametrize("entry", ["page/page.js", "page/widget.js"])
def test_no_two_modules_define_the_same_name(entry):
    names = Counter(name for module in bundle.modules(entry) for name in DEFINITION.findall(source(module)))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("entry", ["page/page.js", "page/widget.js"])
def test_modules_come_after_those_they_import(entry):
    order = bundle.modules(entry)
    for place, name in enumerate(order):
        assert set(bundle.imported(name)) <= set(order[:place])


@pytest.mark.parametrize("name", MODULES)
def test_text_never_becomes_markup_or_code(name):
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|\.cssText"
    ways += r"|fetch\(|XMLHttpRequest|WebSocket|sendBeacon|importScripts"
    assert not re.search(ways, source(name))
