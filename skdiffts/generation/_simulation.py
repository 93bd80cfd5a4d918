"""Where paths start, and how a block of them is simulated."""

import warnings
from dataclasses import replace

import numpy as np

from skdiffts._seeding import draw_residuals

__all__ = ["StartingRows", "simulate_block"]


class StartingRows:
    """Rows, with their past, from which paths may start.

    Parameters
    ----------
    paths : Paths
        Training paths.
    inputs : array, frame or list
        The same, preprocessed.
    dynamics : estimator
        Fitted dynamics.
    preprocessing : Preprocessing
        Map of given rows to the coordinates of the dynamics.
    """

    def __init__(self, paths, inputs, dynamics, preprocessing):
        self.dynamics, self.preprocessing = dynamics, preprocessing
        self.history = dynamics.history(inputs)
        last = dynamics.n_history_ - 1
        self.rows = {
            "initial": np.flatnonzero(paths.positions == last),
            "states": np.flatnonzero(paths.positions >= last),
            "last": paths.indptr[-1:] - 1,
        }
        self.longest = int(paths.lengths.max())

    def draw(self, x0, n_paths, rng):
        """Past of each path, its first row included.

        Parameters
        ----------
        x0 : None, str or array-like
            Where from; None stands for "initial".
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
            what = repr(x0) if given is None else f"an array of shape {given.shape}"
            raise ValueError(
                f"x0 is {what}; pass 'initial', 'smoothed', 'states', 'last', or numbers "
                f"of shape ({d},) or ({n_paths}, {d})."
            )
        if not np.isfinite(given).all():
            raise ValueError("x0 has NaN or infinity; pass finite numbers.")
        states = self.preprocessing.transform(np.broadcast_to(given, (n_paths, d)))
        return self.dynamics.start_history(states)

    def _draw_smoothed(self, n_paths, rng):
        """Past of paths with new first rows, at the clock of training ones."""
        rows, n_history = self.rows["initial"], self.dynamics.n_history_
        if len(rows) < 2:
            raise ValueError(
                f"x0='smoothed' needs two training paths with a long enough past, of "
                f"which there are {len(rows)}; pass 'initial' or 'states'."
            )
        chosen = rng.randint(len(rows), size=n_paths)
        # The rows of the past that the first vector takes are smoothed together.
        heads = self.history.states[rows[:, np.newaxis] + np.arange(1 - n_history, 1)]
        heads = smoothed(heads.reshape(len(rows), -1), chosen, rng)
        heads = heads.reshape(n_paths, n_history, -1)
        if n_history == 1:
            history = self.dynamics.start_history(heads[:, 0])
        else:
            last = np.arange(1, n_paths + 1) * n_history - 1
            try:
                with warnings.catch_warnings():
                    # New rows are arrays, whatever the data were: no names to compare.
                    warnings.filterwarnings("ignore", message="X does not have valid")
                    history = self.dynamics.history(heads).take(last)
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

    with the covariance S of the n rows and its rank r: a smoothed bootstrap with the
    variance held [1]_, its bandwidth the best one for a normal law.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Rows.
    chosen : ndarray of int of shape (n_samples,)
        Which of them to draw around.
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
    # Its right factor maps white noise to the covariance, whatever the rank.
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
        Fitted law of the residuals.
    history : History
        Past of each path, its first row included.
    length : int
        Rows of each path.
    seed : int
        Seed of the residuals.
    ratio : float
        What the residuals are multiplied by.

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
