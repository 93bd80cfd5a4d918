"""Metrics as scorers: callables that scikit-learn's searches take as ``scoring``."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from skdiffts.metrics._forecast_scores import energy_score
from skdiffts.metrics._windows import (
    VIEWS,
    as_windows,
    panel_of,
    read_paths,
    simulate,
)


@dataclass(frozen=True, kw_only=True)
class ForecastScorer:
    r"""Scorer that forecasts held-out rows one step ahead from their past.

    .. math:: -S(\{\hat x_{i}^{(1)}, \dots, \hat x_{i}^{(m)}\}_i, \{x_i\}_i)

    with a metric S of forecasts and their outcomes. With a proper score, such as the
    default, a search prefers the true conditional law, whether or not the generator has
    a likelihood.

    Parameters
    ----------
    metric : callable, default=energy_score
        Function ``metric(forecasts, outcomes)`` to a float.
    greater_is_better : bool, default=False
        Sign of the metric; a scorer is always to be maximised.
    n_samples : int, default=50
        Forecasts m of each row.
    history : int, default=20
        Rows of the past that the generator is shown; it must be enough for its lags.
        Of paths shorter than twice that, half is past. All candidates of a search are
        judged on the same rows.
    random_state : int, RandomState instance or None, default=0
        Seed of the forecasts; the same one for all candidates lowers their noise.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.metrics import ForecastScorer
    >>> X = np.random.RandomState(0).standard_normal((90, 2)).cumsum(axis=0)
    >>> search = GridSearchCV(
    ...     GenerativeTimeSeries(sampler=KernelDensity()),
    ...     {"sampler__bandwidth": [0.2, 50.0]},
    ...     scoring=ForecastScorer(n_samples=10),
    ...     cv=TimeSeriesSplit(2),
    ... )
    >>> search.fit(X).best_params_
    {'sampler__bandwidth': 0.2}
    """

    metric: Callable = energy_score
    greater_is_better: bool = False
    n_samples: int = 50
    history: int = 20
    random_state: int | np.random.RandomState | None = 0

    def __call__(self, generator, X, y=None):
        """Score a generator with ``forecast`` on held-out paths.

        Parameters
        ----------
        generator : estimator
            Fitted generator with ``forecast(X, horizon, n_samples, random_state)``.
        X : array-like, frame, 3-D array or list of 2-D arrays
            Held-out path or panel.
        y : None
            Ignored.

        Returns
        -------
        score : float
            The metric, with its sign turned where small is good.
        """
        forecasts, outcomes = one_step_forecasts(
            generator,
            X,
            self.n_samples,
            history=self.history,
            random_state=self.random_state,
        )
        score = float(self.metric(forecasts, outcomes))
        return score if self.greater_is_better else -score


@dataclass(frozen=True, kw_only=True)
class PathScorer:
    r"""Scorer that simulates paths and compares them with held-out ones.

    .. math:: -D(\{x_p\}, \{y_q\})

    with a metric D of real and generated paths, rows, or pairs of successive rows. It
    judges the law of the paths, which no one-step score does; it is no proper score of
    the model, since it forgives what cancels out.

    Parameters
    ----------
    metric : callable
        Function ``metric(real, generated)`` to a float, such as
        :func:`autocorrelation_difference`; options by :func:`functools.partial`. One
        that draws random numbers should have a fixed seed.
    of : {"paths", "rows", "pairs"}, default="paths"
        What the metric compares: panels, rows (n_rows, n_features), or pairs of
        successive rows (n_pairs, 2 * n_features).
    greater_is_better : bool, default=False
        Sign of the metric; a scorer is always to be maximised.
    window : int, default=24
        Rows of the windows that long paths are cut into. A 3-D array is compared as it
        is, path by path, with paths simulated from their first row.
    burn_in : int, default=100
        Rows that are simulated and dropped before a window, to forget the first row.
    start : str or array-like, default=None
        Passed to ``generator.sample`` as ``x0`` unless it is None: ``"states"`` lets
        paths of :class:`skdiffts.GenerativeTimeSeries` start where the data were.
    random_state : int, RandomState instance or None, default=0
        Seed of the simulation.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.metrics import PathScorer, energy_distance
    >>> X = np.random.RandomState(0).standard_normal((200, 1))
    >>> scorer = PathScorer(metric=energy_distance, of="pairs", burn_in=10)
    >>> model = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.2)).fit(X)
    >>> worse = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=3.0)).fit(X)
    >>> scorer(worse, X) < scorer(model, X)
    True
    """

    metric: Callable
    of: str = "paths"
    greater_is_better: bool = False
    window: int = 24
    burn_in: int = 100
    start: object = None
    random_state: int | np.random.RandomState | None = 0

    def __call__(self, generator, X, y=None):
        """Score a generator with ``sample`` on held-out paths.

        Parameters
        ----------
        generator : estimator
            Fitted generator with ``sample(n_paths, length, random_state)``.
        X : array-like, frame, 3-D array or list of 2-D arrays
            Held-out path or panel.
        y : None
            Ignored.

        Returns
        -------
        score : float
            The metric, with its sign turned where small is good.
        """
        if self.of not in VIEWS:
            raise ValueError(f"of={self.of!r} is unknown; pass one of {list(VIEWS)}.")
        check_scalar(self.window, "window", Integral, min_val=2)
        check_scalar(self.burn_in, "burn_in", Integral, min_val=0)
        paths = read_paths(X)
        real = as_windows(paths, self.window)
        burn_in = 0 if paths.container == "stack" else self.burn_in
        rng = check_random_state(self.random_state)
        n, length, _ = real.shape
        generated = simulate(generator, n, length, burn_in, self.start, rng)
        view = VIEWS[self.of]
        score = float(self.metric(view(real), view(generated)))
        return score if self.greater_is_better else -score


def one_step_forecasts(generator, X, n_samples=50, *, history=20, random_state=None):
    """Forecast the rows of paths one step ahead, each from the rows before it.

    Parameters
    ----------
    generator : estimator
        Fitted generator with ``forecast(X, horizon, n_samples, random_state)``, which
        continues each path of a 3-D array; of a frame with a MultiIndex, if X has an
        index of dates or of numbers that are not just those of the rows.
    X : array-like, frame, 3-D array or list of 2-D arrays
        Path or panel.
    n_samples : int, default=50
        Forecasts of each row.
    history : int, default=20
        Rows of the past that the generator is shown; the first rows of a path, which
        have not as many behind them, are not forecast. Of paths shorter than twice
        that, half is past.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    forecasts : ndarray of shape (n_cases, n_samples, n_features)
        Ensembles, path by path in the order of time.
    outcomes : ndarray of shape (n_cases, n_features)
        The rows themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.metrics import one_step_forecasts
    >>> X = np.random.RandomState(0).standard_normal((60, 2))
    >>> model = GenerativeTimeSeries(sampler=KernelDensity()).fit(X)
    >>> forecasts, outcomes = one_step_forecasts(model, X, 10, random_state=0)
    >>> forecasts.shape, outcomes.shape
    ((40, 10, 2), (40, 2))
    """
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    paths = read_paths(X)
    past, outcomes = history_and_outcomes(paths, history)
    return forecast_cases(generator, paths, past, n_samples, random_state), outcomes


def history_and_outcomes(paths, history):
    """Rows (n_cases, d) with enough behind them, and row numbers (n_cases, history)."""
    check_scalar(history, "history", Integral, min_val=1)
    history = min(history, int(paths.lengths.min()) // 2)
    last = np.flatnonzero(paths.positions >= history) - 1
    return last[:, np.newaxis] + np.arange(1 - history, 1), paths.values[last + 1]


def forecast_cases(generator, paths, rows, n_samples, random_state):
    """Ensembles (n_cases, n_samples, d) of the row that follows each past."""
    n, d = len(rows), paths.n_features
    past = panel_of(paths, rows)
    with warnings.catch_warnings():
        # A generator that was fitted to a frame misses the names here.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        forecasts = generator.forecast(past, 1, n_samples, random_state=random_state)
    forecasts = np.asarray(forecasts, dtype=np.float64)
    if forecasts.shape != (n, n_samples, 1, d):
        raise ValueError(
            f"generator.forecast gives shape {forecasts.shape} for {n} paths; it must "
            f"give (n_paths, n_samples, horizon, n_features) = {(n, n_samples, 1, d)}."
        )
    return forecasts[:, :, 0]


neg_energy_score = ForecastScorer()
