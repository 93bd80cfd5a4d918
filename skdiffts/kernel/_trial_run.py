"""Trial run of a volatility that remembers innovations: whether it stays at its long run."""

import numpy as np

__all__ = ["at_long_run", "mean_squares"]

# Numbers of a step of the trial run, paths at least, as of local models whose steps are a
# regression for each path, and at most, its steps, and steps that are not looked at.
NUMBERS, N_PATHS = 4096, (16, 128)
N_STEPS, N_FIRST = 160, 60
# Mean share of the variance that the second run gives back at least, so that it shows what
# this does, and the largest share; standard errors of a run, over its paths, by which
# variance must be missing; runs that give back variance.
LEAST, MOST, SIGNIFICANT, N_RUNS = 0.01, 0.25, 2.0, 4


def at_long_run(dynamics, moments, history, residuals):
    r"""Moments that give back as much variance as keeps volatility at its long run.

    Variance k that is given back to innovations enters the next volatilities as well: with
    a share c that the cut leaves and the weight w of what the volatility remembers,

    .. math:: E\, r^2 = k + c\, E\, h, \qquad E\, h = 1 - w + w\, E\, r^2,

    which is linear in k while c stays. Two runs with the same draws, without it and with
    some, say where the variance is one; further runs follow the secant, since c falls
    where volatilities rise. Nothing is given back where the first run's variance is one
    within two standard errors.

    Parameters
    ----------
    dynamics : Dynamics
        Drift, scale and factor.
    moments : InnovationMoments
        Moments with what one step loses.
    history : History
        Histories of training rows.
    residuals : ndarray of shape (n, n_features)
        Residuals that are drawn from.

    Returns
    -------
    InnovationMoments
        Moments with some times as much.
    """
    rng, (n, d) = np.random.RandomState(0), residuals.shape
    least, most = N_PATHS
    n_paths = int(np.clip(NUMBERS // d, least, most if dynamics.is_global else least))
    history = history.take(rng.randint(n, size=n_paths))
    noise = residuals[rng.randint(n, size=(N_STEPS, n_paths))]

    def missing(factor):
        given = moments.with_lost(factor)
        squares = mean_squares(dynamics, given, history, noise, N_FIRST)
        return 1.0 - squares.mean(), squares.mean(axis=1).std() / np.sqrt(n_paths)

    last, error = missing(0.0)
    if last < SIGNIFICANT * error:
        return moments.with_lost(0.0)
    long_run = np.where(moments.long_run > 0.0, moments.long_run, 1.0)
    share = float(np.mean(moments.lost / long_run))
    factors, values = [0.0, max(1.0, LEAST / share)], [last]
    for _ in range(N_RUNS):
        value, error = missing(factors[-1])
        values.append(value)
        change = factors[-1] - factors[-2]
        # The largest share twice has no secant.
        gain = (values[-2] - value) / change if change != 0.0 else 0.0
        if abs(value) < error or not gain > 0.0:
            break
        factors.append(np.clip(factors[-1] + value / gain, 0.0, MOST / share))
    return moments.with_lost(factors[-1])


def mean_squares(dynamics, moments, history, noise, n_first, to_draws=None):
    """Mean squared innovations of simulated paths, over their long run.

    Parameters
    ----------
    dynamics : Dynamics
        Drift, scale and factor.
    moments : InnovationMoments
        Moments that innovations are given.
    history : History
        Histories that n paths start from.
    noise : ndarray of shape (n_steps, n, n_noise)
        Residuals of each step, or the noise that ``to_draws`` takes.
    n_first : int
        Steps at first that are left out.
    to_draws : callable, default=None
        Map of the noise of a step and the histories of the paths to residuals.

    Returns
    -------
    ndarray of shape (n, n_features)
        Mean over the later steps of each path.
    """
    clock, lengths = dynamics.time.after(history.clock, len(noise))
    squares = np.zeros_like(history.states)
    for number, draws in enumerate(noise):
        dt = lengths[:, number]
        step = dynamics.step(history)
        if to_draws is not None:
            draws = to_draws(draws, history)
        increments = step.increments(draws, dt[:, np.newaxis], moments)
        innovations = increments - step.first * dt[:, np.newaxis]
        history = dynamics.rules.append(
            history, increments, dt, clock[:, number], step.first
        )
        if number >= n_first:
            variance = dt[:, np.newaxis] * step.scale.long_run_variance
            squares += innovations**2 / np.where(variance > 0.0, variance, 1.0)
    return squares / (len(noise) - n_first)
