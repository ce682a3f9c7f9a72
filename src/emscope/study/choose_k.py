"""How many clusters there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from emscope.estimators.base import own_numerics
from emscope.estimators.offers import offer_named
from emscope.results.choose_k import ChooseK
from emscope.study.given import Given
from emscope.study.hard_study import HardStudy
from emscope.study.k_parameters import checked_parameters
from emscope.study.mixture_study import MixtureStudy
from emscope.study.progress import Told


@own_numerics
def choose_k(
    X: Any,
    ks: Iterable[int],
    *,
    model: str = "kmeans",
    covariance_types: Sequence[str] = ("full",),
    n_init: int | str = "auto",
    n_reference: int = 20,
    random_state: Any = None,
    sample_weight: Any = None,
    n_threads: int | None = None,
    progress: bool | Told = False,
) -> ChooseK:
    r"""Fit several numbers of clusters and find which of them stands out, if one does.

    Every k is fitted from its own starts and from the best split of the fit before, so that the objective
    never rises with k. Criteria that fail in different ways then vote: of k-means and spherical k-means the
    variance ratio, the silhouette, the gap statistic and stability; of mixtures BIC, ICL and stability.
    Inertia is shown and never decides. "There may be no clusters" and "no number stands out" are possible
    answers.

    Parameters
    ----------
    X : array-like, data frame or Table of shape (n, d)
        The rows.
    ks : iterable of int
        The numbers of clusters to try, such as ``range(1, 11)``. What the rows have too few different ones
        for is left out, and said.
    model : {"kmeans", "spherical", "gmm"}, default="kmeans"
        What is fitted. Criteria of spherical k-means are taken on rows scaled to length 1, by cosine
        distance.
    covariance_types : sequence of {"full", "tied", "diag", "spherical"}, default=("full",)
        Those of mixtures to try; BIC chooses among them, too.
    n_init : "auto" or int, default="auto"
        Number of starts of its own that each k has, as the estimators take it. Above 10,000 rows a single
        start of k-means and the split are tried on a sample, and all rows are fitted from the better one.
    n_reference : int, default=20
        Number of references of the gap statistic; 0 leaves it out, and "there may be no clusters" with it.
    random_state : int, RandomState or None, default=None
        Source of all draws.
    sample_weight : array-like of shape (n,), optional
        Weight of each row, which every criterion heeds; a row of weight 0 matters nowhere.
    n_threads : int or None, default=None
        Number of threads, as estimators take it; results are the same bits for any.
    progress : bool or callable, default=False
        Whether to write a line with the time left to the standard error stream; or ``progress(done, total,
        what)``, called whenever something is done.

    Returns
    -------
    ChooseK
        With ``k``, ``verdict``, ``votes``, ``table`` and ``models``. After Ctrl-C, what was found until then,
        which the verdict says; before the first fit is done, KeyboardInterrupt goes on.

    Raises
    ------
    DataError, DataTypeError
        A parameter or the rows cannot be used; the sentence says why.

    Notes
    -----
    With the objective :math:`W_k` of k clusters, the variance ratio is :math:`\frac{(W_1 - W_k)/(k -
    1)}{W_k/(n - k)}`, the gap :math:`E^* \log W_k - \log W_k` against rows spread evenly over the box of
    the principal axes, and the silhouette of a row :math:`(b - a)/\max(a, b)` with its mean distances to
    the rest of its own cluster and to the next one. Stability is the mean Jaccard similarity of the cluster
    that comes back worst in 20 fresh fits to half of the rows. Above 10,000 rows silhouettes are taken on a
    stratified sample of 5,000, and above 2,500 gap and stability on one of 2,500.
    ``emscope.study.verdict`` has the rules by which votes become a verdict.

    References
    ----------
    T. Calinski and J. Harabasz, Communications in Statistics 3 (1974), 1-27; P. J. Rousseeuw, J. Comp.
    Applied Math. 20 (1987), 53-65; R. Tibshirani, G. Walther and T. Hastie, J. Royal Stat. Soc. B 63
    (2001), 411-423; C. Hennig, Comp. Statistics and Data Analysis 52 (2007), 258-271; G. Schwarz, Annals of
    Statistics 6 (1978), 461-464; C. Biernacki, G. Celeux and G. Govaert, IEEE Trans. PAMI 22 (2000),
    719-725; E. Schubert, SIGKDD Explorations 25 (2023), 36-42.

    Examples
    --------
    >>> from emscope import datasets, study
    >>> found = study.choose_k(datasets.old_faithful().standardized(), range(1, 6), random_state=0)
    >>> found.k
    2
    >>> found.votes
    {'variance ratio': 2, 'silhouette': 2, 'gap': 2, 'stability': 2}
    """
    offer = offer_named(model)
    given = Given.of(X, sample_weight)
    parameters = checked_parameters(
        ks, covariance_types, n_init, n_reference, random_state, n_threads, progress
    )
    kind = MixtureStudy if offer.card.soft else HardStudy
    return kind(X, given, offer, model, parameters).run()
