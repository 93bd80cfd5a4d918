"""Model selection on the bounds."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, ShuffleSplit

from skdiffts import DiffusionResidualSampler
from skdiffts.marginals import YeoJohnson
from skdiffts.scores import ScoreNetwork
from skdiffts.sde import VP
from skdiffts.theory import bounds, neg_tv_bound, neg_w2_bound, neg_w2_estimate

# Each score is a search for steep places of a network.
ONE_FOLD = ShuffleSplit(1, test_size=0.5, random_state=0)


def test_columns_mapped_non_linearly(X):
    """There is no bound in the units of X, and a mixture is none after the map."""

    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        column_map=YeoJohnson(),
        max_iter=1,
        early_stopping=False,
        random_state=0,
    ).fit(np.exp(X))
    result = bounds(sampler, np.exp(X), random_state=0)
    assert result.unit is None
    assert np.isfinite(result.wasserstein_estimate.value)
    assert result.wasserstein.total == np.inf
    assert neg_tv_bound(sampler, np.exp(X)) == -result.total_variation.total
    with pytest.raises(ValueError, match="non-linearly"):
        neg_w2_bound(sampler, np.exp(X))
    with pytest.raises(ValueError, match="non-linearly"):
        neg_w2_estimate(sampler, np.exp(X))
    with pytest.raises(ValueError, match="pass rows"):
        bounds(sampler, GaussianMixture().fit(X))


def test_search_over_lambda(X):
    """The minimiser beats every constant, and the search finds the best of them."""
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        max_iter=5,
        early_stopping=False,
        random_state=0,
    )
    grid = {"lam": [1e-3, 0.6, None]}
    search = GridSearchCV(sampler, grid, scoring=neg_w2_estimate, cv=ONE_FOLD).fit(X)
    scores = search.cv_results_["mean_test_score"]
    assert search.best_params_ == {"lam": None}
    assert (scores[:-1] < scores[-1]).all()
    assert np.argmax(scores[:-1]) == 1


def test_search_over_the_schedule(X):
    """A prior that is wrong is worse the less the process forgets."""
    sampler = DiffusionResidualSampler(
        VP(beta_max=20.0),
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        prior="standard",
        max_iter=5,
        early_stopping=False,
        random_state=0,
    )
    grid = [{"sde__beta_max": [0.2, 20.0]}, {"sde__schedule": ["geometric"]}]
    scorers = {"tv": neg_tv_bound, "w2": neg_w2_estimate}
    search = GridSearchCV(sampler, grid, scoring=scorers, cv=ONE_FOLD, refit="tv").fit(
        X
    )
    assert search.best_params_ == {"sde__beta_max": 20.0}
    assert np.isfinite(search.cv_results_["mean_test_w2"]).all()


def test_scorers_ask_an_estimator_for_its_own_bounds(moved, X):
    class Generator:
        def bounds(self, X, random_state):
            assert random_state == 0
            return bounds(moved, X[:, :2], random_state=random_state)

    wide = np.hstack([X, X])
    assert neg_w2_bound(Generator(), wide) == neg_w2_bound(moved, X)
    assert neg_w2_estimate(Generator(), wide) == neg_w2_estimate(moved, X)
    assert neg_tv_bound(Generator(), wide) == neg_tv_bound(moved, X)


def test_a_network_has_no_wasserstein_bound_to_score_by(X):
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        max_iter=1,
        early_stopping=False,
    ).fit(X)
    with pytest.raises(ValueError, match="no certified slope"):
        neg_w2_bound(sampler, X)
