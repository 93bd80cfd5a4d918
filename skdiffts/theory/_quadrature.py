"""Integrals over diffusion time, and the checks of what is integrated."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_scalar

__all__ = [
    "TimeGrid",
    "check_count",
    "check_non_negative",
    "check_number",
    "check_positive",
]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
# Panels have one length, for exponentials that are steep at t = 1, and halve in length
# towards the start, where the squared error of a score grows like 1 / t.
SHARES = np.r_[0.0, 2.0 ** np.arange(-40, -5), np.arange(1, 33) / 32.0]


def _running_weights():
    """Weights of the integrals from -1 to each node of the interpolating polynomial."""
    legendre = np.polynomial.legendre
    n = len(NODES)
    to_coefficients = np.linalg.inv(legendre.legvander(NODES, n - 1))
    integrals = legendre.legint(np.eye(n), lbnd=-1.0)
    return legendre.legvander(NODES, n) @ integrals @ to_coefficients


RUNNING_WEIGHTS = _running_weights()


class TimeGrid:
    """Composite Gauss-Legendre rule on [start, 1].

    Parameters
    ----------
    start : float
        First time, in [0, 1).
    """

    def __init__(self, start):
        check_scalar(
            start, "start", Real, min_val=0, max_val=1, include_boundaries="left"
        )
        edges = start + (1.0 - start) * SHARES
        self.halves = np.diff(edges)[:, np.newaxis] / 2.0
        centers = (edges[:-1] + edges[1:])[:, np.newaxis] / 2.0
        self.t = (centers + self.halves * NODES).ravel()
        self.weights = (self.halves * WEIGHTS).ravel()

    def values(self, function, name):
        """Values at the nodes of a number or of a function of time."""
        values = function(self.t) if callable(function) else function
        values = np.broadcast_to(np.asarray(values, dtype=np.float64), self.t.shape)
        broken = ~np.isfinite(values)
        if broken.any():
            raise ValueError(
                f"{name} is not finite at t={self.t[broken][0]:.3g}; pass a larger "
                "start, or a function that is finite from start to 1."
            )
        return values

    def integral(self, values):
        """Integral from the start to 1."""
        return float(values @ self.weights)

    def running_integral(self, values):
        """Integral from the start to each node."""
        panels = values.reshape(len(self.halves), -1)
        inside = self.halves * (panels @ RUNNING_WEIGHTS.T)
        whole = (self.halves * panels) @ WEIGHTS
        before = np.concatenate([[0.0], np.cumsum(whole)[:-1]])
        return (before[:, np.newaxis] + inside).ravel()

    def strength(self, gamma):
        """Strength of the noise at the nodes, from a number or a function of time."""
        if not callable(gamma):
            check_non_negative(gamma=gamma)
            return np.full(len(self.weights), float(gamma))
        strength = self.values(gamma, "gamma")
        if strength.min() < 0.0:
            raise ValueError(
                f"gamma={strength.min():.3g} at some time is negative; pass a function "
                "that is at least zero."
            )
        return strength

    def errors(self, score_error):
        """Root mean squared errors of the score at the nodes."""
        errors = self.values(score_error, "score_error")
        if errors.min() < 0.0:
            raise ValueError(
                f"score_error={errors.min():.3g} is negative; pass the root of a mean "
                "squared error."
            )
        return errors


def check_number(value, name):
    """Raise unless a value is a finite number."""
    check_scalar(value, name, Real)
    if not np.isfinite(value):
        raise ValueError(f"{name}={value} is not finite; pass a finite number.")


def check_non_negative(**values):
    """Raise unless every value is a finite number and at least zero."""
    for name, value in values.items():
        check_number(value, name)
        check_scalar(value, name, Real, min_val=0)


def check_positive(**values):
    """Raise unless every value is a finite number above zero."""
    for name, value in values.items():
        check_number(value, name)
        check_scalar(value, name, Real, min_val=0, include_boundaries="neither")


def check_count(least, **values):
    """Raise unless every value is an integer that is not too small."""
    for name, value in values.items():
        check_scalar(value, name, Integral, min_val=least)
