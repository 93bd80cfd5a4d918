"""Training residuals of dynamics, and blocks of simulated paths."""

import numpy as np
from sklearn.frozen import FrozenEstimator

__all__ = ["innovation_ratio", "simulate_block", "training_residuals"]


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


def simulate_block(dynamics, draws, history, length, seed, ratio):
    """Simulate paths with one seed.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    draws : ResidualDraws
        Source of the residuals.
    history : History
        History of each path, its first row included.
    length : int
        Rows of each path.
    seed : int
        Seed of the residuals.
    ratio : float
        Factor of the residuals.

    Returns
    -------
    ndarray of shape (n_paths, length, n_features)
        Paths.
    """
    n_paths, d = history.states.shape
    if length == 1:
        return history.states[:, np.newaxis].copy()
    residuals = ratio * draws.draw(n_paths * (length - 1), seed)
    return dynamics.simulate(residuals.reshape(n_paths, length - 1, d), history)
