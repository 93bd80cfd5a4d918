"""Training residuals of dynamics, and simulated paths in blocks with a seed each."""

import numpy as np
from joblib import Parallel, delayed
from sklearn.frozen import FrozenEstimator

from skdiffts._seeding import draw_seed

__all__ = [
    "BLOCK_PATHS",
    "block_seeds",
    "innovation_ratio",
    "simulate_block",
    "simulate_paths",
    "training_residuals",
]

# Paths that are simulated with one seed: fixed, so that no backend changes the draws.
BLOCK_PATHS = 256


def training_residuals(dynamics, X, kind):
    """Residuals from which a sampler can learn the distribution of new ones.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    X : Paths, array, frame or list
        Training paths in the coordinates of the dynamics.
    kind : {"leave-one-out", "in-sample"}
        Whether the row of a residual is left out of the fit that whitens it.

    Returns
    -------
    ndarray of shape (n_residuals, n_features)
        Residuals of this kind; for frozen dynamics, which were fitted to other paths,
        the residuals of X.

    Raises
    ------
    ValueError
        If there are less than two.
    """
    if isinstance(dynamics, FrozenEstimator) or kind == "in-sample":
        residuals = dynamics.whiten(X)[0]
        residuals = residuals[np.isfinite(residuals).all(axis=1)]
    else:
        residuals = dynamics.loo_residuals_
    if len(residuals) < 2:
        raise ValueError(
            f"X has {len(residuals)} transitions with a residual; at least 2 are "
            "needed: pass longer paths, or dynamics with past_only=False."
        )
    return residuals


def innovation_ratio(dynamics, kind):
    """Factor by which residuals become as wide as innovations, without errors of the fit.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    kind : {"leave-one-out", "in-sample"}
        Residuals from which the sampler has learnt.

    Returns
    -------
    float
        Their ``innovation_ratio_``; 1 for dynamics without, for residuals in sample, and
        for frozen dynamics, whose ratio belongs to the leave-one-out residuals of other
        paths.
    """
    if isinstance(dynamics, FrozenEstimator) or kind == "in-sample":
        return 1.0
    return getattr(dynamics, "innovation_ratio_", 1.0)


def block_seeds(n_paths, rng):
    """Seeds of the blocks in which paths are simulated.

    Parameters
    ----------
    n_paths : int
        Number of paths.
    rng : numpy.random.RandomState
        Source of randomness.

    Returns
    -------
    ndarray of int
        One seed for each 256 paths.
    """
    return draw_seed(rng, -(-n_paths // BLOCK_PATHS))


def simulate_paths(
    dynamics,
    draws,
    history,
    length,
    seeds,
    ratio=1.0,
    covariates=None,
    n_jobs=None,
    snap=None,
):
    """Simulate paths, in blocks with a seed each.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    draws : ResidualDraws or StateResiduals
        Source of the residuals.
    history : History
        History of each path, its first row included.
    length : int
        Rows of each path.
    seeds : ndarray of int
        Seed of each block of paths.
    ratio : float, default=1.0
        Factor of the residuals.
    covariates : ndarray of shape (n_paths, length - 1, n_covariates), default=None
        Covariates of the simulated rows; None where the dynamics know of none.
    n_jobs : int, default=None
        Processes or threads over the blocks.
    snap : callable, default=None
        Map of new rows and present ones to rows that can be; None where the dynamics
        know of none.

    Returns
    -------
    ndarray of shape (n_paths, length, n_features)
        Paths in the coordinates of the dynamics.
    """
    firsts = range(0, len(history), BLOCK_PATHS)
    blocks = [slice(i, i + BLOCK_PATHS) for i in firsts]
    simulated = Parallel(n_jobs=n_jobs)(
        delayed(simulate_block)(
            dynamics,
            draws,
            history.take(block),
            length,
            seed,
            ratio,
            None if covariates is None else covariates[block],
            snap,
        )
        for block, seed in zip(blocks, seeds.tolist(), strict=True)
    )
    return np.concatenate(simulated)


def simulate_block(
    dynamics, draws, history, length, seed, ratio=1.0, covariates=None, snap=None
):
    """Simulate paths with one seed, in this process.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    draws : ResidualDraws or StateResiduals
        Source of the residuals.
    history : History
        History of each path, its first row included.
    length : int
        Rows of each path.
    seed : int
        Seed.
    ratio, covariates, snap
        As in `simulate_paths`.

    Returns
    -------
    ndarray of shape (n_paths, length, n_features)
        Paths in the coordinates of the dynamics.
    """
    n_paths = len(history)
    if length == 1:
        return history.states[:, np.newaxis].copy()
    residuals = draws.draw(n_paths * (length - 1), seed)
    residuals = residuals.reshape(n_paths, length - 1, -1)
    options = {"covariates": covariates, "snap": snap}
    if draws.knows_state:
        options["to_draws"] = lambda *given: ratio * draws.residuals(*given)
    else:
        residuals = ratio * residuals
    options = {name: value for name, value in options.items() if value is not None}
    return dynamics.simulate(residuals, history, **options)
