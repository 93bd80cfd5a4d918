"""Proposals of next rows: Gaussian distributions in the ranges of the row's targets."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from skdiffts._gaussian import whiten
from skdiffts.columns import draw_in_cells, log_mass

__all__ = ["Proposal"]

# Share of proposals with wide tails, and how many times as wide they are.
WIDE_SHARE, WIDTH = 0.1, 3.0
LOG_ROOT_2_PI = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True, eq=False, kw_only=True)
class Proposal:
    r"""Distribution from which the next rows of particles are drawn.

    .. math:: q = \sum_c \pi_c q_c, \qquad q_c(x) = \prod_j
        \frac{\varphi(e_j) / L_{jj}}{\Phi(b_j) - \Phi(a_j)}, \qquad
        e = L^{-1} (x - m)

    over the columns that are not fixed, with mean m, Cholesky factor L, and the bounds a
    and b of e in the ranges. Columns are drawn one after another, fixed ones first, then
    those in ranges: a free one that is drawn before them knows of none. A second component
    is three times as wide, for one-step distributions with heavy tails, which a Gaussian
    one would never visit.

    Parameters
    ----------
    means : list of ndarray of shape (n_paths, n_features)
        Mean of each component.
    covariances : list of ndarray of shape (n_paths, n_features, n_features)
        Covariance of each component.
    low, high : ndarray of shape (n_paths, n_features)
        Bounds, equal ones for fixed cells.
    is_possible : ndarray of bool of shape (n_paths,)
        Whether the targets leave a range.
    near : list of tuple
        Targets that are values with a bandwidth, with their sums so far and the
        coefficient of the row.
    """

    means: list
    covariances: list
    low: np.ndarray
    high: np.ndarray
    is_possible: np.ndarray
    near: list

    @classmethod
    def fit(cls, step, look, states, targets, row, *, is_wide):
        """Tilt the moments of a step by the look-ahead from the row that it leads to.

        Parameters
        ----------
        step : OneStep
            Distribution of the next rows.
        look : LookAhead
            Look-ahead.
        states : PathStates
            States in the row before.
        targets : sequence of Target
            Targets of these paths.
        row : int
            Next row.
        is_wide : bool
            Whether there is a second component with wide tails.

        Returns
        -------
        Proposal
            The distribution.
        """
        mean, covariance = step.mean(), step.covariance()
        precision, slopes = look.tilt(row, states, targets, mean)
        low, high = np.full_like(mean, -np.inf), np.full_like(mean, np.inf)
        sums, near = iter(states.sums.T), []
        for target in targets:
            so_far = next(sums) if target.is_running else 0.0
            if target.row != row:
                continue
            j, factor = target.column, target.coefficients[row]
            ends = [(bound - so_far) / factor for bound in (target.low, target.high)]
            low[:, j] = np.maximum(low[:, j], np.minimum(*ends))
            high[:, j] = np.minimum(high[:, j], np.maximum(*ends))
            if target.value is not None:
                near.append((target, so_far, factor))
                weight = factor / np.mean(target.bandwidth**2)
                slopes[:, j] += weight * (target.value - so_far)
                precision[:, j, j] += weight * factor
        is_possible = low <= high
        sizes = [1.0, WIDTH**2] if is_wide else [1.0]
        parts = [_tilted(mean, size * covariance, precision, slopes) for size in sizes]
        means, covariances = zip(*parts, strict=True)
        return cls(
            means=list(means),
            covariances=list(covariances),
            low=np.where(is_possible, low, -np.inf),
            high=np.where(is_possible, high, np.inf),
            is_possible=is_possible.all(axis=1),
            near=near,
        )

    @property
    def order(self):
        """Order in which columns are drawn."""
        is_free = ~(np.isfinite(self.low) | np.isfinite(self.high)).any(axis=0)
        is_open = (self.low < self.high).any(axis=0)
        return np.argsort(2 * is_free + is_open, kind="stable")

    def draw(self, rng):
        """Draw rows.

        Parameters
        ----------
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        rows : ndarray of shape (n_paths, n_features)
            Rows in their ranges.
        log_density : ndarray of shape (n_paths,)
            Log-density of the cells that are not fixed.
        """
        order, (n, d) = self.order, self.low.shape
        mean, covariance = self.means[0], self.covariances[0]
        if len(self.means) > 1:
            is_wide = rng.uniform(size=n) < WIDE_SHARE
            mean = np.where(is_wide[:, np.newaxis], self.means[1], mean)
            chosen = is_wide[:, np.newaxis, np.newaxis]
            covariance = np.where(chosen, self.covariances[1], covariance)
        drawn, (log_density,) = draw_in_cells(
            mean[:, order],
            covariance[:, order[:, np.newaxis], order],
            self.low[:, order],
            self.high[:, order],
            rng.uniform(size=(1, n, d)),
        )
        rows = drawn[0][:, np.argsort(order)]
        return rows, log_density if len(self.means) == 1 else self.log_density(rows)

    def log_density(self, rows):
        """Log-density of the cells of rows that are not fixed.

        Parameters
        ----------
        rows : ndarray of shape (n_paths, n_features)
            Rows in their ranges.

        Returns
        -------
        ndarray of shape (n_paths,)
            Log-densities.
        """
        order = self.order
        low, high, x = self.low[:, order], self.high[:, order], rows[:, order]
        shares = [1.0] if len(self.means) == 1 else [1.0 - WIDE_SHARE, WIDE_SHARE]
        logs = []
        for mean, covariance in zip(self.means, self.covariances, strict=True):
            factor = np.linalg.cholesky(covariance[:, order[:, np.newaxis], order])
            size = np.diagonal(factor, axis1=1, axis2=2)
            e = whiten(factor, x - mean[:, order])
            ends = [(bound - x) / size + e for bound in (low, high)]
            terms = -0.5 * e**2 - LOG_ROOT_2_PI - np.log(size) - log_mass(*ends)
            logs.append(np.where(low < high, terms, 0.0).sum(axis=1))
        return logsumexp(logs, axis=0, b=np.array(shares)[:, np.newaxis])

    def log_weights(self, rows):
        """Return logs of the weights of targets that are values with a bandwidth.

        Parameters
        ----------
        rows : ndarray of shape (n_paths, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_paths,)
            Logs.
        """
        total = np.zeros(len(rows))
        for target, so_far, factor in self.near:
            total += target.log_weights(so_far + factor * rows[:, target.column])
        return total


def _tilted(mean, covariance, precision, slopes):
    """Moments of a Gaussian density times the exponential of a quadratic form."""
    if not precision.any():
        return mean, covariance
    inner = np.eye(mean.shape[1]) + covariance @ precision
    covariance = np.linalg.solve(inner, covariance)
    covariance = 0.5 * (covariance + covariance.transpose(0, 2, 1))
    pull = slopes - np.einsum("ni,nij->nj", mean, precision)
    return mean + np.einsum("nij,nj->ni", covariance, pull), covariance
