"""Runge-Kutta integration of rows and divergences along the probability flow."""

import itertools

import numpy as np
import torch
from scipy.integrate import RK45

__all__ = ["integrate_adaptive", "integrate_fixed"]

# Pair of Dormand and Prince: nodes, weights of the stages, and the difference of the two
# results up to its sign. Plain numbers, which keep the type of a tensor.
NODES = (*RK45.C.tolist(), 1.0)
STAGES = (*(row[:n].tolist() for n, row in enumerate(RK45.A)), RK45.B.tolist())
DIFFERENCE = RK45.E.tolist()
# Shares of the range of angles: the first step, and one that is taken at any error.
FIRST_STEP = 1e-3
LAST_STEP = 1e-5


def integrate_fixed(flow, z, angles):
    """Carry rows and integrals by classical Runge-Kutta steps.

    Parameters
    ----------
    flow : callable
        Maps z, an angle and the number of the step to velocity and divergence.
    z : torch.Tensor of shape (n_samples, n_features)
        Rows at the first angle.
    angles : ndarray of shape (n_steps + 1,)
        Ends of the steps.

    Returns
    -------
    z : torch.Tensor of shape (n_samples, n_features)
        Rows at the last angle.
    integral : torch.Tensor of shape (n_samples,)
        Integral of the divergence.
    error : torch.Tensor of shape (n_samples,)
        Estimate of its error: a fifteenth of what Simpson's rule over two steps of equal
        length differs by from the rule over each, summed over such pairs.
    """
    integral = torch.zeros(len(z), dtype=z.dtype)
    error, before = torch.zeros_like(integral), None
    for step, (start, end) in enumerate(itertools.pairwise(angles)):
        h = end - start
        middle = 0.5 * (start + end)
        v1, d1 = flow(z, start, step)
        v2, d2 = flow(z + 0.5 * h * v1, middle, step)
        v3, d3 = flow(z + 0.5 * h * v2, middle, step)
        v4, d4 = flow(z + h * v3, end, step)
        z = z + h / 6.0 * (v1 + 2.0 * v2 + 2.0 * v3 + v4)
        rise = h / 6.0 * (d1 + 2.0 * d2 + 2.0 * d3 + d4)
        integral = integral + rise
        if before is not None and np.isclose(before[0], h):
            coarse = h / 3.0 * (before[1] + 4.0 * d1 + d4)
            error = error + (before[2] + rise - coarse).abs() / 15.0
            before = None
        else:
            before = h, d1, rise
    return z, integral, error


def integrate_adaptive(flow, z, first, last, tol):
    """Carry rows and integrals with steps that each row chooses for itself.

    Parameters
    ----------
    flow : callable
        Maps z and a column of angles to velocity and divergence.
    z : torch.Tensor of shape (n_samples, n_features)
        Rows at the first angle.
    first, last : float
        Angles, rising.
    tol : float
        Bound on the error of a step: of the integral, and of the root mean square of
        the entries of z over one plus their size.

    Returns
    -------
    z : torch.Tensor of shape (n_samples, n_features)
        Rows at the last angle.
    integral : torch.Tensor of shape (n_samples,)
        Integral of the divergence.

    References
    ----------
    .. [1] J. R. Dormand and P. J. Prince, "A Family of Embedded Runge-Kutta Formulae",
       J. Comput. Appl. Math. 6, 1980, table 2.
    """

    def slope(state, angle):
        velocity, divergence = flow(state[:, :-1], angle)
        return torch.cat([velocity, divergence[:, None]], dim=1)

    state = torch.cat([z, torch.zeros_like(z[:, :1])], dim=1)
    result = torch.empty_like(state)
    left = torch.arange(len(z))
    angle = torch.full_like(z[:, :1], first)
    step = torch.full_like(angle, FIRST_STEP * (last - first))
    entry = slope(state, angle)
    while len(left) > 0:
        ends = angle + step >= last
        step = torch.where(ends, last - angle, step)
        proposal, exit_, error = _trial(slope, state, angle, step, entry)
        small = step <= LAST_STEP * (last - first)
        accepted = (error <= tol) | small
        state = torch.where(accepted, proposal, state)
        entry = torch.where(accepted, exit_, entry)
        angle = torch.where(accepted, angle + step, angle)
        # Fifth order; an error that is no number shrinks the step like a huge one.
        factor = 0.9 * (error.nan_to_num(nan=np.inf) / tol) ** -0.2
        step = step * factor.clamp(0.2, 5.0)
        lost = ~torch.isfinite(state).all(dim=1, keepdim=True)
        done = ((accepted & ends) | lost)[:, 0]
        result[left[done]] = state[done]
        left, state, entry = left[~done], state[~done], entry[~done]
        angle, step = angle[~done], step[~done]
    return result[:, :-1], result[:, -1]


def _trial(slope, state, angle, step, entry):
    """State after a step, slope there, and the error of the step."""
    slopes = [entry]
    proposal = state
    for node, weights in zip(NODES[1:], STAGES[1:], strict=True):
        rise = sum(w * k for w, k in zip(weights, slopes, strict=True))
        proposal = state + step * rise
        slopes.append(slope(proposal, angle + node * step))
    error = step * sum(w * k for w, k in zip(DIFFERENCE, slopes, strict=True))
    size = 1.0 + torch.maximum(state.abs(), proposal.abs())[:, :-1]
    of_rows = (error[:, :-1] / size).square().mean(dim=1, keepdim=True).sqrt()
    return proposal, slopes[-1], torch.maximum(of_rows, error[:, -1:].abs())
