"""Autocovariance and autocorrelation of panels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.datasets import make_var_mixture
from skdiffts.metrics import autocorrelation, autocovariance, relative_error

panels = st.builds(
    lambda seed, shape: np.random.RandomState(seed).standard_normal(shape),
    st.integers(0, 2**31),
    st.tuples(st.integers(1, 4), st.integers(5, 9), st.integers(1, 3)),
)


def naive_autocovariance(paths, lag):
    n_paths, length, d = paths.shape
    mean = paths.reshape(-1, d).mean(axis=0)
    pairs = [
        np.outer(paths[p, i + lag] - mean, paths[p, i] - mean)
        for p in range(n_paths)
        for i in range(length - lag)
    ]
    return np.mean(pairs, axis=0)


@given(panels, st.integers(0, 4))
def test_autocovariance_against_a_loop(paths, lag):
    expected = naive_autocovariance(paths, lag)
    assert_allclose(autocovariance(paths, lag), expected, atol=1e-12)


@given(panels, st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_autocorrelation_against_a_loop(paths, lags):
    squares = (paths - paths.mean(axis=(0, 1))) ** 2
    for power, values in ((1, paths), (2, squares)):
        expected = [
            np.diag(naive_autocovariance(values, lag))
            / np.diag(naive_autocovariance(values, 0))
            for lag in lags
        ]
        result = autocorrelation(paths, lags, power=power)
        assert result.shape == (len(lags), paths.shape[2])
        assert_allclose(result, expected, atol=1e-10)


@given(panels, st.floats(-20, 20), st.floats(0.1, 10), st.integers(0, 2**31))
def test_symmetries(paths, shift, scale, seed):
    moved = shift + scale * paths[np.random.RandomState(seed).permutation(len(paths))]
    moved = moved[:, :, ::-1]
    expected = scale**2 * autocovariance(paths, 2)[::-1, ::-1]
    assert_allclose(autocovariance(moved, 2), expected, atol=1e-9)
    for power in (1, 2):
        expected = autocorrelation(paths, [0, 1, 3], power=power)
        assert_allclose(expected[0], 1)
        for sign in (1, -1):
            result = autocorrelation(sign * moved, [0, 1, 3], power=power)
            assert_allclose(result[:, ::-1], expected, atol=1e-8)


@given(panels)
def test_reversed_time_transposes(paths):
    reverse = autocovariance(paths[:, ::-1], 2)
    assert_allclose(reverse, autocovariance(paths, 2).T, atol=1e-12)
    assert_allclose(
        autocovariance(paths),
        np.cov(paths.reshape(-1, paths.shape[2]).T, ddof=0).reshape(paths.shape[2], -1),
        atol=1e-12,
    )


def test_one_path_is_a_panel_of_one():
    path = np.random.RandomState(0).standard_normal((30, 2))
    assert_array_equal(autocovariance(path, 3), autocovariance(path[None], 3))
    assert_array_equal(autocorrelation(path, [3]), autocorrelation(path[None], [3]))


def test_no_pair_crosses_a_path():
    paths = np.array([[[0.0], [0.0], [0.0]], [[1.0], [1.0], [1.0]]])
    assert_allclose(autocorrelation(paths, [1, 2]), 1)


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
    st.sampled_from([1, 2]),
    st.integers(0, 1000),
)
def test_paths_of_different_lengths_against_a_loop(lengths, power, seed):
    rows = np.random.RandomState(seed).standard_normal((sum(lengths), 2))
    numbers = np.repeat(np.arange(len(lengths)), lengths)
    lags = np.arange(max(lengths))
    values = rows - rows.mean(axis=0)
    if power == 2:
        values = values**2 - np.mean(values**2, axis=0)
    variance = np.mean(values**2, axis=0)
    if (variance < 1e-12).any():
        return
    pairs = [
        [
            values[i] * values[j]
            for i, j in enumerate(range(h, len(rows)))
            if numbers[i] == numbers[j]
        ]
        for h in lags
    ]
    expected = [np.mean(products, axis=0) / variance for products in pairs]
    result = autocorrelation(rows, lags, power=power, path_numbers=numbers)
    assert_allclose(result, expected, atol=1e-10)


def test_paths_of_one_length_are_a_panel():
    paths = np.random.RandomState(0).standard_normal((3, 7, 2))
    numbers = np.repeat([5, 2, 9], 7)
    rows = paths.reshape(-1, 2)
    result = autocorrelation(rows, [1, 6], path_numbers=numbers)
    assert_allclose(result, autocorrelation(paths, [1, 6]), rtol=1e-12)


@pytest.mark.parametrize(
    ("paths", "numbers", "message"),
    [
        (np.ones((4, 1)), [0, 0, 1], r"path_numbers has shape \(3,\) and paths"),
        (np.ones((2, 4, 1)), [0, 0, 1, 1], "pass the rows"),
        (np.ones((4, 1)), [0, 1, 0, 1], "mixes the rows of different paths"),
        (np.ones((4, 1)), [0, 0, 1, 1], r"lags=\[2\] must lie between 0 and 1"),
    ],
    ids=["shape", "panel", "mixed", "lag"],
)
def test_errors_of_path_numbers(paths, numbers, message):
    with pytest.raises(ValueError, match=message):
        autocorrelation(paths, [2], path_numbers=numbers)


def test_paths_share_one_mean():
    paths = np.array([[[0.0], [2.0]], [[10.0], [12.0]]])
    assert_allclose(autocovariance(paths), [[26.0]])


@pytest.mark.statistical
def test_vector_autoregression():
    _, distribution = make_var_mixture(2, 4, random_state=0)
    paths = distribution.sample(200, 500, random_state=0)
    A, gamma = distribution.transition_matrix, distribution.stationary_covariance
    # 100,000 dependent rows: relative errors near 0.01.
    assert relative_error(autocovariance(paths), gamma) < 0.05
    assert (
        relative_error(autocovariance(paths, 1), distribution.lag1_autocovariance)
        < 0.05
    )
    assert relative_error(autocovariance(paths, 2), A @ A @ gamma) < 0.08


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e9, -1 / 3])
def test_constant_feature(value, power):
    paths = np.random.RandomState(0).standard_normal((3, 1001, 2))
    paths[:, :, 0] = value
    result = autocorrelation(paths, [0, 1], power=power)
    assert np.isnan(result[:, 0]).all()
    assert np.isfinite(result[:, 1]).all()


def test_squares_of_two_values():
    # The values are white, their squares are constant.
    paths = np.random.RandomState(0).choice([-0.3, 0.3], size=(1, 1000, 1))
    paths = np.concatenate([paths, -paths])
    assert np.isnan(autocorrelation(paths, [1], power=2)).all()


def test_input_is_not_changed():
    paths = np.random.RandomState(0).standard_normal((3, 10, 2))
    kept = paths.copy()
    autocorrelation(paths, [1], power=2)
    autocovariance(paths, 1)
    assert_array_equal(paths, kept)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: autocovariance(x, 6), "lag=6 must lie between 0 and 5"),
        (lambda x: autocovariance(x, -1), "lag == -1"),
        (lambda x: autocorrelation(x, [1, 6]), r"lags=\[1, 6\] must lie between"),
        (lambda x: autocorrelation(x, [-1]), r"lags=\[-1\] must lie between"),
        (lambda x: autocorrelation(x, [0.5]), "one list of integers"),
        (lambda x: autocorrelation(x, [[1]]), "one list of integers"),
        (lambda x: autocorrelation(x, [1], power=3), "power=3 is unknown"),
        (lambda x: autocovariance(x[0, 0]), "paths has shape"),
        (lambda x: autocovariance(x[None]), "paths has shape"),
        (lambda x: autocovariance(x * np.nan), "NaN"),
        (lambda x: autocovariance([x[0], x[1, :4]]), "paths of 4 to 6 rows"),
    ],
    ids=range(11),
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.RandomState(0).standard_normal((2, 6, 2)))


def test_frames():
    """One path is read as such; a frame in long form is a panel of equal lengths."""
    pd = pytest.importorskip("pandas")
    rows = np.random.RandomState(0).standard_normal((6, 2))
    assert_allclose(autocovariance(pd.DataFrame(rows), 1), autocovariance(rows, 1))
    index = pd.MultiIndex.from_product([["a", "b"], range(3)])
    panel = pd.DataFrame(rows, index=index)
    assert_allclose(autocovariance(panel, 1), autocovariance(rows.reshape(2, 3, 2), 1))
    with pytest.raises(ValueError, match="paths holds paths of 2 to 3 rows"):
        autocovariance(panel.iloc[:-1], 1)
