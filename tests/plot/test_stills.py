import dataclasses
import io
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image, ImageChops

from emscope import KMeans, plot
from emscope.errors import DataError
from emscope.plot.badges import beside, kept_apart, number_path
from emscope.plot.curve import value_ticks
from emscope.plot.layout import tick_labels
from emscope.plot.lettering import drawable, shortened, width_of, wrapped
from emscope.plot.panel import marker_path
from emscope.scene import Scene
from emscope.scene.colors import apart, by_number, contrast, lightness
from emscope.scene.paint import STYLES, paints
from emscope.trace import Restart
from hand_made import groups, lloyd

BASELINE = Path(__file__).parent / "baseline"
CENTERS = [[0, 0], [9, 0], [0, 9], [9, 9]]


@pytest.fixture
def trace():
    points = groups(CENTERS)
    return lloyd(points, np.array(CENTERS) / 2 + 2.0)


def picture(figure, dpi=50):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi)
    return Image.open(file).convert("RGB")


def texts(figure):
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_one_figure_per_half_step_each_with_title_and_caption(trace):
    figures = plot.frames(trace)
    scene = Scene.from_trace(trace)
    assert len(figures) == len(scene.frames)
    for figure, frame in zip(figures, scene.frames, strict=True):
        said = " ".join(texts(figure)).replace("\n", " ").replace("\xa0", " ")
        assert frame.title in said
        assert frame.caption in said


def test_every_frame_has_the_same_axes(trace):
    axes = [figure.axes[0] for figure in plot.frames(trace)]
    for ax in axes[1:]:
        assert ax.get_xlim() == axes[0].get_xlim()
        assert ax.get_ylim() == axes[0].get_ylim()
        np.testing.assert_array_equal(ax.get_position().bounds, axes[0].get_position().bounds)


def test_a_frame_can_be_drawn_into_given_axes(trace):
    figure = Figure()
    ax = figure.add_subplot()
    assert plot.frame(trace, -1, ax=ax) is figure
    assert ax.get_title(loc="left") == "Final clustering"
    assert plot.filmstrip(trace, figure=Figure()).axes
    assert plot.objective(trace, ax=Figure().add_subplot()).get_ylabel() == "inertia"


def test_a_frame_in_small_axes_has_smaller_letters_and_its_short_title(trace):
    figure = Figure(figsize=(5, 4))
    axes = figure.subplots(2, 2)
    plot.frame(trace, 1, ax=axes[0, 0])
    assert axes[0, 0].get_title(loc="left") == "Expectation step 0"
    assert axes[0, 0]._left_title.get_fontsize() < 9
    small = Figure(figsize=(2, 2)).subplots(2, 2)[0, 0]
    plot.frame(trace, 1, ax=small)
    assert small.get_title(loc="left") == "E 0"


@pytest.mark.parametrize(("face", "style"), [("black", "light"), ("white", "dark"), ("#777777", "print")])
def test_a_title_can_be_read_on_the_users_figure(trace, face, style):
    figure = Figure(facecolor=face)
    ax = figure.add_subplot()
    plot.frame(trace, 1, ax=ax, style=style)
    ink, paper = (mpl.colors.to_hex(color) for color in (ax._left_title.get_color(), face))
    assert contrast(ink, paper) >= 4.4


def test_what_cannot_be_drawn_is_refused_in_a_sentence(trace):
    with pytest.raises(DataError, match="there is no frame 99: the run has"):
        plot.frame(trace, 99)
    with pytest.raises(DataError, match="style must be one of 'light', 'dark', 'print', not 'sepia'"):
        plot.frames(trace, style="sepia")
    with pytest.raises(DataError, match=r"belong to Scene\.from_trace"):
        plot.frames(Scene.from_trace(trace), axes=(0, 1))
    steps = tuple(dataclasses.replace(s, parameters={"weights": np.ones(2)}) for s in trace.steps)
    other = dataclasses.replace(trace, steps=steps)
    for draw in (plot.frames, plot.filmstrip):
        with pytest.raises(DataError, match=r"no centers or means to draw; plot\.objective still shows"):
            draw(other)
    assert plot.objective(other).lines


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("k", [1, 10, 25])
def test_pictures_of_any_number_of_clusters_in_every_style(style, k):
    points = groups(CENTERS)
    scene = Scene.from_trace(lloyd(points, points[:k], iterations=2))
    paper = tuple(int(STYLES[style].paper[i : i + 2], 16) for i in (1, 3, 5))
    for figure in (
        plot.frame(scene, 2, style=style),
        plot.objective(scene, style=style).figure,
    ):
        image = picture(figure)
        assert image.getpixel((0, 0)) == paper
        assert len(image.getcolors(1 << 20)) > 50


def test_a_single_feature_is_drawn_under_its_density():
    trace = lloyd(groups([[0.0], [10.0]], each=40), [[1.0], [2.0]])
    figure = plot.frame(dataclasses.replace(trace, n_samples=5_000), 1)
    assert figure.axes[0].get_yticks().size == 0
    assert "80 of 5,000 points shown." in " ".join(texts(figure))
    assert len(picture(figure).getcolors(1 << 20)) > 50


def test_a_sample_is_drawn_over_its_density(trace):
    figure = plot.frame(dataclasses.replace(trace, n_samples=5_000), 1)
    assert len(figure.axes[0].images) == 1
    assert "240 of 5,000 points shown, over their density." in " ".join(texts(figure)).replace("\n", " ")
    assert len(picture(figure).getcolors(1 << 20)) > 50


def test_centers_beyond_the_border_are_told():
    points = groups(CENTERS)
    scene = Scene.from_trace(lloyd(points, [[0.0, 0.0], [900.0, -900.0]]))
    figure = plot.frame(scene, 0)
    assert "Centers at the border lie farther out." in texts(figure)
    picture(figure)


def test_many_points_that_moved_keep_their_places():
    points = np.random.default_rng(0).normal(size=(2500, 2))
    figure = plot.frame(lloyd(points, points[:3] + 1.0, iterations=2), 3)
    assert "Ringed points change cluster." in texts(figure)
    picture(figure)


def test_crowded_points_that_moved_have_rims_in_a_film_strip_and_rings_in_a_frame():
    points = np.random.default_rng(0).normal(size=(400, 2))
    scene = Scene.from_trace(lloyd(points, points[:3] + 1.0, iterations=2))
    assert scene.frames[3].moved.sum() > 30
    collections = len(plot.frame(scene, 3).axes[0].collections)
    assert len(plot.filmstrip(scene).axes[3].collections) == collections - 1


def test_other_starts_lie_behind_the_curve(trace):
    values = np.array([9e3, 5e3, 4e3])
    restart = Restart(np.zeros((4, 2)), np.zeros((4, 2)), values)
    ax = plot.objective(dataclasses.replace(trace, restarts=(restart, restart)))
    assert "2 other starts" in texts(ax.figure)
    assert ax.get_ylim()[1] > 9e3


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("k", [1, 4, 10, 30])
def test_points_stand_out_from_the_paper(style, k):
    look = STYLES[style]
    for paint in paints(by_number(k).hexes, look):
        assert max(contrast(paint.fill, look.paper), contrast(paint.rim, look.paper)) >= 3.0
        assert contrast(paint.outline, look.paper) >= 3.0


@pytest.mark.parametrize("style", sorted(STYLES))
def test_no_two_clusters_look_alike(style):
    for k in range(2, 26):
        fills = tuple(paint.fill for paint in paints(by_number(k).hexes, STYLES[style]))
        assert 100 * apart(fills) >= (5.0 if k <= 10 else 3.5), k


def test_the_print_look_differs_in_grey():
    fills = tuple(paint.fill for paint in paints(by_number(6).hexes, STYLES["print"]))
    assert np.diff(np.sort(lightness(fills))).min() > 0.08


@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_vector_files_can_be_written(trace, suffix):
    file = io.BytesIO()
    plot.frame(trace, 2).savefig(file, format=suffix)
    assert len(file.getvalue()) > 5_000


def test_many_points_are_one_image_in_vector_files():
    points = np.random.default_rng(0).normal(size=(5000, 2))
    file = io.BytesIO()
    plot.frame(lloyd(points, points[:3], iterations=1), 1).savefig(file, format="svg")
    assert len(file.getvalue()) < 500_000


def test_pictures_do_not_depend_on_the_users_settings(trace):
    expected = picture(plot.frame(trace, 2))
    mine = {"text.usetex": True, "axes.grid": True, "font.family": "serif", "lines.linewidth": 9.0}
    with mpl.rc_context(mine | {"xtick.direction": "in", "axes.facecolor": "red", "font.size": 30.0}):
        figure = plot.frame(trace, 2)
        assert mpl.rcParams["text.usetex"] is True
        found = picture(figure)
    assert ImageChops.difference(expected, found).getbbox() is None


HOSTILE = [
    r"$\frac{1}{0}$ \undefined",
    "</script><script>alert(1)</script>",
    "two\nlines\u2028three",
    "\u202eright to left\u2066",
    "日本語 🎉 name",
    "'\"&%#_^{}~",
    "x" * 10_000,
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_drawn_as_they_are_written(name):
    points = groups([[0, 0], [5, 2]], each=20)
    trace = lloyd(points, points[:2], names=[name, name], init=name)
    figure = plot.frame(trace, 0)
    picture(figure)
    picture(plot.filmstrip(trace))
    label = figure.axes[0].get_xlabel()
    assert "\n" not in label
    assert "\u202e" not in label
    if name.startswith("$"):
        assert label == name
    box = figure.axes[0].yaxis.label.get_window_extent()
    assert 0 <= box.y0 < box.y1 <= figure.bbox.height
    assert box.x0 >= 0


def test_lines_fit_and_end_in_an_ellipsis():
    lines = wrapped("a sentence of some length; inertia 568.6 → 329.8. " * 30, 4.0, 9.5, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(width_of(line, 9.5) <= 4.0 for line in lines)
    assert not any(line.endswith("→") for line in lines)
    assert drawable("α → β") == "α → β"
    assert shortened("w" * 100, 1.0, 9.5).endswith("…")
    assert wrapped("", 4.0, 9.5) == []


def test_badges_give_way_to_each_other():
    places = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [50.0, 50.0]])
    apart = kept_apart(places, 10.0)
    distances = np.linalg.norm(apart[:, None] - apart, axis=2)[np.triu_indices(4, 1)]
    assert distances.min() > 9.5
    np.testing.assert_array_equal(apart[3], places[3])


def test_badges_leave_points_to_be_seen_and_go_to_the_middle():
    points = np.array([[0.0, 0.0], [40.0, 0.0], [44.0, 3.0]])
    places = np.array([[0.0, 0.0], [41.0, 1.0], [90.0, 90.0]])
    moved = beside(places, points, 10.0, np.array([50.0, 50.0]))
    assert np.linalg.norm(moved[:, None] - points, axis=2).min() > 9.5
    assert (moved[0] > 0).all()
    np.testing.assert_array_equal(moved[2], places[2])


@pytest.mark.parametrize("each", [2, 30])
def test_few_points_are_all_seen_beside_badges(each):
    points = groups([[0, 0], [9, 1], [1, 8]], each=each, spread=1.0)
    points[0] = (30.0, 30.0)
    figure = plot.frame(lloyd(points, points[[0, each, 2 * each]], iterations=0), 0)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    at = ax.transData.transform(points)
    (badges,) = [c for c in ax.collections if c.get_zorder() == 6.1]
    distance = np.linalg.norm(ax.transData.transform(badges.get_offsets())[:, None] - at, axis=2)
    radius = 9.5 * figure.dpi / 72
    assert (distance.min() > radius) == (each == 2)


def test_markers_are_equal_in_area():
    areas = []
    for number in range(10):
        polygon = np.asarray(marker_path(number).to_polygons()[0])
        x, y = polygon.T
        areas.append(0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))
    np.testing.assert_allclose(areas, np.pi / 4, rtol=0.01)


def test_numbers_stand_in_the_middle():
    for number in (0, 7, 42, 100):
        box = number_path(number).get_extents()
        assert box.x0 + box.x1 == pytest.approx(0, abs=1e-9)
        assert abs(box.y0 + box.y1) < 0.05


def test_the_objective_is_logarithmic_where_it_spans_decades():
    points = groups([[0, 0], [1000, 0]], each=30)
    steep = plot.objective(lloyd(points, [[0.0, 0.0], [1.0, 0.0]]))
    assert steep.get_yscale() == "log"
    assert plot.objective(lloyd(points, [[0.0, 0.0], [999.0, 0.0]])).get_yscale() == "linear"
    assert plot.objective(lloyd(np.eye(2), np.eye(2))).get_yscale() == "linear"


def test_the_objective_names_the_film_strips_frames_and_flags_events(trace):
    said = texts(plot.objective(trace).figure)
    assert {"E 0", "M 0", "final"} <= set(said)
    assert any(re.search("converged ⚑", text) for text in said)


def test_a_run_that_ended_at_its_start_has_no_curve(trace):
    stopped = dataclasses.replace(trace, steps=trace.steps[:1], converged=False)
    ax = plot.objective(stopped)
    assert "the run ended before its first expectation step" in texts(ax.figure)
    assert len(plot.frames(stopped)) == 1


@pytest.mark.parametrize("name", ["expectation", "maximization", "filmstrip"])
def test_pictures_look_as_they_did(name, seed_run):
    trace = lloyd(np.array(seed_run["data"]), seed_run["steps"][0]["centers"], iterations=3)
    figures = {
        "expectation": lambda: plot.frame(trace, 3),
        "maximization": lambda: plot.frame(trace, 2, style="dark"),
        "filmstrip": lambda: plot.filmstrip(trace, style="print"),
    }
    found = picture(figures[name]())
    with Image.open(BASELINE / f"{name}.png") as kept:
        expected = kept.convert("RGB")
    assert found.size == expected.size
    difference = np.abs(np.asarray(found, dtype=float) - np.asarray(expected, dtype=float))
    assert difference.mean() < 2.0


def test_ticks_are_written_as_people_write_them():
    assert tick_labels((0.0, 25_753.0))[1:] == (["0", "5,000", "10,000", "15,000", "20,000", "25,000"], "")
    assert tick_labels((-2e7, 2e7), 4)[1][0] == "\N{MINUS SIGN}20,000,000"
    assert tick_labels((1e12 - 3, 1e12 + 3), 3)[2] == "+1e12"
    assert tick_labels((1990.0, 2020.0), 3)[1] == ["1990", "2000", "2010", "2020"]


@pytest.mark.parametrize(
    ("values", "from_zero", "labels"),
    [
        ([1500.0, 100.0, 50.0], True, ["0", "500", "1,000", "1,500"]),
        ([10.6705, 10.6701, 10.67], False, ["10.6700", "10.6702", "10.6704"]),
        (
            [-2.0, -2.0002, -2.0004],
            False,
            ["\N{MINUS SIGN}2.0004", "\N{MINUS SIGN}2.0002", "\N{MINUS SIGN}2.0000"],
        ),
        ([0.5, 0.0, -0.5], False, ["\N{MINUS SIGN}0.5", "0.0", "0.5"]),
        ([3e-7, 2e-7, 1e-7], True, ["0", "1e-7", "2e-7", "3e-7"]),
        ([3e12, 2e12, 1e12], True, ["0", "1e12", "2e12", "3e12"]),
        ([0.0, 0.0, 0.0], True, ["0.0", "0.1"]),
    ],
)
def test_values_on_a_curve_are_written_out(trace, values, from_zero, labels):
    curve = dataclasses.replace(Scene.from_trace(trace).curve, values=np.array(values), from_zero=from_zero)
    assert value_ticks(curve, 4)[1] == labels


@pytest.mark.parametrize("fall", [5e-4, 4e-6])
def test_a_curve_that_falls_little_has_no_offset_and_its_title_fits(trace, fall):
    values = 10.67 + fall * np.linspace(1, 0, len(trace.steps) - 1)
    steps = [dataclasses.replace(s, objective=v) for s, v in zip(trace.steps[1:], values, strict=True)]
    flat = dataclasses.replace(
        trace, steps=(trace.steps[0], *steps), card=dataclasses.replace(trace.card, from_zero=False)
    )
    for figure in (plot.objective(flat).figure, plot.filmstrip(flat, iterations=[0, 1], curve=True)):
        figure.draw_without_rendering()
        ax = figure.axes[-1]
        assert ax.yaxis.get_offset_text().get_text() == ""
        labels = [label for label in ax.get_yticklabels() if label.get_text()]
        assert len({label.get_text() for label in labels}) == len(labels) > 1
        assert all(float(label.get_text()) == pytest.approx(10.67, abs=1.3 * fall) for label in labels)
        boxes = [label.get_window_extent() for label in labels]
        boxes += [text.get_window_extent() for text in (ax._left_title, *figure.texts) if text.get_text()]
        assert all(0 <= box.x0 < box.x1 <= figure.bbox.width for box in boxes)


def test_a_curve_that_changes_by_rounding_is_drawn_flat(trace):
    values = -1.857 + 1e-11 * np.arange(len(trace.steps) - 1)
    steps = [dataclasses.replace(s, objective=v) for s, v in zip(trace.steps[1:], values, strict=True)]
    even = dataclasses.replace(
        trace, steps=(trace.steps[0], *steps), card=dataclasses.replace(trace.card, from_zero=False)
    )
    assert np.diff(plot.objective(even).get_ylim()) > 0.1


@pytest.mark.parametrize("iterations", [3, "all", [], [-1], [0.5], [[0, 1]], [[0], [1, 2]], [None], [np.nan]])
def test_what_is_no_list_of_iterations_is_refused_in_a_sentence(trace, iterations):
    for draw in (plot.filmstrip, plot.objective):
        with pytest.raises(DataError, match="iterations must be a list of iteration numbers from 0 on"):
            draw(trace, iterations=iterations)


@pytest.mark.parametrize("iterations", [range(3), (0, 2), np.arange(3), [0.0, 1.0]])
def test_iterations_can_be_any_sequence_of_whole_numbers(trace, iterations):
    assert Scene.from_trace(trace).after(iterations)


def test_a_model_in_the_place_of_its_trace_is_a_clear_error():
    model = KMeans(1).fit([[0.0], [1.0]])
    for draw in (plot.frames, plot.filmstrip, plot.objective):
        with pytest.raises(TypeError, match="not of a KMeans: pass its trace_"):
            draw(model)


def test_the_film_strip_explains_its_rings_once():
    points = groups([[0, 0], [1, 1], [0, 2]])
    figure = plot.filmstrip(lloyd(points, points[:3], iterations=1))
    said = " ".join(text.get_text() for text in figure.texts)
    assert said.count("Ringed") == 1


def test_a_notebook_shows_what_is_drawn():
    points = groups([[0, 0], [5, 5]])
    trace = lloyd(points, points[:2], iterations=1)
    for drawn in (plot.frame(trace, -1), plot.filmstrip(trace), plot.objective(trace)):
        assert drawn._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("size", [(6, 3), (6, 6), (3, 8), (14, 3)])
def test_a_film_strip_fits_the_figure_it_is_given(trace, size):
    figure = plot.filmstrip(trace, figure=Figure(figsize=size))
    drawn = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
    figure.draw_without_rendering()
    boxes = [text.get_window_extent(drawn) for text in figure.texts]
    for ax in figure.axes:
        boxes += [ax._left_title.get_window_extent(drawn), ax.get_window_extent(drawn)]
        boxes += [ax.xaxis.label.get_window_extent(drawn)] if ax.get_xlabel() else []
    for i, one in enumerate(boxes):
        assert one.x0 >= -1
        assert one.y0 >= -1
        assert one.x1 <= figure.bbox.width + 1
        assert one.y1 <= figure.bbox.height + 1
        for other in boxes[:i]:
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            up = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert min(across, up) < 2
    assert all(ax._left_title.get_fontsize() > 4 for ax in figure.axes)


def test_a_figure_too_small_for_a_film_strip_is_refused_with_the_size_needed(trace):
    with pytest.raises(
        DataError, match=r"too small for a film strip of \d+ panels: give it \S+ by \S+ inches"
    ):
        plot.filmstrip(trace, figure=Figure(figsize=(1, 1)))
