"""Generators of the classes: fitted alone or with shared dynamics, and their paths."""

from contextlib import contextmanager

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator

from skdiffts._paths import check_paths
from skdiffts._preprocessing import Preprocessing
from skdiffts._seeding import draw_residuals, draw_seed

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
    """Clone an estimator and seed what it leaves to chance.

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
        Whether its dynamics can be fitted apart from its sampler, and rolled out at
        given times.
    """
    parts = generator.get_params(deep=False)
    if not {"dynamics", "sampler", "preprocessor"} <= set(parts):
        return False
    dynamics = parts["dynamics"]
    return dynamics is None or hasattr(dynamics, "inverse_transform")


class _Fitted(BaseEstimator):
    """A transformer that ``fit_transform`` leaves as it is.

    scikit-learn's FrozenEstimator has no such method.
    """

    def __init__(self, transformer):
        self.transformer = transformer

    def __sklearn_clone__(self):
        return self

    def fit_transform(self, X, y=None):
        return self.transformer.transform(X)

    def transform(self, X):
        return self.transformer.transform(X)

    def inverse_transform(self, X):
        return self.transformer.inverse_transform(X)


class ClassCoordinates:
    """Paths of a class in the coordinates of a preprocessor of its own.

    Parameters
    ----------
    preprocessor : transformer or None
        Unfitted preprocessor of a generator.
    X : 3-D array or list of 2-D arrays or frames
        Paths of the class.
    """

    def __init__(self, preprocessor, X):
        paths = check_paths(BaseEstimator(), X, reset=True)
        self.preprocessing = Preprocessing.fit(preprocessor, paths.values)
        inputs = self.preprocessing.transform(paths.values)
        self.inputs = paths.restore(inputs, dtype=np.float64)

    @property
    def fitted_preprocessor(self):
        """Preprocessor that another fit leaves as it is."""
        transformer = self.preprocessing.transformer
        return None if transformer is None else _Fitted(transformer)


def shared_dynamics(generator, panels):
    """Fit dynamics to all classes, each in coordinates of its own.

    The level of a class is no part of its dynamics: it would make them all but a random
    walk between the levels.

    Parameters
    ----------
    generator : estimator
        Generator with parts, seeded.
    panels : iterable of 3-D arrays or lists of 2-D arrays or frames
        Paths of each class.

    Returns
    -------
    estimator
        Fitted dynamics.
    """
    every = [ClassCoordinates(generator.preprocessor, X).inputs for X in panels]
    return clone(generator.dynamics).fit([path for X in every for path in X], None)


class ClassGenerator:
    """Maker of the paths of one class.

    Parameters
    ----------
    generator : estimator
        Unfitted generator, seeded.
    X : 3-D array or list of 2-D arrays or frames
        Paths of the class.
    redraw_probability : float
        Share of the residuals that are drawn anew.
    dynamics : estimator, default=None
        Fitted dynamics of all classes together; None fits them to this one.
    """

    def __init__(self, generator, X, redraw_probability, dynamics=None):
        self.redraw_probability = redraw_probability
        self.varies = has_parts(generator)
        if not self.varies:
            _check_clock(generator, X)
            self.fitted = generator.fit(X, None)
            return
        coordinates = ClassCoordinates(generator.preprocessor, X)
        generator.set_params(preprocessor=coordinates.fitted_preprocessor)
        if dynamics is None and redraw_probability < 1.0:
            dynamics = clone(generator.dynamics).fit(coordinates.inputs, None)
        if dynamics is not None:
            # Frozen dynamics leave the sampler the in-sample residuals: those that are
            # drawn have to follow the law of those that are kept.
            generator.set_params(dynamics=FrozenEstimator(dynamics))
        self.fitted = generator.fit(X, None)
        self.preprocessing = coordinates.preprocessing
        self.dynamics = self.fitted.dynamics_

    def make(self, X, rng):
        """Generate one path for each path of X.

        Parameters
        ----------
        X : 3-D array or list of 2-D arrays or frames
            Paths of the class, whose lengths the new ones have.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        list of ndarrays of shape (length, n_features)
            New paths.
        """
        paths = check_paths(BaseEstimator(), X, reset=True)
        seed = int(draw_seed(rng))
        if self.varies:
            return self._vary(paths, rng, seed)
        # The first rows of a long path are a short path.
        longest = int(paths.lengths.max())
        drawn = self.fitted.sample(paths.n_paths, longest, random_state=seed)
        ends = zip(drawn, paths.lengths.tolist(), strict=True)
        return [path[:length] for path, length in ends]

    def _vary(self, paths, rng, seed):
        """Redraw some of the residuals of paths, or all of them."""
        preprocessing, dynamics = self.preprocessing, self.dynamics
        values = preprocessing.transform(paths.values)
        residuals, _ = dynamics.whiten(paths.restore(values, dtype=np.float64))
        anew = rng.uniform(size=paths.n_rows) < self.redraw_probability
        if anew.any():  # those of first rows, which have no residual, do nothing
            sampler = self.fitted.sampler_
            drawn = draw_residuals(sampler, int(anew.sum()), seed)
            residuals[anew] = self._innovation_ratio() * drawn
        # A path that is shorter than the context stays as it is.
        offsets = np.arange(dynamics.n_history_)
        heads = paths.first_rows[:, np.newaxis] + np.minimum(
            offsets, paths.lengths[:, np.newaxis] - 1
        )
        rolled = dynamics.inverse_transform(
            paths.restore(residuals, dtype=np.float64), x0=values[heads]
        )
        rows = check_paths(BaseEstimator(), rolled, reset=True).values
        return paths.split(preprocessing.inverse_transform(rows))

    def _innovation_ratio(self):
        """Factor of draws, as in the generator's ``sample``."""
        if isinstance(self.dynamics, FrozenEstimator):
            return 1.0  # in-sample residuals have no errors of the fit
        return getattr(self.dynamics, "innovation_ratio_", 1.0)


def _check_clock(generator, X):
    """Refuse times that the ``sample`` of a generator cannot be told."""
    paths = check_paths(BaseEstimator(), X, reset=True)
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
