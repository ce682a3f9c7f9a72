"""What Python packs is what the page unpacks."""

import base64
import dataclasses
import json

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, datasets, player
from emscope.errors import DataError
from emscope.player.packing import MOST_POINTS
from emscope.scene import Scene
from emscope.scene.colors import blended, by_number, with_more
from emscope.wording import change, number
from hand_made import groups, lloyd

UNPACK = """
import { unpack } from "./page/unpack.js";
const data = unpack(given);
const list = (numbers) => numbers && Array.from(numbers);
console.log(JSON.stringify({
  points: list(data.points), positions: list(data.positions), rows: list(data.rows), scale: list(data.scale),
  density: data.density && list(data.density), curve: data.recorded.curve,
  restarts: data.restarts.map(list),
  frames: data.recorded.frames.map((frame) => ({
    ...frame, centers: list(frame.centers), old: list(frame.old), labels: list(frame.labels),
    changed: list(frame.changed),
    places: Array.from({ length: data.k }, (_, j) => data.project(frame.centers, j)),
  })),
}));
"""


def penguins():
    table = datasets.penguins()
    return KMeans(3, random_state=0, n_init=2).fit(table.matrix / table.matrix.std(axis=0)).trace_


def single_precision():
    return KMeans(3, random_state=0).fit(groups([(0, 0), (4, 4), (8, 0)]).astype(np.float32)).trace_


def many_clusters():
    X = np.random.default_rng(0).uniform(size=(4500, 2))
    return KMeans(300, init="random", random_state=0, n_init=2, max_iter=4).fit(X).trace_


def scaled():
    scale = np.array([1.0, 40.0])
    X = groups([(0, 0), (4, 4)]) * scale
    return lloyd(X, [[0.0, 0.0], [0.5, 20.0]], scale=scale)


def strip():
    return lloyd(groups([(0.0,), (5.0,), (9.0,)]), [[0.0], [1.0], [2.0]])


def thinned():
    trace = lloyd(groups([(0, 0), (4, 4), (8, 0)]), [[0.0, 0.0], [0.1, 0.0], [0.2, 0.0]], iterations=5)
    gone = {3, 4}
    steps = tuple(
        dataclasses.replace(s, parameters={}, labels=None) if i in gone else s
        for i, s in enumerate(trace.steps)
    )
    return dataclasses.replace(trace, steps=steps)


@pytest.mark.parametrize(
    "make",
    [penguins, single_precision, many_clusters, scaled, strip, thinned],
    ids=lambda make: make.__name__,
)
def test_everything_comes_back(node, make):
    trace = make()
    scene = Scene.from_trace(trace)
    found = node(UNPACK, player.data_of(trace))
    np.testing.assert_array_equal(np.reshape(found["points"], trace.points.shape), trace.points)
    np.testing.assert_array_equal(found["rows"], trace.sample_indices)
    lower, upper = np.array([scene.xlim, scene.ylim]).T
    drawn = np.reshape(found["positions"], (-1, 2)) * (upper - lower) + lower
    np.testing.assert_allclose(drawn, scene.positions, atol=(upper - lower).max() / 65535)
    assert len(found["frames"]) == len(scene.frames)
    for got, frame in zip(found["frames"], scene.frames, strict=True):
        step = trace.steps[frame.index]
        np.testing.assert_array_equal(np.reshape(got["centers"], step.centers.shape), step.centers)
        places = np.array(got["places"]) * (upper - lower) + lower
        np.testing.assert_allclose(places, frame.centers, rtol=1e-12, atol=1e-9)
        assert (got["labels"] is None) == (frame.labels is None)
        if frame.labels is not None:
            np.testing.assert_array_equal(got["labels"], frame.labels)
        np.testing.assert_array_equal(got["changed"], np.flatnonzero(frame.moved))
        assert (got["old"] is None) == (frame.old_centers is None)
        told = (got["phase"], got["iteration"], got["final"], got["title"], got["short"], got["caption"])
        is_so = (frame.phase, frame.iteration, frame.final, frame.title, frame.short_title, frame.caption)
        assert told == is_so
        assert got["objective"] == frame.objective
    assert [mark["step"] for mark in found["curve"]] == scene.curve.indices.tolist()
    assert [mark["value"] for mark in found["curve"]] == scene.curve.values.tolist()
    for got, restart in zip(found["restarts"], trace.restarts, strict=True):
        assert got == restart.start.ravel().tolist()


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
def test_a_mixture_of_5000_points_and_40_half_steps_stays_under_a_megabyte():
    X = np.random.default_rng(0).uniform(size=(5000, 2))
    trace = GaussianMixture(10, init_params=X[:10], tol=0.0, max_iter=19).fit(X).trace_
    assert len(trace.steps) == 40
    assert len(player.html(trace)) < 1_000_000


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
@pytest.mark.parametrize("d", [2, 16])
def test_covariances_of_few_features_are_exact_in_runs_of_any_length(d):
    steps = 4000 if d == 2 else 700
    X = np.random.default_rng(0).normal(size=(100, d))
    trace = GaussianMixture(8, init_params=X[:8], max_iter=2, tol=0.0).fit(X).trace_
    made = [dataclasses.replace(s, parameters=dict(s.parameters)) for s in trace.steps[1:3]] * (steps // 2)
    made = [
        dataclasses.replace(s, parameters={name: value.copy() for name, value in s.parameters.items()})
        for s in made
    ]
    data = player.data_of(dataclasses.replace(trace, steps=(trace.steps[0], *made)))
    assert "covariances" in data["mixture"]
    assert len(data["mixture"]["covariances"]["f64"]) < 4 / 3 * (8 << 20)
    assert data["leftOut"] > 0 or d == 2


def test_colors_are_mixed_as_in_pictures(node):
    random = np.random.default_rng(0)
    shares, hexes = random.dirichlet([0.3] * 5, 200), by_number(5).hexes
    code = """
    import { displayed, mixable } from "./picture/mixing.js";
    const [shares, hexes] = given, parts = hexes.map(mixable);
    console.log(JSON.stringify(shares.map((row) =>
      displayed([0, 1, 2].map((c) => row.reduce((sum, r, j) => sum + r * parts[j][c], 0))))));
    """
    found = node(code, [shares.tolist(), list(hexes)])
    np.testing.assert_allclose(np.array(found), 255 * blended(hexes, shares), atol=0.51)


def test_5000_points_and_40_half_steps_stay_under_a_megabyte():
    X = np.random.default_rng(0).uniform(size=(5000, 2))
    trace = KMeans(10, init=X[:10], tol=0, max_iter=19).fit(X).trace_
    assert len(trace.steps) == 40
    assert len(player.html(trace)) < 1_000_000


def test_more_points_than_a_page_replays_are_sampled_evenly_and_the_page_says_so():
    X = groups([(0, 0), (4, 4)], each=15_000)
    X = np.concatenate([X, groups([(40, 40)], each=1)])
    trace = lloyd(X, [[0.0, 0.0], [4.0, 4.0], [40.0, 40.0]])
    data = player.data_of(trace)
    rows = np.frombuffer(base64.b64decode(data["rows"]), "<u4")
    assert 0.99 * MOST_POINTS < len(rows) <= MOST_POINTS
    assert data["notes"] == [f"{len(rows):,} of 30,001 points shown."]
    assert 30_000 in rows  # the only point of its cluster
    share = (rows < 15_000).mean()
    assert share == pytest.approx(0.5, abs=0.01)


def test_a_run_without_anything_to_draw_is_refused():
    trace = lloyd(groups([(0, 0)]), [[0.0, 0.0]])
    steps = tuple(dataclasses.replace(s, parameters={"shape": np.ones((1, 3))}) for s in trace.steps)
    with pytest.raises(DataError, match="no centers or means"):
        player.html(dataclasses.replace(trace, steps=steps))
    with pytest.raises(TypeError, match="pass its trace_"):
        player.html(KMeans(1).fit([[0.0], [1.0]]))


def test_data_is_plain_json_whatever_the_trace_holds():
    trace = lloyd(groups([(0, 0), (4, 4)]), [[0.0, 0.0], [1.0, 1.0]])
    steps = (*trace.steps[:1], dataclasses.replace(trace.steps[1], objective=float("nan")), *trace.steps[2:])
    settings = {"init": lambda: None, "tol": float("inf"), "max_iter": 3, "algorithm": "x" * 10_000}
    odd, usual = (
        len(json.dumps(player.data_of(one), allow_nan=False))
        for one in (dataclasses.replace(trace, steps=steps, settings=settings), trace)
    )
    assert odd < usual + 1000  # of settings too long to be shown little is packed


def test_numbers_are_worded_alike(node):
    random = np.random.default_rng(0)
    values = [*(10.0 ** random.uniform(-9, 14, 300)), 0.0, 1.0, 999.96, 9999.6, 1e9, 123456.0, -0.00012, -5.5]
    pairs = [[a, a * (1 + 10.0 ** random.uniform(-12, 0))] for a in values]
    code = """
    import { number, change } from "./wording.js";
    const [values, pairs] = given;
    const three = values.map((v) => number(v, 3)), changes = pairs.map(([a, b]) => change(a, b));
    console.log(JSON.stringify([values.map((v) => number(v)), three, changes]));
    """
    four, three, changes = node(code, [values, pairs])
    assert four == [number(v) for v in values]
    assert three == [number(v, 3) for v in values]
    assert changes == [change(a, b) for a, b in pairs]


def test_regions_are_those_of_pictures(node):
    from emscope.scene.regions import voronoi

    random = np.random.default_rng(0)
    code = """
    import { voronoi } from "./picture/regions.js";
    console.log(JSON.stringify(given.map(([sites, metric]) => voronoi(sites, metric))));
    """
    cases = []
    for k in (1, 2, 3, 7, 40):
        for metric in ([1.0, 1.0], [1.0, 0.3]):
            sites = random.uniform(-0.3, 1.3, (k, 2))
            sites[k // 2] = sites[0]  # two in one place
            cases.append((sites.tolist(), metric))
    for (sites, metric), got in zip(cases, node(code, cases), strict=True):
        expected = voronoi(np.array(sites), (0.0, 1.0), (0.0, 1.0), 1 / np.array(metric))
        for polygon, corners in zip(expected.polygons, got["polygons"], strict=True):
            np.testing.assert_allclose(np.reshape(corners, (-1, 2)), polygon, atol=1e-9)
        np.testing.assert_allclose(np.reshape(got["borders"], (-1, 2, 2)), expected.borders, atol=1e-9)


@pytest.mark.parametrize("make", [penguins, scaled, strip], ids=lambda make: make.__name__)
def test_a_center_moved_in_the_picture_is_seen_to_move_by_that(node, make):
    code = """
    import { unpack, moveInPicture } from "./page/unpack.js";
    const data = unpack(given);
    const centers = Float64Array.from(data.recorded.frames[0].centers);
    const before = data.project(centers, 1);
    moveInPicture(data, centers, 1, 0.1, -0.2);
    console.log(JSON.stringify([before, data.project(centers, 1), Array.from(centers)]));
    """
    trace = make()
    before, after, centers = node(code, player.data_of(trace))
    np.testing.assert_allclose(np.subtract(after, before), (0.1, 0.0 if make is strip else -0.2), atol=1e-9)
    way = (np.reshape(centers, trace.steps[0].centers.shape) - trace.steps[0].centers)[1]
    if make is penguins:  # nothing but what is seen
        components = Scene.from_trace(trace).projection.components
        assert np.linalg.norm(way - components @ np.linalg.lstsq(components, way)[0]) < 1e-9


def test_long_runs_of_many_numbers_are_thinned_and_say_so():
    random = np.random.default_rng(0)
    places = random.normal(size=(200, 150))
    X = random.normal(np.repeat(places, 2, axis=0), 0.1)
    trace = KMeans(200, init=places, tol=0.0).fit(X).trace_
    bytes_of_centers = 8 * 200 * 150
    steps = trace.steps + trace.steps[1:-1] * ((6 << 20) // bytes_of_centers)
    long = dataclasses.replace(trace, steps=(*trace.steps[:1], *steps[1:]))
    data = player.data_of(long)
    assert len(data["frames"]) + data["leftOut"] == len(long.steps)
    assert data["leftOut"] > 0
    assert data["frames"][-1]["index"] == len(long.steps) - 1


@pytest.mark.parametrize("k", [1, 4, 6, 9, 10, 25])
def test_centers_that_a_reader_adds_have_colors_of_their_own(k):
    colors = by_number(k)
    more = with_more(colors, k + 8)
    assert more.hexes[:k] == colors.hexes
    assert len(set(more.hexes)) == k + 8
    if k <= 10:
        assert more.markers[:k] == colors.markers
        assert set(more.markers) == set(range(min(10, k + 8)))
    else:
        assert more.markers is None
