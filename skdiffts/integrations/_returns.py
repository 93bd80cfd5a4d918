"""ReturnSampler: adapter of a generator of paths to skfolio."""

import warnings
from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_scalar

from skdiffts._paths import check_paths, stacked, with_output
from skdiffts._rollback import whole_or_nothing
from skdiffts._seeding import draw_seed
from skdiffts._strategy import DefaultPartsMixin
from skdiffts._validation import HasMethods, Interval, StrOptions
from skdiffts.generation import standardized_generator
from skdiffts.integrations._given_columns import GivenColumns

__all__ = ["ReturnSampler"]

# Standard deviation of a return, as a fraction, above which it seems to be in percent.
LARGEST_SPREAD = 0.5


class ReturnSampler(DefaultPartsMixin, MetaEstimatorMixin, BaseEstimator):
    r"""Draws rows of returns: the adapter of a generator to skfolio.

    ``SyntheticData(distribution_estimator=ReturnSampler(...))`` of skfolio takes a table
    of independent rows, where a generator makes paths. A draw is the return over the
    horizon h of a path that starts at ``x0``,

    .. math:: R = \prod_{i=1}^{h} (1 + r_i) - 1,

    so that with ``x0="last"`` the rows follow the distribution of the next h periods
    given the present. The order of the rows means nothing: the advantage over samplers of
    independent rows is that the present tells about the future.

    Parameters
    ----------
    generator : estimator, default=None
        Generator of paths; needs ``fit(X, y)`` and ``sample(n_paths, length, x0=...,
        random_state=...)``. None is :class:`skdiffts.GenerativeTimeSeries` behind a
        :class:`sklearn.preprocessing.StandardScaler`. A fitted one goes into
        :class:`sklearn.frozen.FrozenEstimator`.
    series : {"returns", "log_prices"}, default="returns"
        Series that the generator models: the returns, or the log prices
        :math:`\sum \log(1 + r_i)`. Log returns are the increments of log prices, so that
        conditioning and scale by past increments
        (:class:`skdiffts.conditioning.EWVolatility`) are then by past returns. After a
        row with NaN, which dynamics with ``missing="break"`` take for a gap, the sum
        begins anew.
    horizon : int, default=1
        Number h of periods.
    x0 : {"last", "states", "initial"}, default="last"
        First row of the paths: the last row of the data; any row, for the distribution
        without regard to the present; or first rows of the data.
    n_candidates : int, default=None
        Rows simulated for a conditional draw; None is ten for each row wanted.
    random_state : int, RandomState instance or None, default=None
        Seed of ``sample``. With an int, two draws are the same.

    Attributes
    ----------
    generator_ : estimator
        Fitted generator.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, when the training data had them.

    Notes
    -----
    It is a scikit-learn estimator like others and does not need skfolio. Returns are
    fractions, 0.01 for one percent, since the formula adds them to one. Rows of other
    series, returns in percent among them, come out right for ``horizon=1`` with
    ``series="returns"``, where nothing is compounded.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.integrations import ReturnSampler
    >>> X = 0.01 * np.random.RandomState(0).standard_normal((200, 3))
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3))
    >>> sampler = ReturnSampler(generator, horizon=5, random_state=0).fit(X)
    >>> sampler.sample(100).shape
    (100, 3)
    >>> crash = sampler.sample(100, conditioning={0: (-np.inf, -0.02)})
    >>> bool((crash[:, 0] <= -0.02).all())
    True
    """

    generator_: Any

    _default_parts = {"generator": standardized_generator}

    _parameter_constraints = {
        "generator": [HasMethods(["fit", "sample"]), None],
        "series": [StrOptions({"returns", "log_prices"})],
        "horizon": [Interval(Integral, 1, None, closed="left")],
        "x0": [StrOptions({"last", "states", "initial"})],
        "n_candidates": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        generator=None,
        *,
        series="returns",
        horizon=1,
        x0="last",
        n_candidates=None,
        random_state=None,
    ):
        self.generator = generator
        self.series = series
        self.horizon = horizon
        self.x0 = x0
        self.n_candidates = n_candidates
        self.random_state = random_state

    @whole_or_nothing
    def fit(self, X, y=None):
        """Fit the generator to returns.

        If it is interrupted, the estimator is as it was; after an error it is not
        fitted.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features), or a panel
            Simple returns as fractions, row by row in time.
        y : None
            Ignored.

        Returns
        -------
        ReturnSampler
            The fitted estimator itself.

        Raises
        ------
        ValueError
            If X has a return of -1 or less and returns are compounded.

        Warns
        -----
        UserWarning
            If returns are so large that they seem to be in percent, and are compounded.
        """
        self._validate_params()
        series = self._series(X, reset=True)
        self.generator_ = self._part("generator").fit(series, None)
        return self

    def sample(self, n_samples=1, conditioning=None):
        """Draw rows of returns.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        conditioning : dict, default=None
            Columns whose return over the horizon is given: name or number of a column to
            a value, an array of one value for each row, or a pair (low, high) of bounds,
            which may be infinite. With skfolio, it goes into ``sample_args``.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Returns over the horizon.

        Raises
        ------
        ValueError
            If no candidate, or too few, meet the ranges in ``conditioning``.

        Warns
        -----
        UserWarning
            If few candidates meet ``conditioning``, or a value is beyond them.
        """
        check_is_fitted(self)
        self._validate_params()
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        rng = check_random_state(self.random_state)
        if not (conditioning is None or isinstance(conditioning, Mapping)):
            raise TypeError(
                f"conditioning is a {type(conditioning).__name__}; pass a dict of "
                "columns, such as {0: -0.02}."
            )
        if not conditioning:
            return self._rows(n_samples, rng)
        names = getattr(self, "feature_names_in_", None)
        given = GivenColumns.parse(conditioning, names, self.n_features_in_, n_samples)
        n_candidates = self.n_candidates or 10 * n_samples
        return np.ascontiguousarray(given.draw(self._rows(n_candidates, rng), rng))

    def score(self, X, y=None):
        """Mean conditional log-likelihood of a row of returns, given those before.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features), or a panel
            Simple returns.
        y : None
            Ignored.

        Returns
        -------
        float
            Mean over all transitions, in nats; comparable between values of ``series``.
        """
        check_is_fitted(self)
        score = self.generator_.score(self._series(X, reset=False))
        if self.series == "returns":
            return score
        paths = self._read_returns(X)
        # The first rows have no score: they are the history that the dynamics need.
        dynamics = getattr(self.generator_, "dynamics_", None)
        scored = paths.positions >= getattr(dynamics, "n_history_", 1)
        # Columns that others determine have no density of their own.
        dependent = getattr(self.generator_, "dependent_columns_", None)
        values = paths.values[scored]
        values = values if dependent is None else dependent.reduce(values)
        # log(1 + r) has the derivative 1 / (1 + r).
        return float(score - np.log1p(values).sum(axis=1).mean())

    def __sklearn_is_fitted__(self):
        """Tell whether ``fit`` has come to its end."""
        return hasattr(self, "generator_")

    def _rows(self, n_rows, rng):
        """Rows of the unconditional distribution."""
        seed = int(draw_seed(rng))
        length = self.horizon + 1
        sample = with_output(self.generator_.sample, "array")
        paths = stacked(sample(n_rows, length, x0=self.x0, random_state=seed))
        if self.series == "log_prices":
            return np.expm1(paths[:, -1] - paths[:, 0])
        if self.horizon == 1:
            return paths[:, 1].copy()
        # A model of returns may draw one below -1: the price is lost, not negative.
        return np.prod(np.maximum(1.0 + paths[:, 1:], 0.0), axis=1) - 1.0

    def _read_returns(self, X, reset=False):
        """Validate returns; the generator decides about rows with NaN."""
        paths = check_paths(self, X, reset=reset, min_length=2, missing="break")
        if paths.rows_in_container is not None and not _breaks_paths(self.generator):
            raise ValueError(
                "X has NaN, which the generator does not take; fill the rows, drop them "
                'as with X.dropna(), or pass a generator of dynamics with missing="break", '
                'such as KernelDriftVolEstimator(missing="break").'
            )
        return paths

    def _series(self, X, reset):
        """Series that the generator models."""
        paths = self._read_returns(X, reset)
        if self.series == "log_prices" or self.horizon > 1:
            _check_fractions(paths)
        if self.series == "returns":
            return X
        logs = [np.cumsum(path, axis=0) for path in paths.split(np.log1p(paths.values))]
        return paths.restore(np.concatenate(logs), dtype=np.float64)


def _check_fractions(paths):
    """Raise unless prices can be made of returns, and warn if these look like percent."""
    lowest, spread = paths.values.min(), paths.values.std(axis=0).max()
    if lowest <= -1.0:
        raise ValueError(
            f"X has a return of {lowest:.3g}, after which no price is left; pass simple "
            'returns as fractions, X / 100 if they are in percent, or series="returns" '
            "and horizon=1, which compound nothing."
        )
    if spread > LARGEST_SPREAD:
        warnings.warn(
            f"X has a column of returns with a standard deviation of {spread:.3g}; if "
            "they are in percent, pass X / 100, since they are compounded as fractions.",
            UserWarning,
            stacklevel=2,
        )


def _breaks_paths(generator):
    """Tell whether the dynamics in a generator take rows with NaN for gaps."""
    while generator is not None:
        if getattr(generator, "missing", "raise") == "break":
            return True
        inner = getattr(generator, "generator", None)
        generator = getattr(generator, "dynamics", None) if inner is None else inner
    return False
