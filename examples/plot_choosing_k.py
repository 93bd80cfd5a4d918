"""
Choosing k
==========

The number of neighbours is the parameter that matters most. We look at the leave-one-out scores
behind ``n_neighbors="auto"``, at held-out scores, and at what different k do to simulated paths.
"""

# %%
# Candidates
# ----------
# A Van der Pol oscillator, with noise that depends on the state. ``selection_`` keeps the scores of
# all candidates, for each shrinkage; the last candidate is the limit of equal weights, ``"all"``.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.datasets import make_van_der_pol
from skdiffts.kernel import Tabulated
from skdiffts.metrics import sliced_wasserstein

X, truth = make_van_der_pol(n_rows=2000, random_state=0)
held_out = truth.sample(1, 5000, random_state=1)[0]
auto = KernelDriftVolEstimator(dt=truth.dt, conditioning=None).fit(X)
selection = auto.selection_
candidates = [str(k) for k in selection.n_neighbors]
print("chosen:", auto.n_neighbors_, "neighbours, shrinkage", auto.shrinkage_)

best = selection.scores.max(axis=1)
test = [
    KernelDriftVolEstimator(k, dt=truth.dt, conditioning=None).fit(X).score(held_out)
    for k in selection.n_neighbors
]
figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.plot(candidates, best - best.max(), "o-", label="leave-one-out")
ax.plot(candidates, np.array(test) - max(test), "s-", label="5,000 held-out rows")
ax.set_xlabel("number of neighbours k")
ax.set_ylabel("log-likelihood less the best\n(nats a transition)")
ax.legend(frameon=False)

# %%
# Paths
# -----
# The likelihood judges one step. Do the paths agree? On the whole: they want fewer neighbours still, and
# are worst with all of them, whether weighed by the kernel or alike. Sliced Wasserstein distance of pairs
# (x_t, x_{t+1}) to the true distribution, with the residual distribution kept simple.

true_paths = truth.sample(50, 600, burn_in=500, random_state=2)
floor_paths = truth.sample(50, 600, burn_in=500, random_state=3)


def pairs(paths):
    """Pairs of successive rows, thinned."""
    return np.concatenate([paths[:, 100:-1:5], paths[:, 101::5]], axis=2).reshape(-1, 4)


def distance(paths):
    """Distance of pairs to pairs of the true distribution."""
    return sliced_wasserstein(pairs(paths), pairs(true_paths), random_state=0)


distances = []
for k in selection.n_neighbors:
    dynamics = KernelDriftVolEstimator(
        k, dt=truth.dt, evaluation=Tabulated(), conditioning=None
    )
    generator = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.2)).fit(X)
    paths = generator.sample(50, 600, x0="states", random_state=0)
    distances.append(distance(paths))
figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.plot(candidates, distances, "o-", label="simulated paths")
ax.axhline(distance(floor_paths), color="0.5", linestyle="--", label="a true sample")
ax.set_xlabel("number of neighbours k")
ax.set_ylabel("sliced W2 of pairs")
ax.legend(frameon=False)
plt.show()
