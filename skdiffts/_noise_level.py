r"""Angle of the noise level, in which signal turns into noise.

At log signal-to-noise ratio :math:`\lambda` the angle is
:math:`\theta = \arctan e^{-\lambda}`: 0 for a clean row, :math:`\pi / 2` for pure
noise.
"""

import numpy as np

__all__ = ["angle", "cosine_sine", "log_snr_at", "tensor_angle", "tensor_cosine_sine"]


def angle(log_snr):
    r"""Angle :math:`\theta = \arctan e^{-\lambda}`.

    Parameters
    ----------
    log_snr : float or ndarray
        Log signal-to-noise ratio.

    Returns
    -------
    float or ndarray
        Angle in radians.
    """
    return np.arctan(np.exp(-log_snr))


def log_snr_at(theta):
    r"""Log signal-to-noise ratio :math:`\lambda = -\log\tan\theta` at an angle.

    Parameters
    ----------
    theta : float or ndarray
        Angle in radians.

    Returns
    -------
    float or ndarray
        Log signal-to-noise ratio.

    Examples
    --------
    >>> from skdiffts._noise_level import angle, log_snr_at
    >>> round(float(log_snr_at(angle(1.5))), 12)
    1.5
    """
    return -np.log(np.tan(theta))


def cosine_sine(log_snr):
    """Cosine and sine of the angle: shares of signal and of noise.

    Parameters
    ----------
    log_snr : float
        Log signal-to-noise ratio.

    Returns
    -------
    cosine, sine : float
        Plain floats, so that products with tensors keep the type of the tensor.
    """
    theta = angle(log_snr)
    return float(np.cos(theta)), float(np.sin(theta))


def tensor_angle(log_snr):
    """Angle for tensors.

    Parameters
    ----------
    log_snr : torch.Tensor
        Log signal-to-noise ratios.

    Returns
    -------
    torch.Tensor
        Angles in radians, of the same shape, type and device.
    """
    return (-log_snr).exp().atan()


def tensor_cosine_sine(log_snr):
    """Cosine and sine of the angle for tensors.

    Parameters
    ----------
    log_snr : torch.Tensor
        Log signal-to-noise ratios.

    Returns
    -------
    cosine, sine : torch.Tensor
        Tensors of the same shape, type and device.
    """
    theta = tensor_angle(log_snr)
    return theta.cos(), theta.sin()
