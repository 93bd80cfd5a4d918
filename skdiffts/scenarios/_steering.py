"""Steering: paths that are led to a condition step by step."""

from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy.special import logsumexp
from sklearn.utils import check_random_state

from skdiffts._caller import warn_caller
from skdiffts._seeding import draw_seed
from skdiffts._strategy import Strategy
from skdiffts._validation import Interval
from skdiffts.generation import OneStepModel
from skdiffts.scenarios._particles import Particles
from skdiffts.scenarios._pilot import Pilot
from skdiffts.scenarios._selection import Scenarios, path_weights, systematic_resample
from skdiffts.scenarios._targets import PathFrame, Target, all_branches

__all__ = ["Steering"]

# Share of the particles below which an effective sample size has collapsed.
COLLAPSED = 0.05


@dataclass(kw_only=True, repr=False, eq=False)
class Steering(Strategy):
    r"""Sequential Monte Carlo: paths are led to a condition step by step.

    Each particle is a path. Its next row is drawn from a Gaussian distribution with the
    conditional mean and covariance of the model, given the columns that are fixed, cut to
    the ranges that the row must meet, and drawn towards the targets of later rows by the
    look-ahead of a linear Gaussian model that is fitted to pilot paths. One in ten draws
    is wider where innovations have heavy tails. Weights correct the draws to the one-step
    density of the model, and particles are resampled where weights are uneven [1]_. With linear drift and Gaussian residuals draws are exact but
    for the ranges; elsewhere they are as the number of particles grows.

    Steered are :class:`Fixed` cells, :class:`InRange` and :class:`NearValue` of levels,
    changes, returns, sums and means, smallest numbers above and largest numbers below a
    bound, and their conjunctions and unions. Other conditions weigh whole paths at the
    end, as without steering.

    Parameters
    ----------
    n_particles : int, default=1000
        Number of particles, of each branch of a union; at least as many as paths are
        drawn.
    resampling_threshold : float, default=0.5
        Share of the particles below which the effective sample size lets them be
        resampled.

    References
    ----------
    .. [1] N. Whiteley and A. Lee, "Twisted Particle Filters", Annals of Statistics 42(1),
       2014.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.scenarios import InRange, ScenarioGenerator, Steering
    >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3))
    >>> crash = InRange(column=0, measure="change", high=-12.0)
    >>> crashes = ScenarioGenerator(generator, crash, method=Steering(n_particles=200))
    >>> draw = crashes.fit(X).draw(100, 11, x0="last", random_state=0)
    >>> bool((draw.paths[:, -1, 0] <= X[-1, 0] - 12.0).all())
    True
    >>> draw.effective_sample_sizes.shape, draw.probability < 1e-3
    ((11,), True)
    """

    n_particles: int = 1000
    resampling_threshold: float = 0.5

    _parameter_constraints: ClassVar[dict] = {
        "n_particles": [Interval(Integral, 2, None, closed="left")],
        "resampling_threshold": [Interval(Real, 0, 1, closed="both")],
    }

    def draw(
        self,
        generator,
        condition,
        n_paths,
        length,
        *,
        x0=None,
        exogenous=None,
        output="auto",
        random_state=None,
    ):
        """Draw paths that meet a condition.

        Parameters
        ----------
        generator : GenerativeTimeSeries
            Fitted generator.
        condition : BaseCondition or callable
            Condition, whose columns are positions.
        n_paths : int
            Number of paths.
        length : int or None
            Rows of each path, as in the generator's ``sample``.
        x0 : None, str, label, array-like, dict or frame of one row, default=None
            Row 0, as in the generator's ``sample``.
        exogenous : frame, array-like or dict, default=None
            Exogenous columns of the rows after row 0, as in the generator's ``sample``.
        output : {"auto", "array", "pandas", "polars"}, default="auto"
            Container of the paths, as in the generator's ``sample``.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        Scenarios
            Paths, effective sample sizes, and the probability of the condition, or the
            density of values that are fixed.

        Raises
        ------
        TypeError
            If the generator has no one-step density.
        ValueError
            If no particle meets the condition.

        Warns
        -----
        UserWarning
            If the effective sample size collapses in a row.
        """
        self._validate_params()
        rng = check_random_state(random_state)
        model = OneStepModel.of(generator)
        n = max(self.n_particles, n_paths)
        start = model.start(x0, n, length, exogenous=exogenous, random_state=rng)
        names = tuple(getattr(generator, "feature_names_in_", ()))
        branches = _read(model, start, condition, names)
        pilot = Pilot.simulate(model, start, rng)
        runs = [self._run(model, start, branch, pilot, rng) for branch in branches]
        if len(runs) > 1:
            runs = _without_repeats(runs, branches)
        return _joined(model, start, runs, n_paths, output, rng)

    def _run(self, model, start, branch, pilot, rng):
        """Particles of one branch, and their paths in the units of the table."""
        aims, loose = _aims(model, branch)
        threshold = self.resampling_threshold
        given = model, start, aims, pilot, threshold, rng
        particles = Particles.steer(*given)
        values = model.table_rows(particles.start, particles.rows)
        for other in (*loose, *branch.others):
            weights = _path_weights(other, particles, values)
            if not weights.any():
                source = getattr(other, "source", other)
                raise ValueError(
                    f"none of the {len(values)} particles meets condition={source!r}, "
                    "which weighs whole paths; loosen it, or raise n_particles."
                )
            with np.errstate(divide="ignore"):
                particles = particles.weighed(np.log(weights))
        return particles, values


def _read(model, start, condition, names):
    """Branches of a condition, in the units of the table."""
    first_rows = model.table_rows(start, start.states[:, np.newaxis])[:, 0]
    frame = PathFrame(
        first_rows=first_rows,
        length=1 + start.dt.shape[1],
        names=names,
        labels=lambda: model.labels(start),
    )
    branches = all_branches([condition], frame)
    if not branches:
        raise ValueError(
            f"condition={condition!r} is a union of no condition, which no path meets; "
            "pass at least one."
        )
    fixed = {
        frozenset((t.column, t.row, t.low[0]) for t in branch.targets if t.is_fixed)
        for branch in branches
    }
    if len(fixed) > 1:
        raise ValueError(
            f"condition={condition!r} is a union of conditions that fix different values, "
            "whose densities are in different units; fix the same ones in all, or pass "
            "ranges."
        )
    return branches


def _aims(model, branch):
    """Targets in the coordinates of the dynamics, and targets that have none there."""
    aims, loose = [], []
    for target in branch.targets:
        aim = _aim(model, target)
        if aim is not None:
            aims.append(aim)
        elif target.is_fixed:
            raise ValueError(
                f"condition={target.source!r} fixes column {target.column}, which depends "
                "on other columns, is exogenous, or cannot take the value; fix other columns."
            )
        else:
            loose.append(target)
    return aims, loose


def _aim(model, target):
    """Target in the coordinates of the dynamics; None where it has none."""
    n_columns = model.n_columns
    free = model.free_column(target.column % n_columns)
    if free is None:
        return None
    if model.is_plain(free):
        return replace(target, column=free)
    if target.is_running or target.value is not None:
        return None
    factor = target.coefficients[target.row]
    ends = model.interval(free, target.low / factor, target.high / factor)
    if ends is None:
        return None
    coefficients = target.coefficients / factor
    low, high = ends
    return replace(target, column=free, coefficients=coefficients, low=low, high=high)


def _without_repeats(runs, branches):
    """Weights of particles that meet several branches, so that each path counts once."""
    result = []
    for number, (particles, values) in enumerate(runs):
        weights = np.array([_weight(b, particles, values) for b in branches])
        own = weights[number]
        weights[number] = np.where(own > 0.0, own, 1.0)  # it was met but for rounding
        factors = np.log(weights.max(axis=0) / weights.sum(axis=0))
        result.append((particles.weighed(factors), values))
    return result


def _weight(branch, particles, values):
    """Weights of whole paths under one branch, without the values that are fixed."""
    parts = (*branch.targets, *branch.others)
    weights = [_path_weights(part, particles, values) for part in parts]
    return np.prod([np.ones(len(values)), *weights], axis=0)


def _path_weights(condition, particles, values):
    """Weights of whole paths under a condition, or under a target of their starts."""
    if isinstance(condition, Target):
        return condition.take(particles.origins[:, 0]).weights(values)
    return path_weights(condition, values)


def _joined(model, start, runs, n_paths, output, rng):
    """Scenarios drawn from the particles of all branches."""
    evidence = np.array([particles.log_evidence for particles, _ in runs])
    total = logsumexp(evidence)
    shares = np.exp(evidence - total)
    pairs = zip(shares, runs, strict=True)
    weights = np.concatenate([s * np.exp(p.log_weights) for s, (p, _) in pairs])
    sizes = _total_size(shares, [p.sizes for p, _ in runs])
    surviving = _total_size(shares, [p.surviving_sizes() for p, _ in runs])
    n = len(weights)
    _warn_of_collapse(sizes, surviving, n)
    seed = int(draw_seed(rng))
    drawn = systematic_resample(weights, n_paths, random_state=seed)
    owners = np.repeat(np.arange(len(runs)), n // len(runs))[drawn]
    places = drawn % (n // len(runs))
    values = np.stack([runs[k][1][i] for k, i in zip(owners, places, strict=True)])
    # Branches start alike: all have the particles from which the first starts.
    starts = [runs[k][0].origins[i, 0] for k, i in zip(owners, places, strict=True)]
    return Scenarios(
        paths=model.container(start.take(np.array(starts)), values, output),
        effective_sample_size=float(surviving[1:].min(initial=sizes[-1])),
        n_candidates=n,
        probability=float(np.exp(total)),
        effective_sample_sizes=sizes,
    )


def _total_size(shares, sizes):
    """Effective sample size, row by row, of independent weighted samples together."""
    return 1.0 / np.sum(shares[:, np.newaxis] ** 2 / np.array(sizes), axis=0)


def _warn_of_collapse(sizes, surviving, n):
    """Warn where few particles carry all the weight, or few rows are left of all."""
    row = int(np.argmin(sizes))
    if sizes[row] < COLLAPSED * n:
        warn_caller(
            f"the effective sample size falls to {sizes[row]:.1f} of {n} particles in row "
            f"{row}; raise n_particles, or loosen the condition on rows up to this one.",
        )
        return
    row = 1 + int(np.argmin(surviving[1:])) if len(surviving) > 1 else 0
    if surviving[row] < COLLAPSED * n:
        warn_caller(
            f"all paths descend from an effective number of {surviving[row]:.1f} rows of "
            f"{n} in row {row}, so that early rows repeat; raise n_particles, or loosen "
            "the condition.",
        )
