"""KernelDriftVolEstimator: increments of a series to white residuals, and back."""

import hashlib
import warnings
from numbers import Integral, Real

import numpy as np

from skdiffts._paths import check_paths
from skdiffts._validation import HasMethods, Interval, StrOptions
from skdiffts.kernel._base import BaseDriftVolEstimator
from skdiffts.kernel._causal import causal_residuals
from skdiffts.kernel._model import GLOBAL, LocalModel, Smoother
from skdiffts.kernel._neighbors import NeighborSearch
from skdiffts.kernel._regression import Regression
from skdiffts.kernel._selection import select_bandwidth
from skdiffts.kernel._weights import KERNELS

__all__ = ["KernelDriftVolEstimator"]


class KernelDriftVolEstimator(BaseDriftVolEstimator):
    r"""Conditional drift and covariance by local regression; whitens increments.

    With weights :math:`w_k(z) = K(|z - z_k| / h(z))`, where the bandwidth h(z) is the
    distance to the k-th nearest training state, the increments
    :math:`dX_k` over times :math:`dt_k` give

    .. math::
        \mu(z) &= \sum_k w_k\, dX_k \Big/ \sum_k w_k\, dt_k \\
        a(z) &= \sum_k w_k\, r_k r_k' \Big/ \sum_k w_k = L L', \quad
        r_k = (dX_k - \mu\, dt_k) / \sqrt{dt_k} \\
        \varepsilon_{i} &= L(z_{i-1})^{-1}
        (x_i - x_{i-1} - \mu(z_{i-1})\, dt) / \sqrt{dt}

    for ``degree=0`` (Nadaraya-Watson); ``degree=1`` fits a line instead of a constant,
    and with all weights equal, ``n_neighbors="all"``, and no ridge is a VAR(1). Distances
    are Euclidean in the units of the columns: put columns on one scale.

    Parameters
    ----------
    n_neighbors : int, "all" or "auto", default="auto"
        Number k of neighbours that sets the bandwidth, clipped to the number of
        transitions; "all" is the limit of an infinite bandwidth; "auto" takes what
        has the highest leave-one-out likelihood.
    kernel : {"epanechnikov", "gaussian", "tricube", "uniform"}, default="epanechnikov"
        Shape K of the weights. All but "gaussian" vanish beyond the bandwidth.
    degree : {0, 1}, default=1
        Degree of the local polynomial of the drift.
    shrinkage : float or "auto", default="auto"
        Weight, from 0 to 1, of the pooled residual covariance in a(z); "auto" is
        chosen together with the bandwidth.
    ridge : float, default=1e-3
        Penalty on the slopes, relative to the mean local variance of the whitened
        states.
    dt : float, default=1.0
        Time between two rows.
    past_only : bool, default=False
        Whether residuals of the training data use only transitions that end before
        their row (in time where the index has it, else in row number; transitions of
        other paths included). Rows with too short a past are NaN. Other data are taken
        to follow the training data. What is "auto" is chosen on all rows: give numbers
        for ``n_neighbors`` and ``shrinkage`` where that would be a leak.
    neighbors : estimator with ``kneighbors``, default=None
        Neighbour search, cloned and fitted on the centred states; None is
        :class:`sklearn.neighbors.NearestNeighbors`.
    n_jobs : int, default=None
        Threads for the neighbour search and the chunks of queries. It does not change
        the result.

    Attributes
    ----------
    n_neighbors_ : int or "all"
        Number of neighbours in use.
    shrinkage_ : float
        Weight of the pooled covariance in use.
    selection_ : BandwidthSelection
        Candidates for "auto" and their leave-one-out scores.
    loo_residuals_ : ndarray of shape (n_transitions, n_features)
        Residuals of the training transitions, each from a fit without it; with
        ``past_only`` from its past alone, without the rows that are NaN. Train a model
        of the residual law on these: in-sample residuals are too small.
    n_transitions_ : int
        Number of training transitions.
    initial_states_ : ndarray of shape (n_paths, n_features)
        First row of each training path.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, when the training data had them.

    Notes
    -----
    A local line is followed only where its neighbours surround the query: beyond the
    leverage that 90 % of the training transitions have, seen from the others, the drift
    continues from the local mean along the slope of the global fit, a VAR(1). Outside 1.5
    times the radius of the training states (in the metric of their covariance) the local
    model is that of the nearest point on the ray to the mean. Simulated paths are thus
    as stable as the VAR(1); if that is explosive, the drift outside is constant.

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
    >>> residuals.shape
    (200, 2)
    >>> bool(np.isnan(residuals[0]).all())
    True
    """

    _model: LocalModel

    _parameter_constraints = {
        "n_neighbors": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto", GLOBAL}),
        ],
        "kernel": [StrOptions(set(KERNELS))],
        "degree": [Interval(Integral, 0, 1, closed="both")],
        "shrinkage": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"})],
        "ridge": [Interval(Real, 0, None, closed="left")],
        "dt": [Interval(Real, 0, None, closed="neither")],
        "past_only": ["boolean"],
        "neighbors": [HasMethods(["fit", "kneighbors"]), None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        n_neighbors="auto",
        *,
        kernel="epanechnikov",
        degree=1,
        shrinkage="auto",
        ridge=1e-3,
        dt=1.0,
        past_only=False,
        neighbors=None,
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.kernel = kernel
        self.degree = degree
        self.shrinkage = shrinkage
        self.ridge = ridge
        self.dt = dt
        self.past_only = past_only
        self.neighbors = neighbors
        self.n_jobs = n_jobs

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
        if hasattr(self, "_model"):
            del self._model  # a fit that fails leaves nothing fitted
        paths = check_paths(self, X, reset=True, min_length=2)
        states = paths.values[paths.starts]
        increments = paths.values[paths.ends] - states
        n = len(states)
        if n < 2:
            raise ValueError(
                f"X has {n} transition (n_samples={paths.n_rows} rows in "
                f"{paths.n_paths} path); at least 2 are needed: pass longer paths."
            )
        regression = Regression(
            states,
            increments,
            np.full(n, float(self.dt)),
            degree=self.degree,
            ridge=self.ridge,
        )
        search = NeighborSearch(states, self.neighbors, self.n_jobs)
        smoother = Smoother(regression, search, self.kernel, self.n_jobs)
        selection = select_bandwidth(smoother, self._clipped(n), self.shrinkage)
        n_neighbors, shrinkage = selection.best()
        model = LocalModel(smoother, n_neighbors, shrinkage)
        residuals = model.loo_residuals
        if self.past_only:
            residuals = causal_residuals(model, *_clock(paths))
            self._causal_residuals = residuals
            residuals = residuals[np.isfinite(residuals).all(axis=1)]
        self._fingerprint = _fingerprint(paths) if self.past_only else None
        self._dt = float(self.dt)
        self.selection_ = selection
        self.n_neighbors_, self.shrinkage_ = n_neighbors, shrinkage
        self.loo_residuals_ = residuals
        self.n_transitions_ = n
        self.initial_states_ = paths.values[paths.first_rows].copy()
        self._model = model
        return self

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_model")

    def _evaluate(self, states):
        return self._model.evaluate(states)

    def _residuals(self, paths):
        if self._fingerprint and _fingerprint(paths) == self._fingerprint:
            residuals = np.full_like(paths.values, np.nan)
            residuals[paths.ends] = self._causal_residuals
            return residuals
        return super()._residuals(paths)

    def _clipped(self, n_transitions):
        """Cap the number of neighbours at the number of transitions."""
        if isinstance(self.n_neighbors, str) or self.n_neighbors <= n_transitions:
            return self.n_neighbors
        warnings.warn(
            f"n_neighbors={self.n_neighbors} is larger than the number of transitions "
            f"({n_transitions}), which is used instead; pass n_neighbors='all' for "
            "equal weights.",
            UserWarning,
            stacklevel=3,
        )
        return n_transitions


def _clock(paths):
    """Clock at which each transition begins and ends: time, or else row number."""
    clock = paths.times
    if clock is None:
        clock = np.arange(paths.n_rows) - np.repeat(paths.first_rows, paths.lengths)
    return clock[paths.starts], clock[paths.ends]


def _fingerprint(paths):
    """Digest that tells the training data from any other."""
    digest = hashlib.blake2b(paths.values.tobytes())
    digest.update(paths.indptr.tobytes())
    return digest.digest()
