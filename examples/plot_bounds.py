"""
Bounds beside measured distances
================================

For a distribution that is known the score error of a fitted sampler can be measured
exactly. The bounds of ``skdiffts.theory`` in total variation and divergence then hold,
and we see how large they are.
"""

# %%
# A mixture of three Gaussians in two dimensions is the distribution of the data. The
# network starts from a plain Gaussian and has the clusters to learn; we stop it early
# and late.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.mixture import GaussianMixture

from skdiffts import DiffusionResidualSampler
from skdiffts.metrics import wasserstein
from skdiffts.plotting import BoundsDisplay
from skdiffts.theory import bounds

means = np.array([[-1.5, 0.0], [1.5, 0.0], [0.0, 1.5]])
rng = np.random.RandomState(0)
distribution = GaussianMixture(3, random_state=0).fit(
    np.concatenate([rng.normal(mean, 0.5, (2000, 2)) for mean in means])
)
distribution.set_params(random_state=rng)  # else each sample has the same seed
X, fresh, again = (distribution.sample(n)[0] for n in (2000, 1000, 1000))

results, measured = {}, {}
for max_iter in (50, 400):
    sampler = DiffusionResidualSampler(
        max_iter=max_iter, early_stopping=False, random_state=0
    )
    sampler.set_params(score_model__base="gaussian").fit(X)
    results[max_iter] = bounds(sampler, distribution, random_state=0)
    draws = sampler.sample(1000, random_state=0)
    measured[max_iter] = wasserstein(draws, fresh)

print(f"{'iterations':>10}{'TV bound':>10}{'KL bound':>10}{'W2 est.':>10}{'W2':>8}")
for max_iter, result in results.items():
    row = (
        result.total_variation.total,
        result.kullback_leibler.total,
        result.free_wasserstein_estimate.value,
    )
    numbers = "".join(f"{number:10.2g}" for number in row)
    print(f"{max_iter:10}{numbers}{measured[max_iter]:8.3f}")
print(f"W2 between two samples of the distribution: {wasserstein(again, fresh):.3f}")

# %%
# Each bound has a term for the distribution at t = 1 and one for the score, which
# training improves. The bounds in total variation and divergence are useful numbers
# here. A Wasserstein bound needs the largest slope of the score over all points, which
# is not known for a network: it is infinite, and what is printed above is an estimate
# with the steepest place that a search has found. It promises nothing, and is useless
# besides: its exponent grows with the slope, which separate clusters make steep.

shown = {
    name: getattr(results[400], name)
    for name in ("total_variation", "kullback_leibler")
}
BoundsDisplay.from_predictions(shown)

# %%
# Where does the score err? Squared error of the predicted noise, by noise level: largest where the clusters
# separate. There training takes most of it away.

figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for max_iter, result in results.items():
    error = result.score_error
    ax.semilogy(error.log_snr, error.relative, label=f"{max_iter} iterations")
ax.set_xlabel("log signal-to-noise ratio (noise on the left, data on the right)")
ax.set_ylabel("squared error of the noise")
ax.legend(frameon=False)
plt.show()
