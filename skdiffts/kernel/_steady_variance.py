"""Trial runs that bring the variance of simulated innovations to its long run."""

from dataclasses import replace

import numpy as np

from skdiffts.kernel._trial_run import mean_squares

__all__ = ["at_steady_variance"]

# Numbers of a step of a run, pairs of paths at least and at most, histories that each path is
# drawn from, steps of a run, and steps that are not looked at.
NUMBERS, N_PAIRS, N_DRAWN = 1600, (16, 96), 16
N_STEPS, N_FIRST = 480, 160
# Logarithm of the variance that is worth a correction, and of the factor of the second run.
LEAST, PROBE = 0.02, -0.03
# Bounds of what a percent more of an innovation's variance adds to the
# variance of paths, in percent, and the largest correction.
ELASTICITY, MOST = (1.0, 40.0), 0.7


def at_steady_variance(dynamics, history, noise, to_draws):
    r"""Moments with which long paths have the variance of the training innovations.

    Standardised innovations have variance one at the histories of training. Volatility
    that remembers them multiplies what is left of an error by five and more in long paths:
    the noise of the moments, residuals that are wide where the volatility is high, cuts of
    large innovations. A run measures the mean v of the squared innovations over their long
    run, a second run with the same draws how much it falls with the variance of the draws,

    .. math:: \log v(g) \approx \log v + e \log g,

    and g is set so that v becomes one. Histories are evenly spaced in the order of their
    volatilities, as most of the noise of a run is in its first rows. With s, the standard
    error from pairs of neighbours, the part :math:`\max(0, 1 - s^2 / \log^2 v)` of the way
    is gone, for the mean of all series and for the rest of each, so that many series do
    not add up what chance brings to some.

    Parameters
    ----------
    dynamics : Dynamics
        Drift, scale and factor, with moments.
    history : History
        Histories of n training rows.
    noise : ndarray of shape (n, n_noise)
        Noise that is drawn from.
    to_draws : callable
        Map of noise and histories to residuals.

    Returns
    -------
    InnovationMoments
        Moments with other deviations; the same ones where they are right within the noise.
    """
    moments, rng = dynamics.moments, np.random.RandomState(0)
    d = history.states.shape[1]
    n_paths = 2 * int(np.clip(NUMBERS // (2 * d), *N_PAIRS))
    history = _in_order(
        dynamics, history, rng.randint(len(history), size=n_paths * N_DRAWN)
    )
    # Each draw once, as far as they go: chance of a few large ones is noise of the run.
    drawn = np.resize(rng.permutation(len(noise)), (N_STEPS, n_paths))
    noise = noise[drawn]

    def run(log_factor):
        deviation = moments.deviation * np.exp(-0.5 * log_factor)
        changed = replace(moments, deviation=deviation)
        return changed, *_log_variance(dynamics, changed, history, noise, to_draws)

    _, first, gaps = run(np.zeros(d))
    excess = _believed(first, gaps, moments.is_seen)
    if not (np.abs(excess) > LEAST).any():
        return moments
    slope = (run(np.full(d, PROBE))[1] - first) / PROBE
    slope = np.clip(slope, *ELASTICITY)
    changed, found, _ = run(np.clip(-excess / slope, -MOST, MOST))
    left = np.where(moments.is_seen, found - (first - excess), 0.0)
    return changed if np.abs(left).sum() < np.abs(excess).sum() else moments


def _believed(excess, gaps, is_seen):
    """Part of the mean excess of the series, and of the rest of each, that is no noise."""
    weights = is_seen / max(is_seen.sum(), 1)
    mean, common = excess @ weights, (gaps @ weights)[:, np.newaxis]
    rest = _shrunk(excess - mean, gaps - common)
    return np.where(is_seen, _shrunk(mean, common) + rest, 0.0)


def _shrunk(values, gaps):
    """Numbers after a part of their squares, the sum of squared gaps, is taken off."""
    squares = np.maximum(values**2, np.finfo(float).tiny)
    return values * np.maximum(1.0 - (gaps**2).sum(axis=0) / squares, 0.0)


def _in_order(dynamics, history, drawn):
    """Every so many of the drawn histories in the order of their mean volatility."""
    scale = dynamics.rules.scale(history.take(drawn))
    size = (scale.variance / scale.long_run_variance).mean(axis=1)
    return history.take(drawn[np.argsort(size)][N_DRAWN // 2 :: N_DRAWN])


def _log_variance(dynamics, moments, history, noise, to_draws):
    """Log mean square of later innovations over their long run, and its noise.

    The squares of the noise of pairs of paths add up to the square of the standard error.
    """
    total = mean_squares(dynamics, moments, history, noise, N_FIRST, to_draws)
    mean = total.mean(axis=0)
    mean = np.where(mean > 0.0, mean, 1.0)
    gaps = (total[::2] - total[1::2]) / (len(total) * mean)
    return np.log(mean), gaps
