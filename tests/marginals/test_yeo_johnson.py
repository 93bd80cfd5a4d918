"""The power transform against scipy's."""

import numpy as np
import pytest
import scipy
from numpy.testing import assert_allclose
from scipy.stats import skew, yeojohnson, yeojohnson_llf, yeojohnson_normmax
from sklearn.utils.fixes import parse_version

from skdiffts.marginals import YeoJohnson

EPSILON = np.finfo(float).eps
SCIPY_IS_EXACT = parse_version(scipy.__version__) >= parse_version("1.12")
SHAPES = {
    "lognormal": lambda z: np.exp(0.5 * z),
    "left": lambda z: -(np.exp(0.4 * z)) + 10.0,
    "normal": lambda z: z - 4.0,
    "squares": lambda z: z**2,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_power_and_values_are_scipys(shape):
    x = SHAPES[shape](np.random.RandomState(0).standard_normal(400))
    column = YeoJohnson().build(x[:, None]).columns[0]
    z = (x - column.center) / column.spread
    powers = np.where(z < 0.0, 2.0 - column.power, column.power)
    values = np.sign(z) * np.expm1(powers * np.log1p(np.abs(z))) / powers
    assert_allclose(column.transform(x), values, rtol=1e-9)
    # Before version 1.12 scipy subtracts one from a power, and divides by a small one.
    atol = 0.0 if SCIPY_IS_EXACT else 16.0 * EPSILON / powers.min()
    assert_allclose(values, yeojohnson(z, column.power), rtol=1e-9, atol=atol)
    # Scipy's own search is over the whole line.
    theirs = np.clip(yeojohnson_normmax(z), 0.0, 2.0)
    assert_allclose(column.power, theirs, atol=2e-3)
    best = yeojohnson_llf(column.power, z)
    for power in np.linspace(0.0, 2.0, 21):
        assert best >= yeojohnson_llf(power, z) - 1e-3


def test_skewness_is_taken_out():
    x = SHAPES["lognormal"](np.random.RandomState(0).standard_normal(2000))
    v = YeoJohnson().build(x[:, None]).transform(x[:, None])
    assert skew(x) > 1.5
    assert abs(skew(v[:, 0])) < 0.15


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_power_at_an_end_still_reaches_all_numbers(sign):
    x = sign * np.exp(3.0 * np.random.RandomState(0).standard_normal(300))
    column = YeoJohnson().build(x[:, None]).columns[0]
    assert_allclose(column.power, 1.0 - sign, atol=1e-4)
    v = np.linspace(-30.0, 30.0, 61)
    back = column.transform(column.inverse_transform(v))
    assert_allclose(back, v, rtol=1e-9)
