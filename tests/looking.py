"""What the tests of the page look at, and how they wait."""

import numpy as np

BLOBS, PENGUINS = "blobs", "penguins"


class Pages:
    """Empty pages of a browser, used again: starting a process for each takes longer than the looking."""

    def __init__(self, browser):
        self._browser = browser
        self._free = {}

    def take(self, wrong, *, width, height, dark, calm, touch=False, script=True, clock=False):
        """Return a page that is offline and tells ``wrong`` of all that goes wrong, and what puts it back."""
        free = self._free.setdefault((touch, script), [])
        page = free.pop() if free and not clock else self._page(has_touch=touch, java_script_enabled=script)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(
            media="null",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
        )
        if clock:
            page.context.clock.install(time=0)
            page.context.clock.pause_at(1_000)
        told = {
            "console": lambda message: wrong.append(message.text),
            "pageerror": lambda error: wrong.append(str(error)),
            "dialog": lambda dialog: (wrong.append(dialog.message), dialog.dismiss()),
            "request": lambda r: r.url.startswith(("file:", "data:", "about:")) or wrong.append(r.url),
        }
        for event, tell in told.items():
            page.on(event, tell)

        def put_back():
            if clock:
                page.context.close()
                return
            page.goto("about:blank")
            page.mouse.up()
            page.mouse.move(0, 0)
            for event, tell in told.items():
                page.remove_listener(event, tell)
            free.append(page)

        return page, put_back

    def _page(self, **options):
        return self._browser.new_context(offline=True, **options).new_page()


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
