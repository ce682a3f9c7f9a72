import pytest
from hypothesis import given
from hypothesis import strategies as st

from emscope.report.naming import as_utf8, distinct_names, names_among

OURS = ["cluster", "component", "row", "feature", "weight", "component 0", "overall mean"]
NAMES = st.one_of(
    st.sampled_from(
        [*OURS, "Cluster", " cluster ", "cluster (feature)", "cluster (feature 2)", "", " ", "\n"]
    ),
    st.text(max_size=8),
)


@pytest.mark.parametrize("name", OURS)
def test_ours_keep_their_names_and_the_users_get_a_suffix(name):
    assert distinct_names(OURS, [name, "x"], "feature") == (f"{name} (feature)", "x")


def test_suffixes_count_on_where_they_are_taken():
    theirs = ["cluster", "cluster (feature)", "cluster", "Cluster (feature 3)"]
    assert distinct_names(["cluster"], theirs, "feature") == (
        "cluster (feature 2)", "cluster (feature)", "cluster (feature 4)", "Cluster (feature 3)"
    )  # fmt: skip


def test_case_and_outer_blanks_do_not_tell_names_apart():
    theirs = ["x", "X", " x", "x y", "x  y", "STRASSE", "straße"]
    assert distinct_names([], theirs, "feature") == (
        "x", "X (feature)", "x (feature 2)", "x y", "x  y", "STRASSE", "straße (feature)"
    )  # fmt: skip


def test_names_without_a_shape_are_their_role():
    assert distinct_names(["row"], ["", "  ", "\t\n"], "feature") == (
        "(feature)", "(feature 2)", "(feature 3)"
    )  # fmt: skip
    assert distinct_names(["cluster"], ["Cluster"], "id") == ("Cluster (id)",)


def test_strange_names_stay_as_they_are():
    names = ['quote"d', "new\nline", "a,b;c\t", "\u202egnp.exe", "y" * 10_000, "1.5", "nan", "\x00", "=1+1"]
    assert distinct_names(OURS, names, "feature") == tuple(names)


def test_many_columns_of_one_name_take_no_time():
    names = distinct_names([], ["x"] * 5_000, "feature")
    assert names[-1] == "x (feature 4999)"
    assert len(set(names)) == 5_000


@given(st.lists(NAMES, max_size=12))
def test_every_name_is_its_own_and_only_those_that_must_are_changed(theirs):
    found = distinct_names(OURS, theirs, "feature")
    folded = [name.strip().casefold() for name in (*OURS, *found)]
    assert len(set(folded)) == len(folded)
    assert "" not in folded
    seen = {name.casefold() for name in OURS} | {""}
    for name, written in zip(theirs, found, strict=True):
        if name.strip().casefold() in seen:
            assert written.startswith(f"{name.strip()} (feature".strip())
        else:
            assert written == name
        seen.add(name.strip().casefold())


def test_halves_of_surrogate_pairs_can_be_written():
    assert distinct_names([], ["\ud800", "\\ud800"], "feature") == ("\\ud800", "\\ud800 (feature)")
    assert as_utf8("größe \U0001f600 \udc80").encode() == "größe \U0001f600 \\udc80".encode()


def test_features_are_found_again_under_the_names_that_they_were_given():
    features = ["cluster", "x"]
    for first in ("cluster", "component"):
        present = [first, *distinct_names([first], features, "feature")]
        assert names_among(present, features) == tuple(present[1:])
    assert names_among(["x", "cluster"], features) == ("cluster", "x")
    assert names_among(["x"], features) == ("cluster", "x")  # what is missing is named as the user names it
