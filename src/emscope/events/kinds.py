"""The one table of what events say: sentences for every kind, whose numbers and names are still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of event is told: a sentence for each case, the usual one first, and a short name."""

    sentences: Mapping[str, str]
    short: str
    ends: bool = False  # the run, by a rule that the last caption tells
    routine: bool = False  # no surprise, and too frequent for a flag on the curve
    lost: str = ""  # what became of a component, for the last caption
    doubt: bool = False  # whether the result is to be believed


KINDS: Mapping[str, Kind] = {
    "empty_cluster": Kind(
        {
            "moved": "cluster {cluster} was empty, so its center moved to {rows}, which lay "
            "{distance:.4g} from the center of cluster {donor}",
            "left": "cluster {cluster} is empty and no point is left to move its center to",
        },
        "empty cluster",
    ),
    "fewer_distinct_points": Kind(
        {
            "": "points belong to only {owning:,} of {clusters:,} clusters: the data may have fewer distinct "
            "points than clusters",
            "components": "points belong to only {owning:,} of {clusters:,} components: ask for fewer "
            "components, or start elsewhere ({random_state}, {n_init})",
        },
        "fewer points than clusters",
        doubt=True,
    ),
    "converged": Kind(
        {
            "labels": "no point changed cluster, so the run has converged",
            "shift": "the centers moved by {shift:.3g} in all, within the tolerance",
            "gain": "the log-likelihood per point changed by {change:.3g} in an iteration, less than {tol}",
        },
        "converged",
        ends=True,
    ),
    "max_iter": Kind(
        {
            "": "stopped at {max_iter}",
            "moved": "stopped at {max_iter} while {points} still changed cluster",
        },
        "stopped at max_iter",
        ends=True,
    ),
    "interrupted": Kind(
        {
            "": "the run was interrupted before it converged",
            "starts": "interrupted after {done:,} of {starts:,} starts",
        },
        "interrupted",
    ),
    "no_direction": Kind(
        {
            "": "the points of cluster {cluster} cancel out and their sum has no direction, so its center "
            "stays where it is",
            "rows": "a row of length 0 has no direction and can be in no cluster: leave out {rows}",
            "center": "the center given for cluster {cluster} has length 0, and so no direction",
        },
        "no direction",
    ),
    "extrapolated": Kind(
        {
            "": "an M-step {factor:.3g} times as long was taken: the objective comes to {objective:.6g}, "
            "no higher than the bound of the M-step itself, {bound:.6g}",
        },
        "longer step",
        routine=True,
    ),
    "extrapolation_rejected": Kind(
        {
            "": "an M-step {factor:.3g} times as long was refused: the objective would come to "
            "{objective:.6g}, above the bound of the M-step itself, {bound:.6g}",
        },
        "longer step refused",
        routine=True,
    ),
    "collapsed_component": Kind(
        {
            "points": "{who} has collapsed onto {points}: {kept} of its covariance; ask for fewer "
            "components, start elsewhere ({random_state}, {n_init}), {sharing}or {raising}",
            "small": "{who} is small in every direction, with {points}: {kept} of its covariance; rescale "
            "the data, or lower {reg_covar}",
            "flat": "{who} has become flat along {features} with {points}: {kept} there; {leaving}, or "
            "{raising}",
            "last": "component {cluster} has collapsed: its covariance has no inverse, so the run ends "
            "here; set {reg_covar} above 0",
        },
        "collapsed component",
        lost="collapsed",
    ),
    "empty_component": Kind(
        {
            "": "component {cluster} is responsible for no point any more: its weight is 0, so it stays "
            "where it is and cannot come back; ask for fewer components, or start it elsewhere",
        },
        "empty component",
        lost="emptied",
    ),
    "duplicate_components": Kind(
        {
            "": "components {other} and {cluster} have the same mean and covariance, and will move as one "
            "from now on: start one of them elsewhere, or ask for fewer components",
        },
        "duplicate component",
        lost="became the same as another",
    ),
    "still_moving": Kind(
        {
            "tol": "{points} ({share}) still changed {noun} in the last expectation step: the {noun}s had "
            "not settled when the run ended; lower {tolerance}",
            "max_iter": "{points} ({share}) still changed {noun} in the last expectation step: the {noun}s "
            "had not settled when the run ended; raise {limit}",
        },
        "still moving",
        doubt=True,
    ),
    "plateau": Kind(
        {
            "tol": "the run ended too early: going by its last steps the {objective} may still fall by "
            "more than {least} of what it has fallen by so far; lower {tolerance}",
            "max_iter": "the run ended too early: going by its last steps the {objective} may still fall "
            "by more than {least} of what it has fallen by so far; raise {limit}",
            "growing": "the run ended too early: its last iteration lowered the {objective} by {gain:.3g}, "
            "and the one before by less; lower {tolerance}, or raise {limit}",
            "growing by twos": "the run ended too early: its last two iterations lowered the {objective} by "
            "{gain:.3g}, and the two before by less; lower {tolerance}, or raise {limit}",
        },
        "plateau",
        doubt=True,
    ),
    "collapsed": Kind(
        {
            "": "in some direction the covariance of {who} is little but what {reg_covar} adds, so the "
            "likelihood says little; ask for fewer components, start elsewhere ({random_state}, {n_init}), "
            "or change {reg_covar}",
            "shared": "in some direction the covariance that all components share is little but what "
            "{reg_covar} adds, so the likelihood says little; ask for fewer components, or "
            "change {reg_covar}",
            "empty": "no point is left to {who}; ask for fewer components, or start elsewhere "
            "({random_state}, {n_init})",
            "twins": "{who} are the same, so this is a mixture of fewer components; ask for fewer, or start "
            "elsewhere ({random_state}, {n_init})",
        },
        "lost component",
        doubt=True,
    ),
    "undecided": Kind(
        {
            "": "{points} have no component with a responsibility of {certain:g} or more: the components "
            "overlap, and labels say more than is known; read responsibilities, or ask for fewer components",
        },
        "undecided points",
        doubt=True,
    ),
    "lone_row": Kind(
        {
            "": "{noun} {cluster} owns a single point ({rows}): an outlier, or one {noun} too many; look at "
            "that row, or ask for fewer {noun}s",
            "several": "{count:,} {noun}s own a single point each ({rows}): outliers, or too many {noun}s; "
            "look at those rows, or ask for fewer {noun}s",
        },
        "single point",
        doubt=True,
    ),
    "starts_disagree": Kind(
        {
            "": "only {reached} of {starts:,} starts came to the best end: another start may well end "
            "better; raise {n_init}",
            "unfinished": "only {reached} of {starts:,} starts came to the best end, and {limit} ended "
            "{unfinished:,} of them early: raise it, and {n_init} if they still disagree",
        },
        "starts disagree",
        doubt=True,
    ),
}

COMBINATION = "a combination of {features}"

PARTS_OF_A_COLLAPSE = {
    "who own": "component {cluster}",
    "who shared": "the covariance that all components share",
    "points none": "no point of its own",
    "points one": "a single point ({rows})",
    "points same": "{count:,} identical points ({rows})",
    "points several": "{count:,} points ({rows})",
    "kept some": "only {value} is left",
    "kept nothing": "nothing is left",
    "raising some": "raise {reg_covar}",
    "raising nothing": "set {reg_covar} above 0",
    "sharing own": "share covariances ({tied}), ",
    "sharing shared": "",
    "leaving one": "leave it out, rescale it",
    "leaving several": "leave one of them out",
    "features several": COMBINATION,
}

SAME = "The same holds for {clusters}."
DOUBTS = ("Doubt:", "Doubts:")
"""What stands before one reason to doubt a run, and before several."""
