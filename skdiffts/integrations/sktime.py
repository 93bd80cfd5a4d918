"""Forecaster of sktime around a generator.

It stands apart from :mod:`skdiffts.integrations`, which does not import sktime.
"""

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from skdiffts._seeding import draw_seed
from skdiffts.generation import GenerativeTimeSeries

try:
    import pandas as pd
    from sktime.forecasting.base import BaseForecaster
except ImportError:

    class BaseForecaster:  # type: ignore[no-redef]
        """Replacement of sktime's class, of which there are no instances."""

        def __new__(cls, *args, **kwargs):
            """Say what is missing."""
            raise ImportError(
                f"{cls.__name__} is a forecaster of sktime; run "
                "`pip install skdiffts[sktime]`."
            )


__all__ = ["SktimeForecaster"]


class SktimeForecaster(BaseForecaster):
    """Generator as a probabilistic forecaster of sktime.

    Forecasts are summaries of joint sample paths that continue the series: their mean,
    their quantiles, or the paths themselves (:meth:`predict_paths`), which sums over
    columns or times need.

    Parameters
    ----------
    generator : estimator, default=None
        Anything with ``fit`` and ``forecast(X, horizon, n_samples, random_state)``,
        which is cloned. None is :class:`skdiffts.GenerativeTimeSeries`.
    n_samples : int, default=500
        Sample paths behind each forecast.
    random_state : int, RandomState instance or None, default=None
        Seed of the paths. All forecasts after one ``fit`` have the same one, so that
        means and quantiles summarise the same paths.

    Attributes
    ----------
    generator_ : estimator
        Fitted generator.

    Notes
    -----
    Dates and periods reach the generator, which may find seasons in them; whole numbers
    are row numbers. Horizons must lie after the end of the data. ``update`` with
    ``update_params=False`` moves the end of the data, and fits nothing again.

    Examples
    --------
    >>> from sklearn.neighbors import KernelDensity
    >>> from sktime.datasets import load_airline
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.integrations.sktime import SktimeForecaster
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3))
    >>> forecaster = SktimeForecaster(generator, n_samples=50, random_state=0)
    >>> forecaster.fit(load_airline()).predict_interval(fh=[1, 2], coverage=0.9).shape
    (2, 2)
    """

    _tags = {
        "authors": ["skdiffts developers"],
        "capability:multivariate": True,
        "capability:exogenous": False,
        "capability:insample": False,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:missing_values": False,
        "capability:update": True,
        "capability:random_state": True,
        "property:randomness": "derandomized",
        "requires-fh-in-fit": False,
        "y_inner_mtype": "pd.DataFrame",
    }

    def __init__(self, generator=None, *, n_samples=500, random_state=None):
        self.generator = generator
        self.n_samples = n_samples
        self.random_state = random_state
        super().__init__()

    def predict_paths(self, fh):
        """Draw joint sample paths of the rows to come.

        Parameters
        ----------
        fh : int, array-like or ForecastingHorizon
            Rows to forecast, as in ``predict``.

        Returns
        -------
        pandas.DataFrame
            Rows of all paths, with the levels ``sample`` and the time.
        """
        self.check_is_fitted()
        fh = self._check_fh(fh)
        paths, times = self._paths(fh)
        index = pd.MultiIndex.from_product([range(len(paths)), times])
        index = index.set_names(["sample", times.name or "time"])
        rows = paths.reshape(-1, paths.shape[2])
        return pd.DataFrame(rows, index=index, columns=self._history.columns)

    @classmethod
    def get_test_params(cls, parameter_set="default"):
        """Give parameters with which a forecast takes a moment.

        Parameters
        ----------
        parameter_set : str, default="default"
            Name of the set of parameters.

        Returns
        -------
        list of dict
            Parameters for two instances.
        """
        from sklearn.neighbors import KernelDensity

        from skdiffts.kernel import KernelDriftVolEstimator

        generator = GenerativeTimeSeries(
            KernelDriftVolEstimator("all", conditioning=None),
            KernelDensity(bandwidth=0.3),
        )
        return [
            {"generator": generator, "n_samples": 20, "random_state": 0},
            {"generator": generator, "n_samples": 50, "random_state": 1},
        ]

    def _fit(self, y, X, fh):
        generator = self.generator
        generator = GenerativeTimeSeries() if generator is None else clone(generator)
        self.generator_ = generator.fit(_timed(y))
        # Kept here as well, since sktime keeps data only where its settings say so.
        self._history = y
        self._seed = draw_seed(check_random_state(self.random_state))
        return self

    def _update(self, y, X=None, update_params=True):
        longer = y.combine_first(self._history)[list(self._history.columns)]
        if update_params:
            return self._fit(longer, None, self._fh)
        self._history = longer
        return self

    def _predict(self, fh, X):
        paths, times = self._paths(fh)
        return pd.DataFrame(
            paths.mean(axis=0), index=times, columns=self._history.columns
        )

    def _predict_quantiles(self, fh, X, alpha):
        paths, times = self._paths(fh)
        names = self._get_varnames()
        columns = pd.MultiIndex.from_product([names, alpha])
        quantiles = np.quantile(paths, alpha, axis=0).transpose(1, 2, 0)
        rows = quantiles.reshape(len(times), -1)
        return pd.DataFrame(rows, index=times, columns=columns)

    def _paths(self, fh):
        """Paths (n_samples, n_times, n_features) at the times of a horizon."""
        steps = fh.to_relative(self.cutoff).to_numpy().astype(int)
        paths = self.generator_.forecast(
            _timed(self._history),
            int(steps.max()),
            self.n_samples,
            output="array",
            random_state=self._seed,
        )
        times = fh.to_absolute_index(self.cutoff)
        return np.asarray(paths)[:, steps - 1], times


def _timed(y):
    """Frame with dates for dates and periods, array for whole numbers."""
    if isinstance(y.index, pd.PeriodIndex):
        return y.set_axis(y.index.to_timestamp(), axis=0)
    return y if isinstance(y.index, pd.DatetimeIndex) else y.to_numpy(dtype=float)
