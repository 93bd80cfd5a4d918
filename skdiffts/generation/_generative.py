"""GenerativeTimeSeries: dynamics and residual law joined to a generator of paths."""

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, DensityMixin, MetaEstimatorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_scalar

from skdiffts._paths import check_names, check_paths
from skdiffts._rollback import whole_or_nothing
from skdiffts._seeding import check_sampler, draw_seed
from skdiffts._strategy import DefaultPartsMixin
from skdiffts._validation import HasMethods
from skdiffts.diffusion import DiffusionResidualSampler
from skdiffts.generation._evaluation import EvaluationMixin
from skdiffts.generation._preprocessing import Preprocessing
from skdiffts.generation._simulation import StartingRows, simulate_block
from skdiffts.kernel import KernelDriftVolEstimator

__all__ = ["GenerativeTimeSeries"]

# Paths that are simulated with one seed: fixed, so that no backend changes the draws.
BLOCK_PATHS = 256


class GenerativeTimeSeries(
    DefaultPartsMixin, MetaEstimatorMixin, EvaluationMixin, DensityMixin, BaseEstimator
):
    r"""Generator of multivariate time series: fit, simulate, forecast, score.

    The dynamics whiten the increments of the training paths to residuals, the sampler
    learns the law of the residuals, and a path is the recursion, with z the present row
    or what else the dynamics take of the past,

    .. math:: x_{i+1} = x_i + \mu(z_i)\, dt + \sqrt{dt}\, L(z_i)\, \varepsilon_{i+1}.

    Parameters
    ----------
    dynamics : estimator, default=None
        Drift and volatility; needs ``fit``, ``whiten``, ``history``, ``start_history`` and
        ``simulate``, once fitted also ``loo_residuals_`` and ``n_history_``. None is
        :class:`skdiffts.KernelDriftVolEstimator`.
    sampler : estimator, default=None
        Law of the residuals, with the methods of :class:`sklearn.neighbors.KernelDensity`
        or :class:`sklearn.mixture.GaussianMixture`. None is
        :class:`skdiffts.DiffusionResidualSampler`.
    preprocessor : transformer, default=None
        Invertible scikit-learn transformer of rows (scaling, logarithm, Yeo-Johnson)
        that the model works behind; undone by ``sample``, its Jacobian is in the score.
    n_jobs : int, default=None
        Processes or threads (joblib's current backend) over blocks of paths in
        ``sample``. It does not change the result.

    Attributes
    ----------
    dynamics_ : estimator
        Fitted dynamics.
    sampler_ : estimator
        Fitted sampler.
    preprocessor_ : transformer or None
        Fitted preprocessor.
    residuals_ : ndarray of shape (n_residuals, n_features)
        Residuals that the sampler was fitted on: leave-one-out ones, for frozen dynamics
        those of X.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, when the training data had them.

    Notes
    -----
    ``set_params`` of a nested parameter builds the default part where it is still None.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X)
    >>> generator.sample(n_paths=3, length=50, random_state=0).shape
    (3, 50, 2)
    """

    _default_parts = {
        "dynamics": KernelDriftVolEstimator,
        "sampler": DiffusionResidualSampler,
    }

    _parameter_constraints = {
        "dynamics": [
            HasMethods(["fit", "whiten", "history", "start_history", "simulate"]),
            None,
        ],
        "sampler": [HasMethods(["fit", "sample", "score_samples"]), None],
        "preprocessor": [HasMethods(["fit_transform", "inverse_transform"]), None],
        "n_jobs": [Integral, None],
    }

    def __init__(self, dynamics=None, sampler=None, *, preprocessor=None, n_jobs=None):
        self.dynamics = dynamics
        self.sampler = sampler
        self.preprocessor = preprocessor
        self.n_jobs = n_jobs

    @whole_or_nothing
    def fit(self, X, y=None):
        """Fit the dynamics to X and the sampler to the leave-one-out residuals.

        If it is interrupted, the estimator is as it was; after an error it is not
        fitted.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path of shape (n_rows, n_features), or a panel of paths.
        y : None
            Passed on.

        Returns
        -------
        GenerativeTimeSeries
            The fitted estimator itself.
        """
        self._validate_params()
        paths = self._read(X, reset=True, min_length=2)
        preprocessing = Preprocessing(self.preprocessor, paths.values)
        dynamics, sampler = (
            default() if getattr(self, name) is None else clone(getattr(self, name))
            for name, default in self._default_parts.items()
        )
        check_sampler(sampler)
        inputs = preprocessing.transform(paths.values)
        inputs = paths.restore(inputs, dtype=np.float64)
        dynamics.fit(inputs, y)
        if isinstance(dynamics, FrozenEstimator):
            # Its own residuals are those of the data that it was fitted to.
            residuals = dynamics.whiten(inputs)[0]
            residuals = residuals[np.isfinite(residuals).all(axis=1)]
        else:
            residuals = dynamics.loo_residuals_
        if len(residuals) < 2:
            raise ValueError(
                f"X has {len(residuals)} transitions with a residual; at least 2 are "
                "needed: pass longer paths, or dynamics with past_only=False."
            )
        sampler.fit(residuals, y)
        self._preprocessing = preprocessing
        self.preprocessor_ = preprocessing.transformer
        self._starts = StartingRows(paths, inputs, dynamics, preprocessing)
        self.dynamics_, self.sampler_, self.residuals_ = dynamics, sampler, residuals
        return self

    def sample(self, n_paths=1, length=None, *, x0=None, random_state=None):
        """Simulate paths.

        Parameters
        ----------
        n_paths : int, default=1
            Number of paths.
        length : int, default=None
            Rows of each path, the first one included; None is the length of the
            longest training path.
        x0 : None, "initial", "smoothed", "states", "last" or array-like, default=None
            Row 0: drawn from the first rows of training paths with a long enough past
            (None or "initial"), from a kernel density of these with their mean and
            covariance ("smoothed", for panels: new rows), or from all such rows; the
            last training row; or given, of shape (n_features,) or (n_paths,
            n_features), with a constant past.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        ndarray of shape (n_paths, length, n_features)
            Paths, float64, in the units of the training data.

        Notes
        -----
        The residuals that the sampler has learnt hold the errors of the fitted drift
        and covariance as well as the noise. A forecast must have both; in paths, the
        draws are multiplied by the ``innovation_ratio_`` of the dynamics, which leaves
        the noise.
        """
        check_is_fitted(self)
        check_scalar(n_paths, "n_paths", Integral, min_val=1)
        length = self._starts.longest if length is None else length
        check_scalar(length, "length", Integral, min_val=1)
        check_names(self, x0, "x0")
        rng = check_random_state(random_state)
        history = self._starts.draw(x0, n_paths, rng)
        return self._simulate(history, length, rng, self._innovation_ratio())

    def forecast(self, X, horizon, n_samples=1, *, random_state=None):
        """Simulate continuations of paths.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Paths; each is continued from its last row, given its past.
        horizon : int
            Rows of each continuation.
        n_samples : int, default=1
            Continuations of each path.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        ndarray of shape (n_samples, horizon, n_features)
            Continuations of the one path, without its last row; of a panel, with a
            leading axis over its paths.
        """
        check_is_fitted(self)
        check_scalar(horizon, "horizon", Integral, min_val=1)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        paths = self._read(X)
        last = paths.last_rows()
        values = self._preprocessing.transform(paths.values)
        history = self.dynamics_.history(paths.restore(values, dtype=np.float64))
        history = history.take(np.repeat(last, n_samples))
        rng = check_random_state(random_state)
        rows = self._simulate(history, horizon + 1, rng)[:, 1:]
        if paths.container == "rows":
            return rows
        return rows.reshape(len(last), n_samples, horizon, paths.n_features)

    def __sklearn_is_fitted__(self):
        """Tell whether ``fit`` has come to its end: it sets attributes before."""
        return hasattr(self, "sampler_")

    def __sklearn_tags__(self):
        """Tags of scikit-learn; 3-D panels are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def _sk_visual_block_(self):
        """Draw dynamics and sampler one below the other in the HTML page."""
        steps = [
            (name, default() if getattr(self, name) is None else getattr(self, name))
            for name, default in self._default_parts.items()
        ]
        if self.preprocessor is not None:
            steps.insert(0, ("preprocessor", self.preprocessor))
        return Pipeline(steps)._sk_visual_block_()

    def _read(self, X, reset=False, min_length=1):
        """Validate paths; what NaN does is the affair of the dynamics."""
        missing = getattr(self.dynamics, "missing", "raise")
        return check_paths(self, X, reset=reset, min_length=min_length, missing=missing)

    def _innovation_ratio(self):
        """Factor of the draws of paths that are to have no errors of the fit."""
        if isinstance(self.dynamics_, FrozenEstimator):
            return 1.0  # the residuals are not those that its ratio is for
        return getattr(self.dynamics_, "innovation_ratio_", 1.0)

    def _simulate(self, history, length, rng, ratio=1.0):
        """Paths of given pasts, in blocks with a seed each."""
        firsts = range(0, len(history), BLOCK_PATHS)
        blocks = [history.take(slice(i, i + BLOCK_PATHS)) for i in firsts]
        seeds = draw_seed(rng, len(blocks))
        simulated = Parallel(n_jobs=self.n_jobs)(
            delayed(simulate_block)(
                self.dynamics_, self.sampler_, block, length, seed, ratio
            )
            for block, seed in zip(blocks, seeds.tolist(), strict=True)
        )
        paths = np.concatenate(simulated)
        rows = self._preprocessing.inverse_transform(paths.reshape(-1, paths.shape[2]))
        return rows.reshape(paths.shape)
