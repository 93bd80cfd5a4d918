"""Vector autoregression driven by a Gaussian mixture."""

from numbers import Integral, Real

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from skdiffts._gaussian import whiten
from skdiffts.datasets._innovations import GaussianMixtureLaw
from skdiffts.datasets._linear import LinearTransitionLaw

__all__ = ["make_var_mixture"]

# Distance between the two closest means, in standard deviations within a component.
SEPARATION = 6.0


@validate_params(
    {
        "n_rows": [Interval(Integral, 1, None, closed="left")],
        "n_features": [Interval(Integral, 1, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "spectral_radius": [Interval(Real, 0, 1, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_var_mixture(
    n_rows=1000,
    n_features=20,
    *,
    n_components=3,
    spectral_radius=0.6,
    random_state=None,
):
    r"""Simulate a vector autoregression with Gaussian mixture innovations.

    .. math::
        X_{j+1} = A X_j + \xi_j, \qquad
        \xi_j \sim \sum_c \pi_c N(m_c, S_c), \quad \sum_c \pi_c m_c = 0.

    A has independent normal entries, scaled to the spectral radius. Means, weights
    and full covariances are random; the two closest means are six standard
    deviations apart, and the variance of the innovations is one on average over the
    features.

    Parameters
    ----------
    n_rows : int, default=1000
        Number of rows.
    n_features : int, default=20
        Number of features d.
    n_components : int, default=3
        Number of components of the mixture; 1 gives the Gaussian autoregression.
    spectral_radius : float, default=0.6
        Largest modulus of an eigenvalue of A, in [0, 1).
    random_state : int, RandomState instance or None, default=None
        Seed of the parameters and of the path.

    Returns
    -------
    X : ndarray of shape (n_rows, n_features)
        Path, started in stationarity.
    truth : LinearTransitionLaw
        Exact distribution, with dt = 1. It draws further paths.

    Examples
    --------
    >>> from skdiffts.datasets import make_var_mixture
    >>> X, truth = make_var_mixture(n_rows=200, n_features=4, random_state=0)
    >>> X.shape
    (200, 4)
    >>> truth.innovation
    GaussianMixtureLaw(n_components=3, n_features=4)
    >>> paths = truth.sample(n_paths=10, length=50, random_state=1)
    >>> paths.shape
    (10, 50, 4)
    """
    rng = check_random_state(random_state)
    A = rng.standard_normal((n_features, n_features))
    A *= spectral_radius / np.abs(np.linalg.eigvals(A)).max()
    innovation_covariance, innovation = _random_mixture(n_components, n_features, rng)
    truth = LinearTransitionLaw(
        transition_matrix=A,
        innovation_covariance=innovation_covariance,
        innovation=innovation,
    )
    return truth.sample(1, n_rows, random_state=rng)[0], truth


def _random_mixture(k, d, rng):
    """Covariance (d, d) of a random centred mixture, and the whitened mixture."""
    weights = rng.uniform(0.5, 1.5, size=k)
    weights /= weights.sum()
    G = rng.standard_normal((k, d, 2 * d))
    covariances = G @ G.transpose(0, 2, 1) / (2 * d)
    means = np.zeros((1, d))
    if k > 1:
        # In low dimension random means may nearly coincide: keep the best spread.
        candidates = rng.standard_normal((100, k, d))
        means = max(candidates, key=lambda m: pdist(m).min() / pdist(m).max())
        means *= SEPARATION / pdist(means).min()
        means -= weights @ means
    total = GaussianMixtureLaw(weights, means, covariances).covariance
    L = np.linalg.cholesky(total)
    half = np.stack([whiten(L, S.T).T for S in np.linalg.cholesky(covariances)])
    innovation = GaussianMixtureLaw(
        weights, whiten(L, means), half @ half.transpose(0, 2, 1)
    )
    return total * d / np.trace(total), innovation
