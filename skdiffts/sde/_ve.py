"""Variance exploding process."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

from skdiffts._validation import Interval
from skdiffts.sde._base import BaseSDE

__all__ = ["VE"]


@dataclass(kw_only=True, repr=False, eq=False)
class VE(BaseSDE):
    r"""Variance exploding process: pure noise, at geometrically rising strength.

    .. math:: dx_t = \sigma_{\min} r^t \sqrt{2 \log r}\, dW_t, \quad
              r = \sigma_{\max} / \sigma_{\min}, \qquad
              x_t | x_0 \sim N(x_0, s(t)^2 I), \quad
              s(t)^2 = \sigma_{\min}^2 (r^{2 t} - 1)

    At t = 1 the data are all there under noise of variance :math:`\sigma_{\max}^2 -
    \sigma_{\min}^2`; run on, x spreads without end, and there is no limit. The
    scales of the noise are given at the ends, so that the horizon does not matter.

    Parameters
    ----------
    sigma_min : float, default=0.01
        Scale of the first noise, in units of the whitened data, positive.
    sigma_max : float, default=50.0
        Scale of the last noise, above ``sigma_min``.
    perturbed : bool, default=False
        Whether the data count as noised by ``sigma_min`` from the start, which makes
        the standard deviation :math:`s(t) = \sigma_{\min} r^t`.

    References
    ----------
    .. [1] Y. Song et al., "Score-Based Generative Modeling through Stochastic
       Differential Equations", ICLR 2021, eq. (9) and appendix C.

    Examples
    --------
    >>> from skdiffts.sde import VE
    >>> sde = VE(sigma_min=0.1, sigma_max=10.0, perturbed=True)
    >>> round(float(sde.std(0.5)), 12)
    1.0
    """

    sigma_min: float = 0.01
    sigma_max: float = 50.0
    perturbed: bool = False

    _parameter_constraints: ClassVar[dict] = {
        "sigma_min": [Interval(Real, 0, None, closed="neither")],
        "sigma_max": [Interval(Real, 0, None, closed="neither")],
        "perturbed": ["boolean"],
    }

    def _validate_params(self):
        super()._validate_params()
        if self.sigma_min >= self.sigma_max:
            raise ValueError(
                f"sigma_min={self.sigma_min} is not below sigma_max={self.sigma_max}; "
                "pass sigma_min < sigma_max."
            )

    @property
    def _log_ratio(self):
        return np.log(self.sigma_max / self.sigma_min)

    def drift_coef(self, t):
        return np.zeros_like(t, dtype=np.float64)[()]

    def g2(self, t):
        growth = np.exp(2.0 * self._log_ratio * np.asarray(t))
        return 2.0 * self._log_ratio * self.sigma_min**2 * growth

    def scale(self, t):
        return np.ones_like(t, dtype=np.float64)[()]

    def std(self, t):
        exponent = self._log_ratio * np.asarray(t)
        if self.perturbed:
            return self.sigma_min * np.exp(exponent)
        return self.sigma_min * np.sqrt(np.expm1(2.0 * exponent))

    def time(self, log_snr):
        log_std = -np.asarray(log_snr) - np.log(self.sigma_min)
        if not self.perturbed:
            log_std = 0.5 * np.log1p(np.exp(2.0 * log_std))
        return np.clip(log_std / self._log_ratio, 0.0, 1.0)[()]
