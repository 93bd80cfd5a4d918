"""Law from which the reverse process starts."""

import numpy as np
from scipy.special import logsumexp

__all__ = ["PRIORS"]


class MatchedPrior:
    """Gaussian with the mean and the covariance of the noised data."""

    def __init__(self, data, log_snr, center):
        self.mean = data.mean(axis=0)
        noise = np.exp(-2.0 * log_snr) * np.eye(data.shape[1])
        covariance = np.atleast_2d(np.cov(data.T, bias=True)) + noise
        self.factor = np.linalg.cholesky(covariance)
        self.log_det = np.log(np.diagonal(self.factor)).sum()

    def sample(self, noise, rng):
        """Draw y, given standard normal noise."""
        return self.mean + noise @ self.factor.T

    def log_density(self, y):
        """Log-density of y."""
        whitened = np.linalg.solve(self.factor, (y - self.mean).T)
        d = y.shape[1]
        energy = (whitened**2).sum(axis=0)
        return -0.5 * energy - self.log_det - 0.5 * d * np.log(2.0 * np.pi)


class StandardPrior(MatchedPrior):
    """N(c, s^2 I) in x about the center c of the process, whatever the data."""

    def __init__(self, data, log_snr, center):
        d = data.shape[1]
        self.mean = np.full(d, center)
        self.factor = np.exp(-log_snr) * np.eye(d)
        self.log_det = -d * log_snr


class EmpiricalPrior:
    """Noised training rows."""

    def __init__(self, data, log_snr, center):
        self.data = data
        self.log_snr = log_snr

    def sample(self, noise, rng):
        """Draw y from noised training rows, taken with replacement."""
        rows = self.data[rng.randint(len(self.data), size=len(noise))]
        return rows + np.exp(-self.log_snr) * noise

    def log_density(self, y):
        """Log-density of y under the mixture over all training rows."""
        n, d = self.data.shape
        precision = np.exp(2.0 * self.log_snr)
        result = np.empty(len(y))
        size = max(1, 2**22 // (n * d))
        for start in range(0, len(y), size):
            rows = slice(start, start + size)
            difference = y[rows, np.newaxis] - self.data
            energy = precision * np.einsum("qnd,qnd->qn", difference, difference)
            result[rows] = logsumexp(-0.5 * energy, axis=1)
        return result - np.log(n) + d * self.log_snr - 0.5 * d * np.log(2.0 * np.pi)


PRIORS = {
    "matched": MatchedPrior,
    "standard": StandardPrior,
    "empirical": EmpiricalPrior,
}
