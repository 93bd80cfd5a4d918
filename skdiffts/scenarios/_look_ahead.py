"""Gaussian look-ahead: how well a path can still meet the targets of the rows to come."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import truncnorm

__all__ = ["LookAhead", "PathStates", "Pilot"]

# Variance of an error that fixed targets are given ahead, relative to their own variance:
# none would need a limit, and particles do meet them without any.
ERROR = 1e-6
# Directions narrower than this share of the widest have no slope.
NARROW = 1e-6
# Most coordinates of a state, and largest part of a variance that a range leaves as it is.
MAX_STATE, LOOSE = 60, 1.0 - 1e-6


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
    """

    states: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    n_lags: int

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
        states, means, covariances = [paths.states], [], []
        for number in range(paths.dt.shape[1]):
            step = model.step(paths, number)
            means.append(step.mean())
            covariances.append(step.covariance().mean(axis=0))
            rows = step.rows(model.draw_residuals(len(paths.states), rng))
            paths = model.advance(paths, number, rows)
            states.append(paths.states)
        d = paths.states.shape[1]
        n_lags = max(1, min(model.n_history, MAX_STATE // d))
        return cls(
            states=np.array(states),
            means=np.array(means).reshape(-1, *paths.states.shape),
            covariances=np.array(covariances).reshape(-1, d, d),
            n_lags=n_lags,
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
class LookAhead:
    r"""Probability that the targets after a row are met, for a linear Gaussian model.

    .. math:: \log \psi_i(s) = -\tfrac12 s' \Lambda_i s + \eta_i' s

    up to a constant, with the state s of a path in row i. The model regresses the
    conditional means of pilot paths on their states, row by row, so that it is exact for
    linear dynamics. A range of a functional stands for the Gaussian factor that gives the
    functional the moments of its truncated distribution.

    Parameters
    ----------
    precisions : ndarray of shape (n_steps + 1, n_state, n_state)
        Matrices :math:`\Lambda`.
    slopes : ndarray of shape (n_steps + 1, n_state)
        Vectors :math:`\eta`.
    additions : ndarray of shape (n_steps + 1, n_sums, n_features)
        What sums gain from a row.
    n_lags : int
        Rows in a state.
    """

    precisions: np.ndarray
    slopes: np.ndarray
    additions: np.ndarray
    n_lags: int

    @classmethod
    def fit(cls, pilot, targets):
        """Fit the linear model, and run it forward and backward.

        Parameters
        ----------
        pilot : Pilot
            Pilot paths.
        targets : sequence of Target
            Targets in the coordinates of the dynamics.

        Returns
        -------
        LookAhead
            Look-ahead of each row.
        """
        additions = _additions(pilot, targets)
        steps = _linear_steps(pilot, additions)
        seen = _observe(pilot, steps, targets, additions)
        n_state = len(steps[0][1]) if steps else pilot.states.shape[2] * pilot.n_lags
        precision, slope = np.zeros((n_state, n_state)), np.zeros(n_state)
        precisions, slopes = [precision], [slope]
        for (matrix, shift, noise), found in zip(
            reversed(steps), reversed(seen), strict=True
        ):
            for functional, value, variance in found:
                precision = precision + np.outer(functional, functional) / variance
                slope = slope + functional * value / variance
            # The next state is matrix s + shift + noise e, with e from N(0, I).
            inner = np.eye(noise.shape[1]) + noise.T @ precision @ noise
            gain = np.linalg.solve(inner, noise.T @ precision).T
            slope = slope - gain @ (noise.T @ slope)
            precision = precision - gain @ noise.T @ precision
            slope = matrix.T @ (slope - precision @ shift)
            precision = matrix.T @ precision @ matrix
            precision = 0.5 * (precision + precision.T)
            precisions.append(precision)
            slopes.append(slope)
        return cls(
            precisions=np.array(precisions[::-1]),
            slopes=np.array(slopes[::-1]),
            additions=additions,
            n_lags=pilot.n_lags,
        )

    def log_value(self, row, states):
        """Return the log of the look-ahead from a row, shape (n_paths,)."""
        s = states.vectors
        quadratic = np.einsum("ni,ij,nj->n", s, self.precisions[row], s)
        return s @ self.slopes[row] - 0.5 * quadratic

    def tilt(self, row, states):
        """Look-ahead from a row as a function of that row alone.

        Parameters
        ----------
        row : int
            Row.
        states : PathStates
            States in the row before.

        Returns
        -------
        precision : ndarray of shape (n_features, n_features)
            Matrix of the quadratic form.
        slopes : ndarray of shape (n_paths, n_features)
            Linear form of each path.
        """
        d = states.lags.shape[2]
        lift = _lift(d, self.n_lags, self.additions[row])
        precision = self.precisions[row]
        rest = self.slopes[row] - states.carried @ precision
        return lift.T @ precision @ lift, rest @ lift


def _lift(d, n_lags, additions):
    """Matrix from a row to the state that it belongs to."""
    return np.vstack([np.eye(d), np.zeros(((n_lags - 1) * d, d)), additions])


def _additions(pilot, targets):
    """Return what the sums of targets of several rows gain from each row."""
    n_rows, _, d = pilot.states.shape
    running = [target for target in targets if target.is_running]
    additions = np.zeros((n_rows, len(running), d))
    for number, target in enumerate(running):
        additions[:, number, target.column] = target.coefficients
    return additions


def _linear_steps(pilot, additions):
    """Matrix, shift and noise factor of each step of the linear model."""
    n_steps, _, d = pilot.means.shape
    n_sums, p = additions.shape[1], pilot.n_lags
    states, steps = PathStates.start(pilot.states[0], p, 0), []
    for i in range(n_steps):
        vectors = states.vectors
        center, middle = vectors.mean(axis=0), pilot.means[i].mean(axis=0)
        left, right = vectors - center, pilot.means[i] - middle
        slope = np.linalg.lstsq(left, right, rcond=NARROW)[0].T
        rest = right - left @ slope.T
        covariance = pilot.covariances[i] + rest.T @ rest / len(rest)
        lift = _lift(d, p, additions[i + 1])
        matrix = np.zeros((p * d + n_sums,) * 2)
        matrix[:, : p * d] = lift @ slope
        older = np.arange(d, p * d)
        matrix[older, older - d] = 1.0
        sums = np.arange(p * d, p * d + n_sums)
        matrix[sums, sums] = 1.0
        shift = lift @ (middle - slope @ center)
        steps.append((matrix, shift, lift @ np.linalg.cholesky(covariance)))
        states = states.followed_by(pilot.states[i + 1], np.zeros((0, d)))
    return steps


def _observe(pilot, steps, targets, additions):
    """Gaussian factors of the targets of each row, by a forward filter."""
    n_sums, p, d = additions.shape[1], pilot.n_lags, pilot.states.shape[2]
    vectors = PathStates.start(pilot.states[0], p, n_sums).vectors
    mean = vectors.mean(axis=0)
    covariance = (vectors - mean).T @ (vectors - mean) / len(vectors)
    sums = iter(range(p * d, p * d + n_sums))
    places = [next(sums) if target.is_running else None for target in targets]
    found = []
    for row, (matrix, shift, noise) in enumerate(steps, 1):
        mean = matrix @ mean + shift
        covariance = matrix @ covariance @ matrix.T + noise @ noise.T
        factors = []
        for target, place in zip(targets, places, strict=True):
            if target.row != row:
                continue
            functional = np.zeros(len(mean))
            functional[target.column if place is None else place] = (
                target.coefficients[row] if place is None else 1.0
            )
            along = covariance @ functional
            factor = _factor(target, mean @ functional, along @ functional)
            if factor is None:
                continue
            value, variance = factor
            gain = along / (along @ functional + variance)
            mean = mean + gain * (value - mean @ functional)
            covariance = covariance - np.outer(gain, along)
            factors.append((functional, value, variance))
        found.append(factors)
    return found


def _factor(target, mean, variance):
    """Value and variance of the Gaussian factor of a target; None for none."""
    if target.value is not None:
        return target.value.mean(), np.mean(target.bandwidth**2)
    low, high = target.low.mean(), target.high.mean()
    if target.is_fixed:
        return low, ERROR * variance
    size = np.sqrt(variance)
    cut = truncnorm((low - mean) / size, (high - mean) / size, mean, size)
    middle, left = cut.stats("mv")
    if not left < LOOSE * variance:
        return None
    left = max(float(left), ERROR * variance)
    precision = 1.0 / left - 1.0 / variance
    return (middle / left - mean / variance) / precision, 1.0 / precision
