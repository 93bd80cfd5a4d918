"""Residual network that learns the velocity."""

import copy
import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import ClassVar

import torch
from sklearn.base import clone
from sklearn.mixture import GaussianMixture
from torch import nn

from skdiffts._torch import to_numpy
from skdiffts._validation import Interval, StrOptions
from skdiffts.scores._base import BaseScoreModel
from skdiffts.scores._base_distribution import (
    distribution_by_bic,
    gaussian_velocity,
    likeliest_distribution,
    mixture_velocity,
)
from skdiffts.scores._column_choice import likeliest_column_map
from skdiffts.scores._dropout import drop_units
from skdiffts.scores._jacobian_trace import correction_and_trace
from skdiffts.scores._layers import linear

__all__ = ["ScoreNetwork", "VelocityNetwork"]

# Columns from which the density's network works in single precision.
MANY_COLUMNS = 32


@dataclass(kw_only=True, repr=False, eq=False)
class ScoreNetwork(BaseScoreModel):
    """Residual multilayer perceptron that corrects the score of a classical distribution.

    The last layer starts at zero, so that the untrained network is the exact score model
    of the base distribution. If training does not improve on held-out rows, early stopping
    restores that network. Weights come from the generator, which also draws the dropout
    of training; the module works in float32.

    Parameters
    ----------
    width : int or "auto", default="auto"
        Units of each hidden layer; "auto" is 128, from 10,000 rows on 192.
    depth : int or "auto", default="auto"
        Number of residual blocks; "auto" is 2, from 10,000 rows on 3.
    base : {"auto", "gaussian", "mixture"} or GaussianMixture, default="auto"
        Distribution to start from: the Gaussian fit; by BIC a Gaussian mixture of up to
        48 components or Student's t, skewed or not (as a mixture of Gaussians that
        differ in one scale); a scikit-learn mixture, cloned and fitted to the whitened
        rows; "auto" is the one with the highest log-density of held-out rows among
        these and Student's t with a covariance that is shrunk to structure. Where a
        network improves on that, "auto" trains another on the Gaussian and keeps the
        one with the lower validation loss.
    n_frequencies : int, default=16
        Sines and cosines that encode the log noise level.
    dropout : float, default=0.0
        Probability with which a hidden unit is dropped in training.

    Examples
    --------
    >>> import torch
    >>> from skdiffts.scores import ScoreNetwork
    >>> data = torch.tensor([[-1.0], [-1.0], [1.0], [1.0]])  # mean 0, variance 1
    >>> module = ScoreNetwork(width=8, base="gaussian").build(data, torch.Generator())
    >>> module(data, torch.zeros(1, 1)).abs().max().item()
    0.0
    """

    width: int | str = "auto"
    depth: int | str = "auto"
    base: object = "auto"
    n_frequencies: int = 16
    dropout: float = 0.0

    _parameter_constraints: ClassVar[dict] = {
        "width": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "depth": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "base": [StrOptions({"auto", "gaussian", "mixture"}), GaussianMixture],
        "n_frequencies": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def build(self, data, generator):
        return self.candidates(data, generator)[0]

    def column_map(self, rows):
        chooses = self.base == "auto"
        return likeliest_column_map(rows) if chooses else super().column_map(rows)

    def candidates(self, data, generator):
        base = self._base(data, generator)
        bases = [base]
        # What a network has to learn beyond the likeliest base may be easier from here.
        if self.base == "auto" and len(base.means) > 1:
            bases.append(gaussian_velocity(to_numpy(data)))
        return [self._network(data, generator, base) for base in bases]

    def _base(self, data, generator):
        """Velocity of the distribution to start from."""
        rows = to_numpy(data)
        if self.base == "gaussian":
            return gaussian_velocity(rows)
        seed = int(torch.randint(2**31 - 1, (), generator=generator))
        if self.base == "auto":
            return likeliest_distribution(rows, seed)
        if self.base == "mixture":
            return distribution_by_bic(rows, seed) or gaussian_velocity(rows)
        mixture = clone(self.base)
        if mixture.random_state is None:
            mixture.set_params(random_state=seed)
        return mixture_velocity(mixture.fit(rows))

    def _network(self, data, generator, base):
        large = len(data) >= 10_000
        return VelocityNetwork(
            n_features=data.shape[1],
            width=(192 if large else 128) if self.width == "auto" else self.width,
            depth=(3 if large else 2) if self.depth == "auto" else self.depth,
            n_frequencies=self.n_frequencies,
            dropout=self.dropout,
            generator=generator,
            base=base,
        )


class VelocityNetwork(nn.Module):
    """Residual perceptron of z whose blocks are scaled and shifted by the noise level.

    Parameters
    ----------
    n_features : int
        Dimension of z.
    width, depth : int
        Hidden units and residual blocks.
    n_frequencies : int
        Frequencies of the encoding of the noise level.
    dropout : float
        Probability of dropping a hidden unit in training.
    generator : torch.Generator
        Source of the weights and of dropout.
    base : torch.nn.Module
        Velocity that the perceptron corrects.
    """

    def __init__(
        self, n_features, *, width, depth, n_frequencies, dropout, generator, base
    ):
        super().__init__()
        # Scale one on log(noise) / 4: wigglier features do not suit small samples.
        frequencies = torch.randn(
            1, n_frequencies, generator=generator, dtype=torch.float32
        )
        self.register_buffer("frequencies", 2.0 * math.pi * frequencies)
        self.encoding = linear(2 * n_frequencies, width, generator)
        self.entry = linear(n_features, width, generator)
        self.blocks = nn.ModuleList(
            _Block(width, dropout, generator) for _ in range(depth)
        )
        self.exit = linear(width, n_features, None)
        self.base = base

    def forward(self, z, log_snr):
        """Velocity at z and a log signal-to-noise ratio.

        Parameters
        ----------
        z : torch.Tensor of shape (n_samples, n_features)
            Points.
        log_snr : torch.Tensor of shape (n_samples, 1) or (1, 1)
            Log signal-to-noise ratio of each point, or of all.

        Returns
        -------
        torch.Tensor of shape (n_samples, n_features)
            Velocity.
        """
        level = self._level(log_snr)
        hidden = self.entry(z.to(level.dtype))
        for block in self.blocks:
            hidden = block(hidden, level)
        velocity = self.exit(nn.functional.silu(hidden))
        # With little signal every distribution is almost Gaussian: the correction is of
        # the order of the square of the share of the signal.
        share = torch.sigmoid(2.0 * log_snr)
        return share * velocity + self.base(z, log_snr)

    def velocity_and_divergence(self, z, log_snr):
        """Velocity and its divergence in closed form.

        Parameters
        ----------
        z : torch.Tensor of shape (n_samples, n_features)
            Points.
        log_snr : torch.Tensor of shape (n_samples, 1) or (1, 1)
            Log signal-to-noise ratio of each point, or of all.

        Returns
        -------
        velocity : torch.Tensor of shape (n_samples, n_features)
            Velocity.
        divergence : torch.Tensor of shape (n_samples,)
            Trace of its Jacobian.
        """
        level = self._level(log_snr)
        correction, trace = correction_and_trace(self, z.to(level.dtype), level)
        velocity, divergence = self.base.velocity_and_divergence(z, log_snr)
        share = torch.sigmoid(2.0 * log_snr)
        return velocity + share * correction, divergence + share[:, 0] * trace

    def for_density(self):
        """Copy whose base works in double precision.

        Returns
        -------
        VelocityNetwork
            Copy; its perceptron works in double precision, too, where there are few
            columns. With many of them it is no less exact in single precision than the
            steps of an integration, and three times as fast.
        """
        other = copy.deepcopy(self).eval()
        many = self.exit.out_features >= MANY_COLUMNS
        (other.base if many else other).double()
        return other

    def _level(self, log_snr):
        """Encode the noise level."""
        phase = (log_snr / -4.0).to(self.frequencies.dtype) * self.frequencies
        features = torch.cat([phase.sin(), phase.cos()], dim=1)
        return nn.functional.silu(self.encoding(features))


class _Block(nn.Module):
    def __init__(self, width, dropout, generator):
        super().__init__()
        self.modulation = linear(width, 2 * width, None)
        self.inner = linear(width, width, generator)
        self.outer = linear(width, width, None)
        self.dropout = dropout
        self.generator = generator

    def forward(self, hidden, level):
        scale, shift = self.modulation(level).chunk(2, dim=1)
        x = nn.functional.layer_norm(hidden, hidden.shape[-1:])
        x = nn.functional.silu(torch.addcmul(shift, x, 1.0 + scale))
        x = nn.functional.silu(self.inner(x))
        if self.training and self.dropout > 0.0:
            x = drop_units(x, self.dropout, self.generator)
        return hidden + self.outer(x)
