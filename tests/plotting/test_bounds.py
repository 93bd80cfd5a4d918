"""BoundsDisplay shows bounds, their terms and what was measured."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.plotting import BoundsDisplay
from skdiffts.sde import VP
from skdiffts.theory import bounds, kl_bound, tv_bound, w2_bound


@pytest.fixture
def results():
    sde = VP()
    return {
        "total_variation": tv_bound(sde, 0.01, prior_tv=0.02),
        "wasserstein": w2_bound(sde, 0.01, prior_w2=0.02, slope=0.5),
        "kullback_leibler": kl_bound(sde, 0.0, prior_kl=0.02),
    }


def test_points_are_terms_and_totals(results):
    display = BoundsDisplay.from_predictions(
        results, measured={"kullback_leibler": 0.005}
    )
    assert list(display.points_) == list(results)
    for name, terms in (
        ("total_variation", ["initial", "score"]),
        ("wasserstein", ["initial", "score", "truncation"]),
        ("kullback_leibler", ["initial", "score", "discretization"]),
    ):
        result = results[name]
        expected = [*(getattr(result, term) for term in terms), result.total]
        assert_allclose(display.points_[name].get_xdata(), expected)
    assert list(display.measured_points_) == ["kullback_leibler"]
    assert_array_equal(
        display.measured_points_["kullback_leibler"].get_xdata(), [0.005]
    )
    labels = [text.get_text() for text in display.axes_[2].get_yticklabels()]
    assert labels[-2:] == ["bound", "measured"]
    assert "nats" in display.axes_[2].get_xlabel()


def test_all_is_in_sight(results):
    display = BoundsDisplay.from_predictions(results)
    for axis, (name, result) in zip(display.axes_, results.items(), strict=True):
        low, high = axis.get_xlim()
        positive = [v for v in display.terms[name].values() if v > 0]
        assert low < min(positive) <= result.total < high
        # Zeros, which a logarithmic axis has no place for, are told in numbers.
        numbers = [float(text.get_text()) for text in axis.texts]
        assert_allclose(numbers, [*display.terms[name].values(), result.total], 0.01)


@pytest.mark.parametrize("total", [0.0, np.inf])
def test_bounds_that_say_nothing(results, total):
    class Bound:
        def __init__(self):
            self.total, self.initial = total, 0.0

    display = BoundsDisplay.from_predictions({"mine (m)": Bound()})
    assert display.axes_[0].get_xlabel() == "mine (m)"
    assert float(display.axes_[0].texts[-1].get_text()) == total
    display.figure_.canvas.draw()


def test_from_a_generator(generator):
    rows = generator.residuals_
    display = BoundsDisplay.from_estimator(generator, rows, random_state=0)
    expected = bounds(generator.sampler_, rows, random_state=0)
    assert display.totals == {
        name: getattr(expected, name).total
        for name in (
            "total_variation",
            "kullback_leibler",
            "wasserstein",
            "free_wasserstein",
        )
    }
    assert "units of X" in display.axes_[2].get_xlabel()


def test_errors(results):
    with pytest.raises(ValueError, match=r"measured has \['energy'\]"):
        BoundsDisplay.from_predictions(results, measured={"energy": 1.0})
    with pytest.raises(ValueError, match="holds no bound"):
        BoundsDisplay.from_predictions({"a": 3.0})
