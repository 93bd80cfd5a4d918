"""Functionals of paths, and Monte Carlo errors of their means."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import check_array, check_scalar

from skdiffts._panels import check_panel
from skdiffts.metrics._result import MetricResult

__all__ = [
    "CrossMoment",
    "Exceedance",
    "FirstExitTime",
    "SquaredNorm",
    "functional_difference",
    "functional_error",
]


@dataclass(frozen=True, kw_only=True)
class CrossMoment:
    r"""Mean product of two features over the rows of a path.

    .. math:: f(x) = \frac1T \sum_i x_{ik} x_{il}

    Parameters
    ----------
    first : int, default=0
        Feature k.
    second : int, default=1
        Feature l.

    Examples
    --------
    >>> from skdiffts.metrics import CrossMoment
    >>> CrossMoment()([[[1.0, 2.0], [3.0, 4.0]]])
    array([7.])
    """

    first: int = 0
    second: int = 1

    def __call__(self, paths):
        """Evaluate the functional on each path."""
        paths = check_panel(paths)
        d = paths.shape[2]
        for name, feature in (("first", self.first), ("second", self.second)):
            check_scalar(feature, name, Integral, min_val=-d, max_val=d - 1)
        return (paths[:, :, self.first] * paths[:, :, self.second]).mean(axis=1)


@dataclass(frozen=True, kw_only=True)
class SquaredNorm:
    r"""Mean squared Euclidean norm of the rows of a path.

    .. math:: f(x) = \frac1T \sum_i |x_i|^2

    Parameters
    ----------
    n_features : int, default=None
        Number of leading features in the norm; None is all.

    Examples
    --------
    >>> from skdiffts.metrics import SquaredNorm
    >>> SquaredNorm()([[[1.0, 2.0], [3.0, 4.0]]])
    array([15.])
    """

    n_features: int | None = None

    def __call__(self, paths):
        """Evaluate the functional on each path."""
        paths = check_panel(paths)
        if self.n_features is not None:
            check_scalar(
                self.n_features,
                "n_features",
                Integral,
                min_val=1,
                max_val=paths.shape[2],
            )
            paths = paths[:, :, : self.n_features]
        return (paths**2).sum(axis=2).mean(axis=1)


@dataclass(frozen=True, kw_only=True)
class Exceedance:
    r"""Indicator of paths that leave a ball; its mean is a probability.

    .. math:: f(x) = 1[\max_i |x_i| > c]

    Parameters
    ----------
    threshold : float
        Radius c of the ball around zero.

    Examples
    --------
    >>> from skdiffts.metrics import Exceedance
    >>> Exceedance(threshold=4.0)([[[3.0, 4.0]], [[3.0, 1.0]]])
    array([1., 0.])
    """

    threshold: float

    def __call__(self, paths):
        """Evaluate the functional on each path."""
        norms = np.linalg.norm(check_panel(paths), axis=2)
        return (norms.max(axis=1) > self.threshold).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class FirstExitTime:
    r"""Number of rows before a path leaves a ball.

    .. math:: f(x) = \min(T, \min \{i \ge 0 : |x_i| > c\})

    with rows i counted from zero, and the length T of the path if it never leaves.

    Parameters
    ----------
    threshold : float
        Radius c of the ball around zero.

    Examples
    --------
    >>> from skdiffts.metrics import FirstExitTime
    >>> FirstExitTime(threshold=2.0)([[[0.0], [1.0], [3.0]], [[0.0], [0.0], [1.0]]])
    array([2., 3.])
    """

    threshold: float

    def __call__(self, paths):
        """Evaluate the functional on each path."""
        outside = np.linalg.norm(check_panel(paths), axis=2) > self.threshold
        length = outside.shape[1]
        first = np.where(outside.any(axis=1), outside.argmax(axis=1), length)
        return first.astype(np.float64)


def functional_error(functional, oracle, paths):
    r"""Estimate the error of a generator in the mean of a functional.

    .. math::
        \frac1m \sum_q f(y_q) - E f, \qquad
        \mathrm{se}^2 = \frac{s_f^2(y)}{m} \; \Bigl(+ \frac{s_f^2(x)}{n}\Bigr)

    where the truth E f is a number, or the mean over n paths x of the true
    distribution, which then adds its own error. The estimate of a correct generator
    lies within two standard errors of zero in 95 % of all cases.

    Parameters
    ----------
    functional : callable
        Maps a panel (n_paths, length, n_features) to numbers (n_paths,):
        :class:`CrossMoment`, :class:`SquaredNorm`, :class:`Exceedance`,
        :class:`FirstExitTime`, or any function.
    oracle : float or array-like of shape (n_paths, length, n_features)
        Mean of the functional under the true distribution, or paths drawn from it.
    paths : array-like of shape (n_paths, length, n_features)
        Generated paths, independent of each other; rows without time are paths of one
        row, ``rows[:, np.newaxis]``.

    Returns
    -------
    result : MetricResult
        Signed error, its Monte Carlo standard error, and floor 0, the mean of the
        difference between two halves of the oracle.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import SquaredNorm, functional_error
    >>> paths = np.random.RandomState(0).standard_normal((1000, 10, 2))
    >>> result = functional_error(SquaredNorm(), 2.0, paths)
    >>> print(result)
    -0.0381 +- 0.019 (floor 0)
    """
    values = _values_of_several(functional, paths, "paths")
    mean, variance = values.mean(), values.var(ddof=1) / len(values)
    if np.ndim(oracle) == 0:
        truth = float(oracle)
    else:
        true_values = _values_of_several(functional, oracle, "oracle")
        truth = true_values.mean()
        variance += true_values.var(ddof=1) / len(true_values)
    return MetricResult(
        value=float(mean - truth), standard_error=float(np.sqrt(variance)), floor=0.0
    )


def functional_difference(X, Y, *, functional):
    r"""Measure the difference between two panels in the mean of a functional.

    .. math:: \Bigl|\frac1n \sum_p f(x_p) - \frac1m \sum_q f(y_q)\Bigr|

    The distance for one quantity of interest, such as a probability of ruin:
    :func:`skdiffts.evaluation.compare` gives its error and floor, and
    :class:`skdiffts.evaluation.PathScorer` makes it the criterion of a search.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features)
        Real panel.
    Y : array-like of shape (n_paths, length, n_features)
        Generated panel.
    functional : callable
        As in :func:`functional_error`.

    Returns
    -------
    difference : float
        Distance in the units of the functional, 0 for equal means.

    Examples
    --------
    >>> from skdiffts.metrics import SquaredNorm, functional_difference
    >>> functional_difference(
    ...     [[[1.0], [1.0]]], [[[2.0], [2.0]]], functional=SquaredNorm()
    ... )
    3.0
    """
    means = [
        _evaluate(functional, panel, name).mean()
        for name, panel in (("X", X), ("Y", Y))
    ]
    return float(abs(means[0] - means[1]))


def _evaluate(functional, paths, name):
    """Value of the functional for each path."""
    paths = check_panel(paths, name)
    values = np.asarray(functional(paths), dtype=np.float64)
    if values.shape != (len(paths),):
        raise ValueError(
            f"functional={functional!r} gives shape {values.shape} for {len(paths)} "
            "paths; pass one that gives a number for each path."
        )
    return check_array(values, ensure_2d=False, input_name="functional(paths)")


def _values_of_several(functional, paths, name):
    """Value of the functional for each of two or more paths."""
    values = _evaluate(functional, paths, name)
    if len(values) < 2:
        raise ValueError(
            f"{name} holds one path, which tells no standard error; pass two or more."
        )
    return values
