"""ScenarioGenerator: simulated paths given that they meet a condition."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from numbers import Integral

import numpy as np
from scipy.stats import hypergeom
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_scalar

from skdiffts._paths import (
    check_container,
    check_output,
    join_paths,
    stacked,
    take_paths,
    with_output,
)
from skdiffts._rollback import whole_or_nothing
from skdiffts._seeding import draw_seed
from skdiffts._strategy import DefaultPartsMixin
from skdiffts._validation import HasMethods, Interval
from skdiffts.generation import GenerativeTimeSeries
from skdiffts.scenarios._compound import AllOf
from skdiffts.scenarios._conditions import BaseCondition
from skdiffts.scenarios._selection import effective_sample_size, path_weights, resample
from skdiffts.scenarios._steering import Steering

__all__ = ["ScenarioGenerator"]

# Candidates with a smaller weight, relative to the largest, are not kept: the probability
# that one of 100,000 such candidates is among 1,000 draws is 1e-10.
LIGHTEST = 1e-18


class ScenarioGenerator(DefaultPartsMixin, MetaEstimatorMixin, BaseEstimator):
    r"""Generator of paths given that they meet a condition.

    Candidates are simulated in batches until their effective sample size reaches the
    number of paths wanted, and resampled. For weights of zero and one this is rejection
    sampling, whose draws are exact, unless ``max_candidates`` is reached.

    Parameters
    ----------
    generator : estimator, default=None
        Generator of candidates; needs ``fit(X, y)`` and ``sample(n_paths, length, x0=...,
        random_state=...)``. None is :class:`skdiffts.GenerativeTimeSeries`. A fitted one
        goes into :class:`sklearn.frozen.FrozenEstimator`.
    condition : BaseCondition, callable or None, default=None
        Condition; a function takes paths of shape (n_paths, length, n_features) and
        returns non-negative weights, or booleans, of shape (n_paths,). Columns are
        numbers, or names where the training data have them. None is no condition.
    batch_size : int, default=1000
        Candidates simulated at once.
    max_candidates : int, default=100000
        Most candidates of one draw.
    method : Steering, default=None
        None weighs whole paths, which starves where the condition is rare or long;
        :class:`Steering` leads paths to the condition step by step. It needs a
        :class:`skdiffts.GenerativeTimeSeries`; ``batch_size`` and ``max_candidates`` have
        no meaning then.

    Attributes
    ----------
    generator_ : estimator
        Fitted generator.

    Notes
    -----
    Drawing until enough candidates meet a condition makes their share too large on
    average. For weights of zero and one, ``probability`` corrects this bias. With C
    candidates, H of which meet the condition, where the last batch of b was needed to get
    at least n,

    .. math::
        \hat p = \frac{H}{C} \,
        \frac{P(K_1 \le n - 2)}{P(K \le n - 1)}, \qquad
        K \sim \mathrm{Hyp}(C, H, C - b), \quad
        K_1 \sim \mathrm{Hyp}(C - 1, H - 1, C - b - 1)

    is the conditional probability, given C and H, that candidate 1 meets the condition,
    and so an unbiased estimate (the argument of [1]_, who draws one candidate at a time,
    :math:`b = 1`, and gets :math:`(n - 1) / (C - 1)`); where one batch is enough, it is
    H / C. At least two such candidates are sought, since one gives no unbiased estimate.
    If none is found an error is raised.

    References
    ----------
    .. [1] J. B. S. Haldane, "On a Method of Estimating Frequencies", Biometrika 33(3),
       1945.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.scenarios import InRange, ScenarioGenerator
    >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3))
    >>> fall = InRange(column=1, measure="change", high=-2.0)
    >>> falls = ScenarioGenerator(generator, fall).fit(X)
    >>> draw = falls.draw(100, 6, x0="last", random_state=0)
    >>> draw.paths.shape, bool(draw.effective_sample_size >= 100)
    ((100, 6, 2), True)
    """

    _default_parts = {"generator": GenerativeTimeSeries}

    _parameter_constraints = {
        "generator": [HasMethods(["fit", "sample"]), None],
        "condition": [BaseCondition, callable, None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_candidates": [Interval(Integral, 1, None, closed="left")],
        "method": [Steering, None],
    }

    def __init__(
        self,
        generator=None,
        condition=None,
        *,
        batch_size=1000,
        max_candidates=100_000,
        method=None,
    ):
        self.generator = generator
        self.condition = condition
        self.batch_size = batch_size
        self.max_candidates = max_candidates
        self.method = method

    @whole_or_nothing
    def fit(self, X, y=None):
        """Fit the generator.

        If it is interrupted, the estimator is as it was; after an error it is not
        fitted.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path of shape (n_rows, n_features), or a panel of paths.
        y : None
            Passed on.

        Returns
        -------
        ScenarioGenerator
            The fitted estimator itself.
        """
        self._validate_params()
        self.generator_ = self._part("generator").fit(X, y)
        return self

    def draw(
        self,
        n_paths=1,
        length=None,
        *,
        x0=None,
        exogenous=None,
        output="auto",
        random_state=None,
    ):
        """Simulate paths that meet the condition, with their effective sample size.

        Parameters
        ----------
        n_paths : int, default=1
            Number of paths.
        length : int, default=None
            Rows of each path, as in the generator's ``sample``.
        x0 : None, str, label, array-like, dict or frame of one row, default=None
            Row 0, as in the generator's ``sample``, but the same for all paths if given.
        exogenous : frame, array-like or dict, default=None
            Exogenous columns of the rows after row 0, as in the generator's ``sample``, but
            the same for all paths.
        output : {"auto", "array", "pandas", "polars"}, default="auto"
            Container of the paths, as in the generator's ``sample``. The condition is
            evaluated on the paths in this container, such as rounded integers.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        Scenarios
            Paths, effective sample size and probability of the condition.

        Raises
        ------
        ValueError
            If no candidate meets the condition.

        Warns
        -----
        UserWarning
            If the effective sample size of ``max_candidates`` is below ``n_paths``.
        """
        check_is_fitted(self)
        self._validate_params()
        check_scalar(n_paths, "n_paths", Integral, min_val=1)
        check_output(output)
        if not is_one_start(x0):
            raise ValueError(
                f"x0 has shape {np.shape(x0)}; pass one row, which all paths share."
            )
        condition = AllOf() if self.condition is None else self.condition
        by_position = self._by_position(condition)
        if self.method is not None:
            options = {"x0": x0, "exogenous": exogenous, "output": output}
            given = self.generator_, by_position, n_paths, length
            return self.method.draw(*given, **options, random_state=random_state)
        sample = with_output(self.generator_.sample, output)
        if exogenous is not None:
            sample = partial(sample, exogenous=exogenous)
        # One hit gives no unbiased estimate of the probability.
        wanted, rng = max(n_paths, 2), check_random_state(random_state)
        kept, weights, n_candidates, size = self._candidates(
            partial(sample, length=length, x0=x0), by_position, wanted, output, rng
        )
        paths, more = join_paths(kept), "raise max_candidates"
        drawn = resample(paths, weights, n_paths, n_candidates, condition, rng, more)
        if (weights != 1.0).any():
            return drawn
        probability = unbiased_share(len(weights), n_candidates, size, wanted)
        return replace(drawn, probability=probability)

    def _by_position(self, condition):
        """Condition whose columns are numbers; functions stay as they are."""
        if not isinstance(condition, BaseCondition):
            return condition
        return condition.with_positions(
            getattr(self.generator_, "feature_names_in_", ())
        )

    def _candidates(self, sample, condition, wanted, output, rng):
        """Simulate batches until paths that meet the condition count as those wanted.

        Returns batches of these paths, their weights, the number of candidates and the
        size of the last batch.
        """
        kept, weights, n_candidates, size = [], np.empty(0), 0, 0
        while n_candidates < self.max_candidates:
            size = min(self.batch_size, self.max_candidates - n_candidates)
            seed = int(draw_seed(rng))
            batch = sample(size, random_state=seed)
            check_container(batch, output, "the sample of the generator")
            values = stacked(batch, "generator.sample(...)")
            n_candidates += size
            new = path_weights(condition, values)
            heaviest = max(new.max(), weights.max(initial=0.0))
            heavy = np.flatnonzero((new > 0.0) & (new >= LIGHTEST * heaviest))
            kept.append(take_paths(batch, heavy, values.shape[1]))
            weights = np.append(weights, new[heavy])
            if len(weights) and effective_sample_size(weights) >= wanted:
                break
        return kept, weights, n_candidates, size

    def sample(
        self,
        n_paths=1,
        length=None,
        *,
        x0=None,
        exogenous=None,
        output="auto",
        random_state=None,
    ):
        """Simulate paths that meet the condition.

        Parameters
        ----------
        n_paths : int, default=1
            Number of paths.
        length : int, default=None
            Rows of each path, as in the generator's ``sample``.
        x0 : None, str, label, array-like, dict or frame of one row, default=None
            Row 0, as in the generator's ``sample``, but the same for all paths if given.
        exogenous : frame, array-like or dict, default=None
            Exogenous columns of the rows after row 0, as in the generator's ``sample``, but
            the same for all paths.
        output : {"auto", "array", "pandas", "polars"}, default="auto"
            Container of the paths, as in the generator's ``sample``. The condition is
            evaluated on the paths in this container, such as rounded integers.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        ndarray of shape (n_paths, length, n_features), or frame
            Paths of :meth:`draw`.
        """
        draw = self.draw(
            n_paths,
            length,
            x0=x0,
            exogenous=exogenous,
            output=output,
            random_state=random_state,
        )
        return draw.paths

    def __sklearn_tags__(self):
        """Tags of scikit-learn; 3-D panels are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def is_one_start(x0):
    """Tell whether all paths start alike: by one rule, at one label or at one row.

    Parameters
    ----------
    x0 : object
        As in the ``sample`` of a generator.

    Returns
    -------
    bool
        False for several rows, one for each path.
    """
    if isinstance(x0, Mapping):
        return all(np.ndim(value) == 0 for value in x0.values())
    return np.ndim(x0) < 2 or len(x0) == 1


def unbiased_share(n_hits, n_candidates, last, wanted):
    """Unbiased estimate of a probability after drawing until there are enough hits.

    Parameters
    ----------
    n_hits : int
        Candidates that meet the condition.
    n_candidates : int
        Candidates.
    last : int
        Candidates in the last batch.
    wanted : int
        Number of hits at which drawing stops.

    Returns
    -------
    float
        The estimate in the notes of :class:`ScenarioGenerator`.
    """
    before = n_candidates - last
    share = n_hits / n_candidates
    if before == 0:
        return share
    given = hypergeom.cdf(wanted - 1, n_candidates, n_hits, before)
    both = hypergeom.cdf(wanted - 2, n_candidates - 1, n_hits - 1, before - 1)
    return float(share * both / given)
