"""GenerativeTimeSeries: dynamics and a sampler of residuals, joined to a generator."""

from collections.abc import Mapping
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin, MetaEstimatorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_scalar

from skdiffts._paths import check_longest, check_output, check_paths
from skdiffts._progress import announce
from skdiffts._rollback import whole_or_nothing
from skdiffts._seeding import check_sampler
from skdiffts._strategy import DefaultPartsMixin
from skdiffts._validation import HasMethods, StrOptions
from skdiffts.diffusion import DiffusionResidualSampler
from skdiffts.generation._diagram import visual_block
from skdiffts.generation._residual_choice import choose_distribution
from skdiffts.generation._sampling_plan import SamplingPlan
from skdiffts.generation._simulation import (
    block_seeds,
    innovation_ratio,
    simulate_paths,
    training_residuals,
)
from skdiffts.generation._starting_rows import StartingRows
from skdiffts.generation._table_map import TableMap, dynamics_words
from skdiffts.kernel import KernelDriftVolEstimator

__all__ = ["GenerativeTimeSeries"]


class GenerativeTimeSeries(
    DefaultPartsMixin, MetaEstimatorMixin, DensityMixin, BaseEstimator
):
    r"""Generator of multivariate time series: fit, simulate, forecast, score.

    The dynamics whiten the increments of the training paths to residuals, the sampler
    learns the distribution of the residuals, and paths follow the recursion

    .. math:: x_{i+1} = x_i + \mu(z_i)\, dt + \sqrt{dt}\, L(z_i)\, \varepsilon_{i+1}

    with the conditioning vector z of the dynamics, which by default is found in the data.

    Parameters
    ----------
    dynamics : estimator, default=None
        Drift and volatility; needs ``fit``, ``whiten``, ``history``, ``start_history`` and
        ``simulate``, once fitted also ``loo_residuals_`` and ``n_history_``. It gets paths
        in the container of X, in float64. None is
        :class:`skdiffts.KernelDriftVolEstimator`.
    sampler : estimator, default=None
        Distribution of the residuals, with the methods of
        :class:`sklearn.neighbors.KernelDensity` or
        :class:`sklearn.mixture.GaussianMixture`. None is
        :class:`skdiffts.DiffusionResidualSampler`.
    preprocessor : transformer, default=None
        Invertible scikit-learn transformer of rows (scaling, logarithm, Yeo-Johnson),
        applied before the dynamics; ``sample`` undoes it, and the score contains its
        Jacobian. It gets frames with the columns of X, without an index, where X has
        columns. For some of the columns there is
        :class:`skdiffts.preprocessing.InvertibleColumnTransformer`.
    support : "auto", mapping or None, default="auto"
        Values that columns can take: zeros and caps that are frequent, counts, bounds.
        "auto" finds them by the rules of :func:`skdiffts.columns.find_support`, where
        there is no preprocessor and the dynamics can be fitted again. A mapping of column
        names or positions to a :class:`skdiffts.columns.Support`, or to "real",
        "positive", "logarithm", "unit interval", "integer", "count" or "binary", takes
        the place of what would be found; None takes any number in all columns. A column
        that grows by factors is modelled by its logarithm, where the history is to be
        found as well (:func:`skdiffts.selection.find_logarithms`).
    missing : {"draw"} or None, default=None
        Rows with NaN. None leaves them to the dynamics, for which they are an error or
        end a path. "draw" takes a missing cell for one that can have any value: cells are
        drawn anew from the fitted dynamics while these are fitted, the score is about the
        cells that were seen, and :meth:`impute` fills tables. It needs dynamics that can
        be fitted again, and a preprocessor that acts on each column; exogenous columns
        must be complete.
    exogenous : array-like of labels or positions, or one label, default=None
        Columns of X that are given for the future, not simulated: prices, holidays,
        temperature forecasts, traits of a path. Drift and covariance of the next row see
        its exogenous columns and the present row's. ``sample`` and ``forecast``
        need them for the rows to come; densities are conditional on
        these, and the preprocessor and the residuals have no exogenous columns.
    residuals : {"leave-one-out", "in-sample"}, default="leave-one-out"
        Residuals that the sampler learns: of fits that have not seen the row, or of
        the fit to all rows, which are too small, the more so the fewer neighbours there
        are.
    state_residuals : "auto" or bool, default="auto"
        Whether the distribution of the residuals may depend on season and level. Beside
        the sampler, mixtures are trained whose weights, centres, scales and affine map
        come from a small network of these coordinates; they are pooled with the sampler
        by weights that make the last training rows likeliest, and dropped where they gain
        less than two standard errors there, or where simulated columns become wider or
        narrower than in training. "auto" tries it where ``dynamics`` have searched
        for a history and found a season or a level, and ``sampler`` is a
        :class:`skdiffts.DiffusionResidualSampler`; not where a volatility remembers rows
        with zeros, caps or counts. With exogenous columns, mixtures see these alone, so
        that the volatility may depend on them. False leaves them out, also after ``fit``.
    n_jobs : int, default=None
        Processes or threads (joblib's current backend) over blocks of paths in
        ``sample``. It does not change the result.
    verbose : int, default=0
        1 says on standard output what ``fit`` finds, a line each: exogenous and dependent
        columns, kinds of support with their columns, missing cells, and the history.
        The logger ``skdiffts`` always gets these lines at level INFO. Progress of the
        sampler is ``sampler__verbose``.

    Attributes
    ----------
    dynamics_ : estimator
        Fitted dynamics.
    sampler_ : estimator
        Fitted sampler.
    preprocessor_ : transformer or None
        Fitted preprocessor.
    dependent_columns_ : skdiffts.columns.DependentColumns
        Columns that are exact affine functions of others, such as constants, duplicates
        and totals beside their parts; ``print`` shows the relations. See Notes.
    support_ : dict
        Support of each free column that cannot take any number, by its name.
    residuals_ : ndarray of shape (n_residuals, n_free)
        Residuals that the sampler was fitted on; for frozen dynamics residuals of X.
    residual_distribution_ : ResidualDraws or skdiffts.generation.StateResiduals
        Distribution of the residuals in use: of ``sampler_``, or one that knows the
        state, with the weights of its parts.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, when the training data had them.

    Notes
    -----
    ``set_params`` of a nested parameter builds the default part where it is still None.

    Dependent columns are left out of choice, training and density, and restored by their
    relations: the dynamics, the sampler and the residuals have the free columns, and
    ``score`` is the log-density of the free columns in their units. Without the dependent
    columns it is the same number. Relations are searched in X, and behind a preprocessor
    that mixes columns, see :class:`skdiffts.columns.Coordinates`. Frozen parts that were
    fitted to all columns keep all; weights of a ``metric`` count the free columns.

    A value on a grid, or one that a column often takes, stands for an interval of a latent
    number. Histories see one latent number for each value; transitions lead to draws in
    the interval, which are drawn anew from the fitted dynamics while these are fitted.
    Simulated latent rows are mapped back, so that zeros are zeros. The density of such a
    value is its probability, for a grid divided by the unit; it is an integral over the
    intervals of a row, of which the score takes the mean over eight seeded draws. Residuals
    of such rows are drawn.

    With ``missing="draw"``, missing cells are drawn jointly, given all that was seen: the
    rows before and after, and the row. A first fit of a line starts the draws, so that
    the search for a history sees no interpolated values. The score of a row takes missing
    cells of the past from 32 seeded fillings that know the past alone, weighted by how
    well they foresaw what was seen since. Rows at the ends of a path without any number
    are no part of it. Relations of columns are found in complete rows: cells that
    they determine are filled first. A total that was seen without two of its parts tells
    nothing about them in fit and score, and draws of these are moved to add up to it.

    Dynamics with a ``scale`` feed draws back into volatility, where an error of their
    variance adds up: a kernel density, which is wider than its data, would make
    volatility run away. For such dynamics draws are mapped to the mean and the covariance
    of ``residuals_``, by the affine map that moves them least. It is measured once in
    ``fit``, on seeded draws of the sampler. The draws of
    :class:`skdiffts.DiffusionResidualSampler` are matched in its own ``fit``, and the
    score is always about the sampler as it is.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X)
    >>> generator.sample(n_paths=3, length=50, random_state=0).shape
    (3, 50, 2)
    """

    # Paths that another estimator has validated are taken as they are.
    takes_paths = True

    _default_parts = {
        "dynamics": KernelDriftVolEstimator,
        "sampler": DiffusionResidualSampler,
    }

    _parameter_constraints = {
        "dynamics": [
            HasMethods(["fit", "whiten", "history", "start_history", "simulate"]),
            None,
        ],
        "sampler": [HasMethods(["fit", "sample", "score_samples"]), None],
        "preprocessor": [HasMethods("fit_transform"), None],
        "support": [StrOptions({"auto"}), Mapping, None],
        "missing": [StrOptions({"draw"}), None],
        "exogenous": ["array-like", str, None],
        "residuals": [StrOptions({"leave-one-out", "in-sample"})],
        "state_residuals": ["boolean", StrOptions({"auto"})],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        dynamics=None,
        sampler=None,
        *,
        preprocessor=None,
        support="auto",
        missing=None,
        exogenous=None,
        residuals="leave-one-out",
        state_residuals="auto",
        n_jobs=None,
        verbose=0,
    ):
        self.dynamics = dynamics
        self.sampler = sampler
        self.preprocessor = preprocessor
        self.support = support
        self.missing = missing
        self.exogenous = exogenous
        self.residuals = residuals
        self.state_residuals = state_residuals
        self.n_jobs, self.verbose = n_jobs, verbose

    @whole_or_nothing
    def fit(self, X, y=None):
        """Fit the dynamics to X and the sampler to their residuals.

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
        GenerativeTimeSeries
            The fitted estimator itself.
        """
        self._validate_params()
        whole = self._read_paths(X, reset=True, min_length=2)
        dynamics, sampler = self._part("dynamics"), self._part("sampler")
        check_sampler(sampler)
        table = TableMap.fit(self, whole, dynamics, sampler)
        announce(table.findings(), self.verbose)
        table, inputs = table.fit_dynamics(dynamics, whole, y)
        announce([dynamics_words(dynamics)], self.verbose)
        residuals = training_residuals(dynamics, inputs, self.residuals)
        sampler.fit(residuals, y)
        self._starts = StartingRows.trace(whole, inputs, dynamics, table)
        given = sampler, residuals, inputs, self._starts, table
        self._draws, self._table = choose_distribution(self, *given)
        self.preprocessor_ = table.coordinates.transformer
        self.dependent_columns_ = table.coordinates.dependent
        self.support_ = table.coordinates.supports()
        self.dynamics_, self.sampler_, self.residuals_ = dynamics, sampler, residuals
        return self

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
        """Simulate paths.

        Parameters
        ----------
        n_paths : int, default=1
            Number of paths.
        length : int, default=None
            Rows of each path, the first one included; None is the length of the
            longest training path.
        x0 : None, str, label, array-like, dict or frame, default=None
            Row 0 of each path:

            * drawn from the first rows of training paths with a long enough history
              ("initial"), from a kernel density with the mean and covariance of
              these rows ("smoothed", for panels: new rows), or from all rows with a long
              enough history ("states"); or the last training row ("last"). None is
              "states" for one training path, so that simulated paths are stationary,
              "initial" for a panel, and where the dynamics have a trend, and "last" for
              one training path with exogenous columns;
            * the training row with this label, a timestamp for example, with its
              history. In a panel it is drawn from the rows of all paths with the label,
              or given by a tuple (path, label). Rows without labels are numbered from 0;
            * given, as an array of shape (n_features,) or (n_paths, n_features), a dict
              of columns, a Series, or a frame with one row or ``n_paths`` rows. The
              history is taken to have been constant. The clock starts at the name of
              the Series or the index of the frame if these are times as in the training
              data; else, also for arrays, at the first training row.
        exogenous : frame, array-like, list or dict, default=None
            Exogenous columns of the rows after row 0, which has its own: ``length - 1``
            rows. A frame or a dict has them by name; other columns are ignored, static
            columns, with one value in each path of a training panel, may be missing and
            then stay as they are in row 0, and numbers in a dict are for all rows.
            An array has shape (length - 1, n_exogenous) for all paths, or
            (n_paths, length - 1, n_exogenous), or all columns in place of these;
            (n_exogenous,) is one row for all, and (n_paths, 1, n_exogenous) one for each
            path. A list has a table for each path; a table with
            ``n_paths * (length - 1)`` rows has them below each other. Labels of rows are
            not compared.
        output : {"auto", "array", "pandas", "polars"}, default="auto"
            Container of the paths; "auto" is the library of the training data.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        ndarray of shape (n_paths, length, n_features), or frame
            Paths in the units of the training data. An array is float64. A frame has
            all paths below each other, and the columns and types of the training data:
            integers are rounded. Its index (in polars, its first columns) has the levels
            "path" and time, which has the name of the training index, or "time". Times
            go on from the time of row 0 as the times of the training rows do.

        Warns
        -----
        UserWarning
            If rows get times, in a frame or for dynamics that look at the clock, and the
            training rows follow no calendar.

        Notes
        -----
        Leave-one-out residuals contain estimation error as well as noise. Forecasts
        should include both; ``sample`` multiplies residuals by ``innovation_ratio_``, so
        that simulated paths contain the noise alone.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> from sklearn.neighbors import KernelDensity
        >>> from skdiffts import GenerativeTimeSeries
        >>> days = pd.date_range("2024-01-01", periods=100, freq="B", name="day")
        >>> noise = np.random.RandomState(0).standard_normal((100, 1))
        >>> X = pd.DataFrame(noise.cumsum(axis=0), index=days, columns=["level"])
        >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X)
        >>> paths = generator.sample(2, 3, x0="last", random_state=0)
        >>> paths.index.get_level_values("day")[:3].strftime("%a %d %b").tolist()
        ['Fri 17 May', 'Mon 20 May', 'Tue 21 May']
        """
        options = {"exogenous": exogenous, "output": output}
        options |= {"x0": x0, "random_state": random_state}
        return SamplingPlan.of(self, n_paths, length, **options).paths()

    def forecast(
        self,
        X,
        horizon,
        n_samples=1,
        *,
        exogenous=None,
        output="auto",
        random_state=None,
    ):
        """Simulate continuations of paths.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Paths; each is continued from its last row, given its history.
        horizon : int
            Rows of each continuation.
        n_samples : int, default=1
            Continuations of each path.
        exogenous : frame, array-like, list or dict, default=None
            Exogenous columns of the ``horizon`` rows to come, for all paths or for each
            path of X, in the forms of ``sample``.
        output : {"auto", "array", "pandas", "polars"}, default="auto"
            Container of the continuations; "auto" is the library of X.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        ndarray of shape (n_samples, horizon, n_features), or frame
            Continuations of the one path, without its last row; an array for a panel has
            a leading axis over its paths. A frame has the levels "sample" and time, for
            a panel below the levels that name its paths ("path" where they have no
            names). Times go on from the last row of each path. Columns and types are as
            in ``sample``.

        Warns
        -----
        UserWarning
            If rows get times, in a frame or for dynamics that look at the clock, and the
            training rows follow no calendar.
        """
        check_is_fitted(self)
        check_scalar(horizon, "horizon", Integral, min_val=1)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        check_output(output)
        paths = self._read_paths(X)
        last, rng = paths.last_rows(), check_random_state(random_state)
        history = self._table.histories(self.dynamics_, paths, last, n_samples, rng)
        given = self._table.exogenous.read(exogenous, history, horizon, n_samples)
        following = self._table.output.following(paths)
        is_shown = following.has_times(output)
        if is_shown:
            following.calendar.warn()
        elif self._starts.uses_clock:
            self._table.output.calendar.warn()
        seeds = block_seeds(len(history), rng)
        rows = self._simulate(history, horizon + 1, seeds, given, is_shown)[:, 1:]
        rows = rows.reshape(len(last), n_samples, horizon, paths.n_features)
        return following.continuing(rows, paths.time_numbers[last], paths, output)

    def impute(self, X, n_samples=1, *, random_state=None):
        """Draw complete tables: multiple imputation of missing cells.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths with NaN.
        n_samples : int, default=1
            Number of tables.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        list of n_samples tables
            Each is as X: its container, columns, dates and order. Cells that were seen
            are as they were, missing ones are drawn jointly, given all that was seen
            before and after. Rows at the ends of a path without any number stay NaN; for
            rows that follow there is :meth:`forecast`. Numbers are floats.

        Raises
        ------
        ValueError
            If the generator was not fitted with ``missing="draw"``.

        Notes
        -----
        The distribution is the Gaussian one of drift and covariance, with drawn sizes of
        the innovations, of whole rows and of single cells: heavy tails that columns have
        in common, and of their own. The sampler is not asked.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.neighbors import KernelDensity
        >>> from skdiffts import GenerativeTimeSeries
        >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
        >>> X[40:45, 0] = np.nan
        >>> generator = GenerativeTimeSeries(sampler=KernelDensity(), missing="draw")
        >>> first, second = generator.fit(X).impute(X, 2, random_state=0)
        >>> first.shape, int(np.isnan(first).sum()), int((first != second).sum())
        ((100, 2), 0, 5)
        """
        check_is_fitted(self)
        return self._table.impute(self._read_paths(X), n_samples, random_state)

    def describe(self):
        """Describe in words what ``fit`` has found about history and columns.

        Returns
        -------
        str
            The words of the dynamics, or their representation, exogenous columns, the
            relations of dependent columns, and the supports of columns that cannot take
            any number.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.neighbors import KernelDensity
        >>> from skdiffts import GenerativeTimeSeries
        >>> X = np.random.RandomState(0).standard_normal((200, 1)).cumsum(axis=0)
        >>> generator = GenerativeTimeSeries(sampler=KernelDensity()).fit(X)
        >>> print(generator.describe())
        level: none (unit root), volatility: constant
        """
        check_is_fitted(self)
        words = self._table.describe(self.dynamics_)
        return "; ".join(filter(None, [words, self.residual_distribution_.describe()]))

    def preprocess(self, X):
        """Map paths to the coordinates of the dynamics.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, in the units of the training data.

        Returns
        -------
        array, frame or list
            Free columns behind the preprocessor, as ``dynamics_`` reads them, in the
            container of X and in float64, without exogenous columns; NaN where the
            dynamics take rows with NaN for gaps.

        Raises
        ------
        ValueError
            If some rows are outside the domain of the preprocessor, or break a relation
            of dependent columns.
        """
        check_is_fitted(self)
        inputs = self._table.inputs(self._read_paths(X))
        return inputs.restore(inputs.values)

    def whiten(self, X):
        """Residuals of paths with the log-Jacobian that their density needs.

        The conditional log-density of a row is the log-density of its residual under the
        sampler plus the log-Jacobian.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, in the units of the training data.

        Returns
        -------
        residuals : ndarray of shape (n_rows, n_free)
            Whitened increments of the free columns of all paths below each other, all
            columns but for ``dependent_columns_``; NaN where the history is too short.
            In-sample residuals are smaller than residuals of new data; see
            ``residuals_`` for leave-one-out residuals. Rows of values that stand for
            intervals have the residual of a draw.
        log_jacobian : ndarray of shape (n_rows,)
            Log of the absolute derivative of residuals by rows, including the
            derivative of the preprocessor; NaN where the residuals are. For rows of
            values that stand for intervals, the derivative at the draw.
        """
        check_is_fitted(self)
        paths = self._read_paths(X)
        residuals, log_jacobian = self._table.whiten(self.dynamics_, paths)
        return paths.expand(residuals), paths.expand(log_jacobian)

    def bounds(self, X, *, random_state=None):
        """Bound how far the sampler's draws are from the distribution of residuals.

        The bounds are about one step, and about the sampler: the dynamics are taken as
        they are. Bounds in total variation and divergence hold for the next row given
        its history as well, if its residual does not depend on the history, and are not
        about mixtures that know the state (``state_residuals``); the
        Wasserstein bounds are in the units of the residuals, conditional standard
        deviations.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths that the generator has not seen.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws behind the bounds.

        Returns
        -------
        skdiffts.theory.Bounds
            Bounds in total variation, Wasserstein distance and Kullback-Leibler
            divergence, with their terms.

        Raises
        ------
        TypeError
            If the sampler has no bounds.
        ValueError
            If X has less than two transitions.

        See Also
        --------
        skdiffts.theory.bounds : Assumptions, and a known distribution instead of X.
        """
        check_is_fitted(self)
        if not hasattr(self.sampler_, "bounds"):
            raise TypeError(
                f"sampler={self.sampler_!r} has no bounds; pass a "
                "DiffusionResidualSampler as sampler."
            )
        residuals, _ = self.whiten(X)
        residuals = residuals[np.isfinite(residuals).all(axis=1)]
        if len(residuals) < 2:
            raise ValueError(
                f"X has {len(residuals)} transition(s) with a residual; pass at least 2, "
                "which stand for their distribution."
            )
        return self.sampler_.bounds(residuals, random_state=random_state)

    def score_samples(self, X):
        """Conditional log-likelihood.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_paths,)
            Log-density of the free columns of each row given its history, in the units
            of X, NaN where the history is too short; for a 3-D array or a list, the sum
            over each path.

        Raises
        ------
        ValueError
            If rows break a relation of dependent columns.
        """
        check_is_fitted(self)
        paths = self._read_paths(X)
        return paths.per_sample(self._log_likelihood(paths))

    def score(self, X, y=None):
        """Mean conditional log-likelihood of a transition.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            One path or a panel of paths, with at least one transition.
        y : None
            Ignored.

        Returns
        -------
        float
            Mean log-density of the free columns over all transitions, in nats.
        """
        check_is_fitted(self)
        paths = self._read_paths(X)
        check_longest(paths, self.dynamics_.n_history_ + 1)
        return float(np.nanmean(self._log_likelihood(paths)))

    @property
    def innovation_ratio_(self):
        """Factor of the residuals in ``sample``, which removes the errors of the fit."""
        check_is_fitted(self)
        return innovation_ratio(self.dynamics_, self.residuals)

    @property
    def residual_distribution_(self):
        """Distribution of the residuals in use, with ``sampler_`` as it is now."""
        check_is_fitted(self)
        return self._draws.in_use(self.sampler_, self.state_residuals)

    def __sklearn_is_fitted__(self):
        """Tell whether ``fit`` has come to its end: it sets attributes before."""
        return hasattr(self, "sampler_")

    def __sklearn_tags__(self):
        """Tags of scikit-learn; 3-D panels are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def _sk_visual_block_(self):
        """Draw what columns are, dynamics and sampler below each other on the HTML page."""
        parts = {name: self._part(name) for name in self._default_parts}
        words = self._table.describe_columns() if self.__sklearn_is_fitted__() else ""
        return visual_block(self.preprocessor, parts, words)

    def _read_paths(self, X, reset=False, min_length=1):
        """Validate paths; the dynamics decide about rows with NaN and time steps."""
        dynamics = KernelDriftVolEstimator() if self.dynamics is None else self.dynamics
        missing = "keep" if self.missing else getattr(dynamics, "missing", "raise")
        options = {"missing": missing, "dt": getattr(dynamics, "dt", None)}
        return check_paths(self, X, reset=reset, min_length=min_length, **options)

    def _log_likelihood(self, paths):
        """Conditional log-likelihood of each row, NaN without a long enough history."""
        draws = self.residual_distribution_
        return self._table.log_likelihood(self.dynamics_, draws, paths)

    def _simulate(
        self, history, length, seeds, covariates=None, is_shown=False, ratio=1.0
    ):
        """Paths that follow given histories, in the units of the data."""
        draws = self.residual_distribution_
        options = length, seeds, ratio, covariates, self.n_jobs, self._table.snap
        paths = simulate_paths(self.dynamics_, draws, history, *options)
        return self._table.restore(paths, history, covariates, is_shown)
