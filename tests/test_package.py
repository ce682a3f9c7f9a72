"""What the package shows, and what importing it costs."""

import pydoc
import subprocess
import sys
from importlib.metadata import version

import pytest

import emscope


def loaded_by(code):
    """Names of the modules that a fresh interpreter has loaded after running ``code``."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    return set(out.splitlines()[-1].split())


def test_exported_names():
    assert dir(emscope) == [
        "DoubtWarning",
        "Event",
        "GaussianMixture",
        "KMeans",
        "ModelCard",
        "Player",
        "Preparation",
        "SavedModel",
        "Scene",
        "SphericalKMeans",
        "Step",
        "Table",
        "Trace",
        "__version__",
        "datasets",
        "load_model",
        "player",
        "plot",
        "read_table",
        "save_model",
        "sql",
        "study",
        "to_sklearn",
    ]
    for name in dir(emscope):
        assert getattr(emscope, name) is not None


def test_help_is_a_map_of_two_screens():
    lines = pydoc.plain(pydoc.render_doc(emscope)).splitlines()
    assert len(lines) <= 100
    assert max(map(len, lines[:-3])) <= 80  # the last ones have the path of the package
    first_words = {line.split()[0] for line in emscope.__doc__.splitlines() if line.startswith("    ")}
    assert first_words == set(dir(emscope)) - {"__version__"}
    assert all(pydoc.getdoc(getattr(emscope, name)) for name in first_words)


def test_help_does_without_the_extra_for_notebooks():
    code = "import sys; sys.modules['anywidget'] = None\nimport pydoc, emscope\npydoc.render_doc(emscope)"
    assert "emscope.player.widget" not in loaded_by(code)


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'KMedians'"):
        emscope.KMedians  # noqa: B018


def test_the_version_is_that_of_the_package():
    assert emscope.__version__ == version("emscope")


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_by("import emscope") & {"numpy", "numba", "matplotlib", "sklearn", "pyarrow", "rich"}


def test_a_fit_loads_no_view():
    code = "from emscope import KMeans\nKMeans(1).fit([[0.0], [1.0]])"
    assert not loaded_by(code) & {"matplotlib", "PIL", "emscope.scene", "emscope.plot", "rich"}


def test_a_problem_of_the_size_of_the_seed_loads_no_compiler():
    code = "from emscope import KMeans, datasets\nKMeans(4, n_init=3).fit(datasets.blobs().matrix)"
    assert "numba" not in loaded_by(code)


def test_help_loads_nothing_heavy():
    code = "import sys\nsys.argv = ['emscope', '--help']\nfrom emscope.cli import main\n"
    code += "try:\n    main()\nexcept SystemExit:\n    pass"
    assert not loaded_by(code) & {"numpy", "matplotlib", "sklearn", "pyarrow"}
