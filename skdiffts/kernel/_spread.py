"""Spread of simulated rows: whether curves of a drift keep the training rows' spread."""

import numpy as np

from skdiffts.conditioning import Step

__all__ = ["keeps_spread"]

N_PATHS, N_STEPS, N_FIRST = 20, 300, 50
# Series up to which nothing is simulated: rows of one may be in one of two wells, where
# paths are right to leave.
FEW_SERIES = 8
# Relative error of second moments that curves may have, or so many times the line's.
ERROR, FACTOR = 0.5, 1.25


def keeps_spread(curved, straight, states, ahead, clock, dt):
    """Whether paths have the second moments of the rows, or nearly as a line's paths.

    Least squares with a level gives paths the mean and the covariance of the rows, however
    many the series. Curves that predict the next row better may shift the mean, or widen
    what all series have in common, by more than anything they gain. Innovations are drawn
    from the leave-one-out residuals, the same ones for both. Curves of few series, up to
    eight, are kept.

    Parameters
    ----------
    curved, straight : LinearDrift
        Drift with splines and without.
    states : ndarray of shape (n_rows, n_features)
        Training rows.
    ahead : ndarray of shape (n_ahead,)
        Columns of known covariates at the end of the conditioning vector.
    clock : float
        Clock of all rows of the paths.
    dt : float
        Time step.

    Returns
    -------
    bool
        False if the curves spoil the moments, or paths overflow.
    """
    if states.shape[1] <= FEW_SERIES:
        return True
    center = states.mean(axis=0)
    truth = _second_moment(states - center)
    with np.errstate(over="ignore", invalid="ignore"):
        error, usual = (
            _error(_simulate(one, states, ahead, clock, dt) - center, truth)
            for one in (curved, straight)
        )
        return error <= max(ERROR, FACTOR * usual)


def _simulate(drift, states, ahead, clock, dt):
    """Later rows of some paths that begin at training rows."""
    rng = np.random.RandomState(0)
    conditioning, residuals = drift.conditioning, drift.ridge.loo_residuals
    states = states[rng.randint(len(states), size=N_PATHS)]
    history, rows = conditioning.start(states), []
    clock, lengths = np.full(N_PATHS, clock), np.full(N_PATHS, dt)
    ahead = np.broadcast_to(ahead, (N_PATHS, len(ahead)))
    for step in range(N_STEPS):
        vectors = np.hstack([conditioning.vector(history, states, clock), ahead])
        noise = residuals[rng.randint(len(residuals), size=N_PATHS)]
        increments = drift(vectors) * dt + np.sqrt(dt) * noise
        states = states + increments
        history = conditioning.update(history, Step(states, increments, lengths, clock))
        if step >= N_FIRST:
            rows.append(states)
    return np.concatenate(rows)


def _second_moment(rows):
    """Mean product of each pair of columns."""
    return rows.T @ rows / len(rows)


def _error(rows, truth):
    """Relative error of the second moment of rows."""
    return float(np.linalg.norm(_second_moment(rows) - truth) / np.linalg.norm(truth))
