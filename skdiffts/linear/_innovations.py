r"""Distribution of innovations: whitening, margins, correlation and radius.

.. math:: r \mapsto u = W r \mapsto g_j = \Phi^{-1}(F_j(u_j)), \qquad g \sim t_\nu(0, c R)

Whitening and margins are kept where the cross-fitted likelihood says so; without them the
innovations themselves have a t distribution with the shrunk covariance.
"""

from dataclasses import dataclass

import numpy as np

from skdiffts.linear._covariance import StructuredCovariance
from skdiffts.linear._margins import StudentMargins
from skdiffts.linear._whitening import WHITENINGS, Whitening

__all__ = ["InnovationDistribution"]

# Whitenings whose margins compete with none.
CANDIDATES = ("series", "softened")


@dataclass(frozen=True, eq=False)
class InnovationDistribution:
    """Fitted distribution of innovations.

    Parameters
    ----------
    covariance : StructuredCovariance
        Covariance of the innovations themselves.
    whitening : Whitening or None
        Map to residuals; None for no margins.
    margins : StudentMargins or None
        Margins of the residuals; None for no margins.
    scores : StructuredCovariance
        Correlation and radius of the normal scores; the covariance without margins.
    value : float
        Cross-fitted log-likelihood of a row, in nats.
    values : dict of str to float
        The same for each candidate.
    """

    covariance: StructuredCovariance
    whitening: Whitening | None
    margins: StudentMargins | None
    scores: StructuredCovariance
    value: float
    values: dict

    @classmethod
    def fit(cls, innovations, importance=None, groups=None, *, whitenings=CANDIDATES):
        """Fit every candidate and keep the likeliest.

        Parameters
        ----------
        innovations : ndarray of shape (n_rows, d)
            Leave-one-out residuals in the units of the series.
        importance : ndarray of shape (n_rows,), default=None
            Importance of the rows; None is one for each.
        groups : ndarray of shape (n_rows,), default=None
            Path of each row.
        whitenings : sequence of str, default=("series", "softened")
            Coordinates in which margins are tried.

        Returns
        -------
        InnovationDistribution
            The fitted distribution.
        """
        plain = StructuredCovariance.fit(innovations, importance, groups)
        values = {"radius": plain.value}
        best = plain.value, None, None, plain
        for name in whitenings:
            whitening = WHITENINGS[name].fit(plain.scale, plain.correlation)
            residuals = whitening.whiten(innovations)
            margins = StudentMargins.fit(residuals, importance)
            scores, log_jacobian = margins.to_normal(residuals)
            correlation = StructuredCovariance.fit(scores, importance, groups)
            mean = np.average(log_jacobian, weights=importance) + whitening.log_det
            values[name] = correlation.value + mean
            if values[name] > best[0]:
                best = values[name], whitening, margins, correlation
        value, whitening, margins, correlation = best
        return cls(plain, whitening, margins, correlation, value, values)

    def log_density(self, innovations):
        """Log-density of innovations.

        Parameters
        ----------
        innovations : ndarray of shape (n_rows, d)
            Rows in the units of the series.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities, in nats.
        """
        if self.whitening is None or self.margins is None:
            return self.covariance.log_density(innovations)
        residuals = self.whitening.whiten(innovations)
        scores, log_jacobian = self.margins.to_normal(residuals)
        return log_jacobian + self.whitening.log_det + self.scores.log_density(scores)
