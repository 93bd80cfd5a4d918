"""What the bounds need of a fitted sampler: the one place that knows its inside."""

import copy

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from skdiffts._paths import check_paths
from skdiffts._seeding import draw_seed
from skdiffts._torch import generator, to_numpy, to_tensor

__all__ = ["FittedProcess"]


class FittedProcess:
    """Trained model and forward process of a sampler, in whitened coordinates.

    Parameters
    ----------
    sampler : DiffusionResidualSampler
        Fitted sampler.
    """

    def __init__(self, sampler):
        check_is_fitted(sampler)
        if not hasattr(sampler, "_process"):
            raise TypeError(
                f"sampler={sampler!r} has no diffusion process; pass a fitted "
                "DiffusionResidualSampler."
            )
        process = sampler._current_process()
        self.sampler = sampler
        self.sde, self.solver, self.prior = process.sde, process.solver, process.prior
        self.whitening = process.whitening
        self.log_snr_range = process.log_snr_range
        self.module = copy.deepcopy(process.module).double().eval()

    @property
    def start(self):
        """Time of the first noise, at which the reverse process stops."""
        return float(self.sde.time(self.log_snr_range[1]))

    @property
    def n_features(self):
        """Dimension."""
        return len(self.whitening.mean)

    @property
    def affine(self):
        """Whether the whitening is a linear map and a shift, by trial."""
        probe = 3.0 * np.random.RandomState(0).standard_normal((16, self.n_features))
        shift = probe @ self.whitening.inverse
        mapped = self.whitening.inverse_transform(probe) - self.whitening.mean
        return np.allclose(mapped, shift, atol=1e-9 * np.abs(shift).max())

    @property
    def unit(self):
        """Largest factor by which a distance grows on its way to the data's units.

        None where the columns are mapped non-linearly: it has no limit then.
        """
        return float(np.linalg.norm(self.whitening.inverse, 2)) if self.affine else None

    @property
    def gamma(self):
        """Strength of the noise of the reverse equation that the solver solves."""
        gamma = self.solver.gamma
        if gamma is None:
            raise ValueError(
                f"solver={self.solver!r} solves no equation of the gamma family; pass "
                "gamma, for the bounds of that equation."
            )
        return gamma

    def rows(self, X):
        """Whitened rows that are not all NaN."""
        rows = check_paths(self.sampler, X, reset=False, allow_nan_rows=True).values
        rows = rows[~np.isnan(rows).all(axis=1)]
        if len(rows) < 2:
            raise ValueError(
                f"X has {len(rows)} rows of numbers; pass at least 2 to judge a law by."
            )
        return self.whitening.transform(rows)

    def gaussian(self, mean, covariance):
        """Whitened moments of a law given in the units of the data."""
        if not self.affine:
            raise ValueError(
                "reference is a mixture, but the sampler maps the columns non-linearly, "
                "which makes another law of it; pass rows."
            )
        matrix = self.whitening.matrix
        return self.whitening.transform(mean), matrix.T @ covariance @ matrix

    def prior_moments(self):
        """Mean and covariance of a Gaussian prior of y; None for noised rows."""
        factor = getattr(self.prior, "factor", None)
        return None if factor is None else (self.prior.mean, factor @ factor.T)

    def prior_rows(self):
        """Rows whose noised law is the prior."""
        return self.prior.data

    def velocity(self, z, level):
        """Velocity at z, float64, at one log signal-to-noise ratio."""
        return self.module(z, torch.full((1, 1), level, dtype=torch.float64))

    def path(self, n_samples, rng):
        """Points z of the reverse process at the levels it visits, lowest first."""
        seed = draw_seed(rng)
        noise, shape = generator(seed), (n_samples, self.n_features)
        visited = {}

        def draw_noise():
            return torch.randn(shape, generator=noise, dtype=torch.float64)

        def denoise(y, level):
            angle = np.arctan(np.exp(-level))
            z = float(np.cos(angle)) * y
            visited[float(level)] = z.clone()
            velocity = self.velocity(z, level)
            return float(np.cos(angle)) * z - float(np.sin(angle)) * velocity

        y = self.prior.sample(to_numpy(draw_noise()), np.random.RandomState(seed))
        with torch.no_grad():
            self.solver.solve(
                denoise, self.sde, to_tensor(y), self.log_snr_range, draw_noise
            )
        return dict(sorted(visited.items()))
