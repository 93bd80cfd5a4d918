"""
A double well: what a linear model cannot follow
================================================

A particle in a potential with two wells jumps from one to the other now and then. One path of
5,000 rows is all that the generator sees. The distribution is known, so that everything
it learns can be held against the truth.
"""

# %%
# Data and fit
# ------------
# ``make_double_well`` returns the path and its exact distribution. Time between rows is
# ``dt``; drift and covariance are per unit of it. The classic beside us is a vector
# autoregression with resampled residuals, smoothed a little: the same estimator in its
# global limit, and a kernel density.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.datasets import make_double_well
from skdiffts.metrics import sliced_wasserstein
from skdiffts.plotting import DriftFieldDisplay, PathFanDisplay

X, truth = make_double_well(n_rows=5000, random_state=0)
generator = GenerativeTimeSeries().set_params(
    dynamics__dt=truth.dt,
    sampler__random_state=0,
    sampler__solver__n_steps=25,  # half the default: these pages should build soon
)
generator.fit(X)
linear = GenerativeTimeSeries(
    KernelDriftVolEstimator(
        "all",
        shrinkage=1.0,
        additive_drift=False,
        ridge=0.0,
        dt=truth.dt,
        conditioning=None,
    ),
    KernelDensity(bandwidth=0.1),
).fit(X)
print("neighbours:", generator.dynamics_.n_neighbors_)
print("iterations of the network:", generator.sampler_.n_iter_)

# %%
# The drift
# ---------
# The fit finds the two wells, where the drift changes sign from plus to minus. This path was
# longer in one of them, and the model believes it.

display = DriftFieldDisplay.from_estimator(generator.dynamics_, X, truth=truth)

# %%
# Paths
# -----
# The same start, 300 rows on: the true distribution, ours, and the linear model.

paths = {
    "truth": truth.sample(60, 800, x0=[-1.0], random_state=1),
    "skdiffts": generator.sample(60, 800, x0=[-1.0], random_state=1),
    "linear": linear.sample(60, 800, x0=[-1.0], random_state=1),
}
# sphinx_gallery_thumbnail_number = 2
figure, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True, layout="constrained")
for ax, (name, panel) in zip(axes, paths.items(), strict=True):
    ax.plot(panel[:5, :300, 0].T, linewidth=0.8)
    ax.set_title(name)
    ax.set_xlabel("row")
axes[0].set_ylabel("state")

# %%
# How many jumps, and where are the paths in the end? A path counts as having jumped when it comes
# within 0.5 of the other well.

reference = truth.sample(60, 800, x0=[-1.0], random_state=2)
print(f"{'':10}{'rows above 0.5':>16}{'jumps a path':>14}{'sliced W2 of pairs':>20}")
for name, panel in paths.items():
    x = panel[:, :, 0]
    side = np.where(np.abs(x) > 0.5, np.sign(x), 0.0)
    jumps = [np.count_nonzero(np.diff(s[s != 0.0])) for s in side]
    pairs, true_pairs = (
        np.concatenate([p[:, 300:-1:10], p[:, 301::10]], axis=2).reshape(-1, 2)
        for p in (panel, reference)
    )
    distance = sliced_wasserstein(pairs, true_pairs, random_state=0)
    print(f"{name:10}{(x > 0.5).mean():16.2f}{np.mean(jumps):14.1f}{distance:20.3f}")

# %%
# The first line is the noise floor: another sample of the true distribution. How much
# of the time is spent in each well is learnt from few jumps, and the distance depends
# on little else, so that one training path does not say much: the benchmarks have the
# mean over five. The fan shows the real path within 50 % and 90 % of the simulated
# ones.

PathFanDisplay.from_estimator(generator, X[:300], n_paths=60, x0=X[0], random_state=0)
plt.show()
