"""Forecaster of aeon around a generator.

It stands apart from :mod:`skdiffts.integrations`, which does not import aeon.
"""

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from skdiffts._seeding import draw_seed
from skdiffts.generation import GenerativeTimeSeries

try:
    from aeon.forecasting.base import BaseForecaster
except ImportError:

    class BaseForecaster:  # type: ignore[no-redef]
        """Replacement of aeon's class, of which there are no instances."""

        def __new__(cls, *args, **kwargs):
            """Say what is missing."""
            raise ImportError(
                f"{cls.__name__} is a forecaster of aeon; run "
                "`pip install skdiffts[aeon]`."
            )


__all__ = ["AeonForecaster"]


class AeonForecaster(BaseForecaster):
    """Generator as a forecaster of aeon.

    ``predict`` gives the mean of one channel over sample paths, `horizon` rows ahead of
    any series that the generator can continue, since aeon's forecasters predict a
    number; :meth:`predict_paths` gives the paths of all channels.

    Parameters
    ----------
    horizon : int, default=1
        Rows ahead.
    generator : estimator, default=None
        Anything with ``fit`` and ``forecast(X, horizon, n_samples, random_state)``,
        which is cloned. None is :class:`skdiffts.GenerativeTimeSeries`.
    n_samples : int, default=500
        Sample paths behind a prediction.
    random_state : int, RandomState instance or None, default=None
        Seed of the paths, the same for all predictions after one ``fit``.
    target : int, default=0
        Channel that ``predict`` predicts.

    Attributes
    ----------
    generator_ : estimator
        Fitted generator.

    Examples
    --------
    >>> from aeon.datasets import load_airline
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.integrations.aeon import AeonForecaster
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3))
    >>> forecaster = AeonForecaster(3, generator, n_samples=50, random_state=0)
    >>> y = load_airline()
    >>> 300 < forecaster.fit(y).predict(y) < 600
    True
    """

    _tags = {
        "capability:multivariate": True,
        "capability:exogenous": False,
        "capability:horizon": True,
        "y_inner_type": "np.ndarray",
    }

    def __init__(
        self, horizon=1, generator=None, n_samples=500, random_state=None, target=0
    ):
        self.generator = generator
        self.n_samples = n_samples
        self.random_state = random_state
        self.target = target
        # Axis 0: rows are times, as here.
        super().__init__(horizon=horizon, axis=0)

    def predict_paths(self, y):
        """Draw joint sample paths that continue a series.

        Parameters
        ----------
        y : ndarray of shape (length, n_features) or (length,)
            Series, rows before columns.

        Returns
        -------
        ndarray of shape (n_samples, horizon, n_features)
            Paths.
        """
        rows = np.asarray(y, dtype=np.float64)
        rows = rows.reshape(len(rows), -1)
        return self.generator_.forecast(
            rows,
            self.horizon,
            self.n_samples,
            output="array",
            random_state=self._seed,
        )

    def _fit(self, y, exog):
        generator = self.generator
        generator = GenerativeTimeSeries() if generator is None else clone(generator)
        self.generator_ = generator.fit(np.asarray(y, dtype=np.float64))
        self._seed = draw_seed(check_random_state(self.random_state))
        return self

    def _predict(self, y, exog):
        return float(self.predict_paths(y)[:, -1, self.target].mean())

    @classmethod
    def _get_test_params(cls, parameter_set="default"):
        from sklearn.neighbors import KernelDensity

        from skdiffts.kernel import KernelDriftVolEstimator

        generator = GenerativeTimeSeries(
            KernelDriftVolEstimator("all", conditioning=None),
            KernelDensity(bandwidth=0.3),
        )
        return {"generator": generator, "n_samples": 20, "random_state": 0}
