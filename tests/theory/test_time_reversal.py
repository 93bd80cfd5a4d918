"""Time reversal with a diffusion coefficient that depends on the state (000, prop. 1)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

SIGMA, STD, N_STEPS = 0.7, 0.3, 200


def reverse(x, rng, divergence):
    """Euler-Maruyama for geometric Brownian motion, whose score is a lognormal's."""
    h = 1.0 / N_STEPS
    for k in range(N_STEPS):
        t = 1.0 - k * h
        mean, variance = -0.5 * SIGMA**2 * t, STD**2 + SIGMA**2 * t
        score = -(1.0 + (np.log(x) - mean) / variance) / x
        a = SIGMA**2 * x**2
        drift = a * score + divergence * 2.0 * SIGMA**2 * x
        noise = np.sqrt(a * h) * rng.standard_normal(x.shape)
        x = np.maximum(x + h * drift + noise, 1e-6)
    return x


@pytest.mark.statistical
def test_reverse_process_returns_to_the_start():
    """Five standard errors, and 2 % for the finite steps."""
    rng, n = np.random.RandomState(0), 10_000
    start = STD * rng.standard_normal(n)
    end = np.exp(start + SIGMA * rng.standard_normal(n) - 0.5 * SIGMA**2)
    back = np.log(reverse(end, rng, divergence=1.0))
    assert abs(back.mean()) < 5.0 * STD / np.sqrt(n) + 0.02 * STD
    assert_allclose(back.std(), STD, rtol=0.02 + 5.0 / np.sqrt(2 * n))
    without = np.log(reverse(end, rng, divergence=0.0))
    assert abs(without.mean()) > 0.5 * STD
