"""Mixtures in the page: what is drawn, why a point is shared as it is, and hard or soft as a what-if."""

import dataclasses
import re

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, datasets, player, recording
from emscope.scene import Scene
from looking import BLOBS, centers, grouped_alike, repeated, step_of, title

FAITHFUL, WAITING, PENGUINS = "faithful", "waiting", "penguins"


def faithful():
    table = datasets.old_faithful()
    trace = GaussianMixture(2, init_params=np.array([[2.0, 80.0], [4.5, 55.0]])).fit(table.matrix).trace_
    return table.matrix, dataclasses.replace(trace, feature_names=table.feature_names)


def waiting():
    X = datasets.old_faithful().matrix[:, 1:]
    return X, GaussianMixture(2, init_params=np.array([[50.0], [60.0]])).fit(X).trace_


def penguins():
    X = datasets.penguins().matrix
    scale = X.std(axis=0)
    trace = GaussianMixture(3, random_state=1, covariance_type="tied").fit(X / scale).trace_
    return X, recording.in_units_of(trace, X, scale)


@pytest.fixture(scope="module")
def runs():
    X = datasets.blobs().matrix
    hard = KMeans(4, init=datasets.blobs_start()).fit(X).trace_
    return {FAITHFUL: faithful(), WAITING: waiting(), PENGUINS: penguins(), BLOBS: (X, hard)}


def means(page, d):
    return centers(page)[:, 1 : d + 1]


def ask(page, row):
    page.fill("input[type=number]", str(row))
    page.press("input[type=number]", "Enter")
    page.keyboard.press("Escape")


def to_the_end(page):
    page.focus(".scrubber")
    page.keyboard.press("End")


def test_it_says_what_the_scene_says(visit, runs):
    page, (_, trace) = visit(FAITHFUL), runs[FAITHFUL]
    for frame in Scene.from_trace(trace).frames:
        assert title(page) == frame.title
        assert frame.caption.lower() == f"{title(page)}: {page.text_content('.sentence')}".lower()
        step = trace.steps[frame.index]
        np.testing.assert_array_equal(means(page, 2), step.means)
        np.testing.assert_array_equal(centers(page)[:, 0], step.weights)
        sigmas = np.sqrt(np.diagonal(step.covariances, axis1=1, axis2=2))
        np.testing.assert_allclose(centers(page)[:, 3:5], sigmas, rtol=1e-15)
        page.keyboard.press("ArrowRight")
    assert "Gaussian mixture, full covariances" in page.text_content(".facts")


@pytest.mark.parametrize("name", [FAITHFUL, PENGUINS])
def test_ellipses_are_those_of_the_scene(visit, runs, name):
    scene = Scene.from_trace(runs[name][1])
    page, k = visit(name, step=4), len(scene.colors)
    box = page.locator(".picture rect").bounding_box()
    unit = np.array([box["width"] - 1, 1 - box["height"]]) / np.ptp([scene.xlim, scene.ylim], axis=1)
    numbers = "[c.getAttribute('r'), ...c.getAttribute('transform').match(/-?[\\d.e-]+/g)].map(Number)"
    drawn = page.eval_on_selector_all(".gaussians circle", f"all => all.map(c => {numbers})")
    frame = scene.frames[4]
    assert frame.phase == "maximization"
    assert len(drawn) == k + 6 * k  # one of before, and three lines with their halos
    old, new = np.array(drawn)[:k], np.array(drawn)[k::6]
    for found, ellipses in ((old, frame.old_ellipses), (new, frame.ellipses)):
        factors = np.array([[[a, 0], [b, c]] for _, a, b, _, c, _, _ in found])
        expected = ellipses * np.outer(unit, unit)
        np.testing.assert_allclose(factors @ factors.swapaxes(1, 2), expected, rtol=0.01, atol=1e-3)
    assert {r for r, *_ in drawn} == {1, 2, 3}
    page.uncheck("text=Ellipses")
    assert page.locator(".gaussians").count() == 0


def test_ellipses_go_from_one_half_step_to_the_next(visit):
    page = visit(FAITHFUL, step=3, calm=False, clock=True)

    def widths():
        found = page.eval_on_selector_all(
            ".gaussians circle:not([stroke-dasharray='5 4'])",
            "all => all.map(c => c.getBBox().width * c.getCTM().a)",
        )
        return np.array(found)

    before = widths()
    page.keyboard.press("ArrowRight")
    page.clock.run_for(150)
    between = widths()
    page.clock.run_for(400)
    after = widths()
    assert not np.allclose(before, after)
    low, high = np.minimum(before, after), np.maximum(before, after)
    assert ((between > low - 1e-6) & (between < high + 1e-6)).all()
    assert not np.allclose(between, before)
    assert not np.allclose(between, after)


def test_one_feature_has_density_curves_to_the_measure_of_the_points(visit, runs):
    page, (_, trace) = visit(WAITING, step=99), runs[WAITING]
    scene = Scene.from_trace(trace)
    heights = scene.component_heights(scene.frames[-1])
    paths = page.eval_on_selector_all(".gaussians path", "all => all.map(p => p.getAttribute('d'))")
    assert len(paths) == 3
    height = page.locator(".picture rect").bounding_box()["height"] - 1
    for path, expected in zip(paths, (*heights, heights.sum(axis=0)), strict=True):
        y = np.array(re.findall(r"[\d.e-]+ ([\d.e-]+)", path), dtype=float)
        np.testing.assert_allclose(1 - y / height, 0.52 + 0.42 * expected, atol=0.005)
    assert page.locator("text=Density curves").count() == 1


def test_why_is_it_shared_so(visit, runs):
    X, trace = runs[FAITHFUL]
    page = visit(FAITHFUL, step=1)
    expected = trace.steps[1].responsibilities
    unsure = int(expected.max(axis=1).argmin())
    ask(page, unsure)
    values = [float(v) for v in page.locator(".reasons .bars .value").all_text_contents()]
    np.testing.assert_allclose(values, np.sort(expected[unsure])[::-1], rtol=1e-4)
    formula = [float(v) for v in re.findall(r"\d+\.\d+(?:e-?\d+)?", page.text_content(".formula"))]
    assert formula[-1] == pytest.approx(expected[unsure].max(), rel=1e-4)
    detail = page.locator(".reasons .bars .detail").first.text_content()
    weight, density, product, log, away = (float(v) for v in re.findall(r"\d+\.\d+(?:e-?\d+)?", detail))
    assert weight * density == pytest.approx(product, rel=5e-3)
    assert -np.log(density) == pytest.approx(log, rel=1e-3)
    j = expected[unsure].argmax()
    difference = X[unsure] - trace.steps[1].means[j]
    squared = difference @ np.linalg.solve(trace.steps[1].covariances[j], difference)
    assert away == pytest.approx(np.sqrt(squared), rel=5e-3)
    assert f"Component {j} is responsible for" in page.text_content(".reasons")


def test_extrapolations_have_no_flags_but_are_told(visit, tmp_path):
    X = datasets.old_faithful().matrix
    start = np.array([[2.0, 80.0], [2.2, 60.0]])
    trace = GaussianMixture(2, init_params=start, accelerate="squarem", tol=1e-9).fit(X).trace_
    routine = [index for index, event in trace.events if event.kind.startswith("extrapolat")]
    end, converged = trace.events[-1]
    assert len(routine) == len(trace.events) - 1 > 2
    path = tmp_path / "fast.html"
    player.write(trace, path)
    page = visit(path.as_uri())
    assert page.locator(".scrubber title").all_text_contents() == [converged.message]
    page.keyboard.press("]")
    assert step_of(page) == end
    told = visit(path.as_uri(), step=routine[0]).text_content(".sentence")
    assert trace.events[0][1].message[1:] in told


def test_a_point_that_changed_says_when(visit, runs):
    _, trace = runs[WAITING]
    labels = np.array([step.labels for step in trace.steps if step.phase == "expectation"])
    row = int(np.flatnonzero(labels[0] != labels[-1])[0])
    page = visit(WAITING, step=99)
    ask(page, row)
    changes = np.flatnonzero(np.diff(labels[:, row]))
    steps = [f"expectation step {i + 1} ({labels[i, row]} → {labels[i + 1, row]})" for i in changes]
    assert len(steps) == 1
    assert f"Its most likely component changed in {steps[0]}." in page.text_content(".reasons")


def test_soft_from_the_start_of_a_hard_run(visit, runs):
    X, trace = runs[BLOBS]
    page = visit(BLOBS)
    page.click("text=Soft: mixture")
    assert page.get_attribute("text=Soft: mixture", "aria-pressed") == "true"
    to_the_end(page)
    model = repeated(page, X)
    assert isinstance(model, GaussianMixture)
    np.testing.assert_allclose(means(page, 2), model.means_, rtol=1e-8)
    result = page.text_content(".result")
    same = grouped_alike(model.predict(X), trace.steps[-1].labels)
    assert f"In the end {same} of 300 points are grouped as in the recorded run." in result
    texts = page.locator(".scrubber text").all_text_contents()
    assert "negative log-likelihood per point" in texts
    assert "dashed: inertia" in texts
    assert page.locator("text=Ellipses").is_visible()
    page.click("text=Recorded run")
    assert page.locator("text=Regions").is_visible()
    page.click("text=Hard: k-means")
    assert not page.is_visible("text=Drop it"), (
        "the recorded model from the recorded start is the recorded run"
    )


def test_words_are_those_of_the_model_that_is_shown(visit):
    page = visit(FAITHFUL)
    labels = [".controls", ".notes", ".what-if"]
    told = " ".join(map(page.text_content, labels))
    for words in ("Lines to mean", "Drag a mean to", "add a component", "drag a mean", "Add component"):
        assert words in told
    assert not re.search(r"\bcenter", told)
    assert page.get_attribute("[data-center]", "aria-label").startswith("Mean 0.")
    page.click("text=Hard: k-means")
    told = " ".join(map(page.text_content, labels))
    for words in ("Lines to center", "Drag a center to", "drag a center", "Add center", "Remove center"):
        assert words in told
    assert "mean" not in told.replace("k-means", "")


@pytest.mark.parametrize(("k", "sigmas"), [(6, "1, 2 and 3"), (7, "1 and 2")])
@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
def test_the_ellipses_that_are_drawn_are_named(visit, tmp_path, k, sigmas):
    X = datasets.blobs().matrix
    player.write(GaussianMixture(k, init_params=X[:k], max_iter=2).fit(X).trace_, tmp_path / "player.html")
    page = visit((tmp_path / "player.html").as_uri(), step=1)
    label = page.locator(".controls label").first
    assert label.get_attribute("title") == f"Each component at {sigmas} standard deviations"
    rings = page.locator(".gaussians circle[stroke-dasharray=none]").count()
    assert rings == k * len(re.findall(r"\d", sigmas))


def test_hard_from_the_start_of_a_soft_run(visit, runs):
    X, trace = runs[PENGUINS]
    page = visit(PENGUINS)
    page.click("text=Hard: k-means")
    to_the_end(page)
    model = repeated(page, X)
    assert isinstance(model, KMeans)
    np.testing.assert_allclose(model.trace_.steps[0].centers * trace.scale, trace.steps[0].means, rtol=1e-12)
    np.testing.assert_allclose(centers(page)[:, :4], model.cluster_centers_ * trace.scale, rtol=1e-9)


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")  # of one component too many
@pytest.mark.parametrize("name", [FAITHFUL, PENGUINS, WAITING])
def test_other_starts_of_a_mixture_are_repeated_by_python(visit, runs, name):
    X, trace = runs[name]
    page = visit(name)
    page.select_option(".what-if select", "farthest")
    page.click("text=Add component")
    to_the_end(page)
    model = repeated(page, X)
    assert model.covariance_type == trace.settings["covariance_type"]
    scale = 1.0 if trace.scale is None else trace.scale
    assert len(model.means_) == len(trace.steps[0].means) + 1
    np.testing.assert_allclose(means(page, X.shape[1]), model.means_ * scale, rtol=1e-8)


def test_a_mean_is_dragged(visit, runs):
    X, _ = runs[FAITHFUL]
    page = visit(FAITHFUL)
    box = page.locator(".badge").nth(1).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 90, y - 40, steps=4)
    page.mouse.up()
    page.wait_for_selector(".result:not(:empty)")
    assert "means placed by hand" in page.text_content(".sentence")
    to_the_end(page)
    np.testing.assert_allclose(means(page, 2), repeated(page, X).means_, rtol=1e-8)


def test_values_below_zero_have_an_axis(visit, tmp_path):
    X = np.random.default_rng(0).normal(np.repeat([[0.0], [8.0]], 100, axis=0), size=(200, 2)) * 1e-3
    trace = GaussianMixture(2, init_params=X[:2], reg_covar=1e-12).fit(X).trace_
    path = tmp_path / "below.html"
    player.write(trace, path)
    page = visit(path.as_uri(), step=2)
    labels = page.locator(".scrubber text").all_text_contents()
    assert sum(label.startswith("−") for label in labels) >= 2
    marks = page.eval_on_selector_all(".e-mark", "all => all.map(m => +m.getAttribute('cy'))")
    assert min(marks) > 15
    assert max(marks) < 190


def collapsing():
    X = np.concatenate([np.random.default_rng(0).normal(size=(30, 2)), np.full((10, 2), 7.0)])
    precisions = np.tile(np.eye(2), (2, 1, 1))
    model = GaussianMixture(
        2,
        reg_covar=0.0,
        max_iter=1,
        means_init=[[0.0, 0.0], [4.0, 4.0]],
        weights_init=[0.5, 0.5],
        precisions_init=precisions,
    )
    return model, X


@pytest.mark.filterwarnings("ignore")
def test_a_collapse_is_a_sentence(visit, tmp_path):
    model, X = collapsing()
    path = tmp_path / "collapse.html"
    player.write(model.fit(X).trace_, path)
    page = visit(path.as_uri())
    page.select_option(".what-if select", "recorded")
    to_the_end(page)
    assert "Component 1 has collapsed: its covariance has no inverse" in page.text_content(".side")
    with pytest.raises(ValueError, match="ill-defined"):
        repeated(page, X)
    assert not re.search(r"NaN|Infinity", page.inner_html("main"))


def many_features():
    X = np.random.default_rng(0).normal(size=(900, 64)) + 3 * (np.arange(900)[:, None] % 7)
    return GaussianMixture(32, random_state=0, max_iter=12, tol=0.0), X


@pytest.mark.filterwarnings("ignore")
def test_covariances_that_a_page_has_no_room_for(visit, tmp_path):
    model, X = many_features()
    trace = model.fit(X).trace_
    path = tmp_path / "many.html"
    player.write(trace, path)
    assert path.stat().st_size < 2_000_000
    page = visit(path.as_uri(), step=3)
    ask(page, 5)
    j, share = int(trace.steps[3].labels[5]), trace.steps[3].responsibilities[5].max()
    assert float(page.text_content(".reasons .bars .value").removeprefix("about ")) == pytest.approx(
        share, abs=0.01
    )
    assert f"Component {j} is responsible for about" in page.text_content(".reasons")
    assert "takes more room" in page.text_content(".reasons") or "take more room" in page.text_content(
        ".reasons"
    )
    assert page.locator(".gaussians circle").count() > 32
    assert not page.is_visible("text=Soft: mixture")
    assert "The covariances take more room than this page has" in page.text_content(".notes")


def one_component():
    return GaussianMixture(1, random_state=0), datasets.old_faithful().matrix


def many_components():
    return GaussianMixture(40, random_state=0, max_iter=5, covariance_type="diag"), datasets.blobs().matrix


def only_scalars():
    return GaussianMixture(2, random_state=0, record="scalars"), datasets.old_faithful().matrix


def single_precision():
    return GaussianMixture(2, random_state=0), datasets.old_faithful().matrix.astype(np.float32)


ODD = [one_component, many_components, only_scalars, single_precision]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_odd_runs_are_shown_all_the_same(visit, tmp_path, make):
    model, X = make()
    path = tmp_path / "odd.html"
    player.write(model.fit(X).trace_, path)
    page = visit(path.as_uri(), calm=False)
    page.check("text=Trails")
    for key in ("ArrowRight", "ArrowRight", "End", "[", "Home"):
        page.keyboard.press(key)
    ask(page, 0)
    page.click("text=Hard: k-means")
    page.click("text=Add center")
    page.click("text=Soft: mixture")
    page.select_option(".what-if select", "k-means++")
    to_the_end(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    text = page.evaluate(
        "document.body.innerText + [...document.querySelectorAll('svg')].map(p => p.outerHTML)"
    )
    assert not re.search(r"NaN|undefined|Infinity|\[object", text)
