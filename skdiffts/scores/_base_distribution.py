"""Classical distributions from which the network starts."""

import warnings
from functools import partial

import numpy as np
from sklearn.base import clone
from sklearn.covariance import ledoit_wolf
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skdiffts.scores._mixture import MixtureVelocity, full_covariances
from skdiffts.scores._scale_mixture import fit_scale_mixture
from skdiffts.scores._student_velocity import structured_velocity

__all__ = [
    "base_candidates",
    "distribution_by_bic",
    "gaussian_velocity",
    "held_out_densities",
    "likeliest_distribution",
    "mixture_velocity",
]

# Numbers of components that are tried, one by one and then in steps of about a quarter.
N_COMPONENTS = (*range(1, 11), 12, 15, 19, 24, 30, 38, 48)
# A rolled-up sheet needs many components before any help: where the search has stopped
# before, so many are tried on so many rows, if there are so many for each parameter.
FAR, FAR_ROWS, ROWS_PER_PARAMETER = 24, 4000, 5
# The number of components is settled on no more rows than this.
MAX_ROWS = 20_000
# Folds that may be held out, and the held-out rows that are enough for a choice.
N_FOLDS = 5
ENOUGH_ROWS = 1000
# Fewest rows from which anything but a Gaussian is fitted; fewest rows a column, and most
# columns, for unshrunk covariances, which take long and lose there.
FEWEST_ROWS = 20
ROWS_PER_COLUMN = 5
MAX_COLUMNS = 100


def likeliest_distribution(rows, seed):
    """Exact velocity of the classical distribution with the highest held-out density.

    The candidates are the Gaussian with a shrunk covariance, Student's t with a
    covariance shrunk to a target with structure, Student's t with its own covariance,
    skewed or not, and the Gaussian mixture with the lowest BIC.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Whitened rows, in random order.
    seed : int
        Seed of the starting values.

    Returns
    -------
    MixtureVelocity
        Module in float32.
    """
    if len(rows) < FEWEST_ROWS:
        return gaussian_velocity(rows)
    candidates = base_candidates(rows[:MAX_ROWS], seed)
    values = [held_out_densities(fit, rows[:MAX_ROWS]).mean() for fit in candidates]
    return candidates[int(np.argmax(values))](rows).float()


def base_candidates(rows, seed):
    """Functions that fit a distribution to rows, with all that is settled beforehand.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows.
    seed : int
        Seed of the starting values.

    Returns
    -------
    list of callable
        Each maps rows to a distribution with a method ``log_density``.
    """
    n, d = rows.shape
    _, candidate = structured_velocity(rows)
    fits = [gaussian_velocity, partial(_structured, candidate=candidate)]
    if n >= ROWS_PER_COLUMN * d and d <= MAX_COLUMNS:
        fits.append(_student)
        best, _ = _mixture_by_bic(rows, seed)
        if best.n_components > 1:
            fits.append(partial(_refitted, best))
    return fits


def _structured(rows, candidate):
    return structured_velocity(rows, candidate)[0]


def _student(rows):
    return MixtureVelocity(*fit_scale_mixture(rows)[:-1])


def _refitted(mixture, rows):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture_velocity(clone(mixture).fit(rows))


def held_out_densities(fit, rows):
    """Log-densities of rows that a distribution has not seen.

    Parameters
    ----------
    fit : callable
        Maps rows to a distribution with a method ``log_density``.
    rows : ndarray of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    ndarray
        Log-densities of the rows of as many folds as are enough for a choice.
    """
    fold, densities, n_scored = np.arange(len(rows)) % N_FOLDS, [], 0
    for number in range(N_FOLDS):
        held = fold == number
        densities.append(fit(rows[~held]).log_density(rows[held]))
        n_scored += held.sum()
        if n_scored >= ENOUGH_ROWS:
            break
    return np.concatenate(densities)


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
    the number of components stops once two candidates in turn have not helped, unless
    24 components, tried where rows are enough, are better.

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
    best, best_bic = _mixture_by_bic(rows, seed)
    *student, bic = fit_scale_mixture(rows)
    if bic < best_bic:
        return MixtureVelocity(*student).float()
    return mixture_velocity(best) if best.n_components > 1 else None


def _mixture_by_bic(rows, seed):
    """Gaussian mixture with the lowest BIC, and that value."""
    best, best_bic = _first_minimum(rows, N_COMPONENTS, seed)
    if best.n_components < FAR and _helps_far_on(rows, best, seed):
        later = [number for number in N_COMPONENTS if number > best.n_components]
        further = _first_minimum(rows, [n for n in later if n >= FAR // 2], seed)
        if further[1] < best_bic:
            return further
    return best, best_bic


def _first_minimum(rows, numbers, seed):
    """Mixture with the lowest BIC until two candidates in turn have not helped."""
    best, best_bic, failures = GaussianMixture(1), np.inf, 0
    for n_components in numbers:
        if n_components > len(rows) or failures == 2:
            break
        mixture = _mixture(rows, n_components, seed)
        bic = mixture.bic(rows)
        if bic < best_bic:
            best, best_bic, failures = mixture, bic, 0
        else:
            failures += 1
    return best, best_bic


def _helps_far_on(rows, best, seed):
    """Tell whether many components have a lower BIC than the best of few."""
    d = rows.shape[1]
    n_parameters = FAR * (d + 1) * (d + 2) // 2
    if len(rows) < ROWS_PER_PARAMETER * n_parameters:
        return False
    some = rows[:FAR_ROWS]
    return _mixture(some, FAR, seed).bic(some) < best.bic(some)


def _mixture(rows, n_components, seed):
    """Gaussian mixture with so many components."""
    mixture = GaussianMixture(n_components, reg_covar=1e-4, random_state=seed)
    with warnings.catch_warnings():
        # A start that has not settled is a worse candidate, nothing more.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(rows)


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
