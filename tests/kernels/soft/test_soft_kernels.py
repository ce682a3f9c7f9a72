"""The compiled kernels of mixtures give the sums of the formulas, taken in extended precision."""

import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from emscope.doubt import CERTAIN
from emscope.kernels.choice import mixture_kernel_for
from emscope.kernels.soft.diagonal import DIAGONAL, DIAGONAL_SPANNING
from emscope.kernels.soft.exponentials import LOWEST, exp_negative, log_positive
from emscope.kernels.soft.mixture import (
    Components,
    SoftSums,
    expectation_plainly,
    responsibilities_plainly,
    sums_plainly,
)
from emscope.kernels.soft.narrow import NARROW, NARROW_SPANNING
from emscope.kernels.soft.tied import TIED, TIED_SPANNING, expectation_separately
from emscope.kernels.soft.wide import WIDE
from sharing import cut_at


def expectation_of(kernel):
    return lambda rows, weights, *rest: kernel.prepare(rows, weights).step(rows, weights, *rest)


KERNELS = {
    "narrow": ("full", expectation_of(NARROW)),
    "wide": ("full", expectation_of(WIDE)),
    "diagonal": ("diag", expectation_of(DIAGONAL)),
    "tied": ("tied", expectation_of(TIED)),
    "separate": ("tied", expectation_separately),
}


@pytest.fixture(autouse=True, scope="module")
def _one_blas_thread():
    with threadpool_limits(1):
        yield


def components_of(random, means, structure, scale=1.0, condition=10.0):
    """Return components of these means, with random covariances."""
    k, d = means.shape
    deviations = scale * condition ** (-0.5 * random.uniform(size=(k, d)))
    if structure == "diag":
        factors = 1 / deviations
        log_determinants = -np.log(deviations).sum(axis=1)
    else:
        # U = R^-1 with R upper triangular and of the condition asked for
        turned = np.linalg.qr(random.normal(size=(k, d, d)))[0] * deviations[:, None, :]
        roots = np.linalg.qr(turned.swapaxes(1, 2), mode="r")
        roots *= np.sign(np.diagonal(roots, axis1=1, axis2=2))[:, :, None]
        factors = np.triu(np.linalg.inv(roots))
        log_determinants = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        if structure == "tied":
            factors, log_determinants = factors[0], np.full(k, log_determinants[0])
    log_scales = np.log(random.dirichlet(np.full(k, 2.0))) + log_determinants - d / 2 * np.log(2 * np.pi)
    return Components(means.astype(float), np.ascontiguousarray(factors), log_scales)


def exactly(rows, weights, components, structure):
    """Return labels, gaps to the second best, and the sums of the formulas, with 64 bits of fraction."""
    x, mu = rows.astype(np.longdouble), components.means.astype(np.longdouble)
    difference = x[:, None, :] - mu
    factors = components.factors.astype(np.longdouble)
    if structure == "diag":
        deviations = difference * factors
    else:
        deviations = np.einsum("ija,jab->ijb" if structure == "full" else "ija,ab->ijb", difference, factors)
    log_joint = components.log_scales - np.minimum((deviations**2).sum(axis=2), 1e300) / 2
    top = log_joint.max(axis=1)
    ratios = np.exp(log_joint - top[:, None])
    total = ratios.sum(axis=1)
    wr = ratios * (weights / total)[:, None]
    weighted = wr[:, :, None] * difference
    scatter = np.einsum("ija,ija->ja" if structure == "diag" else "ija,ijb->jab", weighted, difference)
    labels = log_joint.argmax(axis=1)
    ranked = np.sort(ratios / total[:, None], axis=1)
    gaps = ranked[:, -1] - ranked[:, -2] if len(mu) > 1 else np.ones(len(x))
    return (
        labels,
        gaps,
        SoftSums(
            np.bincount(labels, minlength=len(mu)),
            wr.sum(axis=0),
            weighted.sum(axis=0),
            scatter.sum(axis=0) if structure == "tied" else scatter,
            (weights * (top + np.log(total))).sum(),
            float(weights[ranked[:, -1] < CERTAIN].sum()),
        ),
    )


def check(name, rows, weights, components, scale=1.0):
    structure, expectation = KERNELS[name]
    labels = np.full(len(rows), -1, np.int32)
    got = expectation(rows, weights, components, labels)
    likeliest, gaps, expected = exactly(rows, weights, components, structure)
    clear = gaps > 1e-9
    assert labels[clear].tolist() == likeliest[clear].tolist()
    assert got.counts.tolist() == np.bincount(labels, minlength=len(components.means)).tolist()
    assert got.log_likelihood == pytest.approx(float(expected.log_likelihood), rel=1e-12, abs=1e-12)
    assert got.undecided == pytest.approx(expected.undecided, rel=1e-12)
    far = float(np.abs(expected.sums).max(initial=0) + scale * weights.sum())
    np.testing.assert_allclose(got.weights, expected.weights.astype(float), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(got.sums, expected.sums.astype(float), rtol=1e-10, atol=1e-11 * far)
    size = float(np.abs(expected.scatter).max(initial=0) + scale**2 * weights.sum())
    np.testing.assert_allclose(got.scatter, expected.scatter.astype(float), rtol=1e-10, atol=1e-10 * size)
    return got


SHAPES = [
    pytest.param(name, d, dtype, marks=[pytest.mark.slow] if (name, d) == ("narrow", 3) else [])
    for name in KERNELS
    for d in (1, 2, 3, 5, 16, 33)
    for dtype in ("float64", "float32")
    # each kind of rows is compiled anew, and "narrow" for each number of features
    if (dtype == "float64" or d in (2, 33)) and (name != "narrow" or d <= 5)
]


@pytest.mark.parametrize(("name", "d", "dtype"), SHAPES)
@pytest.mark.parametrize("k", [1, 2, 7])
def test_sums_of_the_formulas(name, d, k, dtype):
    random = np.random.default_rng(d + k)
    rows = (random.normal(size=(300, d)) + 2 * random.integers(0, 3, size=(300, 1))).astype(dtype)
    weights = random.integers(0, 3, size=300).astype(float)
    check(name, rows, weights, components_of(random, rows[:k], KERNELS[name][0]))


@pytest.mark.parametrize("name", ["wide", "diagonal", "tied"])
@pytest.mark.parametrize(("d", "k", "overlap"), [(64, 40, 4.0), (64, 5, 0.3), (12, 40, 1.0), (70, 2, 10.0)])
def test_many_features_and_components(name, d, k, overlap):
    random = np.random.default_rng(d)
    groups = random.normal(size=(k, d))
    rows = groups[random.integers(k, size=400)] + overlap * random.normal(size=(400, d))
    check(name, rows, np.ones(400), components_of(random, groups, KERNELS[name][0], overlap))


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("offset", [1e4, 1e9, "groups"])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_any_offset(name, offset, d):
    random = np.random.default_rng(d)
    rows = random.normal(size=(500, d)) + 5 * random.integers(0, 2, size=(500, 1))
    rows += random.choice([-1e9, 1e9], size=(500, 1)) if offset == "groups" else offset
    components = components_of(random, rows[:6], KERNELS[name][0])
    check(name, rows, random.uniform(size=500), components)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("scale", [1e-100, 1e-20, 1e20, 1e100])
def test_any_scale(name, scale):
    random = np.random.default_rng(1)
    rows = scale * random.normal(size=(300, 5))
    check(name, rows, np.ones(300), components_of(random, rows[:4], KERNELS[name][0], scale), scale)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("d", [2, 5])
def test_flat_components(name, d):
    random = np.random.default_rng(d)
    rows = random.normal(size=(400, d)) * 10.0 ** -np.linspace(0, 4, d)
    components = components_of(random, rows[:5], KERNELS[name][0], condition=1e8)
    check(name, rows, np.ones(400), components)


@pytest.mark.parametrize("name", KERNELS)
def test_rows_that_are_far_from_everything(name):
    random = np.random.default_rng(2)
    means = random.normal(size=(4, 2))
    components = components_of(random, means, KERNELS[name][0])
    rows = np.concatenate([means, [[1e3, 1e3], [-1e6, 1e5], [1e9, -3e9]]])
    check(name, rows, np.ones(len(rows)), components)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("far", [1e100, 1e150])
def test_nothing_overflows_to_what_is_not_a_number(name, far):
    components = components_of(np.random.default_rng(3), np.eye(3, 2), KERNELS[name][0], 1e-100)
    rows = np.array([[far, -far], [far, far], [0.0, 1e-101], [1.0, 0.0], [-far, far]])
    weights, labels = np.array([1.0, 0.0, 1.0, 2.0, 0.5]), np.empty(5, np.int32)
    with np.errstate(over="ignore", invalid="ignore"):
        sums = KERNELS[name][1](rows, weights, components, labels)
    assert np.isfinite(sums.weights).all()
    assert sums.weights.sum() == pytest.approx(weights.sum())
    assert np.isfinite(sums.log_likelihood)
    assert np.isfinite(sums.sums).all()
    assert labels.min() >= 0


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("m", [1, 127, 128, 129])
def test_blocks_of_any_size(name, m):
    random = np.random.default_rng(m)
    rows = random.normal(size=(m, 5))
    weights = random.uniform(size=m)
    weights[0] = 0
    check(name, rows, weights, components_of(random, random.normal(size=(3, 5)), KERNELS[name][0]))


@pytest.mark.parametrize("name", KERNELS)
def test_ties_go_to_the_first_and_no_weight_means_no_sums(name):
    random = np.random.default_rng(4)
    components = components_of(random, np.zeros((3, 2)), KERNELS[name][0])
    factors = components.factors
    same = factors if KERNELS[name][0] == "tied" else np.repeat(factors[:1], 3, axis=0)
    components = Components(components.means, same, np.zeros(3))
    labels = np.full(200, -1, np.int32)
    sums = KERNELS[name][1](random.normal(size=(200, 2)), np.zeros(200), components, labels)
    assert labels.tolist() == [0] * 200
    assert sums.counts.tolist() == [200, 0, 0]
    for array in (sums.weights, sums.sums, sums.scatter, np.array(sums.log_likelihood)):
        np.testing.assert_array_equal(array, 0)


@pytest.mark.parametrize("name", KERNELS)
def test_a_block_and_its_components_decide_every_bit(name):
    random = np.random.default_rng(5)
    rows, weights = random.normal(size=(1000, 5)), random.uniform(size=1000)
    structure, expectation = KERNELS[name]
    if name == "tied":
        expectation = TIED.prepare(rows, weights).step
    results = []
    for seed in (0, 1, 0):
        components = components_of(np.random.default_rng(seed), rows[seed : seed + 5], structure)
        results.append(expectation(rows, weights, components, np.empty(1000, np.int32)))
    for one, other in zip(results[0], results[2], strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


@pytest.mark.parametrize(
    ("structure", "d"), [("full", 2), ("full", 20), ("tied", 2), ("tied", 20), ("diag", 3)]
)
def test_responsibilities_of_the_plain_kernel(structure, d):
    random = np.random.default_rng(6)
    rows = random.normal(size=(700, d)) + 1e5
    components = components_of(random, rows[:5], structure)
    compiled = mixture_kernel_for(1 << 20, d, 5, structure).responsibilities  # as if there were so many
    plain = mixture_kernel_for(1, d, 5, structure).responsibilities
    assert plain.func is responsibilities_plainly
    for got, expected in zip(compiled(rows, components), plain(rows, components), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("structure", ["full", "tied", "diag"])
@pytest.mark.parametrize("d", [2, 15])
def test_sums_for_given_responsibilities(structure, d):
    random = np.random.default_rng(7)
    rows, weights = random.normal(size=(700, d)) + 1e9, random.uniform(size=700)
    responsibilities, about = random.dirichlet(np.ones(5), size=700), rows[:5]
    plain = mixture_kernel_for(1, d, 5, structure).sums
    assert plain.func is sums_plainly
    compiled = mixture_kernel_for(1 << 20, d, 5, structure).sums
    given = rows, weights, responsibilities, about
    for got, expected in zip(compiled(*given), plain(*given), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


def test_exponentials_and_logarithms():
    x = np.concatenate([-np.geomspace(1e-18, -LOWEST, 4000), [0.0, LOWEST]])
    exact = np.exp(x.astype(np.longdouble))
    np.testing.assert_allclose([exp_negative(number) for number in x], exact.astype(float), rtol=5e-16)
    assert exp_negative(np.nextafter(LOWEST, -np.inf)) == exp_negative(-1e300) == exp_negative(-np.inf) == 0
    assert exp_negative(0.0) == 1
    x = np.concatenate([1 + np.geomspace(1e-16, 1e6, 4000), np.geomspace(1e-300, 1, 50)])
    exact = np.log(x.astype(np.longdouble))
    np.testing.assert_allclose([log_positive(number) for number in x], exact.astype(float), rtol=5e-16)


@pytest.mark.parametrize(
    ("structure", "kernel", "spanning"),
    [
        ("full", NARROW, NARROW_SPANNING),
        ("diag", DIAGONAL, DIAGONAL_SPANNING),
        ("tied", TIED, TIED_SPANNING),
    ],
)
@pytest.mark.parametrize(("n", "far"), [(1, 0), (256, 0), (257, 0), (70_001, 0), (70_001, 3e7)])
def test_a_span_adds_up_its_units_however_they_are_shared(structure, kernel, spanning, n, far):
    """Where rows lie so far out that whitening would lose digits, too."""
    random = np.random.default_rng(n)
    rows, weights = random.normal(size=(n, 3)), random.uniform(size=n)
    rows[n // 2 :] += far
    means = random.normal(size=(4, 3)) + far * np.array([[0], [1], [0], [1]])
    components = components_of(random, means, structure)
    labels = np.full((3, n), -1, np.int32)
    whole = kernel.prepare(rows, weights).step(rows, weights, components, labels[0])
    span = spanning.prepare(rows, weights).step(rows, weights, components, labels[1])
    shared = spanning.prepare(rows, weights, cut_at([3, 20, 47])).step(rows, weights, components, labels[2])
    assert labels[0].tobytes() == labels[1].tobytes() == labels[2].tobytes()
    for of_rows, of_span, of_shared in zip(whole, span, shared, strict=True):
        np.testing.assert_allclose(of_span, of_rows, rtol=1e-11, atol=1e-11)
        assert np.asarray(of_span).tobytes() == np.asarray(of_shared).tobytes()


@pytest.mark.parametrize(
    ("n", "d", "k", "structure", "expected", "blas"),
    [
        (100_000, 4, 8, "full", NARROW_SPANNING, False),
        (100_000, 5, 8, "full", NARROW, False),
        (100_000, 12, 8, "full", NARROW, False),
        (100_000, 13, 8, "full", WIDE, True),
        (100_000, 4, 8, "diag", DIAGONAL_SPANNING, False),
        (100_000, 5, 8, "diag", DIAGONAL, False),
        (100_000, 64, 8, "diag", DIAGONAL, False),
        (100_000, 4, 8, "tied", TIED_SPANNING, True),
        (100_000, 5, 8, "tied", TIED, True),
    ],
)
def test_the_choice_depends_on_n_d_k_and_the_structure_alone(n, d, k, structure, expected, blas):
    choice = mixture_kernel_for(n, d, k, structure)
    assert choice is expected
    assert choice.blas == blas


@pytest.mark.parametrize("structure", ["full", "tied", "diag"])
def test_small_problems_take_the_plain_kernel(structure):
    expectation = mixture_kernel_for(300, 2, 4, structure).prepare(np.zeros((2, 2)), np.ones(2)).step
    assert expectation.func is expectation_plainly
    assert expectation.keywords == {"structure": structure}


def test_small_problems_load_no_compiler():
    code = (
        "import sys; from emscope.kernels.choice import mixture_kernel_for;"
        "mixture_kernel_for(300, 2, 4, 'full').prepare(None, None); sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
