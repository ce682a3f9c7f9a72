"""How a fit says that it deserves doubt: one warning, at the line that asked for the fit."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Sequence

from sklearn.exceptions import ConvergenceWarning

from emscope.events import Event, as_sentence

_NOT_THEIRS = ("emscope", "numpy", "sklearn")  # what lies between the line of a user and a warning


class DoubtWarning(ConvergenceWarning):  # type: ignore[misc]
    """A fit came to an end, and there are reasons to doubt it.

    One warning tells all the reasons of a fit. To silence doubts and keep scikit-learn's own warnings, filter
    this category.

    Attributes
    ----------
    doubts : tuple of Event
        The reasons, as they are also in ``trace_.doubts``.

    Examples
    --------
    >>> import warnings
    >>> from emscope import DoubtWarning, KMeans
    >>> with warnings.catch_warnings(record=True, action="always") as told:
    ...     model = KMeans(2, init=[[0.0], [9.0]]).fit([[0.0], [1.0], [9.0]])
    >>> told[0].category is DoubtWarning
    True
    >>> print(told[0].message)  # doctest: +NORMALIZE_WHITESPACE
    Cluster 1 owns a single point (row 2): an outlier, or one cluster too many; look at that row, or ask for
    fewer clusters.
    """

    def __init__(self, message: str, doubts: Iterable[Event] = ()) -> None:
        super().__init__(message)
        self.doubts = tuple(doubts)


def warn_of(doubts: Sequence[Event], others: Sequence[str] = ()) -> None:
    """Warn of a fit; ``others`` are sentences that scikit-learn has for the same."""
    sentences = [*others, *(as_sentence(event.message) for event in doubts)]
    if not sentences:
        return
    text = " ".join(sentences)
    warning = DoubtWarning(text, doubts) if doubts else ConvergenceWarning(text)
    warnings.warn(warning, stacklevel=level_of_the_user())


def level_of_the_user() -> int:
    """Return how many frames above the caller the line of the user is."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _NOT_THEIRS:
        level, frame = level + 1, frame.f_back
    return level
