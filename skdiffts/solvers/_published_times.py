"""Time grid of the source paper."""

import numpy as np

from skdiffts.sde import ScheduledSDE

__all__ = ["published_times"]


def published_times(sde, first_time, *, n_levels=10, n_inner=200):
    r"""Compute times of steps whose lengths follow the schedule, long ones first.

    .. math:: t_i - t_{i+1} = \epsilon\, \Bigl(\frac{\beta_r}{\beta_{R-1}}\Bigr)^2, \qquad
              \beta_r = \beta\bigl(\tfrac{r}{R - 1}\bigr), \quad r = 0, \dots, R - 1

    from t = 1 on, ``n_inner`` steps for each r: equation (69) of the source paper and the
    step sizes that follow it, "larger early on", with the schedule "geometric", which falls.
    The factor :math:`\epsilon` is the one with which the steps end at ``first_time``.

    Parameters
    ----------
    sde : ScheduledSDE
        Process with a rate beta: :class:`skdiffts.sde.VP` with ``schedule="geometric"`` is
        the paper's.
    first_time : float
        Diffusion time in (0, 1) of the first noise, the ``first_time`` of the sampler.
    n_levels : int, default=10
        Number R of lengths.
    n_inner : int, default=200
        Steps of each length.

    Returns
    -------
    ndarray of shape (n_levels * n_inner - 1,)
        Falling times between the ends, which a solver takes as ``grid``.

    Raises
    ------
    TypeError
        If the process has no rate beta.

    References
    ----------
    .. [1] "Generative Diffusion Models for High-Dimensional Time Series", OpenReview
       N4xPiyv6fN, 2025, appendix C.

    Examples
    --------
    >>> from skdiffts.sde import VP
    >>> from skdiffts.solvers import published_times
    >>> sde = VP(beta_max=10.0, schedule="geometric")
    >>> published_times(sde, 1e-6, n_levels=3, n_inner=1).round(5)
    array([0.01  , 0.0001])
    """
    if not isinstance(sde, ScheduledSDE):
        raise TypeError(
            f"sde={sde!r} has no rate beta(t); pass VP, SubVP or CVP, or another grid."
        )
    levels = np.linspace(0.0, 1.0, n_levels)
    lengths = np.repeat(np.square(sde.beta(levels) / sde.beta(1.0)), n_inner)
    # Summed from the data on, where they are shortest.
    to_go = np.cumsum(lengths[::-1])[::-1]
    return first_time + (1.0 - first_time) * to_go[1:] / to_go[0]
