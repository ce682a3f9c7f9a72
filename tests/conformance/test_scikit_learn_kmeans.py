"""scikit-learn's own tests of ``KMeans``, from its installed package, run on ours.

Left out are the tests named in ``DESELECTED`` and the parameters that are sparse (refused for now) or
``MiniBatchKMeans`` (which is scikit-learn's alone). What remains has to pass.
"""

import pytest
import sklearn.cluster

import emscope
from borrowed import borrow, borrowed_tests, is_sparse, names_used

theirs = borrow("sklearn.cluster.tests.test_k_means", sklearn.cluster, KMeans=emscope.KMeans)
globals().update(borrowed_tests(theirs))

# test -> what it is about: a private helper of scikit-learn's, or a class that is its alone
DESELECTED = {
    "test_relocate_empty_clusters": "_relocate_empty_clusters_dense",
    "test_euclidean_distance": "_euclidean_dense_dense_wrapper",
    "test_inertia": "_inertia_dense",
    "test_is_same_clustering": "_is_same_clustering",
    "test_sample_weight_init": "_init_centroids",
    "test_sample_weight_zero": "_init_centroids",
    "test_minibatch_update_consistency": "_mini_batch_step",
    "test_minibatch_reassign": "_mini_batch_step",
    "test_minibatch_kmeans_partial_fit_init": "MiniBatchKMeans",
    "test_minibatch_kmeans_verbose": "MiniBatchKMeans",
    "test_minibatch_kmeans_warning_init_size": "MiniBatchKMeans",
    "test_minibatch_sensible_reassign": "MiniBatchKMeans",
    "test_minibatch_with_many_reassignments": "MiniBatchKMeans",
    "test_minibatch_kmeans_init_size": "MiniBatchKMeans",
    "test_minibatch_declared_convergence": "MiniBatchKMeans",
    "test_minibatch_iter_steps": "MiniBatchKMeans",
}
DESELECTED_CLASSES = (sklearn.cluster.MiniBatchKMeans,)


def test_our_class_is_in_the_place_of_theirs():
    assert theirs.KMeans is emscope.KMeans
    assert sklearn.cluster.KMeans is not emscope.KMeans


@pytest.mark.parametrize(("name", "about"), DESELECTED.items(), ids=DESELECTED)
def test_a_deselected_test_is_about_nothing_of_ours(name, about):
    names = names_used(borrowed_tests(theirs)[name])
    assert about in names
    assert about.startswith("_") or about == "MiniBatchKMeans"
    if "KMeans" in names:  # only through a method that ours does not have
        assert hasattr(sklearn.cluster.KMeans, about)
        assert not hasattr(emscope.KMeans, about)


def test_sparse_parameters_are_deselected_because_they_are_refused():
    assert any(map(is_sparse, theirs.X_as_any_csr))
    for X in theirs.X_as_any_csr:
        with pytest.raises(TypeError, match=r"sparse.*not supported yet.*toarray"):
            emscope.KMeans(3).fit(X)
