r"""Ridge regressions with unpenalised own columns, all from one decomposition.

Response j is :math:`y_j = B_j b_j + Z \beta_j`, with a penalty on :math:`\beta_j` alone.
With :math:`Z = U S V'`, :math:`v = s^2 / n` and direction weights

.. math:: w = \frac{v}{v + \lambda v^p \bar v^{1-p}}, \qquad M = I - U \operatorname{diag}(w) U'

the solution is :math:`b_j = (B_j' M B_j)^{-1} B_j' M y_j`, its leverage

.. math:: h_{ij} = \frac{1}{n} + \sum_k w_k U_{ik}^2 + (M B_j)_i' (B_j' M B_j)^{-1} (M B_j)_i

and its leave-one-out residual :math:`[M (y_j - B_j b_j)]_i / (1 - h_{ij})`. The geometry p is
0 for a ridge on standardised columns, 1 for one on whitened columns, 1/2 between.
"""

from dataclasses import dataclass

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
        left = columns @ right
        return cls._prepare(
            own, responses, left, squares / n, right, importance, base_leverage
        )

    @classmethod
    def _prepare(cls, own, responses, left, variance, right, importance, base):
        """Moments that all candidates need."""
        weighted = importance[:, np.newaxis] * left
        own_weighted = importance[:, np.newaxis] * own
        return cls(
            own=own,
            responses=responses,
            left=left,
            variance=variance,
            right=right,
            importance=importance,
            base_leverage=base,
            own_left=np.stack([weighted.T @ part for part in own]),
            responses_left=weighted.T @ responses,
            own_moments=np.einsum("bnd,cnd->dbc", own_weighted, own, optimize=True),
            cross_moments=np.einsum("bnd,nd->db", own_weighted, responses),
            total=importance @ responses**2,
        )

    def with_own(self, own):
        """Problem with other unpenalised columns and the same decomposition.

        Parameters
        ----------
        own : ndarray of shape (n_own, n_rows, d)
            Centred unpenalised columns of each response.

        Returns
        -------
        RidgePath
            The other problem.
        """
        return self._prepare(
            own,
            self.responses,
            self.left,
            self.variance,
            self.right,
            self.importance,
            self.base_leverage,
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
        shrunk = weights * self.own_left
        gram = self.own_moments - np.einsum(
            "bkd,ckd->dbc", shrunk, self.own_left, optimize=True
        )
        gram[:, range(len(self.own)), range(len(self.own))] += FLOOR * len(self.left)
        cross = self.cross_moments - np.einsum("bkd,kd->db", shrunk, self.responses_left)
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
        rest = self.responses_left - np.einsum("bkd,db->kd", self.own_left, b)
        squares = self.total - 2.0 * np.einsum("db,db->d", self.cross_moments, b)
        squares += np.einsum("db,dbc,dc->d", b, self.own_moments, b)
        lost = weights * (2.0 - weights)
        squares -= (lost * rest**2).sum(axis=0)
        twice = self.own_moments - np.einsum(
            "bkd,ckd->dbc", lost * self.own_left, self.own_left, optimize=True
        )
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
        projected = np.stack(
            [
                part - self.left @ (weights * coordinates)
                for part, coordinates in zip(self.own, self.own_left, strict=True)
            ]
        )
        residuals -= np.einsum("bnd,db->nd", projected, b)
        leverage = np.einsum(
            "bnd,dbc,cnd->nd", projected, inverse, projected, optimize=True
        )
        leverage += self.left**2 @ weights
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
        rest = self.responses_left - np.einsum("bkd,db->kd", self.own_left, b)
        return b, self.right @ (weights * rest)
