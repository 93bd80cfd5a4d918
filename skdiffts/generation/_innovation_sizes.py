"""Sizes of innovations that are heavy in the tails: of whole rows, and of single columns."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts._student import DEGREES, fit_student, likeliest_degrees

__all__ = ["InnovationSizes"]

# Iterations of the fit, and sweeps of a draw.
N_ITERATIONS, N_SWEEPS = 20, 5
# Part of the bound of the degrees of freedom from which sizes are all the same.
NEAR = 0.9


@dataclass(frozen=True, eq=False)
class InnovationSizes:
    r"""Innovations with sizes that rows have in common, and sizes of columns alone.

    .. math:: r_i = m + S e_i, \qquad e_{ij} = \frac{\sigma g_{ij}}{\sqrt{a_i c_{ij}}},
        \qquad \nu a_i \sim \chi^2_\nu, \quad \kappa c_{ij} \sim \chi^2_\kappa

    with standard normal g and a symmetric matrix S. One size for a whole row is a
    multivariate t distribution; columns that have large innovations on days of their own
    need the other ones, else draws would bring them into all columns at once.

    Parameters
    ----------
    location : ndarray of shape (n_features,)
        Center m.
    root : ndarray of shape (n_features, n_features)
        Matrix S.
    of_rows, of_cells : float
        Degrees of freedom of both sizes; infinite where all are the same.
    unit : float, default=1.0
        Scale :math:`\sigma`.

    References
    ----------
    .. [1] C. Liu and D. Rubin, "ML Estimation of the t Distribution Using EM and its
       Extensions, ECM and ECME", Statistica Sinica, 1995, section 4.
    """

    location: np.ndarray
    root: np.ndarray
    of_rows: float
    of_cells: float
    unit: float = 1.0

    @classmethod
    def fit(cls, residuals, seen):
        """Maximise the likelihood, in turns with draws of the sizes.

        Expected sizes in place of draws would make both of them too small.

        Parameters
        ----------
        residuals : ndarray of shape (n_rows, n_features)
            Whitened innovations.
        seen : ndarray of bool of shape (n_rows, n_features)
            Innovations that degrees of freedom are fitted to; drawn ones would confirm
            the sizes that they were drawn with.

        Returns
        -------
        InnovationSizes
            Fitted distribution.
        """
        d = residuals.shape[1]
        location, shape, degrees = fit_student(residuals)
        squares, directions = np.linalg.eigh(shape)
        root = (directions * np.sqrt(squares)) @ directions.T
        if d == 1 or not seen.any():
            return cls(location, root, degrees, np.inf)
        e = np.linalg.solve(root, (residuals - location).T).T
        squares, cells, found = seen * e**2, np.ones(e.shape), []
        rng, n_seen = np.random.RandomState(0), seen.sum(axis=1)
        of_rows, unit = _common_degrees(e, seen), 1.0
        for number in range(N_ITERATIONS):
            distances = (cells * squares).sum(axis=1) / unit
            if number:
                of_rows = likeliest_degrees(distances, n_seen)
            own = _drawn(distances, n_seen, of_rows, rng)[:, np.newaxis] * squares
            of_cells = likeliest_degrees(own[seen] / unit, 1)
            cells = _drawn(own / unit, 1, of_cells, rng)
            unit = np.mean((cells * own)[seen])
            found.append((of_rows, of_cells, unit))
        of_rows, of_cells, unit = np.exp(
            np.log(found[N_ITERATIONS // 2 :]).mean(axis=0)
        )
        of_cells = float(of_cells) if of_cells < NEAR * DEGREES[1] else np.inf
        return cls(location, root, float(of_rows), of_cells, float(np.sqrt(unit)))

    def widened(self, width):
        """Distribution whose innovations are so many times as wide.

        Parameters
        ----------
        width : ndarray of shape (n_features,)
            Factor of each innovation from the center.

        Returns
        -------
        InnovationSizes
            The distribution.
        """
        return replace(self, root=width[:, np.newaxis] * self.root)

    def draw(self, e, rng):
        """Draw inverse squared sizes given innovations.

        Parameters
        ----------
        e : ndarray of shape (n_rows, n_features)
            Innovations without location and matrix.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Factors of the squares of e with which these are standard normal.
        """
        squares, cells = (e / self.unit) ** 2, np.ones(e.shape)
        for _ in range(N_SWEEPS if np.isfinite(self.of_cells) else 1):
            rows = _drawn((cells * squares).sum(axis=1), e.shape[1], self.of_rows, rng)
            rows = rows[:, np.newaxis]
            if np.isfinite(self.of_cells):
                cells = _drawn(rows * squares, 1, self.of_cells, rng)
        return rows * cells / self.unit**2


def _common_degrees(e, seen):
    r"""Degrees of freedom of the sizes of rows, from the covariance of columns.

    .. math:: \operatorname{Cov}(\log e_{ij}^2, \log e_{ik}^2) = \psi'(\nu / 2)
        \approx 2 / \nu + 2 / \nu^2

    whatever the sizes of the cells; the likelihood tells both sizes apart slowly.
    """
    logs = np.where(seen, np.log(e**2 + np.finfo(float).tiny), 0.0)
    logs = np.where(seen, logs - logs.sum() / seen.sum(), 0.0)
    n_pairs = (seen.sum(axis=1) * (seen.sum(axis=1) - 1)).sum()
    products = (logs.sum(axis=1) ** 2 - (logs**2).sum(axis=1)).sum()
    covariance = max(products / max(n_pairs, 1), 2.0 / DEGREES[1])
    degrees = (1.0 + np.sqrt(1.0 + 2.0 * covariance)) / covariance
    return float(np.clip(degrees, *DEGREES))


def _drawn(distances, d, degrees, rng):
    """Draw gamma weights given squared distances."""
    weight = rng.standard_gamma(0.5 * (degrees + d), size=distances.shape)
    return weight / (0.5 * (degrees + distances))
