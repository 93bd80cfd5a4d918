"""One network under several forward processes."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.sde import COU, VE


def like(sde_class, log_snr):
    """Process of a family whose signal-to-noise ratio at t = 1 is given."""
    ratio2 = np.exp(-2.0 * log_snr)
    if sde_class is VE:
        sigma_min = VE().sigma_min
        return VE(sigma_max=sigma_min * np.sqrt(1.0 + ratio2 / sigma_min**2))
    theta = 2.0
    return COU(theta=theta, sigma=np.sqrt(2.0 * theta * ratio2 / -np.expm1(-2 * theta)))


@pytest.mark.parametrize("sde_class", [COU, VE])
def test_families_are_one_process_in_the_common_coordinate(process, X, sde_class):
    """y = x_t / m(t) obeys one equation in log-SNR, whatever the family."""
    low, high = process.log_snr_range
    sde = like(sde_class, low)
    assert_allclose(sde.log_snr(1.0), low, rtol=1e-12)
    other = replace(process, sde=sde)
    draws = [one.sample(50, np.random.RandomState(0)) for one in (process, other)]
    # The network works in single precision, whose rounding the steps carry on.
    assert_allclose(draws[1], draws[0], atol=1e-4 * np.abs(draws[0]).max())
    assert_allclose(other.log_density(X[:20]), process.log_density(X[:20]), atol=1e-9)
    mean = process.whitening.mean
    for level in np.linspace(low, high, 7)[1:-1]:
        scores = []
        for one in (process, other):
            t = one.sde.time(level)
            m = one.sde.scale(t)
            scores.append(m * one.score_function(mean + m * (X[:20] - mean), t))
        assert_allclose(scores[1], scores[0], rtol=1e-8, atol=1e-8)
