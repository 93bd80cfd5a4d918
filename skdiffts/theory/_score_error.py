r"""Error of a fitted score, against a distribution that is known or against data.

At every level the model predicts the noise of :math:`y = x_0 + \tilde\sigma \xi`, and
:math:`\int g^2 E|\hat s - s|^2 dt = 2 \int E|\hat\xi - E[\xi | y]|^2 d\lambda` whatever
the process.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.integrate import trapezoid
from sklearn.utils import check_random_state

from skdiffts._noise_level import cosine_sine
from skdiffts._torch import to_numpy
from skdiffts.theory._inputs import read_process
from skdiffts.theory._level_profile import LevelProfile
from skdiffts.theory._reference import draws_and_levels, read_reference

__all__ = ["ScoreError", "measure", "noise_gap", "score_error"]


@dataclass(frozen=True, eq=False)
class ScoreError(LevelProfile):
    r"""Error of a score model under a reference distribution, level by level.

    A function of time: ``error(t)`` is the root mean squared error of the score of
    :math:`x_t` in whitened coordinates, :math:`\sqrt{e(\lambda)} / s(t)` with the error
    e of the noise, as :func:`kl_bound`, :func:`tv_bound` and :func:`w2_bound` take it.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    log_snr : ndarray of shape (n_levels,)
        Rising log signal-to-noise ratios.
    relative : ndarray of shape (n_levels,)
        Mean squared errors of the predicted noise.
    standard_error : float
        Standard error of :attr:`total`, from the draws; where rows are a sample of an
        unknown distribution, draws of one row count as one.
    exact : bool
        Whether the score of the reference is known; if not, the error includes what no
        model can predict, and is an upper bound.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.sde import VE
    >>> from skdiffts.theory import ScoreError
    >>> levels = np.array([-2.0, 0.0, 2.0])
    >>> error = ScoreError(VE(), levels, np.array([0.0, 0.5, 1.0]), 0.01, True)
    >>> error.total
    2.0
    """

    standard_error: float
    exact: bool

    @property
    def total(self):
        """Integral over the levels, in nats: what it adds to the divergence."""
        return float(trapezoid(self.relative, self.log_snr))

    @property
    def largest(self):
        """Largest root mean squared error of the score over the levels."""
        times = self.sde.time(self.log_snr)
        return float(np.max(np.sqrt(self.relative) / self.sde.std(times)))

    def __call__(self, t):
        """Root mean squared error of the score.

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
        return np.sqrt(relative) / std


def score_error(
    sampler,
    reference,
    *,
    empirical=False,
    n_draws=1024,
    n_levels=33,
    random_state=None,
):
    r"""Measure the error of a sampler's score.

    .. math:: e(\lambda) = E|\hat\xi(y) - E[\xi | y]|^2, \qquad
              y = x_0 + e^{-\lambda} \xi

    Parameters
    ----------
    sampler : DiffusionResidualSampler or DiffusionProcess
        Fitted sampler, or its process.
    reference : GaussianMixture, or array-like, frame, 3-D array or list of 2-D arrays
        Distribution of :math:`x_0`, in the units of the data: a fitted scikit-learn
        mixture, or rows. Rows that the sampler was fitted to make it look better than
        it is.
    empirical : bool, default=False
        Whether rows *are* the distribution, each with equal weight. If not, they are a
        sample of an unknown one, :math:`E[\xi | y]` gives way to :math:`\xi`, and the
        error is an upper bound: the denoising error, which even the true score does not
        bring to zero. It still ranks models as the true error does.
    n_draws : int, default=1024
        Draws of :math:`x_0` and pairs of opposite noise, the same at each level.
    n_levels : int, default=33
        Levels, at equal distances in the range in which the sampler works.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Returns
    -------
    ScoreError
        Error at each level, in whitened coordinates, with its standard error and whether
        it is exact.

    Raises
    ------
    TypeError
        If the sampler has no diffusion process.
    ValueError
        If the reference is a mixture of another dimension, or has less than two rows.

    References
    ----------
    .. [1] Y. Song et al., "Maximum Likelihood Training of Score-Based Diffusion
       Models", NeurIPS 2021, theorem 1.
    .. [2] P. Vincent, "A Connection Between Score Matching and Denoising
       Autoencoders", Neural Computation 23, 2011, eq. (11) (the upper bound).

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.scores import EmpiricalScore
    >>> from skdiffts.theory import score_error
    >>> X = np.random.RandomState(0).standard_normal((50, 2))
    >>> sampler = DiffusionResidualSampler(score_model=EmpiricalScore(), max_iter=1)
    >>> sampler.set_params(early_stopping=False).fit(X)
    DiffusionResidualSampler(...)
    >>> error = score_error(sampler, X, empirical=True, random_state=0)
    >>> error.exact, round(error.total, 6)
    (True, 0.0)
    """
    process = read_process(sampler)
    target = read_reference(sampler, process, reference, empirical)
    return measure(process, target, n_draws, n_levels, check_random_state(random_state))


def measure(process, target, n_draws, n_levels, rng):
    """Error of the score under a distribution that has been read."""
    clean, noise, levels = draws_and_levels(process, target, n_draws, n_levels, rng)
    with torch.no_grad():
        errors = np.array(
            [_errors(process, target, clean, noise, level) for level in levels]
        )
    integrals = trapezoid(errors, levels, axis=0)
    # Rows that are but a sample tell no more for being drawn again.
    n_units = n_draws if target.known else min(n_draws, len(target.means))
    return ScoreError(
        sde=process.sde,
        log_snr=levels,
        relative=errors.mean(axis=1),
        standard_error=_standard_error(integrals, n_units),
        exact=target.known,
    )


def _standard_error(values, n_units):
    """Estimate the error of the mean of values, each n_units-th of which is one unit."""
    units = np.arange(len(values)) % n_units
    sums = np.bincount(units, weights=values - values.mean())
    return float(np.sqrt(n_units / (n_units - 1) * (sums @ sums)) / len(values))


def _errors(process, target, clean, noise, level):
    """Squared error of the predicted noise of each draw, over a pair of noises."""
    cosine, sine = cosine_sine(level)
    pair = torch.cat([noise, -noise])
    z = cosine * clean.repeat(2, 1) + sine * pair
    if target.known:
        gap = noise_gap(process, target, z, level)
    else:
        velocity = cosine * pair - sine * clean.repeat(2, 1)
        gap = cosine * (process.velocity(z, level) - velocity)
    return to_numpy(gap.square().sum(dim=1).view(2, -1).mean(dim=0))


def noise_gap(process, target, z, level):
    """Error of the predicted noise at points, under a known distribution.

    Parameters
    ----------
    process : DiffusionProcess
        Process that is judged.
    target : reference
        Distribution with a ``velocity``.
    z : torch.Tensor of shape (n_samples, n_features)
        Points.
    level : float
        Log signal-to-noise ratio.

    Returns
    -------
    torch.Tensor of shape (n_samples, n_features)
        Error: cos(angle) times the error of the velocity.
    """
    cosine, _ = cosine_sine(level)
    return cosine * (process.velocity(z, level) - target.velocity(z, level))
