"""Look-ahead: how well a path can still meet the targets of the rows to come."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts.columns import log_mass
from skdiffts.scenarios._pilot import LinearSteps, lift

__all__ = ["LookAhead", "RangeAhead"]

# Variance of an error that fixed targets are given ahead, relative to their own variance:
# none would need a limit, and particles do meet them without any.
ERROR = 1e-6
# Largest part of a variance that a range leaves as it is.
LOOSE = 1.0 - 1e-6
LOG_ROOT_2_PI = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True, eq=False, kw_only=True)
class RangeAhead:
    r"""Distribution of a functional that must lie in a range, given the states before.

    .. math:: m \mid s_i \sim N(c_i' s_i + d_i, \sigma_i^2)

    for the linear Gaussian model, given the targets with a value, and ranges of rows
    before as Gaussian factors.

    Parameters
    ----------
    number : int
        Number of the target.
    row : int
        Row in which the functional is known.
    slopes : ndarray of shape (n_steps + 1, n_state)
        Vectors c.
    shifts, deviations : ndarray of shape (n_steps + 1,)
        Numbers d and :math:`\sigma`.
    """

    number: int
    row: int
    slopes: np.ndarray
    shifts: np.ndarray
    deviations: np.ndarray

    def standardized(self, row, vectors, target):
        """Bounds of the standardised functional, given states in a row.

        Parameters
        ----------
        row : int
            Row.
        vectors : ndarray of shape (n_paths, n_state)
            States.
        target : Target
            The target.

        Returns
        -------
        mean : ndarray of shape (n_paths,)
            Means of the functional.
        low, high : ndarray of shape (n_paths,)
            Bounds less the mean, over the deviation.
        """
        mean = vectors @ self.slopes[row] + self.shifts[row]
        size = self.deviations[row]
        return mean, (target.low - mean) / size, (target.high - mean) / size


@dataclass(frozen=True, eq=False, kw_only=True)
class LookAhead:
    r"""Probability that the targets after a row are met, for a linear Gaussian model.

    .. math:: \log \psi_i(s) = -\tfrac12 s' \Lambda_i s + \eta_i' s
        + \sum_k \log P(l_k \le m_k \le h_k \mid s)

    up to a constant, with the state s of a path in row i. The quadratic form belongs to
    targets with a value, and is exact for linear dynamics. Each range has its probability,
    given the ranges of rows before it as Gaussian factors with the moments of truncated
    distributions. Its tails matter: a Gaussian factor in its place would forbid what a
    bound allows, and weights had no variance.

    Parameters
    ----------
    precisions : ndarray of shape (n_steps + 1, n_state, n_state)
        Matrices :math:`\Lambda`.
    slopes : ndarray of shape (n_steps + 1, n_state)
        Vectors :math:`\eta`.
    ranges : list of RangeAhead
        Ranges.
    steps : LinearSteps
        The linear model.
    """

    precisions: np.ndarray
    slopes: np.ndarray
    ranges: list
    steps: LinearSteps

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
        steps = LinearSteps.fit(pilot, _additions(pilot, targets))
        factors = _observe(steps, targets)
        exact = [factor for factor in factors if not factor.is_range]
        parts = steps.matrices, steps.shifts, steps.noises
        precisions, slopes = _backward(parts, exact)
        ranges, parts = [], steps.with_constant()
        loose = [factor for factor in factors if factor.is_range]
        for k, factor in enumerate(loose):
            given = [f.padded() for f in exact + loose[:k] if f.variance < np.inf]
            ranges.append(_range_ahead(parts, given, factor))
        return cls(precisions=precisions, slopes=slopes, ranges=ranges, steps=steps)

    @property
    def additions(self):
        """What sums gain from each row."""
        return self.steps.additions

    def log_value(self, row, states, targets):
        """Return logs of the look-ahead from a row.

        Parameters
        ----------
        row : int
            Row.
        states : PathStates
            States in that row.
        targets : sequence of Target
            Targets of these paths.

        Returns
        -------
        ndarray of shape (n_paths,)
            Logs.
        """
        s = states.vectors
        quadratic = np.einsum("ni,ij,nj->n", s, self.precisions[row], s)
        total = s @ self.slopes[row] - 0.5 * quadratic
        for ahead in self.ranges:
            if ahead.row > row:
                _, low, high = ahead.standardized(row, s, targets[ahead.number])
                total = total + log_mass(low, high)
        return total

    def tilt(self, row, states, targets, mean):
        """Gaussian form of the look-ahead from a row as a function of that row alone.

        Parameters
        ----------
        row : int
            Row.
        states : PathStates
            States in the row before.
        targets : sequence of Target
            Targets of these paths.
        mean : ndarray of shape (n_paths, n_features)
            Means of the rows: ranges have the Gaussian factors that give the functional
            the moments of its truncated distribution, path by path.

        Returns
        -------
        precision : ndarray of shape (n_paths, n_features, n_features)
            Matrices of the quadratic forms.
        slopes : ndarray of shape (n_paths, n_features)
            Linear forms.
        """
        n, d = mean.shape
        up = lift(d, self.steps.n_lags, self.additions[row])
        precision = up.T @ self.precisions[row] @ up
        precision = np.repeat(precision[np.newaxis], n, axis=0)
        carried = states.carried
        slopes = (self.slopes[row] - carried @ self.precisions[row]) @ up
        before = states.vectors
        for ahead in self.ranges:
            if ahead.row <= row:
                continue
            center, low, high = ahead.standardized(
                row - 1, before, targets[ahead.number]
            )
            size = ahead.deviations[row - 1]
            value, variance = gaussian_factor(low, high)
            # The functional is along' x + rest + an error, given the row x.
            along = ahead.slopes[row] @ up
            rest = carried @ ahead.slopes[row] + ahead.shifts[row]
            weight = 1.0 / (variance * size**2 + ahead.deviations[row] ** 2)
            precision += weight[:, np.newaxis, np.newaxis] * np.outer(along, along)
            pull = weight * (center + size * value - rest)
            slopes = slopes + pull[:, np.newaxis] * along
        return precision, slopes


def gaussian_factor(low, high):
    """Gaussian factors with which N(0, 1) gets the moments of its truncation to a range.

    Parameters
    ----------
    low, high : ndarray of shape (n,)
        Bounds.

    Returns
    -------
    value, variance : ndarray of shape (n,)
        Means and variances of the factors; infinite variances where a range is loose.
    """
    mass = log_mass(low, high)
    ends = [np.where(np.isfinite(end), end, 0.0) for end in (low, high)]
    heights = [
        np.where(np.isfinite(bound), np.exp(-0.5 * end**2 - LOG_ROOT_2_PI - mass), 0.0)
        for bound, end in zip((low, high), ends, strict=True)
    ]
    mean = heights[0] - heights[1]
    left = 1.0 + ends[0] * heights[0] - ends[1] * heights[1] - mean**2
    left = np.clip(left, ERROR, None)
    loose = left > LOOSE
    left = np.where(loose, 0.5, left)
    variance = left / (1.0 - left)
    return np.where(loose, 0.0, mean / (1.0 - left)), np.where(loose, np.inf, variance)


@dataclass(frozen=True, eq=False, kw_only=True)
class Factor:
    """Gaussian factor of a functional of the state in a row.

    Parameters
    ----------
    number, row : int
        Number of the target, and row.
    functional : ndarray of shape (n_state,)
        The functional.
    value, variance : float
        Mean and variance of the factor.
    scale : float
        Variance of the functional, given the rows before.
    is_range : bool
        Whether it stands for a range.
    """

    number: int
    row: int
    functional: np.ndarray
    value: float
    variance: float
    scale: float
    is_range: bool

    def padded(self, last=0.0):
        """Functional of a state with one more coordinate, and mean and variance."""
        return replace(self, functional=np.append(self.functional, last))


def _additions(pilot, targets):
    """Return what the sums of targets of several rows gain from each row."""
    n_rows, _, d = pilot.states.shape
    running = [target for target in targets if target.is_running]
    additions = np.zeros((n_rows, len(running), d))
    for number, target in enumerate(running):
        additions[:, number, target.column] = target.coefficients
    return additions


def _observe(steps, targets):
    """Gaussian factors of the targets in order of their rows, by a forward filter."""
    mean, covariance = steps.mean, steps.covariance
    first_sum = len(mean) - steps.additions.shape[1]
    places = np.cumsum([target.is_running for target in targets]) - 1 + first_sum
    factors = []
    parts = zip(steps.matrices, steps.shifts, steps.noises, strict=True)
    for row, (matrix, shift, noise) in enumerate(parts, 1):
        mean = matrix @ mean + shift
        covariance = matrix @ covariance @ matrix.T + noise @ noise.T
        for number, target in enumerate(targets):
            if target.row != row:
                continue
            functional = np.zeros(len(mean))
            if target.is_running:
                functional[places[number]] = 1.0
            else:
                functional[target.column] = target.coefficients[row]
            along = covariance @ functional
            scale = along @ functional
            factor = Factor(
                number=number,
                row=row,
                functional=functional,
                **_moments(target, mean @ functional, scale),
                scale=scale,
            )
            factors.append(factor)
            if factor.variance < np.inf:
                gain = along / (scale + factor.variance)
                mean = mean + gain * (factor.value - mean @ functional)
                covariance = covariance - np.outer(gain, along)
    return factors


def _moments(target, mean, scale):
    """Mean and variance of the Gaussian factor of a target."""
    if target.value is not None:
        value, variance = target.value.mean(), np.mean(target.bandwidth**2)
        return {"value": value, "variance": variance, "is_range": False}
    if target.is_fixed:
        value, variance = target.low.mean(), ERROR * scale
        return {"value": value, "variance": variance, "is_range": False}
    size = np.sqrt(scale)
    bounds = [np.array([(b.mean() - mean) / size]) for b in (target.low, target.high)]
    [value], [variance] = gaussian_factor(*bounds)
    value, variance = mean + size * value, scale * variance
    return {"value": value, "variance": variance, "is_range": True}


def _backward(parts, factors):
    """Quadratic and linear form of the factors after each row, as functions of its state."""
    matrices, shifts, noises = parts
    n_steps, n = shifts.shape
    precision, slope = np.zeros((n, n)), np.zeros(n)
    precisions, slopes = [precision], [slope]
    for i in range(n_steps - 1, -1, -1):
        for factor in factors:
            if factor.row == i + 1:
                weighed = factor.functional / factor.variance
                precision = precision + np.outer(factor.functional, weighed)
                slope = slope + weighed * factor.value
        matrix, noise = matrices[i], noises[i]
        inner = np.eye(noise.shape[1]) + noise.T @ precision @ noise
        gain = np.linalg.solve(inner, noise.T @ precision).T
        slope = slope - gain @ (noise.T @ slope)
        precision = precision - gain @ noise.T @ precision
        slope = matrix.T @ (slope - precision @ shifts[i])
        precision = matrix.T @ precision @ matrix
        precision = 0.5 * (precision + precision.T)
        precisions.append(precision)
        slopes.append(slope)
    return np.array(precisions[::-1]), np.array(slopes[::-1])


def _range_ahead(parts, given, factor):
    """Distribution of a functional given the states before it, and factors."""
    copied = replace(factor.padded(-1.0), value=0.0, variance=ERROR * factor.scale)
    precisions, slopes = _backward(parts, [*given, copied])
    # The last coordinate is the functional; beyond its row nothing is known of it.
    own = precisions[:, -1, -1]
    own = np.where(own > 0.0, own, 1.0)
    return RangeAhead(
        number=factor.number,
        row=factor.row,
        slopes=-precisions[:, -1, :-1] / own[:, np.newaxis],
        shifts=slopes[:, -1] / own,
        deviations=1.0 / np.sqrt(own),
    )
