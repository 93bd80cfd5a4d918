"""Generators of single classes, with dynamics of their own or of all classes."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from skdiffts._paths import stacked, with_output
from skdiffts._residual_draws import ResidualDraws
from skdiffts._seeding import draw_seed
from skdiffts.columns import (
    Coordinates,
    DependentColumns,
    FittedCoordinates,
    PossibleValues,
)
from skdiffts.generation import GenerativeTimeSeries

__all__ = ["ClassGenerator", "class_named", "has_parts", "seeded", "shared_dynamics"]


@contextmanager
def class_named(label, n_classes):
    """Name the class that an error is about.

    Parameters
    ----------
    label : object
        Label of the class.
    n_classes : int
        Number of classes; a single one needs no name.

    Yields
    ------
    None
        Nothing.
    """
    try:
        yield
    except ValueError as error:
        if n_classes == 1:
            raise
        raise ValueError(f"class {label!r} of y: {error}") from error


def seeded(estimator, rng):
    """Clone an estimator and seed all that it leaves to chance.

    Parameters
    ----------
    estimator : estimator
        Parts that are None are built where it, or a part of it, has defaults for them.
    rng : numpy.random.RandomState
        Source of the seeds.

    Returns
    -------
    estimator
        Each ``random_state`` that is None is a number now.
    """
    estimator = clone(estimator)
    _build_parts(estimator)
    for name, value in sorted(estimator.get_params().items()):
        if value is None and f"__{name}".endswith("__random_state"):
            estimator.set_params(**{name: int(draw_seed(rng))})
    return estimator


def _build_parts(estimator):
    """Put default parts where an estimator, or one within it, has None."""
    if isinstance(estimator, FrozenEstimator):
        return  # it is the user's, and its fit draws nothing
    for name, part in getattr(estimator, "_default_parts", {}).items():
        if getattr(estimator, name) is None:
            estimator.set_params(**{name: part()})
    for part in estimator.get_params(deep=False).values():
        if hasattr(part, "get_params") and not isinstance(part, type):
            _build_parts(part)


def has_parts(generator):
    """Tell whether a generator consists of dynamics and sampler.

    Parameters
    ----------
    generator : estimator
        Any.

    Returns
    -------
    bool
        Whether its dynamics can be fitted apart from its sampler, and simulate at given
        times.
    """
    parts = generator.get_params(deep=False)
    if not {"dynamics", "sampler", "preprocessor"} <= set(parts):
        return False
    dynamics = parts["dynamics"]
    return dynamics is None or hasattr(dynamics, "inverse_transform")


def shared_dynamics(generator, paths, classes):
    """Fit dynamics to all classes, each behind a preprocessor of its own.

    The level of a class is no part of its dynamics: it would make them all but a random
    walk between the levels.

    Parameters
    ----------
    generator : estimator
        Generator with parts, seeded.
    paths : Paths
        Paths of all classes.
    classes : list of ndarray of int
        Numbers of the paths of each class.

    Returns
    -------
    dynamics : estimator
        Fitted dynamics.
    dependent : DependentColumns
        Relations of columns that hold in all classes, in the units of the data; none
        where the preprocessor of a class mixes columns.
    """
    joint = _coordinates(generator, paths)
    dependent = joint.dependent
    parts = [paths.take(members) for members in classes]
    fits = [_coordinates(generator, part, dependent) for part in parts]
    sound = zip(fits, parts, strict=True)
    if joint.behind or not all(fit.recovers(part.values) for fit, part in sound):
        dependent = DependentColumns.none(dependent.labels)
        fits = [_coordinates(generator, part, dependent) for part in parts]
    values = [fit.transform(part.values) for fit, part in zip(fits, parts, strict=True)]
    inputs = paths.take(np.concatenate(classes)).with_columns(
        np.concatenate(values), dependent.free
    )
    dynamics = clone(generator.dynamics)
    return dynamics.fit(inputs.handed_to(dynamics), None), dependent


def _coordinates(generator, paths, dependent=None):
    """Coordinates in which a generator sees paths."""
    if dependent is None and not isinstance(generator, GenerativeTimeSeries):
        labels = [paths.column_label(i) for i in range(paths.n_features)]
        dependent = DependentColumns.none(labels)
    parts = generator.dynamics, generator.sampler
    return Coordinates.fit(generator.preprocessor, paths, *parts, dependent=dependent)


@dataclass(frozen=True, eq=False)
class ClassGenerator:
    """Generator of the paths of one class.

    Parameters
    ----------
    fitted : estimator
        Fitted generator.
    redraw_probability : float
        Probability that a residual is drawn anew.
    coordinates : Coordinates or None
        Coordinates of the class; None for a generator without parts, whose
        ``sample`` gives the paths.
    draws : ResidualDraws or None
        Draws of the fitted sampler; None for a generator without parts.
    values : PossibleValues or None
        Values that columns of the class can take, to which generated ones are moved,
        with the shares of the training rows; None for a generator without parts or with
        ``support=None``.
    """

    fitted: Any
    redraw_probability: float
    coordinates: Coordinates | None = None
    draws: ResidualDraws | None = None
    values: PossibleValues | None = None

    @classmethod
    def fit(cls, generator, paths, redraw_probability, shared=None):
        """Fit a generator to the paths of a class.

        Parameters
        ----------
        generator : estimator
            Unfitted generator, seeded.
        paths : Paths
            Paths of the class.
        redraw_probability : float
            As in the class.
        shared : tuple, default=None
            Fitted dynamics of all classes together and the relations of their columns,
            from `shared_dynamics`; None fits them to this one.

        Returns
        -------
        ClassGenerator
            The fitted generator.
        """
        if not has_parts(generator):
            _check_clock(generator, paths)
            fitted = generator.fit(paths.handed_to(generator), None)
            return cls(fitted, redraw_probability)
        support = getattr(generator, "support", None)
        values = None
        if support is not None:
            values = PossibleValues.fit(paths, support)
            generator.set_params(support=None)  # the rows of `coordinates` are plain
        dynamics, dependent = (None, None) if shared is None else shared
        coordinates = _coordinates(generator, paths, dependent)
        if dynamics is None and redraw_probability < 1.0:
            inputs = coordinates.inputs(paths)
            dynamics = clone(generator.dynamics)
            dynamics.fit(inputs.handed_to(dynamics), None)
        if generator.preprocessor is not None or len(coordinates.dependent.dependent):
            generator.set_params(preprocessor=FittedCoordinates(coordinates))
        if dynamics is not None:
            # Frozen dynamics leave the sampler the in-sample residuals: new residuals
            # have to follow the distribution of those that are kept.
            generator.set_params(dynamics=FrozenEstimator(dynamics))
        fitted = generator.fit(paths.handed_to(generator), None)
        draws = ResidualDraws.fit(fitted.sampler_, fitted.residuals_, fitted.dynamics_)
        generator = cls(fitted, redraw_probability, coordinates, draws)
        if values is not None:
            rng = np.random.RandomState(0)
            made = generator.sample_like(paths, rng)
            values = values.with_shares(np.concatenate(made), paths.values)
        return replace(generator, values=values)

    def sample_like(self, paths, rng):
        """Generate one path for each of some real paths.

        Parameters
        ----------
        paths : Paths
            Paths of the class, whose lengths the new ones have.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        list of ndarrays of shape (length, n_features)
            New paths.
        """
        seed = int(draw_seed(rng))
        if self.coordinates is not None and self.draws is not None:
            return self._redraw(paths, self.coordinates, self.draws, rng, seed)
        # The first rows of a long path are a short path.
        longest = int(paths.lengths.max())
        sample = with_output(self.fitted.sample, "array")
        drawn = stacked(sample(paths.n_paths, longest, random_state=seed))
        ends = zip(drawn, paths.lengths.tolist(), strict=True)
        return [path[:length] for path, length in ends]

    def _redraw(self, paths, coordinates, draws, rng, seed):
        """Draw some of the residuals of paths anew, or all of them."""
        dynamics = self.fitted.dynamics_
        inputs = coordinates.inputs(paths)
        residuals, _ = dynamics.whiten(inputs.handed_to(dynamics))
        anew = rng.uniform(size=paths.n_rows) < self.redraw_probability
        if anew.any():  # first rows have no residual: theirs are not used
            drawn = draws.draw(int(anew.sum()), seed)
            residuals[anew] = getattr(self.fitted, "innovation_ratio_", 1.0) * drawn
        # A path that is shorter than the history stays as it is.
        offsets = np.minimum(
            np.arange(dynamics.n_history_), paths.lengths[:, np.newaxis] - 1
        )
        simulated = dynamics.inverse_transform(
            inputs.with_values(residuals).handed_to(dynamics),
            x0=inputs.values[paths.first_rows[:, np.newaxis] + offsets],
        )
        rows = np.concatenate([np.asarray(path) for path in simulated])
        rows = coordinates.inverse_transform(rows)
        if self.values is not None:
            rows = self.values.nearest(rows)
            rows = coordinates.related(rows) if coordinates.has_relations else rows
        return paths.split(rows)


def _check_clock(generator, paths):
    """Refuse times that the ``sample`` of a generator cannot be told."""
    if paths.times is None:
        return
    first, step = paths.times[0], paths.times[1] - paths.times[0]
    off = np.abs(paths.times - first - paths.positions * step)
    if (off > 1e-6 * step).any():
        raise ValueError(
            f"generator={generator!r} has no parts dynamics, sampler and preprocessor, "
            "so that it draws paths on a clock of its own, but the times in the indexes "
            "of X differ between paths or are irregular; pass a generator with these "
            "parts, or, if it reads no times, arrays or row numbers as index."
        )
