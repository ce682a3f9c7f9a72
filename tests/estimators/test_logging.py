"""What is logged of a fit, and what verbose prints beside it."""

import logging

import pytest

from emscope import GaussianMixture, KMeans

X = [[0.0], [3.0], [9.0], [12.0]]


@pytest.mark.parametrize(
    "fitted", [lambda m: m.fit(X), lambda m: m.fit_predict(X), lambda m: list(m.steps(X))]
)
def test_start_and_end_are_information_and_half_steps_are_for_debugging(fitted, caplog, capsys):
    with caplog.at_level(logging.DEBUG, "emscope"):
        fitted(KMeans(2, init=[[0.0], [3.0]]))
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "KMeans: 4 rows, 1 feature, n_init=1"),
        ("DEBUG", "initialization 0: the start"),
        ("DEBUG", "expectation 0: inertia 117"),
        ("DEBUG", "maximization 0: inertia 42; largest shift 5"),
        ("DEBUG", "expectation 1: inertia 26; 1 label changed"),
        ("DEBUG", "maximization 1: inertia 9; largest shift 2.5"),
        (
            "DEBUG",
            "expectation 2: inertia 9; 0 labels changed; no point changed cluster, so the run has converged",
        ),
        ("INFO", "KMeans: 3 iterations; inertia 9; no point changed cluster, so the run has converged"),
    ]
    assert capsys.readouterr().out == ""


def test_information_alone_is_two_lines_a_fit(caplog):
    with caplog.at_level(logging.INFO, "emscope"):
        GaussianMixture(2, init_params=[[0.0], [9.0]], n_init=3).fit(X)
    first, last = (record.message for record in caplog.records)
    assert first == "GaussianMixture: 4 rows, 1 feature, n_init=3"
    assert last.startswith("GaussianMixture: ")
    assert "log-likelihood" in last


def test_verbose_prints_and_nothing_is_logged_unless_asked_for(caplog, capsys):
    KMeans(2, init=[[0.0], [3.0]], verbose=1).fit(X)
    assert capsys.readouterr().out.startswith("Initialization complete\nIteration 0, inertia 117.0.")
    assert not caplog.records
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("emscope").handlers)
