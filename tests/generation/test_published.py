"""The method of the source paper by one name, and residuals in sample."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries
from skdiffts.generation import published_generator
from skdiffts.kernel import nadaraya_watson


def test_residuals_in_sample_are_those_of_the_fit(walk):
    X = walk(n_rows=80)
    sampler = KernelDensity(bandwidth=0.3)
    dynamics = nadaraya_watson(20)
    inside = GenerativeTimeSeries(dynamics, sampler, residuals="in-sample").fit(X)
    outside = GenerativeTimeSeries(dynamics, sampler).fit(X)
    assert_array_equal(inside.residuals_, nadaraya_watson(20).fit(X).transform(X)[1:])
    assert inside.residuals_.var() < 0.9 * outside.residuals_.var()
    assert inside.innovation_ratio_ == 1.0
    assert outside.innovation_ratio_ < 1.0
    with pytest.raises(ValueError, match="residuals"):
        inside.set_params(residuals="all").fit(X)


def test_both_stages_of_the_paper(walk):
    X = walk(n_rows=150)
    generator = published_generator(60, random_state=0)
    generator.set_params(sampler__max_iter=40, sampler__solver__grid=[0.5, 0.1, 0.01])
    paths = generator.fit(X).sample(2, 20, random_state=0)
    assert paths.shape == (2, 20, 2)
    assert np.isfinite(paths).all()
    residuals, _ = generator.whiten(X)
    assert_allclose(generator.residuals_, residuals[1:])
