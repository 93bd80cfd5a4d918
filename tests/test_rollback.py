"""The guard around fit."""

import inspect
import pickle

import numpy as np
import pytest
from sklearn.base import (
    BaseEstimator,
    OneToOneFeatureMixin,
    TransformerMixin,
    clone,
)
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
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


# Attributes of other owners


class Refined(Model):
    """Has attributes of its own, named as if a fit had set them."""

    def __init__(self, error=None, odd_=1):
        super().__init__(error, odd_)
        self._tag, self.note_ = "own", ["own"]

    def fit(self, X, y=None):
        self._n_calls = getattr(self, "_n_calls", 0) + 1
        return super().fit(X, y)


@pytest.mark.parametrize("n_fits_before", [0, 1, 2])
def test_an_error_leaves_attributes_of_other_owners(n_fits_before):
    model = Refined()
    model._parent_callback_ctx = "of a search"
    for X in range(n_fits_before):
        model.fit(X)
    model.later_ = model._later = "of the user"
    model = pickle.loads(pickle.dumps(model))
    model.error = ValueError("no")
    with pytest.raises(ValueError, match="no"):
        model.fit(4)
    assert vars(model) == {
        "error": model.error,
        "odd_": 1,
        "_tag": "own",
        "note_": ["own"],
        "_n_calls": n_fits_before + 1,
        "_parent_callback_ctx": "of a search",
        "later_": "of the user",
        "_later": "of the user",
    }


class Watched(Model):
    """Is told of somebody who watches while it fits."""

    @whole_or_nothing
    def fit(self, X, y=None):
        self.watcher = "new"
        self.set_output(transform="pandas")
        return super().fit(X, y)


def test_an_error_leaves_what_others_set_meanwhile():
    model = Watched(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        model.fit(4)
    assert set(vars(model)) == {"error", "odd_", "watcher", "_sklearn_output_config"}


def test_a_fit_that_sets_nothing_new_forgets_nothing():
    """A refit to equal numbers, which are the same objects, owns them still."""
    model = Model().fit(3).fit(3)
    model.error = ValueError("no")
    with pytest.raises(ValueError, match="no"):
        model.fit(3)
    assert vars(model) == {"error": model.error, "odd_": 1}


def test_attributes_that_an_interrupted_fit_deletes_come_back():
    class Deletes(Model):
        @whole_or_nothing
        def fit(self, X, y=None):
            if self.error is not None:
                del self._private, self.note_
            return super().fit(X, y)

    model = Deletes().fit(3)
    model.note_, model.error = "of the user", KeyboardInterrupt
    before = vars(model).copy()
    with pytest.raises(KeyboardInterrupt):
        model.fit(4)
    assert vars(model) == before


# Searches and pipelines of scikit-learn


@pytest.fixture
def series():
    return np.random.RandomState(0).standard_normal((90, 2)).cumsum(axis=0)


def make_generator(**dynamics):
    return GenerativeTimeSeries(
        KernelDriftVolEstimator(**{"conditioning": None, **dynamics}),
        KernelDensity(bandwidth=0.3),
    )


BAD = {"dynamics__degree": [7]}
MESSAGE = "'degree' parameter of KernelDriftVolEstimator"


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (make_generator(), BAD),
        (KernelDriftVolEstimator(conditioning=None), {"degree": [7]}),
        (
            make_pipeline(StandardScaler(), KernelDriftVolEstimator(conditioning=None)),
            {"kerneldriftvolestimator__degree": [7]},
        ),
    ],
)
def test_a_search_shows_the_error_of_the_fit(estimator, grid, series):
    cv = TimeSeriesSplit(2)
    search = GridSearchCV(estimator, grid, cv=cv, error_score="raise")
    with pytest.raises(ValueError, match=MESSAGE):
        search.fit(series)
    with pytest.raises(ValueError, match=rf"(?s)All the 2 fits failed.*{MESSAGE}"):
        GridSearchCV(estimator, grid, cv=cv).fit(series)


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_a_search_goes_on_after_a_bad_candidate(series):
    grid, cv = {"dynamics__degree": [7, 0]}, TimeSeriesSplit(2)
    with pytest.warns(FitFailedWarning, match=MESSAGE) as caught:
        search = GridSearchCV(make_generator(), grid, cv=cv).fit(series)
    warning = str(next(w.message for w in caught if w.category is FitFailedWarning))
    assert warning.strip().endswith("Got 7 instead.")
    assert search.best_params_ == {"dynamics__degree": 0}


def test_a_pipeline_shows_the_error_of_the_fit(series):
    pipeline = make_pipeline(StandardScaler(), make_generator())
    pipeline.fit(series).set_params(generativetimeseries__dynamics__degree=7)
    with pytest.raises(ValueError, match=MESSAGE):
        pipeline.fit(series)
    with pytest.raises(NotFittedError):
        pipeline[-1].sample()


class Named(GenerativeTimeSeries):
    """A user's generator, with notes of its own."""

    def fit(self, X, y=None):
        self._tag = "mine"
        super().fit(X, y)
        self.note_ = len(X)
        return self


def test_a_search_over_a_subclass(series):
    generator = Named(
        KernelDriftVolEstimator(conditioning=None), KernelDensity(bandwidth=0.3)
    )
    with pytest.raises(ValueError, match=MESSAGE):
        GridSearchCV(generator, BAD, cv=2, error_score="raise").fit(series)
    generator.fit(series).set_params(dynamics__degree=7)
    with pytest.raises(ValueError, match=MESSAGE):
        generator.fit(series)
    assert (generator._tag, generator.note_) == ("mine", 90)
    with pytest.raises(NotFittedError):
        generator.sample()
