"""Error of a fitted score in sup-norms, against a distribution that is known."""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.utils import check_random_state

from skdiffts._noise_level import cosine_sine
from skdiffts._torch import to_numpy
from skdiffts.theory._inputs import read_process
from skdiffts.theory._level_profile import LevelProfile
from skdiffts.theory._quadrature import check_count
from skdiffts.theory._reference import draws_and_levels, read_reference
from skdiffts.theory._score_error import noise_gap

__all__ = ["SupScoreError", "sup_score_error"]

# Starts of the search at each level, the draws with the largest errors, and its first step
# in units of z, of which every direction has a spread of about one.
N_STARTS = 32
FIRST_STEP = 0.5


@dataclass(frozen=True, eq=False)
class SupScoreError(LevelProfile):
    r"""Sup-norms of the error of a score, level by level.

    A function of time: ``error(t)`` is the largest error :math:`|\hat s - s|` of the score of
    :math:`x_t` that was found, in whitened coordinates.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    log_snr : ndarray of shape (n_levels,)
        Rising log signal-to-noise ratios.
    relative : ndarray of shape (n_levels,)
        Largest errors of the predicted noise.
    expected : ndarray of shape (n_levels,)
        Expectation, under the true distribution, of the largest error over the columns of
        the predicted noise.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.sde import VE
    >>> from skdiffts.theory import SupScoreError
    >>> levels = np.array([-2.0, 0.0])
    >>> error = SupScoreError(VE(), levels, np.array([0.1, 0.5]), np.array([0.1, 0.2]))
    >>> round(error.largest, 12), round(error.largest_expected, 12)
    (0.5, 0.2)
    """

    expected: np.ndarray

    @property
    def largest(self):
        """Largest error over points and levels: epsilon of an error in L-infinity."""
        return float(np.max(self.relative / self._std))

    @property
    def largest_expected(self):
        """Largest expectation of the maximum over columns: assumption 2 of the paper."""
        return float(np.max(self.expected / self._std))

    @property
    def _std(self):
        """Spread s(t) at the levels."""
        return self.sde.std(self.sde.time(self.log_snr))

    def __call__(self, t):
        """Largest error that was found.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time.

        Returns
        -------
        float or ndarray
            Error in whitened coordinates.
        """
        relative, std = self._relative_at(t)
        return relative / std


def sup_score_error(
    sampler,
    reference,
    *,
    empirical=False,
    n_draws=1024,
    n_levels=17,
    n_steps=60,
    random_state=None,
):
    r"""Search for the largest error of a sampler's score over all points.

    .. math:: \epsilon_\infty(t) = \sup_x |\hat s(x, t) - \nabla\log p_t(x)|, \qquad
              \epsilon_2(t) = E_{p_t} \max_j |\hat s_j - \partial_j \log p_t|

    Parameters
    ----------
    sampler : DiffusionResidualSampler or DiffusionProcess
        Fitted sampler, or its process.
    reference : GaussianMixture, or array-like, frame, 3-D array or list of 2-D arrays
        Distribution of the data, in their units: a fitted scikit-learn mixture, or rows
        with ``empirical=True``.
    empirical : bool, default=False
        Whether rows are the distribution, each with equal weight.
    n_draws : int, default=1024
        Draws, from the worst of which the search starts.
    n_levels : int, default=17
        Levels, at equal distances in the range in which the sampler works.
    n_steps : int, default=60
        Steps of the ascent.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Returns
    -------
    SupScoreError
        Errors at each level, in whitened coordinates.

    Raises
    ------
    ValueError
        If the true score is not known.

    Notes
    -----
    What the search finds is a lower bound of the supremum, which is infinite wherever the
    two scores part without limit, as the scores of two Gaussians of different covariance do
    far from the data. It then grows with ``n_steps``. For two distributions that differ by
    a shift it is exact. The expectation, an estimate, is always finite.

    References
    ----------
    .. [1] "Generative Diffusion Models for High-Dimensional Time Series", OpenReview
       N4xPiyv6fN, 2025, assumption 2 (the expectation).
    .. [2] W. Tang and H. Zhao, "Score-based diffusion models via stochastic
       differential equations: a technical tutorial", arXiv:2402.07487 (the supremum).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.scores import EmpiricalScore
    >>> from skdiffts.theory import sup_score_error
    >>> X = np.random.RandomState(0).standard_normal((50, 2))
    >>> sampler = DiffusionResidualSampler(score_model=EmpiricalScore(), max_iter=1)
    >>> sampler.set_params(early_stopping=False).fit(X)
    DiffusionResidualSampler(...)
    >>> error = sup_score_error(
    ...     sampler, X, empirical=True, n_draws=50, n_levels=3, random_state=0
    ... )
    >>> bool(error.relative.max() < 1e-3)
    True
    """
    check_count(0, n_steps=n_steps)
    process = read_process(sampler)
    target = read_reference(sampler, process, reference, empirical)
    if not target.known:
        raise ValueError(
            "the rows of reference are a sample of an unknown distribution, whose score "
            "is unknown; pass a mixture, or empirical=True."
        )
    rng = check_random_state(random_state)
    clean, noise, levels = draws_and_levels(process, target, n_draws, n_levels, rng)
    largest, expected = np.empty(n_levels), np.empty(n_levels)
    for i, level in enumerate(levels):
        cosine, sine = cosine_sine(level)
        z = cosine * clean + sine * noise
        with torch.no_grad():
            gap = noise_gap(process, target, z, level)
        size = gap.norm(dim=1)
        worst = z[size.topk(min(N_STARTS, n_draws)).indices]
        found = _ascend(process, target, worst, level, n_steps)
        largest[i] = max(float(size.max()), found)
        expected[i] = to_numpy(gap.abs().amax(dim=1)).mean()
    return SupScoreError(process.sde, levels, largest, expected)


@torch.inference_mode(mode=False)
def _ascend(process, target, z, level, n_steps):
    """Largest error on ascents from points; a step that does not pay is halved."""
    z = z.clone()
    best, slope = _size_and_slope(process, target, z, level)
    step = torch.full((len(z), 1), FIRST_STEP, dtype=z.dtype)
    for _ in range(n_steps):
        length = slope.norm(dim=1, keepdim=True)
        moved = z + step * slope / length.clamp_min(1e-300)
        size, moved_slope = _size_and_slope(process, target, moved, level)
        better = (size > best)[:, None]
        z, slope = (
            torch.where(better, moved, z),
            torch.where(better, moved_slope, slope),
        )
        best = torch.maximum(size, best)
        step = torch.where(better, 1.5 * step, 0.5 * step)
    return float(best.max())


def _size_and_slope(process, target, z, level):
    """Size of the error at points and its gradient."""
    with torch.enable_grad():
        points = z.detach().requires_grad_(True)
        size = noise_gap(process, target, points, level).norm(dim=1)
        [slope] = torch.autograd.grad(
            size.sum(), points, materialize_grads=True, allow_unused=True
        )
    # At an error of zero the norm has no gradient.
    return size.detach(), slope.nan_to_num(0.0)
