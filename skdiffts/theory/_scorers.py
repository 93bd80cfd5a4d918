"""Scorers for model selection on the bounds themselves."""

from skdiffts.theory._bounds import bounds

__all__ = ["neg_tv_bound", "neg_w2_bound", "neg_w2_estimate"]


def neg_tv_bound(estimator, X, y=None):
    """Score an estimator by the negative of its bound in total variation.

    Pass it as ``scoring`` to :class:`sklearn.model_selection.GridSearchCV`. With rows
    of an unknown distribution the bound is far above one, but its score term rises and falls
    with the true score term. For the probability flow it is minus infinity.

    Parameters
    ----------
    estimator : fitted estimator
        A :class:`skdiffts.DiffusionResidualSampler`, or an estimator with a method
        ``bounds(X, random_state=...)``; :class:`skdiffts.GenerativeTimeSeries` bounds
        the distribution of the residuals of X, in their units.
    X : array-like, frame, 3-D array or list of 2-D arrays
        Held-out rows.
    y : None
        Ignored.

    Returns
    -------
    float
        Negative bound: greater is better. The draws behind it are the same in each call.

    See Also
    --------
    bounds : The bound with its terms.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.sde import VP
    >>> from skdiffts.scores import ScoreNetwork
    >>> from skdiffts.theory import neg_tv_bound
    >>> sampler = DiffusionResidualSampler(
    ...     VP(beta_max=0.2),
    ...     score_model=ScoreNetwork(width=8, base="gaussian"),
    ...     prior="standard",
    ...     max_iter=1,
    ...     early_stopping=False,
    ...     random_state=0,
    ... )
    >>> X = np.random.RandomState(0).standard_normal((60, 2)) + [3.0, 0.0]
    >>> grid = {"sde__beta_max": [0.2, 20.0]}
    >>> search = GridSearchCV(sampler, grid, scoring=neg_tv_bound, cv=2).fit(X)
    >>> search.best_params_
    {'sde__beta_max': 20.0}
    """
    return -_bounds(estimator, X).total_variation.total


def neg_w2_bound(estimator, X, y=None):
    """Score an estimator by the negative of its Wasserstein bound.

    The bound is that with the estimator's ``lam``, in the units of X, so that lambda
    and the schedule can be tuned on the bound itself. Its score must be a Gaussian
    mixture: no other has a certified slope.

    Parameters
    ----------
    estimator : fitted estimator
        Estimator with bounds, as for :func:`neg_tv_bound`.
    X : array-like, frame, 3-D array or list of 2-D arrays
        Held-out rows.
    y : None
        Ignored.

    Returns
    -------
    float
        Negative bound: greater is better.

    Raises
    ------
    ValueError
        If the sampler maps the columns non-linearly,
        or its score has no certified slope.

    See Also
    --------
    bounds : The bound with its terms.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.scores import GaussianMixtureScore
    >>> from skdiffts.theory import neg_w2_bound
    >>> sampler = DiffusionResidualSampler(
    ...     score_model=GaussianMixtureScore(
    ...         weights=[1.0], means=[[0.1, 0.0]], covariances=[np.eye(2)]
    ...     ),
    ...     early_stopping=False,
    ... )
    >>> X = np.random.RandomState(0).standard_normal((60, 2))
    >>> grid = {"lam": [1e-3, 0.3, 10.0]}
    >>> search = GridSearchCV(sampler, grid, scoring=neg_w2_bound, cv=2).fit(X)
    >>> search.best_params_
    {'lam': 0.3}
    """
    result = _bounds(estimator, X)
    _check_units(result)
    if result.slope is None:
        raise ValueError(
            "the sampler's score has no certified slope, so that its Wasserstein bound "
            "is infinite; score by neg_tv_bound, or by neg_w2_estimate."
        )
    return -result.wasserstein.total


def neg_w2_estimate(estimator, X, y=None):
    """Score an estimator by the negative of its estimated Wasserstein distance.

    The estimate is the right-hand side of the Wasserstein bound with the estimator's
    ``lam`` and an estimated slope of the score, in the units of X. The distance may be
    larger: prefer :func:`neg_tv_bound`, unless lambda is to be tuned.

    Parameters
    ----------
    estimator : fitted estimator
        Estimator with bounds, as for :func:`neg_tv_bound`.
    X : array-like, frame, 3-D array or list of 2-D arrays
        Held-out rows.
    y : None
        Ignored.

    Returns
    -------
    float
        Negative estimate: greater is better.

    Raises
    ------
    ValueError
        If the sampler maps the columns non-linearly.

    See Also
    --------
    bounds : The estimate with its terms.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.scores import ScoreNetwork
    >>> from skdiffts.theory import neg_w2_estimate
    >>> sampler = DiffusionResidualSampler(
    ...     score_model=ScoreNetwork(width=8, base="gaussian"),
    ...     max_iter=1,
    ...     early_stopping=False,
    ...     random_state=0,
    ... )
    >>> X = np.random.RandomState(0).standard_normal((60, 2))
    >>> grid = {"lam": [1e-3, 0.3, 10.0]}
    >>> search = GridSearchCV(sampler, grid, scoring=neg_w2_estimate, cv=2).fit(X)
    >>> search.best_params_
    {'lam': 0.3}
    """
    result = _bounds(estimator, X)
    _check_units(result)
    return -result.wasserstein_estimate.value


def _check_units(result):
    """Raise unless distances can be told in the units of the data."""
    if result.unit is None:
        raise ValueError(
            "the sampler maps the columns non-linearly, so that there is no bound in "
            "the units of X; score by neg_tv_bound, or fit without column_map."
        )


def _bounds(estimator, X):
    """Bounds with the same draws in every call."""
    if hasattr(estimator, "bounds"):
        return estimator.bounds(X, random_state=0)
    return bounds(estimator, X, random_state=0)
