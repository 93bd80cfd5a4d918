"""A plain multilayer perceptron whose output is the score itself."""

import itertools
import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import ClassVar

import torch
from torch import nn

from skdiffts._noise_level import tensor_angle
from skdiffts._validation import Interval
from skdiffts.scores._base import BaseScoreModel
from skdiffts.scores._dropout import drop_units
from skdiffts.scores._layers import allocated

__all__ = ["MLPScore"]


@dataclass(kw_only=True, repr=False, eq=False)
class MLPScore(BaseScoreModel):
    r"""Multilayer perceptron of (x, time embedding) that outputs the score.

    .. math:: \hat s(z, \theta) = W_L\, \phi(\dots \phi(W_1 [z, e(\theta)] + b_1) \dots)
              + b_L, \qquad e(\theta) = \phi(w\, \tfrac{2 \theta}{\pi} + b), \qquad
              v = -\tan\theta\, (\hat s + z),

    with :math:`\phi` = GELU and the learned time embedding e. This is the network of the
    source paper: nothing is known of the answer beforehand, and the error of the
    velocity grows with the noise-to-signal ratio :math:`\tan\theta`. It is there for
    comparison; :class:`skdiffts.scores.ScoreNetwork` learns faster and ends better.

    Parameters
    ----------
    width : int, default=128
        Units of each hidden layer.
    n_layers : int, default=4
        Number L of linear layers, the output layer included, at least 2.
    n_embedding : int, default=32
        Size of the time embedding.
    dropout : float, default=0.0
        Probability with which a hidden unit is dropped in training.

    Notes
    -----
    Four layers, GELU, the learned embedding and dropout are the paper's. Its width, the
    size of the embedding, where that enters and the probability of the dropout are not
    known to us; 128 units are those with which the recipe was measured. Score models see the noise level only, so that the
    time is the angle :math:`\theta`, which rises with t, with sine s(t) for the
    variance preserving process, for which also z is :math:`x_t`.

    References
    ----------
    .. [1] Anonymous, submission 21211 to ICLR 2026, OpenReview N4xPiyv6fN.

    Examples
    --------
    >>> import torch
    >>> from skdiffts.scores import MLPScore
    >>> module = MLPScore().build(torch.zeros(5, 20), torch.Generator())
    >>> sum(parameter.numel() for parameter in module.parameters())
    42452
    """

    width: int = 128
    n_layers: int = 4
    n_embedding: int = 32
    dropout: float = 0.0

    _parameter_constraints: ClassVar[dict] = {
        "width": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 2, None, closed="left")],
        "n_embedding": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def build(self, data, generator):
        d = data.shape[1]
        hidden = [self.width] * (self.n_layers - 1)
        sizes = [d + self.n_embedding, *hidden, d]
        return _MLPVelocity(sizes, self.dropout, generator)


class _MLPVelocity(nn.Module):
    def __init__(self, sizes, dropout, generator):
        super().__init__()
        self.embedding = _linear(1, sizes[0] - sizes[-1], generator)
        self.layers = nn.ModuleList(
            _linear(n_in, n_out, generator) for n_in, n_out in itertools.pairwise(sizes)
        )
        self.dropout = dropout
        # Only where it is used: plain modules then hold weights alone.
        self.generator = generator if dropout > 0.0 else None

    def forward(self, z, log_snr):
        """Velocity that belongs to the score."""
        angle = tensor_angle(log_snr)
        embedding = nn.functional.gelu(self.embedding(2.0 / math.pi * angle))
        hidden = torch.cat([z, embedding.expand(len(z), -1)], dim=1)
        *inner, last = self.layers
        for layer in inner:
            hidden = nn.functional.gelu(layer(hidden))
            if self.training and self.dropout > 0.0:
                hidden = drop_units(hidden, self.dropout, self.generator)
        return -angle.tan() * (last(hidden) + z)


def _linear(n_in, n_out, generator):
    """Linear layer with the starting values of torch, from a generator."""
    layer = allocated(nn.Linear(n_in, n_out, device="meta"))
    bound = 1.0 / math.sqrt(n_in)
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, -bound, bound, generator=generator)
    return layer
