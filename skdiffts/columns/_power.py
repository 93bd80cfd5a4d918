"""Power transforms, which bring the values of a column near a normal distribution."""

import numpy as np

__all__ = ["log_slope", "power_inverse", "power_transform"]


def power_transform(u, power):
    r"""Box and Cox's transform :math:`(u^p - 1) / p`, the logarithm for p = 0."""
    return np.log(u) if power == 0.0 else (u**power - 1.0) / power


def power_inverse(z, power):
    """Positive number of which z is the transform; 0 below the range."""
    if power == 0.0:
        return np.exp(z)
    return np.maximum(1.0 + power * z, 0.0) ** (1.0 / power)


def log_slope(u, power):
    """Log of the derivative of the transform."""
    return (power - 1.0) * np.log(u)
