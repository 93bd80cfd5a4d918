"""TimeSeriesAugmenter: generated training paths for time series classifiers."""

from math import isnan
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_scalar

from skdiffts._rollback import whole_or_nothing
from skdiffts._strategy import DefaultPartsMixin
from skdiffts._validation import HasMethods, Interval, StrOptions
from skdiffts.augmentation._counts import STRATEGIES, generated_counts
from skdiffts.augmentation._generators import (
    ClassGenerator,
    class_named,
    has_parts,
    seeded,
    shared_dynamics,
)
from skdiffts.augmentation._panel import Panel
from skdiffts.generation import standardized_generator

__all__ = ["TimeSeriesAugmenter"]

# A class shares the dynamics of all classes if it has fewer transitions for each of the
# d + 1 coefficients of a column's linear drift.
TRANSITIONS_PER_COEFFICIENT = 2


class TimeSeriesAugmenter(DefaultPartsMixin, MetaEstimatorMixin, BaseEstimator):
    r"""Adds generated paths to the training data of a classifier.

    A generator is fitted to the paths of each class. A new path starts as a real path of
    its class, with residuals :math:`\varepsilon_i`, and follows the recursion

    .. math::
        x_{i+1} = x_i + \mu(z_i)\, dt + \sqrt{dt}\, L(z_i)\, \varepsilon'_{i+1}, \quad
        \varepsilon'_i = \begin{cases} \text{drawn from the residuals' distribution in the class}
        & \text{with probability } q \\ \varepsilon_i & \text{else} \end{cases}

    with q the ``redraw_probability``. The residuals are independent in the model, so that
    a new path follows the distribution of the model whatever q is. The smaller q, the
    more of the real path is kept that the model does not describe, such as trend, phase
    or subject.

    Parameters
    ----------
    generator : estimator, default=None
        Generator of paths, cloned for each class; needs ``fit(X, y)`` and
        ``sample(n_paths, length, random_state=...)``. None is
        :class:`skdiffts.GenerativeTimeSeries` behind a
        :class:`sklearn.preprocessing.StandardScaler`.
    sampling_strategy : str, float, dict or callable, default="auto"
        Sizes of the classes, as in imbalanced-learn. "auto" and "not majority" raise all
        classes, "minority" the smallest, "not minority" all but the smallest, and "all"
        every class, to the size of the largest. A number, for two classes, is the ratio
        of the smaller to the larger size. A dict has the sizes of some classes, real
        paths included; a function of y returns such a dict.
    ratio : float, default=1.0
        Factor on the size of every class, after ``sampling_strategy``: 3 with "auto"
        makes all classes equal, and three times as large as the largest was.
    redraw_probability : float, default=0.5
        Probability q, in (0, 1], that a residual is drawn anew. With 1 a new path shares
        with the real one only the times and the first rows, the history that the drift
        needs. A generator without parts ``dynamics``, ``sampler`` and ``preprocessor``
        takes only 1, and paths that share one regular clock or have none: its ``sample``
        is called.
    shared_dynamics : bool or "auto", default="auto"
        Whether the dynamics are fitted to all classes together, each behind a
        preprocessor of its own, and only the distribution of the residuals to each.
        "auto" does this for classes with fewer than 2 (n_features + 1) transitions: too
        few for a linear drift of their own. It needs a preprocessor that removes level
        and scale.
    random_state : int, RandomState instance or None, default=None
        Seed of all draws, and of each ``random_state`` in the generator that is None.

    Attributes
    ----------
    generators_ : dict
        Fitted generator of each class that got new paths.
    sampling_strategy_ : dict
        Number of paths generated for each class that got any.
    shared_classes_ : list
        Classes that got new paths from shared dynamics.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names, when X had them.

    Notes
    -----
    Counts, zeros and bounds are found in the paths of each class by the rules of
    :func:`skdiffts.columns.find_support`. New paths are moved to values that the columns
    can take, and zeros and other values of a grid are as frequent as in the paths of the
    class. A generator with ``support=None`` leaves them as they are.

    A sample is a path: X is a 3-D array of shape (n_paths, length, n_features), a list of
    2-D arrays or frames of unequal length, a 2-D array or frame whose rows are univariate
    paths, or a pandas frame with a MultiIndex whose last level is time. Windows that were
    flattened have to be given in three dimensions: a flat row does not tell its columns
    from its times.

    The class is a sampler in the sense of imbalanced-learn: a step of
    ``imblearn.pipeline.Pipeline`` that works in ``fit`` alone, so that cross-validation
    and grid search never test on generated paths. It does not need that package.

    References
    ----------
    .. [1] G. Lemaitre, F. Nogueira and C. K. Aridas, "Imbalanced-learn: A Python Toolbox
       to Tackle the Curse of Imbalanced Datasets in Machine Learning", JMLR 18(17), 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.augmentation import TimeSeriesAugmenter
    >>> X = np.random.RandomState(0).standard_normal((9, 30, 2)).cumsum(axis=1)
    >>> y = np.array(["calm"] * 6 + ["wild"] * 3)
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3))
    >>> augmenter = TimeSeriesAugmenter(generator, random_state=0)
    >>> X_more, y_more = augmenter.fit_resample(X, y)
    >>> X_more.shape, augmenter.sampling_strategy_
    ((12, 30, 2), {'wild': 3})
    """

    _default_parts = {"generator": standardized_generator}

    _parameter_constraints = {
        "generator": [HasMethods(["fit", "sample"]), None],
        "sampling_strategy": [
            StrOptions(STRATEGIES),
            Interval(Real, 0, 1, closed="right"),
            dict,
            callable,
        ],
        "ratio": [Interval(Real, 1, None, closed="left")],
        "redraw_probability": [Interval(Real, 0, 1, closed="right")],
        "shared_dynamics": ["boolean", StrOptions({"auto"})],
        "random_state": ["random_state"],
    }

    generators_: dict
    sampling_strategy_: dict
    shared_classes_: list

    def __init__(
        self,
        generator=None,
        *,
        sampling_strategy="auto",
        ratio=1.0,
        redraw_probability=0.5,
        shared_dynamics="auto",
        random_state=None,
    ):
        self.generator = generator
        self.sampling_strategy = sampling_strategy
        self.ratio = ratio
        self.redraw_probability = redraw_probability
        self.shared_dynamics = shared_dynamics
        self.random_state = random_state

    def fit_resample(self, X, y):
        """Add generated paths to labelled ones.

        If it is interrupted, the augmenter is as it was; after an error it is not
        fitted.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays or frames
            Paths.
        y : array-like of shape (n_samples,)
            Their labels; for a frame with a MultiIndex one for each row.

        Returns
        -------
        X_resampled : array, frame or list
            X, unchanged, and below it the new paths, class by class: in the container of
            X, each with the length of a path of its class, and with its times where the
            container has them. The index of a 2-D frame is renewed.
        y_resampled : ndarray of shape (n_samples_new,)
            Labels.
        """
        return self._fit_resample(X, y)

    def augment(self, X, n_paths):
        """Add generated paths to unlabelled ones.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays or frames
            Paths.
        n_paths : int
            Number of new paths; ``sampling_strategy`` and ``ratio`` are not used.

        Returns
        -------
        array, frame or list
            X, unchanged, and below it the new paths, as ``fit_resample`` gives them.
        """
        return self._augment(X, n_paths)

    def __sklearn_tags__(self):
        """Tags of scikit-learn; 3-D panels are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    @whole_or_nothing
    def _fit_resample(self, X, y):
        self._validate_params()
        _check_labels(y)
        check_classification_targets(y)
        y = column_or_1d(y)
        panel = Panel.from_container(self, X)
        labels = panel.labels(y)
        counts = generated_counts(self.sampling_strategy, self.ratio, labels)
        new, templates = self._generate(panel, labels, counts)
        X = panel.extended(new, templates)
        return X, panel.extended_labels(y, labels[templates], templates)

    @whole_or_nothing
    def _augment(self, X, n_paths):
        self._validate_params()
        check_scalar(n_paths, "n_paths", Integral, min_val=1)
        panel = Panel.from_container(self, X)
        labels = np.zeros(len(panel), dtype=int)
        return panel.extended(*self._generate(panel, labels, {0: n_paths}))

    def _generate(self, panel, labels, counts):
        """Make new paths, class by class, and tell the real path behind each."""
        rng = check_random_state(self.random_state)
        prototype, paths = self._part("generator"), panel.paths
        classes = np.unique(labels).tolist()
        self._check_generator(prototype, len(classes))
        members = {label: np.flatnonzero(labels == label) for label in classes}
        shared_classes = [
            label for label in counts if self._shares(prototype, paths, members[label])
        ]
        shared = None
        if shared_classes:
            prepared = seeded(prototype, rng)
            shared = shared_dynamics(prepared, paths, list(members.values()))
        generators, new, templates = {}, [], []
        for label, n_new in counts.items():
            with class_named(label, len(classes)):
                generator = ClassGenerator.fit(
                    seeded(prototype, rng),
                    paths.take(members[label]),
                    self.redraw_probability,
                    shared if label in shared_classes else None,
                )
            chosen = rng.choice(members[label], size=n_new)
            new += generator.sample_like(paths.take(chosen), rng)
            templates.append(chosen)
            generators[label] = generator.fitted
        self.generators_, self.sampling_strategy_ = generators, counts
        self.shared_classes_ = shared_classes
        return new, np.concatenate(templates or [np.array([], dtype=int)])

    def _shares(self, generator, paths, members):
        """Whether a class takes the dynamics of all."""
        if self.shared_dynamics != "auto":
            return self.shared_dynamics
        needed = TRANSITIONS_PER_COEFFICIENT * (paths.n_features + 1)
        return has_parts(generator) and (paths.lengths[members] - 1).sum() < needed

    def _check_generator(self, generator, n_classes):
        """Refuse options that a generator does not support."""
        exogenous = getattr(generator, "exogenous", None)
        if exogenous is not None and len(exogenous):
            raise ValueError(
                f"generator has exogenous={exogenous!r}, which nobody gives for "
                "new paths; pass a generator with exogenous=None, which simulates these "
                "columns as well."
            )
        if isinstance(generator, FrozenEstimator) and n_classes > 1:
            raise ValueError(
                f"generator={generator!r} keeps one distribution for all {n_classes} classes of "
                "y; pass a generator that fit changes."
            )
        if has_parts(generator):
            return
        for name, wanted in (("redraw_probability", 1.0), ("shared_dynamics", False)):
            value = getattr(self, name)
            if value not in (wanted, "auto"):
                raise ValueError(
                    f"{name}={value!r} needs a generator with parts dynamics, sampler "
                    f"and preprocessor, such as GenerativeTimeSeries; generator is "
                    f"{generator!r}: pass {name}={wanted!r}."
                )


def _check_labels(y):
    """Raise if a label is missing: None, NaN or NA."""
    labels = np.asarray(y, dtype=object)
    if labels.ndim != 1:
        return  # an error of scikit-learn
    for i, label in enumerate(labels.tolist()):
        is_nan = isinstance(label, float) and isnan(label)
        if label is None or is_nan or type(label).__name__ in ("NAType", "NaTType"):
            raise ValueError(
                f"y contains {'NaN' if is_nan else label!r} at sample {i}: give each "
                "path a label, or drop it."
            )
