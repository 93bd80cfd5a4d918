"""Draws on their way: the reverse process at several noise levels."""

import numpy as np
import torch
from sklearn.base import clone
from sklearn.utils import check_array

from skdiffts._seeding import draw_seed
from skdiffts._torch import BLOCK_ROWS, generator, to_numpy, to_tensor
from skdiffts.diffusion._denoiser import Denoiser

__all__ = ["draw_levels", "level_times"]

# Default number of noise levels, the data at time 0 included.
N_LEVELS = 6


def level_times(process, times):
    """Check diffusion times, or choose some.

    Parameters
    ----------
    process : DiffusionProcess
        Trained process.
    times : array-like of shape (n_times,) or None
        Times, falling; None takes those at which the angle between signal and noise,
        arctan(s / m), is equally spaced.

    Returns
    -------
    ndarray of shape (n_times,)
        Times.
    """
    if times is None:
        start = np.arctan(np.exp(-process.log_snr_range[0]))
        angles = np.linspace(start, 0.0, N_LEVELS)[1:-1]
        inner = [float(process.sde.time(-np.log(np.tan(angle)))) for angle in angles]
        return np.array([1.0, *inner, 0.0])
    times = check_array(times, dtype=np.float64, ensure_2d=False, input_name="times")
    falling = times.ndim == 1 and (np.diff(times) < 0.0).all()
    if not falling or times[0] > 1.0 or times[-1] < 0.0:
        raise ValueError(
            f"times={times} must be numbers from 1 to 0, each below the one before, such "
            "as [1.0, 0.5, 0.0]."
        )
    return times


def draw_levels(process, times, n_samples, rng):
    """Draw rows and note them at each of falling times.

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
    d = len(process.whitening.mean)
    draws = np.empty((len(times), n_samples, d))
    for block, seed in enumerate(draw_seed(rng, -(-n_samples // BLOCK_ROWS))):
        rows = slice(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS)
        shape = draws[0, rows].shape
        for i, u in enumerate(_whitened_levels(process, times, shape, seed)):
            draws[i, rows] = process.whitening.inverse_transform(u)
    return draws


def _whitened_levels(process, times, shape, seed):
    """Yield the whitened rows of one block at each time."""
    rng = generator(seed)

    def draw_noise():
        return torch.randn(shape, generator=rng, dtype=torch.float32).double()

    sde, center = process.sde, process.sde.center
    level, highest = process.log_snr_range
    y = process.prior.sample(draw_noise().numpy(), np.random.RandomState(seed))
    for t in times:
        with np.errstate(divide="ignore"):
            target = min(float(sde.log_snr(t)), highest) if t > 0.0 else highest
        if target > level:
            solver = _stretch(process.solver, last=t == 0.0)
            with torch.inference_mode():
                y = to_numpy(
                    solver.solve(
                        Denoiser(process.module),
                        sde,
                        to_tensor(y),
                        (level, target),
                        draw_noise,
                    )
                )
            level = target
        yield y if t == 0.0 else center + float(sde.scale(t)) * (y - center)


def _stretch(solver, *, last):
    """Solver for the levels between two times: no end but at time 0, no fixed grid."""
    fixed = not isinstance(getattr(solver, "grid", ""), str)
    params = {"grid": "logsnr"} if fixed else {}
    params |= {} if last else {"final": "none"}
    return clone(solver).set_params(**params)
