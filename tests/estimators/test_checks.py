"""scikit-learn's own conformance checks."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from emscope import GaussianMixture, KMeans, SphericalKMeans

pytestmark = pytest.mark.filterwarnings(
    "ignore::emscope.DoubtWarning"
)  # the checks fit noise in as many clusters as come to mind

EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "a start that draws rows draws other ones when rows are repeated; true of scikit-learn's KMeans too"
    ),
}
ZERO_ROWS = {
    "check_estimators_dtypes": "its data has a row of length 0, which has no direction",
}


def expected_failures(estimator):
    k = estimator.get_params().get("n_clusters", estimator.get_params().get("n_components"))
    drawing = EXPECTED_FAILURES if k > 1 else {}
    return drawing | ZERO_ROWS if isinstance(estimator, SphericalKMeans) else drawing


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")  # some checks fit few distinct points
@parametrize_with_checks(
    [
        KMeans(),
        KMeans(n_clusters=2, n_init=2, max_iter=5, init="random"),
        KMeans(n_clusters=1, init="farthest", n_threads=1, record=False),
        SphericalKMeans(),
        SphericalKMeans(n_clusters=2, n_init=2, max_iter=5, init="random-partition"),
        GaussianMixture(),
        GaussianMixture(n_components=2, covariance_type="diag", init_params="random", max_iter=2),
    ],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_conformance(estimator, check):
    check(estimator)
