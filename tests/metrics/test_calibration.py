"""Calibration of ensembles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kstest

from skdiffts.metrics import (
    calibration_error,
    interval_coverage,
    probability_integral_transform,
)


@pytest.mark.statistical
@pytest.mark.parametrize("m", [2, 5])
@pytest.mark.parametrize("atoms", [False, True])
def test_transform_of_equal_distributions_is_uniform(m, atoms):
    rng = np.random.RandomState(0)
    draws = rng.standard_normal((4000, m + 1, 1))
    draws = np.round(draws) if atoms else draws
    u = probability_integral_transform(draws[:, 1:], draws[:, 0], random_state=0)
    assert (u > 0).all()
    assert (u < 1).all()
    # One false alarm in 10,000, each.
    assert kstest(u[:, 0], "uniform").pvalue > 1e-4


def test_transform_lies_at_the_rank():
    forecasts = np.array([3.0, 1.0, 2.0, 2.0]).reshape(1, 4, 1)
    for y, low, high in ((0.0, 0, 1), (1.5, 1, 2), (2.0, 1, 4), (2.5, 3, 4), (9, 4, 5)):
        draws = [
            probability_integral_transform(forecasts, [[y]], random_state=seed)[0, 0]
            for seed in range(20)
        ]
        assert low / 5 < min(draws) < max(draws) < high / 5


@given(st.integers(0, 1000))
def test_monotone_maps_change_nothing(seed):
    rng = np.random.RandomState(seed)
    forecasts, outcomes = rng.standard_normal((6, 5, 2)), rng.standard_normal((6, 2))
    plain = probability_integral_transform(forecasts, outcomes, random_state=0)
    mapped = probability_integral_transform(
        np.exp(forecasts), np.exp(outcomes), random_state=0
    )
    assert_array_equal(mapped, plain)


def test_error_against_scipy():
    rng = np.random.RandomState(0)
    forecasts, outcomes = rng.standard_normal((40, 9, 2)), rng.standard_normal((40, 2))
    u = probability_integral_transform(forecasts, outcomes, random_state=3)
    expected = np.mean([kstest(u[:, k], "uniform").statistic for k in range(2)])
    assert_allclose(calibration_error(forecasts, outcomes, random_state=3), expected)


@pytest.mark.statistical
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("m", [3, 50])
def test_coverage_is_exact_for_small_ensembles_too(level, m):
    rng = np.random.RandomState(0)
    forecasts = rng.standard_normal((2000, m, 2))
    outcomes = rng.standard_normal((2000, 2))
    share = interval_coverage(forecasts, outcomes, level=level, random_state=0)
    # Four binomial standard errors of 4,000 outcomes.
    assert abs(share - level) < 4 * np.sqrt(level * (1 - level) / 4000)


def test_what_they_tell():
    rng = np.random.RandomState(0)
    forecasts, outcomes = (
        rng.standard_normal((1000, 30, 1)),
        rng.standard_normal((1000, 1)),
    )
    narrow, wide = 0.5 * forecasts, 2 * forecasts
    assert interval_coverage(narrow, outcomes, random_state=0) < 0.7
    assert interval_coverage(wide, outcomes, random_state=0) > 0.97
    calibrated = calibration_error(forecasts, outcomes, random_state=0)
    assert calibrated < 0.06  # one false alarm in 500
    for other in (narrow, wide, forecasts + 0.5):
        assert calibration_error(other, outcomes, random_state=0) > 0.1


def test_seed():
    forecasts, outcomes = np.zeros((10, 4, 1)), np.zeros((10, 1))
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first = probability_integral_transform(forecasts, outcomes, random_state=0)
    again = probability_integral_transform(forecasts, outcomes, random_state=0)
    assert_array_equal(first, again)
    assert len(np.unique(first)) == 10  # ties are broken at random
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_errors(level):
    with pytest.raises(ValueError, match="level"):
        interval_coverage(np.zeros((3, 4, 1)), np.zeros((3, 1)), level=level)
