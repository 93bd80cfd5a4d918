"""Where paths start, and how a block of them is simulated."""

import numpy as np

__all__ = ["StartingRows", "simulate_block"]


class StartingRows:
    """Training rows from which paths may start.

    Parameters
    ----------
    paths : Paths
        Training paths.
    """

    def __init__(self, paths):
        values = paths.values.copy()  # they may be the user's own
        self.rows = {
            "initial": values[paths.first_rows],
            "states": values,
            "last": values[-1:],
        }
        self.longest = int(paths.lengths.max())

    def draw(self, x0, n_paths, rng):
        """First row of each path.

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
        ndarray of shape (n_paths, n_features)
            First rows.
        """
        choice = "initial" if x0 is None else x0
        if isinstance(choice, str) and choice in self.rows:
            rows = self.rows[choice]
            return rows[rng.randint(len(rows), size=n_paths)]
        d = self.rows["last"].shape[1]
        given = None if isinstance(x0, str) else np.asarray(x0, dtype=np.float64)
        if given is None or given.shape not in ((d,), (n_paths, d)):
            what = repr(x0) if given is None else f"an array of shape {given.shape}"
            raise ValueError(
                f"x0 is {what}; pass 'initial', 'states', 'last', or numbers of shape "
                f"({d},) or ({n_paths}, {d})."
            )
        if not np.isfinite(given).all():
            raise ValueError("x0 has NaN or infinity; pass finite numbers.")
        return np.broadcast_to(given, (n_paths, d))


def simulate_block(dynamics, sampler, x0, length, seed):
    """Simulate paths with one seed.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.
    sampler : estimator
        Fitted law of the residuals.
    x0 : ndarray of shape (n_paths, n_features)
        First rows.
    length : int
        Rows of each path.
    seed : int
        Seed of the residuals.

    Returns
    -------
    ndarray of shape (n_paths, length, n_features)
        Paths.
    """
    n_paths, d = x0.shape
    residuals = np.zeros((n_paths, length, d))
    if length > 1:
        draws = sampler.sample(n_paths * (length - 1), random_state=seed)
        residuals[:, 1:] = draws.reshape(n_paths, length - 1, d)
    return dynamics.inverse_transform(residuals, x0=x0)
