"""Sequential Monte Carlo: particles that are steered to targets step by step."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import logsumexp

from skdiffts._seeding import draw_seed
from skdiffts.scenarios._look_ahead import LookAhead
from skdiffts.scenarios._pilot import PathStates
from skdiffts.scenarios._proposal import Proposal
from skdiffts.scenarios._selection import effective_sample_size, systematic_resample

__all__ = ["Particles", "Swarm"]

# Kurtosis of innovations, over the Gaussian one, above which proposals get wide tails.
HEAVY = 1.15


@dataclass(frozen=True, eq=False, kw_only=True)
class Swarm:
    """Particles in one row.

    Parameters
    ----------
    paths : RunningPaths
        Their histories.
    states : PathStates
        Rows and sums that the look-ahead sees.
    targets : list of Target
        Targets of each particle.
    log_weights : ndarray of shape (n_particles,)
        Logs of the weights, which add up to one.
    ahead : ndarray of shape (n_particles,)
        Logs of the look-ahead, which the weights hold.
    """

    paths: Any
    states: PathStates
    targets: list
    log_weights: np.ndarray
    ahead: np.ndarray

    @classmethod
    def start(cls, look, paths, targets):
        """Particles in row 0, and the log of the mean of their weights."""
        n_lags, n_sums = look.steps.n_lags, look.additions.shape[1]
        states = PathStates.start(paths.states, n_lags, n_sums)
        ahead = look.log_value(0, states, targets)
        log_weights, total = _normalised(ahead)
        swarm = cls(
            paths=paths,
            states=states,
            targets=list(targets),
            log_weights=log_weights,
            ahead=ahead,
        )
        return swarm, total - np.log(len(ahead))

    def take(self, chosen):
        """Particles of equal weight."""
        return Swarm(
            paths=self.paths.take(chosen),
            states=self.states.take(chosen),
            targets=[target.take(chosen) for target in self.targets],
            log_weights=np.full(len(chosen), -np.log(len(chosen))),
            ahead=self.ahead[chosen],
        )

    def advanced(self, model, look, step, proposal, number, rng):
        """Particles in the next row, and the log of the mean gain of their weights."""
        drawn, log_density = proposal.draw(rng)
        gained = step.log_density(drawn) - log_density
        paths = model.advance(self.paths, number, drawn)
        states = self.states.followed_by(paths.states, look.additions[number + 1])
        ahead = look.log_value(number + 1, states, self.targets)
        gained = gained + proposal.log_weights(paths.states) + ahead - self.ahead
        gained = np.where(proposal.is_possible, gained, -np.inf)
        log_weights, gain = _normalised(self.log_weights + gained)
        if not np.isfinite(gain):
            raise ValueError(_lost(self.targets, number + 1, len(drawn)))
        given = {"paths": paths, "states": states, "ahead": ahead}
        return replace(self, **given, log_weights=log_weights), gain


@dataclass(frozen=True, eq=False, kw_only=True)
class Particles:
    """Weighted paths that meet targets.

    Parameters
    ----------
    start : RunningPaths
        The paths as they started, one for each particle of the last row.
    rows : ndarray of shape (n_particles, length, n_free)
        Paths in the coordinates of the dynamics.
    origins : ndarray of int of shape (n_particles, length)
        Particle of each row that a path goes through.
    log_weights : ndarray of shape (n_particles,)
        Logs of the weights.
    sizes : ndarray of shape (length,)
        Effective sample size in each row, before resampling.
    log_evidence : float
        Log of the mean weight: of the probability of the targets, or of the density of
        values that are fixed.
    """

    start: Any
    rows: np.ndarray
    origins: np.ndarray
    log_weights: np.ndarray
    sizes: np.ndarray
    log_evidence: float

    @classmethod
    def steer(cls, model, start, targets, pilot, threshold, rng):
        r"""Propose, weigh and resample, row by row.

        The next row of a particle is drawn from the Gaussian distribution with the
        moments of its one-step distribution p, times the look-ahead
        :math:`\psi`, in the ranges of the targets of this row: a :class:`Proposal` q.
        Its weight is multiplied by

        .. math:: \frac{p(x_{i+1})\, \psi_{i+1}(s_{i+1})}{q(x_{i+1})\, \psi_i(s_i)}.

        Parameters
        ----------
        model : OneStepModel
            One-step distribution.
        start : RunningPaths
            Particles with one row.
        targets : sequence of Target
            Targets in the coordinates of the dynamics.
        pilot : Pilot
            Pilot paths from the same starts.
        threshold : float
            Share of the particles below which the effective sample size lets them be
            resampled.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        Particles
            The last particles.
        """
        look, n = LookAhead.fit(pilot, targets), len(start.states)
        swarm, log_evidence = Swarm.start(look, start, targets)
        rows, parents, sizes = [start.states], [], [_size(swarm.log_weights)]
        for number in range(start.dt.shape[1]):
            chosen = np.arange(n)
            if sizes[-1] < threshold * n:
                chosen = _resampled(swarm.log_weights, rng)
                swarm = swarm.take(chosen)
            step = model.step(swarm.paths, number)
            proposal = Proposal.fit(
                step,
                look,
                swarm.states,
                swarm.targets,
                number + 1,
                is_wide=pilot.kurtosis > HEAVY,
            )
            swarm, gain = swarm.advanced(model, look, step, proposal, number, rng)
            log_evidence += gain
            parents.append(chosen)
            rows.append(swarm.paths.states)
            sizes.append(_size(swarm.log_weights))
        origins = _trace(parents, n)
        return cls(
            start=start.take(origins[:, 0]),
            rows=np.stack([row[origins[:, i]] for i, row in enumerate(rows)], axis=1),
            origins=origins,
            log_weights=swarm.log_weights,
            sizes=np.array(sizes),
            log_evidence=float(log_evidence),
        )

    def surviving_sizes(self):
        """Effective number of different rows that the weighted paths go through.

        Returns
        -------
        ndarray of shape (length,)
            Numbers from one to the number of particles.
        """
        weights, n = np.exp(self.log_weights), len(self.rows)
        shares = [np.bincount(row, weights, n) for row in self.origins.T]
        return np.array([effective_sample_size(share) for share in shares])

    def weighed(self, log_factors):
        """Particles whose weights are multiplied by factors.

        Parameters
        ----------
        log_factors : ndarray of shape (n_particles,)
            Logs of the factors.

        Returns
        -------
        Particles
            The same paths.
        """
        log_weights, gain = _normalised(self.log_weights + log_factors)
        evidence = self.log_evidence + gain
        sizes = np.append(self.sizes[:-1], _size(log_weights))
        return replace(
            self, log_weights=log_weights, sizes=sizes, log_evidence=float(evidence)
        )


def _normalised(log_weights):
    """Normalise weights, and give the log of their sum."""
    total = logsumexp(log_weights)
    return log_weights - total if np.isfinite(total) else log_weights, total


def _size(log_weights):
    """Effective sample size."""
    return effective_sample_size(np.exp(log_weights - log_weights.max()))


def _resampled(log_weights, rng):
    """Particles in proportion to their weights."""
    weights, seed = np.exp(log_weights), int(draw_seed(rng))
    return systematic_resample(weights, len(weights), random_state=seed)


def _trace(parents, n):
    """Particle of each row that the last particles go through."""
    origins = [np.arange(n)]
    for chosen in reversed(parents):
        origins.append(chosen[origins[-1]])
    return np.array(origins[::-1]).T


def _lost(targets, row, n):
    """Message for a row whose targets no particle meets."""
    sources = {id(t.source): t.source for t in targets if t.row == row}
    blamed = f"condition={list(sources.values())!r}" if sources else "the condition"
    return f"no particle of {n} meets {blamed} in row {row}; loosen it, or raise n_particles."
