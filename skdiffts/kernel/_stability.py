"""Whether the recursion of the global linear drift stays bounded."""

import numpy as np

from skdiffts.kernel._past import PathMemory

__all__ = ["STANDSTILL", "spectral_radius"]

# Excess over one that rounding may leave where nothing moves.
STANDSTILL = 1e-9
STEP = 1e-4


def spectral_radius(past, memory, drift, own_drift, dt):
    """Largest modulus of an eigenvalue of one noiseless step, at the mean memory.

    The step maps states and memories of conditioning and scale to the next ones. It is
    differentiated by differences, which are exact where it is linear, as for states and
    lags. Directions in which nothing moves have eigenvalue one.

    Parameters
    ----------
    past : Past
        Conditioning and scale.
    memory : PathMemory
        Training memories.
    drift : callable
        Drift of the global linear fit per unit time, given conditioning vectors.
    own_drift : callable
        Line that was taken off before that fit, per unit time, given states.
    dt : float
        Time step.

    Returns
    -------
    float
        Spectral radius.
    """
    # A path begins with the long-run scale, at which the line is followed.
    beginning = past.start(memory.states, memory.clock)
    parts = memory.states, memory.conditioning, beginning.scale
    bounds = np.cumsum([part.shape[1] for part in parts])
    table = np.hstack(parts)
    spread = table.std(axis=0)
    # The scale is moved little, so that its memory stays what it stands for.
    unit = np.repeat([1.0, 1.0, STEP], [part.shape[1] for part in parts])
    spread = np.where(spread > 0.0, spread, unit)
    n_coordinates = len(spread)
    points = np.vstack([np.zeros(n_coordinates), np.diag(spread)]) + table.mean(axis=0)
    states, conditioning, scale = np.split(points, bounds[:-1], axis=1)
    clock = np.full(len(points), memory.clock[0])
    before = PathMemory(states, clock, conditioning, scale)
    increments = past.scale(before).multiply(drift(past.vector(before))) * dt
    increments = increments + own_drift(states) * dt
    after = past.advance(before, increments, dt, clock)
    rows = np.hstack([after.states, after.conditioning, after.scale])
    jacobian = (rows[1:] - rows[0]) / spread[:, np.newaxis]
    if not np.isfinite(jacobian).all():
        return np.inf
    return float(np.abs(np.linalg.eigvals(jacobian)).max())
