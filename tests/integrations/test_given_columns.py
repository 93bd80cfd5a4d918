"""Conditional distribution of a row, given some of its columns."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from skdiffts.integrations._given_columns import GivenColumns

NAMES = np.array(["a", "b", "c"], dtype=object)
COVARIANCE = np.array([[1.0, 0.6, -0.3], [0.6, 2.0, 0.2], [-0.3, 0.2, 0.5]])


def draw(conditioning, n, candidates, seed=0, names=NAMES):
    given = GivenColumns.parse(conditioning, names, candidates.shape[1], n)
    return given.draw(candidates, np.random.RandomState(seed))


def gaussian_rows(n=20_000, seed=0):
    factor = np.linalg.cholesky(COVARIANCE)
    return np.random.RandomState(seed).standard_normal((n, 3)) @ factor.T


@pytest.mark.statistical
@pytest.mark.parametrize("value", [0.0, 1.5, -2.0])
def test_gaussian_rows_given_one_column(value):
    """Regression: mean and covariance in closed form, five standard errors of n."""
    n = 2000
    rows = draw({"a": value}, n, gaussian_rows())
    assert_array_equal(rows[:, 0], np.full(n, value))
    slope = COVARIANCE[1:, 0] / COVARIANCE[0, 0]
    left = COVARIANCE[1:, 1:] - np.outer(slope, COVARIANCE[0, 1:])
    error = 5.0 * np.sqrt(np.diag(left) / n)
    assert (np.abs(rows[:, 1:].mean(axis=0) - slope * value) < error).all()
    scale = np.sqrt(np.outer(np.diag(left), np.diag(left)))
    assert_allclose(
        np.cov(rows[:, 1:].T), left, atol=5.0 * scale.max() / np.sqrt(n / 2)
    )


@pytest.mark.statistical
def test_curved_and_heteroscedastic_rows():
    """Given c, y = c^2 + (1 + c) e: mean and spread of a distribution that is not Gaussian.

    With the k = N^(4/5) nearest the bandwidth is about 0.2: the bias of the mean is
    less than 0.2^2 / 2, five standard errors of 800 draws are 0.36.
    """
    rng = np.random.RandomState(0)
    c = rng.uniform(0.0, 2.0, 20_000)
    y = c**2 + (1.0 + c) * rng.standard_normal(20_000)
    rows = draw({0: 1.0}, 800, np.column_stack([c, y]), names=None)
    assert abs(rows[:, 1].mean() - 1.0) < 0.36 + 0.02
    assert abs(rows[:, 1].std() - 2.0) < 5.0 * 2.0 / np.sqrt(1600) + 0.02


@pytest.mark.statistical
def test_ranges_and_values_together():
    """Given a > 0 and c = 0.5 the rest of the pair (a, b) is as by plain rejection."""
    candidates = gaussian_rows(40_000)
    rows = draw({"c": 0.5, "a": (0.0, np.inf)}, 1500, candidates)
    assert (rows[:, 0] >= 0.0).all()
    assert_array_equal(rows[:, 2], np.full(1500, 0.5))
    near = (candidates[:, 0] > 0.0) & (np.abs(candidates[:, 2] - 0.5) < 0.02)
    error = 5.0 * np.sqrt(2.0 * (1.0 / near.sum() + 1.0 / 1500))
    means = candidates[near].mean(axis=0) - rows.mean(axis=0)
    assert (np.abs(means) < error).all()


@pytest.mark.statistical
@pytest.mark.parametrize(("low", "n"), [(-1.0, 5000), (0.0, 600)])
def test_a_range_cuts_off_the_conditional_distribution(low, n):
    """Given x = -1, y is N(-r, 1 - r^2), here cut off at a bound: a known mean.

    The candidates that count are worth n or more, so that five standard errors of n give
    false alarms at 6e-7.
    """
    r = 0.8
    factor = np.linalg.cholesky([[1.0, r], [r, 1.0]])
    candidates = np.random.RandomState(0).standard_normal((100_000, 2)) @ factor.T
    rows = draw({0: -1.0, 1: (low, np.inf)}, n, candidates, names=None)[:, 1]
    assert rows.min() >= low
    spread = np.sqrt(1.0 - r**2)
    expected = stats.truncnorm((low + r) / spread, np.inf, loc=-r, scale=spread)
    assert abs(rows.mean() - expected.mean()) < 5.0 * expected.std() / np.sqrt(n)


def test_a_range_is_rejection():
    candidates = gaussian_rows(2000)
    rows = draw({"b": (1.0, np.inf), 2: (-np.inf, 0.2)}, 100, candidates)
    meets = (candidates[:, 1] >= 1.0) & (candidates[:, 2] <= 0.2)
    known = {tuple(row) for row in candidates[meets]}
    assert {tuple(row) for row in rows} <= known
    assert len({tuple(row) for row in rows}) == 100


def test_a_value_for_each_row():
    values = np.linspace(-1.0, 1.0, 50)
    rows = draw({"a": values}, 50, gaussian_rows(5000))
    assert_array_equal(rows[:, 0], values)
    constant = draw({"a": np.full(50, 0.3)}, 50, gaussian_rows(5000))
    assert_array_equal(constant, draw({"a": 0.3}, 50, gaussian_rows(5000)))


def test_the_edge_of_the_candidates_is_told():
    candidates = gaussian_rows(5000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw({"a": 1.5}, 100, candidates)
    with pytest.warns(UserWarning, match=r"\[20.0\] .*beyond the edge of the 5000"):
        rows = draw({"a": 20.0}, 100, candidates)
    assert np.isfinite(rows).all()
    with pytest.warns(UserWarning, match="rows come about .* raise n_candidates=5000"):
        draw({"a": 0.0}, 3000, candidates)


@pytest.mark.parametrize(
    ("conditioning", "message"),
    [
        ({"z": 0.0}, r"'z': not in \['a', 'b', 'c'\]"),
        ({3: 0.0}, "column 3; pass a name, or a number from 0 to 2"),
        ({0.5: 0.0}, "column 0.5; pass a name"),
        ({"a": 0.0, 0: 1.0}, "names column 0 twice, by name and by number; give"),
        ({"a": (1.0, 0.0)}, r"column 'a' is \(1.0, 0.0\); pass \(low, high\)"),
        ({"a": np.zeros(3)}, r"shape \(3,\); pass a finite number, n_samples=10"),
        ({"a": np.nan}, "pass a finite number"),
        ({"a": (9.0, 10.0)}, "none of the 500 candidate paths meets"),
        (
            {"a": (9.0, 10.0), "b": 0.0},
            r"none of the 145 candidates nearest to \[0.0\] in column\(s\) \[1\] .*widen",
        ),
    ],
)
def test_what_cannot_be_is_refused(conditioning, message):
    with pytest.raises(ValueError, match=message):
        draw(conditioning, 10, gaussian_rows(500))


def test_values_need_candidates():
    with pytest.raises(ValueError, match="n_candidates=3 is too few for 1 given value"):
        draw({"a": 0.0}, 10, gaussian_rows(3))


def test_names_need_names():
    with pytest.raises(ValueError, match="X had no column names"):
        draw({"a": 0.0}, 10, gaussian_rows(500), names=None)


def test_constant_columns_are_borne():
    candidates = gaussian_rows(500)
    candidates[:, 1] = 3.0
    rows = draw({"b": 3.0}, 10, candidates)
    assert_array_equal(rows[:, 1], np.full(10, 3.0))
    assert np.isfinite(rows).all()
