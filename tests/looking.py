"""What the tests of the page look at, and how they wait."""

import numpy as np

BLOBS, PENGUINS = "blobs", "penguins"


def listen(page, wrong, inside=("file:", "data:")):
    """Note what goes wrong in a page, and all that it asks for from outside."""
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: request.url.startswith(inside) or wrong.append(request.url))


def seen(page):
    """Everything that is shown of a half-step."""
    texts = [page.text_content(name) for name in (".title", ".sentence", ".side table")]
    curve = page.inner_html(".scrubber")
    return page.locator(".picture").screenshot(), curve, *texts


def until(page, reached):
    """Wait for something, without any code that the page's policy would refuse."""
    for _ in range(500):
        if reached():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it never came")


def title(page):
    return page.text_content(".title")


def step_of(page):
    return int(page.get_attribute(".scrubber", "aria-valuenow"))


def centers(page):
    """Return the exact centers of the table."""
    rows = page.eval_on_selector_all(
        ".side tbody tr", "rows => rows.map(r => [...r.querySelectorAll('td[title]')].map(c => +c.title))"
    )
    return np.array([row for row in rows if row])


def repeated(page, X):
    """Run the call that the page shows."""
    names = {"X": X}
    exec(page.text_content("pre"), names)
    return names["model"]


def grouped_alike(one, other):
    """Count points whose clusters are each other's, matched by the largest overlap that is left."""
    overlap = np.zeros((one.max() + 1, other.max() + 1), dtype=int)
    np.add.at(overlap, (one, other), 1)
    same = 0
    while overlap.any():
        i, j = np.unravel_index(overlap.argmax(), overlap.shape)
        same += overlap[i, j]
        overlap[i] = overlap[:, j] = 0
    return same
