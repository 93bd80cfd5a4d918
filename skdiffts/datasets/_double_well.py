"""Diffusion in coupled double wells: multimodal, with rare jumps between the wells."""

from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, validate_params

from skdiffts.datasets._innovations import StandardNormal
from skdiffts.datasets._transition import TransitionLaw, shared

__all__ = ["make_double_well"]


@dataclass(frozen=True)
class DoubleWellDrift:
    """Minus the slope of the potentials x^4 / 4 - x^2 / 2, joined by springs."""

    coupling: float

    def __call__(self, x):
        """Evaluate at states (n, d)."""
        if x.shape[1] == 1:
            return x - x**3
        neighbors = 0.5 * (np.roll(x, 1, axis=1) + np.roll(x, -1, axis=1))
        return x - x**3 + self.coupling * (neighbors - x)


@validate_params(
    {
        "n_rows": [Interval(Integral, 1, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "dt": [Interval(Real, 0, None, closed="neither")],
        "noise": [Interval(Real, 0, None, closed="neither")],
        "coupling": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_double_well(
    n_rows=2000, n_features=1, *, dt=0.1, noise=0.7, coupling=0.3, random_state=None
):
    r"""Simulate a diffusion in a double-well potential, or in a ring of coupled ones.

    .. math::
        X_{j+1} = X_j + \mu(X_j) \, dt + \sigma \sqrt{dt} \, \varepsilon_j,
        \qquad \varepsilon_j \sim N(0, I),
        \qquad \mu_k(x) = x_k - x_k^3
        + \kappa \left(\tfrac12 (x_{k-1} + x_{k+1}) - x_k\right),

    where feature d is followed by feature 1; with one feature there is no coupling.
    This recursion, the Euler scheme of :math:`dX = \mu(X) dt + \sigma dW` [1]_, is exact.
    The wells of each feature are near -1 and 1, so that the states lie in
    :math:`2^d` clusters, the more of them rare, the stronger the coupling. With the
    default noise and coupling a feature changes well about once in 120 to 140 rows.

    Parameters
    ----------
    n_rows : int, default=2000
        Number of rows.
    n_features : int, default=1
        Number of features d.
    dt : float, default=0.1
        Time between two rows.
    noise : float, default=0.7
        Volatility :math:`\sigma` per square root of unit time.
    coupling : float, default=0.3
        Strength :math:`\kappa` of the pull towards the neighbours.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_features)
        Path, after a burn-in.
    truth : TransitionLaw
        Exact distribution of the transitions.

    References
    ----------
    .. [1] Pavliotis, G. A. (2014). Stochastic Processes and Applications.
       Springer, chapter 7.

    Examples
    --------
    >>> from skdiffts.datasets import make_double_well
    >>> X, truth = make_double_well(n_rows=2000, random_state=0)
    >>> X.shape
    (2000, 1)
    >>> print(f"{X.min():.1f} to {X.max():.1f}")
    -1.7 to 1.7
    >>> X, truth = make_double_well(n_rows=100, n_features=20, random_state=0)
    >>> X.shape
    (100, 20)
    """
    truth = TransitionLaw(
        dt=dt,
        drift=DoubleWellDrift(coupling),
        covariance=partial(shared, noise**2 * np.eye(n_features)),
        innovation=StandardNormal(n_features),
    )
    return truth.sample(1, n_rows, random_state=random_state)[0], truth
