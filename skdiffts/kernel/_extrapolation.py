"""Drift away from the data: shrinkage to the global slope, envelope and stability.

A local line is trusted where its neighbours surround the query. Elsewhere extrapolation
turns the noise of local slopes into explosive paths. Three rules decide instead:

* Where the query's leverage over its neighbours exceeds a limit, the local slope is shrunk
  to the slope of the global linear fit, a VAR (:func:`shrink_to_global`).
* Outside the envelope, 1.5 times the training radius, coefficients are taken from the
  nearest point of the envelope, and the drift continues along the global slope
  (:class:`Envelope`).
* If the global linear recursion is unstable (:func:`spectral_radius`), the drift outside
  the envelope is constant.
"""

from dataclasses import dataclass, replace

import numpy as np

__all__ = [
    "Envelope",
    "GlobalLine",
    "is_bounded",
    "shrink_to_global",
    "spectral_radius",
]

# The envelope's radius, relative to the largest distance of a training vector.
ENVELOPE = 1.5
# Excess of the spectral radius over one that rounding may leave where nothing moves.
STANDSTILL = 1e-9
# Times at which a step that depends on the clock is differentiated, at random, and rows of
# which the steps follow each other where the slope depends on the clock.
N_TIMES, N_STEPS = 16, 512


@dataclass(frozen=True, eq=False)
class GlobalLine:
    """Affine drift of the fit with equal weights, in the regression's coordinates.

    Parameters
    ----------
    intercept : ndarray of shape (n_features,)
        Drift at the mean of the states.
    slope : ndarray of shape (n_features, n_directions)
        Slope in whitened states; zeros for degree 0.
    """

    intercept: np.ndarray
    slope: np.ndarray

    def __call__(self, scaled_states):
        """Drift at states in the coordinates of the regression."""
        return self.intercept + scaled_states @ self.slope.T


def shrink_to_global(local, overall, leverage, limit):
    """Shrink the drift, or the slope, of a local line to its global continuation.

    The local line has weight one up to the limit, then the root of limit over leverage.

    Parameters
    ----------
    local : ndarray of shape (n_queries, n_features, ...)
        Drift of the local line at the query, or its slope.
    overall : ndarray of shape (n_queries, n_features, ...) or (n_features, ...)
        Local mean carried to the query along the global slope, or that slope.
    leverage : ndarray of shape (n_queries,)
        Squared distance of the query from the mean of its neighbours.
    limit : float
        Leverage up to which the local line is used as it is.

    Returns
    -------
    ndarray of shape (n_queries, n_features, ...)
        Weighted means of the two.
    """
    weight = np.ones(len(leverage))
    beyond = leverage > limit
    weight[beyond] = np.sqrt(limit / leverage[beyond])
    return overall + weight.reshape(-1, *[1] * (local.ndim - 1)) * (local - overall)


@dataclass(frozen=True, eq=False)
class Envelope:
    """Ball of whitened states in which coefficients are fitted, and the slope outside.

    Parameters
    ----------
    center : ndarray of shape (n_conditioning,)
        Mean of the training vectors.
    whitening : ndarray of shape (n_conditioning, n_directions)
        Map of centred vectors to unit covariance.
    radius : float
        Radius of the ball.
    slope : ndarray of shape (n_features, n_directions)
        Slope of the scaled drift outside: the slope of the global line where its
        recursion is stable; zero, a constant drift, where it would lead away.
    """

    center: np.ndarray
    whitening: np.ndarray
    radius: float
    slope: np.ndarray

    @classmethod
    def fit(cls, regression, states, line, is_stable):
        """Envelope of training vectors.

        Parameters
        ----------
        regression : Regression
            Coordinates of the states.
        states : ndarray of shape (n_transitions, n_conditioning)
            Training conditioning vectors.
        line : GlobalLine
            Line that the drift follows outside.
        is_stable : bool
            Whether the recursion of the line stays bounded.

        Returns
        -------
        Envelope
            The envelope.
        """
        distance = np.linalg.norm(regression.scale_states(states), axis=1)
        radius = ENVELOPE * distance.max()
        slope = line.slope if is_stable else np.zeros_like(line.slope)
        return cls(regression.center, regression.whitening, radius, slope)

    def clip(self, states):
        """Move states outside the envelope to it, along the ray to the center."""
        offset = (states - self.center) @ self.whitening
        distance = np.sqrt((offset * offset).sum(axis=1))
        if not (distance > self.radius).any():
            return states
        share = self.radius / np.maximum(distance, self.radius)
        return self.center + (states - self.center) * share[:, np.newaxis]

    def drift_beyond(self, states, clipped):
        """Scaled drift that the global slope adds from clipped states to the states."""
        return (states - clipped) @ self.whitening @ self.slope.T


def is_bounded(radius):
    """Whether a recursion with a spectral radius stays bounded."""
    return radius <= 1.0 + STANDSTILL


def spectral_radius(rules, transitions, drift, dt):
    """Largest modulus of an eigenvalue of one noiseless step, at the mean history.

    The step maps states and conditioning histories to the next ones at the long-run
    scale, which is also the scale of the drift outside the envelope. It is differentiated
    by differences, which are exact where it is linear, as for states and lags. Directions
    in which nothing moves have eigenvalue one. Where the slope depends on the clock, as
    beside a season times the level, it is the rate of growth, each step, over many steps
    one after another: slopes of a morning may all be above one if an evening undoes them.

    Parameters
    ----------
    rules : HistoryRules
        Conditioning and scale.
    transitions : Transitions
        Training histories and additive drift.
    drift : callable
        Drift of the global linear fit per unit time, given conditioning vectors.
    dt : float
        Time step.

    Returns
    -------
    float
        Spectral radius; infinite if the step overflows.
    """
    history = transitions.history
    table = np.hstack([history.states, history.conditioning])
    spread = table.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    points = np.vstack([np.zeros(len(spread)), np.diag(spread)]) + table.mean(axis=0)
    states, conditioning = np.split(points, [history.states.shape[1]], axis=1)

    given = None
    if history.covariates is not None:  # which move no path away
        given = np.tile(history.covariates[:, 0].mean(axis=0), (len(points), 1))

    def jacobian(time):
        clock = np.full(len(points), time)
        # A path starts at the long-run scale.
        before = replace(rules.start(states, clock), conditioning=conditioning)
        before = before.starting_with(given).followed_by(given)
        increments = rules.scale(before).multiply(drift(rules.vector(before))) * dt
        increments = increments + transitions.additive_drift.line(states) * dt
        if rules.core is not None:
            increments = increments + rules.core.line(rules.vector(before)) * dt
        after = rules.append(before, increments, dt, clock)
        rows = np.hstack([after.states, after.conditioning])
        return (rows[1:] - rows[0]) / spread[:, np.newaxis]

    if rules.core is None or not rules.conditioning.uses_clock:
        return _radius(jacobian(history.clock[0]))
    # At random, since regular times may hit one phase of a season again and again.
    times = np.random.RandomState(0).choice(history.clock, N_TIMES)
    slopes = np.array([jacobian(time) for time in times])
    mean = slopes.mean(axis=0)
    if not np.isfinite(mean).all() or np.allclose(slopes, mean, rtol=1e-6, atol=1e-9):
        return _radius(mean)
    return _growth(jacobian(time) for time in history.clock[:N_STEPS])


def _radius(matrix):
    """Spectral radius; infinite if some entry is not finite."""
    if not np.isfinite(matrix).all():
        return np.inf
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def _growth(slopes):
    """Rate of growth of a product of matrices, for each of them."""
    product, log_size, n_steps = None, 0.0, 0
    for slope in slopes:
        product = slope if product is None else slope @ product
        size = np.abs(product).max()
        if size == 0.0 or not np.isfinite(size):
            return 0.0 if size == 0.0 else np.inf
        product, log_size, n_steps = (
            product / size,
            log_size + np.log(size),
            n_steps + 1,
        )
    radius = _radius(product)
    if radius == 0.0:
        return 0.0
    return float(np.exp((log_size + np.log(radius)) / n_steps))
