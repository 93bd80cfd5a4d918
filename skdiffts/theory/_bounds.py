"""All bounds of a fitted sampler at once."""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.utils import check_random_state

from skdiffts.process import BaseGaussianPrior
from skdiffts.theory._certified_slope import CertifiedSlope, certified_slope
from skdiffts.theory._inputs import read_process
from skdiffts.theory._kullback_leibler import KLBound, kl_bound, tv_from_kl
from skdiffts.theory._prior import mixture_kl, mixture_w2
from skdiffts.theory._reference import read_reference
from skdiffts.theory._score_error import ScoreError, measure
from skdiffts.theory._score_slope import ScoreSlope, log_concavity
from skdiffts.theory._total_variation import TVBound, tv_bound
from skdiffts.theory._wasserstein import (
    W2Bound,
    W2Estimate,
    free_w2_bound,
    w2_bound,
)

__all__ = ["Bounds", "bounds"]


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds of the distance between the distributions of the draws and of the data.

    Parameters
    ----------
    total_variation : TVBound
        Total variation by Girsanov's theorem, see :func:`tv_bound`.
    kullback_leibler : KLBound
        Kullback-Leibler divergence, see :func:`kl_bound`.
    wasserstein : W2Bound
        Wasserstein distance in the units of the data, with the sampler's ``lam``, see
        :func:`w2_bound`. It takes the certified slope, and is infinite without one.
    free_wasserstein : W2Bound
        The same without a lambda, see :func:`free_w2_bound`: never larger.
    wasserstein_estimate : W2Estimate
        Right-hand side of the first with an estimated slope. It may be too small.
    free_wasserstein_estimate : W2Estimate
        Right-hand side of the second with an estimated slope. It may be too small.
    score_error : ScoreError
        Error of the score in whitened coordinates; ``score_error.exact`` tells whether
        the true score is known; if not, it is an upper bound.
    log_concavity : ScoreSlope
        Estimated log-concavity of the model in whitened coordinates.
    slope : CertifiedSlope or None
        Certified slope of the model's score, for a Gaussian mixture in closed form; None
        where there is none, as for a network.
    unit : float or None
        Largest factor by which undoing the whitening stretches a distance. It is in the
        Wasserstein bounds; the others do not change with the coordinates. None where
        the sampler maps the columns non-linearly (``column_map``): there is no such
        factor then, and the Wasserstein bounds are in whitened coordinates.

    Examples
    --------
    >>> from dataclasses import fields
    >>> from skdiffts.theory import Bounds
    >>> [field.name for field in fields(Bounds)][:2]
    ['total_variation', 'kullback_leibler']
    """

    total_variation: TVBound
    kullback_leibler: KLBound
    wasserstein: W2Bound
    free_wasserstein: W2Bound
    wasserstein_estimate: W2Estimate
    free_wasserstein_estimate: W2Estimate
    score_error: ScoreError
    log_concavity: ScoreSlope
    slope: CertifiedSlope | None
    unit: float | None


def bounds(
    sampler,
    X,
    *,
    empirical=False,
    gamma=None,
    n_draws=1024,
    n_levels=33,
    n_paths=64,
    random_state=None,
):
    r"""Bound the distance between the distributions of a fitted sampler and of data.

    The initial mismatch comes from the distribution of X and the prior, the score
    error from :func:`score_error`, the contraction of the reverse process from
    :func:`log_concavity`; then :func:`kl_bound`, :func:`tv_bound`, :func:`w2_bound` and
    :func:`free_w2_bound` are evaluated from the sampler's first noise, at
    :math:`\tilde\sigma` in whitened coordinates, to t = 1.

    Parameters
    ----------
    sampler : DiffusionResidualSampler or DiffusionProcess
        Fitted sampler, whose ``lam`` is the lambda of the Wasserstein bound; or a
        process, for which lambda is the minimiser.
    X : array-like, frame, 3-D array, list of 2-D arrays or GaussianMixture
        Rows that the sampler has not seen, or a fitted mixture that is the distribution
        of the data, in their units.
    empirical : bool, default=False
        Whether rows *are* the distribution, and not a sample of an unknown one.
    gamma : float, default=None
        Strength of the noise of the reverse equation; None is the solver's.
    n_draws : int, default=1024
        Draws for the score error and for the initial mismatch of a mixture.
    n_levels : int, default=33
        Levels for the score error.
    n_paths : int, default=64
        Paths of the reverse process along which the log-concavity is estimated.
    random_state : int, RandomState instance or None, default=None
        Seed of draws and paths.

    Returns
    -------
    Bounds
        Bounds with their terms and inputs.

    Raises
    ------
    TypeError
        If the sampler has no diffusion process.
    ValueError
        If the solver is not of the gamma family and ``gamma`` is None, or X does not fit
        the sampler.

    Notes
    -----
    The bounds are about the reverse equation solved exactly, with the score that the
    sampler has. Total variation and divergence compare distributions at the first
    noise; for the probability flow (gamma = 0) they are infinite. The Wasserstein
    bounds add the distance :math:`\tilde\sigma \sqrt d` from there to the data.

    A Wasserstein bound needs the largest slope of the score over all points. It is
    known for a Gaussian mixture (:class:`skdiffts.scores.GaussianMixtureScore`); for a
    network no finite number is certified, and the bound is infinite. The estimates take
    the steepest place that a search has found: with modes far apart they may still be
    below the distance, and where they are not they are seldom useful. Total variation
    and divergence need no slope.

    For a sample of an unknown distribution the score error is the denoising error, most
    of which no model can avoid: all bounds are then far too large, but the score term of
    the divergence still differs from the true one by the same number for all samplers.
    For numbers that mean something by themselves pass a mixture. The initial mismatch of
    rows is bounded as if each were a distribution of its own; of a mixture, estimated.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.scores import ScoreNetwork
    >>> from skdiffts.theory import bounds
    >>> X = np.random.RandomState(0).standard_normal((500, 2))
    >>> sampler = DiffusionResidualSampler(
    ...     score_model=ScoreNetwork(width=8, base="gaussian"),
    ...     max_iter=1,
    ...     learning_rate=1e-12,
    ...     early_stopping=False,
    ... )
    >>> target = GaussianMixture(random_state=0).fit(X)
    >>> result = bounds(sampler.fit(X), target, random_state=0)
    >>> result.total_variation.total < 0.05
    True
    >>> result.wasserstein.total, result.wasserstein_estimate.value < 0.1
    (inf, True)
    """
    process = read_process(sampler)
    gamma = process.gamma if gamma is None else gamma
    rng = check_random_state(random_state)
    target = read_reference(sampler, process, X, empirical)
    error = measure(process, target, n_draws, n_levels, rng)
    concavity = log_concavity(process, n_samples=n_paths, random_state=rng)
    prior_kl, prior_w2 = _initial_mismatch(process, target, n_draws, rng)
    common = {"gamma": gamma, "start": process.start}
    coupling = {
        # From y = x / m to x, in which the process runs.
        "prior_w2": float(process.sde.scale(1.0)) * prior_w2,
        "lam": getattr(sampler, "lam", None),
        **common,
    }
    slope = certified_slope(process)
    bound, free_bound = _wasserstein(process, error, slope, **coupling)
    estimates = _wasserstein(process, error, lambda t: -concavity(t), **coupling)
    estimate, free_estimate = (_as_estimate(result) for result in estimates)
    return Bounds(
        total_variation=tv_bound(
            process.sde, error, prior_tv=tv_from_kl(prior_kl), **common
        ),
        kullback_leibler=kl_bound(process.sde, error, prior_kl=prior_kl, **common),
        wasserstein=bound,
        free_wasserstein=free_bound,
        wasserstein_estimate=estimate,
        free_wasserstein_estimate=free_estimate,
        score_error=error,
        log_concavity=concavity,
        slope=slope,
        unit=process.unit,
    )


def _wasserstein(process, error, slope, *, lam, **coupling):
    """Bound with a lambda and bound without, in the units of the data."""
    if slope is None or not np.isfinite(slope(process.start)):
        nothing = W2Bound(np.inf, np.inf, np.inf, 0.0, lam)
        return nothing, replace(nothing, lam=None)
    sde, coupling = process.sde, {"slope": slope, **coupling}
    return (
        _in_units(process, w2_bound(sde, error, lam=lam, **coupling)),
        _in_units(process, free_w2_bound(sde, error, **coupling)),
    )


def _as_estimate(bound):
    """Rename a bound to what it is with an estimated slope."""
    terms = {k: v for k, v in vars(bound).items() if k != "total"}
    return W2Estimate(value=bound.total, **terms)


def _initial_mismatch(process, target, n_draws, rng):
    """KL and W2 between noised target and prior, both of y, or bounds of them."""
    noise2 = np.exp(-2.0 * process.log_snr_range[0])
    noised = target.covariances + noise2 * np.eye(process.n_features)
    prior = process.prior
    is_gaussian = isinstance(prior, BaseGaussianPrior)
    if is_gaussian:
        moments = prior.mean, prior.covariance
        divergence = mixture_kl(target.weights, target.means, noised, *moments)
        distance = mixture_w2(target.weights, target.means, noised, *moments)
    else:
        # Any coupling of the two couples noised rows and noised distribution.
        squared = target.squared_distance(prior.data)
        divergence, distance = 0.5 * squared / noise2, np.sqrt(squared)
    if target.known and len(target.weights) > 1:
        # What is in closed form takes no account of the components' overlap.
        estimate = _divergence_from_prior(process, target, noise2, n_draws, rng)
        divergence = min(divergence, estimate)
    if is_gaussian:
        # Talagrand's inequality for a Gaussian prior.
        transport = np.sqrt(2.0 * np.linalg.norm(prior.covariance, 2) * divergence)
        distance = min(distance, transport)
    return float(divergence), float(distance)


def _divergence_from_prior(process, target, noise2, n_draws, rng):
    """Unbiased estimate of KL(p_1 | prior), every term of which is at least zero."""
    clean = target.draw(n_draws, rng)
    noise = np.sqrt(noise2) * rng.standard_normal(clean.shape)
    y = np.concatenate([clean + noise, clean - noise])
    log_ratio = process.prior.log_density(y) - target.noised_log_density(y, noise2)
    return np.mean(np.expm1(log_ratio) - log_ratio)


def _in_units(process, bound):
    """Bound for the data in their units, from one for x at the first noise."""
    unit = 1.0 if process.unit is None else process.unit
    factor = unit / float(process.sde.scale(process.start))
    noise = np.exp(-process.log_snr_range[1])
    truncation = float(unit * noise * np.sqrt(process.n_features))
    return replace(
        bound,
        total=factor * bound.total + truncation,
        initial=factor * bound.initial,
        score=factor * bound.score,
        truncation=truncation,
    )
