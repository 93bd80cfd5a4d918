"""The integrators, on flows whose solution is known."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from skdiffts.process._runge_kutta import (
    DIFFERENCE,
    NODES,
    STAGES,
    integrate_adaptive,
    integrate_fixed,
)

MATRIX = torch.tensor([[-1.0, 2.0], [-2.0, 0.5]], dtype=torch.float64)
FIRST, LAST = 0.1, 1.5


def rows(n=5):
    return torch.tensor(np.random.RandomState(0).standard_normal((n, 2)))


def linear(z, angle, step=None):
    return z @ MATRIX.T, MATRIX.trace().expand(len(z))


def bump(z, angle, step=None):
    """Velocity with a bump at an angle and of a width that the row's size sets."""
    angle = torch.as_tensor(angle).expand(len(z), 1)
    place, width = 0.8 + 0.1 * torch.tanh(z[:, :1]), 0.01 + 0.02 * z[:, 1:] ** 2
    height = 1.0 / (1.0 + ((angle - place) / width) ** 2)
    return torch.cat([height, -height * z[:, 1:]], dim=1), height[:, 0] / width[:, 0]


def test_fixed_steps_are_of_fourth_order():
    z = rows()
    exact = z @ torch.tensor(expm(MATRIX.numpy() * (LAST - FIRST))).T
    errors = []
    for n_steps in (8, 16, 32):
        end, integral, error = integrate_fixed(
            linear, z, np.linspace(FIRST, LAST, n_steps + 1)
        )
        errors.append((end - exact).abs().max().item())
        assert_allclose(integral, -0.5 * (LAST - FIRST), rtol=1e-12)
        assert_allclose(error, 0.0, atol=1e-12)
    orders = np.log2(errors[:-1]) - np.log2(errors[1:])
    assert_allclose(orders, 4.0, atol=0.25)


def test_error_of_the_integral_is_estimated():
    """Where the divergence depends on the angle alone, the estimate is nearly exact."""

    def flow(z, angle, step):
        return torch.zeros_like(z), torch.full((len(z),), np.exp(3.0 * angle))

    exact = (np.exp(3.0 * LAST) - np.exp(3.0 * FIRST)) / 3.0
    _, integral, error = integrate_fixed(flow, rows(), np.linspace(FIRST, LAST, 17))
    assert_allclose(error, (integral - exact).abs(), rtol=0.1)


def test_fixed_steps_know_their_number():
    steps = []

    def flow(z, angle, step):
        steps.append(step)
        return linear(z, angle)

    integrate_fixed(flow, rows(), np.linspace(FIRST, LAST, 4))
    assert steps == [0] * 4 + [1] * 4 + [2] * 4


@pytest.mark.parametrize("tol", [1e-3, 1e-6, 1e-9])
def test_adaptive_error_follows_the_tolerance(tol):
    z = rows()
    exact = z @ torch.tensor(expm(MATRIX.numpy() * (LAST - FIRST))).T
    end, integral = integrate_adaptive(linear, z, FIRST, LAST, tol)
    assert (end - exact).abs().max() < 10.0 * tol
    assert_allclose(integral, -0.5 * (LAST - FIRST), rtol=1e-12)


def test_adaptive_steps_find_what_is_narrow():
    """Every row has a bump of its own; the reference solves them one by one."""
    z = rows(2)
    end, integral = integrate_adaptive(bump, z, FIRST, LAST, 1e-8)
    for i in range(2):

        def slope(angle, state):
            velocity, divergence = bump(torch.tensor(state[None, :2]), angle)
            return np.append(velocity[0].numpy(), divergence.item())

        state = solve_ivp(
            slope,
            (FIRST, LAST),
            np.append(z[i].numpy(), 0.0),
            method="DOP853",
            rtol=1e-9,
            atol=1e-9,
        ).y[:, -1]
        assert_allclose(end[i], state[:2], rtol=0, atol=1e-6)
        assert_allclose(integral[i], state[2], rtol=0, atol=1e-5)
        assert abs(state[2]) > 0.5


def test_adaptive_steps_see_the_error_of_the_integral():
    """The rows stand still; only the divergence moves."""

    def flow(z, angle):
        peak = 1.0 / (1.0 + ((angle[:, 0] - 0.8) / 0.02) ** 2)
        return torch.zeros_like(z), peak

    _, integral = integrate_adaptive(flow, rows(1), FIRST, LAST, 1e-6)
    expected = 0.02 * (np.arctan(0.7 / 0.02) * 2.0)
    assert_allclose(integral, expected, rtol=0, atol=1e-5)


def test_adaptive_rows_do_not_meet():
    z = rows(30)
    end, integral = integrate_adaptive(bump, z, FIRST, LAST, 1e-4)
    order = np.random.RandomState(1).permutation(30)[:7]
    some = integrate_adaptive(bump, z[order], FIRST, LAST, 1e-4)
    assert_allclose(some[0], end[order], rtol=0, atol=1e-12)
    assert_allclose(some[1], integral[order], rtol=0, atol=1e-12)


def test_looser_tolerance_takes_fewer_steps():
    counts = []
    for tol in (1e-8, 1e-4):
        angles = []

        def flow(z, angle, angles=angles):
            angles.append(angle)
            return bump(z, angle)

        integrate_adaptive(flow, rows(1), FIRST, LAST, tol)
        counts.append(len(angles))
    assert counts[1] < 0.4 * counts[0]


def test_a_row_that_is_lost_does_not_stop_the_others():
    def flow(z, angle, step=None):
        velocity, divergence = linear(z, angle)
        lost = (z[:, :1].abs() > 1e3) & (torch.as_tensor(angle) > 1.0)
        return torch.where(lost, torch.nan, velocity), divergence

    z = rows()
    expected, _ = integrate_adaptive(flow, z, FIRST, LAST, 1e-6)
    z = torch.cat([z, torch.tensor([[1e8, 0.0]])])
    end, _ = integrate_adaptive(flow, z, FIRST, LAST, 1e-6)
    assert_allclose(end[:-1], expected, rtol=0, atol=1e-12)
    assert torch.isnan(end[-1]).all()


def test_tableau_is_that_of_dormand_and_prince():
    """Their table 2, bit for bit; the sign of the difference does not matter."""
    assert NODES == (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
    assert [tuple(weights) for weights in STAGES] == [
        (),
        (1 / 5,),
        (3 / 40, 9 / 40),
        (44 / 45, -56 / 15, 32 / 9),
        (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
        (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
        (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
    ]
    assert [-weight for weight in DIFFERENCE] == [
        71 / 57600,
        0.0,
        -71 / 16695,
        71 / 1920,
        -17253 / 339200,
        22 / 525,
        -1 / 40,
    ]
