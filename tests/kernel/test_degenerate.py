"""Never a failed factorisation, and never anything but finite numbers."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

# Degenerate data may have fewer transitions than coefficients.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Columns .* are determined by others:UserWarning"
)
FEW = pytest.mark.filterwarnings("ignore:X has .* transition.*coefficients:UserWarning")


def make_outlier(walk):
    X = walk(0, 30, 2)
    X[12, 0] += 1e6
    return X


def make_explosive(n=40, rate=1.05):
    noise = np.random.RandomState(3).standard_normal(n)
    X = np.ones((n, 1))
    for i in range(1, n):
        X[i] = rate * X[i - 1] + 0.1 * noise[i]
    return X


# Made with the fixture ``make_walk``.
DATA = {
    "constant column": lambda walk: np.column_stack([walk(1, 20, 2), np.full(20, 7.0)]),
    "duplicated columns": lambda walk: np.repeat(walk(1, 20, 2), 2, axis=1),
    "nearly equal columns": lambda walk: (
        walk(1, 20, 1) + 1e-9 * np.random.RandomState(0).standard_normal((20, 2))
    ),
    "proportional columns": lambda walk: walk(1, 20, 1) * [1.0, -1e3, 1e-5],
    "all rows equal": lambda walk: np.full((10, 2), 3.0),
    "all zero": lambda walk: np.zeros((10, 2)),
    "all rows equal to a fraction": lambda walk: np.full((10, 3), 0.1),
    "straight line": lambda walk: np.arange(20.0)[:, np.newaxis] * [1.0, 2.0],
    "more columns than rows": lambda walk: walk(2, 6, 9),
    "wide": lambda walk: walk(2, 40, 12),
    "two states": lambda walk: np.tile([[0.0, 1.0], [1.0, 0.0]], (8, 1)),
    "duplicated rows": lambda walk: np.repeat(walk(3, 6, 2), 5, axis=0),
    "one move": lambda walk: np.repeat([[0.0], [1.0]], [15, 5], axis=0),
    "3 rows": lambda walk: walk(4, 3, 2),
    "3 equal rows": lambda walk: np.ones((3, 2)),
    "huge offset": lambda walk: walk(5, 30, 2) + 1e8,
    "huge offset and duplicates": lambda walk: (
        np.repeat(walk(5, 10, 2), 3, axis=0) + 1e8
    ),
    "constant column of huge size": lambda walk: np.column_stack(
        [walk(1, 20, 1), np.full(20, 1e15 / 3)]
    ),
    "tiny scale": lambda walk: 1e-12 * walk(6, 30, 2),
    "smallest scale": lambda walk: 1e-100 * walk(6, 30, 2),
    "largest scale": lambda walk: 1e96 * walk(6, 30, 2),
    "mixed scales": lambda walk: walk(7, 30, 3) * [1e-6, 1.0, 1e6],
    "outlier": lambda walk: make_outlier(walk),
    "outlier at the end": lambda walk: make_outlier(walk)[:13],
    "integers": lambda walk: np.random.RandomState(8).randint(-2, 3, (30, 2)),
    "explosive": lambda walk: make_explosive(),
    "cluster near the mean": lambda walk: np.vstack(
        [[[1.0, 1.0], [-1.0, -1.0]] * 4, 1e-160 * walk(9, 20, 2)]
    ),
}
# Each pair of bandwidth and degree twice; the other parameters alternate.
OPTIONS = [
    {
        "n_neighbors": k,
        "degree": degree,
        "kernel": ["epanechnikov", "gaussian", "tricube", "uniform"][i % 4],
        "shrinkage": [0.0, "auto", 1.0][i % 3],
        "ridge": [0.0, 1e-3][i % 5 % 2],
    }
    for i, (_, k, degree) in enumerate(
        itertools.product(range(2), [1, 2, 8, "all", "auto"], [0, 1])
    )
]


def check_finite(X, estimator):
    """Everything that is estimated from X, inside the data and far outside."""
    n, d = X.shape
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "n_neighbors=.* is larger", UserWarning)
        estimator.fit(X)
    residuals = estimator.transform(X)
    assert np.isnan(residuals[0]).all()
    assert np.isfinite(residuals[1:]).all()
    assert estimator.loo_residuals_.shape == (n - 1, d)
    assert np.isfinite(estimator.loo_residuals_).all()
    assert np.isfinite(estimator.score(X))
    span = np.ptp(X, axis=0) + 1e-3 * np.abs(X).max() + 1e-300
    for queries in (X, X + span, X - 1e3 * span):
        for part in (*estimator.coefficients(queries), *estimator.factor(queries)):
            assert np.isfinite(part).all()
        diagonal = np.diagonal(estimator.factor(queries)[1], axis1=1, axis2=2)
        assert (diagonal > 0.0).all()
    noise = np.random.RandomState(0).standard_normal((10, d))
    for path in (residuals[:12], noise):
        assert np.isfinite(estimator.inverse_transform(path)).all()


@FEW
@pytest.mark.parametrize("name", DATA)
def test_nothing_fails(kernel_regression, make_walk, name):
    X = np.array(DATA[name](make_walk), dtype=float)
    for options in OPTIONS:
        check_finite(X, kernel_regression(**options))


@FEW
@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("degree", [0, 1])
def test_nothing_fails_with_the_past_alone(kernel_regression, make_walk, name, degree):
    X = np.array(DATA[name](make_walk), dtype=float)
    for n_neighbors, shrinkage in [(1, 0.5), (4, 0.0), ("all", 0.0), ("all", 1.0)]:
        estimator = kernel_regression(
            n_neighbors, degree=degree, shrinkage=shrinkage, ridge=0.0, past_only=True
        )
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "n_neighbors=.* is larger", UserWarning)
            residuals = estimator.fit(X).transform(X)
        late = np.isfinite(residuals).all(axis=1)
        assert np.isnan(residuals[~late]).all()
        # Once there are enough, no gap follows.
        assert not late.any() or late[np.argmax(late) :].all()
        assert np.isfinite(estimator.loo_residuals_).all()


@FEW
@given(
    st.tuples(st.integers(3, 14), st.integers(1, 3)).flatmap(
        lambda shape: arrays(np.int64, shape, elements=st.integers(-3, 3))
    ),
    st.sampled_from([1, 2, 5, "all", "auto"]),
    st.sampled_from([0, 1]),
    st.sampled_from(["epanechnikov", "gaussian", "tricube", "uniform"]),
    st.sampled_from([0.0, 0.5, 1.0, "auto"]),
    st.sampled_from([0.0, 1e-3, 1.0]),
    st.sampled_from([1e-4, 1.0, 1e4]),
)
def test_integer_grids(
    kernel_regression, X, n_neighbors, degree, kernel, shrinkage, ridge, dt
):
    estimator = kernel_regression(
        n_neighbors,
        degree=degree,
        kernel=kernel,
        shrinkage=shrinkage,
        ridge=ridge,
        dt=dt,
    )
    check_finite(X.astype(float), estimator)
    estimator.set_params(past_only=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "n_neighbors=.* is larger", UserWarning)
        estimator.fit(X)
    assert np.isfinite(estimator.loo_residuals_).all()


@given(
    st.integers(0, 2**31),
    st.integers(3, 12),
    st.integers(1, 4),
    st.integers(-12, 12),
    st.integers(-12, 12),
    st.sampled_from([1, 3, "all", "auto"]),
    st.sampled_from([0, 1]),
)
def test_scales_and_offsets(
    kernel_regression, make_walk, seed, n, d, scale, offset, n_neighbors, degree
):
    """Any scale at any offset, down to where only rounding is left."""
    X = 10.0**scale * make_walk(seed, n, d) + 10.0**offset
    check_finite(X, kernel_regression(n_neighbors, degree=degree))


# Duplicates: a bandwidth of zero is the limit of small ones.


@pytest.mark.parametrize("kernel", ["epanechnikov", "gaussian", "tricube", "uniform"])
def test_duplicates_of_the_query_share_the_weight(kernel_regression, kernel):
    # State 0 three times, with increments 1, 2 and 6; k = 3 gives h = 0.
    pairs = np.array([[0, 1], [0, 2], [0, 6], [5, 4], [9, 7]], dtype=float)
    estimator = kernel_regression(3, kernel=kernel, degree=0, shrinkage=0.0)
    estimator.fit(pairs[..., np.newaxis])
    drift, covariance = estimator.coefficients([[0.0]])
    np.testing.assert_allclose(drift, [[3.0]], rtol=1e-12)
    np.testing.assert_allclose(covariance, [[[14.0 / 3.0]]], rtol=1e-7)


def test_neighbors_equally_far_share_the_weight(kernel_regression):
    # Both states are at distance 1 from the query, where the kernel vanishes.
    pairs = np.array([[-1, 0], [1, 4], [9, 7]], dtype=float)
    estimator = kernel_regression(2, degree=0, shrinkage=0.0)
    drift, covariance = estimator.fit(pairs[..., np.newaxis]).coefficients([[0.0]])
    np.testing.assert_allclose(drift, [[2.0]], rtol=1e-12)
    np.testing.assert_allclose(covariance, [[[1.0]]], rtol=1e-7)


def test_own_row_is_left_out_among_many_duplicates(kernel_regression):
    """The search may not list a query at all among its duplicates."""
    X = np.zeros((40, 1))
    X[-1] = 1.0  # thirty-eight steps of 0 and a last one of 1, all from state 0
    estimator = kernel_regression(5, degree=0, shrinkage=1.0).fit(X)
    # Without its own step the drift of the last transition is 0, and so are all the
    # other residuals, whatever share of them the 5 neighbours are.
    assert estimator.loo_residuals_[-1, 0] > 1e3
    others = estimator.loo_residuals_[:-1, 0]
    assert np.isfinite(others).all()


# Long roll-outs


def simulate(estimator, n, seed=0):
    d = estimator.n_features_in_
    noise = np.random.RandomState(seed).standard_normal((n, d))
    return estimator.inverse_transform(noise)


@pytest.mark.parametrize("n_neighbors", [5, "all", "auto"])
@pytest.mark.parametrize("degree", [0, 1])
def test_long_simulates_of_explosive_data_are_finite(
    kernel_regression, n_neighbors, degree
):
    """x_{t+1} = 1.05 x_t: 20,000 steps of it would be 1e423."""
    X = make_explosive(60)
    estimator = kernel_regression(n_neighbors, degree=degree).fit(X)
    n = 20_000 if n_neighbors == "all" else 500
    path = simulate(estimator, n)
    assert np.isfinite(path).all()
    # Not faster than steps of the fastest drift and of the largest noise.
    drift, factor = estimator.factor(np.linspace(-1e3, 1e3, 2001)[:, np.newaxis])
    step = np.abs(drift).max() + 6.0 * factor.max()
    assert (np.abs(np.diff(path, axis=0)) <= 1.1 * step).all()


def test_coefficients_are_bounded_far_away(kernel_regression):
    """Beyond the envelope they are those at its border, as the linear fit is unstable.

    test_extrapolation.py has the stable ones, whose drift leads back.
    """
    X = make_explosive(60)
    for n_neighbors in (10, "all"):
        estimator = kernel_regression(n_neighbors, ridge=0.0).fit(X)
        states = X[:-1]
        center = states.mean()
        radius = np.abs(states - center).max()
        border = center + 1.5 * radius * np.array([[-1.0], [1.0]])
        far = center + 1e9 * radius * np.array([[-1.0], [1.0]])
        for near, away in zip(
            estimator.coefficients(border), estimator.coefficients(far), strict=True
        ):
            np.testing.assert_allclose(near, away, rtol=1e-6)
        inside = center + 1.4 * radius * np.array([[-1.0], [1.0]])
        assert not np.allclose(
            estimator.coefficients(border)[0], estimator.coefficients(inside)[0]
        )


def test_a_huge_offset_costs_no_neighbors(kernel_regression, make_walk):
    """Squares of 1e9 have no digits left for neighbours at distance 1."""
    X = np.round(make_walk(10, 60, 20) * 2**20) / 2**20  # wide: searched by brute force
    estimator = kernel_regression(8, degree=0, shrinkage=0.5)
    residuals = estimator.fit_transform(X)
    moved = estimator.fit_transform(X + 2.0**30)
    np.testing.assert_allclose(moved, residuals, rtol=1e-5, atol=1e-5)


@pytest.mark.filterwarnings("error")
def test_dependent_columns_are_warned_of(kernel_regression, make_walk):
    X = make_walk(0, 40, 2)
    whole = np.column_stack([X, X.sum(axis=1), np.full(40, 7.0)])
    estimator = kernel_regression(15, shrinkage=0.3)
    words = r"Columns \[2, 3\] of X are determined by others \(x2 = x0 \+ x1, x3 = 7\)"
    with pytest.warns(UserWarning, match=words):
        estimator.fit(whole)
    estimator.fit(X)
