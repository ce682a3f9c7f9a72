"""The code that asks the questions of a study again."""

from __future__ import annotations

from emscope.report.study.answers import Asked

_QUESTIONS = """
print(choice)
print(study.stability(model, table, random_state={seed}))
print(study.optima(table, {k}, model={model!r}, random_state={seed}))
print(study.profile(model, table))
print(study.rows(model, table))
"""


def python(asked: Asked, name: str, k: int) -> str:
    """Return the calls that repeat a study; what they need not say is left to be as it is.

    >>> asked = Asked(("study", "t.csv"), {"standardize": True, "log": None}, "kmeans", range(1, 4), 0)
    >>> print(python(asked, "t.csv", 2).splitlines()[2])
    table = read_table('t.csv', standardize=True)
    """
    given = {key: value for key, value in asked.reading.items() if value not in (None, False, ())}
    reading = "".join(f", {key}={value!r}" for key, value in given.items())
    ks = asked.ks
    wanted = f"range({ks.start}, {ks.stop})" if isinstance(ks, range) else f"{list(ks)}"
    covariance = f", covariance_types={tuple(asked.covariances)}" if asked.covariances else ""
    return (
        "from emscope import read_table, study\n\n"
        f"table = read_table({name!r}{reading})\n"
        f"choice = study.choose_k(table, {wanted}, model={asked.model!r}{covariance}, "
        f"random_state={asked.seed})\nmodel = choice.models[{k}]\n"
        + _QUESTIONS.format(seed=asked.seed, k=k, model=asked.model)
    )
