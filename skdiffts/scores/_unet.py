"""Convolutional network for images in rows."""

import math
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import torch
from torch import nn

from skdiffts._validation import Interval
from skdiffts.scores._base import BaseScoreModel
from skdiffts.scores._layers import allocated, filled, linear

__all__ = ["UNetScore"]

# Groups of channels that are normalised together, and frequencies of the noise level.
N_GROUPS = 4
N_FREQUENCIES = 8


@dataclass(kw_only=True, repr=False, eq=False)
class UNetScore(BaseScoreModel):
    """U-Net for small images of one channel, each of which is a row.

    Convolutions go down to coarser images and back up, with bridges between stages of one
    size. The output starts at zero, so that the untrained network is the exact model of
    the standard normal distribution. Columns are pixels, row by row of the image; the
    whitening of the sampler only scales them, unless they are nearly dependent.

    Parameters
    ----------
    shape : tuple of two int, default=None
        Height and width of the image; None is a square. Both must be divisible by
        ``2 ** depth``.
    width : int, default=16
        Channels of the finest stage; each coarser one has twice as many.
    depth : int, default=1
        Number of halvings; without any, 0, images keep their size.
    n_embedding : int, default=32
        Size of the embedding of the noise level.

    References
    ----------
    .. [1] O. Ronneberger, P. Fischer and T. Brox, "U-Net: Convolutional Networks for
       Biomedical Image Segmentation", MICCAI 2015.
    .. [2] J. Ho, A. Jain and P. Abbeel, "Denoising Diffusion Probabilistic Models",
       NeurIPS 2020, appendix B.

    Examples
    --------
    >>> import torch
    >>> from skdiffts.scores import UNetScore
    >>> module = UNetScore(width=8).build(torch.zeros(5, 64), torch.Generator())
    >>> module(torch.ones(3, 64), torch.zeros(1, 1)).abs().max().item()
    0.0
    """

    shape: Any = None
    width: int = 16
    depth: int = 1
    n_embedding: int = 32

    _parameter_constraints: ClassVar[dict] = {
        "shape": [tuple, None],
        "width": [Interval(Integral, 1, None, closed="left")],
        "depth": [Interval(Integral, 0, None, closed="left")],
        "n_embedding": [Interval(Integral, 1, None, closed="left")],
    }

    def build(self, data, generator):
        d = data.shape[1]
        shape = 2 * (math.isqrt(d),) if self.shape is None else tuple(self.shape)
        if len(shape) != 2 or math.prod(shape) != d:
            raise ValueError(
                f"shape={self.shape!r} is no image of {d} pixels; pass (height, "
                "width) with this product."
            )
        if any(side % 2**self.depth for side in shape):
            raise ValueError(
                f"depth={self.depth} halves images of shape {shape} so many times that a "
                "side is odd; pass a smaller one."
            )
        channels = [self.width * 2**i for i in range(self.depth + 1)]
        return _UNetVelocity(shape, channels, self.n_embedding, generator)


class _UNetVelocity(nn.Module):
    frequencies: torch.Tensor

    def __init__(self, shape, channels, n_embedding, generator):
        super().__init__()
        self.shape = shape
        frequencies = 0.5 * torch.arange(1, N_FREQUENCIES + 1, dtype=torch.float32)
        self.register_buffer("frequencies", frequencies)
        self.level = linear(2 * N_FREQUENCIES, n_embedding, generator)
        self.entry = _convolution(1, channels[0], 3, generator)
        sizes = list(zip([channels[0], *channels], channels, strict=False))
        self.down = nn.ModuleList(
            _ImageBlock(*size, n_embedding, generator) for size in sizes
        )
        self.bottom = _ImageBlock(channels[-1], channels[-1], n_embedding, generator)
        self.up = nn.ModuleList(
            _ImageBlock(coarse + fine, fine, n_embedding, generator)
            for fine, coarse in zip(channels[-2::-1], channels[:0:-1], strict=True)
        )
        self.exit = _convolution(channels[0], 1, 3, None)

    def forward(self, z, log_snr):
        """Velocity of flat images at a log signal-to-noise ratio."""
        dtype = self.frequencies.dtype
        phase = log_snr.to(dtype) * self.frequencies
        level = nn.functional.silu(
            self.level(torch.cat([phase.sin(), phase.cos()], dim=1))
        )
        image = self.entry(z.to(dtype).view(-1, 1, *self.shape))
        stages = []
        for i, block in enumerate(self.down):
            image = nn.functional.avg_pool2d(image, 2) if i > 0 else image
            image = block(image, level)
            stages.append(image)
        image = self.bottom(stages.pop(), level)
        for block in self.up:
            fine = nn.functional.interpolate(image, scale_factor=2.0)
            image = block(torch.cat([fine, stages.pop()], dim=1), level)
        return self.exit(image).flatten(1)


class _ImageBlock(nn.Module):
    """Residual block of two convolutions, shifted and scaled by the noise level."""

    def __init__(self, n_in, n_out, n_embedding, generator):
        super().__init__()
        self.modulation = linear(n_embedding, 2 * n_in, None)
        self.norm = nn.GroupNorm(math.gcd(N_GROUPS, n_in), n_in, dtype=torch.float32)
        self.first = _convolution(n_in, n_out, 3, generator)
        self.second = _convolution(n_out, n_out, 3, None)
        self.skip = _convolution(n_in, n_out, 1, generator)

    def forward(self, image, level):
        scale, shift = self.modulation(level)[:, :, None, None].chunk(2, dim=1)
        hidden = nn.functional.silu(self.norm(image) * (1.0 + scale) + shift)
        hidden = nn.functional.silu(self.first(hidden))
        return self.skip(image) + self.second(hidden)


def _convolution(n_in, n_out, size, generator):
    """Convolution that keeps the size of the image."""
    layer = nn.Conv2d(n_in, n_out, size, padding=size // 2, device="meta")
    return filled(allocated(layer), generator)
