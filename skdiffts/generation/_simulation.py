"""Training residuals of dynamics, first rows of simulated paths, blocks of paths."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdiffts._paths import nameless
from skdiffts._preprocessing import Preprocessing
from skdiffts._seeding import draw_residuals

__all__ = ["StartingRows", "innovation_ratio", "simulate_block", "training_residuals"]


def training_residuals(dynamics, X):
    """Residuals from which a sampler can learn the distribution of new ones.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    X : Paths, array, frame or list
        Training paths in the coordinates of the dynamics.

    Returns
    -------
    ndarray of shape (n_residuals, n_features)
        Leave-one-out residuals; for frozen dynamics, which were fitted to other paths,
        the residuals of X.

    Raises
    ------
    ValueError
        If there are less than two.
    """
    if isinstance(dynamics, FrozenEstimator):
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


def innovation_ratio(dynamics):
    """Factor by which residuals become as wide as innovations, without errors of the fit.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.

    Returns
    -------
    float
        Their ``innovation_ratio_``; 1 for dynamics without, and for frozen ones, whose
        ratio belongs to the leave-one-out residuals of other paths.
    """
    if isinstance(dynamics, FrozenEstimator):
        return 1.0
    return getattr(dynamics, "innovation_ratio_", 1.0)


@dataclass(frozen=True, eq=False)
class StartingRows:
    """Rows, with their history, from which paths may start.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    preprocessing : Preprocessing
        Map of given rows to the coordinates of the dynamics.
    history : History
        History after each training row.
    rows : dict of str to ndarray of int
        Training rows for each choice of ``x0``.
    longest : int
        Rows of the longest training path.
    """

    dynamics: Any
    preprocessing: Preprocessing
    history: Any
    rows: dict
    longest: int

    @classmethod
    def trace(cls, paths, X, dynamics, preprocessing):
        """Trace the history of training paths.

        Parameters
        ----------
        paths : Paths
            Training paths.
        X : Paths, array, frame or list
            The same in the coordinates of the dynamics, and in the form that they take.
        dynamics : estimator
            Fitted dynamics.
        preprocessing : Preprocessing
            As in the class.

        Returns
        -------
        StartingRows
            All rows with a long enough history.
        """
        last = dynamics.n_history_ - 1
        rows = {
            "initial": np.flatnonzero(paths.positions == last),
            "states": np.flatnonzero(paths.positions >= last),
            "last": paths.indptr[-1:] - 1,
        }
        longest = int(paths.lengths.max())
        return cls(dynamics, preprocessing, dynamics.history(X), rows, longest)

    def draw(self, x0, n_paths, rng):
        """History of each path, its first row included.

        Parameters
        ----------
        x0 : None, str or array-like
            Source of the first rows; None stands for "initial".
        n_paths : int
            Number of paths.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        History
            One entry for each path.
        """
        choice = "initial" if x0 is None else x0
        if isinstance(choice, str) and choice == "smoothed":
            return self._draw_smoothed(n_paths, rng)
        if isinstance(choice, str) and choice in self.rows:
            rows = self.rows[choice]
            return self.history.take(rows[rng.randint(len(rows), size=n_paths)])
        d = self.history.states.shape[1]
        given = None if isinstance(x0, str) else np.asarray(x0, dtype=np.float64)
        if given is None or given.shape not in ((d,), (n_paths, d)):
            found = repr(x0) if given is None else f"an array of shape {given.shape}"
            raise ValueError(
                f"x0 is {found}; pass 'initial', 'smoothed', 'states', 'last', or numbers "
                f"of shape ({d},) or ({n_paths}, {d})."
            )
        if not np.isfinite(given).all():
            raise ValueError("x0 has NaN or infinity; pass finite numbers.")
        states = self.preprocessing.transform(np.broadcast_to(given, (n_paths, d)))
        return self.dynamics.start_history(states)

    def _draw_smoothed(self, n_paths, rng):
        """History of paths with new first rows, at the clock of training ones."""
        rows, n_history = self.rows["initial"], self.dynamics.n_history_
        if len(rows) < 2:
            raise ValueError(
                f"x0='smoothed' needs two training paths with a long enough past, of "
                f"which there are {len(rows)}; pass 'initial' or 'states'."
            )
        chosen = rng.randint(len(rows), size=n_paths)
        # The rows of the history that the first vector takes are smoothed together.
        first = self.history.states[rows[:, np.newaxis] + np.arange(1 - n_history, 1)]
        first = smoothed(first.reshape(len(rows), -1), chosen, rng)
        first = first.reshape(n_paths, n_history, -1)
        if n_history == 1:
            history = self.dynamics.start_history(first[:, 0])
        else:
            last = np.arange(1, n_paths + 1) * n_history - 1
            try:
                history = nameless(self.dynamics).history(first).take(last)
            except ValueError as error:
                raise ValueError(
                    "x0='smoothed' makes pasts without an index, which the dynamics "
                    "need; pass 'initial' or 'states'."
                ) from error
        return replace(history, clock=self.history.clock[rows[chosen]])


def smoothed(rows, chosen, rng):
    r"""Draw from a kernel density that has the mean and the covariance of the rows.

    .. math:: \bar x + (x_i - \bar x + h \xi) / \sqrt{1 + h^2}, \qquad
        \xi \sim N(0, S), \quad h = (4 / (n (r + 2)))^{1 / (r + 4)}

    with the covariance S of the n rows and its rank r: the variance-preserving smoothed
    bootstrap [1]_, with the bandwidth that is best for a normal distribution.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Rows.
    chosen : ndarray of int of shape (n_samples,)
        Rows to draw around.
    rng : numpy.random.RandomState
        Source of randomness.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
        Draws.

    References
    ----------
    .. [1] B. W. Silverman, "Density Estimation for Statistics and Data Analysis",
       Chapman and Hall, 1986, sections 4.3.2 and 6.4.1.
    """
    mean = rows.mean(axis=0)
    centred = rows - mean
    # The right factor maps white noise to the covariance, whatever its rank.
    _, scale, directions = np.linalg.svd(centred, full_matrices=False)
    kept = scale > scale.max() * max(rows.shape) * np.finfo(float).eps
    factor = scale[kept, np.newaxis] * directions[kept] / np.sqrt(len(rows))
    rank = len(factor)
    h = (4.0 / (len(rows) * (rank + 2.0))) ** (1.0 / (rank + 4.0))
    noise = rng.standard_normal((len(chosen), rank)) @ factor
    return mean + (centred[chosen] + h * noise) / np.sqrt(1.0 + h**2)


def simulate_block(dynamics, sampler, history, length, seed, ratio):
    """Simulate paths with one seed.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    sampler : estimator
        Fitted distribution of the residuals.
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
    draws = ratio * draw_residuals(sampler, n_paths * (length - 1), seed)
    return dynamics.simulate(draws.reshape(n_paths, length - 1, d), history)
