"""Distribution of residuals that depends on season and level, pooled with the sampler's."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp
from sklearn.utils import check_random_state

from skdiffts._residual_draws import ResidualDistribution, ResidualDraws
from skdiffts._seeding import draw_seed
from skdiffts.diffusion import train_conditional_mixture
from skdiffts.kernel import StateCoordinates
from skdiffts.selection import block_error

__all__ = ["StateResiduals"]

# Fewest residuals, and most columns, with which a mixture is tried.
FEWEST_ROWS, MAX_COLUMNS = 500, 16
# Share of the rows, the last ones, that training stops on and that give the weights, and
# the most of them, whose density under a network takes long.
SHARE, MAX_LAST = 0.15, 3000
# Weight below which a mixture is dropped, weight that the sampler has at least, for states
# beyond the training rows, and steps of EM.
LEAST_WEIGHT, SAMPLER_WEIGHT, N_STEPS = 0.1, 0.05, 200
# Standard errors that the gain must exceed: the weights were fitted to the same rows.
# Between these two, as many rows before are asked as well.
SURE, DOUBTFUL = 2.0, 1.0
SEED = 0


@dataclass(frozen=True, eq=False)
class StateResiduals(ResidualDistribution):
    r"""Residuals given the state: the sampler and conditional mixtures, with weights.

    .. math:: p(z \mid c) = w_0\, p(z) + \sum_j w_j\, p_j(z \mid c_j)

    The density p is the sampler's, :math:`p_j` belongs to a mixture which sees a group of
    coordinates :math:`c_j` of the history: season, level, both, covariates of the next
    row, or all of these and the last increment. The weights maximise the likelihood of
    the last training rows, which mixtures have not learnt from; these are then trained
    once more with all rows.

    Parameters
    ----------
    draws : ResidualDraws
        Draws and density of the sampler.
    coordinates : StateCoordinates
        Coordinates of histories.
    groups : tuple of tuple of str
        Groups that each mixture sees.
    mixtures : tuple of ConditionalMixture
        The mixtures.
    weights : ndarray of shape (1 + n_mixtures,)
        Weight of the sampler, then of each mixture.
    gain : float
        Gain over the sampler on the training rows that were asked, in nats a row.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
    >>> rng = np.random.RandomState(0)
    >>> X = np.zeros((800, 1))
    >>> for i in range(1, 800):  # wide steps above zero, narrow ones below
    ...     X[i] = 0.8 * X[i - 1] + (1.0 if X[i - 1, 0] > 0.0 else 0.2) * rng.normal()
    >>> dynamics = KernelDriftVolEstimator("all", conditioning=None)
    >>> sampler = GaussianMixture(2, random_state=0)
    >>> generator = GenerativeTimeSeries(dynamics, sampler, state_residuals=True).fit(X)
    >>> generator.residual_distribution_.groups
    (('level',),)
    """

    draws: ResidualDraws
    coordinates: StateCoordinates
    groups: tuple
    mixtures: tuple
    weights: np.ndarray
    gain: float

    knows_state = True

    @classmethod
    def fit(cls, draws, residuals, history, coordinates):
        """Train a mixture for each group of coordinates, and keep those that help.

        Parameters
        ----------
        draws : ResidualDraws
            Draws and density of the sampler.
        residuals : ndarray of shape (n_residuals, n_features)
            Residuals in the order of time.
        history : History
            History before each of them.
        coordinates : StateCoordinates
            Coordinates of histories.

        Returns
        -------
        StateResiduals or ResidualDraws
            The draws themselves where no mixture has a weight of a tenth, or where the
            gain is below two standard errors: on the last rows, or, where it is above
            one there, on as many rows before these and on the last ones together.
        """
        n, d = residuals.shape
        groups = coordinates.groups(history)
        if not groups or n < FEWEST_ROWS or d > MAX_COLUMNS:
            return draws
        names, n_last = _candidates(groups), min(int(SHARE * n), MAX_LAST)
        inputs = [np.hstack([groups[name] for name in chosen]) for chosen in names]
        kept, weights, gain, n_steps = _judged(draws, residuals, inputs, n_last)
        if DOUBTFUL * block_error(gain) < gain.mean() <= SURE * block_error(gain):
            moved = np.roll(np.arange(n), n_last)
            given = residuals[moved], [rows[moved] for rows in inputs]
            gain = np.concatenate([_judged(draws, *given, n_last)[2], gain])
        if not kept or not gain.mean() > SURE * block_error(gain):
            return draws
        # Once more, as long, with the last rows.
        mixtures = [
            train_conditional_mixture(residuals, inputs[j], SEED, n_steps=n_steps[j])[0]
            for j in kept
        ]
        return cls(
            draws,
            coordinates,
            tuple(names[j] for j in kept),
            tuple(mixtures),
            weights,
            float(gain.mean()),
        )

    def in_use(self, sampler, state_residuals):
        draws = self.draws.in_use(sampler, state_residuals)
        return replace(self, draws=draws) if state_residuals else draws

    def draw(self, n_samples, random_state):
        # Uniform numbers that choose a distribution, the noise of a mixture, and draws.
        rng = check_random_state(random_state)
        sampled = self.draws.draw(n_samples, int(draw_seed(rng)))
        uniform = rng.uniform(size=(n_samples, 3))
        normal = rng.standard_normal(sampled.shape)
        return np.hstack([uniform, normal, sampled])

    def residuals(self, noise, history):
        size = self.mixtures[0].noise_size
        result = noise[:, 1 + size :].copy()
        edges = np.cumsum(self.weights)[:-1]
        source = (noise[:, :1] > edges).sum(axis=1)
        for number, mixture, given in self._given(history):
            chosen = source == number
            if chosen.any():
                result[chosen] = mixture.draw(
                    noise[chosen, 1 : 1 + size], given[chosen]
                )
        return result

    def log_density(self, residuals, history):
        own = self.draws.log_density(residuals, None)
        return self._mixed(own, residuals, history)

    def log_density_of_draws(self, residuals, history):
        own = self.draws.log_density_of_draws(residuals, None)
        return self._mixed(own, residuals, history)

    def describe(self):
        names = sorted(
            {name for chosen in self.groups for name in chosen}, reverse=True
        )
        return f"residuals: depend on {' and '.join(names)}"

    def _mixed(self, own, residuals, history):
        """Log-density with a given one of the sampler's part."""
        densities = [own] + [
            mixture.log_density(residuals, given)
            for _, mixture, given in self._given(history)
        ]
        return logsumexp(np.stack(densities, axis=1), axis=1, b=self.weights)

    def _given(self, history):
        """Yield number, mixture and coordinates of each group."""
        groups = self.coordinates.groups(history)
        for number, (mixture, chosen) in enumerate(
            zip(self.mixtures, self.groups, strict=True), start=1
        ):
            yield number, mixture, np.hstack([groups[name] for name in chosen])


def _candidates(groups):
    """List what a mixture each may see: a group, two, or all."""
    two = ["season", "level"]
    wanted = [["season"], ["level"], two, ["covariates"], list(groups)]
    found = [tuple(name for name in names if name in groups) for names in wanted]
    return list(dict.fromkeys(filter(None, found)))


def _judged(draws, residuals, inputs, n_last):
    """Train a mixture for each input, and judge them together on the last rows.

    Returns numbers of the mixtures that are kept, weights of sampler and these, the gain
    over the sampler of each of the last rows, and the steps of each training.
    """
    tried = [
        train_conditional_mixture(residuals, given, SEED, n_held_out=n_last)
        for given in inputs
    ]
    last = slice(len(residuals) - n_last, None)
    own = draws.log_density(residuals[last], None)
    densities = [own] + [
        mixture.log_density(residuals[last], given[last])
        for (mixture, _), given in zip(tried, inputs, strict=True)
    ]
    kept, weights = _pooled(np.stack(densities, axis=1))
    pooled = np.stack([own, *(densities[1 + j] for j in kept)], axis=1)
    gain = logsumexp(pooled, axis=1, b=weights) - own
    return kept, weights, gain, [n_steps for _, n_steps in tried]


def _pooled(log_densities):
    """Mixtures that have a weight of their own, and the weights of sampler and mixtures."""
    kept = list(range(1, log_densities.shape[1]))
    while True:
        weights = _likeliest_weights(log_densities[:, [0, *kept]])
        if not kept or weights[1:].min() >= LEAST_WEIGHT:
            return [number - 1 for number in kept], weights
        del kept[int(weights[1:].argmin())]


def _likeliest_weights(log_densities):
    """Weights of densities with which their sum is likeliest, by EM."""
    densities = np.exp(log_densities - log_densities.max(axis=1, keepdims=True))
    weights = np.full(densities.shape[1], 1.0 / densities.shape[1])
    for _ in range(N_STEPS):
        shares = weights * densities
        weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
        if weights[0] < SAMPLER_WEIGHT:
            weights[1:] *= (1.0 - SAMPLER_WEIGHT) / weights[1:].sum()
            weights[0] = SAMPLER_WEIGHT
    return weights
