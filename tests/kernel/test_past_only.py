"""past_only: the residuals of the training data know nothing of the future."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skdiffts import KernelDriftVolEstimator

pd = pytest.importorskip("pandas")


seeds = st.integers(0, 2**31)


@st.composite
def estimators(draw):
    """What "auto" chooses is chosen from all data, hence given here."""
    return KernelDriftVolEstimator(
        draw(st.sampled_from([3, 8, "all"])),
        kernel=draw(st.sampled_from(["epanechnikov", "gaussian", "tricube"])),
        degree=draw(st.sampled_from([0, 1])),
        shrinkage=draw(st.sampled_from([0.3, 1.0])),
        ridge=draw(st.sampled_from([1e-3, 0.1])),
        additive_drift=False,
        past_only=True,
        conditioning=None,
    )


@given(seeds, st.integers(1, 3), st.data())
def test_the_future_changes_nothing(make_grid_walk, seed, d, data):
    estimator = data.draw(estimators())
    X = make_grid_walk(seed, 30, d)
    i = data.draw(st.integers(12, 28))  # the last row that stays
    Y = X.copy()
    scale = 2.0 ** data.draw(st.integers(-3, 3))
    Y[i + 1 :] = Y[i] + scale * make_grid_walk(seed + 1, 29 - i, d)
    before = clone(estimator).fit_transform(X)
    after = clone(estimator).fit_transform(Y)
    assert_array_equal(np.isnan(before), np.isnan(after))
    assert_allclose(after[: i + 1], before[: i + 1], rtol=1e-5, atol=1e-7)


@given(seeds, st.integers(1, 3), st.data())
def test_a_shorter_past_is_the_same_past(make_grid_walk, seed, d, data):
    """No later row at all, and no other columns of the past either."""
    estimator = data.draw(estimators())
    X = make_grid_walk(seed, 30, d)
    n = data.draw(st.integers(15, 29))
    whole = clone(estimator).fit_transform(X)
    short = clone(estimator).fit_transform(X[:n])
    assert_allclose(short, whole[:n], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("degree", [0, 1])
def test_first_rows_are_missing(kernel_regression, make_grid_walk, d, degree):
    X = make_grid_walk(0, 40, d)
    estimator = kernel_regression(6, degree=degree, shrinkage=0.5, past_only=True)
    residuals = estimator.fit_transform(X)
    # As many past transitions as the local model has columns, and then as many past
    # residuals for the pooled covariance.
    needed = d * degree + 1 + d
    first = 1 + 2 * needed
    assert np.isnan(residuals[:first]).all()
    assert np.isfinite(residuals[first:]).all()
    assert_array_equal(estimator.loo_residuals_, residuals[first:])


def test_a_past_that_is_never_long_enough(kernel_regression, make_grid_walk):
    X = make_grid_walk(0, 8, 3)
    estimator = kernel_regression(3, shrinkage=0.5, past_only=True)
    assert np.isnan(estimator.fit_transform(X)).all()
    assert estimator.loo_residuals_.shape == (0, 3)
    assert np.isfinite(estimator.transform(X[:4] + 1.0)[1:]).all()


@given(seeds, estimators())
def test_other_data_follow_the_training_data(make_grid_walk, seed, estimator):
    X, new = make_grid_walk(seed, 30, 2), make_grid_walk(seed + 1, 9, 2)
    estimator.fit(X)
    everything = clone(estimator).set_params(past_only=False)
    # What is pooled are the leave-one-out residuals of all training transitions.
    everything.fit(X)
    assert_array_equal(estimator.transform(new), everything.transform(new))
    assert_array_equal(estimator.transform(X[:-1]), everything.transform(X[:-1]))
    assert_array_equal(estimator.score_samples(X), everything.score_samples(X))
    for a, b in zip(estimator.coefficients(X), everything.coefficients(X), strict=True):
        assert_array_equal(a, b)


def test_training_data_are_known_in_any_container(kernel_regression, make_grid_walk):
    X = make_grid_walk(1, 40, 2)
    estimator = kernel_regression(6, shrinkage=0.5, past_only=True).fit(X)
    residuals = estimator.transform(X)
    assert np.isnan(residuals[:4]).all()
    assert_array_equal(estimator.transform(X.copy()), residuals)
    assert_array_equal(estimator.transform(X.tolist()), residuals)
    assert_array_equal(estimator.transform(X[np.newaxis])[0], residuals)
    assert_array_equal(estimator.transform([X])[0], residuals)
    # The rows of two paths are other data, even where the numbers are the same.
    halves = estimator.transform([X[:20], X[20:]])
    assert np.isfinite(halves[0][1:]).all()


def test_residuals_of_white_noise_are_white_out_of_sample(kernel_regression):
    """Leave-one-out residuals of the far past come from few data: wider."""
    random = np.random.RandomState(0)
    X = random.standard_normal((300, 1)).cumsum(axis=0)
    estimator = kernel_regression("all", shrinkage=0.0, past_only=True).fit(X)
    late = estimator.transform(X)[150:]
    # 150 squares of a t with some 150 degrees of freedom: sd of their mean 0.12.
    assert abs((late**2).mean() - 1.0) < 4 * 0.12


# Panels: the clock is the time of the index, else the number of the row in its path.


def make_long(panel, times):
    keys = [
        (name, t) for name, clock in zip("abcdef", times, strict=False) for t in clock
    ]
    index = pd.MultiIndex.from_tuples(keys, names=["path", "time"])
    return pd.DataFrame(np.concatenate(panel), index=index, columns=["u", "v"])


def causal_errors(pairs, begin, end):
    """Errors of a VAR(1) fitted to what ended before each transition."""
    F = np.hstack([np.ones((len(pairs), 1)), pairs[:, 0]])
    errors = np.full((len(pairs), 2), np.nan)
    for i in range(len(pairs)):
        past = end <= begin[i]
        if past.sum() >= 5:
            beta = np.linalg.lstsq(F[past], pairs[past, 1], rcond=None)[0]
            errors[i] = pairs[i, 1] - F[i] @ beta
    return errors


@pytest.mark.parametrize("simultaneous", [True, False])
def test_panel_with_times(kernel_regression, make_grid_walk, simultaneous):
    """Drift, covariance and pooled covariance from what ended before, in any path."""
    panel = [make_grid_walk(i, 20, 2) for i in range(3)]
    starts = [0, 0, 0] if simultaneous else [0, 7, 31]
    times = [start + np.arange(20) for start in starts]
    estimator = kernel_regression("all", shrinkage=1.0, ridge=0.0, past_only=True)
    frame = make_long(panel, times)
    residuals = clone(estimator).fit_transform(frame)
    assert residuals.index.equals(frame.index)
    begin = np.concatenate([clock[:-1] for clock in times])
    end = np.concatenate([clock[1:] for clock in times])
    pairs = np.concatenate([np.stack([path[:-1], path[1:]], axis=1) for path in panel])
    errors = causal_errors(pairs, begin, end)
    known = np.isfinite(errors).all(axis=1)
    expected = np.full_like(errors, np.nan)
    for i in np.flatnonzero(known):
        past = known & (end <= begin[i])
        if past.sum() >= 5:
            pooled = errors[past].T @ errors[past] / past.sum()
            expected[i] = np.linalg.solve(np.linalg.cholesky(pooled), errors[i])
    blocks = [residuals.loc[name].to_numpy() for name in "abc"]
    assert all(np.isnan(block[0]).all() for block in blocks)
    actual = np.concatenate([block[1:] for block in blocks])
    assert_array_equal(np.isnan(actual), np.isnan(expected))
    assert_allclose(actual, expected, rtol=1e-5, atol=1e-7)


def test_rows_are_the_clock_of_arrays(kernel_regression, make_grid_walk):
    stack = np.stack([make_grid_walk(i, 20, 2) for i in range(3)])
    times = [np.arange(20)] * 3
    estimator = kernel_regression(5, shrinkage=0.5, past_only=True)
    of_stack = clone(estimator).fit_transform(stack)
    of_list = clone(estimator).fit_transform(list(stack))
    of_frame = clone(estimator).fit_transform(make_long(stack, times))
    assert_array_equal(np.stack(of_list), of_stack)
    assert_array_equal(of_frame.to_numpy().reshape(of_stack.shape), of_stack)


@pytest.mark.parametrize(
    "make_time",
    [
        lambda clock: clock,
        lambda clock: 0.5 * clock - 3.0,
        lambda clock: pd.Timestamp("2020-02-27") + pd.to_timedelta(clock, "D"),
        lambda clock: pd.to_timedelta(clock, "h"),
    ],
    ids=["integers", "floats", "dates", "durations"],
)
def test_kinds_of_time(kernel_regression, make_grid_walk, make_time):
    panel = [make_grid_walk(i, 20, 2) for i in range(2)]
    times = [np.arange(20), 6 + np.arange(20)]
    estimator = kernel_regression(5, shrinkage=0.5, past_only=True)
    plain = clone(estimator).fit_transform(make_long(panel, times))
    timed = clone(estimator).fit_transform(
        make_long(panel, [make_time(clock) for clock in times])
    )
    assert_array_equal(timed.to_numpy(), plain.to_numpy())


@pytest.mark.filterwarnings("ignore:half of the steps in the index:UserWarning")
def test_a_transition_in_progress_is_not_past(kernel_regression, make_grid_walk):
    """A long step that ends after the row begins may not be used at it."""
    panel = [make_grid_walk(i, 20, 2) for i in range(2)]
    times = [np.arange(20), 2 * np.arange(20) + 0.5]
    estimator = kernel_regression(5, shrinkage=0.5, past_only=True, ridge=0.0)
    residuals = clone(estimator).fit_transform(make_long(panel, times)).loc["a"]
    # The step of the second path from 10.5 to 12.5, its fifth, is not over at 12.
    changed = [panel[0], panel[1].copy()]
    changed[1][6:] += 5.0
    others = clone(estimator).fit_transform(make_long(changed, times)).loc["a"]
    known = residuals.index[residuals.notna().all(axis=1)]
    early = [t for t in known if t - 1 < 12.5]
    late = [t for t in known if t - 1 >= 12.5]
    assert early
    assert_allclose(others.loc[early], residuals.loc[early], rtol=1e-5, atol=1e-7)
    assert not np.allclose(others.loc[late], residuals.loc[late], rtol=1e-3)
