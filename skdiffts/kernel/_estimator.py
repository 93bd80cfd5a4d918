"""KernelDriftVolEstimator: increments of a series to white residuals, and back."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    OneToOneFeatureMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from skdiffts._caller import warn_caller
from skdiffts._paths import Paths, check_longest, check_names, check_paths, nameless
from skdiffts._rollback import whole_or_nothing
from skdiffts._strategy import DefaultPartsMixin
from skdiffts._validation import HasMethods, Interval, StrOptions, transform_output
from skdiffts.columns import warn_of_dependent
from skdiffts.conditioning import BaseConditioning, BaseScale, NoScale, State
from skdiffts.kernel._additive_drift import LINEAR
from skdiffts.kernel._automatic import AUTO, choose_history
from skdiffts.kernel._fitted_dynamics import FittedDynamics
from skdiffts.kernel._history import TimeAxis
from skdiffts.kernel._metric import Metric
from skdiffts.kernel._neighbors import GLOBAL, KERNELS
from skdiffts.kernel._residual_check import describe_remaining
from skdiffts.kernel._tabulated import Tabulated

__all__ = ["KernelDriftVolEstimator"]

POSITIVE = Interval(Real, 0, None, closed="neither")
POSITIVE_INTEGER = Interval(Integral, 1, None, closed="left")


class KernelDriftVolEstimator(
    DefaultPartsMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator
):
    r"""Conditional drift and covariance by local regression; whitens increments.

    The conditioning vector z is the present row, or what ``conditioning`` makes of the
    history. With weights :math:`w_k(z) = K(|z - z_k| / h(z))`, where the bandwidth h(z) is
    the distance to the k-th nearest training vector, the increments :math:`dX_k` over
    times :math:`dt_k` give

    .. math::
        \mu(z) &= \sum_k w_k\, dX_k \Big/ \sum_k w_k\, dt_k \\
        a(z) &= \sum_k w_k\, r_k r_k' \Big/ \sum_k w_k = L L', \quad
        r_k = (dX_k - \mu\, dt_k) / \sqrt{dt_k} \\
        \varepsilon_{i} &= L(z_{i-1})^{-1}
        (x_i - x_{i-1} - \mu(z_{i-1})\, dt_i) / \sqrt{dt_i}

    for ``degree=0`` (Nadaraya-Watson); ``degree=1`` fits a line instead of a constant,
    and with all weights equal, ``n_neighbors="all"``, and no ridge is a VAR. An additive
    component of the drift, a function of each series' own present value, is fitted to all
    rows first, subtracted from dX before the local regression and added back afterwards.
    It needs no near neighbours, so that it works in any dimension.

    Parameters
    ----------
    n_neighbors : int, "all" or "auto", default="auto"
        Number k of neighbours that sets the bandwidth; "all" is the limit of an infinite
        one; "auto" takes the number with the highest leave-one-out likelihood.
    kernel : {"epanechnikov", "gaussian", "tricube", "uniform"}, default="epanechnikov"
        Shape K of the weights. All but "gaussian" vanish beyond the bandwidth.
    degree : {0, 1}, default=1
        Degree of the local polynomial of the drift.
    conditioning : "auto", BaseConditioning or None, default="auto"
        Vector z of the history. "auto" searches for level, lags, trend, seasons and unit
        roots by forward likelihood, see Notes; None is
        :class:`skdiffts.conditioning.State`, the present row.
    scale : "auto", BaseScale or None, default="auto"
        Volatility of each series, or factor of their covariance, by which innovations are
        divided before the regression, and drift and factor multiplied after it. "auto" is
        what the search has found, and none beside a conditioning that is given.
    metric : str or array-like of shape (n_conditioning,), default="standardized"
        Distance of vectors: with columns of unit variance ("standardized"), with
        unit covariance ("whitened"), as they are ("euclidean"), or with these weights
        of the standardised columns.
    shrinkage : float or "auto", default="auto"
        Weight, from 0 to 1, of the pooled residual covariance in a(z); "auto" is
        chosen together with the bandwidth.
    ridge : float or "auto", default="auto"
        Penalty on the slopes, relative to the mean local variance of whitened states;
        "auto" is the best one for the global fit, or 1e-3 if local fits need it.
    additive_drift : bool, "linear" or "auto", default="auto"
        Part of the drift, subtracted first. True is a line and, where the Bayesian
        information criterion prefers one, a spline of each series' present value; "linear"
        a line in the whole conditioning vector, with a penalty on what is not a series'
        own. With "linear" a global fit is this line, and volatility is fitted to its
        innovations. "auto" is "linear" with a history that was searched for, and for
        ``degree=1`` beside a scale, which then remembers innovations, not increments; else
        True for ``degree=1`` where the kernel sees the present row alone; False with
        ``past_only``.
    recency_halflife : float, default=None
        Age in rows, before the last row of all paths, at which a transition counts half in
        all averages; None is never.
    dt : float or "index", default=1.0
        Time between two rows; "index" reads it off the index of X, in days for dates.
        Simulated rows then are the median step apart.
    past_only : bool, default=False
        Whether residuals of the training data use only transitions that end before
        their row, in time where the index has it, else in row number. Rows with too short
        a past are NaN; other data are taken to follow the training data. Choices by
        "auto", and long-run volatilities, use all rows.
    missing : {"raise", "break"}, default="raise"
        Whether rows with NaN are an error, or end a path and begin another.
    evaluation : Tabulated, default=None
        Evaluation at new states: None solves the regression at every query;
        :class:`skdiffts.kernel.Tabulated` reads local models that are stored at the
        training points, which takes a neighbour query and a product.
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
        Leave-one-out residuals of the training transitions, of a random 20,000 if there
        are more; with ``past_only``, residuals from their past. The additive drift is not
        refitted.
    loo_rows_ : ndarray of int of shape (n_left_out,)
        Rows that they lead to, numbered through all paths; rows with NaN do not count.
    innovation_ratio_ : float
        Ratio, at most 1, of the standard deviations of the innovations and of the
        leave-one-out residuals, which contain estimation error as well. It is 1 where
        innovations are given their moments in simulation: behind a volatility that
        remembers them, and behind margins with a local covariance.
    spectral_radius_ : float
        Largest eigenvalue of the global linear recursion at the long-run scale, in modulus;
        the rate of growth of a step where slopes depend on the clock.
    n_history_ : int
        Rows of a path that the first conditioning vector needs.
    n_conditioning_ : int
        Length of the conditioning vector.
    n_transitions_ : int
        Number of training transitions with a long enough history.
    memory_ : dict of str to ndarray
        With ``conditioning="auto"``, the steps of the search: ``step``, ``candidate``,
        ``gain`` in nats a row with its standard ``error``, ``chosen``.
        :class:`pandas.DataFrame` takes it.
    choice_ : HistoryChoice
        With ``conditioning="auto"``, what was found and what it was compared with.
    model_ : Dynamics
        Fitted model: history rules, time axis, local model and additive drift.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, when the training data had them.

    Notes
    -----
    The search (:func:`skdiffts.selection.select_history`) starts from a random walk and
    takes the parts of the history with which linear models predict later rows from
    earlier ones better. The line so found, a local regression of what it leaves, and the
    local regression on the present row are then fitted to the first 70 percent of each
    path (or to two thirds of the paths, if there are six or more): a local fit is taken
    if it predicts the rest by more than two standard errors better. :meth:`describe` says
    what was found.

    Paths that :class:`skdiffts.GenerativeTimeSeries` hands on may have exogenous columns u,
    which are given for the future. The conditioning vector of each row then ends with
    :math:`u_{i+1}` and :math:`u_{i+1} - u_i`; in a linear drift they are under the ridge, or
    free of it if that predicts better.

    Where a query's leverage exceeds the 90th percentile of the leave-one-out leverages,
    the local slope is shrunk towards the slope of the global linear fit. Outside 1.5 times
    the radius of the training vectors (in the metric of their covariance) the coefficients
    belong to the nearest point on the ray to the mean, and the drift continues along
    the global slope, for degree 0 as well, at the long-run ``scale``; it is constant if
    the global recursion is unstable. So paths are as stable as the global line.

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

    # Paths that another estimator has validated are taken as they are.
    takes_paths = True
    # Covariates of such paths are known ahead of each row.
    takes_covariates = True

    _default_parts = {"conditioning": State, "scale": NoScale}

    _parameter_constraints = {
        "n_neighbors": [POSITIVE_INTEGER, StrOptions({"auto", GLOBAL})],
        "kernel": [StrOptions(set(KERNELS))],
        "degree": [Interval(Integral, 0, 1, closed="both")],
        "conditioning": [BaseConditioning, StrOptions({AUTO}), None],
        "scale": [BaseScale, StrOptions({AUTO}), None],
        "metric": [StrOptions(set(Metric.KINDS)), "array-like"],
        "shrinkage": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"})],
        "ridge": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
        "additive_drift": ["boolean", StrOptions({"auto", LINEAR})],
        "recency_halflife": [POSITIVE, None],
        "dt": [POSITIVE, StrOptions({"index"})],
        "past_only": ["boolean"],
        "missing": [StrOptions({"raise", "break"})],
        "evaluation": [Tabulated, None],
        "neighbors": [HasMethods(["fit", "kneighbors"]), None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        n_neighbors="auto",
        *,
        kernel="epanechnikov",
        degree=1,
        conditioning="auto",
        scale="auto",
        metric="standardized",
        shrinkage="auto",
        ridge="auto",
        additive_drift="auto",
        recency_halflife=None,
        dt=1.0,
        past_only=False,
        missing="raise",
        evaluation=None,
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
        self.neighbors = neighbors
        self.n_jobs = n_jobs

    @whole_or_nothing
    def fit(self, X, y=None):
        """Store the transitions of every path and choose the values of "auto".

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

        Warns
        -----
        UserWarning
            If residuals still have plain structure: autocorrelation, squares that
            cluster, a season of the calendar, and, beside a conditioning that is given,
            series with distributions of their own. The text names the argument that models it. Also if
            columns are exact affine functions of others, whose innovations are rounding
            errors: :class:`skdiffts.GenerativeTimeSeries` leaves such columns out.
        """
        self._validate_params()
        paths = self._read(X, reset=True, min_length=2)
        if not isinstance(X, Paths):  # a generator has left them out
            warn_of_dependent(paths)
        if self.evaluation is not None:
            self.evaluation._validate_params()
        time = TimeAxis.fit(self.dt, paths)
        if self.conditioning == AUTO:
            # Many small products, on which threads of BLAS wait for each other.
            with threadpool_limits(limits=1, user_api="blas"):
                self.choice_ = choose_history(self, paths, time)
            self.memory_ = self.choice_.table()
        fitted = self._fit_dynamics(paths, time)
        words = describe_remaining(fitted, paths, self.conditioning == AUTO)
        if words:
            warn_caller(f"Residuals of X still have {words}.")
        return self

    def refit(self, X):
        """Fit again, with the history that the search of ``fit`` has found.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Paths with the columns of those in ``fit``.

        Returns
        -------
        KernelDriftVolEstimator
            The estimator itself.
        """
        check_is_fitted(self)
        paths = self._read(X, min_length=2)
        self._fit_dynamics(paths, TimeAxis.fit(self.dt, paths))
        return self

    def _fit_dynamics(self, paths, time):
        """Fit drift and volatility, and set the attributes about them."""
        options = self
        if self.conditioning == AUTO:
            options = clone(self).set_params(**self.choice_.parameters)
        fitted = FittedDynamics.fit(options, paths, time)
        if fitted.selection is not None:
            self.selection_ = fitted.selection
        self.n_neighbors_, self.shrinkage_ = fitted.n_neighbors, fitted.shrinkage
        self.ridge_, self.spectral_radius_ = fitted.ridge, fitted.spectral_radius
        self.loo_residuals_, self.loo_rows_ = fitted.loo_residuals, fitted.loo_rows
        self.innovation_ratio_ = fitted.innovation_ratio
        self.n_conditioning_ = fitted.n_conditioning
        self.n_transitions_ = fitted.n_transitions
        self.model_, self.n_history_ = fitted.model, fitted.model.n_history
        return fitted

    def strategies(self):
        """Clones of the conditioning and the scale that are fitted.

        Returns
        -------
        conditioning : BaseConditioning
            The parameter, which must not be "auto", or the present row for None.
        scale : BaseScale
            The parameter, or none for None and for "auto", which is a choice of the
            search for a conditioning.

        Examples
        --------
        >>> from skdiffts import KernelDriftVolEstimator
        >>> KernelDriftVolEstimator(conditioning=None).strategies()
        (State(), NoScale())
        """
        scale = NoScale() if self.scale == AUTO else self._part("scale")
        return self._part("conditioning"), scale

    def describe(self):
        """Words for the history that drift and volatility depend on.

        Returns
        -------
        str
            Findings of the search, or the strategies that were given.

        Examples
        --------
        >>> import numpy as np
        >>> from skdiffts import KernelDriftVolEstimator
        >>> X = np.random.RandomState(0).standard_normal((300, 1)).cumsum(axis=0)
        >>> print(KernelDriftVolEstimator().fit(X).describe())
        level: none (unit root), volatility: constant
        """
        check_is_fitted(self)
        if self.conditioning == AUTO:
            return self.choice_.describe()
        rules = self.model_.rules
        return f"conditioning: {rules.conditioning!r}, scale: {rules.scaling!r}"

    def coefficients(self, X):
        """Drift and covariance per unit time, given each row of X and its history.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, which is stacked.

        Returns
        -------
        drift : ndarray of shape (n_rows, n_features)
            Conditional mean of the increment per unit time; NaN where the history
            is shorter than ``n_history_`` rows.
        covariance : ndarray of shape (n_rows, n_features, n_features)
            Conditional covariance of the increment per unit time.
        """
        drift, factor = self.factor(X)
        return drift, factor @ factor.transpose(0, 2, 1)

    def factor(self, X):
        """Drift and volatility factor per unit time, given each row of X and its history.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, which is stacked.

        Returns
        -------
        drift : ndarray of shape (n_rows, n_features)
            Conditional mean of the increment per unit time; NaN where the history
            is shorter than ``n_history_`` rows.
        factor : ndarray of shape (n_rows, n_features, n_features)
            Lower Cholesky factor L of the conditional covariance, read-only where all
            rows share it.
        """
        check_is_fitted(self)
        paths = self._read(X)
        drift, factor = self.model_.factor(paths)
        return paths.expand(drift), paths.expand(factor)

    def history(self, X):
        """History after each row, on which the distribution of the next row depends.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, which is stacked; rows with NaN are left out.

        Returns
        -------
        History
            One entry for each row; where there are fewer than ``n_history_`` rows, those
            before are taken to have been the first one.
        """
        check_is_fitted(self)
        return self.model_.trace(self._read(X))

    def start_history(self, states):
        """Histories of paths that begin at given rows.

        Parameters
        ----------
        states : ndarray of shape (n_paths, n_features)
            Rows. The rows before are taken to have been the same, and the clock is the
            first training row's.

        Returns
        -------
        History
            One entry for each row.
        """
        check_is_fitted(self)
        return self.model_.start(np.asarray(states, dtype=np.float64))

    def whiten(self, X):
        r"""Residuals with the log-Jacobian that their density needs.

        The conditional density of a row is
        :math:`\log p(x_i | x_{i-1}) = \log p_\varepsilon(\varepsilon_i) + J_i` with
        :math:`J_i = -\log\det L(z_{i-1}) - \tfrac d2 \log dt`.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        residuals : ndarray of shape (n_rows, n_features)
            Whitened increments; NaN in the first ``n_history_`` rows of each path.
        log_jacobian : ndarray of shape (n_rows,)
            J; NaN where the residuals are.
        """
        check_is_fitted(self)
        paths = self._read(X)
        residuals, log_jacobian = self.model_.whiten(paths)
        return paths.expand(residuals), paths.expand(log_jacobian)

    def transform(self, X):
        """Whitened increments of the paths in X.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        array, frame or list
            Residuals in the container of X, as many rows as X; NaN in the first
            ``n_history_`` rows of each path.
        """
        check_is_fitted(self)
        paths = self._read(X)
        output = transform_output(self)
        # scikit-learn would name the columns of labels of a polars frame, too.
        has_labels = getattr(paths.frames[0], "library", "") == "polars"
        has_labels = has_labels and paths.container == "frame"
        if output != "default" and (paths.samples_are_paths or has_labels):
            raise ValueError(
                f"X is a panel of {paths.n_paths} path(s), which set_output(transform="
                f"{output!r}) cannot hold; pass a frame with a MultiIndex, or "
                'set_output(transform="default").'
            )
        residuals = self.model_.residuals(paths)
        if output != "default" and paths.container == "rows":
            return paths.expand(residuals).astype(paths.dtype, copy=False)
        return paths.restore(residuals)

    def inverse_transform(self, X, *, x0=None):
        r"""Paths that have given residuals.

        .. math:: x_{i+1} = x_i + \mu(z_i)\, dt + \sqrt{dt}\, L(z_i)\, \varepsilon_{i+1}

        Each step undoes :meth:`transform` to rounding. With few neighbours the whole
        recursion is chaotic, so that a long path may leave the original one.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Residuals; in the rows that ``x0`` gives they are not used and may be NaN.
        x0 : array-like, default=None
            First rows of the paths: the first one, of shape (n_features,) or
            (n_paths, n_features), or the first ``n_history_``, of shape
            ``(n_paths, n_history_, n_features)``. None takes the first ``n_history_`` rows
            of the training paths, in order (repeated when X has more paths).

        Returns
        -------
        array, frame or list
            Paths in the container of X.
        """
        check_is_fitted(self)
        named = X[0] if isinstance(X, list | tuple) and X else X
        # Drawn residuals are arrays, whatever the data were: no names to compare.
        reader = self if hasattr(named, "columns") else nameless(self)
        paths = check_paths(reader, X, reset=False, allow_nan_rows=True)
        check_names(self, x0, "x0")
        first = self._first_rows(x0, paths.n_paths)
        missing = np.isnan(paths.values).any(axis=1)
        missing &= paths.positions >= first.shape[1]
        if missing.any():
            raise ValueError(
                f"X has NaN in row {np.argmax(missing)}, beyond the first "
                f"{first.shape[1]} row(s) of its path; pass residuals without gaps."
            )
        return paths.restore(self.model_.simulate_paths(paths, first))

    def simulate(self, residuals, history, covariates=None, snap=None, to_draws=None):
        """Simulate the rows that follow given histories.

        Their clock follows the calendar of the training rows: its step, or the pattern
        of its steps, such as business days; else the median step.

        Parameters
        ----------
        residuals : ndarray of shape (n_paths, n_steps, n_features)
            Residuals, or the noise that ``to_draws`` takes.
        history : History
            History of each path, from :meth:`history` or :meth:`start_history`.
        covariates : ndarray of shape (n_paths, n_steps, n_covariates), default=None
            Exogenous columns of the simulated rows, if the training paths had some.
        snap : callable, default=None
            Map of new rows and present ones, each of shape (n_paths, n_features), to
            new rows that can be, such as rounded ones; None takes all.
        to_draws : callable, default=None
            Map of noise, of shape (n_paths, n_noise), and histories of the paths to
            residuals, for those that depend on the state; None takes ``residuals``.

        Returns
        -------
        ndarray of shape (n_paths, n_steps + 1, n_features)
            Paths; row 0 is the present row of ``history``.
        """
        check_is_fitted(self)
        return self.model_.simulate(residuals, history, covariates, snap, to_draws)

    def calibrate(self, residuals, history, snap=None, to_draws=None):
        """Give simulated innovations the moments that keep volatility at its long run.

        A volatility that remembers innovations multiplies an error of their variance by
        ten and more in long paths. ``fit`` measures them on the leave-one-out residuals;
        a sampler of residuals has moments of its own behind the margins of a scale. Only
        ``simulate`` changes.

        Parameters
        ----------
        residuals : ndarray of shape (n, n_features)
            Draws of the sampler, many.
        history : History
            As many histories, such as the histories of random training rows.
        snap : callable, default=None
            Map of new rows and present ones, as in :meth:`simulate`.
        to_draws : callable, default=None
            Map of noise and histories to residuals, as in :meth:`simulate`: ``residuals``
            are noise then, and trial runs bring the variance of long paths to its long
            run.

        Returns
        -------
        KernelDriftVolEstimator
            The estimator itself.
        """
        check_is_fitted(self)
        self.model_ = self.model_.calibrated(history, residuals, snap, to_draws)
        return self

    def score_samples(self, X):
        """Gaussian conditional log-likelihood.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_paths,)
            Log-density of each row given its history, NaN in the first ``n_history_`` rows
            of a path; for a 3-D array or a list, the sum over each path.
        """
        check_is_fitted(self)
        paths = self._read(X)
        return paths.per_sample(self.model_.log_likelihood(paths))

    def score(self, X, y=None):
        """Mean Gaussian conditional log-likelihood of a transition.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, with at least one transition.
        y : None
            Ignored.

        Returns
        -------
        float
            Mean over all transitions.
        """
        check_is_fitted(self)
        paths = self._read(X)
        check_longest(paths, self.n_history_ + 1)
        return float(np.nanmean(self.model_.log_likelihood(paths)))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model_")

    def _read(self, X, reset=False, min_length=1):
        """Validate paths."""
        options = {"min_length": min_length, "missing": self.missing, "dt": self.dt}
        return check_paths(self, X, reset=reset, **options)

    def _first_rows(self, x0, n_paths):
        """First rows of each path, one or ``n_history_`` of them."""
        d, n_history = self.n_features_in_, self.n_history_
        if x0 is None:
            return np.resize(self.model_.first_rows, (n_paths, n_history, d))
        x0 = np.asarray(x0, dtype=np.float64)
        shapes = (d,), (n_paths, d), (n_paths, n_history, d)
        if x0.shape not in shapes or not np.isfinite(x0).all():
            raise ValueError(
                f"x0 has shape {x0.shape}; pass finite numbers of shape ({d},), "
                f"({n_paths}, {d}) or ({n_paths}, {n_history}, {d})."
            )
        if x0.ndim == 3:
            return x0
        return np.broadcast_to(x0, (n_paths, d))[:, np.newaxis]
