"""Pictures of what studies find: all of it in the frame, for few and many clusters and any names."""

from itertools import pairwise

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, plot, study
from emscope.errors import DataError


def blobs(k, d, n=240):
    random = np.random.default_rng(0)
    return random.normal(size=(n, d)) + 6 * random.normal(size=(k, d))[np.arange(n) % k]


def is_inside(figure):
    """Whether every text that is drawn lies within the figure."""
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    texts = [*figure.texts, *(text for ax in figure.axes for text in ax.texts)]
    for ax in figure.axes:
        texts += [*ax.get_yticklabels(), ax.xaxis.label] if ax.axison else []
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    return all(b.x0 >= -2 and b.y0 >= -2 and b.x1 <= width + 2 and b.y1 <= height + 2 for b in boxes)


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
@pytest.mark.parametrize(
    ("k", "d", "style"),
    [(2, 2, "light"), (5, 40, "dark"), (12, 3, "print"), (30, 1, "light")],
    ids=["2", "5", "12", "30"],
)
def test_everything_is_in_the_frame(k, d, style):
    X = blobs(k, d)
    model = KMeans(k, random_state=0).fit(X)
    names = [f"a name_{{of}}^2 ${j}$ that goes on and on without an end in sight" for j in range(d)]
    found = study.profile(model, X, feature_names=names)
    other = study.compare(model, KMeans(3, random_state=0).fit(X))
    for figure in (plot.profile(found, style=style), plot.rows(study.rows(model, X), style=style)):
        assert is_inside(figure)
    assert is_inside(plot.compare(other, style=style))


def test_features_are_ordered_and_those_left_off_are_counted():
    X = blobs(3, 26)
    X[:, 17] += 200 * (np.arange(240) % 3)
    found = study.profile(KMeans(3, random_state=0).fit(X), X)
    figure = plot.profile(found)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "x18"
    assert labels == [f"x{j + 1}" for j in found.order[:20]]
    assert any("Not shown: 6 features" in text.get_text() for text in figure.texts)
    cells = [text.get_text() for text in figure.axes[0].texts]
    first = found.differences[0, found.order[0]]
    assert f"{first:+.1f}".replace("-", "\N{MINUS SIGN}") in cells
    assert [ax.get_xlabel() for ax in figure.axes[2:]] == labels[:4]


@pytest.mark.parametrize("scale", [0.1, 1.0, 1e3])
def test_numbers_below_neighboring_histograms_do_not_meet(scale):
    X = scale * blobs(2, 4).clip(-9, 9).round(1)
    figure = plot.profile(study.profile(KMeans(2, random_state=0).fit(X), X))
    figure.canvas.draw()
    boxes = [
        label.get_window_extent()
        for ax in figure.axes[2:]
        for label in ax.get_xticklabels()
        if label.get_text() and ax.get_xlim()[0] <= label.get_position()[0] <= ax.get_xlim()[1]
    ]
    assert len(boxes) >= 8
    assert all(one.x1 + 4 < other.x0 for one, other in pairwise(boxes))


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_clusters_without_rows_and_one_cluster_are_drawn():
    X = np.array([[0.0, 1.0], [0.0, 1.0], [4.0, 1.0], [4.0, 1.0]])
    lost = KMeans(3, init=[[0.0, 1.0], [4.0, 1.0], [99.0, 1.0]]).fit(X)
    for model in (lost, KMeans(1).fit(X)):
        for figure in (plot.profile(study.profile(model, X)), plot.rows(study.rows(model, X))):
            figure.canvas.draw()


def test_bands_show_every_row_of_few_and_a_few_of_many():
    X = blobs(2, 2, 6000)
    small = plot.rows(study.rows(KMeans(2, random_state=0).fit(X[:100]), X[:100]))
    large = plot.rows(study.rows(KMeans(2, random_state=0).fit(X), X))
    points = [[len(line.get_xdata()) for line in figure.axes[0].lines[:-1]] for figure in (small, large)]
    assert [sum(counts) for counts in points] == [100 + 4, 2 * (400 + 2)]
    assert large.axes[0].get_xlabel() == "simplified silhouette"


def test_a_mixture_is_drawn_by_its_certainties():
    X = blobs(2, 2)
    figure = plot.rows(study.rows(GaussianMixture(2, random_state=0).fit(X), X))
    assert figure.axes[0].get_xlabel() == "responsibility of its own component"


def test_bands_of_a_comparison_are_as_high_as_the_rows_they_hold():
    found = study.compare([0, 0, 0, 1, 1, 1, 1, 1], ["b", "b", "a", "a", "a", "a", "a", "b"])
    figure = plot.compare(found)
    blocks, bands = figure.axes[0].patches[:4], figure.axes[0].patches[4:]
    heights = [block.get_height() for block in blocks]
    np.testing.assert_allclose(np.array(heights) / heights[0], [1, 5 / 3, 1, 5 / 3])
    assert blocks[0].get_facecolor() == blocks[2].get_facecolor()
    assert blocks[1].get_facecolor() == blocks[3].get_facecolor()
    assert sorted(band.get_alpha() for band in bands) == [0.35, 0.35, 0.85, 0.85]


def test_an_unknown_style_is_refused():
    with pytest.raises(DataError, match="style must be one of"):
        plot.compare(study.compare([0, 1], [0, 1]), style="neon")


def test_a_heading_is_left_off():
    X = blobs(2, 2)
    model = KMeans(2, random_state=0).fit(X)
    pictures = (
        (plot.choose_k, study.choose_k(X, range(1, 4), n_reference=2, random_state=0)),
        (plot.stability, study.stability(model, X, n_resamples=3, random_state=0)),
        (plot.optima, study.optima(X, 2, n_starts=5, random_state=0)),
        (plot.profile, study.profile(model, X)),
        (plot.rows, study.rows(model, X)),
        (plot.compare, study.compare(model, np.arange(240) % 2)),
    )
    for draw, found in pictures:
        with_it, without = draw(found), draw(found, heading=False)
        assert is_inside(without) or draw is plot.choose_k  # whose ticks are placed as it is drawn
        assert len(without.axes) == len(with_it.axes)
        assert len(without.texts) == len(with_it.texts) - 2
        assert without.get_size_inches()[1] < with_it.get_size_inches()[1] - 0.3
        for one, other in zip(without.axes, with_it.axes, strict=True):  # nothing else is another size
            np.testing.assert_allclose(
                one.get_window_extent().size, other.get_window_extent().size, rtol=1e-6
            )
