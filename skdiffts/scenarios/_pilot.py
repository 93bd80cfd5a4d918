"""Pilot paths without any condition, and the linear Gaussian model of their steps."""

from dataclasses import dataclass

import numpy as np

from skdiffts._gaussian import whiten

__all__ = ["LinearSteps", "PathStates", "Pilot", "lift"]

# Directions narrower than this share of the widest have no slope.
NARROW = 1e-6
# Most coordinates of a state.
MAX_STATE = 60


@dataclass(frozen=True, eq=False, kw_only=True)
class Pilot:
    """Paths that were simulated without any condition, with their one-step moments.

    Parameters
    ----------
    states : ndarray of shape (n_steps + 1, n_paths, n_features)
        Rows.
    means : ndarray of shape (n_steps, n_paths, n_features)
        Conditional means of the rows after the first.
    covariances : ndarray of shape (n_steps, n_features, n_features)
        Means of their conditional covariances.
    n_lags : int
        Rows that the mean of the next one is taken to depend on.
    kurtosis : float
        Mardia's kurtosis of the innovations over a Gaussian distribution's [1]_.

    References
    ----------
    .. [1] K. V. Mardia, "Measures of Multivariate Skewness and Kurtosis with
       Applications", Biometrika 57(3), 1970.
    """

    states: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    n_lags: int
    kurtosis: float

    @classmethod
    def simulate(cls, model, paths, rng):
        """Simulate paths from given starts.

        Parameters
        ----------
        model : OneStepModel
            One-step distribution.
        paths : RunningPaths
            Paths with one row.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        Pilot
            The paths.
        """
        states, means, covariances, fourth = [paths.states], [], [], []
        for number in range(paths.dt.shape[1]):
            step = model.step(paths, number)
            mean, covariance = step.mean(), step.covariance()
            rows = step.draw(rng)
            squares = whiten(np.linalg.cholesky(covariance), rows - mean) ** 2
            means.append(mean)
            covariances.append(covariance.mean(axis=0))
            fourth.append(np.mean(squares.sum(axis=1) ** 2))
            paths = model.advance(paths, number, rows)
            states.append(paths.states)
        d = paths.states.shape[1]
        n_lags = max(1, min(model.n_history, MAX_STATE // d))
        return cls(
            states=np.array(states),
            means=np.array(means).reshape(-1, *paths.states.shape),
            covariances=np.array(covariances).reshape(-1, d, d),
            n_lags=n_lags,
            kurtosis=np.mean(fourth) / (d * (d + 2.0)) if fourth else 1.0,
        )


@dataclass(frozen=True, eq=False)
class PathStates:
    """Rows and sums of paths on which the look-ahead depends.

    Parameters
    ----------
    lags : ndarray of shape (n_paths, n_lags, n_features)
        Present row and rows before it; those before the start are the start.
    sums : ndarray of shape (n_paths, n_sums)
        Sums of the targets that add up several rows, so far.
    """

    lags: np.ndarray
    sums: np.ndarray

    @classmethod
    def start(cls, rows, n_lags, n_sums):
        """States of paths with one row."""
        lags = np.repeat(rows[:, np.newaxis], n_lags, axis=1)
        return cls(lags, np.zeros((len(rows), n_sums)))

    @property
    def vectors(self):
        """One vector a path, shape (n_paths, n_lags * n_features + n_sums)."""
        return np.hstack([self.lags.reshape(len(self.lags), -1), self.sums])

    @property
    def carried(self):
        """Vectors of the next states, where the next row is zero."""
        lags = np.concatenate([np.zeros_like(self.lags[:, :1]), self.lags[:, :-1]], 1)
        return PathStates(lags, self.sums).vectors

    def followed_by(self, rows, additions):
        """States after one more row.

        Parameters
        ----------
        rows : ndarray of shape (n_paths, n_features)
            Rows.
        additions : ndarray of shape (n_sums, n_features)
            What sums gain from a row.

        Returns
        -------
        PathStates
            The states.
        """
        lags = np.concatenate([rows[:, np.newaxis], self.lags[:, :-1]], axis=1)
        return PathStates(lags, self.sums + rows @ additions.T)

    def take(self, rows):
        """States of some of the paths."""
        return PathStates(self.lags[rows], self.sums[rows])


@dataclass(frozen=True, eq=False, kw_only=True)
class LinearSteps:
    r"""Linear Gaussian model :math:`s_{i+1} = F_i s_i + f_i + G_i e`, e from N(0, I).

    Parameters
    ----------
    matrices : ndarray of shape (n_steps, n_state, n_state)
        Matrices F.
    shifts : ndarray of shape (n_steps, n_state)
        Vectors f.
    noises : ndarray of shape (n_steps, n_state, n_features)
        Factors G.
    mean : ndarray of shape (n_state,)
        Mean of the first state.
    covariance : ndarray of shape (n_state, n_state)
        Its covariance.
    additions : ndarray of shape (n_steps + 1, n_sums, n_features)
        What sums gain from a row.
    n_lags : int
        Rows in a state.
    """

    matrices: np.ndarray
    shifts: np.ndarray
    noises: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    additions: np.ndarray
    n_lags: int

    @classmethod
    def fit(cls, pilot, additions):
        """Regress the conditional means of pilot paths on their states, row by row.

        For linear dynamics this is the model itself: means have no noise.

        Parameters
        ----------
        pilot : Pilot
            Pilot paths.
        additions : ndarray of shape (n_steps + 1, n_sums, n_features)
            As in the class.

        Returns
        -------
        LinearSteps
            The model.
        """
        n_steps, _, d = pilot.means.shape
        n_sums, p = additions.shape[1], pilot.n_lags
        states = PathStates.start(pilot.states[0], p, n_sums)
        first = states.vectors
        mean = first.mean(axis=0)
        matrices = np.zeros((n_steps, len(mean), len(mean)))
        older, sums = np.arange(d, p * d), np.arange(p * d, p * d + n_sums)
        matrices[:, older, older - d] = 1.0
        matrices[:, sums, sums] = 1.0
        shifts, noises = np.zeros((n_steps, len(mean))), []
        for i in range(n_steps):
            vectors = states.vectors[:, : p * d]
            center, middle = vectors.mean(axis=0), pilot.means[i].mean(axis=0)
            left, right = vectors - center, pilot.means[i] - middle
            slope = np.linalg.lstsq(left, right, rcond=NARROW)[0].T
            rest = right - left @ slope.T
            covariance = pilot.covariances[i] + rest.T @ rest / len(rest)
            up = lift(d, p, additions[i + 1])
            matrices[i][:, : p * d] += up @ slope
            shifts[i] = up @ (middle - slope @ center)
            noises.append(up @ np.linalg.cholesky(covariance))
            states = states.followed_by(pilot.states[i + 1], additions[i + 1])
        return cls(
            matrices=matrices,
            shifts=shifts,
            noises=np.array(noises).reshape(n_steps, len(mean), d),
            mean=mean,
            covariance=(first - mean).T @ (first - mean) / len(first),
            additions=additions,
            n_lags=p,
        )

    def with_constant(self):
        """Model of states with one more coordinate, which stays as it is.

        Returns
        -------
        tuple of three ndarray
            Matrices, shifts and noises.
        """
        n_steps, n = self.shifts.shape
        matrices = np.zeros((n_steps, n + 1, n + 1))
        matrices[:, :n, :n], matrices[:, n, n] = self.matrices, 1.0
        shifts = np.pad(self.shifts, ((0, 0), (0, 1)))
        return matrices, shifts, np.pad(self.noises, ((0, 0), (0, 1), (0, 0)))


def lift(d, n_lags, additions):
    """Matrix from a row to the state that it belongs to.

    Parameters
    ----------
    d : int
        Columns of a row.
    n_lags : int
        Rows in a state.
    additions : ndarray of shape (n_sums, d)
        What sums gain from the row.

    Returns
    -------
    ndarray of shape (n_state, d)
        Matrix.
    """
    return np.vstack([np.eye(d), np.zeros(((n_lags - 1) * d, d)), additions])
