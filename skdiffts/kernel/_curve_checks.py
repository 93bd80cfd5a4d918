"""Simulations that a curved drift must pass: paths lead back, and keep the rows' spread."""

from itertools import islice

import numpy as np

from skdiffts.conditioning import Step

__all__ = ["keeps_spread", "leads_back"]

# How far out noiseless paths start, and may end, in ranges of the training rows, and their
# steps. Fixed points at the edge of the rows change no moment of simulated paths.
OUTSIDE, N_NOISELESS = 1.5, 500
N_PATHS, N_STEPS, N_FIRST = 20, 300, 50
# Series up to which no spread is simulated: rows of one may be in one of two wells, where
# paths are right to leave.
FEW_SERIES = 8
# Relative error of second moments that curves may have, or so many times the line's.
ERROR, FACTOR = 0.5, 1.25


def leads_back(curved, straight, joint, states, ahead, clock, dt):
    """Whether noiseless paths end near the training range, or no farther than a line's.

    A spline is constant beyond the training range of its series. In many series that move
    together, constants of one sign have a fixed point of their own far from all rows,
    where a simulated path would stay.

    Parameters
    ----------
    curved, straight : LinearDrift
        Drift with splines and without.
    joint : JointRange
        Range of the training rows.
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
        False if a path ends farther out, or overflows.
    """
    corners = states.min(axis=0), states.max(axis=0)
    starts = np.vstack([joint.rays(OUTSIDE), *corners])
    with np.errstate(over="ignore", invalid="ignore"):
        excess, usual = (
            joint.excess(_settle(_simulate(drift, starts, ahead, clock, dt)))
            for drift in (curved, straight)
        )
        return bool((excess <= np.maximum(OUTSIDE, usual)).all())


def keeps_spread(curved, straight, states, ahead, clock, dt):
    """Whether paths have the second moments of the rows, or nearly as a line's paths.

    Least squares with a level gives paths the mean and the covariance of the rows, however
    many the series. Curves that predict the next row better may shift the mean, or widen
    what all series have in common, by more than anything they gain. Innovations are drawn
    from the leave-one-out residuals, the same ones for both. Curves of few series, up to
    eight, are kept.

    Parameters
    ----------
    curved, straight, states, ahead, clock, dt : object
        As for :func:`leads_back`.

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
            _error(_later_rows(drift, states, ahead, clock, dt) - center, truth)
            for drift in (curved, straight)
        )
        return error <= max(ERROR, FACTOR * usual)


def _simulate(drift, states, ahead, clock, dt, draw_noise=None):
    """Rows of paths, step by step without an end; no noise without a source of it."""
    conditioning, n = drift.conditioning, len(states)
    history = conditioning.start(states)
    clock, lengths = np.full(n, clock), np.full(n, dt)
    ahead = np.broadcast_to(ahead, (n, len(ahead)))
    while True:
        vectors = np.hstack([conditioning.vector(history, states, clock), ahead])
        increments = drift(vectors) * dt
        if draw_noise is not None:
            increments += np.sqrt(dt) * draw_noise()
        states = states + increments
        history = conditioning.update(history, Step(states, increments, lengths, clock))
        yield states


def _settle(rows):
    """Rows where paths are after many steps."""
    return next(islice(rows, N_NOISELESS - 1, None))


def _later_rows(drift, states, ahead, clock, dt):
    """Rows after the first ones of some noisy paths that begin at training rows."""
    rng, residuals = np.random.RandomState(0), drift.ridge.loo_residuals
    starts = states[rng.randint(len(states), size=N_PATHS)]

    def draw_noise():
        return residuals[rng.randint(len(residuals), size=N_PATHS)]

    rows = _simulate(drift, starts, ahead, clock, dt, draw_noise)
    return np.concatenate(list(islice(rows, N_FIRST, N_STEPS)))


def _second_moment(rows):
    """Mean product of each pair of columns."""
    return rows.T @ rows / len(rows)


def _error(rows, truth):
    """Relative error of the second moment of rows."""
    return float(np.linalg.norm(_second_moment(rows) - truth) / np.linalg.norm(truth))
