"""Warnings that point at the line of the user."""

import warnings

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import cross_val_score

from skdiffts._caller import warn_caller


class Warner(BaseEstimator):
    def fit(self, X, y=None):
        warn_caller("look here")
        return self

    def score(self, X, y=None):
        return 0.0


def lines_of(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [(w.filename, str(w.message), w.category) for w in caught]


def test_a_direct_call():
    expected = [(__file__, "look here", UserWarning)]
    assert lines_of(lambda: warn_caller("look here")) == expected


def test_a_call_by_scikit_learn():
    """Its frames, and joblib's, are skipped; this file's estimator is the first other."""
    found = lines_of(lambda: cross_val_score(Warner(), np.zeros((6, 1)), cv=2))
    assert found == [(__file__, "look here", UserWarning)] * 2
