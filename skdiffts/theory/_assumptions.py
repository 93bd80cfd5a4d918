"""What a theorem asks of the forward process, checked by numbers and not by class."""

import numpy as np

__all__ = ["check_contractive", "check_variance_preserving", "largest_g2"]

TIMES = np.linspace(0.0, 1.0, 1001)


def check_variance_preserving(sde):
    """Raise unless the process is dx = -(beta / 2) x dt + sqrt(beta) dW."""
    _check_rate(sde, sign=-1.0, name="variance preserving, dx = -beta x / 2 dt")


def check_contractive(sde):
    """Raise unless the process is dx = (beta / 2) x dt + sqrt(beta) dW."""
    _check_rate(sde, sign=1.0, name="CVP, dx = beta x / 2 dt")


def largest_g2(sde):
    """Largest squared diffusion coefficient in [0, 1]."""
    return float(np.max(sde.g2(TIMES)))


def _check_rate(sde, sign, name):
    g2 = np.broadcast_to(sde.g2(TIMES), TIMES.shape)
    drift = np.broadcast_to(sde.drift_coef(TIMES), TIMES.shape)
    same = np.allclose(2.0 * sign * drift, g2, rtol=1e-9, atol=1e-12 * g2.max())
    if np.any(sde.center != 0.0) or not same:
        raise ValueError(
            f"sde={sde!r} is not {name} + sqrt(beta) dW, as the theorem asks; use the "
            "bound for any linear process."
        )
