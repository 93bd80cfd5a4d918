"""
The diffusion stage alone: from noise to rings
==============================================

``DiffusionResidualSampler`` has the methods of scikit-learn's ``KernelDensity`` and can be
used alone. Here it starts from one Gaussian and learns two rings.
"""

# %%
# Fit
# ---
# The network corrects the score of a base distribution: here one Gaussian, so that all there
# is to see has been learnt. Two classics stand beside it: the Gaussian itself, and a mixture
# whose size is chosen by BIC.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.mixture import GaussianMixture

from skdiffts import DiffusionResidualSampler
from skdiffts.metrics import energy_distance, nearest_neighbor_ratio
from skdiffts.plotting import LossCurveDisplay, ReverseDiffusionDisplay
from skdiffts.scores import ScoreNetwork


def make_rings(n, seed):
    """Draw from two rings with noise."""
    rng = np.random.RandomState(seed)
    angle, radius = rng.uniform(0.0, 2.0 * np.pi, n), rng.choice([1.0, 2.5], n)
    rows = radius[:, np.newaxis] * np.column_stack([np.cos(angle), np.sin(angle)])
    return rows + rng.normal(scale=0.12, size=rows.shape)


X, held_out = make_rings(2000, 0), make_rings(2000, 1)
sizes = (5, 10, 20, 30, 40)
mixtures = [GaussianMixture(k, random_state=0).fit(X) for k in sizes]
mixture = min(mixtures, key=lambda candidate: candidate.bic(X))
sampler = DiffusionResidualSampler(
    score_model=ScoreNetwork(base="gaussian"), random_state=0
).fit(X)
print("iterations:", sampler.n_iter_)
models = {
    "Gaussian": GaussianMixture(1, random_state=0).fit(X),
    f"mixture of {mixture.n_components}": mixture,
    "diffusion": sampler,
}

# %%
# The loss
# --------
# Training stops, and goes back to the best weights, when the validation loss rises.

display = LossCurveDisplay.from_estimator(sampler)

# %%
# From noise to data
# ------------------

ReverseDiffusionDisplay.from_estimator(sampler, X, random_state=0)

# %%
# How good is it?
# ---------------
# Held-out log-likelihood (higher is better), energy distance to held-out rows (its floor is
# the last line), and memorisation: distance to the nearest training row over the distance of
# held-out rows, one for new rows.

print(f"{'':14}{'log-likelihood':>15}{'energy':>9}{'memorisation':>14}")
for name, model in models.items():
    drawn = sampler.sample(2000, random_state=0)
    if model is not sampler:
        drawn = model.sample(2000)[0]
    score = model.score(held_out[:1000])
    energy = energy_distance(drawn, held_out)
    ratio = nearest_neighbor_ratio(drawn, X, held_out)
    print(f"{name:14}{score:15.3f}{energy:9.4f}{ratio:14.2f}")
print(f"{'training rows':14}{'':15}{energy_distance(X, held_out):9.4f}{0.0:14.2f}")

# %%
# The density, of the diffusion by the change of variables of the probability flow.

side = np.linspace(-3.3, 3.3, 60)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.2), layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    density = np.exp(model.score_samples(grid)).reshape(60, 60)
    image = ax.pcolormesh(side, side, density, cmap="magma", vmin=0.0, vmax=0.18)
    ax.set_title(name)
    ax.set_xlabel("x0")
    ax.set_aspect("equal")
axes[0].set_ylabel("x1")
figure.colorbar(image, ax=axes, label="density")
plt.show()
