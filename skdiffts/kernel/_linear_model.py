"""Linear model: no drift beyond the core, and one shrunk covariance at every state."""

from dataclasses import dataclass

import numpy as np

from skdiffts.kernel._factor import SharedFactor
from skdiffts.linear import CrossWhitening, cholesky_root, softened_root

__all__ = ["LinearModel"]

# Series up to which the factor is the lower Cholesky factor. It depends on the order of
# the series, and its residuals mix more and more of them.
MAX_CHOLESKY = 16


@dataclass(frozen=True, eq=False)
class LinearModel:
    r"""Covariance of scaled innovations that does not depend on the state.

    Parameters
    ----------
    factor : SharedFactor
        Factor of the covariance, and its inverse.
    shrinkage : float
        Weight of the structured target in the covariance.
    is_stable : bool
        Whether the linear recursion of the core stays bounded.
    loo_rows : ndarray of int of shape (n_transitions,)
        All transitions.
    loo_residuals : ndarray of shape (n_transitions, n_features)
        Innovations of the core without each row, whitened by a factor without its fold.
    """

    factor: SharedFactor
    shrinkage: float
    is_stable: bool
    loo_rows: np.ndarray
    loo_residuals: np.ndarray

    @classmethod
    def fit(cls, transitions, is_stable):
        """Shrink the covariance of scaled innovations to a target with structure.

        Parameters
        ----------
        transitions : Transitions
            Training transitions with a core.
        is_stable : bool
            Whether the linear recursion of the core stays bounded.

        Returns
        -------
        LinearModel
            The fitted model.
        """
        innovations = transitions.increments / np.sqrt(transitions.dt)[:, np.newaxis]
        n, d = innovations.shape
        root = cholesky_root if d <= MAX_CHOLESKY else softened_root
        fitted = CrossWhitening.fit(
            innovations, transitions.importance, transitions.paths, root
        )
        factor = SharedFactor(fitted.whitening)
        return cls(factor, fitted.shrinkage, is_stable, np.arange(n), fitted.residuals)

    def evaluate(self, states, scale):
        """Drift beyond the core, which is zero, and the factor.

        Parameters
        ----------
        states : ndarray of shape (n_queries, n_conditioning)
            Queries.
        scale : UnitScale
            Scale of the innovations, which makes no difference.

        Returns
        -------
        drift : ndarray of shape (n_queries, n_features)
            Zeros.
        factor : SharedFactor
            Factor of the covariance per unit time.
        """
        d = len(self.factor.whitening.matrix)
        return np.zeros((len(states), d)), self.factor

    def innovation_ratio(self, transitions, inside):
        r"""Ratio of the innovations' standard deviation to the leave-one-out residuals'.

        .. math:: c^2 = \sum_i \langle e_i, \varepsilon_i \rangle \Big/ \sum_i |\varepsilon_i|^2

        with whitened innovations e of the fit to all rows: for least squares the product
        of an in-sample error and a leave-one-out error has the variance of the noise.

        Parameters
        ----------
        transitions : Transitions
            Training transitions.
        inside : ndarray of shape (n_transitions, n_features)
            Scaled innovations of the fit to all rows, per root of time.

        Returns
        -------
        float
            Ratio, at most 1.
        """
        weighted = transitions.importance[:, np.newaxis] * self.loo_residuals
        total = np.sum(weighted * self.loo_residuals)
        if not total > 0.0:
            return 1.0
        ratio = np.sum(weighted * self.factor.whiten(inside)) / total
        return float(np.sqrt(np.clip(ratio, 0.0, 1.0)))
