r"""Distribution of innovations: whitening, margins, correlation and radius.

.. math:: r \mapsto u = W r \mapsto g_j = \Phi^{-1}(F_j(u_j)), \qquad g \sim t_\nu(0, c R)

Whitening and margins are kept where the cross-fitted likelihood says so; without them the
innovations themselves have a t distribution with the shrunk covariance.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from skdiffts.linear._covariance import StructuredCovariance
from skdiffts.linear._folds import early_rows
from skdiffts.linear._margins import StudentMargins
from skdiffts.linear._search import CovarianceSearch
from skdiffts.linear._whitening import WHITENINGS, Whitening

__all__ = ["InnovationDistribution"]

# Name of the candidate that has none.
NO_MARGINS = "radius"
# Whitenings whose margins compete with none.
CANDIDATES = ("series", "softened")


@dataclass(frozen=True, eq=False)
class InnovationDistribution:
    """Fitted distribution of innovations: one multivariate t, or t margins and a copula.

    Parameters
    ----------
    name : {"radius", "series", "softened", "cholesky"}
        "radius" for one t distribution of whole rows. Else each coordinate has a t
        distribution of its own, and the name is the whitening that makes the
        coordinates: none but the scale, a softened symmetric root, or Cholesky.
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
    values : dict of str to tuple of float
        Cross-fitted and forward log-likelihood of each candidate.
    """

    name: str
    covariance: StructuredCovariance
    whitening: Whitening | None
    margins: StudentMargins | None
    scores: StructuredCovariance
    value: float
    values: dict = field(default_factory=dict)

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
        n = len(innovations)
        importance = (
            np.ones(n) if importance is None else importance / importance.mean()
        )
        candidates = cls._candidates(innovations, importance, groups, whitenings)
        early = early_rows(n, groups)
        forward = dict.fromkeys(candidates, 0.0)
        if importance[early].any() and importance[~early].any():
            past = cls._candidates(
                innovations[early],
                importance[early] / importance[early].mean(),
                None if groups is None else groups[early],
                whitenings,
                candidates,
            )
            later, late = (
                innovations[~early],
                importance[~early] / importance[~early].sum(),
            )
            forward = {
                k: float(late @ one.log_density(later)) for k, one in past.items()
            }
        values = {k: (one.value, forward[k]) for k, one in candidates.items()}
        best = max(values, key=lambda name: sum(values[name]))
        return replace(candidates[best], values=values)

    @classmethod
    def _candidates(cls, innovations, importance, groups, whitenings, known=None):
        """Distributions without margins, and with margins after each whitening.

        Targets and shrinkages are taken from ``known`` ones of the same names.
        """
        chosen = {name: one.scores.candidate for name, one in (known or {}).items()}
        search = CovarianceSearch(
            innovations, importance, groups, candidate=chosen.get(NO_MARGINS)
        )
        plain = StructuredCovariance.from_search(search)
        found = {NO_MARGINS: cls(NO_MARGINS, plain, None, None, plain, plain.value)}
        for name in whitenings:
            root = WHITENINGS[name]
            # A whitening that has seen the row leaves too small a residual, and hides what
            # correlation is left.
            residuals, log_det = search.whiten(root)
            margins = StudentMargins.fit(residuals, importance)
            scores, log_jacobian = margins.to_normal(residuals)
            joint = StructuredCovariance.fit(
                scores, importance, groups, candidate=chosen.get(name)
            )
            value = joint.value + log_det + importance @ log_jacobian / len(scores)
            whitening = root(plain.scale, plain.correlation)
            found[name] = cls(name, plain, whitening, margins, joint, value)
        return found

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
