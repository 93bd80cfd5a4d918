"""Columns that grow by factors are modelled by their logarithms, by default."""

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import FunctionTransformer

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.columns import Support

LOGARITHM = FunctionTransformer(np.log, np.exp)


def make_table(n=500, seed=0):
    """A price and a temperature."""
    noise = np.random.RandomState(seed).standard_normal((n, 2))
    price = 30.0 * np.exp(0.05 * noise[:, 0].cumsum())
    return pd.DataFrame({"price": price, "temperature": noise[:, 1]})


def make_generator(**parameters):
    return GenerativeTimeSeries(sampler=GaussianMixture(), **parameters)


@pytest.fixture(scope="module")
def fitted():
    return make_generator().fit(make_table())


def test_it_is_found_and_said(fitted):
    assert repr(fitted.support_) == "{'price': Support(power=0.0)}"
    assert "price: positive, by its logarithm" in fitted.describe()


def test_it_is_the_same_model_as_behind_a_logarithm():
    X = make_table()[["price"]]
    found = make_generator().fit(X)
    behind = make_generator(preprocessor=LOGARITHM).fit(X)
    np.testing.assert_allclose(found.score_samples(X), behind.score_samples(X))
    options = {"x0": "last", "output": "array", "random_state": 0}
    ours, theirs = (one.sample(5, 100, **options) for one in (found, behind))
    np.testing.assert_allclose(ours, theirs)


def test_simulated_prices_are_positive_and_later_ones_need_not_be(fitted):
    paths = fitted.sample(20, 2000, x0="last", random_state=0)
    assert (paths["price"] > 0.0).all()
    X = make_table()
    X.iloc[-1, 0] = -1.0
    density = fitted.score_samples(X)
    assert np.isfinite(density[1:]).all()
    assert density[-1] < density[1:-1].min() - 100.0


def test_it_can_be_overridden():
    X = make_table()
    assert make_generator(support={"price": "real"}).fit(X).support_ == {}
    forced = make_generator(support={"temperature": "logarithm"})
    warm = X.assign(temperature=20.0 + X["temperature"])
    assert forced.fit(warm).support_["temperature"].is_logarithm
    with pytest.raises(ValueError, match="logarithm"):
        forced.fit(X)
    assert not Support(power=0.0).is_real


def test_a_history_that_is_given_is_in_the_units_that_are_given():
    given = KernelDriftVolEstimator(conditioning=None)
    generator = GenerativeTimeSeries(given, GaussianMixture()).fit(make_table())
    assert generator.support_ == {}
