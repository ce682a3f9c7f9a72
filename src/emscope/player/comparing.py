"""What the page compares: where other starts ended, and the rows of each cluster with all rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from emscope.columns import Array
from emscope.player import arrays
from emscope.scene.starts import LISTED_ENDS, starts_of
from emscope.trace import Trace
from emscope.wording import counted

_END_BYTES = 1 << 20  # of the centers that other starts came to
_CONTRASTS = 2_000  # clusters times features, up to which every feature of a profile is kept
_RANKED = 12  # features of each cluster that are kept of more


class Profile(NamedTuple):
    """How the rows of each cluster differ from all rows of the table; NaN for clusters without rows."""

    mean: Array  # (k, d)
    overall: Array  # (d,)
    deviations: Array  # (k, d): mean minus overall mean, in standard deviations of the feature
    rank: Array  # (k, d): of each feature in its cluster, 1 for the largest difference


def ends_of(trace: Trace) -> dict[str, Any] | None:
    """Pack where all starts of the fit ended, the best few with their centers."""
    starts = starts_of(trace)
    if starts is None:
        return None
    listed, others = starts.ends[:LISTED_ENDS], starts.ends[LISTED_ENDS:]
    left = f"{counted(sum(end.count for end in others), 'start')} more came to {counted(len(others), 'end')}."
    room = _END_BYTES // (8 * len(listed))
    return {
        "sentence": starts.sentence,
        "left": left if others else "",
        "listed": [
            {
                "text": end.text + (" (this run)" if end.own else ""),
                "share": end.count / starts.count,
                "centers": arrays.exact(end.centers) if end.centers.nbytes <= room else None,
            }
            for end in listed
        ],
    }


def contrasts_of(profile: Profile) -> dict[str, Any]:
    """Pack the features that set each cluster apart most, in the order of their ranks."""
    most = profile.rank.shape[1] if profile.rank.size <= _CONTRASTS else _RANKED
    order = np.argsort(profile.rank, axis=1)[:, :most]
    mean, deviations = (np.take_along_axis(part, order, 1) for part in (profile.mean, profile.deviations))
    return {
        "most": most,
        "features": arrays.small(order, profile.rank.shape[1]),
        "mean": arrays.exact(mean),
        "overall": arrays.exact(profile.overall[order]),
        "deviations": arrays.exact(deviations),
    }
