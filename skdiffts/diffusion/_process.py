"""A trained model with all that drawing and evaluating it takes."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from skdiffts._progress import Progress
from skdiffts._seeding import draw_seed
from skdiffts._torch import BLOCK_ROWS, generator, to_numpy, to_tensor
from skdiffts.diffusion._denoiser import Denoiser
from skdiffts.diffusion._likelihood import FlowDensity
from skdiffts.diffusion._whitening import Whitening
from skdiffts.sde import BaseSDE
from skdiffts.solvers import BaseSolver

__all__ = ["DiffusionProcess"]


@dataclass(frozen=True, eq=False)
class DiffusionProcess:
    """Forward process, velocity, solver and prior, in the units of the data.

    Parameters
    ----------
    module : torch.nn.Module
        Velocity in whitened coordinates.
    whitening : Whitening
        Map to these coordinates.
    sde : BaseSDE
        Forward process.
    solver : BaseSolver
        Solver of the reverse-time equation.
    density : FlowDensity
        Integration of the log-density.
    prior : object
        Law of y at the lowest signal-to-noise ratio.
    log_snr_range : tuple of float
        Lowest and highest log signal-to-noise ratio.
    """

    module: torch.nn.Module
    whitening: Whitening
    sde: BaseSDE
    solver: BaseSolver
    density: FlowDensity
    prior: Any
    log_snr_range: tuple

    def sample(self, n_samples, rng, verbose=0):
        """Draw rows."""
        # A single block is over too soon to be worth a word.
        verbose *= n_samples > BLOCK_ROWS
        with Progress("sample", n_samples, verbose) as progress:
            u = self.draw_white(n_samples, rng, progress.advance)
        return self.whitening.inverse_transform(u)

    def draw_white(self, n_samples, rng, advance=None):
        """Draw whitened rows, in blocks of fixed size that have a seed each."""
        u = np.empty((n_samples, len(self.whitening.mean)))
        for block, seed in enumerate(draw_seed(rng, -(-n_samples // BLOCK_ROWS))):
            rows = slice(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS)
            u[rows] = self._draw(u[rows].shape, seed)
            if advance is not None:
                advance(len(u[rows]))
        return u

    def log_density(self, X):
        """Log-density of rows in float64, NaN for rows with NaN."""
        result = np.full(len(X), np.nan)
        known = ~np.isnan(X).any(axis=1)
        u = self.whitening.transform(X[known])
        density = self.density.log_density(
            self._double(), u, self.log_snr_range, self.prior
        )
        result[known] = density + self.whitening.log_jacobian(X[known])
        return result

    def score(self, X, t):
        """Gradient of log p_t at rows."""
        log_snr, scale = float(self.sde.log_snr(t)), float(self.sde.scale(t))
        center = self.sde.center
        y = to_tensor(center + (self.whitening.transform(X) - center) / scale)
        with torch.inference_mode():
            denoised = Denoiser(self._double())(y, log_snr)
        # x_t - c = m (y - c), and the score of y is (denoised - y) / noise-to-signal^2.
        score = to_numpy(denoised - y) * (np.exp(2.0 * log_snr) / scale)
        return self.whitening.pull_back(score, X)

    def _draw(self, shape, seed):
        """Whitened draws of one block."""
        rng = generator(seed)

        def draw_noise():
            # Single precision is four times as fast and fine enough for noise.
            return torch.randn(shape, generator=rng, dtype=torch.float32).double()

        start = self.prior.sample(draw_noise().numpy(), np.random.RandomState(seed))
        with torch.inference_mode():
            draws = self.solver.solve(
                Denoiser(self.module),
                self.sde,
                to_tensor(start),
                self.log_snr_range,
                draw_noise,
            )
        return to_numpy(draws)

    def _double(self):
        return copy.deepcopy(self.module).double()
