"""Draws at intermediate times have the distribution of the forward process."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts import DiffusionResidualSampler
from skdiffts.process import Whitening
from skdiffts.sde import OU, VE, VP
from skdiffts.solvers import (
    AdaptiveProbabilityFlow,
    AnnealedLangevin,
    EulerMaruyama,
    ExponentialMultistep,
    PredictorCorrector,
    ProbabilityFlow,
)


@pytest.mark.statistical
@pytest.mark.parametrize("sde", [VP(), VE(), OU(mu=0.5)], ids=["VP", "VE", "OU"])
def test_moments_are_those_of_the_forward_process(mixture, sde):
    X = mixture.draw(200, seed=0)
    sampler = DiffusionResidualSampler(
        sde,
        score_model=mixture.oracle(X),
        solver=ExponentialMultistep(n_steps=15),
        max_iter=1,
    )
    sampler.fit(X)
    t = [float(sde.time(level)) for level in (-1.0, 0.0, 1.5)]
    times, draws = sampler.sample_at_times(2000, times=[1.0, *t, 0.0], random_state=0)
    # Forward in the coordinates of the process, from rows of the true distribution.
    whitening = Whitening(X)
    clean = whitening.transform(mixture.draw(60_000, seed=1))
    c = sde.center
    for t, rows in zip(times, draws, strict=True):
        u = whitening.transform(rows)
        m, s = (float(sde.scale(t)), float(sde.std(t))) if t > 0 else (1.0, 0.0)
        if t == 1:  # the matched prior takes its moments from the training rows
            continue
        mean = c + m * (clean.mean(axis=0) - c)
        covariance = m**2 * np.cov(clean.T) + s**2 * np.eye(2)
        spread = np.sqrt(np.diag(covariance))
        # Six standard errors of means of 2000 rows, and as much again of covariances
        # of this far from Gaussian distribution.
        assert np.abs((u.mean(axis=0) - mean) / spread).max() < 6 / np.sqrt(2000)
        error = (np.cov(u.T) - covariance) / np.outer(spread, spread)
        assert np.abs(error).max() < 12 / np.sqrt(2000)


def test_first_and_last_time(fitted):
    times, draws = fitted.sample_at_times(50, random_state=0)
    assert times.shape == (6,)
    assert draws.shape == (6, 50, 2)
    assert (times[0], times[-1]) == (1.0, 0.0)
    process = fitted.process()
    angles = [np.arctan(np.exp(-process.sde.log_snr(t))) for t in times[:-1]]
    assert_allclose(np.diff(angles), np.diff(angles)[0], rtol=1e-6)
    # One stretch of the solver: no stop on the way, and sample gives the same draws.
    _, straight = fitted.sample_at_times(50, times=[1.0, 0.0], random_state=0)
    assert_allclose(straight[1], fitted.sample(50, random_state=0))
    _, end = fitted.sample_at_times(50, times=[0.0], random_state=0)
    assert_array_equal(end[0], straight[1])


def test_draws_change_little_over_little_time(fitted):
    times = [1.0, 0.999, 0.05, 0.0499, 0.0]
    _, draws = fitted.sample_at_times(50, times=times, random_state=0)
    spread = draws[0].std(axis=0)
    assert (np.abs(draws[2] - draws[3]) / spread).max() < 0.2
    assert (np.abs(draws[1] - draws[2]) / spread).max() > 1


def test_blocks_have_seeds_of_their_own(fitted, monkeypatch):
    whole = fitted.sample_at_times(12, random_state=0)[1]
    monkeypatch.setattr("skdiffts._torch.BLOCK_ROWS", 5)
    parts = fitted.sample_at_times(12, random_state=0)[1]
    assert parts.shape == whole.shape
    assert np.isfinite(parts).all()
    assert len(np.unique(parts[-1][:, 0])) == 12
    assert_array_equal(fitted.sample_at_times(12, random_state=0)[1], parts)


@pytest.mark.parametrize(
    "solver",
    [
        EulerMaruyama(n_steps=20),
        ExponentialMultistep(grid=[0.9, 0.5, 0.3, 0.1, 0.01]),
        PredictorCorrector(n_steps=10),
        ProbabilityFlow(n_steps=10),
        AdaptiveProbabilityFlow(tol=1e-3),
        AnnealedLangevin(n_steps=20, n_inner=2),
    ],
    ids=repr,
)
def test_every_solver(tiny, X, solver):
    sampler = tiny(solver=solver).fit(X)
    _, draws = sampler.sample_at_times(300, times=[1.0, 0.3, 0.0], random_state=0)
    assert np.isfinite(draws).all()
    # All are near the Gaussian of the data, whose spread VP keeps at all times.
    assert_allclose(draws.std(axis=1), np.tile(X.std(axis=0), (3, 1)), rtol=0.5)


def test_solver_stays_as_it_was(tiny, X):
    grid = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]  # fewer would be refused
    sampler = tiny(solver=EulerMaruyama(n_steps=10, grid=list(grid))).fit(X)
    before = sampler.sample(4, random_state=0)
    sampler.sample_at_times(4, random_state=0)
    assert_array_equal(sampler.sample(4, random_state=0), before)
    assert sampler.process().solver.grid == grid


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([0.0, 1.0], "each below the one before"),
        ([1.1, 0.0], "numbers from 1 to 0"),
        ([0.5, -0.1], "numbers from 1 to 0"),
        ([0.5, 0.5], "each below"),
        ([[1.0, 0.0]], "numbers from 1 to 0"),
    ],
)
def test_errors(fitted, times, message):
    with pytest.raises(ValueError, match=message):
        fitted.sample_at_times(3, times=times)


def test_number_of_rows(fitted):
    with pytest.raises(ValueError, match="n_samples == 0"):
        fitted.sample_at_times(0)
