"""Lorenz equations with noise: a chaotic attractor in three dimensions."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, validate_params

from skdiffts.datasets._innovations import StandardNormal
from skdiffts.datasets._transition import MIN_BURN_IN, BaseTransitionLaw, shared

__all__ = ["make_lorenz_sde"]

# Units of time after which paths from one start no longer circle in step.
MEMORY = 30.0


@dataclass(frozen=True, kw_only=True)
class LorenzLaw(BaseTransitionLaw):
    """Lorenz equations with noise, whose paths forget slowly: all circle at one pace."""

    innovation = StandardNormal(3)

    dt: float
    noise: float
    prandtl: float
    rayleigh: float
    aspect: float

    def drift(self, x):
        """Right-hand side of the equations at states (n, 3)."""
        convection, difference, profile = x.T
        slopes = [
            self.prandtl * (difference - convection),
            convection * (self.rayleigh - profile) - difference,
            convection * difference - self.aspect * profile,
        ]
        return np.stack(slopes, axis=1)

    def covariance(self, x):
        """Covariance, the same at all states."""
        return shared(self.noise**2 * np.eye(3), x)

    def _default_burn_in(self):
        return max(MIN_BURN_IN, int(np.ceil(MEMORY / self.dt)))


@validate_params(
    {
        "n_rows": [Interval(Integral, 1, None, closed="left")],
        "dt": [Interval(Real, 0, None, closed="neither")],
        "noise": [Interval(Real, 0, None, closed="neither")],
        "prandtl": [Interval(Real, 0, None, closed="neither")],
        "rayleigh": [Interval(Real, 0, None, closed="neither")],
        "aspect": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_lorenz_sde(
    n_rows=5000,
    *,
    dt=0.01,
    noise=2.0,
    prandtl=10.0,
    rayleigh=28.0,
    aspect=8 / 3,
    random_state=None,
):
    r"""Simulate the Lorenz equations with additive noise.

    .. math::
        X_{j+1} = X_j + \mu(X_j) \, dt + \sigma \sqrt{dt} \, \varepsilon_j, \qquad
        \mu(x) = \begin{pmatrix}
            p (x_2 - x_1) \\ x_1 (r - x_3) - x_2 \\ x_1 x_2 - b x_3
        \end{pmatrix}, \qquad \varepsilon_j \sim N(0, I).

    The Euler recursion of the equations of [1]_ with noise is the exact recursion. With the
    default parameters a path circles one of two points, (+-8.5, +-8.5, 27), in 0.7
    units of time and changes to the other about once in 1.5 units.

    Parameters
    ----------
    n_rows : int, default=5000
        Number of rows.
    dt : float, default=0.01
        Time between two rows.
    noise : float, default=2.0
        Volatility :math:`\sigma` per square root of unit time.
    prandtl : float, default=10.0
        Parameter p, the Prandtl number.
    rayleigh : float, default=28.0
        Parameter r, the Rayleigh number relative to its critical value.
    aspect : float, default=8/3
        Parameter b, which the aspect of the convection cells gives.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, 3)
        Path, after a burn-in.
    truth : LorenzLaw
        Exact distribution of the transitions, with the methods of
        :class:`TransitionLaw`. Its stationary covariance is not known in closed form, but in
        stationarity :math:`E[X_1] = E[X_2]` and :math:`E[X_1 X_2] = b E[X_3]`.

    References
    ----------
    .. [1] Lorenz, E. N. (1963). Deterministic nonperiodic flow. Journal of the
       Atmospheric Sciences, 20(2), 130-141, eq. (25)-(27).

    Examples
    --------
    >>> from skdiffts.datasets import make_lorenz_sde
    >>> X, truth = make_lorenz_sde(n_rows=1000, random_state=0)
    >>> X.shape
    (1000, 3)
    >>> print(f"{X[:, 2].min():.0f} to {X[:, 2].max():.0f}")
    11 to 45
    """
    truth = LorenzLaw(
        dt=dt, noise=noise, prandtl=prandtl, rayleigh=rayleigh, aspect=aspect
    )
    return truth.sample(1, n_rows, random_state=random_state)[0], truth
