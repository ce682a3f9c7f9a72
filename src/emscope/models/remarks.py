"""What a model has to say about a half-step, besides numbers."""

from __future__ import annotations

from typing import NamedTuple


class Remark(NamedTuple):
    """Something worth telling.

    Attributes
    ----------
    kind : str
        As in :class:`emscope.trace.Event`.
    cluster : int or None
        The cluster it happened to, None when it concerns the whole run.
    message : str
        One sentence for people.
    """

    kind: str
    cluster: int | None
    message: str
