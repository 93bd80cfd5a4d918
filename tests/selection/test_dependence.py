"""The test of serial dependence, and histories of few rows in many series."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.selection import ForwardLikelihood, Specification
from skdiffts.selection._dependence import is_serially_dependent
from skdiffts.selection._folds import whole_fold

INDEPENDENT = Specification(n_lags=1, independent=True)


@pytest.fixture(scope="module")
def rejects():
    """Whether the test finds dependence in the rows of a container."""

    def decide(X):
        paths = check_paths(BaseEstimator(), X, reset=True)
        dt = np.ones(len(paths.ends))
        whole = ForwardLikelihood(paths, dt, [whole_fold(paths)], 1)
        return is_serially_dependent(whole, INDEPENDENT)

    return decide


def make_clustered(n, d, seed):
    """Rows without dependence in the mean, of one volatility that clusters."""
    rng = np.random.RandomState(seed)
    log_volatility = np.zeros(n)
    for i in range(1, n):
        log_volatility[i] = 0.97 * log_volatility[i - 1] + 0.25 * rng.standard_normal()
    noise = rng.standard_normal((n, d)) + rng.standard_normal((n, 1))
    return 5.0 + np.exp(log_volatility)[:, np.newaxis] * noise


def make_vector_autoregression(n, d, seed):
    """Rows whose slopes have random signs, so that own slopes are small."""
    rng = np.random.RandomState(seed)
    slopes = rng.standard_normal((d, d))
    slopes *= 0.7 / np.abs(np.linalg.eigvals(slopes)).max()
    rows = np.zeros((n + 50, d))
    for i in range(1, n + 50):
        rows[i] = rows[i - 1] @ slopes.T + rng.standard_normal(d)
    return rows[50:]


def test_false_alarms_are_one_in_a_hundred(rejects):
    """Binomial(100, .01) exceeds 5 with a probability of .0005."""
    alarms = sum(rejects(make_clustered(200, 3, seed)) for seed in range(100))
    assert alarms <= 5


def test_dependence_without_own_slopes_is_seen(rejects):
    assert all(rejects(make_vector_autoregression(200, 20, seed)) for seed in range(8))


def test_ends_of_paths_are_not_followed(rejects):
    """Paths of two rows, the first one known: no pair of rows is in one path twice."""
    rng = np.random.RandomState(0)
    assert not rejects([rng.standard_normal((2, 2)).cumsum(axis=0) for _ in range(60)])


def test_constant_and_duplicated_columns_change_nothing(rejects):
    X = make_clustered(200, 2, 3)
    more = np.column_stack([X, X[:, 0], np.ones(200)])
    assert rejects(more) == rejects(X)
    X = make_vector_autoregression(200, 4, 3)
    assert rejects(np.column_stack([X, X.sum(axis=1), np.ones(200)]))


def test_many_series_of_few_rows_keep_their_level(select):
    """Independent rows are within one standard error, but a test denies them."""
    for seed in (0, 3):
        found = select(make_vector_autoregression(200, 20, seed)).specification
        assert found.n_lags >= 1
        assert not found.independent


def test_rows_of_clustered_volatility_stay_independent(select):
    found = select(make_clustered(600, 4, 1)).specification
    assert found.independent
    assert found.halflives
