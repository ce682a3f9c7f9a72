import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from emscope import datasets, plot
from emscope.errors import DataError
from emscope.events import Event
from emscope.plot.lettering import wrapped
from emscope.scene import Scene
from emscope.scene.paint import STYLES
from hand_made import gaussian_mixture, groups, lloyd

BASELINE = Path(__file__).parent / "baseline"
CENTERS = [[0, 0], [4, 1], [1, 6]]


@pytest.fixture(scope="module")
def trace():
    points = groups(CENTERS, spread=1.2)
    return gaussian_mixture(points, points[[0, 60, 120]] + 0.5, iterations=4, tol=0)


@pytest.fixture(scope="module")
def faithful():
    """The book's run: standardized, from circles in two corners (Bishop 2006, figure 9.8)."""
    table = datasets.old_faithful()
    points = np.asarray(table.matrix, dtype=float)
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    start = {"means": [[-1.5, 1.0], [1.5, -1.0]], "covariances": [0.5 * np.eye(2)] * 2}
    return gaussian_mixture(points, **start, iterations=20, tol=-1.0, names=table.feature_names)


def picture(figure, dpi=50):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi)
    return Image.open(file).convert("RGB")


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def with_objectives(trace, values):
    steps = [dataclasses.replace(s, objective=v) for s, v in zip(trace.steps[1:], values, strict=False)]
    return dataclasses.replace(trace, steps=(trace.steps[0], *steps, *trace.steps[1 + len(values) :]))


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("k", [1, 3, 12, 25])
def test_pictures_of_any_number_of_components_in_every_style(style, k):
    points = groups(CENTERS)
    scene = Scene.from_trace(gaussian_mixture(points, points[::7][:k] + 0.1, iterations=2))
    for index in (0, 1, 2, -1):
        assert len(picture(plot.frame(scene, index, style=style)).getcolors(1 << 20)) > 50


@pytest.mark.parametrize("features", [1, 2, 4])
def test_collapsed_and_empty_components_are_drawn(features):
    points = np.random.default_rng(0).normal(size=(60, features))
    trace = gaussian_mixture(points, points[:3], iterations=2)
    steps = list(trace.steps)
    last = steps[-1].parameters
    steps[-1] = dataclasses.replace(
        steps[-1],
        parameters={
            "means": last["means"],
            "covariances": last["covariances"] * np.array([1e-6, 0.0, 1e9])[:, None, None],
            "weights": np.array([1.0, 0.0, 0.0]),
        },
        events=(Event("collapsed_component", 0, prose="component 0 has collapsed"),),
    )
    collapsed = dataclasses.replace(trace, steps=tuple(steps))
    picture(plot.frame(collapsed, -1))
    picture(plot.filmstrip(collapsed))
    assert any("collapsed component 0" in text for text in texts(plot.objective(collapsed).figure))


@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_vector_files_can_be_written(trace, suffix):
    file = io.BytesIO()
    plot.frame(trace, 2).savefig(file, format=suffix)
    assert len(file.getvalue()) > 5_000


def test_points_mix_the_colors_of_their_components_and_are_smaller_where_they_are_shared(trace):
    scene = Scene.from_trace(trace)
    frame = scene.frames[1]
    (points,) = [
        c for c in plot.frame(scene, 1).axes[0].collections if len(c.get_offsets()) == len(frame.labels)
    ]
    certain = frame.certainty
    assert certain.min() < 0.6
    colors = np.unique(points.get_facecolor()[:, :3].round(6), axis=0)
    assert len(colors) > 20
    sizes = points.get_sizes()
    assert sizes[certain.argmin()] < 0.75 * sizes[certain.argmax()]
    np.testing.assert_array_equal(np.argsort(sizes, kind="stable"), np.argsort(certain, kind="stable"))


def test_what_the_marks_of_a_mixture_mean_is_written_below(trace):
    said = " ".join(texts(plot.frame(trace, 2))).replace("\n", " ")
    assert "Colors mix by responsibility; small points are uncertain." in said
    assert "Ellipses: 1, 2 and 3 standard deviations. Dashed: 2, before the step." in said
    assert "Ringed points change their most likely component." in " ".join(texts(plot.filmstrip(trace)))
    points = groups(CENTERS)
    for k, ellipses in (
        (5, "1 and 2 standard deviations. Dashed: 2"),
        (13, "1 standard deviation. Dashed: 1"),
    ):
        many = gaussian_mixture(points, points[::8][:k] + 0.1, iterations=1)
        assert f"Ellipses: {ellipses}, before the step." in " ".join(texts(plot.frame(many, 2))).replace(
            "\n", " "
        )
    strip = gaussian_mixture(groups([[0.0], [9.0]]), [[1.0], [7.0]], iterations=1)
    said = " ".join(texts(plot.frame(strip, 2))).replace("\n", " ")
    assert "Curves: the components' densities and their sum" in said


def test_marks_that_are_not_seen_are_not_named():
    places = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=2).reshape(-1, 2)
    random = np.random.default_rng(0)
    points = np.concatenate([random.normal(place, 0.03, (20, 2)) for place in places])
    hidden = gaussian_mixture(points, places + 0.01, iterations=2)
    wide = gaussian_mixture(random.normal(2, 2, (500, 2)), places, iterations=2)
    for trace, named in ((hidden, False), (wide, True)):
        for drawn in (plot.frame(trace, 1), plot.filmstrip(trace)):
            said = " ".join(texts(drawn)).replace("\n", " ")
            assert ("Ellipses: 1 standard deviation." in said) == named
            assert ("small points are uncertain" in said) == named
    still = " ".join(texts(plot.frame(hidden, 4))).replace("\n", " ")
    assert "Maximization step 1" in still
    assert "Dashed" not in still


def test_borders_are_named_where_there_are_some():
    trace = lloyd(groups([[0, 0], [5, 5]]), [[0.0, 0.0], [900.0, 900.0]], iterations=1)
    assert "Dashed" not in " ".join(texts(plot.frame(trace, 2)))


def test_a_maximization_shows_the_ellipses_before_it_dashed(trace):
    def dashed(figure):
        lines = [c for c in figure.axes[0].collections if len(c.get_linestyle()) and c.get_paths()]
        return sum(style[1] is not None for line in lines for style in line.get_linestyle())

    assert dashed(plot.frame(trace, 1)) == 0
    assert dashed(plot.frame(trace, 2)) == 1


def test_a_likelihood_has_no_zero_and_no_decades(trace):
    below = plot.objective(with_objectives(trace, [0.3, 0.01, -0.2, -0.5, -0.6]))
    assert below.get_yscale() == "linear"
    assert below.get_ylim()[0] < -0.6
    above = plot.objective(with_objectives(trace, [1.5, 1.4, 1.3, 1.2, 1.1, 1.0, 0.9, 0.8, 0.7]))
    assert above.get_ylim()[0] > 0.5
    steep = plot.objective(with_objectives(trace, [200.0, 150.0, 100.0, 50.0, 10.0, 8.0, 4.0, 2.0, 1.0]))
    assert steep.get_yscale() == "linear"


def test_a_first_value_that_would_flatten_the_others_is_told_beside_them(trace):
    ax = plot.objective(with_objectives(trace, [1000.0, 3.0, 2.9, 2.8, 2.5, 2.2, 2.1, 2.0, 2.0]))
    assert ax.get_ylim()[1] < 3.5
    assert " ↑ 1,000 after E 0" in texts(ax.figure)
    even = plot.objective(with_objectives(trace, [3.0] + [2.0] * 8))
    assert even.get_ylim()[1] > 3.0


def test_the_books_panels_stand_on_the_curve_of_the_bound(faithful):
    asked = [0, 1, 2, 5, 20]
    figure = plot.filmstrip(faithful, iterations=asked, curve=True)
    *panels, curve = figure.axes
    assert [ax.get_title(loc="left") for ax in panels] == [
        "After 0 iterations",
        "After 1 iteration",
        "After 2 iterations",
        "After 5 iterations",
        "After 20 iterations, final",
    ]
    steps = {step.iteration: step for step in faithful.steps if step.phase == "expectation"}
    for ax, iteration in zip(panels, asked, strict=True):
        assert ax.get_xlabel() == f"negative log-likelihood per point {steps[iteration].objective:.3f}"
    (rings,) = [c for c in curve.collections if len(c.get_offsets())]
    shown = [i for i in asked if i > 0]  # the first value lies above the axis, where it is told
    np.testing.assert_allclose(rings.get_offsets(), [(i, steps[i].objective) for i in shown])
    assert {"1", "2", "5", "20"} <= {text.get_text() for text in curve.texts}
    np.testing.assert_allclose(steps[20].parameters["means"], [[-1.27, -1.21], [0.70, 0.67]], atol=0.02)


def test_the_objective_marks_the_same_iterations(faithful):
    said = texts(plot.objective(faithful, iterations=[2, 5]).figure)
    assert {"2", "5"} <= set(said)
    assert "final" not in said
    with pytest.raises(DataError, match="iterations must be a list of iteration numbers"):
        plot.filmstrip(faithful, iterations=[-1])


@pytest.mark.parametrize("size", [(6, 4), (4, 8)])
def test_a_curve_has_its_place_on_a_given_figure(trace, size):
    figure = plot.filmstrip(trace, iterations=[0, 2], curve=True, figure=Figure(figsize=size))
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    for i, one in enumerate(boxes):
        assert one.x0 >= -1
        assert one.x1 <= figure.bbox.width + 1
        for other in boxes[:i]:
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            up = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert min(across, up) < 2


def test_a_long_name_stays_with_its_number():
    lines = wrapped("Step; negative log-likelihood per point −1.2345 → −1.3456.", 2.4, 9.5)
    assert any("point\xa0−1.2345\xa0→\xa0−1.3456." in line for line in lines)


def test_an_animation_moves_ellipses_and_blends_colors(tmp_path, trace):
    with Image.open(plot.animate(trace, tmp_path / "run.gif")) as image:
        durations = []
        for i in range(image.n_frames):
            image.seek(i)
            durations.append(round(image.info["duration"]))
    slides = 5  # pictures of ellipses on their way
    assert durations[: 3 + slides] == [1500, 900, *[50] * slides, 700]
    assert durations[3 + slides : 5 + slides] == [50, 900]
    assert durations[-1] == 4000


@pytest.mark.parametrize("name", ["mixture", "densities"])
def test_pictures_of_mixtures_look_as_they_did(name, faithful):
    one = dataclasses.replace(faithful, steps=faithful.steps[:1])
    figures = {
        "mixture": lambda: plot.filmstrip(faithful, iterations=[0, 1, 2, 5, 20], curve=True),
        "densities": lambda: plot.frame(
            gaussian_mixture(one.points[:, :1], [[-1.0], [0.0]], iterations=2), 2, style="dark"
        ),
    }
    found = picture(figures[name]())
    with Image.open(BASELINE / f"{name}.png") as kept:
        expected = kept.convert("RGB")
    assert found.size == expected.size
    difference = np.abs(np.asarray(found, dtype=float) - np.asarray(expected, dtype=float))
    assert difference.mean() < 2.0
