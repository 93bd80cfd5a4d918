"""The Lorenz equations with noise."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.datasets import make_lorenz_sde


def test_formula():
    X, distribution = make_lorenz_sde(
        20,
        dt=0.005,
        noise=3.0,
        prandtl=9.0,
        rayleigh=30.0,
        aspect=2.0,
        random_state=0,
    )
    x, y, z = X[:-1].T
    mean = np.column_stack([9 * (y - x), x * (30 - z) - y, x * y - 2 * z]) * 0.005
    eps = (X[1:] - X[:-1] - mean) / (3 * np.sqrt(0.005))
    assert_allclose(distribution.residuals(X), eps, atol=1e-10)


def test_fixed_points():
    distribution = make_lorenz_sde(1, random_state=0)[1]
    c = np.sqrt(8 / 3 * 27)
    points = np.array([[0, 0, 0], [c, c, 27], [-c, -c, 27]])
    assert_allclose(distribution.drift(points), 0, atol=1e-12)


@pytest.mark.statistical
def test_stationary_identities():
    _, distribution = make_lorenz_sde(1, random_state=0)
    x, y, z = distribution.sample(4000, 1, random_state=0)[:, 0].T
    # Independent draws: five standard errors of the mean of each difference.
    for difference in (x - y, x * y - 8 / 3 * z, x):
        error = difference.std() / np.sqrt(len(x))
        assert abs(difference.mean()) < 5 * error
    assert 7 < x.std() < 9


def test_burn_in_is_long_enough_in_time():
    distribution = make_lorenz_sde(1, dt=0.01, random_state=0)[1]
    assert distribution._default_burn_in() == 3000
    assert replace(distribution, dt=0.001)._default_burn_in() == 30_000


def test_both_wings_are_visited():
    X, _ = make_lorenz_sde(10_000, random_state=0)
    x = X[:, 0]
    side = np.sign(x[np.abs(x) > 3])
    # A hundred units of time; the documented 1.5 units between two changes.
    assert 40 < np.count_nonzero(np.diff(side)) < 100


@pytest.mark.parametrize("arguments", [{"dt": 0.0}, {"rayleigh": 0.0}, {"noise": 0.0}])
def test_errors(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        make_lorenz_sde(**arguments)


def test_coarse_time_step_is_an_error():
    with pytest.raises(ValueError, match=r"dt=0\.05 lets the path diverge"):
        make_lorenz_sde(dt=0.05, random_state=0)
