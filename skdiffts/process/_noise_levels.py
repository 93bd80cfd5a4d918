"""Draws at several diffusion times of the reverse process."""

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_array

from skdiffts._noise_level import angle, log_snr_at
from skdiffts._torch import seeded_blocks

__all__ = ["draw_at_times", "falling_times"]

# Default number of diffusion times, time 0 included.
N_TIMES = 6


def falling_times(process, times):
    """Check diffusion times, or choose some.

    Parameters
    ----------
    process : DiffusionProcess
        Trained process.
    times : array-like of shape (n_times,) or None
        Falling times; None takes those at which the angle between signal and noise,
        arctan(s / m), is equally spaced.

    Returns
    -------
    ndarray of shape (n_times,)
        Times.

    Raises
    ------
    ValueError
        If the times do not fall, or leave [0, 1].
    """
    if times is None:
        angles = np.linspace(angle(process.log_snr_range[0]), 0.0, N_TIMES)[1:-1]
        inner = [float(process.sde.time(log_snr_at(theta))) for theta in angles]
        return np.array([1.0, *inner, 0.0])
    times = check_array(times, dtype=np.float64, ensure_2d=False, input_name="times")
    falling = times.ndim == 1 and (np.diff(times) < 0.0).all()
    if not falling or times[0] > 1.0 or times[-1] < 0.0:
        raise ValueError(
            f"times={times} must be numbers from 1 to 0, each below the one before, such "
            "as [1.0, 0.5, 0.0]."
        )
    return times


def draw_at_times(process, times, n_samples, rng):
    """Draw rows and note their values at each of falling times.

    Parameters
    ----------
    process : DiffusionProcess
        Trained process.
    times : ndarray of shape (n_times,)
        Falling times.
    n_samples : int
        Number of rows.
    rng : numpy.random.RandomState
        Source of randomness.

    Returns
    -------
    ndarray of shape (n_times, n_samples, n_features)
        Noised rows, in the units of the data.
    """
    draws = np.empty((len(times), n_samples, process.n_features))
    for rows, seed in seeded_blocks(n_samples, rng):
        shape = draws[0, rows].shape
        for i, u in enumerate(_whitened_at_times(process, times, shape, seed)):
            draws[i, rows] = process.whitening.inverse_transform(u)
    return draws


def _whitened_at_times(process, times, shape, seed):
    """Yield the whitened rows of one block at each time."""
    sde, center = process.sde, process.sde.center
    level, highest = process.log_snr_range
    draw_noise, y = process.begin(shape, seed)
    for t in times:
        with np.errstate(divide="ignore"):
            target = min(float(sde.log_snr(t)), highest) if t > 0.0 else highest
        if target > level:
            solver = _solver_between(process.solver, last=t == 0.0)
            y = process.solve(solver, y, (level, target), draw_noise)
            level = target
        yield y if t == 0.0 else center + float(sde.scale(t)) * (y - center)


def _solver_between(solver, *, last):
    """Solver between two times: no final step but at time 0, no fixed grid."""
    fixed = not isinstance(getattr(solver, "grid", ""), str)
    params = {"grid": "logsnr"} if fixed else {}
    params |= {} if last else {"final": "none"}
    return clone(solver).set_params(**params)
