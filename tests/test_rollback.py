"""The guard around fit."""

import inspect

import pytest
from sklearn.base import (
    BaseEstimator,
    OneToOneFeatureMixin,
    TransformerMixin,
    clone,
)

from skdiffts._rollback import whole_or_nothing


class Model(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fails where it is told to, after it has set something."""

    def __init__(self, error=None, odd_=1):
        self.error = error
        self.odd_ = odd_

    @whole_or_nothing
    def fit(self, X, y=None):
        """Fit."""
        self._private, self.public_ = [X], X
        if self.error is not None:
            raise self.error
        self.last_ = X
        return self

    def transform(self, X):
        return X


def test_a_fit_that_ends_is_left_alone():
    model = Model()
    assert model.fit(3) is model
    assert (model._private, model.public_, model.last_) == ([3], 3, 3)
    assert model.fit(4, y=None).last_ == 4
    assert list(inspect.signature(Model.fit).parameters) == ["self", "X", "y"]
    assert Model.fit.__doc__ == "Fit."


@pytest.mark.parametrize("error", [ValueError("no"), RuntimeWarning("no")])
@pytest.mark.parametrize("fitted_before", [True, False])
def test_an_error_leaves_parameters_and_settings(error, fitted_before):
    model = Model(odd_=5).set_output(transform="pandas")
    model.note = "of the user"
    before = vars(model).copy()
    if fitted_before:
        model.fit(3)
    model.error = before["error"] = error
    with pytest.raises(type(error)) as caught:
        model.fit(4)
    assert caught.value is error
    assert vars(model) == before
    assert "_sklearn_output_config" in before  # a name of scikit-learn's own
    assert clone(model).odd_ == 5


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interruption_leaves_all_as_it_was(interrupt):
    model = Model().fit(3)
    model.error = interrupt
    before = vars(model).copy()
    with pytest.raises(interrupt):
        model.fit(4)
    assert vars(model) == before
    assert model.public_ == 3
    first = Model(interrupt)
    with pytest.raises(interrupt):
        first.fit(4)
    assert vars(first) == {"error": interrupt, "odd_": 1}
