"""Lipschitz constant and log-concavity along the reverse process."""

import numpy as np
import torch
from numpy.testing import assert_allclose

from skdiffts.theory import bounds, lipschitz_constant, log_concavity


def test_slope_of_a_gaussian(moved, gaussian, whitened):
    """The Jacobian of the score is minus the inverse covariance, everywhere."""
    _, (covariance,) = whitened(moved, gaussian[1])
    variances = np.linalg.eigvalsh(covariance)
    sde = moved.process().sde
    lipschitz = lipschitz_constant(moved, n_samples=3, n_iterations=90, random_state=0)
    concavity = log_concavity(moved, n_samples=3, random_state=0)
    # Power iteration is slow where two eigenvalues are nearly equal, and near both.
    for profile, variance, rtol in (
        (lipschitz, variances[0], 1e-3),
        (concavity, variances[-1], 1e-6),
    ):
        t = sde.time(profile.log_snr)
        ratio2 = np.exp(-2.0 * profile.log_snr)
        expected = 1.0 / (np.square(sde.scale(t)) * (variance + ratio2))
        assert_allclose(profile.constants, expected, rtol=rtol)
        assert_allclose(profile(t[3]), profile.constants[3], rtol=1e-6)
        low, high = moved.process().log_snr_range
        assert_allclose(profile.log_snr[[0, -1]], [low, high])
    assert lipschitz.largest == lipschitz.constants.max()
    assert concavity.smallest == concavity.constants.min()


def test_slope_of_a_mixture(two_modes, X):
    """Against the dense Jacobian at the same points."""
    process = two_modes.process().in_double()
    path = process.path(8, np.random.RandomState(0))
    setting = {"n_samples": 8, "n_levels": 6, "random_state": 0}
    lipschitz = lipschitz_constant(two_modes, n_iterations=120, **setting)
    concavity = log_concavity(two_modes, **setting)
    slope = bounds(two_modes, X, n_levels=2, random_state=0).slope
    for i, level in enumerate(lipschitz.log_snr):
        z = path[level]
        angle = np.arctan(np.exp(-level))
        norms, slopes = [], []
        for point in z:
            jacobian = torch.autograd.functional.jacobian(
                lambda p, level=level: process.velocity(p[None], level)[0], point
            ).numpy()
            # Times -s^2, as the profiles have it.
            full = np.sin(angle) ** 2 * np.eye(2)
            full = full + np.sin(angle) * np.cos(angle) * jacobian
            norms.append(np.linalg.norm(full, 2))
            slopes.append(np.linalg.eigvalsh(0.5 * (full + full.T))[0])
        # The search between the points finds what is at least as steep.
        assert 0.99 * max(norms) < lipschitz.relative[i]
        assert concavity.relative[i] <= min(slopes) + 1e-9
        t = process.sde.time(level)
        certified = -slope(t) * process.sde.std(t) ** 2
        assert certified <= concavity.relative[i] + 1e-9
    # Between two modes, where few points lie, the distribution is not log-concave.
    many = log_concavity(two_modes, n_samples=300, n_levels=12, random_state=0)
    assert many.smallest < 0.0


def test_path_is_that_of_the_sampler(moved, X):
    """Points near the data at the end, of the size of the prior at the start."""
    process = moved.process().in_double()
    path = process.path(2000, np.random.RandomState(0))
    levels = np.array(list(path))
    assert (np.diff(levels) > 0.0).all()
    assert_allclose(levels[[0, -1]], moved.process().log_snr_range)
    end = list(path.values())[-1].numpy()
    draws = process.whitening.transform(moved.sample(2000, random_state=0))
    # Four standard errors of a mean of 2000, twice.
    assert_allclose(end.mean(axis=0), draws.mean(axis=0), atol=0.13)
    assert_allclose(end.std(axis=0), draws.std(axis=0), atol=0.09)
