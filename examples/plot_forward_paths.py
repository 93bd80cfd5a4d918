"""
Forward paths: OU beside COU
============================

The Ornstein-Uhlenbeck process forgets its start; its contractive counterpart blows the start up, so that the *reverse*
process contracts. ``sample_path`` draws both without an error of discretisation.
"""

# %%
# Two starts, 20 paths of each.

import matplotlib.pyplot as plt
import numpy as np

from skdiffts.sde import COU, OU

times = np.linspace(0.0, 1.0, 200)
start = np.repeat([[-2.0], [2.0]], 20, axis=0)
processes = {"OU": OU(theta=2.0, sigma=1.0), "COU": COU(theta=2.0, sigma=1.0)}

figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
for ax, (name, sde) in zip(axes, processes.items(), strict=True):
    paths = sde.sample_path(start, times, random_state=0)[..., 0]
    ax.plot(times, paths[:, :20], color="tab:blue", linewidth=0.6)
    ax.plot(times, paths[:, 20:], color="tab:orange", linewidth=0.6)
    ax.set(title=name, xlabel="diffusion time t")
    gap = paths[-1, 20:].mean() - paths[-1, :20].mean()
    print(
        f"{name}: the starts are 4 apart, the ends {gap:.2f}; spread {sde.std(1.0):.2f}"
    )
axes[0].set_ylabel("$x_t$")
plt.show()
