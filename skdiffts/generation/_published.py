"""Published generator: both stages of the source paper."""

from skdiffts.diffusion import published_sampler
from skdiffts.generation._generative import GenerativeTimeSeries
from skdiffts.kernel import nadaraya_watson

__all__ = ["published_generator"]


def published_generator(n_neighbors="auto", *, dt=1.0, random_state=None):
    """Make a generator with both stages of the source paper.

    Local means of drift and covariance (:func:`skdiffts.kernel.nadaraya_watson`), their
    residuals in sample, and the diffusion model with the published recipe
    (:func:`skdiffts.diffusion.published_sampler`).

    Parameters
    ----------
    n_neighbors : int, "all" or "auto", default="auto"
        Number of neighbours that sets the bandwidth.
    dt : float or "index", default=1.0
        Time between two rows.
    random_state : int, RandomState instance or None, default=None
        Seed of the training.

    Returns
    -------
    GenerativeTimeSeries
        Generator that is not fitted.

    Notes
    -----
    This is for comparison: on the paper's own data the defaults of
    :class:`skdiffts.GenerativeTimeSeries` give paths and residuals that are far closer to
    the truth. ``make paper`` measures both.

    References
    ----------
    .. [1] "Generative Diffusion Models for High-Dimensional Time Series", OpenReview
       N4xPiyv6fN, 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.generation import published_generator
    >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    >>> generator = published_generator(30, random_state=0)
    >>> generator = generator.set_params(sampler__max_iter=20).fit(X)
    >>> generator.residuals_.shape, generator.innovation_ratio_
    ((99, 2), 1.0)
    """
    return GenerativeTimeSeries(
        nadaraya_watson(n_neighbors, dt=dt),
        published_sampler(random_state=random_state),
        support=None,
        residuals="in-sample",
    )
