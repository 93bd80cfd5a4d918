"""
Forward paths: OU beside COU
============================

The Ornstein-Uhlenbeck process forgets its start; its contractive counterpart blows the start up, so that the *reverse*
process contracts. ``sample_path`` draws both without an error of discretisation, and a display shows them.
"""

# %%
# Two starts, 20 paths of each, with the same noise.

import matplotlib.pyplot as plt
import numpy as np

from skdiffts.plotting import ForwardPathsDisplay
from skdiffts.sde import COU, OU

start = np.repeat([[-2.0], [2.0]], 20, axis=0)
processes = {"OU": OU(theta=2.0, sigma=1.0), "COU": COU(theta=2.0, sigma=1.0)}
display = ForwardPathsDisplay.from_estimator(processes, start, random_state=0)
for name, paths in display.paths.items():
    gap = paths[-1, 20:].mean() - paths[-1, :20].mean()
    spread = processes[name].std(1.0)
    print(f"{name}: the starts are 4 apart, the ends {gap:.2f}; spread {spread:.2f}")
plt.show()
