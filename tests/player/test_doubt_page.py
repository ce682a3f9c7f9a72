"""A run that the page computes is doubted as the package doubts it, in the same words."""

import warnings

import numpy as np
import pytest

from emscope import GaussianMixture, KMeans, Scene, player

CODE = """
import { unpack } from "./page/unpack.js";
import { whatIf } from "./story/whatif.js";
const data = unpack(given), { centers } = data.recorded.frames[0];
const palette = Array.from({ length: data.k }, (_, j) => j);
const run = whatIf(data, { centers, origin: "given", palette, update: given.card.update });
const told = run.events.filter(({ step }) => step === run.frames.length - 1).map(({ message }) => message);
console.log(JSON.stringify([run.frames.at(-1).caption, told]));
"""

NOISE = np.random.default_rng(0).normal(size=(300, 2))
TRIPLES = np.repeat([[0.0, 0.0], [1.0, 1.0], [3.0, 3.0]], 20, axis=0)


def rows_apart():
    """Two groups and two rows far from both."""
    return np.concatenate([NOISE[:40], NOISE[40:80] + 30.0, [[500.0, 500.0]], [[900.0, 900.0]]])


CASES = {
    "tolerance": (KMeans(8, init=NOISE[:8], tol=0.05), NOISE, {"still_moving", "plateau"}),
    "limit": (KMeans(8, init=NOISE[:8], max_iter=3), NOISE, {"still_moving", "plateau"}),
    "duplicates": (KMeans(4, init=TRIPLES[[0, 1, 20, 40]]), TRIPLES, {"fewer_distinct_points"}),
    "lone rows": (
        KMeans(4, init=[[0.0, 0.0], [30.0, 30.0], [400.0, 400.0], [800.0, 900.0]]),
        rows_apart(),
        {"lone_row"},
    ),
    "undecided": (GaussianMixture(3, init_params=NOISE[:3]), NOISE, {"undecided"}),
    "plateau": (GaussianMixture(4, init_params=NOISE[:4], tol=0.05), NOISE, {"plateau", "undecided"}),
    "limit of a mixture": (
        GaussianMixture(4, init_params=NOISE[:4], tol=0, max_iter=3),
        NOISE,
        {"undecided"},
    ),
    "collapsed": (GaussianMixture(3, init_params=TRIPLES[[0, 20, 40]] + 0.1), TRIPLES, {"collapsed"}),
    "shared": (
        GaussianMixture(3, init_params=TRIPLES[[0, 20, 40]] + 0.1, covariance_type="tied"),
        TRIPLES,
        {"collapsed"},
    ),
    "good": (KMeans(2, init=[[0.0, 0.0], [30.0, 30.0]]), rows_apart()[:80], set()),
}


@pytest.mark.parametrize("name", CASES)
def test_the_page_doubts_what_the_package_doubts(name, node):
    model, X, expected = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trace = model.fit(X).trace_
    assert expected <= {event.kind for event in trace.doubts}
    assert bool(expected) == bool(trace.doubts)
    caption, messages = node(CODE, player.data_of(trace))
    scene = Scene.from_trace(trace)
    assert scene.frames[-1].caption.endswith(" ".join(scene.doubts))
    assert caption.endswith(" ".join(scene.doubts))
    assert ("Doubt" in caption) == bool(trace.doubts)
    assert messages[len(messages) - len(trace.doubts) :] == [event.message for event in trace.doubts]
