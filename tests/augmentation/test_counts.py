"""How many paths each class gets."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skdiffts.augmentation._counts import STRATEGIES, generated_counts

sizes = st.lists(st.integers(1, 12), min_size=2, max_size=5)


def labels_of(sizes):
    return np.repeat(np.arange(len(sizes)) * 10, sizes)


def reference(strategy, y):
    """Return what imbalanced-learn makes of a strategy, without the zeros."""
    validation = pytest.importorskip(
        "imblearn.utils", reason="imbalanced-learn is not installed"
    )
    counts = validation.check_sampling_strategy(strategy, y, "over-sampling")
    return {label: n for label, n in counts.items() if n}


@pytest.mark.integration
@given(sizes, st.sampled_from(sorted(STRATEGIES)))
def test_names_mean_what_they_mean_in_imbalanced_learn(sizes, name):
    y = labels_of(sizes)
    assert generated_counts(name, 1.0, y) == reference(name, y)


@pytest.mark.integration
@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.01, 1.0))
def test_numbers_mean_what_they_mean_in_imbalanced_learn(first, second, number):
    y = labels_of([first, second])
    product = number * max(first, second)
    # It takes the rounding error of a product that falls short of a whole number.
    assume(not 0.0 < round(product) - product < 1e-8)
    try:
        expected = reference(number, y)
    except ValueError:  # it also refuses a number that adds nothing
        assert int(number * max(first, second)) <= min(first, second)
        return
    assert generated_counts(number, 1.0, y) == expected


@pytest.mark.integration
@given(sizes, st.data())
def test_dicts_mean_what_they_mean_in_imbalanced_learn(sizes, data):
    y = labels_of(sizes)
    wanted = {
        10 * i: n + data.draw(st.integers(0, 5))
        for i, n in enumerate(sizes)
        if data.draw(st.booleans())
    }
    assert generated_counts(wanted, 1.0, y) == reference(wanted, y)
    assert generated_counts(lambda y: wanted, 1.0, y) == reference(wanted, y)


@given(sizes, st.floats(1.0, 4.0), st.sampled_from(sorted(STRATEGIES)))
def test_ratio_is_a_factor_on_every_class(sizes, ratio, name):
    y = labels_of(sizes)
    plain, more = (generated_counts(name, r, y) for r in (1.0, ratio))
    for i, size in enumerate(sizes):
        once, many = (size + counts.get(10 * i, 0) for counts in (plain, more))
        assert ratio * once - 1e-6 <= many < ratio * once + 1.0


def test_ratio_is_not_rounded_up_by_a_rounding_error():
    assert 1.12 * 25 > 28
    assert generated_counts("auto", 1.12, labels_of([25, 25])) == {0: 3, 10: 3}


@pytest.mark.parametrize("percent", range(1, 101))
def test_a_number_is_not_rounded_down_by_a_rounding_error(percent):
    """Of the hundredths of 100, 29 and 57 fall short in floating point."""
    y = labels_of([100, 1])
    expected = {10: percent - 1} if percent > 1 else {}
    assert generated_counts(percent / 100, 1.0, y) == expected


def test_the_number_that_a_message_offers_is_taken():
    y = labels_of([3, 1])
    with pytest.raises(ValueError, match="pass a number from 1/3 to 1"):
        generated_counts(0.333, 1.0, y)
    assert generated_counts(1 / 3, 1.0, y) == {}


def test_one_class_can_be_made_larger():
    assert generated_counts("auto", 3.0, np.zeros(4, dtype=int)) == {0: 8}
    assert generated_counts("auto", 1.0, np.zeros(4, dtype=int)) == {}


def test_labels_may_be_strings():
    y = np.array(["b", "a", "b", "b"])
    assert generated_counts("auto", 1.0, y) == {"a": 2}
    assert generated_counts({"a": 3}, 1.0, y) == {"a": 2}


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ("majority", "'majority'; pass one of"),
        (lambda y: [1], "pass one of"),
        (0.5, "would make class 10 smaller"),
        ({10: 2}, "asks for 2 paths of class 10, which has 6"),
        ({7: 20}, r"names \[7\].*classes are \[0, 10\]"),
    ],
)
def test_what_cannot_be_is_refused(strategy, message):
    with pytest.raises(ValueError, match=message):
        generated_counts(strategy, 1.0, labels_of([8, 6]))


def test_a_number_suits_two_classes():
    with pytest.raises(ValueError, match="y has 3: pass a dict"):
        generated_counts(0.9, 1.0, labels_of([3, 2, 1]))
