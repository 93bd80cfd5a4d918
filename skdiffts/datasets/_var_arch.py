"""Vector autoregression whose conditional covariance grows with the state."""

from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from skdiffts.datasets._innovations import StandardNormal
from skdiffts.datasets._transition import BaseTransitionLaw, burn_in_of

__all__ = ["ArchTransitionLaw", "make_var_arch"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ArchTransitionLaw(BaseTransitionLaw):
    r"""Autoregression with ARCH covariance of the scalar BEKK form.

    .. math:: X_{j+1} = \varphi X_j + L(X_j) \varepsilon_j, \qquad
              L L^\top = a(x) = C + \alpha \, x x^\top, \qquad
              \varepsilon_j \sim N(0, I),

    with dt = 1. Variances and correlations depend on the state [1]_. In stationarity,
    with :math:`\gamma = \varphi^2 + \alpha`,

    .. math:: \Gamma_0 = C / (1 - \gamma), \qquad
              \mathrm{Cov}(X_{j+1}, X_j) = \varphi \, \Gamma_0.

    Parameters
    ----------
    autoregression : float
        Coefficient :math:`\varphi`.
    arch : float
        Coefficient :math:`\alpha` of the state in the covariance, not negative.
    floor : ndarray of shape (n_features, n_features)
        Covariance C at the state zero.

    Attributes
    ----------
    dt : float
        Time between two rows, 1.
    innovation : StandardNormal
        Distribution of :math:`\varepsilon`.
    stationary_covariance : ndarray of shape (n_features, n_features) or None
        :math:`\Gamma_0`; None where :math:`\gamma \ge 1`.
    lag1_autocovariance : ndarray of shape (n_features, n_features) or None
        :math:`\varphi \, \Gamma_0`; None where :math:`\Gamma_0` is None.
    excess_kurtosis : float or None
        Excess kurtosis of each feature; None where the fourth moment is infinite.

    References
    ----------
    .. [1] Engle, R. F. and Kroner, K. F. (1995). Multivariate simultaneous generalized
       ARCH. Econometric Theory, 11(1), 122-150.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.datasets import ArchTransitionLaw
    >>> truth = ArchTransitionLaw(autoregression=0.5, arch=0.25, floor=np.eye(2))
    >>> truth.stationary_covariance
    array([[2., 0.],
           [0., 2.]])
    >>> truth.covariance(np.array([[2.0, -2.0]]))
    array([[[ 2., -1.],
            [-1.,  2.]]])
    >>> truth.excess_kurtosis
    3.0
    """

    dt = 1.0

    autoregression: float
    arch: float
    floor: np.ndarray = field(repr=False)

    def __post_init__(self):
        shape = np.shape(self.floor)
        if len(shape) != 2 or shape[0] != shape[1]:
            raise ValueError(
                f"floor has shape {shape}; pass a square matrix, a row for each feature."
            )
        if not self.arch >= 0.0:
            raise ValueError(
                f"arch={self.arch} gives no covariance; pass a number that is not "
                "negative."
            )

    @cached_property
    def innovation(self):
        """Standard normal distribution."""
        return StandardNormal(len(self.floor))

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
        return (self.autoregression - 1.0) * x

    def covariance(self, x):
        """Covariance per unit time.

        Parameters
        ----------
        x : ndarray of shape (n, n_features)
            States.

        Returns
        -------
        ndarray of shape (n, n_features, n_features)
            Covariance at each state.
        """
        return self.floor + self.arch * x[:, :, None] * x[:, None, :]

    @property
    def stationary_covariance(self):
        """Covariance in stationarity; None where it is infinite."""
        memory = self._memory
        return None if memory >= 1.0 else self.floor / (1.0 - memory)

    @property
    def lag1_autocovariance(self):
        """Covariance of the next row with this row; None where it is infinite."""
        gamma = self.stationary_covariance
        return None if gamma is None else self.autoregression * gamma

    @property
    def excess_kurtosis(self):
        r"""Excess kurtosis of each feature; None where the fourth moment is infinite.

        .. math::
            \frac{6 \gamma (1 - \gamma) + 3 (1 - \gamma)^2}
            {1 - \varphi^4 - 6 \varphi^2 \alpha - 3 \alpha^2} - 3
        """
        phi2, alpha, memory = self.autoregression**2, self.arch, self._memory
        left = 1.0 - phi2**2 - 6.0 * phi2 * alpha - 3.0 * alpha**2
        if left <= 0.0 or memory >= 1.0:
            return None
        free = 1.0 - memory
        return float((6.0 * memory * free + 3.0 * free**2) / left - 3.0)

    def autocorrelation_of_squares(self, lags):
        r"""Compute the autocorrelation of the squares, :math:`\gamma^h` for all h.

        Parameters
        ----------
        lags : array-like of int of shape (n_lags,)
            Lags h, from 0.

        Returns
        -------
        correlation : ndarray of shape (n_lags,)
            Autocorrelation, the same for all features.

        Raises
        ------
        ValueError
            If the fourth moment is infinite, or a lag negative.
        """
        h = check_array(lags, ensure_2d=False, input_name="lags")
        if h.ndim != 1 or h.min() < 0:
            raise ValueError(f"lags={lags} must be integers from 0; drop the others.")
        if self.excess_kurtosis is None:
            raise ValueError(
                f"arch={self.arch} makes the fourth moment infinite; lower it to have "
                "an autocorrelation of the squares."
            )
        return self._memory**h

    @property
    def _memory(self):
        """Share of the variance that comes from the state before."""
        return self.autoregression**2 + self.arch

    def _default_burn_in(self):
        # Paths forget their start at the pace at which the variance does.
        return burn_in_of(self._memory)


@validate_params(
    {
        "n_rows": [Interval(Integral, 1, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "autoregression": [Interval(Real, -1, 1, closed="neither")],
        "arch": [Interval(Real, 0, 1, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_var_arch(
    n_rows=2000, n_features=5, *, autoregression=0.3, arch=0.4, random_state=None
):
    r"""Simulate a vector autoregression with state-dependent covariance.

    .. math:: X_{j+1} = \varphi X_j + L(X_j) \varepsilon_j, \qquad
              L L^\top = C + \alpha \, x x^\top, \qquad \varepsilon_j \sim N(0, I).

    Large values are followed by large ones, of either sign, and all features are large
    together; the marginal tails are heavy. C is a random correlation matrix.

    Parameters
    ----------
    n_rows : int, default=2000
        Number of rows.
    n_features : int, default=5
        Number of features d.
    autoregression : float, default=0.3
        Coefficient :math:`\varphi` of the state in the mean.
    arch : float, default=0.4
        Coefficient :math:`\alpha` of the state in the covariance, in [0, 1).
        :math:`\varphi^2 + \alpha` must be below 1.
    random_state : int, RandomState instance or None, default=None
        Seed of the parameters and of the path.

    Returns
    -------
    X : ndarray of shape (n_rows, n_features)
        Path, started in stationarity.
    truth : ArchTransitionLaw
        Exact distribution, with dt = 1. It draws further paths.

    Examples
    --------
    >>> from skdiffts.datasets import make_var_arch
    >>> X, truth = make_var_arch(n_rows=500, n_features=20, random_state=0)
    >>> X.shape
    (500, 20)
    >>> truth.autocorrelation_of_squares([1, 2]).round(2)
    array([0.49, 0.24])
    """
    if autoregression**2 + arch >= 1.0:
        raise ValueError(
            f"autoregression={autoregression} and arch={arch} give an infinite "
            "variance; lower them until autoregression**2 + arch is below 1."
        )
    rng = check_random_state(random_state)
    G = rng.standard_normal((n_features, 2 * n_features))
    G /= np.linalg.norm(G, axis=1, keepdims=True)
    truth = ArchTransitionLaw(autoregression=autoregression, arch=arch, floor=G @ G.T)
    return truth.sample(1, n_rows, random_state=rng)[0], truth
