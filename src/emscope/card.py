"""What a model tells those who draw its runs and talk about them.

A trace carries the card of its model, and views ask the card: none compares names of models. What a card
does not promise a view does not compute, but takes from what was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Layout = Literal["full", "tied", "diag", "spherical"]
"""How covariances are laid out."""

Owners = Literal["nearest", "gaussian"]
Update = Literal["mean", "gaussian"]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model, as a trace describes it.

    Attributes
    ----------
    name : str
        In files and settings: ``"kmeans"``, ``"gmm"``.
    title : str
        For people: ``"k-means"``, ``"Gaussian mixture"``.
    location : str
        The parameter, of shape (k, d), that tells where the clusters lie: ``"centers"``, ``"means"``.
    objective : str
        What the objective is called.
    from_zero : bool
        Whether zero and ratios of the objective mean something: so for a sum of squares, not for a
        log-likelihood, which depends on the units of the features.
    soft : bool
        Whether points have responsibilities, and clusters are called components.
    covariances : {"full", "tied", "diag", "spherical"} or None
        The layout of the parameter ``"covariances"``; None for a model that has none.
    owners : {"nearest", "gaussian"} or None
        How the owners of points follow from the parameters: the nearest center owns a point, or
        responsibilities are proportional to weight times Gaussian density. None for any other way.
    update : {"mean", "gaussian"} or None
        How the parameters follow from the owners: centers are the means of their points and the objective
        is the sum of squared distances, or weights, means and covariances are those of the points by
        responsibility and the objective is the negative log-likelihood per point. None for any other way.
    points : str
        What the model makes of rows before it fits them, and its points and centers are in the pictures:
        ``"rows scaled to length 1"``. Empty where points are the rows, in the units of their table.
    estimator : str
        The estimator of this package that fits the model; empty where there is none.

    Examples
    --------
    >>> from emscope import KMeans
    >>> card = KMeans(2, random_state=0).fit([[0.0], [1.0], [9.0], [10.0]]).trace_.card
    >>> card.title, card.noun, card.objective
    ('k-means', 'cluster', 'inertia')
    """

    name: str
    title: str
    location: str
    objective: str = "objective"
    from_zero: bool = False
    soft: bool = False
    covariances: Layout | None = None
    owners: Owners | None = None
    update: Update | None = None
    points: str = ""
    estimator: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no card, and one that promises a formula without what it needs.

        Cards are also read from files, and pages write the estimator's name into a call to be copied.
        """
        texts = (self.name, self.title, self.location, self.objective, self.points, self.estimator)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("its names are not texts")
        if not (isinstance(self.from_zero, bool) and isinstance(self.soft, bool)):
            raise ValueError("from_zero and soft are not true or false")
        for value, known in ((self.covariances, Layout), (self.owners, Owners), (self.update, Update)):
            if value not in (None, *get_args(known)):
                raise ValueError(f"{value!r} is not among {', '.join(get_args(known))}")
        gaussian = self.soft and self.covariances is not None and self.location == "means"
        if self.soft if self.owners == "nearest" else self.owners == "gaussian" and not gaussian:
            raise ValueError(f"points cannot have owners by {self.owners!r}")
        if self.update not in (None, {"nearest": "mean", "gaussian": "gaussian", None: None}[self.owners]):
            raise ValueError(f"an update by {self.update!r} goes with other owners")
        if not self.location.isidentifier() or not (self.estimator or "none").isidentifier():
            raise ValueError("its location or its estimator is not a name")

    @property
    def noun(self) -> str:
        """What one of the clusters is called."""
        return "component" if self.soft else "cluster"


def covariance_shape(layout: Layout, k: int, d: int) -> tuple[int, ...]:
    """Return the shape of the covariances of k components of d features."""
    return {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}[layout]


KMEANS = ModelCard(
    "kmeans",
    "k-means",
    "centers",
    objective="inertia",
    from_zero=True,
    owners="nearest",
    update="mean",
    estimator="KMeans",
)


def gaussian_mixture(covariances: Layout) -> ModelCard:
    """Return the card of a Gaussian mixture."""
    return ModelCard(
        "gmm",
        "Gaussian mixture",
        "means",
        objective="negative log-likelihood per point",
        soft=True,
        covariances=covariances,
        owners="gaussian",
        update="gaussian",
        estimator="GaussianMixture",
    )
