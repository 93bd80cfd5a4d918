"""Vector autoregression of order one, with its exact second moments."""

from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from skdiffts.datasets._innovations import GaussianMixtureLaw, StandardNormal
from skdiffts.datasets._transition import BaseTransitionLaw, burn_in_of, shared

__all__ = ["LinearTransitionLaw"]


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearTransitionLaw(BaseTransitionLaw):
    r"""Vector autoregression of order one.

    .. math:: X_{j+1} = A X_j + \Sigma^{1/2} \varepsilon_j, \qquad
              \mu(x) = (A - I) x / dt, \qquad a = \Sigma / dt,

    with :math:`\Sigma^{1/2}` the lower Cholesky factor. In stationarity

    .. math::
        \Gamma_0 = A \Gamma_0 A^\top + \Sigma, \qquad
        \mathrm{Cov}(X_{j+1}, X_j) = A \Gamma_0,

    whatever the distribution of the innovations [1]_.

    Parameters
    ----------
    dt : float, default=1.0
        Time between two rows.
    innovation : StandardNormal or GaussianMixtureLaw
        Distribution of :math:`\varepsilon`.
    transition_matrix : ndarray of shape (n_features, n_features)
        Matrix :math:`A`.
    innovation_covariance : ndarray of shape (n_features, n_features)
        Covariance :math:`\Sigma` of one step, not per unit time.

    Attributes
    ----------
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
    >>> truth = LinearTransitionLaw(
    ...     transition_matrix=np.array([[0.6]]),
    ...     innovation_covariance=np.array([[0.64]]),
    ...     innovation=StandardNormal(1),
    ... )
    >>> truth.stationary_covariance.round(6), truth.lag1_autocovariance.round(6)
    (array([[1.]]), array([[0.6]]))
    """

    dt: float = 1.0
    innovation: StandardNormal | GaussianMixtureLaw
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

    def drift(self, x):
        """Drift per unit time.

        Parameters
        ----------
        x : ndarray of shape (n, n_features)
            States.

        Returns
        -------
        ndarray of shape (n, n_features)
            Drift at each state.
        """
        return x @ ((self.transition_matrix - np.eye(self.n_features)) / self.dt).T

    def covariance(self, x):
        """Covariance per unit time.

        Parameters
        ----------
        x : ndarray of shape (n, n_features)
            States.

        Returns
        -------
        ndarray of shape (n, n_features, n_features)
            Covariance, the same at each state.
        """
        return shared(self.innovation_covariance / self.dt, x)

    @property
    def stationary_covariance(self):
        """Solution of the Lyapunov equation; None where there is none."""
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
        # At a unit root there is no stationarity to reach.
        return 0 if radius >= 1 else burn_in_of(radius)
