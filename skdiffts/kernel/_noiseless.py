"""Noiseless recursion of a drift: whether its curves lead paths away from the data."""

import numpy as np

from skdiffts.conditioning import Step

__all__ = ["leads_back"]

# How far out paths start, and may end, in ranges of the training rows, and their steps.
# Fixed points at the edge of the rows change no moment of simulated paths.
OUTSIDE, N_STEPS = 1.5, 500


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
        ends = [_settle(one, starts, ahead, clock, dt) for one in (curved, straight)]
        excess, usual = (joint.excess(rows) for rows in ends)
        return bool((excess <= np.maximum(OUTSIDE, usual)).all())


def _settle(drift, states, ahead, clock, dt):
    """Rows where noiseless paths are after many steps."""
    conditioning, n = drift.conditioning, len(states)
    history = conditioning.start(states)
    clock, dt = np.full(n, clock), np.full(n, dt)
    ahead = np.broadcast_to(ahead, (n, len(ahead)))
    for _ in range(N_STEPS):
        vectors = conditioning.vector(history, states, clock)
        increments = drift(np.hstack([vectors, ahead])) * dt[:, np.newaxis]
        states = states + increments
        history = conditioning.update(history, Step(states, increments, dt, clock))
    return states
