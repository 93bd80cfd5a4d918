"""The sampler of the source paper by one name."""

from skdiffts.diffusion._adam import Adam
from skdiffts.diffusion._sampler import DiffusionResidualSampler
from skdiffts.losses import DenoisingScoreMatching
from skdiffts.scores import MLPScore
from skdiffts.sde import VP
from skdiffts.solvers import EulerMaruyama, published_times

__all__ = ["published_sampler"]


def published_sampler(
    *,
    max_iter=10_000,
    n_levels=10,
    n_inner=200,
    dropout=0.1,
    first_time=1e-5,
    random_state=None,
):
    """Make a sampler with the recipe of the source paper.

    VP with the geometric schedule; a four-layer network with GELU, a learned embedding and
    dropout; the unweighted denoising loss at uniform times; Adam with step size 5e-3 in
    its usual form, without clipping, warm-up or decay, on batches of 128 rows; noised
    training rows to start from; Euler-Maruyama steps whose lengths follow the schedule,
    long ones first. No moving average, no early stopping, no correction of moments.

    Parameters
    ----------
    max_iter : int, default=10000
        Optimiser steps.
    n_levels : int, default=10
        Number R of step lengths.
    n_inner : int, default=200
        Steps of each length.
    dropout : float, default=0.1
        Probability with which a hidden unit is dropped in training, which is not published.
    first_time : float, default=1e-5
        Diffusion time of the first noise. The paper trains down to time zero, where the
        unweighted loss is infinite; this is the usual cut for VP.
    random_state : int, RandomState instance or None, default=None
        Seed of ``fit``.

    Returns
    -------
    DiffusionResidualSampler
        Sampler that is not fitted.

    See Also
    --------
    skdiffts.kernel.nadaraya_watson : The first stage.
    skdiffts.generation.published_generator : Both stages.

    Notes
    -----
    Rows are whitened first, as always in this package; the paper's residuals are nearly
    white. The width of the network is not published either.

    References
    ----------
    .. [1] "Generative Diffusion Models for High-Dimensional Time Series", OpenReview
       N4xPiyv6fN, 2025, algorithm 1 and appendix C.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.diffusion import published_sampler
    >>> X = np.random.RandomState(0).standard_normal((100, 2))
    >>> sampler = published_sampler(max_iter=20, n_inner=10, random_state=0).fit(X)
    >>> sampler.sample(3, random_state=0).shape, round(sampler.first_time_, 9)
    ((3, 2), 1e-05)
    """
    sde = VP(schedule="geometric")
    times = published_times(sde, first_time, n_levels=n_levels, n_inner=n_inner)
    return DiffusionResidualSampler(
        sde,
        score_model=MLPScore(dropout=dropout),
        loss=DenoisingScoreMatching(
            weighting="unit", time_sampling="uniform", antithetic=False
        ),
        solver=EulerMaruyama(grid=times),
        prior="empirical",
        first_time=first_time,
        optimizer=Adam(beta2=0.999, max_norm=None, warmup=0, decay="constant"),
        max_iter=max_iter,
        batch_size=128,
        learning_rate=5e-3,
        ema_decay=0.0,
        early_stopping=False,
        match_moments=False,
        random_state=random_state,
    )
