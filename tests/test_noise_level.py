"""Angle of the noise level for floats and tensors."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts._noise_level import angle, cosine_sine, log_snr_at, tensor_cosine_sine

LEVELS = st.floats(-12.0, 12.0)


@given(LEVELS)
def test_ratio_of_cosine_and_sine_is_the_signal_to_noise_ratio(log_snr):
    cosine, sine = cosine_sine(log_snr)
    assert_allclose(cosine / sine, np.exp(log_snr), rtol=1e-10)
    assert_allclose(cosine**2 + sine**2, 1.0, rtol=1e-14)


@given(LEVELS)
def test_angle_is_undone(log_snr):
    assert_allclose(log_snr_at(angle(log_snr)), log_snr, atol=1e-10)


@given(LEVELS)
def test_tensors_give_the_same(log_snr):
    tensor = torch.tensor([[log_snr]], dtype=torch.float64)
    assert_allclose(
        [float(x) for x in tensor_cosine_sine(tensor)], cosine_sine(log_snr)
    )
