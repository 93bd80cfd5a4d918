"""Forward-chaining likelihood of histories under a linear model."""

from dataclasses import dataclass

import numpy as np

from skdiffts.selection._design import Design
from skdiffts.selection._folds import N_BLOCKS, block_error, path_numbers
from skdiffts.selection._noise import Noise

__all__ = ["Forecast", "ForwardLikelihood"]


@dataclass(frozen=True, eq=False)
class Forecast:
    """Log-densities of the scored rows of all folds under one history.

    Parameters
    ----------
    specification : Specification
        The history.
    values : ndarray of shape (n_scored,)
        Log-densities, in nats.
    noises : tuple of Noise
        Distribution of the innovations in each fold.
    """

    specification: object
    values: np.ndarray
    noises: tuple


class ForwardLikelihood:
    """Log-densities of rows under linear models that are fitted to other rows.

    The drift is linear in the conditioning vector. Without a scale innovations have a
    multivariate t distribution; with one, the residuals that it leaves.

    Parameters
    ----------
    paths : Paths
        Training paths.
    dt : ndarray of shape (n_transitions,)
        Length of each transition in time.
    folds : list of Fold
        Transitions that are fitted and scored.
    n_history : int
        Rows before a scored one that must be there.
    max_rows : int, default=None
        Transitions of a fold that scales are fitted to; None is as many as by default.
    """

    def __init__(self, paths, dt, folds, n_history, max_rows=None):
        self.paths, self.dt, self.folds = paths, dt, folds
        self.max_rows = max_rows
        n_fitted = min(int(fold.fitted.sum()) for fold in folds)
        self.design = Design(paths, dt, n_fitted)
        deep = paths.positions[paths.starts] >= n_history - 1
        self._scored = [np.flatnonzero(fold.scored & deep) for fold in folds]
        path, n_paths = path_numbers(paths)
        self._groups = None
        if n_paths >= N_BLOCKS:
            rows = [path[paths.ends[scored]] for scored in self._scored]
            self._groups = np.concatenate(rows)

    @property
    def scored(self):
        """Transitions that are scored, the first fold first."""
        return np.concatenate(self._scored)

    def evaluate(self, specification, noises=None):
        """Log-densities of all scored rows.

        Parameters
        ----------
        specification : Specification
            The history.
        noises : tuple of Noise, default=None
            Distributions in the folds whose weights are taken over; None fits them.

        Returns
        -------
        Forecast or None
            None if there are too few rows for the columns.
        """
        values, used = [], []
        for k, fold in enumerate(self.folds):
            drift = self.design.drift(specification, fold.fitted)
            if drift is None:
                return None
            scored = self._scored[k]
            if noises is None or not specification.has_scale:
                strategy = specification.scale(self.max_rows)
                noise, value = Noise.fit(
                    strategy, fold, self.paths, self.dt, drift, scored
                )
            else:
                noise = noises[k].rescaled(fold, self.dt, drift)
                value = noise.log_density(self.paths, self.dt, drift, scored)
            used.append(noise)
            # Innovations are per root of time, densities of rows are not.
            log_dt = 0.5 * self.paths.n_features * np.log(self.dt[scored])
            values.append(value - log_dt)
        return Forecast(specification, np.concatenate(values), tuple(used))

    def gain(self, forecast, other):
        """Mean gain of one history over another, and its standard error.

        Parameters
        ----------
        forecast, other : Forecast
            Log-densities under the two histories.

        Returns
        -------
        gain, error : float
            Nats a row; its error by means over blocks of time, or over paths.
        """
        differences = forecast.values - other.values
        error = block_error(differences, groups=self._groups)
        return float(differences.mean()), error
