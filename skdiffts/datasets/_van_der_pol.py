"""Van der Pol oscillator with multiplicative noise: a limit cycle in two dimensions."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, validate_params

from skdiffts.datasets._innovations import StandardNormal
from skdiffts.datasets._transition import TransitionLaw

__all__ = ["make_van_der_pol"]


@dataclass(frozen=True)
class VanDerPolDrift:
    """Drift of the oscillator."""

    damping: float

    def __call__(self, x):
        """Evaluate at states (n, 2)."""
        position, velocity = x.T
        return np.stack(
            [velocity, self.damping * (1 - position**2) * velocity - position], axis=1
        )


@dataclass(frozen=True)
class VanDerPolCovariance:
    """Covariance whose variances and correlation depend on the state."""

    noise: float

    def __call__(self, x):
        """Evaluate at states (n, 2)."""
        # Position noise falls outwards, where the drift pulls back only like 1 / x.
        s = np.stack(
            [1 / (1 + x[:, 0] ** 2), x[:, 1] ** 2 / (1 + x[:, 1] ** 2)], axis=1
        )
        s = self.noise * (0.5 + s)
        rho = 0.8 * np.tanh(x[:, 0] * x[:, 1])
        a = s[:, :, None] * s[:, None, :]
        a[:, 0, 1] *= rho
        a[:, 1, 0] *= rho
        return a


@validate_params(
    {
        "n_rows": [Interval(Integral, 1, None, closed="left")],
        "dt": [Interval(Real, 0, None, closed="neither")],
        "damping": [Interval(Real, 0, None, closed="neither")],
        "noise": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_van_der_pol(
    n_rows=2000, *, dt=0.05, damping=1.0, noise=0.4, random_state=None
):
    r"""Simulate a Van der Pol oscillator with multiplicative noise.

    .. math::
        X_{j+1} = X_j + \mu(X_j) \, dt + \sqrt{dt} \, L(X_j) \varepsilon_j, \qquad
        \mu(x) = \begin{pmatrix} x_2 \\ c (1 - x_1^2) x_2 - x_1 \end{pmatrix},

    with position :math:`x_1`, velocity :math:`x_2`, damping c, standard normal
    :math:`\varepsilon_j`, and a bounded, state-dependent full covariance
    :math:`a = L L^\top`,

    .. math::
        a_{kl} = \rho_{kl} s_k s_l, \qquad
        s_1(x) = \sigma \left(\tfrac12 + \frac{1}{1 + x_1^2}\right), \qquad
        s_2(x) = \sigma \left(\tfrac12 + \frac{x_2^2}{1 + x_2^2}\right), \qquad
        \rho_{12}(x) = 0.8 \tanh(x_1 x_2).

    The Euler recursion of the oscillator [1]_ is exact.

    Parameters
    ----------
    n_rows : int, default=2000
        Number of rows.
    dt : float, default=0.05
        Time between two rows; a cycle takes about 6.7 units of time.
    damping : float, default=1.0
        Strength c of the non-linear damping.
    noise : float, default=0.4
        Volatility :math:`\sigma` per square root of unit time.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, 2)
        Path of position and velocity, after a burn-in.
    truth : TransitionLaw
        Exact distribution of the transitions.

    References
    ----------
    .. [1] van der Pol, B. (1926). On relaxation-oscillations. The London, Edinburgh,
       and Dublin Philosophical Magazine and Journal of Science, 2(11), 978-992.

    Examples
    --------
    >>> from skdiffts.datasets import make_van_der_pol
    >>> X, truth = make_van_der_pol(n_rows=400, random_state=0)
    >>> X.shape
    (400, 2)
    >>> truth.covariance(X[:3]).shape
    (3, 2, 2)
    """
    truth = TransitionLaw(
        dt=dt,
        drift=VanDerPolDrift(damping),
        covariance=VanDerPolCovariance(noise),
        innovation=StandardNormal(2),
    )
    return truth.sample(1, n_rows, random_state=random_state)[0], truth
