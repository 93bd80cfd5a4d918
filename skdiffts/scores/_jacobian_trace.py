r"""Trace of the Jacobian of a residual perceptron, by products of hidden width.

With the entry :math:`W_e`, the exit :math:`W_x`, the slopes D of the last activation and
the Jacobian P of the blocks,

.. math:: \operatorname{tr}(W_x D P W_e) = \operatorname{tr}(D P K), \qquad K = W_e W_x,

so that no more than min(d, width) directions have to be pushed through the blocks. A
block adds :math:`W_o D_u W_i D_a J`, where J is the Jacobian of the layer normalisation to
x with scale :math:`\sigma`: a diagonal matrix less one of rank two,

.. math:: J t = (t - \bar t - x\, \overline{x t}) / \sigma.
"""

import torch
from torch import nn

from skdiffts._chunks import slices

__all__ = ["correction_and_trace"]

# Arrays of rows x directions x width that are alive at a time.
N_ARRAYS = 4
# What torch's layer normalisation adds to a variance.
EPSILON = 1e-5


def correction_and_trace(network, z, level):
    """Output of the perceptron, and the trace of its Jacobian in z.

    Parameters
    ----------
    network : VelocityNetwork
        Network with an entry, blocks and an exit.
    z : torch.Tensor of shape (n_samples, n_features)
        Points.
    level : torch.Tensor of shape (n_samples, width) or (1, width)
        Encoded noise level of each point, or of all.

    Returns
    -------
    output : torch.Tensor of shape (n_samples, n_features)
        What the perceptron adds to the base.
    trace : torch.Tensor of shape (n_samples,)
        Trace of its Jacobian.
    """
    entry, exit_ = network.entry.weight, network.exit.weight
    # Directions in the rows; in the wide case the readout is the diagonal.
    wide = len(entry) <= z.shape[1]
    start = exit_.T @ entry.T if wide else entry.T
    outputs, traces = [], []
    for rows in slices(len(z), N_ARRAYS * start.numel()):
        levels = level if len(level) == 1 else level[rows]
        hidden, directions = network.entry(z[rows]), start.expand(1, -1, -1)
        for block in network.blocks[:-1]:
            hidden, added = _push(block, hidden, levels, directions)
            directions = directions + added @ block.outer.weight.T
        last = network.blocks[-1]
        hidden, added = _push(last, hidden, levels, directions)
        slope = _silu_slope(hidden)
        outputs.append(network.exit(nn.functional.silu(hidden)))
        # Of the last block's result no more is computed than the trace reads.
        if wide:
            trace = (slope * directions.diagonal(dim1=1, dim2=2)).sum(dim=1)
            read = torch.einsum("nik,ik->ni", added, last.outer.weight)
            traces.append(trace + (slope * read).sum(dim=1))
        else:
            readout = exit_ * slope[:, None]
            trace = (readout * directions).sum(dim=(1, 2))
            added = added * (readout @ last.outer.weight)
            traces.append(trace + added.sum(dim=(1, 2)))
    return torch.cat(outputs), torch.cat(traces)


def _push(block, hidden, level, directions):
    """Push a point and directions through a block, the latter up to its last layer."""
    scale, shift = block.modulation(level).chunk(2, dim=1)
    variance, mean = torch.var_mean(hidden, dim=1, keepdim=True, correction=0)
    sigma = (variance + EPSILON).sqrt()
    x = (hidden - mean) / sigma
    before = torch.addcmul(shift, x, 1.0 + scale)
    inner = block.inner(nn.functional.silu(before))
    weight, width = block.inner.weight, hidden.shape[1]
    gain = _silu_slope(before) * (1.0 + scale) / sigma
    means = directions @ (torch.stack([torch.ones_like(x), x], dim=2) / width)
    lost = torch.stack([gain, gain * x], dim=1) @ weight.T
    pushed = (directions * gain[:, None]) @ weight.T
    pushed = torch.baddbmm(pushed, means, lost, alpha=-1.0)
    pushed *= _silu_slope(inner)[:, None]
    return hidden + block.outer(nn.functional.silu(inner)), pushed


def _silu_slope(x):
    """Differentiate x times its logistic function."""
    share = torch.sigmoid(x)
    return share * (1.0 + x * (1.0 - share))
