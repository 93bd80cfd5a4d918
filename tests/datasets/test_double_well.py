"""Coupled double wells; the single one is in test_diffusions.py."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.datasets import make_double_well


def energy(x, coupling):
    springs = np.sum((x - np.roll(x, 1)) ** 2)
    return np.sum(x**4 / 4 - x**2 / 2) + 0.25 * coupling * springs


@pytest.mark.parametrize("d", [1, 2, 3, 20])
def test_drift_is_minus_the_slope_of_the_energy(d):
    _, distribution = make_double_well(2, d, coupling=0.8, random_state=0)
    x = np.random.RandomState(0).standard_normal(d)
    step = 1e-5 * np.eye(d)
    slope = [(energy(x + h, 0.8) - energy(x - h, 0.8)) / 2e-5 for h in step]
    assert_allclose(distribution.drift(x[None])[0], -np.array(slope), atol=1e-8)


def test_coupling_does_not_matter_to_one_feature():
    X = make_double_well(50, coupling=0.0, random_state=0)[0]
    assert_array_equal(make_double_well(50, coupling=9.0, random_state=0)[0], X)


def test_without_coupling_the_features_are_independent():
    _, distribution = make_double_well(2, 3, coupling=0.0, random_state=0)
    x = np.array([[0.5, -1.0, 2.0]])
    single = make_double_well(2, random_state=0)[1]
    assert_allclose(distribution.drift(x), single.drift(x.T).T)


@pytest.mark.statistical
@pytest.mark.parametrize("d", [2, 8])
def test_neighbors_share_a_well_more_often_than_not(d):
    distribution = make_double_well(2, d, random_state=0)[1]
    # From a cluster of its own for each path, so that a short burn-in is enough.
    start = np.random.RandomState(1).choice([-1.0, 1.0], size=(2000, d))
    x = distribution.sample(2000, 1, x0=start, burn_in=300, random_state=0)[:, 0]
    # Five standard errors of a share of one half; the sample is independent.
    margin = 5 * 0.5 / np.sqrt(len(x))
    assert abs(np.mean(x[:, 0] > 0) - 0.5) < margin
    assert np.mean(x[:, 0] * x[:, 1] > 0) > 0.5 + margin
    # Both kinds of cluster are there: aligned and opposed.
    aligned = np.mean((np.abs(x[:, :2]) > 0.6).all(axis=1) & (x[:, 0] * x[:, 1] > 0))
    opposed = np.mean((np.abs(x[:, :2]) > 0.6).all(axis=1) & (x[:, 0] * x[:, 1] < 0))
    assert aligned > 2 * opposed > 0.05


@pytest.mark.parametrize("arguments", [{"n_features": 0}, {"coupling": -0.1}])
def test_errors(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        make_double_well(**arguments)
