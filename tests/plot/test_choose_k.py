"""The picture of the numbers of clusters: every criterion, every vote, every band."""

import io

import numpy as np
import pytest
from matplotlib.collections import PathCollection, PolyCollection
from PIL import Image

from emscope import plot
from emscope.errors import DataError
from emscope.results.choose_k import ChooseK, Clustergram, Scored
from emscope.scene.paint import STYLES


def found(k=2, covariance_type=None, types=(None,)):
    ks, none = np.array([1, 2, 3]), np.full(3, np.nan)
    gram = Clustergram(
        (1, 2, 3),
        (np.zeros(1), np.array([-1.0, 1.0]), np.array([-1.0, 0.8, 1.2])),
        (np.ones(1), np.array([0.25, 0.75]), np.array([0.25, 0.5, 0.25])),
        (np.array([[0.25, 0.75]]), np.array([[0.25, 0.0, 0.0], [0.0, 0.5, 0.25]])),
        0.9,
    )
    scores = [
        Scored("inertia", ks, np.array([9.0, 2.0, 1.0]), none, "lower", None, False, "", "", "", kind)
        for kind in types
    ] + [
        Scored("gap", ks, np.array([0.1, 0.9, 0.7]), np.full(3, 0.05), "higher", 2, True, "", "", "", kind)
        for kind in types
    ]
    return ChooseK(
        k, "2 clusters: gap says so.", {"gap": 2}, tuple(scores), dict.fromkeys((1, 2, 3)), 9.0, 2, 50, 50,
        50, {}, False, gram, "kmeans", covariance_type, {},
    )  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_one_panel_for_each_criterion_under_the_clustergram(style):
    figure = plot.choose_k(found(), style=style)
    assert len(figure.axes) == 3
    titles = [ax.get_title(loc="left") for ax in figure.axes[1:]]
    assert titles == ["inertia (shown, never decides)", "gap (higher is better)"]
    bands = [c for c in figure.axes[0].collections if isinstance(c, PolyCollection)]
    assert [len(c.get_paths()) for c in bands] == [2, 3]
    rings = [c for c in figure.axes[2].collections if isinstance(c, PathCollection)]
    assert rings[0].get_offsets().tolist() == [[2.0, 0.9]]
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    assert Image.open(buffer).getcolors(maxcolors=1 << 24)


def test_every_type_of_covariances_has_its_curve():
    figure = plot.choose_k(found(covariance_type="full", types=("full", "diag")))
    assert len(figure.axes) == 3
    named = {text.get_text().strip() for text in figure.axes[2].texts}
    assert named == {"full", "diag"}


def test_a_number_shown_for_convenience_is_dashed():
    dashed = plot.choose_k(found(k=None)).axes[0].lines[-1].get_linestyle()
    assert dashed != plot.choose_k(found()).axes[0].lines[-1].get_linestyle()


def test_no_such_style():
    with pytest.raises(DataError, match="style must be one of"):
        plot.choose_k(found(), style="blue")
