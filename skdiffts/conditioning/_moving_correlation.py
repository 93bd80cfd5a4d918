"""Correlations that move: a mixture over half-lives of correlations of normal scores."""

from copy import copy
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from skdiffts._chunks import slices
from skdiffts._gaussian import log_det
from skdiffts._student import unit_student
from skdiffts._validation import Interval
from skdiffts.conditioning._base import standardized
from skdiffts.conditioning._filters import decays, exponential_means
from skdiffts.conditioning._har_volatility import HARVolatility
from skdiffts.conditioning._products import correlations, symmetric
from skdiffts.conditioning._scale import (
    BaseScale,
    CorrelatedScale,
    OverVolatilityMixin,
)
from skdiffts.conditioning._simplex import maximize_on_simplex

__all__ = ["MovingCorrelation"]

# Degrees of freedom of the joint likelihood, and L-BFGS iterations: the weights are
# flat near the best ones.
DEGREES = 15.0
N_ITERATIONS = 25
# Numbers that the likelihood is evaluated on at most; of more rows every k-th is used.
FIT_NUMBERS = 2**21
# Share of no correlation that is always there, so that equal series have a factor.
FLOOR = 1e-3


@dataclass(kw_only=True, repr=False, eq=False)
class MovingCorrelation(OverVolatilityMixin, BaseScale):
    r"""Volatility of each series, and correlations that move and revert.

    With the normal scores (or standardised innovations) :math:`g_i` of ``volatility``
    and their exponentially weighted products with half-life k,

    .. math::
        R_i = v_0 \bar R + \sum_k v_k \operatorname{corr}(\mathrm{EW}_k(g g')_i),
        \qquad e_i = L_i^{-1} g_{i+1}, \quad R_i = L_i L_i'

    with the correlation :math:`\bar R` of the training scores,
    :math:`\operatorname{corr}(C) = \operatorname{diag}(C)^{-1/2}\, C\,
    \operatorname{diag}(C)^{-1/2}`, and weights v that are at least zero and add up to
    one. They maximise the joint likelihood of the scores under a Student distribution;
    likelihoods of pairs would put too much weight on the shortest half-life. The floor on
    :math:`v_0` makes correlations revert and keeps them positive definite.

    Parameters
    ----------
    halflives : sequence of float, default=(30, 90, 270, 810)
        Half-lives in rows.
    floor : float, default=0.05
        Least weight of the long-run correlation, above 0 and up to 1.
    volatility : BaseScale, default=None
        Volatility of each series; None is ``HARVolatility()``.
    max_rows : int, default=1000
        Transitions that the weights are fitted to, evenly spaced.

    Attributes
    ----------
    volatility_ : BaseScale
        The fitted volatility.
    correlation_ : ndarray of shape (n_features, n_features)
        Correlation of the long run.
    weights_ : ndarray of shape (1 + n_halflives,)
        Weights of the long run and of each half-life.

    Notes
    -----
    The history of a path holds a product for each half-life and pair of series, which in
    hundreds of series is much. A path begins at the correlations of the long run. As the
    products of scores enter as correlations, simulated correlations cannot run away.

    References
    ----------
    .. [1] R. Engle, "Dynamic Conditional Correlation", Journal of Business & Economic
       Statistics 20, 2002, equations (17) and (18).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import EWVolatility, MovingCorrelation
    >>> X = np.random.RandomState(0).standard_t(4, size=(300, 2)).cumsum(axis=0)
    >>> scale = MovingCorrelation(halflives=(50.0,), volatility=EWVolatility())
    >>> estimator = KernelDriftVolEstimator("all", scale=scale).fit(X)
    >>> estimator.loo_residuals_.shape
    (299, 2)
    """

    halflives: Any = (30.0, 90.0, 270.0, 810.0)
    floor: float = 0.05
    volatility: BaseScale | None = None
    max_rows: int = 1000

    _default_parts: ClassVar[dict] = {"volatility": HARVolatility}
    _parameter_constraints: ClassVar[dict] = {
        "halflives": ["array-like"],
        "floor": [Interval(Real, 0, 1, closed="right")],
        "volatility": [BaseScale, None],
        "max_rows": [Interval(Integral, 1, None, closed="left")],
    }

    def fit(self, paths, dt, drift=None):
        self.volatility_ = self._part("volatility").fit(paths, dt, drift)
        self._clock_step = float(np.median(paths.durations))
        history = self.volatility_.trace(paths, dt, drift)
        self._n_volatility = history.shape[1]
        scores = self._scores(history, paths, dt, drift)
        n, d = scores.shape
        self._lower = np.tril_indices(d)
        self._products = (scores.T @ scores / n)[self._lower]
        self.correlation_ = correlations(symmetric(self._products))
        self._long_run_factor = np.linalg.cholesky(_floored(self.correlation_))
        rows_at_once = FIT_NUMBERS // ((1 + len(self.halflives)) * d**2)
        stride = -(-n // min(self.max_rows, max(1, rows_at_once)))
        products = self._trace_products(scores, paths)[paths.starts[::stride]]
        parts = self._parts(products)
        self.weights_, _ = maximize_on_simplex(
            lambda weights, _: joint_likelihood(weights, parts, scores[::stride]),
            parts.shape[1],
            self.floor,
            max_iter=N_ITERATIONS,
        )
        return self

    def rescaled(self, paths, dt, drift=None):
        other = copy(self)
        other.volatility_ = self.volatility_.rescaled(paths, dt, drift)
        return other

    def start(self, states):
        volatility = self.volatility_.start(states)
        products = np.tile(self._products, (len(states), len(self.halflives)))
        return np.hstack([volatility, products])

    def update(self, history, step):
        volatility, products = self._split(history)
        clock = step.clock - self._clock_step if self.uses_clock else None
        scores = self.volatility_.scale(volatility, clock).divide(step.innovations)
        rows, columns = self._lower
        new = (scores[:, rows] * scores[:, columns])[:, np.newaxis]
        decay = decays(self.halflives)[:, np.newaxis]
        products = products.reshape(len(history), len(decay), -1)
        products = decay * products + (1.0 - decay) * new
        products = products.reshape(len(history), -1)
        return np.hstack([self.volatility_.update(volatility, step), products])

    def trace(self, paths, dt, drift=None):
        volatility = self.volatility_.trace(paths, dt, drift)
        scores = self._scores(volatility, paths, dt, drift)
        return np.hstack([volatility, self._trace_products(scores, paths)])

    def vector(self, history, states, clock):
        return self.volatility_.vector(self._split(history)[0], states, clock)

    def scale(self, history, clock=None):
        volatility, products = self._split(history)
        numbers = 2 * (1 + len(self.halflives)) * self.correlation_.size
        factors = [
            np.linalg.cholesky(self._mixed(products[rows]))
            for rows in slices(len(history), numbers)
        ]
        inner = self.volatility_.scale(volatility, clock)
        return CorrelatedScale(inner, np.concatenate(factors), self._long_run_factor)

    def _split(self, history):
        """Histories of the volatilities, and mean products of scores."""
        return history[:, : self._n_volatility], history[:, self._n_volatility :]

    def _scores(self, history, paths, dt, drift):
        """Standardised innovations of whole paths."""
        increments = paths.values[paths.ends] - paths.values[paths.starts]
        innovations = standardized(increments, dt, drift)
        clock = paths.clock[paths.ends] - self._clock_step if self.uses_clock else None
        scale = self.volatility_.scale(history[paths.starts], clock)
        return scale.divide(innovations)

    def _trace_products(self, scores, paths):
        """Mean products after each row of whole paths."""
        rows, columns = self._lower
        means = exponential_means(
            scores[:, rows] * scores[:, columns], paths, self.halflives, self._products
        )
        return means.reshape(paths.n_rows, -1)

    def _mixed(self, products):
        """Lower triangles of the mixed correlations; zeros above.

        The same as a blend of :meth:`_parts`, in a fraction of the memory.
        """
        rows, columns = self._lower
        d = self.correlation_.shape[0]
        diagonal = np.arange(d) * (np.arange(d) + 3) // 2
        products = products.reshape(len(products), len(self.halflives), -1)
        variance = products[..., diagonal]
        # The roots of the weights, so that a product of two has each weight once.
        share = np.sqrt(self.weights_[1:, np.newaxis])
        share = share / np.sqrt(np.where(variance > 0.0, variance, 1.0))
        mixed = self.weights_[0] * self.correlation_[rows, columns]
        mixed = mixed + np.einsum(
            "nkm,nkm,nkm->nm", products, share[..., rows], share[..., columns]
        )
        matrices = np.zeros((len(products), d, d))
        matrices[:, rows, columns] = (1.0 - FLOOR) * mixed
        matrices[:, np.arange(d), np.arange(d)] = 1.0
        return matrices

    def _parts(self, products):
        """Correlations that are mixed: the long run, then each half-life."""
        products = products.reshape(len(products), len(self.halflives), -1)
        moving = correlations(symmetric(products))
        long_run = np.broadcast_to(
            self.correlation_, (len(moving), 1, *moving.shape[2:])
        )
        return _floored(np.concatenate([long_run, moving], axis=1))


def blend(weights, parts):
    """Weighted mean of correlations.

    Parameters
    ----------
    weights : ndarray of shape (n_parts,)
        Weights that add up to one.
    parts : ndarray of shape (n_rows, n_parts, d, d)
        Correlations.

    Returns
    -------
    ndarray of shape (n_rows, d, d)
        Correlations.
    """
    n, k, d, _ = parts.shape
    return np.matmul(weights, parts.reshape(n, k, d * d)).reshape(n, d, d)


def joint_likelihood(weights, parts, scores):
    r"""Mean Student log-likelihood of scores, and its gradient by the weights.

    With :math:`R = \sum_k v_k A_k` and :math:`x = R^{-1} g`, the derivative of
    :math:`g' R^{-1} g` by :math:`v_k` is :math:`-x' A_k x`, and the derivative
    of :math:`\log\det R` is :math:`\operatorname{tr}(R^{-1} A_k)`.

    Parameters
    ----------
    weights : ndarray of shape (n_parts,)
        Weights v.
    parts : ndarray of shape (n_rows, n_parts, d, d)
        Correlations A.
    scores : ndarray of shape (n_rows, d)
        Scores g.

    Returns
    -------
    value : float
        Mean log-density.
    slope : ndarray of shape (n_parts,)
        Its gradient.
    slope_extra : ndarray of shape (0,)
        Gradient by further numbers, of which there are none.
    """
    n, k, d, _ = parts.shape
    matrices = blend(weights, parts)
    inverse = np.linalg.inv(matrices)
    x = np.matmul(inverse, scores[..., np.newaxis])[..., 0]
    squares = np.maximum((x * scores).sum(axis=1), 0.0)
    value, slope, _ = unit_student(squares, DEGREES, d)
    value = value - log_det(np.linalg.cholesky(matrices))
    outer = x[:, :, np.newaxis] * x[:, np.newaxis, :]
    gradient = -slope[:, np.newaxis, np.newaxis] * outer - 0.5 * inverse
    flat = parts.reshape(n, k, d * d), gradient.reshape(n, d * d)
    return value.mean(), np.einsum("nkp,np->k", *flat) / n, np.empty(0)


def _floored(matrices):
    """Correlations with a share of no correlation."""
    return (1.0 - FLOOR) * matrices + FLOOR * np.eye(matrices.shape[-1])
