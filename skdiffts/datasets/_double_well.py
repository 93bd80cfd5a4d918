"""Diffusion in a double-well potential: bimodal, with rare jumps between the wells."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, validate_params

from skdiffts.datasets._innovations import StandardNormal
from skdiffts.datasets._law import TransitionLaw
from skdiffts.datasets._linear import ConstantCovariance


@dataclass(frozen=True)
class DoubleWellDrift:
    """Minus the slope of the potential x^4 / 4 - x^2 / 2."""

    def __call__(self, x):
        """Evaluate at states (n, 1)."""
        return x - x**3


@validate_params(
    {
        "n_rows": [Interval(Integral, 1, None, closed="left")],
        "dt": [Interval(Real, 0, None, closed="neither")],
        "noise": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_double_well(n_rows=2000, *, dt=0.1, noise=0.7, random_state=None):
    r"""Simulate a diffusion in a double-well potential.

    .. math::
        X_{j+1} = X_j + (X_j - X_j^3) \, dt + \sigma \sqrt{dt} \, \varepsilon_j,
        \qquad \varepsilon_j \sim N(0, 1).

    This recursion, the Euler scheme of :math:`dX = (X - X^3) dt + \sigma dW`, is the
    exact law [1]_. The wells are at -1 and 1; with the default noise the path changes
    well about once in 140 rows.

    Parameters
    ----------
    n_rows : int, default=2000
        Number of rows.
    dt : float, default=0.1
        Time between two rows.
    noise : float, default=0.7
        Volatility :math:`\sigma` per square root of unit time.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, 1)
        Path, after a burn-in.
    truth : TransitionLaw
        Exact law.

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
    >>> bool((X < -1).any() and (X > 1).any())
    True
    """
    truth = TransitionLaw(
        dt=dt,
        drift=DoubleWellDrift(),
        covariance=ConstantCovariance(np.array([[noise**2]])),
        innovation=StandardNormal(1),
    )
    return truth.sample(1, n_rows, random_state=random_state)[0], truth
