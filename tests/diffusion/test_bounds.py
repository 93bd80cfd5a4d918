"""The method that hangs the theory on the sampler."""

import numpy as np

from skdiffts.theory import bounds


def test_bounds_are_those_of_the_theory(tiny):
    X = np.random.RandomState(0).standard_normal((80, 2))
    sampler = tiny(max_iter=1).fit(X)
    ours, theirs = sampler.bounds(X, random_state=3), bounds(sampler, X, random_state=3)
    assert ours.total_variation.total == theirs.total_variation.total
    assert ours.wasserstein.total == theirs.wasserstein.total
