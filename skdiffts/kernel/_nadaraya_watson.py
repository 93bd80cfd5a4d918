"""Nadaraya-Watson estimator of drift and covariance, as in the source paper."""

from skdiffts.kernel._estimator import KernelDriftVolEstimator

__all__ = ["nadaraya_watson"]


def nadaraya_watson(
    n_neighbors="auto", *, kernel="epanechnikov", conditioning=None, dt=1.0
):
    r"""Make an estimator of local means of drift and covariance alone.

    .. math:: \mu(x) = \frac{\sum_k w_k\, dX_k}{\sum_k w_k\, dt}, \qquad
              a(x) = \frac{\sum_k w_k\, r_k r_k'}{\sum_k w_k}, \qquad
              w_k = K(|x - X_k| / h(x))

    with the Euclidean distance and the bandwidth h(x) to the k-th nearest row: equations
    (1) to (5) of the source paper. There is no scale, no additive drift, no penalty and
    no shrinkage.

    Parameters
    ----------
    n_neighbors : int, "all" or "auto", default="auto"
        Number of neighbours that sets the bandwidth; "auto" maximises the leave-one-out
        likelihood. The paper does not publish its number.
    kernel : {"epanechnikov", "gaussian", "tricube", "uniform"}, default="epanechnikov"
        Shape of the weights.
    conditioning : BaseConditioning or None, default=None
        Vector of the history; None is the present row, and
        :class:`skdiffts.conditioning.LaggedStates` the lagged rows of the paper's remark 2.
    dt : float or "index", default=1.0
        Time between two rows, one in the paper.

    Returns
    -------
    KernelDriftVolEstimator
        Estimator that is not fitted; ``past_only`` and the others can still be set.

    Notes
    -----
    With too few neighbours a covariance is singular in many columns: take more than there
    are columns. ``transform`` of the training path gives the residuals in sample, which
    the paper learns from; ``loo_residuals_`` come from fits without the row. Far
    outside the training rows, where the paper says nothing, simulated paths follow the
    global line, as the notes of :class:`skdiffts.KernelDriftVolEstimator` tell.

    References
    ----------
    .. [1] "Generative Diffusion Models for High-Dimensional Time Series", OpenReview
       N4xPiyv6fN, 2025, eqs. (1) to (5).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.kernel import nadaraya_watson
    >>> X = np.array([[0.0], [1.0], [0.5], [2.0]])
    >>> estimator = nadaraya_watson("all").fit(X)
    >>> drift, _ = estimator.coefficients(X)
    >>> drift[:2, 0].round(3), round(float(np.diff(X[:, 0]).mean()), 3)
    (array([0.667, 0.667]), 0.667)
    """
    return KernelDriftVolEstimator(
        n_neighbors,
        kernel=kernel,
        degree=0,
        conditioning=conditioning,
        scale=None,
        metric="euclidean",
        shrinkage=0.0,
        ridge=0.0,
        additive_drift=False,
        dt=dt,
    )
