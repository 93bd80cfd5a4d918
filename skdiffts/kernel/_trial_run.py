"""Trial run of a volatility that remembers innovations: whether it stays at its long run."""

import numpy as np

__all__ = ["at_long_run"]

# Numbers of a step of the trial run, paths at least and at most, its steps, and steps that
# are not looked at.
NUMBERS, N_PATHS = 4096, (16, 128)
N_STEPS, N_FIRST = 160, 60
# Largest factor of the variance that is given back, and standard errors of the run, over
# its paths, by which variance must be missing.
MOST, SIGNIFICANT = 10.0, 2.0


def at_long_run(dynamics, moments, history, residuals):
    r"""Moments that give back as much variance as keeps volatility at its long run.

    Variance k that is given back to innovations enters the next volatilities as well: with
    a share c that the cut leaves and the weight w of what the volatility remembers,

    .. math:: E\, r^2 = k + c\, E\, h, \qquad E\, h = 1 - w + w\, E\, r^2,

    which is linear in k. Two runs with the same draws, without it and with what one step
    loses, say where the variance is one. Nothing is given back, and the second is not
    run, where the first run's variance is one within two standard errors.

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
    n_paths = int(np.clip(NUMBERS // d, *N_PATHS))
    history = history.take(rng.randint(n, size=n_paths))
    noise = residuals[rng.randint(n, size=(N_STEPS, n_paths))]
    target = np.where(moments.long_run > 0.0, moments.long_run, 1.0)

    def variance(given):
        squares = _squares(dynamics, given, history, noise)
        return (squares / target).mean(axis=1)

    none = variance(moments.with_lost(0.0))
    missing = 1.0 - none.mean()
    if missing < SIGNIFICANT * none.std() / np.sqrt(n_paths):
        return moments.with_lost(0.0)
    gained = (variance(moments) - none).mean()
    if not gained > 0.0:
        return moments
    return moments.with_lost(np.clip(missing / gained, 0.0, MOST))


def _squares(dynamics, moments, history, noise):
    """Mean squared innovations of each path and series in the later steps of a run."""
    clock, lengths = dynamics.time.after(history.clock, len(noise))
    squares = np.zeros(noise.shape[1:])
    for number, draws in enumerate(noise):
        dt = lengths[:, number]
        step = dynamics.step(history)
        increments = step.increments(draws, dt[:, np.newaxis], moments)
        innovations = increments - step.first * dt[:, np.newaxis]
        history = dynamics.rules.append(
            history, increments, dt, clock[:, number], step.first
        )
        if number >= N_FIRST:
            squares += innovations**2 / dt[:, np.newaxis]
    return squares / (len(noise) - N_FIRST)
