r"""
Time reversal with noise that depends on the state
==================================================

The processes of ``skdiffts.sde`` have noise that depends on time alone. The theorem of time reversal
(Anderson 1982, Haussmann and Pardoux 1986) needs less: for

.. math:: dX_t = b(t, X_t)\, dt + \sqrt{a(t, X_t)}\, dW_t

the process :math:`Y_s = X_{T-s}` solves

.. math:: dY_s = \left[-b + \nabla \cdot a + a \nabla\log p\right](T - s, Y_s)\, ds
          + \sqrt{a(T - s, Y_s)}\, dW_s.

The divergence of a is what the linear processes do not have. We simulate one example forward and backward.
"""

# %%
# Geometric Brownian motion, :math:`dX = \sigma X\, dW`, has :math:`a = \sigma^2 x^2`. From a lognormal start it stays
# lognormal, so that its score is known.

import matplotlib.pyplot as plt
import numpy as np

SIGMA, MEAN, STD = 0.7, 0.0, 0.3  # of the noise; of log X at t = 0
N_STEPS, N_PATHS = 400, 20_000


def log_moments(t):
    """Mean and variance of log X at t."""
    return MEAN - 0.5 * SIGMA**2 * t, STD**2 + SIGMA**2 * t


def score(x, t):
    """Gradient of the log-density of X at t."""
    mean, variance = log_moments(t)
    return -(1.0 + (np.log(x) - mean) / variance) / x


def reverse(x, rng, divergence=True):
    """Euler-Maruyama steps of the reverse equation from t = 1 to 0."""
    h = 1.0 / N_STEPS
    for k in range(N_STEPS):
        a = SIGMA**2 * x**2
        drift = a * score(x, 1.0 - k * h) + divergence * 2.0 * SIGMA**2 * x
        noise = np.sqrt(a * h) * rng.standard_normal(x.shape)
        x = np.maximum(x + h * drift + noise, 1e-6)
    return x


rng = np.random.RandomState(0)
start = np.exp(MEAN + STD * rng.standard_normal(N_PATHS))
end = start * np.exp(SIGMA * rng.standard_normal(N_PATHS) - 0.5 * SIGMA**2)
back, without = reverse(end, rng), reverse(end, rng, divergence=False)

for name, x in {
    "start": start,
    "end": end,
    "back": back,
    "without div a": without,
}.items():
    print(f"{name:14} mean of log X {np.log(x).mean():7.3f}, sd {np.log(x).std():.3f}")

# %%
# The reverse process returns to the start. Without the divergence of a it does not.

bins = np.linspace(-2.0, 2.0, 80)
figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, x in {"start": start, "back": back, "without div a": without}.items():
    ax.hist(np.log(x), bins, density=True, histtype="step", label=name)
ax.set_xlabel("log X at t = 0")
ax.set_ylabel("density")
ax.legend(frameon=False)
plt.show()
