"""
The diffusion stage alone: from noise to rings
==============================================

``DiffusionResidualSampler`` has the methods of scikit-learn's ``KernelDensity`` and can be used
alone. Here it learns two rings, which no small mixture fits well.
"""

# %%
# Fit
# ---
# Start from the classic: a Gaussian mixture whose size is chosen by BIC. The network corrects its score. (The
# default looks for a mixture by itself, but gives up after two sizes in turn that do not help, which on rings
# is at once.)

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
print("components of the mixture:", mixture.n_components)
sampler = DiffusionResidualSampler(
    score_model=ScoreNetwork(base=mixture), random_state=0
).fit(X)
print("iterations:", sampler.n_iter_)

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
# Held-out log-likelihood (higher is better), energy distance to held-out rows (its floor is the last
# line), and memorisation: distance to the nearest training row over the distance of held-out rows, one for new
# rows. Where the network finds nothing to add to the mixture, early stopping leaves it there.

draws = {
    "diffusion": sampler.sample(2000, random_state=0),
    "mixture": mixture.sample(2000)[0],
}
print(f"{'':14}{'log-likelihood':>15}{'energy':>9}{'memorisation':>14}")
for name, model in {"diffusion": sampler, "mixture": mixture}.items():
    score = model.score(held_out[:1000])
    energy = energy_distance(draws[name], held_out)
    ratio = nearest_neighbor_ratio(draws[name], X, held_out)
    print(f"{name:14}{score:15.3f}{energy:9.4f}{ratio:14.2f}")
print(f"{'training rows':14}{'':15}{energy_distance(X, held_out):9.4f}{0.0:14.2f}")

# %%
# The density, from the change of variables of the probability flow.

side = np.linspace(-3.3, 3.3, 60)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
figure, axes = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
for ax, (name, model) in zip(
    axes, {"diffusion": sampler, "mixture": mixture}.items(), strict=True
):
    density = np.exp(model.score_samples(grid)).reshape(60, 60)
    image = ax.pcolormesh(side, side, density, cmap="magma", vmin=0.0, vmax=0.18)
    ax.set_title(name)
    ax.set_xlabel("x0")
    ax.set_aspect("equal")
axes[0].set_ylabel("x1")
figure.colorbar(image, ax=axes, label="density")
plt.show()
