"""The Python lines of README and of the documentation pass mypy as strictly as the package does."""

import doctest
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def python_lines(page):
    """The examples of a page, and its blocks of Python that are no examples, as one program."""
    text = page.read_text(encoding="utf-8")
    examples = [example.source for example in doctest.DocTestParser().get_examples(text)]
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return "".join([*examples, *(block for block in blocks if ">>>" not in block)])


@pytest.mark.slow  # reads all of the package's types, where no run before has
def test_what_the_documentation_shows_passes_mypy(tmp_path):
    pytest.importorskip("mypy")
    programs = []
    for page in PAGES:
        lines = python_lines(page)
        programs += [tmp_path / f"{page.stem.lower()}_lines.py"] if lines else []
        (tmp_path / f"{page.stem.lower()}_lines.py").write_text(lines, encoding="utf-8")
    programs += sorted((ROOT / "docs").glob("*.py"))
    assert programs[0].name == "readme_lines.py"
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", *map(str, programs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_says_that_it_has_types():
    assert files("emscope").joinpath("py.typed").is_file()
