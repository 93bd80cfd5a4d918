"""The two non-linear diffusions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.datasets import make_double_well, make_van_der_pol


def changes_of_well(x):
    side = np.where(x > 0.8, 1, np.where(x < -0.8, -1, 0))
    side = side[side != 0]
    return np.count_nonzero(np.diff(side))


@pytest.mark.parametrize("seed", range(5))
def test_double_well_visits_both_wells(seed):
    X, _ = make_double_well(random_state=seed)
    assert X.shape == (2000, 1)
    assert changes_of_well(X[:, 0]) >= 4


def test_double_well_changes_well_as_often_as_documented():
    X, _ = make_double_well(n_rows=100_000, random_state=0)
    assert 100 < len(X) / changes_of_well(X[:, 0]) < 200


@pytest.mark.statistical
def test_double_well_is_symmetric_and_bimodal():
    _, distribution = make_double_well(n_rows=2, random_state=0)
    x = distribution.sample(20_000, 1, random_state=0).ravel()
    # Five standard errors of a share of one half.
    assert abs(np.mean(x > 0) - 0.5) < 5 * 0.5 / np.sqrt(len(x))
    assert np.mean(np.abs(np.abs(x) - 1) < 0.2) > 2 * 2 * np.mean(np.abs(x) < 0.2)


def test_double_well_formula():
    X, distribution = make_double_well(n_rows=30, dt=0.05, noise=0.5, random_state=0)
    x = X[:-1]
    eps = (X[1:] - x - (x - x**3) * 0.05) / (0.5 * np.sqrt(0.05))
    assert_allclose(distribution.residuals(X), eps, atol=1e-12)


def test_van_der_pol_formula():
    _, distribution = make_van_der_pol(n_rows=2, damping=2.0, noise=0.5, random_state=0)
    x = np.array([[1.5, -0.5]])
    assert_allclose(distribution.drift(x), [[-0.5, 2 * (1 - 1.5**2) * -0.5 - 1.5]])
    s1 = 0.5 * (0.5 + 1 / (1 + 1.5**2))
    s2 = 0.5 * (0.5 + 0.5**2 / (1 + 0.5**2))
    off = 0.8 * np.tanh(-0.75) * s1 * s2
    assert_allclose(distribution.covariance(x), [[[s1**2, off], [off, s2**2]]])


def test_van_der_pol_noise_depends_on_the_state():
    X, distribution = make_van_der_pol(random_state=0)
    a = distribution.covariance(X)
    assert np.linalg.eigvalsh(a).min() > 1e-3
    assert a[:, 1, 1].max() > 4 * a[:, 1, 1].min()
    correlation = a[:, 0, 1] / np.sqrt(a[:, 0, 0] * a[:, 1, 1])
    assert correlation.min() < -0.5 < 0.5 < correlation.max()


def test_van_der_pol_cycles_and_stays_bounded():
    _, distribution = make_van_der_pol(n_rows=2, random_state=0)
    paths = distribution.sample(100, 2000, random_state=0)
    assert np.abs(paths).max() < 10
    position = paths[:, :, 0]
    assert position.std() > 1
    # One hundred units of time hold 15 cycles: the position changes sign 30 times.
    signs = np.where(np.abs(position) > 1, np.sign(position), 0)
    turns = [np.count_nonzero(np.diff(s[s != 0])) for s in signs]
    assert 20 < np.mean(turns) < 40


@pytest.mark.parametrize("maker", [make_double_well, make_van_der_pol])
@pytest.mark.parametrize("arguments", [{"dt": 0.0}, {"noise": -1.0}, {"n_rows": 0}])
def test_errors(maker, arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        maker(**arguments)
