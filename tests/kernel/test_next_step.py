"""Moments of simulated innovations: tails are cut before all are divided."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.conditioning import HARVolatility, State
from skdiffts.kernel._next_step import InnovationMoments


def draws(n=20_000, seed=0):
    """Normal draws, and a few that lie far beyond all training rows."""
    u = np.random.RandomState(seed).normal(size=(n, 2))
    u[::1000, 0] *= 40.0
    return u


def test_far_tails_leave_the_other_innovations_as_they_are():
    u, ones = draws(), np.ones((20_000, 2))
    largest = np.array([4.0, 4.0]), np.array([4.0, 4.0])
    moments = InnovationMoments.fit(u, ones, largest=largest)
    assert u[:, 0].std() > 1.3
    assert (moments.deviation < 1.02).all()
    # No farther than it takes, and not where nothing is too wide.
    assert 4.0 <= moments.cut[0] < 5.0
    assert moments.cut[1] == 8.0
    corrected = moments.correct(u, ones)
    assert_allclose(corrected.mean(axis=0), 0.0, atol=1e-9)
    assert_allclose((corrected**2).mean(axis=0), 1.0, rtol=1e-9)


def test_rare_jumps_of_training_do_not_narrow_the_other_innovations():
    """Jumps that volatility does not see: 200 deviations once in a thousand draws."""
    u, ones = draws()[:, 1:], np.ones((20_000, 1))
    u[::1000] = 200.0 * np.sign(u[::1000])
    largest = np.array([200.0]), np.array([200.0])
    moments = InnovationMoments.fit(u, ones, largest=largest)
    assert u.std() > 6.0
    corrected = moments.correct(u, ones)
    assert_allclose((corrected**2).mean(), 1.0, rtol=1e-9)
    assert_allclose(np.quantile(corrected, 0.95), 1.645, rtol=0.12)
    assert 5.0 <= moments.cut[0] < 20.0


def test_a_body_that_is_too_wide_is_divided():
    u, ones = 1.5 * draws()[:, 1:], np.ones((20_000, 1))
    moments = InnovationMoments.fit(u, ones, largest=(np.array([9.0]), np.array([9.0])))
    assert_allclose(moments.deviation, 1.5, rtol=0.02)


def test_variance_beyond_the_largest_innovations_is_given_back():
    """A volatility of one or ten, and draws of one or five, which never met."""
    high, wide = np.random.RandomState(0).uniform(size=(2, 4000)) < 0.05
    u = np.where(wide & ~high, 5.0, 1.0) * (-1.0) ** np.arange(4000)
    u = np.stack([u, u], axis=1) / u.std()
    volatility = np.where(high, 10.0, 1.0)[:, np.newaxis] * np.ones((1, 2))
    wanted = np.zeros(2), np.array([1.0, 1.2])
    moments = InnovationMoments.fit(u * volatility, volatility, wanted=wanted)
    assert moments.lost[0] > 0.0
    # The second is latent: volatility does not see it.
    assert moments.lost[1] == 0.0
    given = moments.correct(u * volatility, volatility)
    left = moments.with_lost(0.0).correct(u * volatility, volatility)
    factor = np.sqrt(1.0 + moments.lost[0] / volatility[:, 0] ** 2)
    assert_allclose(given[:, 0], left[:, 0] * factor)
    assert_allclose(given[:, 1], left[:, 1])
    assert not np.any(moments.unchanged().lost)


def reacting(slope, seed, n=3000):
    """Moments of innovations whose variance is a line in the squared volatility."""
    rng = np.random.RandomState(seed)
    h = rng.gamma(2.0, 0.5, size=(n, 2)) + 0.1
    h /= h.mean(axis=0)
    size = np.sqrt(np.maximum(1.0 - slope + slope * h, 0.05))
    r = size * rng.standard_t(8, size=(n, 2)) / np.sqrt(8.0 / 6.0)
    long_run = np.array([1.0, 9.0])
    r, volatility = np.sqrt(long_run) * r, np.sqrt(long_run * h)
    moments = InnovationMoments.fit(r, volatility)
    return moments.reacting(r, volatility, long_run), r, volatility, long_run


@pytest.mark.statistical
@pytest.mark.parametrize("slope", [0.75, 1.0, 1.25])
def test_variance_follows_the_volatility_as_in_training(slope):
    """Means of ten fits of 3,000 rows; .04 is four standard errors."""
    found = [reacting(slope, seed)[0].reaction for seed in range(10)]
    assert abs(np.mean(found) - slope) < 0.04
    # Where the slope is one, most of the noise is not believed.
    assert slope != 1.0 or np.abs(np.subtract(found, 1.0)).mean() < 0.03


def test_reaction_changes_seen_innovations_in_units_of_the_long_run():
    moments, r, volatility, long_run = reacting(0.75, 0)
    b = moments.reaction
    plain = replace(moments, reaction=1.0).correct(r, volatility, long_run)
    variance = (1.0 - b) * long_run + b * volatility**2
    given = moments.correct(r, volatility, long_run)
    assert_allclose(given, plain * np.sqrt(variance) / volatility)
    assert_allclose(moments.undo(given, volatility, long_run), r)
    slope = moments.slope(volatility, long_run)
    assert_allclose(slope, np.sqrt(variance) / volatility / moments.deviation)
    latent = np.zeros(2), np.array([1.0, 1.5])
    latent = replace(moments, wanted=latent).correct(r, volatility, long_run)
    assert_allclose(latent[:, 0], given[:, 0])
    assert_allclose(latent[:, 1], 1.5 * plain[:, 1])


def test_series_that_never_move_have_no_reaction():
    r, ones = np.zeros((50, 1)), np.ones((50, 1))
    moments = InnovationMoments.fit(r, ones).reacting(r, ones, 1.0)
    assert moments.reaction == 1.0


@pytest.mark.statistical
@pytest.mark.parametrize("slope", [0.75, 1.25])
def test_reaction_is_beyond_what_the_model_knows(slope):
    """Means of ten fits of 3,000 rows; .04 is four standard errors."""
    found = []
    for seed in range(10):
        moments, r, volatility, long_run = reacting(slope, seed)
        h = volatility**2 / long_run
        local = np.maximum(1.0 - slope + slope * h, 0.05) / h
        found.append(moments.reacting(r, volatility, long_run, local).reaction)
    assert abs(np.mean(found) - 1.0) < 0.04


@pytest.mark.parametrize("seed", [1, 2])
def test_local_models_react_beyond_their_factor(seed):
    """A factor by the level knows nothing of the volatility: the reaction stays."""
    rng = np.random.RandomState(seed)
    r, h = np.zeros((600, 2)), np.ones(2)
    for row in r:
        row[:] = np.sqrt(h) * rng.standard_normal(2)
        h = 0.05 + 0.2 * row**2 + 0.75 * h
    options = {"scale": HARVolatility(halflives=(1.0,)), "conditioning": State()}
    reactions = [
        KernelDriftVolEstimator(k, **options, additive_drift="linear")
        .fit(r.cumsum(axis=0))
        .model_.moments.reaction
        for k in ("all", 300)
    ]
    assert_allclose(reactions[1], reactions[0], atol=0.1)


def heavy(seed):
    """One series with heavy tails, whose innovations are wider at higher levels."""
    rng = np.random.RandomState(seed)
    X = np.zeros((1500, 1))
    for i in range(1, len(X)):
        size = 1.0 + 0.5 * np.tanh(X[i - 1])
        X[i] = 0.8 * X[i - 1] + size * rng.standard_t(4) / np.sqrt(2.0)
    return X


@pytest.mark.parametrize("seed", range(4))
def test_margins_after_a_local_factor_keep_the_steps_of_training(seed):
    """The largest innovation is the data's own; simulated steps are as wide as theirs."""
    X = heavy(seed)
    scale = HARVolatility(halflives=(), margins="student")
    options = {"conditioning": State(), "scale": scale, "additive_drift": "linear"}
    dynamics = KernelDriftVolEstimator(40, **options)
    sampler = GaussianMixture(2, random_state=0)
    generator = GenerativeTimeSeries(dynamics, sampler, support=None).fit(X)
    model = generator.dynamics_.model_
    history = model.trace(check_paths(generator.dynamics_, X, reset=False)).take(
        np.arange(len(X) - 1)
    )
    largest = np.abs(np.diff(X, axis=0) - model.step(history).first).max(axis=0)
    assert_allclose(model.moments.largest[1], largest)
    paths = generator.sample(64, 400, output="array", random_state=0)
    moves, steps = np.diff(paths, axis=1), np.diff(X, axis=0)
    assert_allclose(moves.std(), steps.std(), rtol=0.05)
    assert np.abs(moves).max() < 2.0 * np.abs(steps).max()


def test_one_factor_for_all_rows_takes_no_matrix_for_each():
    """Moments of 1,000 rows of 100 columns: matrices for each would be 80 MB."""
    X = np.random.RandomState(0).standard_normal((1001, 100)).cumsum(axis=0)
    scale = HARVolatility(halflives=(3.0,))
    options = {"conditioning": State(), "scale": scale, "additive_drift": "linear"}
    estimator = KernelDriftVolEstimator("all", **options).fit(X)
    model = estimator.model_
    history = model.trace(check_paths(estimator, X, reset=False)).take(np.arange(1000))
    residuals = np.random.RandomState(1).standard_normal((1000, 100))
    fresh = replace(model, moments=None)
    tracemalloc.start()
    fresh.with_moments(history, residuals)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
