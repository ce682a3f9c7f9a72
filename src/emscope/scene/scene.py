"""A trace turned into what pictures need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emscope.card import ModelCard
from emscope.columns import Array
from emscope.events import Terms, doubts
from emscope.scene import density as densities
from emscope.scene import limits as limiting
from emscope.scene import projection as projecting
from emscope.scene.captions import doubt_sentences
from emscope.scene.coloring import centers_lending_colors, colors_of
from emscope.scene.frames import Curve, Frame, curve_of, frames_of
from emscope.scene.layout import density_of, heights, placed, with_room_above
from emscope.scene.refusal import refuse_what_is_no_trace
from emscope.scene.regions import Regions, voronoi
from emscope.scene.selection import after, representative, where_most_moved
from emscope.trace import Trace
from emscope.wording import counted, one_line

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
        positions, limits = placed(trace, projection, rows)
        colors = colors_of(trace, colors_like)
        names = [one_line(n, _LONGEST_NAME) or f"feature {j}" for j, n in enumerate(trace.feature_names)]
        terms = Terms(names, options or {})
        frames = tuple(frames_of(trace, projection, limits, terms))
        density, profile = density_of(trace, projection, positions, limits, rows)
        if profile is not None:
            profile = with_room_above(profile, frames, trace.card)
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
            centers_lending_colors(colors_like, len(feature_names))

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
        return heights(self.profile, frame, share)

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


def _measure(trace: Trace) -> str:
    if trace.card.points:
        return f"Points are {one_line(trace.card.points, 60)}."
    return "" if trace.scale is None else _STANDARDIZED


def _note(trace: Trace) -> str:
    m, n = len(trace.points), trace.n_samples
    return "" if m >= n or trace.private else f"{m:,} of {n:,} points shown"
