"""Targets, robust weights, deletion, and the search for a structured covariance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.isotonic import isotonic_regression

from skdiffts.linear import StructuredCovariance
from skdiffts.linear._folds import early_rows, fold_numbers
from skdiffts.linear._scatter import deleted_forms, robust_weights, second_moments
from skdiffts.linear._search import QIS, CovarianceSearch, Moments
from skdiffts.linear._targets import (
    components_plus_diagonal,
    quadratic_inverse_shrinkage,
)


def correlation(d, seed=0):
    rows = np.random.RandomState(seed).standard_normal((3 * d, d))
    return np.corrcoef((rows + rows[:, :1]).T)


@pytest.mark.parametrize("k", [0, 1, 3])
def test_components_keep_the_diagonal(k):
    C = correlation(6)
    values, vectors = np.linalg.eigh(C)
    target = components_plus_diagonal(values, vectors, k)
    assert_allclose(np.diagonal(target), 1.0)
    low_rank = sum(
        values[-i] * np.outer(*[vectors[:, -i]] * 2) for i in range(1, k + 1)
    )
    off = ~np.eye(6, dtype=bool)
    assert_allclose(target[off], (low_rank + np.zeros((6, 6)))[off])


def slow_qis(values, n):
    """Loops over eigenvalues, as the formula is written; c = d / n."""
    d = len(values)
    c = d / n
    h = min(c**2, 1 / c**2) ** 0.35 / d**0.35
    inverse = [1 / value for value in values[max(0, d - n) :]]
    shrunk = []
    for here in inverse:
        theta = hilbert = 0.0
        for other in inverse:
            below = (other - here) ** 2 + h**2 * other**2
            theta += other * (other - here) / below / len(inverse)
            hilbert += other * h * other / below / len(inverse)
        a2 = theta**2 + hilbert**2
        if d <= n:
            a2 = (1 - c) ** 2 + 2 * c * (1 - c) * theta + c**2 * a2
        shrunk.append(1 / (here * a2))
    if d > n:
        shrunk = [1 / ((c - 1) * np.mean(inverse))] * (d - n) + shrunk
    return np.array(shrunk) * sum(values) / sum(shrunk)


@pytest.mark.parametrize(("d", "n"), [(6, 20), (8, 8), (10, 6)])
def test_nonlinear_shrinkage_by_loops(d, n):
    rows = np.random.RandomState(0).standard_normal((n, d))
    values, vectors = np.linalg.eigh(rows.T @ rows / n)
    values = np.maximum(values, 0.0)
    result = quadratic_inverse_shrinkage(values, vectors, n)
    expected = slow_qis(values, n)
    null = max(0, d - n)
    expected[null:] = isotonic_regression(expected[null:])
    assert_allclose(np.diagonal(vectors.T @ result @ vectors), expected)
    assert_allclose(np.trace(result), values.sum())


@pytest.mark.parametrize("spread", [0.003, 0.01, 0.03, 0.1])
def test_nonlinear_shrinkage_keeps_the_order_of_close_eigenvalues(spread):
    """Whitened rows have eigenvalues nearer to each other than sampling noise leaves them."""
    values = 1.0 + spread * np.array([-1.3, -0.5, 0.1, 0.4, 1.3])
    shrunk = np.diagonal(quadratic_inverse_shrinkage(values, np.eye(5), 999))
    assert (np.diff(shrunk) >= -1e-12).all()
    assert np.ptp(shrunk) <= np.ptp(values)


def test_whitened_rows_are_given_no_correlations():
    rows = np.random.RandomState(0).standard_normal((999, 5))
    white = rows @ np.linalg.inv(np.linalg.cholesky(rows.T @ rows / 999)).T
    # Such as residuals of a shrunk covariance: nearly white, not quite.
    white += 0.005 * white @ np.random.RandomState(1).standard_normal((5, 5))
    found = StructuredCovariance.fit(white).correlation
    assert_allclose(found, np.eye(5), atol=0.02)


@pytest.mark.statistical
def test_nonlinear_shrinkage_is_nearer_to_the_truth():
    rng = np.random.RandomState(0)
    truth = np.geomspace(0.1, 10.0, 50)
    rows = np.sqrt(truth) * rng.standard_normal((100, 50))
    sample = rows.T @ rows / 100
    shrunk = quadratic_inverse_shrinkage(*np.linalg.eigh(sample), 100)
    # Nats that the density of a row loses.
    loss = [
        0.5 * (truth @ np.diagonal(np.linalg.inv(A)) + np.linalg.slogdet(A)[1] - 50)
        - 0.5 * np.log(truth).sum()
        for A in (sample, shrunk)
    ]
    assert 0.0 < loss[1] < 0.5 * loss[0]


def test_deleting_a_row_is_rank_one():
    rng = np.random.RandomState(0)
    rows, shares = rng.standard_normal((10, 3)), rng.uniform(0.01, 0.05, 10)
    matrix = np.eye(3) + (shares[:, np.newaxis] * rows).T @ rows
    forms = np.einsum("ij,jk,ik->i", rows, np.linalg.inv(matrix), rows)
    deleted, change = deleted_forms(forms, shares)
    for i, row in enumerate(rows):
        without = matrix - shares[i] * np.outer(row, row)
        assert_allclose(deleted[i], row @ np.linalg.solve(without, row))
        difference = np.linalg.slogdet(without)[1] - np.linalg.slogdet(matrix)[1]
        assert_allclose(change[i], difference)


def test_left_out_forms_of_the_fit(make_factor_rows):
    """Scale and target stay, the row's own product goes."""
    rows = make_factor_rows(n=60, d=4)
    fit = StructuredCovariance.fit(rows, candidate=(0, 0.3))
    forms, log_dets = fit.left_out_forms(rows)
    # The floor and the diagonal of ones change nothing to this accuracy.
    for i in (0, 17, 59):
        scaled = rows[i] / fit.scale
        without = fit.correlation - fit.row_shares[i] * np.outer(scaled, scaled)
        assert_allclose(forms[i], scaled @ np.linalg.solve(without, scaled), rtol=1e-6)
        log_det = np.linalg.slogdet(without)[1] + 2.0 * np.log(fit.scale).sum()
        assert_allclose(log_dets[i], log_det, rtol=1e-6)


def test_second_moments_of_weighted_rows():
    rng = np.random.RandomState(0)
    rows, weights = rng.standard_normal((20, 3)), rng.uniform(size=20)
    scale, matrix = second_moments(rows, weights)
    expected = (weights[:, np.newaxis] * rows).T @ rows / weights.sum()
    assert_allclose(matrix * np.outer(scale, scale), expected)
    assert_allclose(np.diagonal(matrix), 1.0)


@pytest.mark.statistical
def test_heavy_rows_weigh_little_and_gaussian_ones_alike(make_factor_rows):
    rng = np.random.RandomState(0)
    rows, ones = rng.standard_normal((400, 5)), np.ones(400)
    assert np.ptp(robust_weights(rows, ones)) < 0.2
    rows[:20] *= 10.0
    weights = robust_weights(rows, ones)
    assert weights[:20].max() < 0.2 * weights[20:].mean()
    assert_allclose(weights.mean(), 1.0)


@pytest.mark.parametrize(("n", "d"), [(20, 40), (60, 60), (200, 8), (3, 5), (2, 2)])
def test_positive_definite(make_factor_rows, n, d):
    fit = StructuredCovariance.fit(make_factor_rows(n, d))
    assert np.linalg.eigvalsh(fit.correlation)[0] > 0.0
    assert_allclose(np.diagonal(fit.correlation), 1.0)
    assert_allclose(fit.factor @ fit.factor.T, fit.covariance, rtol=1e-7, atol=1e-10)


@pytest.mark.statistical
def test_the_number_of_factors_is_found(make_factor_rows):
    rng = np.random.RandomState(0)
    noise = rng.standard_normal((300, 40))
    search = CovarianceSearch(noise, np.ones(300), None)
    assert search.best == (0, 1.0)
    two = noise + rng.standard_normal((300, 2)) @ rng.standard_normal((2, 40))
    search = CovarianceSearch(two, np.ones(300), None)
    values = {k: v for k, v in search.values.items() if k[0] != QIS}
    assert max(values, key=values.get)[0] == 2


def test_cross_fitted_value_by_folds(make_factor_rows):
    """The value of a candidate is the likelihood of each fold given the others."""
    rows, ones = make_factor_rows(n=100, d=6), np.ones(100)
    search = CovarianceSearch(rows, ones, None, candidate=(1, 0.4))
    folds, total = fold_numbers(100), 0.0
    radius = search.radius()
    for fold in range(5):
        used = folds != fold
        moments = Moments(rows[used], search.weights[used])
        unit = np.diag(moments.scale)
        matrix = unit @ moments.shrunk(1, 0.4) @ unit
        held = rows[~used]
        forms = np.einsum("ij,jk,ik->i", held, np.linalg.inv(matrix), held)
        log_det = np.linalg.slogdet(matrix)[1]
        total += radius.log_density(forms, log_det, 6).sum()
    # The radius of the search is taken from a grid, the radius of the fit is refined.
    assert_allclose(search.value, total / 100, atol=0.02)


def test_rounding_does_not_choose():
    search = CovarianceSearch(np.eye(4), np.ones(4), None, candidate=(0, 1.0))
    search.values = {(0, 1.0): -1.0, (QIS, 1.0): -1.0 + 1e-15}
    assert search.best == (0, 1.0)
    search.values[QIS, 1.0] += 1e-9
    assert search.best == (QIS, 1.0)


@given(seed=st.integers(0, 2**31), power=st.integers(-20, 20))
def test_units_of_the_columns(seed, power):
    rows = np.random.RandomState(seed).standard_normal((60, 3))
    unit = 2.0 ** np.array([power, 0, -power])
    fit, other = StructuredCovariance.fit(rows), StructuredCovariance.fit(unit * rows)
    assert other.candidate == fit.candidate
    assert_allclose(other.factor, unit[:, np.newaxis] * fit.factor, rtol=1e-6)
    shift = np.log(unit).sum()
    assert_allclose(other.log_density(unit * rows), fit.log_density(rows) - shift)


def test_order_of_the_columns(make_factor_rows):
    rows, order = make_factor_rows(d=6), np.array([3, 1, 5, 0, 4, 2])
    fit = StructuredCovariance.fit(rows)
    other = StructuredCovariance.fit(rows[:, order])
    assert_allclose(other.covariance, fit.covariance[np.ix_(order, order)], rtol=1e-8)


def test_whole_paths_are_held_out_where_there_are_enough():
    groups = np.repeat(np.arange(7), 4)
    folds = fold_numbers(28, groups)
    assert all(len(set(folds[groups == g])) == 1 for g in range(7))
    early = early_rows(28, groups)
    assert all(len(set(early[groups == g])) == 1 for g in range(7))
    assert len(set(fold_numbers(28, np.repeat([0, 1], 14)))) == 5


@pytest.mark.parametrize("n", [1, 2, 4, 9, 60])
def test_folds_are_not_empty_without_need(n):
    folds = fold_numbers(n)
    assert len(folds) == n
    assert len(set(folds)) == min(n, 5)


def test_rows_of_zeros():
    rows = np.zeros((30, 3))
    rows[:, 0] = np.random.RandomState(0).standard_normal(30)
    fit = StructuredCovariance.fit(rows)
    assert np.isfinite(fit.factor).all()
