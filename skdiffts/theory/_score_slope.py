r"""Jacobian of a fitted score along the reverse process.

With :math:`z = \cos\theta\, y` and the Jacobian :math:`J_v` of the velocity, the score
of :math:`x_t` has the Jacobian :math:`-(\sin^2\theta + \sin\theta \cos\theta\, J_v) /
s(t)^2`. The numerator is bounded at all levels, and kept.
"""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.utils import check_random_state

from skdiffts._noise_level import cosine_sine
from skdiffts._seeding import draw_seed
from skdiffts._torch import generator, to_numpy
from skdiffts.theory._inputs import read_process
from skdiffts.theory._level_profile import LevelProfile
from skdiffts.theory._quadrature import check_count

__all__ = ["ScoreSlope", "lipschitz_constant", "log_concavity"]

# Halvings of the segments between points: enough for rounding to end the search.
N_HALVINGS = 40
PAIRS_PER_POINT = 4


@dataclass(frozen=True, eq=False)
class ScoreSlope(LevelProfile):
    """Lipschitz constant or log-concavity of a score, level by level.

    A function of time: ``slope(t)`` is the constant of the score of :math:`x_t` in
    whitened coordinates.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    log_snr : ndarray of shape (n_levels,)
        Rising log signal-to-noise ratios.
    relative : ndarray of shape (n_levels,)
        Constants times :math:`s(t)^2`.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.sde import VE
    >>> from skdiffts.theory import ScoreSlope
    >>> sde = VE(sigma_min=0.1, sigma_max=10.0, perturbed=True)
    >>> slope = ScoreSlope(sde, np.array([-2.0, 0.0, 2.0]), np.array([0.9, 0.5, 0.1]))
    >>> round(float(slope(0.5)), 12)
    0.5
    """

    @property
    def constants(self):
        """Constants at the levels."""
        return self.relative / np.square(self.sde.std(self.sde.time(self.log_snr)))

    @property
    def largest(self):
        """Largest constant: of Lipschitz constants the one that holds at all times."""
        return float(np.max(self.constants))

    @property
    def smallest(self):
        """Smallest constant: of concavities the one that holds at all times."""
        return float(np.min(self.constants))

    def __call__(self, t):
        """Constant of the score.

        Parameters
        ----------
        t : float or ndarray
            Diffusion time.

        Returns
        -------
        float or ndarray
            Constant in whitened coordinates.
        """
        relative, std = self._relative_at(t)
        return relative / np.square(std)


def lipschitz_constant(
    sampler, *, n_samples=64, n_levels=17, n_iterations=30, random_state=None
):
    r"""Estimate the Lipschitz constant of a sampler's score along the reverse process.

    .. math:: L(t) = \max_x \|\nabla \hat s(x, t)\|_2

    over points of paths of the reverse process and the steepest places between them, by
    power iteration on :math:`J^\top J`.

    Parameters
    ----------
    sampler : DiffusionResidualSampler or DiffusionProcess
        Fitted sampler, or its process.
    n_samples : int, default=64
        Paths.
    n_levels : int, default=17
        Levels, of those that the solver visits.
    n_iterations : int, default=30
        Steps of the power iteration.
    random_state : int, RandomState instance or None, default=None
        Seed of the paths and of the first vectors.

    Returns
    -------
    ScoreSlope
        Constants at the levels; :func:`paper_w2_bound` takes ``largest``.

    Raises
    ------
    TypeError
        If the sampler has no diffusion process.

    Notes
    -----
    A maximum over some points, reached from below: an estimate and no certificate. A
    path seldom crosses the steep places between modes. They are searched for on segments
    between points of the paths: of the two halves of a segment the one with the larger
    slope is kept, so that the slope never falls on the way.

    References
    ----------
    .. [1] A. Virmaux and K. Scaman, "Lipschitz regularity of deep neural networks:
       analysis and efficient estimation", NeurIPS 2018, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.scores import ScoreNetwork
    >>> from skdiffts.theory import lipschitz_constant
    >>> X = np.random.RandomState(0).standard_normal((50, 2))
    >>> sampler = DiffusionResidualSampler(
    ...     score_model=ScoreNetwork(width=8, base="gaussian"),
    ...     max_iter=1,
    ...     learning_rate=1e-12,
    ...     early_stopping=False,
    ... )
    >>> round(lipschitz_constant(sampler.fit(X), random_state=0).largest, 4)
    1.0
    """
    check_count(1, n_iterations=n_iterations)
    process, rng = read_process(sampler), check_random_state(random_state)
    points = _steep(process, _visited(process, n_samples, n_levels, rng), rng)
    vectors = generator(draw_seed(rng))

    def norm(velocity, z, level):
        vector = torch.randn(z.shape, generator=vectors, dtype=z.dtype)
        return _largest_norm(velocity, z, level, vector, n_iterations)

    return _profile(process, points, norm, np.max)


def log_concavity(sampler, *, n_samples=64, n_levels=17, random_state=None):
    r"""Estimate how log-concave the noised distributions of a sampler's score are.

    .. math:: \kappa(t) = -\max_x \lambda_{\max}\left(\tfrac12 (\nabla \hat s +
              \nabla \hat s^\top)(x, t)\right)

    over points of paths of the reverse process and the steepest places between them,
    from the exact Jacobian. A positive value means contraction; its negative estimates
    the slope that :func:`w2_bound` takes.

    Parameters
    ----------
    sampler : DiffusionResidualSampler or DiffusionProcess
        Fitted sampler, or its process.
    n_samples : int, default=64
        Paths.
    n_levels : int, default=17
        Levels, of those that the solver visits.
    random_state : int, RandomState instance or None, default=None
        Seed of the paths.

    Returns
    -------
    ScoreSlope
        Constants at the levels, negative where the score belongs to no log-concave
        distribution; ``smallest`` holds at all times.

    Raises
    ------
    TypeError
        If the sampler has no diffusion process.

    Notes
    -----
    A minimum over some points, reached from above: an estimate and no certificate. See
    :func:`lipschitz_constant` for the search.

    References
    ----------
    .. [1] A. Saumard and J. Wellner, "Log-concavity and strong log-concavity: a
       review", Statistics Surveys 8, 2014, definition 2.8.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.scores import ScoreNetwork
    >>> from skdiffts.theory import log_concavity
    >>> X = np.random.RandomState(0).standard_normal((50, 2))
    >>> sampler = DiffusionResidualSampler(
    ...     score_model=ScoreNetwork(width=8, base="gaussian"),
    ...     max_iter=1,
    ...     learning_rate=1e-12,
    ...     early_stopping=False,
    ... )
    >>> round(log_concavity(sampler.fit(X), random_state=0).smallest, 4)
    1.0
    """
    process, rng = read_process(sampler), check_random_state(random_state)
    points = _steep(process, _visited(process, n_samples, n_levels, rng), rng)
    return _profile(process, points, _least_slope, np.min)


def _visited(process, n_samples, n_levels, rng):
    """Points of the reverse process at some of the levels that the solver visits."""
    check_count(1, n_samples=n_samples)
    check_count(2, n_levels=n_levels)
    path = list(process.path(n_samples, rng).items())
    chosen = np.linspace(0, len(path) - 1, n_levels).round().astype(int)
    return [path[i] for i in np.unique(chosen)]


@torch.inference_mode(mode=False)
def _steep(process, points, rng):
    """Points at each level, and the ends of a search for steep places between them."""
    return [(level, _with_steep(process, level, z, rng)) for level, z in points]


@torch.no_grad()
def _with_steep(process, level, z, rng):
    """Points of one level, and the middles of segments halved towards the steeper half."""
    n = len(z)
    ends = rng.randint(n, size=(2, PAIRS_PER_POINT * n))
    left, right = z[ends[0]], z[ends[1]]
    apart = (left != right).any(dim=1)
    left, right = left[apart], right[apart]
    if len(left) == 0:
        return z
    share, slope = _shares(level)

    def force(points):
        # Minus the score of z, up to a factor.
        return share * points + slope * process.velocity(points, level)

    at_left, at_right = force(left), force(right)
    for _ in range(N_HALVINGS):
        middle = 0.5 * (left + right)
        at_middle = force(middle)
        step = middle - left
        falls_left = ((at_middle - at_left) * step).sum(dim=1, keepdim=True)
        falls_right = ((at_right - at_middle) * step).sum(dim=1, keepdim=True)
        take_left = falls_left <= falls_right
        right = torch.where(take_left, middle, right)
        at_right = torch.where(take_left, at_middle, at_right)
        left = torch.where(take_left, left, middle)
        at_left = torch.where(take_left, at_left, at_middle)
    return torch.cat([z, 0.5 * (left + right)])


# The caller may run under torch.no_grad or torch.inference_mode.
@torch.inference_mode(mode=False)
def _profile(process, points, measure, extreme):
    """Extreme over the points of a measure of the Jacobian, at each level."""
    extremes = []
    for level, z in points:
        z = z.requires_grad_(True)
        velocity = process.velocity(z, level)
        extremes.append(extreme(to_numpy(measure(velocity, z, level))))
    levels, values = np.array([level for level, _ in points]), np.array(extremes)
    # The ends exactly: a solver may round them, or not look at the last.
    low, high = process.log_snr_range
    inside = (levels > low) & (levels < high)
    relative = np.r_[values[0], values[inside], values[-1]]
    return ScoreSlope(process.sde, np.r_[low, levels[inside], high], relative)


def _largest_norm(velocity, z, level, vector, n_iterations):
    """Norm of sin^2 + sin cos J at each point."""
    share, slope = _shares(level)
    # The product with J is the derivative of that with its transpose.
    dummy = torch.zeros_like(z, requires_grad=True)
    [product] = torch.autograd.grad(velocity, z, dummy, create_graph=True)

    def forward(v):
        [jacobian_v] = torch.autograd.grad(product, dummy, v, retain_graph=True)
        return share * v + slope * jacobian_v

    def backward(v):
        [jacobian_v] = torch.autograd.grad(velocity, z, v, retain_graph=True)
        return share * v + slope * jacobian_v

    for _ in range(n_iterations):
        vector = _unit(backward(forward(_unit(vector))))
    return forward(vector).norm(dim=1)


def _least_slope(velocity, z, level):
    """Smallest eigenvalue of the symmetric part of sin^2 + sin cos J."""
    share, slope = _shares(level)
    columns = range(z.shape[1])
    rows = [
        torch.autograd.grad(velocity[:, j].sum(), z, retain_graph=True)[0]
        for j in columns
    ]
    jacobian = torch.stack(rows, dim=1)
    symmetric = 0.5 * (jacobian + jacobian.transpose(1, 2))
    return share + slope * torch.linalg.eigvalsh(symmetric)[:, 0]


def _unit(vector):
    return vector / vector.norm(dim=1, keepdim=True).clamp_min(1e-300)


def _shares(level):
    cosine, sine = cosine_sine(level)
    return sine**2, sine * cosine
