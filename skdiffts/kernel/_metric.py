"""Metric of conditioning vectors: standardisation, whitening and their numerical floors."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

__all__ = ["FLOOR", "Metric", "add_floor", "spread", "whitening", "whitening_over"]

# Relative size of the diagonal that is always added, so that no factorisation fails
# on constant, duplicated or too few rows; 1e6 times the rounding of float64.
FLOOR = 1e-10
# Relative spread that rounding alone may leave.
ROUNDING = 1e-13


def spread(states):
    """Measure the standard deviation of columns, and whether it exceeds rounding.

    Parameters
    ----------
    states : ndarray of shape (n_transitions, n_conditioning)
        Conditioning vectors.

    Returns
    -------
    scale : ndarray of shape (n_conditioning,)
        Standard deviations, one for columns that do not vary.
    varies : ndarray of bool of shape (n_conditioning,)
        Which columns vary.
    """
    scale = (states - states.mean(axis=0)).std(axis=0)
    # Rounding leaves a constant column with a spread of a few ulps of its size.
    varies = scale > ROUNDING * np.abs(states).max(axis=0)
    return np.where(varies, scale, 1.0), varies


def whitening(states):
    """Matrix W such that the centred states times W have covariance I.

    Parameters
    ----------
    states : ndarray of shape (n_transitions, n_conditioning)
        Conditioning vectors.

    Returns
    -------
    ndarray of shape (n_conditioning, n_directions)
        Whitening matrix; directions without variance are dropped.
    """
    scale, varies = spread(states)
    centered = states - states.mean(axis=0)
    standardized = np.where(varies, centered / scale, 0.0)
    eigenvalues, vectors = np.linalg.eigh(standardized.T @ standardized / len(states))
    keep = eigenvalues > FLOOR * max(1.0, eigenvalues[-1])
    return vectors[:, keep] / np.sqrt(eigenvalues[keep]) / scale[:, np.newaxis]


def whitening_over(states, weights):
    """Whitening matrices over differently weighted transitions.

    Parameters
    ----------
    states : ndarray of shape (n_transitions, n_columns)
        Vectors of the transitions.
    weights : ndarray of shape (n_queries, n_transitions)
        Weights of the transitions for each query; rows sum to one.

    Returns
    -------
    ndarray of shape (n_queries, n_columns, n_columns)
        Matrices, with columns of zeros for directions without variance.
    """
    q = states.shape[1]
    outer = (states[:, :, np.newaxis] * states[:, np.newaxis, :]).reshape(-1, q * q)
    mean = weights @ states
    second = (weights @ outer).reshape(-1, q, q)
    covariance = second - mean[:, :, np.newaxis] * mean[:, np.newaxis, :]
    eigenvalues, vectors = np.linalg.eigh(covariance)
    lost = ROUNDING * np.trace(second, axis1=1, axis2=2)[:, np.newaxis]
    keep = eigenvalues > lost + FLOOR * eigenvalues.max(axis=1, keepdims=True)
    scale = np.where(keep, 1.0 / np.sqrt(np.where(keep, eigenvalues, 1.0)), 0.0)
    return vectors * scale[:, np.newaxis, :]


def add_floor(covariance):
    """Covariance with the diagonal floor that keeps its factorisation possible.

    Parameters
    ----------
    covariance : ndarray of shape (..., d, d)
        Scaled covariances.

    Returns
    -------
    ndarray of shape (..., d, d)
        Positive definite matrices.
    """
    d = covariance.shape[-1]
    scale = 1.0 + np.trace(covariance, axis1=-2, axis2=-1) / d
    return covariance + FLOOR * scale[..., np.newaxis, np.newaxis] * np.eye(d)


@dataclass(frozen=True, eq=False)
class Metric:
    """Linear maps under which distances of conditioning vectors are Euclidean.

    Parameters
    ----------
    kind : {"euclidean", "standardized", "whitened"}
        Name of the metric.
    weights : ndarray of shape (n_conditioning,)
        Weights of the standardised columns.
    """

    KINDS: ClassVar[tuple] = ("euclidean", "standardized", "whitened")

    kind: str
    weights: np.ndarray

    @classmethod
    def read(cls, metric, n_conditioning):
        """Metric that a parameter names, or standardised columns with its weights.

        Parameters
        ----------
        metric : str or array-like of shape (n_conditioning,)
            Name of the metric, or weights of the standardised columns.
        n_conditioning : int
            Number of columns.

        Returns
        -------
        Metric
            The metric.

        Raises
        ------
        ValueError
            If the weights are not one non-negative number a column.
        """
        if isinstance(metric, str):
            return cls(metric, np.ones(n_conditioning))
        weights, shape = np.asarray(metric, dtype=np.float64), (n_conditioning,)
        if weights.shape != shape or not (weights >= 0.0).all() or weights.max() == 0.0:
            raise ValueError(
                f"metric={metric!r} has no weight for each of the {n_conditioning} "
                "column(s) of the conditioning vector; pass as many non-negative "
                "numbers, not all zero."
            )
        return cls("standardized", weights)

    def matrix(self, states):
        """Map of centred vectors, with units taken from all transitions.

        Parameters
        ----------
        states : ndarray of shape (n_transitions, n_conditioning)
            Conditioning vectors.

        Returns
        -------
        ndarray of shape (n_conditioning, n_directions)
            Matrix to multiply centred vectors by.
        """
        if self.kind == "euclidean":
            return np.eye(len(self.weights))
        if self.kind == "whitened":
            return whitening(states)
        scale, varies = spread(states)
        return np.diag(np.where(varies, self.weights / scale, 0.0))

    def matrices_over(self, states, weights):
        """Map vectors with units taken from differently weighted transitions.

        Parameters
        ----------
        states : ndarray of shape (n_transitions, n_conditioning)
            Conditioning vectors.
        weights : ndarray of shape (n_queries, n_transitions)
            Weights of the transitions for each query; rows sum to one.

        Returns
        -------
        ndarray of shape (n_queries or none, n_conditioning, n_directions)
            Matrices to multiply differences of vectors by.
        """
        if self.kind == "euclidean":
            return np.eye(len(self.weights))
        states = states - states.mean(axis=0)
        if self.kind == "whitened":
            return whitening_over(states, weights)
        second = weights @ states**2
        variance = second - (weights @ states) ** 2
        varies = variance > ROUNDING * second
        deviation = np.sqrt(np.where(varies, variance, 1.0))
        scale = np.where(varies, self.weights / deviation, 0.0)
        return scale[:, :, np.newaxis] * np.eye(len(self.weights))
