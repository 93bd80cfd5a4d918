"""The rational quadratic spline."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.marginals._spline import RationalQuadraticSpline

STEPS = st.lists(st.floats(0.01, 100.0), min_size=1, max_size=6)
SLOPES = st.floats(1e-3, 1e3)


def build(widths, rises, first, last):
    n = min(len(widths), len(rises))
    x = np.r_[-1.0, -1.0 + np.cumsum(widths[:n])]
    y = np.r_[2.0, 2.0 + np.cumsum(rises[:n])]
    return RationalQuadraticSpline(x, y, first, last)


@given(STEPS, STEPS, SLOPES, SLOPES)
def test_spline_interpolates_increases_and_inverts(widths, rises, first, last):
    spline = build(widths, rises, first, last)
    assert_allclose(spline.transform(spline.x), spline.y, rtol=1e-12, atol=1e-12)
    x = np.linspace(spline.x[0], spline.x[-1], 200)
    y = spline.transform(x)
    assert (np.diff(y) > 0.0).all()
    value, _ = spline.log_slope(x)
    bound = 1e-12 * np.ptp(spline.x) + 1e-14 * np.abs(y).max() / np.exp(value)
    assert (np.abs(spline.inverse_transform(y) - x) <= bound).all()


@given(STEPS, STEPS, SLOPES, SLOPES)
def test_slope_is_continuous_and_as_given_at_the_ends(widths, rises, first, last):
    spline = build(widths, rises, first, last)
    ends = np.exp(spline.log_slope(spline.x[[0, -1]])[0])
    assert_allclose(ends, [first, last], rtol=1e-9)
    inner, step = spline.x[1:-1], 1e-9 * np.diff(spline.x).min()
    left, right = (spline.log_slope(inner + s)[0] for s in (-step, step))
    assert_allclose(left, right, atol=1e-3)


@given(STEPS, STEPS)
def test_slopes_are_derivatives(widths, rises):
    spline = build(widths, rises, 0.5, 2.0)
    # Inside the pieces: at knots the second derivative jumps.
    x = np.concatenate(
        [
            np.linspace(a, b, 9)[1:-1]
            for a, b in zip(spline.x, spline.x[1:], strict=False)
        ]
    )
    step = 1e-6 * np.diff(spline.x).min()
    value, derivative = spline.log_slope(x)
    rise = spline.transform(x + step) - spline.transform(x - step)
    assert_allclose(np.exp(value), rise / (2.0 * step), rtol=1e-3)
    bend = spline.log_slope(x + step)[0] - spline.log_slope(x - step)[0]
    scale = np.abs(derivative).max() + 1.0
    assert_allclose(derivative, bend / (2.0 * step), rtol=1e-3, atol=1e-3 * scale)


def test_points_of_a_line_give_the_line():
    x = np.array([0.0, 1.0, 4.0])
    spline = RationalQuadraticSpline(x, 3.0 * x - 1.0, 3.0, 3.0)
    points = np.linspace(0.0, 4.0, 30)
    assert_allclose(spline.transform(points), 3.0 * points - 1.0, rtol=1e-13)
    value, derivative = spline.log_slope(points)
    assert_allclose(value, np.log(3.0), rtol=1e-13)
    assert_allclose(derivative, 0.0, atol=1e-13)
