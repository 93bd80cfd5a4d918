"""Invertible transformers: their Jacobian, and rows without an inverse."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PowerTransformer,
    StandardScaler,
)

from skdiffts import _preprocessing
from skdiffts._preprocessing import Preprocessing

ROWS = np.exp(np.random.default_rng(0).normal(size=(40, 2)))


def test_nothing_is_changed_without_a_transformer():
    preprocessing = Preprocessing.fit(None, ROWS)
    assert preprocessing.transform(ROWS) is ROWS
    assert preprocessing.inverse_transform(ROWS) is ROWS
    assert preprocessing.is_recovered(ROWS, ROWS).all()
    assert_array_equal(preprocessing.log_jacobian(ROWS, ROWS), np.zeros(len(ROWS)))


@pytest.mark.parametrize(
    ("transformer", "expected"),
    [
        (FunctionTransformer(np.log, np.exp), -np.log(ROWS).sum(axis=1)),
        (StandardScaler(), np.full(len(ROWS), -np.log(ROWS.std(axis=0)).sum())),
    ],
    ids=["log", "scaler"],
)
def test_log_jacobian_in_closed_form(transformer, expected, monkeypatch):
    preprocessing = Preprocessing.fit(transformer, ROWS)
    transformed = preprocessing.transform(ROWS)
    found = preprocessing.log_jacobian(transformed, ROWS)
    assert_allclose(found, expected, atol=1e-8)
    assert_allclose(preprocessing.inverse_transform(transformed), ROWS, rtol=1e-12)
    monkeypatch.setattr(_preprocessing, "slices", lambda *_: [slice(7), slice(7, 40)])
    assert_array_equal(preprocessing.log_jacobian(transformed, ROWS), found)


def test_a_user_keeps_an_unfitted_transformer():
    scaler = StandardScaler()
    assert Preprocessing.fit(scaler, ROWS).transformer is not scaler
    assert not hasattr(scaler, "mean_")


def test_a_fitted_transformer_is_enough_for_the_way_forward():
    scaler = StandardScaler().fit(ROWS)
    rows = Preprocessing(scaler).transform(ROWS)
    assert_array_equal(rows, scaler.transform(ROWS))
    log = FunctionTransformer(np.log, np.exp).fit(ROWS)
    with pytest.raises(ValueError, match="maps rows of X to NaN or infinity; pass"):
        Preprocessing(log).transform(-ROWS)


def test_rows_beyond_a_bound_are_pulled_to_the_training_range():
    """Yeo-Johnson with a negative power is bounded."""
    preprocessing = Preprocessing.fit(PowerTransformer(), ROWS**3)
    assert (preprocessing.transformer.lambdas_ < 0.0).all()
    far = np.full((3, 2), 1e3)
    back = preprocessing.inverse_transform(far)
    assert np.isfinite(back).all()
    assert (back >= (ROWS**3).max(axis=0) * (1.0 - 1e-9)).all()


def test_clipped_rows_have_no_density():
    preprocessing = Preprocessing.fit(MinMaxScaler(clip=True), ROWS)
    new = ROWS.copy()
    new[4, 0] = ROWS[:, 0].max() + 1.0
    found = preprocessing.log_jacobian(preprocessing.transform(new), new)
    assert_array_equal(np.flatnonzero(found == -np.inf), [4])
