"""The player as a notebook widget, for Jupyter, VS Code, Colab and marimo; Python knows its step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise ImportError(
        "emscope.Player needs anywidget: install emscope with its extra, pip install 'emscope[notebook]'. "
        "Without it a trace still shows its player in a notebook, and emscope.player.write makes a page."
    ) from error

from emscope.player import data_of, page_in_page
from emscope.player.bundle import script, stylesheet
from emscope.player.page import page
from emscope.trace import Trace


class Player(anywidget.AnyWidget):
    """A run to replay in a notebook, with the half-step that is shown as a trait.

    Parameters
    ----------
    trace : Trace
        The run.
    title : str, optional
        What was clustered.
    axes, rows, colors_like
        See :meth:`emscope.Scene.from_trace`.

    Attributes
    ----------
    step : int
        Which of the recorded run's pictures is shown, from 0; setting it moves the player, and stepping in
        the player sets it.

    Raises
    ------
    DataError
        The run has no centers or means to draw.

    Examples
    --------
    >>> from emscope import KMeans, Player
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> player = Player(model.trace_)
    >>> player.step = 3
    """

    _esm = script("page/widget.js")
    _css = stylesheet()
    run = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)  # by which the page of an export knows that the widget lives

    def __init__(
        self,
        trace: Trace,
        *,
        title: str = "",
        axes: Sequence[str | int] | None = None,
        rows: Any = None,
        colors_like: Trace | None = None,
    ) -> None:
        self._data = data_of(trace, title=title, axes=axes, rows=rows, colors_like=colors_like)
        run = json.dumps(self._data, allow_nan=False, separators=(",", ":"))
        super().__init__(run=run, key=uuid4().hex)

    @traitlets.validate("step")
    def _within(self, proposal: Any) -> int:
        return max(0, min(int(proposal["value"]), len(self._data["frames"]) - 1))

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for output in self._outputs():
            display(output, raw=True)  # type: ignore[no-untyped-call]  # IPython has no types there

    def _outputs(self) -> Iterator[dict[str, Any]]:
        """Give a notebook the widget, and a page that is shown where no widget can run.

        An export takes the widget of an output, whatever else there is, and needs the network for it; so
        the page has an output of its own. It hides itself where the widget lives in the same document.
        """
        bundle = self._repr_mimebundle_()
        if bundle is None:
            return
        data = dict(bundle[0])
        shown, text = data.pop("text/html"), data.pop("text/plain", "")
        yield {**data, "text/plain": ""}
        style = f"<style>body:has([data-run='{self.key}']) #run-{self.key} {{ display: none; }}</style>"
        yield {"text/html": f'{style}<div id="run-{self.key}">{shown}</div>', "text/plain": text}

    def _repr_mimebundle_(self, **how: Any) -> Any:
        """Add a page that an export keeps, where no widget can run."""
        bundle = super()._repr_mimebundle_(**how)
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": page_in_page(page(self._data))}, metadata
