"""Fair scores of ensembles."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.stats import norm

from skdiffts.metrics import crps, crps_of_sum, energy_score, variogram_score

SCORES = [energy_score, crps, crps_of_sum, variogram_score]

values = st.floats(-50, 50, allow_subnormal=False)


@st.composite
def cases(draw):
    n, m, d = (draw(st.integers(low, 4)) for low in (1, 2, 2))
    forecasts = draw(arrays(float, (n, m, d), elements=values))
    return forecasts, draw(arrays(float, (n, d), elements=values))


def naive_energy(z, y):
    m = len(z)
    spread = sum(np.linalg.norm(a - b) for a in z for b in z) / (2 * m * (m - 1))
    return np.mean([np.linalg.norm(a - y) for a in z]) - spread


def naive_variogram(z, y, p):
    total, d = [], len(y)
    for k in range(d):
        for j in range(k):
            v = np.array([abs(a[k] - a[j]) ** p for a in z])
            square = (abs(y[k] - y[j]) ** p - v.mean()) ** 2
            total.append(square - v.var(ddof=1) / len(v))
    return np.mean(total)


@given(cases(), st.sampled_from([0.5, 1.0]))
def test_against_loops(case, order):
    forecasts, outcomes = case
    pairs = list(zip(forecasts, outcomes, strict=True))
    expected = np.mean([naive_energy(z, y) for z, y in pairs])
    assert_allclose(energy_score(*case), expected, atol=1e-9)
    expected = np.mean(
        [naive_energy(z[:, [k]], y[[k]]) for z, y in pairs for k in range(len(y))]
    )
    assert_allclose(crps(*case), expected, atol=1e-9)
    expected = np.mean([naive_energy(z.sum(1)[:, None], [y.sum()]) for z, y in pairs])
    assert_allclose(crps_of_sum(*case), expected, atol=1e-9)
    expected = np.mean([naive_variogram(z, y, order) for z, y in pairs])
    assert_allclose(variogram_score(*case, order=order), expected, atol=1e-8)


@given(cases(), st.floats(-50, 50), st.floats(0.1, 10))
def test_symmetries(case, shift, scale):
    forecasts, outcomes = case
    for score in (energy_score, crps, partial(variogram_score, order=1.0)):
        expected = score(forecasts, outcomes)
        power = 2 if isinstance(score, partial) else 1
        turned = score(forecasts[::-1, ::-1, ::-1], outcomes[::-1, ::-1])
        assert_allclose(turned, expected, atol=1e-8)
        moved = score(scale * forecasts + shift, scale * outcomes + shift)
        assert_allclose(moved, scale**power * expected, rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize("block", [1, 50, 10_000])
def test_blocks_change_nothing(block, set_chunk_numbers):
    rng = np.random.RandomState(0)
    forecasts, outcomes = rng.standard_normal((9, 6, 3)), rng.standard_normal((9, 3))
    whole = [score(forecasts, outcomes) for score in SCORES]
    set_chunk_numbers(block)
    again = [score(forecasts, outcomes) for score in SCORES]
    assert_allclose(again, whole, rtol=1e-12)


@pytest.mark.statistical
@pytest.mark.parametrize("y", [-1.0, 0.0, 2.0])
def test_gaussian_in_closed_form(y):
    rng = np.random.RandomState(0)
    z = rng.standard_normal((500, 40, 1))
    each = [crps(z[[i]], [[y]]) for i in range(500)]
    expected = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
    # Four standard errors.
    assert abs(np.mean(each) - expected) < 4 * np.std(each) / np.sqrt(500)
    assert_allclose(energy_score(z, np.full((500, 1), y)), np.mean(each))


@pytest.mark.statistical
@pytest.mark.parametrize("score", SCORES)
def test_size_of_the_ensemble_changes_no_mean(score):
    rng = np.random.RandomState(0)
    n = 1000
    outcomes = rng.standard_normal((n, 2))
    large = score(rng.standard_normal((n, 40, 2)), outcomes)
    small = rng.standard_normal((n, 2, 2))
    each = [score(small[[i]], outcomes[[i]]) for i in range(n)]
    # Four standard errors; unfair forms are off by more.
    assert abs(np.mean(each) - large) < 4 * np.std(each) / np.sqrt(n)


@pytest.mark.statistical
@pytest.mark.parametrize("score", SCORES)
def test_truth_is_best(score):
    rng = np.random.RandomState(0)
    factor = np.linalg.cholesky([[1.0, 0.7], [0.7, 1.0]])
    outcomes = rng.standard_normal((1500, 2)) @ factor.T
    noise = rng.standard_normal((1500, 20, 2))
    truth = score(noise @ factor.T, outcomes)
    wrong = {
        "narrow": 0.5 * noise @ factor.T,
        "wide": 2.0 * noise @ factor.T,
        "independent": noise,
        "biased": noise @ factor.T + np.array([1.0, 0.5]),
    }
    # Marginal scores do not see dependence, nor differences a common shift.
    if score is crps:
        del wrong["independent"]
    for name, forecasts in wrong.items():
        assert truth < score(forecasts, outcomes), name


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("forecasts", "outcomes", "message"),
    [
        (np.zeros((3, 1, 2)), np.zeros((3, 2)), "two samples or more"),
        (np.zeros((3, 4, 2)), np.zeros((2, 2)), "forecasts has shape"),
        (np.zeros((3, 4)), np.zeros((3, 4)), "forecasts has shape"),
        (np.full((3, 4, 2), np.nan), np.zeros((3, 2)), "forecasts contains NaN"),
    ],
    ids=["one sample", "cases", "2-D", "NaN"],
)
def test_errors(score, forecasts, outcomes, message):
    with pytest.raises(ValueError, match=message):
        score(forecasts, outcomes)


def test_errors_of_the_variogram():
    with pytest.raises(ValueError, match=r"outcomes has 1 feature\(s\)"):
        variogram_score(np.zeros((3, 4, 1)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="order"):
        variogram_score(np.zeros((3, 4, 2)), np.zeros((3, 2)), order=0.0)
