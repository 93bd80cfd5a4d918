"""Next step of paths: its parts, its residuals and its increments."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skdiffts.kernel._factor import RowFactors, SharedFactor

__all__ = ["InnovationMoments", "NextStep"]

# Simulated innovations are at most so many times as large as any of the training rows.
FARTHEST = 2.0
# Cuts that are tried, from there to the largest one itself, and the variance above which
# the next one is: two standard errors of the variance of draws.
N_CUTS, WIDE = 11, 1.02
# Variance above which innovations are cut below the largest one, in steps down to so many
# deviations: a few draws would else make all others narrower by more than a tenth.
TOO_WIDE, LEAST_CUT, N_LATER = 1.25, 5.0, 16
# Bounds of the reaction of simulated variance to the volatility, and the least variance, in
# squared volatilities.
REACTIONS, LEAST_SHARE = (0.5, 2.0), 0.25
# Shifts of draws against volatilities, of which each is then as likely with each.
N_SHIFTS = 8


@dataclass(frozen=True, eq=False)
class InnovationMoments:
    r"""Map of standardised innovations to the mean and the variance that are wanted.

    A volatility that remembers squared innovations stays at its long run if these have
    mean zero and variance one in units of the volatility. Its likelihood does not see to
    that, and an error is multiplied by ten and more in long paths. Where the variance is
    too large, the tails beyond the training rows are cut first: what a margin with three
    degrees of freedom has too much is there, and dividing all innovations by their
    deviation would make the others too small. Where that is not enough, as for a currency
    whose peg breaks, tails are cut further, down to five deviations. Innovations that no
    volatility sees, which are latent or come from a margin after a local factor, are given
    the moments of the training ones.

    The cut of large innovations takes variance away where the volatility is high. Near a
    unit root of the volatility a loss of some percent halves the variance of long paths.
    What the cuts take is given back as a constant beside the squared volatility, as an
    intercept that is set by the long run. One step says how the series share the loss,
    trial runs say its size: bounds on what volatility remembers take variance, too.

    The likelihood of heavy tails, or of few half-lives, may want volatilities that range
    wider, or less wide, than squared innovations follow. In paths an excess is fed back:
    volatility ranges wider still, and so do the tails of paths. Squared innovations of
    simulated rows are in the mean :math:`1 - b + b h` times their long run, with the
    volatility h and the slope b of the training rows' own.

    Parameters
    ----------
    mean, deviation : ndarray of shape (n_features,)
        Moments of innovations over their volatility.
    cut : ndarray of shape (n_features,)
        Sizes beyond which standardised innovations are cut.
    largest : tuple of two ndarray of shape (n_features,)
        Sizes of the largest standardised innovations, and innovations, of training.
    wanted : tuple of two ndarray of shape (n_features,)
        Mean and standard deviation that standardised innovations are given.
    long_run : ndarray of shape (n_features,)
        Mean squares of the innovations of training.
    lost : ndarray of shape (n_features,) or float, default=0.0
        Variance of innovations that the cut of the largest ones takes away.
    remembered : float or ndarray of shape (n_features,), default=1.0
        Factor of the innovations that volatility remembers, where these are not the
        simulated ones but belong to rows that can be.
    reaction : float, default=1.0
        Slope b of squared innovations by the squared volatility, both over their long
        run, beside draws of the model with slope one.
    """

    mean: np.ndarray
    deviation: np.ndarray
    cut: np.ndarray
    largest: tuple
    wanted: tuple
    long_run: np.ndarray
    lost: np.ndarray | float = 0.0
    remembered: float | np.ndarray = 1.0
    reaction: float = 1.0

    @classmethod
    def fit(
        cls,
        innovations,
        volatility,
        weights=None,
        largest=None,
        wanted=None,
        long_run=None,
    ):
        """Measure the moments of innovations.

        Parameters
        ----------
        innovations : ndarray of shape (n_transitions, n_features)
            Innovations per root of time.
        volatility : ndarray of shape (n_transitions, n_features)
            Their volatility.
        weights : ndarray of shape (n_transitions,), default=None
            Importance of the transitions; None is one for each.
        largest : tuple of two ndarray of shape (n_features,), default=None
            Largest sizes in training; None for innovations of the training rows.
        wanted : tuple of two ndarray of shape (n_features,), default=None
            Mean and standard deviation that simulated ones are given; None is zero and
            one.
        long_run : ndarray of shape (n_features,), default=None
            Mean squares in training; None for innovations of the training rows.

        Returns
        -------
        InnovationMoments
            The moments.
        """
        u = innovations / volatility
        if largest is None:
            largest = tuple(np.abs(part).max(axis=0) for part in (u, innovations))
        if wanted is None:
            wanted = np.zeros(u.shape[1]), np.ones(u.shape[1])
        if long_run is None:
            long_run = np.average(innovations**2, axis=0, weights=weights)
        cut = FARTHEST * largest[0]
        mean, variance = _moments(u, cut, weights)
        for factor in np.linspace(FARTHEST, 1.0, N_CUTS)[1:]:
            cut = np.where(variance > WIDE * wanted[1] ** 2, factor * largest[0], cut)
            mean, variance = _moments(u, cut, weights)
        least = np.minimum(largest[0], LEAST_CUT * wanted[1])
        for share in np.arange(1, N_LATER + 1) / N_LATER:
            narrower = largest[0] ** (1.0 - share) * least**share
            cut = np.where(variance > TOO_WIDE * wanted[1] ** 2, narrower, cut)
            mean, variance = _moments(u, cut, weights)
        deviation = np.sqrt(np.where(variance > 0.0, variance, 1.0))
        moments = cls(mean, deviation, cut, largest, wanted, long_run)
        return replace(moments, lost=moments._lost(u, volatility))

    def unchanged(self):
        """Cut large innovations only."""
        none = np.zeros_like(self.mean), np.ones_like(self.mean)
        cut = FARTHEST * self.largest[0]
        return replace(
            self, mean=none[0], deviation=none[1], cut=cut, wanted=none, lost=0.0
        )

    def with_lost(self, factor):
        """Moments that give back so many times the variance that the cut takes."""
        return replace(self, lost=factor * self.lost)

    def reacting(self, innovations, volatility, long_run, local=1.0):
        r"""Moments with the reaction of training innovations to the volatility.

        Least squares through the means of what squared innovations have beyond their
        variance in the model, with weights of one over the squared volatility and one
        slope for all series whose innovations are seen. Of the slope d with a standard
        error s, the part :math:`\max(0, 1 - s^2 / d^2)` is believed.

        Parameters
        ----------
        innovations, volatility : ndarray of shape (n_transitions, n_features)
            As in :meth:`fit`, with the volatilities before their own innovations.
        long_run : float or ndarray of shape (n_features,) or (n_transitions, n_features)
            Variance of the innovations in the long run.
        local : float or ndarray of shape (n_transitions, n_features), default=1.0
            Variance in the model over the squared volatility.

        Returns
        -------
        InnovationMoments
            The moments.
        """
        h = np.broadcast_to(volatility**2 / long_run, innovations.shape)
        known = _relative(h * local)
        x, beyond = _relative(h) - 1.0, _relative(innovations**2 / long_run) - known
        weights = self.is_seen / h
        information = (weights * x**2).sum()
        if not information > 0.0:
            return self
        excess = (weights * x * beyond).sum() / information
        left = (weights * x * (beyond - excess * x)).sum(axis=1)
        variance = (left**2).sum() / information**2
        part = max(0.0, 1.0 - variance / excess**2) if excess != 0.0 else 0.0
        return replace(self, reaction=float(np.clip(1.0 + part * excess, *REACTIONS)))

    def correct(self, innovations, volatility, long_run=None):
        """Innovations whose standardised values have the moments that are wanted."""
        standard = self._standard(innovations / volatility)
        innovations = self._size(volatility, long_run) * standard
        farthest = FARTHEST * self.largest[1]
        return np.clip(innovations, -farthest, farthest)

    @property
    def is_seen(self):
        """Whether volatility sees the innovations themselves, not mapped latent ones."""
        return (self.wanted[0] == 0.0) & (self.wanted[1] == 1.0)

    def undo(self, innovations, volatility, long_run=None):
        """Innovations that `correct` maps to given ones, but for its cuts."""
        mean, deviation = self.wanted
        u = (innovations / self._size(volatility, long_run) - mean) / deviation
        return volatility * (self.mean + self.deviation * u)

    def slope(self, volatility, long_run=None):
        """Compute the derivative of `correct` by the innovations, but for its cuts."""
        size = self._size(volatility, long_run)
        return size / volatility * self.wanted[1] / self.deviation

    def _size(self, volatility, long_run):
        """Volatility of corrected innovations, with the variance that the cut takes."""
        variance = volatility**2
        if long_run is not None and self.reaction != 1.0:
            b = np.where(self.is_seen, self.reaction, 1.0)
            moved = (1.0 - b) * long_run + b * variance
            variance = np.maximum(moved, LEAST_SHARE * variance)
        return np.sqrt(variance + self.lost)

    def _standard(self, u):
        """Standardised innovations with the moments that are wanted."""
        u = np.clip(u, -self.cut, self.cut)
        mean, deviation = self.wanted
        return mean + deviation * (u - self.mean) / self.deviation

    def _lost(self, u, volatility):
        """Variance beyond the largest innovations, with volatilities and draws apart.

        Bursts of a series are few: half of its share is the mean share of all series.
        Latent innovations, whose moments are other ones, are not seen by volatility.
        """
        is_seen = self.is_seen
        volatility = np.broadcast_to(volatility, u.shape)
        squares, total = self._standard(u) ** 2, np.zeros(u.shape[1])
        for shift in len(u) * np.arange(1, N_SHIFTS + 1) // (N_SHIFTS + 1):
            product = volatility**2 * np.roll(squares, shift, axis=0)
            most = (FARTHEST * self.largest[1]) ** 2
            total += np.maximum(product - most, 0.0).mean(axis=0)
        variance = np.where(self.long_run > 0.0, self.long_run, 1.0)
        share = is_seen * total / N_SHIFTS / variance
        return is_seen * 0.5 * (share + share.mean()) * self.long_run


def _relative(values):
    """Columns over their means; columns of zeros as they are."""
    mean = values.mean(axis=0)
    return values / np.where(mean > 0.0, mean, 1.0)


def _moments(u, cut, weights):
    """Mean and variance of standardised innovations that are cut."""
    u = np.clip(u, -cut, cut)
    mean = np.average(u, axis=0, weights=weights)
    return mean, np.average((u - mean) ** 2, axis=0, weights=weights)


@dataclass(frozen=True, eq=False)
class NextStep:
    """Parts of the next increment of some paths.

    Parameters
    ----------
    first : ndarray of shape (n_paths, n_features)
        Drift per unit time that is subtracted before innovations are scaled.
    drift : ndarray of shape (n_paths, n_features)
        Drift of scaled innovations per unit time.
    scale : UnitScale
        Scale of the innovations.
    factor : RowFactors or SharedFactor
        Factor of the covariance of scaled innovations per unit time.
    """

    first: np.ndarray
    drift: np.ndarray
    scale: Any
    factor: RowFactors | SharedFactor

    def whiten(self, increments, dt, moments=None):
        """Residuals of increments, and the log-Jacobian.

        Parameters
        ----------
        increments : ndarray of shape (n_paths, n_features)
            Increments.
        dt : ndarray of shape (n_paths, 1)
            Lengths in time.
        moments : InnovationMoments, default=None
            Moments that innovations were given; None if they were left as they are.

        Returns
        -------
        residuals : ndarray of shape (n_paths, n_features)
            Residuals.
        log_jacobian : ndarray of shape (n_paths,)
            Log-determinant of the map.
        """
        root = np.sqrt(dt)
        innovations = (increments - self.first * dt) / root
        size = increments.shape[1] * np.log(root[:, 0])
        if moments is not None:
            given = np.sqrt(self.scale.variance), self.scale.long_run_variance
            innovations = moments.undo(innovations, *given)
            size = size + np.log(moments.slope(*given)).sum(axis=-1)
        scaled = self.scale.divide(innovations) - self.drift * root
        log_slope = self.scale.log_slope(innovations) - self.factor.log_det
        return self.factor.whiten(scaled), log_slope - size

    def increments(self, residuals, dt, moments=None):
        """Increments that have given residuals.

        Parameters
        ----------
        residuals : ndarray of shape (n_paths, n_features)
            Residuals.
        dt : ndarray of shape (n_paths, 1)
            Lengths in time.
        moments : InnovationMoments, default=None
            Moments that innovations are given; None leaves them as they are.

        Returns
        -------
        ndarray of shape (n_paths, n_features)
            Increments.
        """
        innovations = self.innovations(residuals, dt)
        if moments is not None:
            given = np.sqrt(self.scale.variance), self.scale.long_run_variance
            innovations = moments.correct(innovations, *given)
        return self.first * dt + np.sqrt(dt) * innovations

    def innovations(self, residuals, dt):
        """Innovations per root of time that have given residuals."""
        scaled = self.drift * np.sqrt(dt) + self.factor.multiply(residuals)
        return self.scale.multiply(scaled)
