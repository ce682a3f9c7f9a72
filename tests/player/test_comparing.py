"""What the page compares: ends of starts, and clusters with all rows, in the numbers of the run's tables."""

import base64
import csv
import dataclasses
import json
import re

import numpy as np
import pytest

from commands import run
from emscope import KMeans, datasets, player
from emscope.contrasts import contrasts
from emscope.player import comparing
from emscope.scene import starts_of
from hand_made import groups

CONTRASTS = """
import { unpack } from "./page/unpack.js";
import { contrasts } from "./em/contrasts.js";
const data = unpack(given.run);
const rows = (all) => all && all.map((one) => one.map((c) => [c.feature, c.mean, c.overall, c.deviations]));
const counted = rows(contrasts(data, given.labels, data.k));
console.log(JSON.stringify({ told: rows(data.contrasts), counted }));
"""


def penguins(n_init=8):
    table = datasets.penguins().standardized()
    return table, KMeans(3, init="random", n_init=n_init, random_state=0).fit(table.matrix)


def profile_of(X, labels, k, weights=None):
    found = contrasts(X, labels, k, weights)
    return comparing.Profile(found.mean, found.overall, found.deviations, found.rank)


def ordered(profile):
    """Features of each cluster by rank, with their numbers."""
    order = np.argsort(profile.rank, axis=1)
    return [
        [[f, profile.mean[j, f], profile.overall[f], profile.deviations[j, f]] for f in row.tolist()]
        if np.isfinite(profile.mean[j]).all()
        else []
        for j, row in enumerate(order)
    ]


def test_what_python_counts_is_told_to_the_bit_and_what_the_page_counts_is_the_same(node):
    random = np.random.default_rng(0)
    X = np.column_stack([random.normal(size=(60, 5)) + 1e6, np.full(60, 0.1)])
    labels = random.integers(0, 3, 60)
    labels[labels == 1] = 0  # nobody is in cluster 1
    trace = KMeans(3, init=X[:3], max_iter=1).fit(X).trace_
    profile = profile_of(X, labels, 3)
    run = json.loads(json.dumps(player.data_of(trace, profile=profile)))
    found = node(CONTRASTS, {"run": run, "labels": labels.tolist()})
    assert found["told"] == ordered(profile)
    for one, other in zip(found["counted"], ordered(profile), strict=True):
        assert [c[0] for c in one] == [c[0] for c in other]
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    assert found["told"][1] == found["counted"][1] == []


def test_of_very_many_features_the_first_are_told():
    random = np.random.default_rng(0)
    profile = profile_of(random.normal(size=(40, 700)), random.integers(0, 3, 40), 3)
    told = comparing.contrasts_of(profile)
    assert told["most"] == 12
    assert comparing.contrasts_of(profile._replace(rank=profile.rank[:, :600]))["most"] == 600


def test_without_a_profile_and_other_starts_there_is_nothing():
    _, model = penguins(n_init=1)
    data = player.data_of(model.trace_)
    assert data["contrasts"] is data["ends"] is None


def test_centers_of_ends_take_no_more_room_than_they_may(monkeypatch):
    _, model = penguins()
    told = player.data_of(model.trace_)["ends"]
    assert all(one["centers"] for one in told["listed"])
    assert sum(one["share"] for one in told["listed"]) == pytest.approx(1)
    monkeypatch.setattr(comparing, "_END_BYTES", 100)
    assert not any(one["centers"] for one in player.data_of(model.trace_)["ends"]["listed"])


def test_ends_that_are_not_listed_are_counted(monkeypatch):
    _, model = penguins()
    monkeypatch.setattr(comparing, "LISTED_ENDS", 1)
    told, found = player.data_of(model.trace_)["ends"], starts_of(model.trace_)
    assert len(told["listed"]) == 1
    assert told["left"].startswith(f"{8 - found.ends[0].count} starts more came to ")


@pytest.fixture(scope="module")
def page_of_a_run(tmp_path_factory):
    """A page with a profile of all rows, as the command line writes it; and the trace."""
    table, model = penguins()
    profile = profile_of(table.values, model.labels_, 3)
    path = tmp_path_factory.mktemp("comparing") / "player.html"
    trace = dataclasses.replace(model.trace_, feature_names=table.feature_names)
    player.write(trace, path, profile=profile)
    return path.as_uri(), trace, profile


def told_profile(page):
    """The numbers of every cluster, as they are read."""
    items = page.locator(".profile li")
    return [re.sub(r"\s+", " ", items.nth(i).text_content()) for i in range(items.count())]


def test_a_run_shows_its_profile_and_a_what_if_its_own(visit, page_of_a_run):
    url, trace, profile = page_of_a_run
    page = visit(url)
    assert "rows of the table" in page.text_content(".panel:has(.profile) .hint")
    first = told_profile(page)
    assert len(first) == 12  # four features of each of three clusters
    order = np.argsort(profile.rank, axis=1)
    name = trace.feature_names[np.argmax(profile.rank[0] == 1)]
    assert first[0].startswith(name)
    assert f"{profile.deviations[0][profile.rank[0] == 1][0]:.3g}".replace("-", "−").lstrip("+") in first[0]
    exact = page.locator(".profile .value").evaluate_all("all => all.map((one) => Number(one.title))")
    np.testing.assert_array_equal(exact, np.take_along_axis(profile.deviations, order, 1).ravel())
    page.select_option(".what-if select", "farthest")
    assert "rows of the table" not in page.text_content(".panel:has(.profile) .hint")
    assert told_profile(page) != first
    page.click("text=Drop it")
    assert told_profile(page) == first


def test_one_column_shows_three_features_and_opens_the_rest(visit, page_of_a_run):
    page = visit(page_of_a_run[0], width=390)
    assert page.locator(".profile li:visible").count() == 9
    page.locator(".profile summary").first.click()
    assert page.locator(".profile li:visible").count() == 10
    assert page.text_content(".profile summary") == "1 more feature"


def test_an_end_is_shown_in_the_picture_and_let_go(visit, page_of_a_run):
    url, trace, _ = page_of_a_run
    page = visit(url)
    found = starts_of(trace)
    buttons = page.locator(".ends button")
    assert buttons.all_text_contents()[0].endswith("(this run)")
    assert page.text_content(".ends p") == found.sentence
    rings = page.locator(".front circle[stroke-dasharray]")
    assert rings.count() == 0
    buttons.nth(1).click()
    assert rings.count() == 3
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"
    buttons.nth(1).click()
    assert rings.count() == 0
    buttons.nth(0).click()
    page.keyboard.press("End")
    box = page.locator(".badge .disc").nth(2).bounding_box()
    ring = rings.nth(2).bounding_box()
    middles = [(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2) for one in (box, ring)]
    assert middles[0] == pytest.approx(middles[1], abs=1)


def test_paper_has_both(visit, page_of_a_run):
    page = visit(page_of_a_run[0])
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    strip = page.text_content(".strip")
    assert "What sets each one apart" in strip
    assert "; 1 more" in strip
    assert "Where the starts ended" in strip


def test_a_run_without_other_starts_has_no_panel_of_them(visit, tmp_path):
    X = groups([[0, 0], [9, 9]], each=10)
    player.write(KMeans(2, random_state=0).fit(X).trace_, tmp_path / "one.html")
    page = visit((tmp_path / "one.html").as_uri())
    assert not page.is_visible(".ends")
    assert "all points" in page.text_content(".panel:has(.profile) .hint")


def test_the_page_of_the_command_line_has_the_numbers_of_clusters_csv(tmp_path):
    code, said = run(tmp_path, "demo", "penguins", "--formats", "none", "--out", "out", "--quiet")
    assert code == 0, said
    page = (tmp_path / "out" / "player.html").read_text()
    told = json.loads(re.search(r'id="emscope-run">([^<]*)', page)[1])["contrasts"]
    deviations = np.frombuffer(base64.b64decode(told["deviations"]["f64"])).reshape(3, -1)
    with (tmp_path / "out" / "clusters.csv").open() as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (int(row["cluster"]), int(row["rank"])))
    assert deviations.ravel().tolist() == [float(row["difference in sd"]) for row in rows]
