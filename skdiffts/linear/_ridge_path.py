r"""Ridge regressions with unpenalised own columns, all from one decomposition.

Response j is :math:`y_j = B_j b_j + Z \beta_j`, with a penalty on :math:`\beta_j` alone.
With :math:`Z = U S V'`, :math:`v = s^2 / n` and direction weights

.. math:: w = \frac{v}{v + \lambda v^p \bar v^{1-p}}, \qquad M = I - U \operatorname{diag}(w) U'

the solution is :math:`b_j = (B_j' M B_j)^{-1} B_j' M y_j`, its leverage

.. math:: h_{ij} = \frac{1}{n} + \sum_k w_k U_{ik}^2 + (M B_j)_i' (B_j' M B_j)^{-1} (M B_j)_i

and its leave-one-out residual :math:`[M (y_j - B_j b_j)]_i / (1 - h_{ij})`. The geometry p is
0 for a ridge on standardised columns, 1 for one on whitened columns, 1/2 between.
"""

from dataclasses import dataclass, replace

import numpy as np

__all__ = ["GEOMETRIES", "PENALTIES", "RidgePath"]

GEOMETRIES = {"standardized": 0.0, "halfway": 0.5, "whitened": 1.0}
# Penalties relative to the mean variance of the directions.
PENALTIES = tuple(np.geomspace(1e-3, 1e3, 13))
# Directions with a smaller share of the largest variance are rounding.
NULL = 1e-10
# Ridge on the unpenalised columns, relative to their variance: duplicates are shared.
FLOOR = 1e-9
MAX_LEVERAGE = 1.0 - 1e-3


@dataclass(frozen=True, eq=False)
class RidgePath:
    """Decomposed regression problem; arrays hold rows without their importance.

    Parameters
    ----------
    own : ndarray of shape (n_own, n_rows, d)
        Centred unpenalised columns B of each response.
    responses : ndarray of shape (n_rows, d)
        Centred responses.
    left : ndarray of shape (n_rows, n_directions)
        Matrix U, orthonormal under the importance.
    variance : ndarray of shape (n_directions,)
        Variance v of each direction.
    right : ndarray of shape (n_columns, n_directions)
        Matrix V / s, which turns columns of Z into U.
    importance : ndarray of shape (n_rows,)
        Importance of the rows, with mean one.
    base_leverage : ndarray of shape (n_rows,)
        Leverage of the intercept.
    own_left : ndarray of shape (n_own, n_directions, d)
        Coordinates U' B of the unpenalised columns.
    responses_left : ndarray of shape (n_directions, d)
        Coordinates U' y of the responses.
    own_moments : ndarray of shape (d, n_own, n_own)
        Products B' B.
    cross_moments : ndarray of shape (d, n_own)
        Products B' y.
    total : ndarray of shape (d,)
        Squares y' y.
    """

    own: np.ndarray
    responses: np.ndarray
    left: np.ndarray
    variance: np.ndarray
    right: np.ndarray
    importance: np.ndarray
    base_leverage: np.ndarray
    own_left: np.ndarray
    responses_left: np.ndarray
    own_moments: np.ndarray
    cross_moments: np.ndarray
    total: np.ndarray

    @classmethod
    def fit(cls, columns, own, responses, importance, base_leverage):
        """Decompose the penalised columns.

        Parameters
        ----------
        columns : ndarray of shape (n_rows, n_columns)
            Centred and standardised penalised columns Z.
        own : ndarray of shape (n_own, n_rows, d)
            Centred unpenalised columns of each response.
        responses : ndarray of shape (n_rows, d)
            Centred responses.
        importance : ndarray of shape (n_rows,)
            Importance of the rows, with mean one.
        base_leverage : ndarray of shape (n_rows,)
            Leverage of the intercept.

        Returns
        -------
        RidgePath
            The decomposed problem.
        """
        root = np.sqrt(importance)[:, np.newaxis]
        weighted = columns if (importance == 1.0).all() else root * columns
        n, m = columns.shape
        if n > m:
            squares, vectors = np.linalg.eigh(weighted.T @ weighted)
        else:
            squares, vectors = np.linalg.eigh(weighted @ weighted.T)
        kept = squares > NULL * max(squares[-1], np.finfo(float).tiny)
        squares, vectors = squares[kept][::-1], vectors[:, kept][:, ::-1]
        if n > m:
            right = vectors / np.sqrt(squares)
        else:
            right = weighted.T @ (vectors / squares)
        base = cls(
            own=own[:0],
            responses=responses,
            left=columns @ right,
            variance=squares / n,
            right=right,
            importance=importance,
            base_leverage=base_leverage,
            own_left=np.empty((0, len(squares), responses.shape[1])),
            responses_left=right.T
            @ (columns.T @ (importance[:, np.newaxis] * responses)),
            own_moments=np.empty((responses.shape[1], 0, 0)),
            cross_moments=np.empty((responses.shape[1], 0)),
            total=importance @ responses**2,
        )
        return base.extended(own)

    def leading(self, n_own):
        """Problem with the first unpenalised columns only.

        Parameters
        ----------
        n_own : int
            Number of columns.

        Returns
        -------
        RidgePath
            The smaller problem.
        """
        return replace(
            self,
            own=self.own[:n_own],
            own_left=self.own_left[:n_own],
            own_moments=self.own_moments[:, :n_own, :n_own],
            cross_moments=self.cross_moments[:, :n_own],
        )

    def extended(self, columns):
        """Problem with more unpenalised columns and the same decomposition.

        Parameters
        ----------
        columns : ndarray of shape (n_added, n_rows, d)
            Centred columns of each response.

        Returns
        -------
        RidgePath
            The larger problem.
        """
        weighted = self.importance[:, np.newaxis] * columns
        own = np.concatenate([self.own, columns])
        added = np.empty((len(columns), len(self.variance), own.shape[2]))
        for part, coordinates in zip(weighted, added, strict=True):
            np.matmul(self.left.T, part, out=coordinates)
        moments = np.empty((self.responses.shape[1], len(own), len(own)))
        moments[:, : len(self.own), : len(self.own)] = self.own_moments
        for i, part in enumerate(weighted, len(self.own)):
            for j, other in enumerate(own):
                moments[:, i, j] = moments[:, j, i] = np.einsum("nd,nd->d", part, other)
        cross = [np.einsum("nd,nd->d", part, self.responses) for part in weighted]
        return replace(
            self,
            own=own,
            own_left=np.concatenate([self.own_left, added]),
            own_moments=moments,
            cross_moments=np.column_stack([self.cross_moments, *cross]),
        )

    def direction_weights(self, geometry, penalty):
        """Share w of each direction that the ridge keeps.

        Parameters
        ----------
        geometry : {"standardized", "halfway", "whitened"}
            Coordinates of the penalty.
        penalty : float or ndarray of shape (d,)
            Penalty relative to the mean variance of the directions, the same for all
            responses or one for each.

        Returns
        -------
        ndarray of shape (n_directions, 1) or (n_directions, d)
            Numbers between 0 and 1.
        """
        v, p = self.variance[:, np.newaxis], GEOMETRIES[geometry]
        mean = v.mean() if len(v) else 1.0
        return v / (v + np.atleast_1d(penalty) * v**p * mean ** (1.0 - p))

    def own_coefficients(self, weights):
        """Coefficients of the unpenalised columns.

        Parameters
        ----------
        weights : ndarray of shape (n_directions, 1) or (n_directions, d)
            Shares of the directions.

        Returns
        -------
        coefficients : ndarray of shape (d, n_own)
            Coefficients b.
        inverse : ndarray of shape (d, n_own, n_own)
            Inverse of B' M B.
        """
        gram = self.own_moments - self._inside(weights)
        gram[:, range(len(self.own)), range(len(self.own))] += FLOOR * len(self.left)
        cross = self.cross_moments.copy()
        shrunk = weights * self.responses_left
        for i, part in enumerate(self.own_left):
            cross[:, i] -= np.einsum("kd,kd->d", part, shrunk)
        inverse = np.linalg.inv(gram)
        return np.einsum("dbc,dc->db", inverse, cross), inverse

    def generalized_error(self, weights):
        """Mean squared error of each response by generalised cross-validation.

        Parameters
        ----------
        weights : ndarray of shape (n_directions, 1) or (n_directions, d)
            Shares of the directions.

        Returns
        -------
        error : ndarray of shape (d,)
            Mean squared residual over the squared share of degrees of freedom left.
        """
        squares, freedom = self.fit_quality(weights)
        n = len(self.left)
        left = np.maximum(1.0 - freedom / n, 1.0 - MAX_LEVERAGE)
        return squares / n / left**2

    def fit_quality(self, weights):
        """Sum of squared residuals and degrees of freedom of each response.

        Both need the coordinates in the directions only: nothing grows with the rows.

        Parameters
        ----------
        weights : ndarray of shape (n_directions, 1) or (n_directions, d)
            Shares of the directions.

        Returns
        -------
        squares : ndarray of shape (d,)
            Weighted sums of squared residuals.
        freedom : ndarray of shape (d,)
            Traces of the hat matrices.
        """
        b, inverse = self.own_coefficients(weights)
        rest = self._rest(b)
        squares = self.total - 2.0 * np.einsum("db,db->d", self.cross_moments, b)
        squares += np.einsum("db,dbc,dc->d", b, self.own_moments, b)
        lost = weights * (2.0 - weights)
        squares -= (lost * rest**2).sum(axis=0)
        twice = self.own_moments - self._inside(lost)
        freedom = 1.0 + weights.sum(axis=0) + np.einsum("dbc,dcb->d", inverse, twice)
        return np.maximum(squares, np.finfo(float).tiny), freedom

    def leave_one_out(self, weights):
        """Residuals of each row from the fit to all others.

        Parameters
        ----------
        weights : ndarray of shape (n_directions, 1) or (n_directions, d)
            Shares of the directions.

        Returns
        -------
        ndarray of shape (n_rows, d)
            Leave-one-out residuals.
        """
        b, inverse = self.own_coefficients(weights)
        residuals = self.responses - self.left @ (weights * self.responses_left)
        leverage = np.repeat(
            self.left**2 @ weights, b.shape[0] // weights.shape[1], axis=1
        )
        projected = []
        for i, (part, coordinates) in enumerate(
            zip(self.own, self.own_left, strict=True)
        ):
            projected.append(part - self.left @ (weights * coordinates))
            residuals -= projected[i] * b[:, i]
            leverage += projected[i] ** 2 * inverse[:, i, i]
            for j in range(i):
                leverage += 2.0 * projected[i] * projected[j] * inverse[:, i, j]
        leverage *= self.importance[:, np.newaxis]
        leverage += self.base_leverage[:, np.newaxis]
        return residuals / (1.0 - np.minimum(leverage, MAX_LEVERAGE))

    def coefficients(self, weights):
        """Coefficients of own and penalised columns.

        Parameters
        ----------
        weights : ndarray of shape (n_directions, 1) or (n_directions, d)
            Shares of the directions.

        Returns
        -------
        own : ndarray of shape (d, n_own)
            Coefficients b.
        slopes : ndarray of shape (n_columns, d)
            Coefficients beta of the standardised columns.
        """
        b, _ = self.own_coefficients(weights)
        return b, self.right @ (weights * self._rest(b))

    def _inside(self, weights):
        """Weighted moments of the own columns within the directions."""
        moments = np.empty_like(self.own_moments)
        for i, part in enumerate(self.own_left):
            weighted = weights * part
            for j in range(i + 1):
                moments[:, i, j] = np.einsum("kd,kd->d", weighted, self.own_left[j])
                moments[:, j, i] = moments[:, i, j]
        return moments

    def _rest(self, b):
        """Coordinates of the responses less their own part."""
        rest = self.responses_left.copy()
        for i, part in enumerate(self.own_left):
            rest -= part * b[:, i]
        return rest
