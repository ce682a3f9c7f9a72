"""A trace turned into what pictures need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.errors import DataError, DataTypeError
from emscope.events import Terms, doubts
from emscope.scene import colors as coloring
from emscope.scene import density as densities
from emscope.scene import limits as limiting
from emscope.scene import mixture
from emscope.scene import projection as projecting
from emscope.scene.captions import doubt_sentences
from emscope.scene.frames import Curve, Frame, curve_of, frames_of
from emscope.scene.regions import Regions, voronoi
from emscope.scene.selection import after, representative, where_most_moved
from emscope.trace import Trace
from emscope.wording import counted, one_line

_FARTHER = 0.5  # ranges of the sample by which all rows may widen the axes, on every side
_WIDER = 0.12  # by which ellipses may
_HIGHER = 1.8  # times that the sum of a mixture's densities may rise above the density of the data
_LONGEST_NAME = 30  # of a feature in a sentence
_PRIVATE = (
    "The points are drawn at random from the mean and spread of each cluster: none is a row of the table."
)
_STANDARDIZED = "Distances were taken in standard deviations of the features."


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a trace looks like in two dimensions, without any drawing library.

    Two features are drawn as they are ("plane"), one feature as a strip of points under its density
    ("strip"), more in the plane of their first two principal components or of two named features
    ("projection").

    Attributes
    ----------
    kind : {"strip", "plane", "projection"}
        How features became axes.
    positions : ndarray of shape (m, 2)
        The drawn points.
    limits : Limits
        Ends and aspect of the axes, the same for the whole run.
    axis_labels : tuple of str
        Names of the two axes.
    faithfulness : str
        A sentence on how much of the data the axes show; empty where they show all.
    note : str
        How many of the rows are drawn; empty where all are.
    origin : str
        A sentence on where the points come from, where they are no rows of the table; empty where they are.
    measure : str
        A sentence on what points are, or distances are taken in, where it is not the units of the features.
    frames : tuple of Frame
        The half-steps; none for a model without centers or means.
    curve : Curve
        The objective after every half-step.
    colors : tuple of str
        ``"#rrggbb"`` of every cluster.
    markers : tuple of int or None
        Number of every cluster's marker; None for more than ten clusters.
    density : ndarray of shape (height, width) or None
        Density of all rows over the limits, from 0 to 1, where only a sample is drawn.
    profile : ndarray of shape (bins, 2) or None
        Density curve of a strip: place, and height from 0 to 1.
    unit : ndarray of shape (2,)
        What drawn coordinates are divided by before distances are taken.
    projection : Projection
        Takes rows (or centers) to positions.
    card : ModelCard
        What the model says of itself.
    terms : Terms
        What sentences call features and parameters.

    Examples
    --------
    >>> from emscope import KMeans
    >>> model = KMeans(2, init=[[0.0, 0.0], [1.0, 0.0]]).fit([[0.0, 0.0], [1.0, 0.0], [9.0, 1.0], [9.0, 2.0]])
    >>> scene = Scene.from_trace(model.trace_)
    >>> scene.kind, len(scene.frames)
    ('plane', 6)
    >>> scene.frames[1].caption
    'Expectation step 0: 4 points join their nearest center; inertia 133.0.'
    """

    kind: projecting.Kind
    positions: Array
    limits: limiting.Limits
    axis_labels: tuple[str, str]
    faithfulness: str
    note: str
    origin: str
    measure: str
    frames: tuple[Frame, ...]
    curve: Curve
    colors: tuple[str, ...]
    markers: tuple[int, ...] | None
    density: Array | None
    profile: Array | None
    unit: Array
    projection: projecting.Projection
    card: ModelCard
    terms: Terms

    def __repr__(self) -> str:
        return f"<Scene of {self.card.title}: {self.kind}, {counted(len(self.frames), 'frame')}>"

    @classmethod
    def from_trace(
        cls,
        trace: Trace,
        *,
        axes: Sequence[str | int] | None = None,
        rows: Any = None,
        colors_like: Trace | None = None,
        options: Mapping[str, str] | None = None,
    ) -> Scene:
        """Lay out a trace.

        Parameters
        ----------
        trace : Trace
            The run.
        axes : sequence of two feature names or numbers, optional
            Draw these two features as they are.
        rows : array-like of shape (n, d), optional
            All rows of the data, in the units of the trace's points, for the density behind the drawn
            sample; read in blocks. The sample stands for them otherwise.
        colors_like : Trace, optional
            Another run on the same data: clusters take the colors of its nearest ones.
        options : mapping of str to str, optional
            What sentences call an estimator's parameters, where that is not the name in Python.

        Returns
        -------
        Scene

        Raises
        ------
        DataError
            ``axes`` does not name two features; ``rows`` or ``colors_like`` belong to other data.
        """
        refuse_what_is_no_trace(trace, "a Scene is made of a Trace, not of")
        if rows is not None:
            densities.check_rows(rows, trace)
        projection = projecting.choose(trace, axes)
        positions, limits = _placed(trace, projection, rows)
        colors = _colors(trace, colors_like)
        names = [one_line(n, _LONGEST_NAME) or f"feature {j}" for j, n in enumerate(trace.feature_names)]
        terms = Terms(names, options or {})
        frames = tuple(frames_of(trace, projection, limits, terms))
        density, profile = _density(trace, projection, positions, limits, rows)
        if profile is not None:
            profile = _with_room_above(profile, frames, trace.card)
        return cls(
            kind=projection.kind,
            positions=positions,
            limits=limits,
            axis_labels=projection.labels,
            faithfulness=projection.faithfulness,
            note=_note(trace),
            origin=_PRIVATE if trace.private else "",
            measure=_measure(trace),
            frames=frames,
            curve=curve_of(trace),
            colors=colors.hexes,
            markers=colors.markers,
            density=density,
            profile=profile,
            unit=projection.unit,
            projection=projection,
            card=trace.card,
            terms=terms,
        )

    @staticmethod
    def check(
        feature_names: Sequence[str],
        *,
        axes: Sequence[str | int] | None = None,
        colors_like: Trace | None = None,
    ) -> None:
        """Find out before a run whether :meth:`from_trace` can heed what is asked for.

        Parameters
        ----------
        feature_names : sequence of str
            What the run is going to be on.
        axes, colors_like
            As for :meth:`from_trace`.

        Raises
        ------
        DataError
            As for :meth:`from_trace`.
        """
        if axes is not None:
            projecting.columns_of(feature_names, axes)
        if colors_like is not None:
            _centers_with(colors_like, len(feature_names))

    @property
    def xlim(self) -> tuple[float, float]:
        """Ends of the horizontal axis."""
        return self.limits.xlim

    @property
    def ylim(self) -> tuple[float, float]:
        """Ends of the vertical axis."""
        return self.limits.ylim

    @property
    def doubts(self) -> list[str]:
        """Why the run deserves doubt, in sentences; the last caption ends with them."""
        reasons = doubts(self.frames[-1].events) if self.frames else ()
        return doubt_sentences(reasons, self.terms)

    def regions(self, frame: Frame) -> Regions | None:
        """Return the regions that explain a frame's labels, where they are true in the plane.

        Parameters
        ----------
        frame : Frame

        Returns
        -------
        Regions or None
        """
        if frame.bordering is None:
            return None
        return voronoi(frame.bordering, self.xlim, self.ylim, self.unit)

    def component_heights(self, frame: Frame, share: float = 1.0) -> Array | None:
        r"""Return the density curves of a mixture over a strip, :math:`w_j N(x; \mu_j, \sigma_j^2)`.

        They are drawn to the measure of ``profile``: the area under their sum is the area under it.

        Parameters
        ----------
        frame : Frame
        share : float
            How much of their way the components of a maximization step have gone.

        Returns
        -------
        ndarray of shape (k, bins) or None
            Heights over the places of ``profile``; None in a plane, or where components are not known
            to be Gaussian.
        """
        if self.profile is None or frame.ellipses is None or self.card.owners != "gaussian":
            return None
        return _heights(self.profile, frame, share)

    def brought_inside(self, positions: Array) -> tuple[Array, Array]:
        """Move centers that lie beyond the limits to a place just inside the border.

        Parameters
        ----------
        positions : ndarray of shape (k, 2)

        Returns
        -------
        positions : ndarray of shape (k, 2)
        outside : ndarray of bool, shape (k,)
            Which ones were moved.
        """
        return limiting.brought_inside(positions, self.limits)

    def limit_frames(self, most: int = 60) -> tuple[int, ...]:
        """Choose frames of a long run: the first, the last, and those in which most points moved.

        Parameters
        ----------
        most : int
            How many to choose at most.

        Returns
        -------
        tuple of int
            Places in ``frames``, rising.
        """
        return where_most_moved(self.frames, most)

    def panels(self, most: int = 12) -> tuple[int, ...]:
        """Choose the frames of a film strip: the first three iterations, where most happened, the end.

        Parameters
        ----------
        most : int
            How many to choose at most.

        Returns
        -------
        tuple of int
            Places in ``frames``, rising.
        """
        return representative(self.frames, self.curve, most)

    def after(self, iterations: Sequence[int]) -> tuple[int, ...]:
        """Choose the frames that show the run after so many iterations.

        Parameters
        ----------
        iterations : sequence of int
            0 for the labels that the start leads to.

        Returns
        -------
        tuple of int
            Places in ``frames``, rising: those of expectation steps, the nearest where there is no such step.

        Raises
        ------
        DataError
            They are no list of whole numbers from 0 on.
        """
        return after(self.frames, iterations)


def _placed(trace: Trace, projection: projecting.Projection, rows: Any) -> tuple[Array, limiting.Limits]:
    """Return the positions of the drawn points, and the limits of the axes."""
    positions = projection(trace.points)
    centers = _all_centers(trace, projection)
    seen = _seen(positions, rows, trace, projection)
    if projection.kind == "strip":
        return projecting.scattered(positions), limiting.strip(seen[:, 0], centers[:, 0])
    to_measure = trace.scale is None or not projection.columns
    return positions, limiting.around(seen, centers, to_measure=to_measure)


def _seen(positions: Array, rows: Any, trace: Trace, projection: projecting.Projection) -> Array:
    """Return what the axes are to hold: the sample; rows and ellipses as far as they do not squash it."""
    seen = limiting.reached(positions, mixture.corners_of_later(trace, projection), _WIDER)
    if rows is None or not len(positions):
        return seen
    return np.concatenate(
        [seen, limiting.reached(positions, densities.nearly_all(rows, projection), _FARTHER)]
    )


def _with_room_above(profile: Array, frames: Sequence[Frame], card: ModelCard) -> Array:
    """Lower the density of a strip where the final sum of a mixture's densities would rise above it."""
    if not frames or frames[-1].ellipses is None or card.owners != "gaussian":
        return profile
    peak = float(_heights(profile, frames[-1], 1.0).sum(axis=0).max())
    return np.asarray(profile / (1.0, np.clip(peak, 1.0, _HIGHER)))


def _heights(profile: Array, frame: Frame, share: float) -> Array:
    """Return the densities of components over a strip, as high as the profile of the same density."""
    place, height = profile.T
    area = height.sum() * (place[1] - place[0])
    centers, ellipses, weights = frame.on_the_way(share)
    return np.asarray(area * mixture.densities(place, centers[:, 0], ellipses[:, 0, 0], weights))


def refuse_what_is_no_trace(given: object, rule: str) -> None:
    """Refuse what is no trace, and say where there is one; ``rule`` says what is to be given."""
    if isinstance(given, Trace):
        return
    unpickled = "a model from a pickle has none: load what trace_.save wrote, or fit it again"
    if getattr(given, "trace_", None) is not None:
        hint = "pass its trace_"
    elif given is None:
        hint = f"fit with record=True and pass the trace_ ({unpickled})"
    elif not getattr(given, "record", True):
        hint = "fit it with record=True and pass its trace_"
    else:
        hint = unpickled if hasattr(given, "trace_") else "pass the trace_ of a fitted model"
    what = "None" if given is None else f"a {type(given).__name__}"
    raise DataTypeError(f"{rule} {what}: {hint}.")


def _all_centers(trace: Trace, projection: projecting.Projection) -> Array:
    """Return the positions of every center of the run."""
    distinct = {id(c): c for c in map(trace.locations, trace.steps) if c is not None}
    found = [projection(c) for c in distinct.values()]
    return np.concatenate(found) if found else np.empty((0, 2))


def _last_centers(trace: Trace) -> Array | None:
    found = (trace.locations(step) for step in reversed(trace.steps))
    return next((np.asarray(c, dtype=np.float64) for c in found if c is not None), None)


def _colors(trace: Trace, other: Trace | None) -> coloring.Colors:
    centers = _last_centers(trace)
    if centers is None:
        return coloring.by_number(0)
    if other is None:
        return coloring.by_number(len(centers))
    theirs = _centers_with(other, centers.shape[1])
    scale = 1.0 if trace.scale is None else trace.scale
    return coloring.by_centers(centers / scale, coloring.by_number(len(theirs)), theirs / scale)


def _centers_with(other: Trace, d: int) -> Array:
    """Return the last centers of another run, whose clusters lend their colors."""
    refuse_what_is_no_trace(other, "colors_like is a Trace, not")
    theirs = _last_centers(other)
    if theirs is None or theirs.shape[1] != d:
        raise DataError(
            f"colors_like must be a run on the same data, with centers of {counted(d, 'feature')}."
        )
    return theirs


def _density(
    trace: Trace,
    projection: projecting.Projection,
    positions: Array,
    limits: limiting.Limits,
    rows: Any,
) -> tuple[Array | None, Array | None]:
    """Return the raster of a plane, or the profile of a strip."""
    sampled = len(trace.points) < trace.n_samples
    mass = densities.mass_of_sample(trace) if sampled else np.ones(len(trace.points))
    if projection.kind == "strip":
        return None, densities.profile(positions[:, 0], mass, limits, rows)
    if not sampled:
        return None, None
    return densities.raster(positions, mass, limits, rows, projection), None


def _measure(trace: Trace) -> str:
    if trace.card.points:
        return f"Points are {one_line(trace.card.points, 60)}."
    return "" if trace.scale is None else _STANDARDIZED


def _note(trace: Trace) -> str:
    m, n = len(trace.points), trace.n_samples
    return "" if m >= n or trace.private else f"{m:,} of {n:,} points shown"
