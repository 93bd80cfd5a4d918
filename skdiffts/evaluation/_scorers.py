"""Metrics as scorers: callables that scikit-learn's searches take as ``scoring``."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from skdiffts.evaluation._forecasts import one_step_forecasts
from skdiffts.evaluation._windows import VIEWS, as_windows, read_paths, simulate
from skdiffts.metrics import energy_score

__all__ = ["ForecastScorer", "PathScorer", "neg_energy_score"]


@dataclass(frozen=True, kw_only=True)
class ForecastScorer:
    r"""Scorer of one-step forecasts of held-out rows.

    .. math:: -S(\{\hat x_{i}^{(1)}, \dots, \hat x_{i}^{(m)}\}_i, \{x_i\}_i)

    with a metric S of forecasts and their outcomes. With a proper score, such as the
    default, a search prefers the true conditional distribution, whether or not the
    generator has a likelihood.

    Parameters
    ----------
    metric : callable, default=energy_score
        Function ``metric(forecasts, outcomes)`` to a float.
    greater_is_better : bool, default=False
        Sign of the metric; scikit-learn maximises a scorer.
    n_samples : int, default=50
        Forecasts m of each row.
    history : int, default=20
        Rows before each forecast that the generator is given, enough for its lags. In
        paths shorter than twice that, half of the rows are history. All candidates of a
        search are scored on the same rows.
    random_state : int, RandomState instance or None, default=0
        Seed of the forecasts. A common seed reduces the variance of the difference
        between candidates.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.evaluation import ForecastScorer
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
            The metric, negated where smaller is better.
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
    r"""Scorer of simulated paths against held-out paths.

    .. math:: -D(\{x_p\}, \{y_q\})

    with a metric D of real and generated paths, rows, or pairs of successive rows. It
    measures the distribution of whole paths, which a one-step score does not. It is not
    a proper score: errors of the model that cancel along a path go unseen.

    Parameters
    ----------
    metric : callable
        Function ``metric(real, generated)`` to a float, such as
        :func:`autocorrelation_difference`; options by :func:`functools.partial`. One
        that draws random numbers should have a fixed seed.
    of : {"paths", "rows", "pairs"}, default="paths"
        Input of the metric: panels, rows (n_rows, n_features), or pairs of successive
        rows (n_pairs, 2 * n_features).
    greater_is_better : bool, default=False
        Sign of the metric; scikit-learn maximises a scorer.
    window : int, default=24
        Length of the windows into which long paths are cut, in rows. A 3-D array is a
        panel of whole paths, compared with paths simulated from their first row on.
    burn_in : int, default=100
        Rows simulated before each window and dropped, so that windows do not depend on
        the initial row.
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
    >>> from skdiffts.evaluation import PathScorer
    >>> from skdiffts.metrics import energy_distance
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
            The metric, negated where smaller is better.
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


neg_energy_score = ForecastScorer()
