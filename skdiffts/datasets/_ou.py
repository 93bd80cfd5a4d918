"""Ornstein-Uhlenbeck process, observed at equal times, with its exact transitions."""

from numbers import Integral, Real

import numpy as np
from scipy.linalg import expm, solve_continuous_lyapunov
from scipy.stats import ortho_group
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from skdiffts.datasets._innovations import StandardNormal
from skdiffts.datasets._linear import LinearTransitionLaw

__all__ = ["make_ou"]


@validate_params(
    {
        "n_rows": [Interval(Integral, 1, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "dt": [Interval(Real, 0, None, closed="neither")],
        "mean_reversion": [Interval(Real, 0, None, closed="neither")],
        "noise": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_ou(
    n_rows=2000,
    n_features=2,
    *,
    dt=0.1,
    mean_reversion=1.0,
    noise=1.0,
    random_state=None,
):
    r"""Simulate an Ornstein-Uhlenbeck process.

    .. math::
        dX = -\Theta X \, dt + \sigma \, dW, \qquad
        X_{j+1} = e^{-\Theta dt} X_j + \xi_j, \quad
        \xi_j \sim N(0, \Gamma - e^{-\Theta dt} \Gamma e^{-\Theta^\top dt}), \qquad
        \Theta \Gamma + \Gamma \Theta^\top = \sigma^2 I.

    The rows are values of the process in continuous time, not of its Euler scheme [1]_.
    The symmetric part of :math:`\Theta` has eigenvalues evenly spaced from 0.5 to 1.5
    times the mean reversion, in random directions; its antisymmetric part is random,
    so that the process circulates and is not reversible. One feature has neither:
    :math:`\Theta` is then the mean reversion itself.

    Parameters
    ----------
    n_rows : int, default=2000
        Number of rows.
    n_features : int, default=2
        Number of features d.
    dt : float, default=0.1
        Time between two rows.
    mean_reversion : float, default=1.0
        Mean rate, per unit time, at which the process returns to zero.
    noise : float, default=1.0
        Volatility :math:`\sigma` per square root of unit time.
    random_state : int, RandomState instance or None, default=None
        Seed of the parameters and of the path.

    Returns
    -------
    X : ndarray of shape (n_rows, n_features)
        Path, started in stationarity.
    truth : LinearTransitionLaw
        Exact distribution of the transitions. Its drift is the mean of an increment,
        :math:`(e^{-\Theta dt} - I) x / dt`, and its covariance the covariance of an
        increment, both per unit time; they tend to :math:`-\Theta x` and :math:`\sigma^2 I` as dt
        falls.

    References
    ----------
    .. [1] Gardiner, C. (2009). Stochastic Methods. Springer, section 4.5.6.

    Examples
    --------
    >>> from skdiffts.datasets import make_ou
    >>> X, truth = make_ou(n_rows=500, n_features=3, random_state=0)
    >>> X.shape
    (500, 3)
    >>> truth = make_ou(n_features=1, mean_reversion=2.0, random_state=0)[1]
    >>> truth.stationary_covariance.round(6)
    array([[0.25]])
    """
    rng = check_random_state(random_state)
    reversion = mean_reversion * _random_reversion(n_features, rng)
    stationary = solve_continuous_lyapunov(reversion, noise**2 * np.eye(n_features))
    A = expm(-reversion * dt)
    innovation_covariance = stationary - A @ stationary @ A.T
    truth = LinearTransitionLaw(
        dt=dt,
        transition_matrix=A,
        innovation_covariance=(innovation_covariance + innovation_covariance.T) / 2,
        innovation=StandardNormal(n_features),
    )
    # Started in stationarity: a burn-in is endless where dt is small.
    x0 = np.linalg.cholesky(stationary) @ rng.standard_normal(n_features)
    return truth.sample(1, n_rows, x0=x0, random_state=rng)[0], truth


def _random_reversion(d, rng):
    """Matrix (d, d) whose symmetric part has eigenvalues from 0.5 to 1.5."""
    if d == 1:
        return np.ones((1, 1))
    vectors = ortho_group.rvs(d, random_state=rng)
    symmetric = vectors * np.linspace(0.5, 1.5, d) @ vectors.T
    swirl = rng.standard_normal((d, d)) / np.sqrt(d)
    return symmetric + (swirl - swirl.T) / 2
