"""DiffusionProcess: a trained model with all that drawing and evaluating it takes."""

import copy
import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from skdiffts._noise_level import cosine_sine
from skdiffts._progress import Progress
from skdiffts._seeding import draw_seed
from skdiffts._torch import BLOCK_ROWS, generator, seeded_blocks, to_numpy, to_tensor
from skdiffts.process._flow_density import BaseFlowDensity
from skdiffts.process._noise_levels import draw_at_times, falling_times
from skdiffts.process._priors import BasePrior
from skdiffts.process._whitening import Whitening
from skdiffts.sde import BaseSDE
from skdiffts.solvers import BaseSolver

__all__ = ["DiffusionProcess"]


@dataclass(frozen=True, eq=False)
class DiffusionProcess:
    r"""Forward process, trained velocity, solver and prior, in the units of the data.

    A row x of the data is whitened to u, and u is noised to :math:`x_t = c + m(t)\, (u -
    c) + s(t)\, \xi` about the center c. Solver, prior and denoiser work in :math:`y = c +
    (x_t - c) / m(t)`, the velocity in :math:`z = \cos\theta\, y` with the angle
    :math:`\theta` of the noise level.

    Parameters
    ----------
    module : torch.nn.Module
        Velocity of the probability flow in whitened coordinates.
    whitening : Whitening
        Map from rows to these coordinates.
    sde : BaseSDE
        Forward process.
    solver : BaseSolver
        Solver of the reverse-time equation.
    density : BaseFlowDensity
        Integration of the log-density.
    prior : BasePrior
        Distribution of y at the lowest signal-to-noise ratio.
    log_snr_range : tuple of float
        Lowest and highest log signal-to-noise ratio.
    closed_form : bool, default=False
        Whether ``module.base``, which nothing corrects, gives draws and density
        instead of numerical solutions.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import DiffusionResidualSampler
    >>> X = np.random.RandomState(0).standard_normal((50, 2))
    >>> sampler = DiffusionResidualSampler(max_iter=2, early_stopping=False).fit(X)
    >>> process = sampler.process()
    >>> process.n_features, process.gamma
    (2, 1.0)
    >>> process.sample(3, np.random.RandomState(0)).shape
    (3, 2)
    """

    module: torch.nn.Module
    whitening: Whitening
    sde: BaseSDE
    solver: BaseSolver
    density: BaseFlowDensity
    prior: BasePrior
    log_snr_range: tuple
    closed_form: bool = False

    @property
    def n_features(self):
        """Number of columns."""
        return len(self.whitening.mean)

    @property
    def base(self) -> Any:
        """Distribution that the network corrects, with ``log_density`` and ``draw``."""
        return self.module.base

    @property
    def start(self):
        """Time of the first noise, at which the reverse process stops."""
        return float(self.sde.time(self.log_snr_range[1]))

    @property
    def unit(self):
        """Largest factor by which undoing the whitening stretches a distance.

        None where the columns are mapped non-linearly: it has no limit then.
        """
        if not self.whitening.affine:
            return None
        return float(np.linalg.norm(self.whitening.inverse, 2))

    @property
    def gamma(self):
        """Strength of the noise of the reverse equation that the solver solves.

        Raises
        ------
        ValueError
            If the solver solves no equation of the gamma family.
        """
        gamma = self.solver.gamma
        if gamma is None:
            raise ValueError(
                f"solver={self.solver!r} solves no equation of the gamma family; pass "
                "gamma, for the bounds of that equation."
            )
        return gamma

    @torch.inference_mode(mode=False)
    def in_double(self):
        """Copy of the process whose velocity works in double precision.

        Returns
        -------
        DiffusionProcess
            Process that shares all but the module.
        """
        return replace(self, module=copy.deepcopy(self.module).double().eval())

    def velocity(self, z, log_snr):
        """Velocity of the probability flow, differentiable in z.

        Parameters
        ----------
        z : torch.Tensor of shape (n_samples, n_features)
            Points in the coordinates of the network, see above.
        log_snr : float
            Log signal-to-noise ratio.

        Returns
        -------
        torch.Tensor of shape (n_samples, n_features)
            Velocity in the precision of z; the module computes it in its own.
        """
        tensors = itertools.chain(self.module.parameters(), self.module.buffers())
        dtype = next((t.dtype for t in tensors), torch.float32)
        level = torch.full((1, 1), log_snr, dtype=dtype)
        return self.module(z.to(dtype), level).to(z.dtype)

    def denoise(self, y, log_snr):
        """Posterior mean of the clean whitened row.

        Parameters
        ----------
        y : torch.Tensor of shape (n_samples, n_features)
            Values x / m(t).
        log_snr : float
            Log signal-to-noise ratio.

        Returns
        -------
        torch.Tensor of shape (n_samples, n_features)
            Posterior mean, in the precision of y.
        """
        cosine, sine = cosine_sine(log_snr)
        velocity = self.velocity(cosine * y, log_snr)
        return (cosine**2 * y).sub_(velocity, alpha=sine)

    def sample(self, n_samples, rng, verbose=0):
        """Draw rows.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        rng : numpy.random.RandomState
            Source of randomness.
        verbose : int, default=0
            Progress of more than one block of rows, as in
            :class:`skdiffts.DiffusionResidualSampler`.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Draws in the units of the data.
        """
        # A single block ends too soon to be worth a word.
        verbose *= n_samples > BLOCK_ROWS
        with Progress("sample", n_samples, verbose) as progress:
            u = self.sample_whitened(n_samples, rng, progress.advance)
        return self.whitening.inverse_transform(u)

    def sample_whitened(self, n_samples, rng, advance=None):
        """Draw whitened rows, in blocks of fixed size with a seed each.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        rng : numpy.random.RandomState
            Source of randomness.
        advance : callable, default=None
            Called with the number of rows of each block once they are drawn.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Draws in whitened coordinates.
        """
        u = np.empty((n_samples, self.n_features))
        for rows, seed in seeded_blocks(n_samples, rng):
            if self.closed_form:
                block = np.random.RandomState(seed)
                u[rows] = self.base.draw(len(u[rows]), block)
            else:
                draw_noise, y = self.begin(u[rows].shape, seed)
                u[rows] = self.solve(self.solver, y, self.log_snr_range, draw_noise)
            if advance is not None:
                advance(len(u[rows]))
        return u

    def sample_at_times(self, n_samples, rng, times=None):
        """Draw rows and show them at several diffusion times.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        rng : numpy.random.RandomState
            Source of randomness.
        times : array-like of shape (n_times,), default=None
            Falling times; None takes six at which the angle between signal and noise,
            arctan(s / m), is equally spaced.

        Returns
        -------
        times : ndarray of shape (n_times,)
            Diffusion times.
        draws : ndarray of shape (n_times, n_samples, n_features)
            The same rows at each time, in the units of the data.

        Raises
        ------
        ValueError
            If the times do not fall, or leave [0, 1].
        """
        times = falling_times(self, times)
        return times, draw_at_times(self, times, n_samples, rng)

    def begin(self, shape, seed):
        """Start of the reverse process for one block of rows.

        Parameters
        ----------
        shape : tuple of int
            Number of rows and of columns.
        seed : int
            Seed of all noise.

        Returns
        -------
        draw_noise : callable
            Returns standard normal noise, a tensor of this shape.
        y : ndarray of shape (n_samples, n_features)
            Draws from the prior.
        """
        rng = generator(seed)

        def draw_noise():
            # Single precision is four times as fast and fine enough for noise.
            return torch.randn(shape, generator=rng, dtype=torch.float32).double()

        noise = to_numpy(draw_noise())
        return draw_noise, self.prior.sample(noise, np.random.RandomState(seed))

    @torch.inference_mode()
    def solve(self, solver, y, log_snr_range, draw_noise):
        """Reverse process between two noise levels.

        Parameters
        ----------
        solver : BaseSolver
            Solver of the reverse-time equation.
        y : ndarray of shape (n_samples, n_features)
            Values at the lower log signal-to-noise ratio.
        log_snr_range : tuple of float
            Lower and higher ratio.
        draw_noise : callable
            Returns standard normal noise of the shape of y.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Values at the higher ratio.
        """
        y = to_tensor(y)
        return to_numpy(
            solver.solve(self.denoise, self.sde, y, log_snr_range, draw_noise)
        )

    @torch.inference_mode(mode=False)
    def path(self, n_samples, rng):
        """Points that the solver visits on paths of the reverse process.

        Parameters
        ----------
        n_samples : int
            Number of paths.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        dict of float to torch.Tensor of shape (n_samples, n_features)
            Points z by their log signal-to-noise ratio, lowest first.
        """
        seed = draw_seed(rng)
        noise, shape = generator(seed), (n_samples, self.n_features)
        visited = {}

        def draw_noise():
            return torch.randn(shape, generator=noise, dtype=torch.float64)

        def denoise(y, log_snr):
            visited[float(log_snr)] = cosine_sine(log_snr)[0] * y
            return self.denoise(y, log_snr)

        y = self.prior.sample(to_numpy(draw_noise()), np.random.RandomState(seed))
        with torch.no_grad():
            self.solver.solve(
                denoise, self.sde, to_tensor(y), self.log_snr_range, draw_noise
            )
        return dict(sorted(visited.items()))

    @torch.inference_mode(mode=False)
    def log_density(self, X):
        """Log-density of rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Rows in the units of the data.

        Returns
        -------
        ndarray of shape (n_samples,)
            Log-density in nats, in float64; NaN for rows with NaN.
        """
        result = np.full(len(X), np.nan)
        known = ~np.isnan(X).any(axis=1)
        u = self.whitening.transform(X[known])
        if self.closed_form:
            density = self.base.log_density(u)
        else:
            for_density = getattr(self.module, "for_density", None)
            module = for_density() if for_density else self.in_double().module
            density = self.density.log_density(
                module, u, self.log_snr_range, self.prior
            )
        result[known] = density + self.whitening.log_jacobian(X[known])
        return result

    def score_function(self, X, t):
        """Score of the noised distribution.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Points, in the units of the data.
        t : float
            Diffusion time in (0, 1].

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Gradient of log p_t.
        """
        log_snr, scale = float(self.sde.log_snr(t)), float(self.sde.scale(t))
        center = self.sde.center
        y = to_tensor(center + (self.whitening.transform(X) - center) / scale)
        with torch.inference_mode():
            denoised = self.in_double().denoise(y, log_snr)
        # x_t - c = m (y - c), and the score of y is (denoised - y) / noise-to-signal^2.
        score = to_numpy(denoised - y) * (np.exp(2.0 * log_snr) / scale)
        return self.whitening.pull_back(score, X)
