"""Importance resampling of candidate paths."""

import warnings
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_scalar

from skdiffts._paths import is_long_form, stacked, take_paths

__all__ = [
    "Scenarios",
    "effective_sample_size",
    "path_weights",
    "resample",
    "select_scenarios",
    "systematic_resample",
]


@dataclass(frozen=True, eq=False)
class Scenarios:
    """Paths from the conditional distribution, with their effective sample size.

    Parameters
    ----------
    paths : ndarray of shape (n_paths, length, n_features), or frame in long form
        Paths, equally weighted.
    effective_sample_size : float
        Effective sample size of the weighted candidates; of steered paths the smallest
        effective number of different rows that they go through.
    n_candidates : int
        Number of candidates.
    probability : float
        Mean weight of the candidates: for weights of zero and one, an estimate of the
        probability of the condition, which :class:`ScenarioGenerator` corrects for
        stopping at enough paths. For other weights its mean is too large on average, by
        a factor of up to about one plus one over the number of paths. With
        :class:`Steering` it is an unbiased estimate, and for values that are fixed an
        estimate of their density, of preprocessed values behind a preprocessor.
    effective_sample_sizes : ndarray of shape (length,), default=None
        Effective sample size in each row of steered paths; None for paths that were
        weighed as a whole.
    """

    paths: Any
    effective_sample_size: float
    n_candidates: int
    probability: float
    effective_sample_sizes: Any = None


def effective_sample_size(weights):
    r"""Effective sample size of weights, :math:`(\sum w)^2 / \sum w^2`.

    Parameters
    ----------
    weights : array-like of shape (n_samples,)
        Non-negative numbers, not all zero.

    Returns
    -------
    float
        Between one and ``n_samples``.

    References
    ----------
    .. [1] A. Kong, J. S. Liu and W. H. Wong, "Sequential Imputations and Bayesian
       Missing Data Problems", JASA 89(425), 1994.

    Examples
    --------
    >>> from skdiffts.scenarios import effective_sample_size
    >>> effective_sample_size([1.0, 1.0, 0.0, 0.0])
    2.0
    """
    weights = np.asarray(weights, dtype=np.float64)
    largest = weights.max(initial=0.0)
    if not (weights >= 0.0).all() or not 0.0 < largest < np.inf:
        raise ValueError(
            "weights are negative, not finite, or all zero; pass non-negative numbers, "
            "of which one at least is positive."
        )
    weights = weights / largest  # neither sum can overflow or vanish
    return float(weights.sum() ** 2 / (weights**2).sum())


def systematic_resample(weights, n_draws, *, random_state=None):
    r"""Draw indices in proportion to weights by systematic resampling.

    Index i is drawn :math:`n\, w_i / \sum_j w_j` times, rounded up or down at random:
    the points :math:`(U + 0, \dots, U + n - 1) / n`, with one uniform number U, are
    looked up in the cumulative weights.

    Parameters
    ----------
    weights : array-like of shape (n_samples,)
        Non-negative numbers, not all zero.
    n_draws : int
        Number n of draws.
    random_state : int, RandomState instance or None, default=None
        Seed; None draws one from NumPy's global generator, as scikit-learn does.

    Returns
    -------
    ndarray of int of shape (n_draws,)
        Indices, in increasing order.

    References
    ----------
    .. [1] R. Douc, O. Cappe and E. Moulines, "Comparison of Resampling Schemes for
       Particle Filtering", ISPA 2005, section 3.4.

    Examples
    --------
    >>> from skdiffts.scenarios import systematic_resample
    >>> systematic_resample([1.0, 0.0, 3.0], 4, random_state=0)
    array([0, 2, 2, 2])
    """
    check_scalar(n_draws, "n_draws", Integral, min_val=1)
    weights = np.asarray(weights, dtype=np.float64)
    effective_sample_size(weights)  # raises for invalid weights
    rng = check_random_state(random_state)
    share = np.cumsum(weights / weights.max())
    ticks = (rng.uniform() + np.arange(n_draws)) / n_draws * share[-1]
    last = np.flatnonzero(weights)[-1]  # rounding may take a point beyond all weights
    return np.minimum(np.searchsorted(share, ticks, side="right"), last)


def select_scenarios(paths, condition, n_paths, *, random_state=None):
    r"""Resample candidate paths by how well they meet a condition.

    The result follows the distribution of the candidates, weighted by w: candidate i is
    drawn about :math:`n\, w_i / \sum_j w_j` times (:func:`systematic_resample`). Where
    weights are zero or one and at least ``n_paths`` are one, no path is repeated and the
    draw is exact.

    Parameters
    ----------
    paths : ndarray of shape (n_candidates, length, n_features), or frame in long form
        Candidates, as ``sample`` and ``forecast`` of a generator give them.
    condition : BaseCondition or callable
        Condition; a function takes the candidates and returns non-negative weights, or
        booleans, of shape (n_candidates,).
    n_paths : int
        Number n of paths.
    random_state : int, RandomState instance or None, default=None
        Seed; None draws one from NumPy's global generator, as scikit-learn does.

    Returns
    -------
    Scenarios
        The paths, in the container of the candidates, and their effective sample size.

    Raises
    ------
    ValueError
        If no candidate has a positive weight.

    Warns
    -----
    UserWarning
        If the effective sample size is less than ``n_paths``.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.scenarios import InRange, select_scenarios
    >>> walks = np.random.RandomState(0).standard_normal((1000, 20, 1)).cumsum(axis=1)
    >>> falls = select_scenarios(walks, InRange(high=-5.0), 50, random_state=0)
    >>> falls.paths.shape, bool(falls.paths[:, -1].max() <= -5.0)
    ((50, 20, 1), True)
    """
    check_scalar(n_paths, "n_paths", Integral, min_val=1)
    values = stacked(paths)
    by_position = condition
    if is_long_form(paths) and hasattr(condition, "with_positions"):
        names = list(paths.columns)[-values.shape[-1] :]
        by_position = condition.with_positions(names)
    weights = path_weights(by_position, values)
    paths = paths if is_long_form(paths) else values
    return resample(
        paths, weights, n_paths, len(values), condition, random_state, "pass more paths"
    )


def path_weights(condition, paths):
    """Evaluate and check the weights of paths.

    Parameters
    ----------
    condition : BaseCondition or callable
        Condition.
    paths : ndarray of shape (n_paths, length, n_features)
        Paths.

    Returns
    -------
    ndarray of shape (n_paths,)
        Non-negative numbers.
    """
    if paths.ndim != 3:
        raise ValueError(
            f"paths has shape {paths.shape}; pass (n_paths, length, n_features)."
        )
    weigh = getattr(condition, "weights", condition)
    weights = np.asarray(weigh(paths), dtype=np.float64)
    if weights.shape != (len(paths),) or not (weights >= 0.0).all():
        raise ValueError(
            f"condition={condition!r} gives weights of shape {weights.shape}, or some "
            f"that are negative or NaN; return {len(paths)} non-negative numbers."
        )
    return weights


def resample(paths, weights, n_paths, n_candidates, condition, random_state, more):
    """Draw from weighted candidates.

    Parameters
    ----------
    paths : ndarray of shape (n_kept, length, n_features), or frame in long form
        Candidates; those with weight zero may be missing.
    weights : ndarray of shape (n_kept,)
        Their weights.
    n_paths : int
        Number of draws.
    n_candidates : int
        Number of candidates, including those that are missing.
    condition : BaseCondition or callable
        Named in messages.
    random_state : int, RandomState instance or None
        Seed.
    more : str
        How messages tell the user to provide more candidates.

    Returns
    -------
    Scenarios
        The draws.
    """
    if not weights.any():
        raise ValueError(
            f"none of the {n_candidates} candidate paths meets condition={condition!r}; "
            f"loosen it, or {more}."
        )
    size = effective_sample_size(weights)
    if size < n_paths - 1e-6:
        needed = int(np.ceil(n_candidates * n_paths / size))
        warnings.warn(
            f"{n_paths} paths are drawn from an effective sample of {size:.1f}, so that "
            f"some come repeatedly; {more}, to about {needed} instead of "
            f"{n_candidates}, or loosen condition={condition!r}.",
            UserWarning,
            stacklevel=3,
        )
    drawn = systematic_resample(weights, n_paths, random_state=random_state)
    return Scenarios(
        paths=take_paths(paths, drawn, len(paths) // len(weights)),
        effective_sample_size=size,
        n_candidates=n_candidates,
        probability=float(weights.sum() / n_candidates),
    )
