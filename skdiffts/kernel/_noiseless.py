"""Noiseless recursion of a drift: whether its curves lead paths away from the data."""

import numpy as np

from skdiffts.conditioning import Step

__all__ = ["leads_back"]

# Principal directions along which paths start, and how far out, in ranges of the training
# rows; their steps, and how much farther out than the line's they may end.
N_DIRECTIONS, OUTSIDE, N_STEPS, TOLERANCE = 8, 1.5, 500, 1.05


def leads_back(curved, straight, states, clock, dt):
    """Whether noiseless paths end within the training range, or no farther than a line's.

    A spline is constant beyond the training range of its series. In many series that move
    together, constants of one sign have a fixed point of their own far from all rows,
    where a simulated path would stay.

    Parameters
    ----------
    curved, straight : LinearDrift
        Drift with splines and without.
    states : ndarray of shape (n_rows, n_features)
        Training rows.
    clock : float
        Clock of all rows of the paths.
    dt : float
        Time step.

    Returns
    -------
    bool
        False if a path ends farther out, or overflows.
    """
    center = states.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(states.T).reshape(2 * [len(center)]))
    axes = axes[:, variances > 1e-10 * variances[-1]][:, -N_DIRECTIONS:]
    if axes.shape[1] == 0:
        return True
    scores = (states - center) @ axes
    low, high = scores.min(axis=0), scores.max(axis=0)
    rays = np.concatenate([low[:, np.newaxis] * axes.T, high[:, np.newaxis] * axes.T])
    corners = states.min(axis=0), states.max(axis=0)
    starts = np.vstack([center + OUTSIDE * rays, *corners])

    def farthest(drift):
        """Largest score of each end, in ranges of the training rows."""
        ends = (_settle(drift, starts, clock, dt) - center) @ axes
        return np.maximum(ends / low, ends / high).max(axis=1)

    with np.errstate(over="ignore", invalid="ignore"):
        limit = TOLERANCE * np.maximum(1.0, farthest(straight))
        return bool((farthest(curved) <= limit).all())


def _settle(drift, states, clock, dt):
    """Rows where noiseless paths are after many steps."""
    conditioning, n = drift.conditioning, len(states)
    history = conditioning.start(states)
    clock, dt = np.full(n, clock), np.full(n, dt)
    for _ in range(N_STEPS):
        vectors = conditioning.vector(history, states, clock)
        increments = drift(vectors) * dt[:, np.newaxis]
        states = states + increments
        history = conditioning.update(history, Step(states, increments, dt, clock))
    return states
