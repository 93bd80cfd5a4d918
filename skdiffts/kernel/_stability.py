"""Whether the recursion of the global linear drift stays bounded."""

from dataclasses import replace

import numpy as np

__all__ = ["STANDSTILL", "spectral_radius"]

# Excess over one that rounding may leave where nothing moves.
STANDSTILL = 1e-9


def spectral_radius(past, history, drift, additive_drift, dt):
    """Largest modulus of an eigenvalue of one noiseless step, at the mean history.

    The step maps states and memories of the conditioning to the next ones, at the scale
    of the long run: outside the data the line is followed at that one, whatever the
    scale is there. It is differentiated by differences, which are exact where it is
    linear, as for states and lags. Directions in which nothing moves have eigenvalue one.

    Parameters
    ----------
    past : Past
        Conditioning and scale.
    history : History
        Training memories.
    drift : callable
        Drift of the global linear fit per unit time, given conditioning vectors.
    additive_drift : callable
        Line that was taken off before that fit, per unit time, given states.
    dt : float
        Time step.

    Returns
    -------
    float
        Spectral radius.
    """
    table = np.hstack([history.states, history.conditioning])
    spread = table.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    points = np.vstack([np.zeros(len(spread)), np.diag(spread)]) + table.mean(axis=0)
    states, conditioning = np.split(points, [history.states.shape[1]], axis=1)
    clock = np.full(len(points), history.clock[0])
    # A path begins with the scale of the long run.
    before = replace(past.start(states, clock), conditioning=conditioning)
    increments = past.scale(before).multiply(drift(past.vector(before))) * dt
    increments = increments + additive_drift(states) * dt
    after = past.advance(before, increments, dt, clock)
    rows = np.hstack([after.states, after.conditioning])
    jacobian = (rows[1:] - rows[0]) / spread[:, np.newaxis]
    if not np.isfinite(jacobian).all():
        return np.inf
    return float(np.abs(np.linalg.eigvals(jacobian)).max())
