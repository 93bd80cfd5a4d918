"""Vector autoregression of order one, with its exact second moments."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from skdiffts.datasets._law import TransitionLaw

# What is left of the start of a path after the burn-in.
FORGOTTEN = 1e-10


@dataclass(frozen=True, eq=False)
class LinearDrift:
    """Drift that is a matrix times the state."""

    matrix: np.ndarray

    def __call__(self, x):
        """Evaluate at states (n, d)."""
        return x @ self.matrix.T


@dataclass(frozen=True, eq=False)
class ConstantCovariance:
    """Covariance that does not depend on the state."""

    matrix: np.ndarray

    def __call__(self, x):
        """Evaluate at states (n, d), as a read-only view."""
        return np.broadcast_to(self.matrix, (len(x), *self.matrix.shape))


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearTransitionLaw(TransitionLaw):
    r"""Vector autoregression of order one.

    .. math:: X_{j+1} = A X_j + \Sigma^{1/2} \varepsilon_j, \qquad
              \mu(x) = (A - I) x / dt, \qquad a = \Sigma / dt,

    with :math:`\Sigma^{1/2}` the lower Cholesky factor. In stationarity

    .. math::
        \Gamma_0 = A \Gamma_0 A^\top + \Sigma, \qquad
        \mathrm{Cov}(X_{j+1}, X_j) = A \Gamma_0,

    whatever the law of the innovations [1]_.

    Parameters
    ----------
    dt : float, default=1.0
        Time between two rows.
    innovation : StandardNormal or GaussianMixtureLaw
        Law of :math:`\varepsilon`.
    transition_matrix : ndarray of shape (n_features, n_features)
        Matrix :math:`A`.
    innovation_covariance : ndarray of shape (n_features, n_features)
        Covariance :math:`\Sigma` of one step, not per unit time.

    Attributes
    ----------
    drift : callable
        Drift per unit time.
    covariance : callable
        Covariance per unit time.
    stationary_covariance : ndarray of shape (n_features, n_features) or None
        :math:`\Gamma_0`; None where the spectral radius of :math:`A` is not below one.
    lag1_autocovariance : ndarray of shape (n_features, n_features) or None
        :math:`A \Gamma_0`; None where :math:`\Gamma_0` is None.

    References
    ----------
    .. [1] Luetkepohl, H. (2005). New Introduction to Multiple Time Series Analysis.
       Springer, section 2.1.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.datasets import LinearTransitionLaw, StandardNormal
    >>> law = LinearTransitionLaw(
    ...     transition_matrix=np.array([[0.6]]),
    ...     innovation_covariance=np.array([[0.64]]),
    ...     innovation=StandardNormal(1),
    ... )
    >>> law.stationary_covariance.round(6), law.lag1_autocovariance.round(6)
    (array([[1.]]), array([[0.6]]))
    """

    dt: float = 1.0
    drift: Callable = field(init=False, repr=False)
    covariance: Callable = field(init=False, repr=False)
    transition_matrix: np.ndarray = field(repr=False)
    innovation_covariance: np.ndarray = field(repr=False)

    def __post_init__(self):
        super().__post_init__()
        d = self.n_features
        for name in ("transition_matrix", "innovation_covariance"):
            shape = np.shape(getattr(self, name))
            if shape != (d, d):
                raise ValueError(
                    f"{name} has shape {shape}; "
                    f"pass {(d, d)}, the dimension of the innovation."
                )
        drift = LinearDrift((self.transition_matrix - np.eye(d)) / self.dt)
        object.__setattr__(self, "drift", drift)
        object.__setattr__(
            self, "covariance", ConstantCovariance(self.innovation_covariance / self.dt)
        )

    @property
    def stationary_covariance(self):
        """Solution of the Lyapunov equation; None where the law is not stationary."""
        if self._spectral_radius() >= 1:
            return None
        gamma = solve_discrete_lyapunov(
            self.transition_matrix, self.innovation_covariance
        )
        return (gamma + gamma.T) / 2

    @property
    def lag1_autocovariance(self):
        """Covariance of the next row with this row; None where not stationary."""
        gamma = self.stationary_covariance
        return None if gamma is None else self.transition_matrix @ gamma

    def _spectral_radius(self):
        return np.abs(np.linalg.eigvals(self.transition_matrix)).max()

    def _default_burn_in(self):
        radius = self._spectral_radius()
        if radius >= 1:  # there is no stationary law to reach
            return 0
        if radius == 0:
            return 1000
        return max(1000, int(np.ceil(np.log(FORGOTTEN) / np.log(radius))))
