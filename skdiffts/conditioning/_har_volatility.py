"""Volatility as a mixture of exponentially weighted means over half-lives."""

from copy import copy
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone

from skdiffts._student import fit_student, unit_student
from skdiffts._validation import Interval, StrOptions
from skdiffts.conditioning._base import BaseConditioning, standardized
from skdiffts.conditioning._filters import decays, exponential_means
from skdiffts.conditioning._margins import RankMargins, StudentMargins
from skdiffts.conditioning._scale import BaseScale, DiagonalScale, MarginScale
from skdiffts.conditioning._seasonal_scale import SeasonalScale
from skdiffts.conditioning._simplex import maximize_on_simplex

__all__ = ["HARVolatility"]

MARGINS: dict[str, Any] = {"student": StudentMargins, "rank": RankMargins}
# Squared innovations count at most this often their long-run mean (20 deviations).
CAP = 400.0
# Simulated means of squares are at most so many times as large as any of training.
FARTHEST = 1.5
# Numbers that the likelihood is evaluated on; of more transitions every k-th one is used.
FIT_NUMBERS = 2**21
# The covariance of the joint likelihood is renewed so often, and needs so many rows.
N_ROUNDS = 2
ROWS_PER_SERIES = 10
# Bounds of the logarithm of the degrees of freedom beyond two.
LOG_SPARE = (-2.3, 4.6)


@dataclass(kw_only=True, repr=False, eq=False)
class HARVolatility(BaseScale):
    r"""Volatility of each series, a mixture over half-lives, with long run one.

    With squared innovations relative to their training mean,
    :math:`q_{ij} = r_{ij}^2 / \bar v_j`, and their exponentially weighted means
    :math:`\mathrm{EW}_k` with half-life k,

    .. math::
        h_{ij} = w_0 + \sum_k \Bigl[ w_k\, \mathrm{EW}_k(q_j)_i
        + c_k\, \mathrm{EW}_k\Bigl(\tfrac1d \sum_l q_l\Bigr)_i
        + g_k\, \mathrm{EW}_k(q_j 1[r_j < 0] / l_j)_i \Bigr]

    is the variance of the next innovation over :math:`\bar v_j`, with the share
    :math:`l_j` of negative innovations in the squares. All weights are at least zero, add
    up to one and are shared by the series; each mean has a long run of one, and so has h
    whatever the weights. The floor on the constant :math:`w_0` anchors the long run. The
    weights maximise the composite likelihood of the standardised innovations under a
    Student distribution.

    As ``scale`` it divides innovations by :math:`\sqrt{\bar v_j h_{ij}}` and maps the
    quotients to normal scores; as conditioning it gives :math:`\tfrac12 \log h_i`.

    Parameters
    ----------
    halflives : sequence of float, default=(1, 3, 10, 30, 100, 300)
        Half-lives in rows; none of them is a constant volatility.
    pooled : bool, default=True
        Whether squares averaged over all series have weights of their own.
    signed : bool, default=True
        Whether squares of negative innovations have: volatility that rises after losses.
    floor : float, default=0.05
        Least weight of the constant, above 0 and up to 1.
    season : BaseConditioning, default=None
        Season in the volatility: a strategy that depends on the clock alone, such as
        ``Phase``. Innovations are divided by it first.
    margins : {"student", "rank"} or None, default="student"
        Distribution that maps each series to normal scores: a Student distribution, or
        ranks with Pareto tails.
    likelihood : {"series", "joint"}, default="series"
        Whether the weights maximise the likelihoods of the series or, for ten rows a
        series or more, the likelihood of a multivariate Student distribution.
    max_rows : int, default=None
        Transitions that weights and margins are fitted to, evenly spaced; None is all, up
        to two million numbers for the weights.

    Attributes
    ----------
    margins_ : StudentMargins, RankMargins or None
        Fitted margins.
    long_run_ : ndarray of shape (n_features,)
        Training mean of squared innovations, without the season.
    weights_ : ndarray of shape (n_terms,)
        Weights of the constant and of the terms in ``term_names_``.
    term_names_ : list of str
        "constant", "own 1", ..., "pooled 1", ..., "negative 1", ...
    degrees_ : float
        Degrees of freedom of the composite likelihood.

    Notes
    -----
    A path begins at the long run. Squared innovations count at most 400 times the long
    run, so that the history of simulated paths stays bounded. A step raises no mean above
    1.5 times its largest value in training: volatility that feeds on itself would else
    have heavier tails than the data, which the likelihood of one step does not see.

    References
    ----------
    .. [1] F. Corsi, "A Simple Approximate Long-Memory Model of Realized Volatility",
       Journal of Financial Econometrics 7, 2009, equation (8).
    .. [2] R. Engle and J. Mezrich, "GARCH for Groups", Risk 9, 1996: the long run fixed
       at the sample variance.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import HARVolatility
    >>> X = np.random.RandomState(0).standard_t(4, size=(300, 2)).cumsum(axis=0)
    >>> scale = HARVolatility(halflives=(5.0, 20.0), margins=None)
    >>> estimator = KernelDriftVolEstimator("all", scale=scale).fit(X)
    >>> estimator.loo_residuals_.shape
    (299, 2)
    """

    halflives: Any = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
    pooled: bool = True
    signed: bool = True
    floor: float = 0.05
    season: BaseConditioning | None = None
    margins: str | None = "student"
    likelihood: str = "series"
    max_rows: int | None = None

    _parameter_constraints: ClassVar[dict] = {
        "halflives": ["array-like"],
        "pooled": ["boolean"],
        "signed": ["boolean"],
        "floor": [Interval(Real, 0, 1, closed="right")],
        "season": [BaseConditioning, None],
        "margins": [StrOptions(set(MARGINS)), None],
        "likelihood": [StrOptions({"series", "joint"})],
        "max_rows": [Interval(Integral, 1, None, closed="left"), None],
    }

    @property
    def uses_clock(self):
        """Whether the vector depends on the clock."""
        return self.season is not None

    @property
    def has_margins(self):
        """Whether each series is mapped to normal scores by a distribution of its own."""
        return self.margins is not None

    def fit(self, paths, dt, drift=None):
        increments = paths.values[paths.ends] - paths.values[paths.starts]
        innovations = standardized(increments, dt, drift)
        clock = paths.clock[paths.starts]
        self.season_ = None
        if self.season is not None:
            season = clone(self.season).fit(paths, dt)
            self.season_ = SeasonalScale.fit(season, innovations, clock)
            self._clock_step = float(np.median(paths.durations))
        deseasonalized = innovations / self._season(clock)
        self._set_long_run(deseasonalized)
        trace = self.trace(paths, dt, drift)
        self._largest = FARTHEST * trace.max(axis=0)
        terms = self._terms(trace[paths.starts])
        z = deseasonalized / np.sqrt(self.long_run_)
        self._fit_weights(terms, z)
        self.margins_ = None
        if self.margins is not None:
            kind = MARGINS[self.margins]
            stride = self._stride(len(z))
            u = z[::stride] / np.sqrt(terms[::stride] @ self.weights_)
            self.margins_ = kind.fit(u)
        return self

    def rescaled(self, paths, dt, drift=None):
        increments = paths.values[paths.ends] - paths.values[paths.starts]
        innovations = standardized(increments, dt, drift)
        other = copy(self)
        other._set_long_run(innovations / self._season(paths.clock[paths.starts]))
        other._largest = FARTHEST * other.trace(paths, dt, drift).max(axis=0)
        return other

    def start(self, states):
        return np.ones((len(states), len(self.halflives) * self._n_columns))

    def update(self, history, step):
        n = len(history)
        clock = None if self.season_ is None else step.clock - self._clock_step
        squares = self._squares(step.innovations, clock)[:, np.newaxis]
        decay = decays(self.halflives)[:, np.newaxis]
        means = history.reshape(n, len(decay), self._n_columns)
        means = (decay * means + (1.0 - decay) * squares).reshape(n, -1)
        return np.minimum(means, np.maximum(self._largest, history))

    def trace(self, paths, dt, drift=None):
        increments = paths.values[paths.ends] - paths.values[paths.starts]
        innovations = standardized(increments, dt, drift)
        clock = None
        if self.season_ is not None:
            clock = paths.clock[paths.ends] - self._clock_step
        squares = self._squares(innovations, clock)
        start = np.ones(self._n_columns)
        means = exponential_means(squares, paths, self.halflives, start)
        return means.reshape(paths.n_rows, -1)

    def vector(self, history, states, clock):
        log_season = np.log(self._season(clock))
        return 0.5 * np.log(self.relative_variance(history)) + log_season

    def scale(self, history, clock=None):
        season = self._season(clock)
        volatility = np.sqrt(self.long_run_ * self.relative_variance(history))
        diagonal = DiagonalScale(season * volatility, season * np.sqrt(self.long_run_))
        if self.margins_ is None:
            return diagonal
        return MarginScale(diagonal, self.margins_)

    def relative_variance(self, history):
        """Variance h of the next innovation over its long run, without the season.

        Parameters
        ----------
        history : ndarray of shape (n_paths, n_memory)
            History that includes the present rows.

        Returns
        -------
        ndarray of shape (n_paths, n_features)
            One in the long run, whatever the weights.
        """
        n, d = len(history), self.long_run_.size
        means = history.reshape(n, len(self.halflives), self._n_columns)
        kinds = 1 + self.signed + (self._n_columns % d)
        own, *others = self.weights_[1:].reshape(kinds, len(self.halflives))
        variance = self.weights_[0] + _weighted(own, means[:, :, :d])
        if self.signed:
            variance += _weighted(others.pop(), means[:, :, d : 2 * d])
        if others:
            variance += _weighted(others.pop(), means[:, :, -1:])
        return variance

    def _set_long_run(self, innovations):
        """Training means; none for series that never move."""
        long_run = (innovations**2).mean(axis=0)
        self.long_run_ = np.where(long_run > 0.0, long_run, 1.0)
        losses = (innovations**2 * (innovations < 0.0)).mean(axis=0) / self.long_run_
        self._losses = np.where(losses > 0.0, losses, 1.0)
        d = long_run.size
        self._n_columns = d + d * self.signed + (self.pooled and d > 1)

    def _squares(self, innovations, clock):
        """Relative squares whose means the history holds: own, negative, pooled."""
        relative = innovations / self._season(clock)
        squares = np.minimum(relative**2 / self.long_run_, CAP)
        columns = [squares]
        if self.signed:
            columns.append(np.where(relative < 0.0, squares, 0.0) / self._losses)
        if self.pooled and squares.shape[1] > 1:
            columns.append(squares.mean(axis=1, keepdims=True))
        return np.hstack(columns)

    def _season(self, clock):
        return 1.0 if self.season_ is None else self.season_.volatility(clock)

    def _terms(self, history):
        """Terms of the mixture, shape (n_rows, n_features, n_terms)."""
        n, d = len(history), self.long_run_.size
        means = history.reshape(n, len(self.halflives), self._n_columns)
        means = means.transpose(0, 2, 1)
        parts, names = [np.ones((n, d, 1)), means[:, :d]], ["own"]
        if self.pooled and d > 1:
            parts.append(np.broadcast_to(means[:, -1:], means[:, :d].shape))
            names.append("pooled")
        if self.signed:
            parts.append(means[:, d : 2 * d])
            names.append("negative")
        lengths = [f"{halflife:g}" for halflife in self.halflives]
        self.term_names_ = ["constant", *(f"{n} {k}" for n in names for k in lengths)]
        return np.concatenate(parts, axis=2)

    def _fit_weights(self, terms, z):
        """Weights, and degrees of freedom, with the highest likelihood."""
        n, d, n_terms = terms.shape
        stride = max(-(-terms.size // FIT_NUMBERS), self._stride(n))
        terms, z = np.ascontiguousarray(terms[::stride]), z[::stride]
        flat, squares = terms.reshape(-1, n_terms), z.ravel() ** 2
        self._maximize(composite_likelihood, flat, squares)
        if self.likelihood == "joint" and n >= ROWS_PER_SERIES * d:
            for _ in range(N_ROUNDS):
                u = z / np.sqrt(terms @ self.weights_)
                deviation = u.std(axis=0)
                _, shape, degrees = fit_student(u / deviation, self.degrees_)
                covariance = shape * np.outer(deviation, deviation)
                covariance *= degrees / (degrees - 2.0)
                precision = np.linalg.inv(covariance)
                self._maximize(joint_likelihood, terms, z, precision)

    def _stride(self, n):
        """Step between the transitions that are fitted."""
        return 1 if self.max_rows is None else -(-n // self.max_rows)

    def _maximize(self, likelihood, *data):
        def objective(weights, extra):
            spare = np.exp(extra[0])
            value, slope, slope_degrees = likelihood(weights, 2.0 + spare, *data)
            return value, slope, slope_degrees * spare

        n_terms = data[0].shape[-1]
        self.weights_, extra = maximize_on_simplex(
            objective, n_terms, self.floor, extra=[1.0], bounds=[LOG_SPARE]
        )
        self.degrees_ = float(2.0 + np.exp(extra[0]))


def composite_likelihood(weights, degrees, terms, squares):
    r"""Mean Student log-likelihood of all series, and its gradient.

    Parameters
    ----------
    weights : ndarray of shape (n_terms,)
        Weights w of the mixture :math:`h = F w`.
    degrees : float
        Degrees of freedom.
    terms : ndarray of shape (n_values, n_terms)
        Terms F.
    squares : ndarray of shape (n_values,)
        Squared innovations over their long run.

    Returns
    -------
    value : float
        Mean log-density.
    slope : ndarray of shape (n_terms,)
        Its gradient by the weights.
    slope_degrees : float
        Its derivative by the degrees of freedom.
    """
    h = terms @ weights
    ratio = squares / h
    value, slope, slope_degrees = unit_student(ratio, degrees)
    slope_h = -(slope * ratio + 0.5) / h
    value = value - 0.5 * np.log(h)
    return value.mean(), slope_h @ terms / len(h), slope_degrees.mean()


def joint_likelihood(weights, degrees, terms, z, precision):
    r"""Mean multivariate Student log-likelihood, and its gradient.

    With :math:`u_j = z_j / \sqrt{h_j}` and :math:`q = u' P u`, the derivative of q by
    :math:`h_j` is :math:`-u_j (P u)_j / h_j`.

    Parameters
    ----------
    weights : ndarray of shape (n_terms,)
        Weights w of the mixture :math:`h = F w`.
    degrees : float
        Degrees of freedom.
    terms : ndarray of shape (n_rows, n_features, n_terms)
        Terms F.
    z : ndarray of shape (n_rows, n_features)
        Innovations over the root of their long run.
    precision : ndarray of shape (n_features, n_features)
        Inverse covariance P of the standardised innovations u.

    Returns
    -------
    value : float
        Mean log-density, up to a constant.
    slope : ndarray of shape (n_terms,)
        Its gradient by the weights.
    slope_degrees : float
        Its derivative by the degrees of freedom.
    """
    h = terms @ weights
    u = z / np.sqrt(h)
    x = u @ precision
    value, slope, slope_degrees = unit_student((u * x).sum(axis=1), degrees, z.shape[1])
    value = value - 0.5 * np.log(h).sum(axis=1)
    slope_h = -(slope[:, np.newaxis] * u * x + 0.5) / h
    gradient = slope_h.ravel() @ terms.reshape(h.size, -1) / len(h)
    return value.mean(), gradient, slope_degrees.mean()


def _weighted(weights, means):
    """Weighted sum over the half-lives."""
    return np.matmul(weights, means)
