"""Bandwidth selection, with shrinkage and ridge, by leave-one-out likelihood."""

from dataclasses import dataclass

import numpy as np

from skdiffts._caller import warn_caller
from skdiffts._gaussian import log_det, whiten
from skdiffts.kernel._leave_one_out import LeaveOneOut, shrink_to_pooled
from skdiffts.kernel._metric import add_floor
from skdiffts.kernel._neighbors import GLOBAL
from skdiffts.kernel._transitions import evenly_drawn

__all__ = ["BandwidthSelection", "clip_neighbors", "score_bandwidths", "select"]

# Candidates for the penalty; local fits, which may need their slopes, try the first, too.
RIDGES = (1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0)
SHRINKAGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
# Queries that score the candidates; more would cost time and change little.
MAX_QUERIES = 2000
RATIO = 0.6
# With so many neighbours the noise of a local fit is small beside what it leaves out;
# only the global limit is tried beyond.
MAX_NEIGHBORS = 5000


@dataclass(frozen=True)
class BandwidthSelection:
    """Leave-one-out scores of all candidates.

    Parameters
    ----------
    n_neighbors : tuple of int or "all"
        Candidate numbers of neighbours; "all" is the global limit.
    shrinkage : tuple of float
        Candidate weights of the pooled covariance.
    scores : ndarray of shape (n_candidates, n_shrinkages)
        Mean leave-one-out Gaussian log-likelihood of a transition, up to a constant.
    standard_error : float
        Standard error of the best score over the best one of the last bandwidth.
    ridge : float
        Penalty on the slopes with which the scores were taken.
    """

    n_neighbors: tuple
    shrinkage: tuple
    scores: np.ndarray
    standard_error: float
    ridge: float

    def best(self):
        """Candidate with the highest score; the global limit when it is as good.

        A local fit has to beat the best global one by more than a standard error.

        Returns
        -------
        n_neighbors : int or "all"
            Number of neighbours.
        shrinkage : float
            Weight of the pooled covariance.
        """
        best = np.unravel_index(np.argmax(self.scores), self.scores.shape)
        gain = self.scores[best] - self.scores[-1].max()
        if self.n_neighbors[-1] == GLOBAL and gain <= self.standard_error:
            return GLOBAL, self.shrinkage[np.argmax(self.scores[-1])]
        return self.n_neighbors[best[0]], self.shrinkage[best[1]]


def clip_neighbors(n_neighbors, n_transitions):
    """Cap the number of neighbours at the number of transitions, with a warning.

    Parameters
    ----------
    n_neighbors : int, "all" or "auto"
        Number of neighbours.
    n_transitions : int
        Number of transitions.

    Returns
    -------
    int, "all" or "auto"
        Number that can be found.
    """
    if isinstance(n_neighbors, str) or n_neighbors <= n_transitions:
        return n_neighbors
    warn_caller(
        f"n_neighbors={n_neighbors} is larger than the number of transitions "
        f"({n_transitions}), which is used instead; pass n_neighbors='all' for equal "
        "weights."
    )
    return n_transitions


def score_bandwidths(smoother, n_neighbors, shrinkage):
    """Score bandwidths and shrinkages; a given value is its only candidate.

    Parameters
    ----------
    smoother : Smoother
        Training transitions.
    n_neighbors : int, "all" or "auto"
        Number of neighbours.
    shrinkage : float or "auto"
        Weight of the pooled covariance.

    Returns
    -------
    BandwidthSelection
        Candidates and their scores.
    """
    rows = evenly_drawn(smoother.regression.importance, MAX_QUERIES)
    bandwidths = _candidates(smoother) if n_neighbors == "auto" else [n_neighbors]
    weights = SHRINKAGES if shrinkage == "auto" else (shrinkage,)
    left_out = LeaveOneOut.fit(smoother, rows, bandwidths)

    def score(pooled, positions, covariances):
        residuals, others = pooled.residuals[positions], pooled.without(positions)
        blends = (shrink_to_pooled(covariances, others, weight) for weight in weights)
        values = [_log_likelihood(residuals, blend) for blend in blends]
        return pooled.weights[positions, np.newaxis] * np.stack(values, axis=1)

    rowwise = np.stack(left_out.map_covariances(score)).transpose(0, 2, 1)
    scores = rowwise.mean(axis=2)
    best = rowwise[np.unravel_index(np.argmax(scores), scores.shape)]
    gain = best - rowwise[-1, np.argmax(scores[-1])]
    error = gain.std() / np.sqrt(len(rows))
    ridge = smoother.regression.ridge
    return BandwidthSelection(tuple(bandwidths), tuple(weights), scores, error, ridge)


def select(smoother, n_neighbors, shrinkage, ridge):
    """Select penalty, bandwidth and shrinkage by leave-one-out likelihood.

    The penalty that is best for the global fit is found first, which costs little.

    Parameters
    ----------
    smoother : Smoother
        Training transitions.
    n_neighbors : int, "all" or "auto"
        Number of neighbours.
    shrinkage : float or "auto"
        Weight of the pooled covariance.
    ridge : float or "auto"
        Penalty on the slopes.

    Returns
    -------
    smoother : Smoother
        With the penalty.
    selection : BandwidthSelection
        Candidates and their scores.
    """
    if ridge != "auto" or smoother.regression.n_slopes == 0:
        return smoother, score_bandwidths(smoother, n_neighbors, shrinkage)
    rows = evenly_drawn(smoother.regression.importance, MAX_QUERIES)
    penalized = [smoother.with_ridge(candidate) for candidate in RIDGES]
    best = min(penalized, key=lambda one: _global_spread(one, rows))
    selection = score_bandwidths(best, n_neighbors, shrinkage)
    if n_neighbors != GLOBAL and best is not penalized[0]:
        other = score_bandwidths(penalized[0], n_neighbors, shrinkage)
        selection = max(selection, other, key=lambda one: one.scores.max())
    return smoother.with_ridge(selection.ridge), selection


def _global_spread(smoother, rows):
    """Log-determinant of the covariance of the global fit's leave-one-out residuals."""
    [pooled] = LeaveOneOut.fit(smoother, rows, [GLOBAL]).pooled
    return np.linalg.slogdet(add_floor(pooled.matrix))[1]


def _candidates(smoother):
    """Numbers of neighbours on a geometric scale, and the global limit."""
    if smoother.regression.whitening.shape[1] == 0:
        return [GLOBAL]  # all states are one point, and no transition is nearer
    others = smoother.n_transitions - 1
    smallest = min(others, 2 * (smoother.regression.n_slopes + 2))
    n_steps = int(np.log(smallest / max(others, 1)) / np.log(RATIO)) if others else 0
    local = {max(smallest, round(others * RATIO**i)) for i in range(n_steps + 1)}
    largest = max(smallest, min(others, MAX_NEIGHBORS))
    return [*sorted(local & set(range(1, largest + 1))), GLOBAL]


def _log_likelihood(residuals, covariances):
    """Gaussian log-density of residuals, up to a constant."""
    factors = np.linalg.cholesky(covariances)
    return -0.5 * (whiten(factors, residuals) ** 2).sum(axis=1) - log_det(factors)
