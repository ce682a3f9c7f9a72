"""A process that is killed at any moment, also in the middle of writing, costs a fit no bit."""

import itertools
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import Killer
from emscope import GaussianMixture, KMeans, SphericalKMeans, Trace
from standing import bits, fitted_to

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="fits are killed in forked processes"),
]

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(400, 2)) + RANDOM.integers(0, 4, size=(400, 1)) * [3.0, 1.0]

MODELS = {
    "k-means": lambda **how: KMeans(6, init="random", n_init=2, tol=0, random_state=0, **how),
    "spherical": lambda **how: SphericalKMeans(4, tol=0, random_state=0, **how),
    "mixture": lambda **how: GaussianMixture(
        3, accelerate="squarem", tol=0, max_iter=9, random_state=0, **how
    ),
}


def fit_and_kill(model, where, turn):
    """Fit in a process of its own, which is killed when it touches the disk or is in an array.

    Returns whether it was killed, and did not come to the end.
    """
    child = os.fork()
    if child == 0:
        try:
            if where == "disk":
                sys.addaudithook(Killer(turn))
            else:
                np.lib.format.write_array = half_written(np.lib.format.write_array, turn)
            model.fit(X)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def half_written(write_array, turn):
    left = itertools.count(turn, -1)

    def write(file, array, **how):
        if next(left) == 0:
            file.write(array.tobytes()[: array.nbytes // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        write_array(file, array, **how)

    return write


@settings(max_examples=settings.default.max_examples // 3, deadline=None)
@given(
    st.sampled_from(list(MODELS)),
    st.lists(st.tuples(st.sampled_from(("disk", "array")), st.integers(0, 60)), min_size=1, max_size=3),
    st.sampled_from((0, 30)),
)
def test_kills_at_any_moment_change_no_bit(tmp_path_factory, name, kills, every):
    folder = tmp_path_factory.mktemp("fit")
    file = folder / "run.ckpt"
    for where, turn in kills:
        model = MODELS[name](checkpoint=file, checkpoint_every=0, n_threads=1)
        killed = fit_and_kill(model, where, turn)
        assert len(os.listdir(folder)) <= 2  # the checkpoint, and what was being written
        assert killed or os.listdir(folder) == []
    found = fitted_to(MODELS[name](checkpoint=file, checkpoint_every=every).fit(X))
    assert found == fitted_to(MODELS[name]().fit(X))
    assert os.listdir(folder) == []


PROGRAM = """
import sys
import numpy as np
from emscope import KMeans

random = np.random.default_rng(2)
X = random.normal(size=(60_000, 4))
model = KMeans(20, random_state=0, tol=0, max_iter=25, checkpoint=sys.argv[1], checkpoint_every=0)
model.watcher = lambda step: print(step.phase, step.iteration, flush=True)
model.fit(X).trace_.save(sys.argv[2])
"""


@pytest.mark.filterwarnings("ignore::emscope.DoubtWarning")
def test_a_process_that_is_killed_again_and_again_comes_to_the_same_end(tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, "run.ckpt", "run.npz"]
    started = {"cwd": tmp_path, "text": True, "stdout": subprocess.PIPE}
    reached = []
    for lines in (9, 16):
        with subprocess.Popen(command, **started) as process:
            for _ in range(lines):
                line = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        reached.append(int(line.split()[1]))
        assert (tmp_path / "run.ckpt").exists()
    assert reached == sorted(set(reached))  # each goes on where the one before it was killed
    subprocess.run(command, check=True, **started)
    assert os.listdir(tmp_path) == ["run.npz"]
    data = np.random.default_rng(2).normal(size=(60_000, 4))
    whole = KMeans(20, random_state=0, tol=0, max_iter=25).fit(data).trace_
    assert bits(Trace.load(tmp_path / "run.npz")) == bits(whole)
