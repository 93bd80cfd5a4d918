"""Classical distributions from which the network starts."""

import warnings

import numpy as np
from sklearn.covariance import ledoit_wolf
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skdiffts.scores._mixture import MixtureVelocity, full_covariances
from skdiffts.scores._scale_mixture import fit_scale_mixture

__all__ = ["distribution_by_bic", "gaussian_velocity", "mixture_velocity"]

# Numbers of components that are tried, one by one and then in steps of about a quarter.
N_COMPONENTS = (*range(1, 11), 12, 15, 19, 24, 30, 38, 48)
# The number of components is settled on no more rows than this.
MAX_ROWS = 20_000


def gaussian_velocity(rows):
    """Exact velocity of the Gaussian with the mean and shrunk covariance of rows.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Whitened rows.

    Returns
    -------
    MixtureVelocity
        Module in float32, without parameters to train.
    """
    mean = rows.mean(axis=0)
    # Two rows or one have no covariance worth the name.
    covariance = ledoit_wolf(rows)[0] if len(rows) > 2 else np.eye(len(mean))
    return MixtureVelocity([1.0], [mean], [covariance]).float()


def distribution_by_bic(rows, seed):
    """Exact velocity of the classical distribution with the lowest BIC.

    The candidates are Gaussian mixtures and Student's t, skewed or not. The search for
    the number of components stops once two candidates in turn have not helped.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Whitened rows.
    seed : int
        Seed of the starting values.

    Returns
    -------
    MixtureVelocity or None
        Module in float32; None where a single Gaussian is best.
    """
    if len(rows) <= rows.shape[1]:
        return None  # no covariance, let alone two
    if len(rows) > MAX_ROWS:
        order = np.random.RandomState(seed).permutation(len(rows))
        rows = rows[order[:MAX_ROWS]]
    best, best_bic, failures = GaussianMixture(1), np.inf, 0
    for n_components in N_COMPONENTS:
        if n_components > len(rows) or failures == 2:
            break
        mixture = GaussianMixture(n_components, reg_covar=1e-4, random_state=seed)
        with warnings.catch_warnings():
            # A start that has not settled is a worse candidate, nothing more.
            warnings.simplefilter("ignore", ConvergenceWarning)
            bic = mixture.fit(rows).bic(rows)
        if bic < best_bic:
            best, best_bic, failures = mixture, bic, 0
        else:
            failures += 1
    *student, bic = fit_scale_mixture(rows)
    if bic < best_bic:
        return MixtureVelocity(*student).float()
    return mixture_velocity(best) if best.n_components > 1 else None


def mixture_velocity(mixture):
    """Exact velocity of a fitted scikit-learn mixture.

    Parameters
    ----------
    mixture : GaussianMixture
        Fitted mixture with any type of covariance.

    Returns
    -------
    MixtureVelocity
        Module in float32, without parameters to train.
    """
    covariances = full_covariances(mixture)
    return MixtureVelocity(mixture.weights_, mixture.means_, covariances).float()
