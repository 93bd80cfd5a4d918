"""KernelDriftVolEstimator: increments of a series to white residuals, and back."""

from functools import partial
from numbers import Integral, Real

from skdiffts._rollback import whole_or_nothing
from skdiffts._strategy import DefaultPartsMixin, check_strategy
from skdiffts._validation import HasMethods, Interval, StrOptions
from skdiffts.conditioning import BaseConditioning, BaseScale, EWVolatility, State
from skdiffts.kernel._additive_drift import takes_additive_drift
from skdiffts.kernel._base import BaseDriftVolEstimator
from skdiffts.kernel._causal import CausalResiduals
from skdiffts.kernel._innovations import innovation_ratio
from skdiffts.kernel._model import GLOBAL, LocalModel, Smoother
from skdiffts.kernel._neighbors import METRICS, NeighborSearch, metric_map
from skdiffts.kernel._past import Past
from skdiffts.kernel._selection import RIDGES, clip_neighbors, select
from skdiffts.kernel._stability import STANDSTILL, spectral_radius
from skdiffts.kernel._tabulated import TabulatedModel
from skdiffts.kernel._time import TimeAxis
from skdiffts.kernel._transitions import Transitions, heads
from skdiffts.kernel._weights import KERNELS

__all__ = ["KernelDriftVolEstimator"]

POSITIVE = Interval(Real, 0, None, closed="neither")
POSITIVE_INTEGER = Interval(Integral, 1, None, closed="left")


class KernelDriftVolEstimator(DefaultPartsMixin, BaseDriftVolEstimator):
    r"""Conditional drift and covariance by local regression; whitens increments.

    The conditioning vector z is the present row, or what ``conditioning`` makes of the
    past. With weights :math:`w_k(z) = K(|z - z_k| / h(z))`, where the bandwidth h(z) is
    the distance to the k-th nearest training vector, the increments :math:`dX_k` over
    times :math:`dt_k` give

    .. math::
        \mu(z) &= \sum_k w_k\, dX_k \Big/ \sum_k w_k\, dt_k \\
        a(z) &= \sum_k w_k\, r_k r_k' \Big/ \sum_k w_k = L L', \quad
        r_k = (dX_k - \mu\, dt_k) / \sqrt{dt_k} \\
        \varepsilon_{i} &= L(z_{i-1})^{-1}
        (x_i - x_{i-1} - \mu(z_{i-1})\, dt_i) / \sqrt{dt_i}

    for ``degree=0`` (Nadaraya-Watson); ``degree=1`` fits a line instead of a constant,
    and with all weights equal, ``n_neighbors="all"``, and no ridge is a VAR. What the
    drift of each series owes to its own value alone is taken off dX before and added to
    the drift after: it is learnt from all rows, in any number of columns.

    Parameters
    ----------
    n_neighbors : int, "all" or "auto", default="auto"
        Number k of neighbours that sets the bandwidth; "all" is the limit of an infinite
        one; "auto" takes what has the highest leave-one-out likelihood.
    kernel : {"epanechnikov", "gaussian", "tricube", "uniform"}, default="epanechnikov"
        Shape K of the weights. All but "gaussian" vanish beyond the bandwidth.
    degree : {0, 1}, default=1
        Degree of the local polynomial of the drift.
    conditioning : BaseConditioning, default=None
        What the kernel sees of the past; None is :class:`skdiffts.conditioning.State`,
        the present row.
    scale : EWVolatility or EWCovariance, default=None
        Volatility of each series, or factor of their covariance, by which increments are
        divided before the regression, and drift and factor multiplied after it.
    metric : str or array-like of shape (n_conditioning,), default="standardized"
        How far vectors are apart: with columns of unit variance ("standardized"), with
        unit covariance ("whitened"), as they are ("euclidean"), or with these weights
        of the standardised columns.
    shrinkage : float or "auto", default="auto"
        Weight, from 0 to 1, of the pooled residual covariance in a(z); "auto" is
        chosen together with the bandwidth.
    ridge : float or "auto", default="auto"
        Penalty on the slopes, relative to the mean local variance of whitened states;
        "auto" is the one that is best for the global fit, or 1e-3 if local fits need it.
    additive_drift : bool or "auto", default="auto"
        Whether a line and, where the Bayesian criterion says so, a spline of each series'
        present value are taken off its drift; "auto" is yes for ``degree=1`` where the
        kernel sees the present row alone, but for ``past_only``.
    recency_halflife : float, default=None
        Age in rows, before the last row of all paths, at which a transition counts half in
        all averages; None is never.
    dt : float or "index", default=1.0
        Time between two rows; "index" reads it off the index of X, in days for dates.
        Simulated rows then are the median step apart.
    past_only : bool, default=False
        Whether residuals of the training data use only transitions that end before
        their row, in time where the index has it, else in row number. Rows with too short
        a past are NaN; other data are taken to follow the training data. What is "auto",
        and the long run of volatilities, is that of all rows.
    missing : {"raise", "break"}, default="raise"
        Whether rows with NaN are an error, or end a path and begin another.
    evaluation : {"exact", "tabulated"}, default="exact"
        Whether the regression is solved at every query, or the local models stored at
        the training points are used, which takes a neighbour query and a product.
    n_blend : int, default=1
        Number of nearest local models that "tabulated" averages.
    neighbors : estimator with ``kneighbors``, default=None
        Neighbour search, cloned and fitted on the points between which the metric is
        Euclidean; None is :class:`sklearn.neighbors.NearestNeighbors`.
    n_jobs : int, default=None
        Threads for neighbour search and chunks of queries; the result does not change.

    Attributes
    ----------
    n_neighbors_ : int or "all"
        Number of neighbours in use.
    shrinkage_ : float
        Weight of the pooled covariance in use.
    ridge_ : float
        Penalty in use.
    selection_ : BandwidthSelection
        Candidates for "auto" and their leave-one-out scores.
    loo_residuals_ : ndarray of shape (n_left_out, n_features)
        Residuals of the training transitions, or 20,000 drawn from more, each from a fit
        without it (but for its share in the own drift); with ``past_only``, from its past.
    innovation_ratio_ : float
        What residuals are multiplied by for the noise alone, without errors of the fit.
    spectral_radius_ : float
        Largest eigenvalue of the global linear recursion at the long-run scale, in modulus.
    n_history_ : int
        Rows of a path that the first vector takes.
    n_conditioning_ : int
        Length of the conditioning vector.
    n_transitions_ : int
        Number of training transitions with a long enough past.
    initial_states_ : ndarray of shape (n_paths, n_features)
        First row of each training path.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, when the training data had them.

    Notes
    -----
    Beyond the leverage that 90 % of the training transitions have, seen from the others,
    the drift goes on from the local mean along the global slope. Outside 1.5 times the
    radius of the training vectors (in the metric of their covariance) it does so from the
    nearest point on the ray to the mean, for degree 0 as well, at the long-run ``scale``,
    or stays as it is if that explodes: paths are as stable as the global line.

    References
    ----------
    .. [1] J. Fan and I. Gijbels, "Local Polynomial Modelling and Its Applications",
       Chapman and Hall, 1996, chapter 3.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> X = np.random.RandomState(0).standard_normal((200, 2)).cumsum(axis=0)
    >>> estimator = KernelDriftVolEstimator().fit(X)
    >>> residuals = estimator.transform(X)
    >>> residuals.shape, bool(np.isnan(residuals[0]).all())
    ((200, 2), True)
    """

    _model: LocalModel

    # Paths that another estimator has validated are taken as they are.
    takes_paths = True

    _default_parts = {"conditioning": State}

    _parameter_constraints = {
        "n_neighbors": [POSITIVE_INTEGER, StrOptions({"auto", GLOBAL})],
        "kernel": [StrOptions(set(KERNELS))],
        "degree": [Interval(Integral, 0, 1, closed="both")],
        "conditioning": [BaseConditioning, None],
        "scale": [BaseScale, None],
        "metric": [StrOptions(set(METRICS)), "array-like"],
        "shrinkage": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"})],
        "ridge": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
        "additive_drift": ["boolean", StrOptions({"auto"})],
        "recency_halflife": [POSITIVE, None],
        "dt": [POSITIVE, StrOptions({"index"})],
        "past_only": ["boolean"],
        "missing": [StrOptions({"raise", "break"})],
        "evaluation": [StrOptions({"exact", "tabulated"})],
        "n_blend": [POSITIVE_INTEGER],
        "neighbors": [HasMethods(["fit", "kneighbors"]), None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        n_neighbors="auto",
        *,
        kernel="epanechnikov",
        degree=1,
        conditioning=None,
        scale=None,
        metric="standardized",
        shrinkage="auto",
        ridge="auto",
        additive_drift="auto",
        recency_halflife=None,
        dt=1.0,
        past_only=False,
        missing="raise",
        evaluation="exact",
        n_blend=1,
        neighbors=None,
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.kernel = kernel
        self.degree = degree
        self.conditioning = conditioning
        self.scale = scale
        self.metric = metric
        self.shrinkage = shrinkage
        self.ridge = ridge
        self.additive_drift = additive_drift
        self.recency_halflife = recency_halflife
        self.dt = dt
        self.past_only = past_only
        self.missing = missing
        self.evaluation = evaluation
        self.n_blend = n_blend
        self.neighbors = neighbors
        self.n_jobs = n_jobs

    @whole_or_nothing
    def fit(self, X, y=None):
        """Store the transitions of every path and choose what is "auto".

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path of shape (n_rows, n_features), or a panel of paths.
        y : None
            Ignored.

        Returns
        -------
        KernelDriftVolEstimator
            The fitted estimator itself.
        """
        self._validate_params()
        paths = self._read(X, reset=True, min_length=2)
        conditioning = check_strategy(
            self.conditioning, default=State, kind=BaseConditioning, name="conditioning"
        )
        scale = self.scale and check_strategy(
            self.scale, default=EWVolatility, kind=BaseScale, name="scale"
        )
        time = TimeAxis(self.dt, paths)
        past = Past(conditioning, scale, paths, time.steps(paths))
        by_default = self.degree == 1 and isinstance(conditioning, State)
        own = takes_additive_drift(self.additive_drift, by_default, self.past_only)
        transitions = Transitions(paths, past, time, own, self.recency_halflife)
        regression = transitions.regression(
            self.degree, RIDGES[0] if self.ridge == "auto" else self.ridge
        )
        metric = metric_map(self.metric, transitions.states, regression.whitening)
        search = NeighborSearch(transitions.states, self.neighbors, self.n_jobs, metric)
        smoother = Smoother(regression, search, self.kernel, self.n_jobs)
        n_neighbors = clip_neighbors(self.n_neighbors, smoother.n_transitions)
        smoother, selection = select(smoother, n_neighbors, self.shrinkage, self.ridge)
        n_neighbors, shrinkage = selection.best()
        line = partial(regression.drift_along, smoother.outer_line(n_neighbors))
        additive_drift, history = transitions.additive_drift, transitions.history
        radius = spectral_radius(past, history, line, additive_drift.line, time.dt)
        arguments = smoother, n_neighbors, shrinkage, radius <= 1.0 + STANDSTILL
        if self.evaluation == "exact":
            model = LocalModel(*arguments)
        else:
            model = TabulatedModel(*arguments, self.n_blend)
        residuals, rows = model.loo_residuals, model.left_out_rows
        self._causal = None
        if self.past_only:
            self._causal = CausalResiduals(model, self.metric, transitions, paths)
            residuals, rows = self._causal.known()
        self.n_neighbors_, self.shrinkage_ = n_neighbors, shrinkage
        self.ridge_, self.spectral_radius_ = selection.ridge, radius
        self.selection_, self.loo_residuals_ = selection, residuals
        self.innovation_ratio_ = innovation_ratio(model, residuals, rows)
        self.n_history_ = past.n_history
        self.n_conditioning_ = transitions.states.shape[1]
        self.n_transitions_ = smoother.n_transitions
        self.initial_states_ = paths.values[paths.first_rows].copy()
        self._heads = heads(paths, past.n_history)
        self._past, self._time, self._model = past, time, model
        self._additive_drift = additive_drift
        return self

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_model")

    def _evaluate(self, history):
        z, scale = self._past.vector(history), self._past.scale(history)
        drift, factor = self._model.evaluate(z, scale)
        own = self._additive_drift(history.states, bounded=not self._model.is_stable)
        return scale.multiply(drift) + own, scale.multiply_factor(factor)

    def _residuals(self, paths):
        if self._causal is not None and self._causal.belong_to(paths):
            return self._causal.expand(paths)
        return super()._residuals(paths)
