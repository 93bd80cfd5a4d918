"""Seeds drawn from a random state, and seeded draws from a fitted density."""

from copy import copy
from inspect import Parameter, signature

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state

__all__ = ["check_sampler", "draw_residuals", "draw_seed"]


def draw_seed(rng, size=None):
    """Seeds drawn from a NumPy random state.

    Parameters
    ----------
    rng : numpy.random.RandomState
        Source of randomness.
    size : int, default=None
        Number of seeds; None is one.

    Returns
    -------
    int or ndarray of shape (size,)
        Seeds below 2^31 - 1.
    """
    return rng.randint(np.iinfo(np.int32).max, size=size)


def check_sampler(sampler):
    """Raise unless draws of a density can be seeded.

    Parameters
    ----------
    sampler : estimator
        Density with ``sample``.

    Raises
    ------
    TypeError
        If neither its ``sample`` nor its constructor takes ``random_state``.
    """
    if not _takes_seed(sampler) and "random_state" not in _inner(sampler).get_params():
        raise TypeError(
            f"sampler={sampler!r} cannot be seeded; pass one with the method "
            "sample(n_samples, random_state), or with a parameter random_state."
        )


def draw_residuals(sampler, n_samples, random_state):
    """Draw rows from a fitted density.

    Parameters
    ----------
    sampler : estimator
        Fitted density, which is not changed.
    n_samples : int
        Number of rows.
    random_state : int, RandomState instance or None
        Seed.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
        Independent rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> from skdiffts._seeding import draw_residuals
    >>> mixture = GaussianMixture().fit(np.arange(8.0).reshape(4, 2))
    >>> draw_residuals(mixture, 3, 0).shape
    (3, 2)
    """
    if _takes_seed(sampler):
        return sampler.sample(n_samples, random_state=random_state)
    # Mixtures of scikit-learn draw with their own seed, component by component, and
    # give labels, too: rows of one path must not share a component.
    rng = check_random_state(random_state)
    drawn = copy(_inner(sampler)).set_params(random_state=rng).sample(n_samples)
    return rng.permutation(drawn[0] if isinstance(drawn, tuple) else drawn)


def _inner(sampler):
    """Density that a frozen one holds."""
    return sampler.estimator if isinstance(sampler, FrozenEstimator) else sampler


def _takes_seed(sampler):
    """Tell whether ``sample`` takes ``random_state``."""
    parameters = signature(_inner(sampler).sample).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    return "random_state" in parameters or Parameter.VAR_KEYWORD in kinds
