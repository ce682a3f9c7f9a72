"""Responsibilities of rows that are far from every component, in exact arithmetic.

Responsibilities depend on the differences of log densities, and so of squared distances. These are rounded to
16 digits: from about 1e8 standard deviations on, rounding is of the size of the differences, and beyond
1e154 squares overflow. Floating-point numbers are whole multiples of powers of two, so Python's integers hold
the squares, and their differences, as they are. That is slow, and such rows are rare.
"""

from __future__ import annotations

import numpy as np

from emscope.columns import Array
from emscope.kernels.soft.mixture import Components, Structure

_FAR = 1e16  # squared distance in standard deviations
_DIGITS = 53  # bits of a fraction in float64


def far_rows(log_likelihoods: Array) -> Array:
    """Tell which rows are far from every component, by the log-likelihoods that a kernel returned."""
    return np.asarray(~(log_likelihoods > -0.5 * _FAR))


def exact_responsibilities(rows: Array, components: Components, structure: Structure) -> tuple[Array, Array]:
    """Return log p(x) of every row, minus infinity where float64 cannot hold it, and its responsibilities."""
    squared, exponent = _squared_distances(rows, components, structure)
    nearest = squared.argmin(axis=1)
    smallest = squared[np.arange(len(rows)), nearest]
    scales = components.log_scales
    with np.errstate(over="ignore"):
        log_ratios = scales - scales[nearest, None]
        log_ratios -= _half(squared - smallest[:, None], exponent)
        top = log_ratios.max(axis=1)
        responsibilities = np.exp(log_ratios - top[:, None])
        total = responsibilities.sum(axis=1)
        log_likelihoods = scales[nearest] - _half(smallest, exponent) + top + np.log(total)
    return log_likelihoods, responsibilities / total[:, None]


def _squared_distances(rows: Array, components: Components, structure: Structure) -> tuple[Array, int]:
    """Return |(x - mean) U|^2 of all rows and components as integers, in units of a power of two."""
    k = len(components.means)
    both, exponent = _integers(np.concatenate([rows, components.means]))
    factors, factor_exponent = _integers(components.factors)
    x, means = both[:-k], both[-k:]
    squared = np.empty((len(x), k), object)
    for j in range(k):
        own = factors if structure == "tied" else factors[j]
        difference = x - means[j]
        whitened = difference * own if structure == "diag" else difference @ own
        squared[:, j] = (whitened * whitened).sum(axis=1)
    return squared, 2 * (exponent + factor_exponent)


def _integers(numbers: Array) -> tuple[Array, int]:
    """Return the numbers as integers, in units of a power of two."""
    fractions, exponents = np.frexp(np.asarray(numbers, np.float64))
    whole = np.ldexp(fractions, _DIGITS).astype(np.int64)
    lowest = int(exponents[whole != 0].min(initial=2000))
    shifts = np.where(whole != 0, exponents - lowest, 0)
    return np.left_shift(whole.astype(object), shifts.astype(object)), lowest - _DIGITS


def _half(squared: Array, exponent: int) -> Array:
    """Return half of squared distances as floating-point numbers."""
    shifts = np.array([max(int(n).bit_length() - 64, 0) for n in squared.flat])
    leading = np.array([float(int(n) >> int(s)) for n, s in zip(squared.flat, shifts, strict=True)])
    return np.asarray(np.ldexp(leading, shifts + (exponent - 1))).reshape(squared.shape)
