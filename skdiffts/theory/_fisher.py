"""Fisher divergence between score models."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_array

__all__ = ["FisherDivergence", "fisher_divergence", "kl_rate", "score_values"]


@dataclass(frozen=True)
class FisherDivergence:
    """Mean squared difference of two scores.

    Parameters
    ----------
    total : float
        Estimate.
    standard_error : float
        Standard error of it, from the rows.

    Examples
    --------
    >>> from skdiffts.theory import FisherDivergence
    >>> FisherDivergence(total=0.5, standard_error=0.1).total
    0.5
    """

    total: float
    standard_error: float


def fisher_divergence(model, other, X, t):
    r"""Estimate the Fisher divergence between two score models at one time.

    .. math:: J(p_t | q_t) = E_{p_t} |\nabla\log p_t - \nabla\log q_t|^2

    by the mean over rows. Half of its integral against :math:`g^2` is what the
    Kullback-Leibler divergence loses along the forward process [1]_.

    Parameters
    ----------
    model, other : fitted sampler or callable
        The two scores: objects with a method ``score_function(X, t)``, as
        :class:`skdiffts.DiffusionResidualSampler` has, or functions of the same form.
    X : array-like of shape (n_samples, n_features)
        Draws of :math:`x_t`, two or more, from the first of the two distributions.
    t : float
        Diffusion time in (0, 1].

    Returns
    -------
    FisherDivergence
        Estimate and its standard error. It has the units of X to the power -2: unlike
        the Kullback-Leibler divergence it changes with the units.

    Raises
    ------
    TypeError
        If a model is neither.
    ValueError
        If a score has not the shape of X.

    References
    ----------
    .. [1] S. Lyu, "Interpretation and Generalization of Score Matching", UAI 2009,
       theorem 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.theory import fisher_divergence
    >>> X = np.random.RandomState(0).standard_normal((1000, 2))
    >>> score = lambda X, t: -X
    >>> shifted = lambda X, t: 0.5 - X
    >>> round(fisher_divergence(score, shifted, X, 0.5).total, 12)
    0.5
    """
    X = check_array(X, dtype=np.float64, ensure_min_samples=2)
    gap = score_values(model, "model", X, t) - score_values(other, "other", X, t)
    squares = np.square(gap).sum(axis=1)
    error = squares.std(ddof=1) / np.sqrt(len(squares))
    return FisherDivergence(float(squares.mean()), float(error))


def kl_rate(sde, model, other, X, t):
    r"""Rate at which two noised distributions become alike.

    .. math:: \frac{d}{dt} KL(p_t | q_t) = -\tfrac12\, g(t)^2\, E_{p_t} |\nabla\log p_t -
              \nabla\log q_t|^2

    exactly, whatever drift both share. Integrated from t to 1 it gives :math:`KL(p_t |
    q_t) - KL(p_1 | q_1)`, an equality where :func:`kl_bound` is an inequality: the scores
    belong to two forward processes.

    Parameters
    ----------
    sde : BaseSDE
        Forward process of both distributions.
    model, other : fitted sampler or callable
        The scores of p and q, as in :func:`fisher_divergence`.
    X : array-like of shape (n_samples, n_features)
        Draws of :math:`x_t` from p, two or more, in the coordinates of the process.
    t : float
        Diffusion time in (0, 1].

    Returns
    -------
    FisherDivergence
        Rate in nats per unit of t, never positive, and its standard error.

    References
    ----------
    .. [1] S. Lyu, "Interpretation and Generalization of Score Matching", UAI 2009,
       theorem 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.sde import OU
    >>> from skdiffts.theory import kl_rate
    >>> X = np.random.RandomState(0).standard_normal((1000, 2))
    >>> score = lambda X, t: -X
    >>> shifted = lambda X, t: 0.5 - X
    >>> round(kl_rate(OU(sigma=2.0), score, shifted, X, 0.5).total, 12)
    -1.0
    """
    divergence = fisher_divergence(model, other, X, t)
    rate = 0.5 * float(sde.g2(t))
    return FisherDivergence(-rate * divergence.total, rate * divergence.standard_error)


def score_values(model, name, X, t):
    """Score of a model at points.

    Parameters
    ----------
    model : fitted sampler or callable
        Object with a method ``score_function(X, t)``, or a function of this form.
    name : str
        Name of the argument, for errors.
    X : ndarray of shape (n_samples, n_features)
        Points.
    t : float
        Time.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
        Values.

    Raises
    ------
    TypeError
        If the model is neither.
    ValueError
        If the values have not the shape of X.
    """
    function = getattr(model, "score_function", model)
    if not callable(function):
        raise TypeError(
            f"{name}={model!r} has no score_function and is no function; pass a fitted "
            "sampler, or a function of points and a time."
        )
    scores = np.asarray(function(X, t), dtype=np.float64)
    # Columns would be broadcast to a matrix, silently.
    if scores.shape != X.shape:
        raise ValueError(
            f"{name} gives scores of shape {scores.shape} for X of shape {X.shape}; "
            "pass one that gives a vector for each row."
        )
    return scores
