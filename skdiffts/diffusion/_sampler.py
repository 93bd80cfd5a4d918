"""DiffusionResidualSampler: a score-based diffusion model of the rows of a table."""

import warnings
from dataclasses import replace
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_scalar

from skdiffts._paths import check_paths
from skdiffts._progress import CallbackSupportMixin, FitTask, with_callbacks
from skdiffts._rollback import whole_or_nothing
from skdiffts._strategy import DefaultPartsMixin
from skdiffts._torch import resolve_device
from skdiffts._validation import Interval, StrOptions
from skdiffts.diffusion._adam import Adam
from skdiffts.diffusion._optimizer import BaseOptimizer
from skdiffts.diffusion._plain_state import freeze_state, thaw_state
from skdiffts.diffusion._process_parts import PRIORS, FreeColumns, ProcessParts
from skdiffts.diffusion._train_process import fitted_attributes, train_process
from skdiffts.diffusion._trainer import TrainingOptions
from skdiffts.losses import BaseLoss, DenoisingScoreMatching
from skdiffts.marginals import BaseColumnMap
from skdiffts.metrics import nearest_neighbor_ratio
from skdiffts.process import BaseFlowDensity, FlowDensity
from skdiffts.scores import BaseScoreModel, ScoreNetwork
from skdiffts.sde import VP, BaseSDE
from skdiffts.solvers import BaseSolver, ExponentialMultistep
from skdiffts.theory import bounds

__all__ = ["DiffusionResidualSampler"]


class DiffusionResidualSampler(
    DefaultPartsMixin, CallbackSupportMixin, DensityMixin, BaseEstimator
):
    r"""Score-based diffusion model: fit rows, draw new ones, give their density.

    The rows are whitened and noised by a linear forward process
    :math:`x_t = m(t) x_0 + s(t) \xi`; a network learns the score
    :math:`\nabla\log p_t`; draws solve the reverse-time equation from t = 1 to 0, and
    the probability flow gives the density. Where the network does not improve on the
    distribution that it starts from, by more than chance on held-out rows, it is dropped:
    draws and density then come from that distribution, in closed form. The methods are named
    as in :class:`sklearn.neighbors.KernelDensity`, but ``score`` is a mean.

    Parameters
    ----------
    sde : BaseSDE, default=None
        Forward process; None is :class:`skdiffts.sde.VP`.
    score_model : BaseScoreModel, default=None
        Model of the score; None is :class:`skdiffts.scores.ScoreNetwork`.
    loss : BaseLoss, default=None
        What training minimises; None is
        :class:`skdiffts.losses.DenoisingScoreMatching`.
    solver : BaseSolver, default=None
        Solver that draws; None is :class:`skdiffts.solvers.ExponentialMultistep`, or
        the closed form of a distribution without network. It can be changed after
        ``fit``, as training does not use it.
    density : BaseFlowDensity, default=None
        Integration behind ``score_samples``; None is
        :class:`skdiffts.process.FlowDensity`, or the closed form. It too can be changed
        after ``fit``. With a solver or a density of yours neither is in closed form.
    column_map : BaseColumnMap, default=None
        Increasing map of each column before the whitening, for heavy or skewed tails:
        :class:`skdiffts.marginals.RankNormal`, :class:`skdiffts.marginals.YeoJohnson`;
        None leaves the columns as they are, or takes
        :class:`skdiffts.marginals.StudentNormal` where the base distribution of the
        network ("auto") gives held-out rows a higher density after it;
        :class:`skdiffts.marginals.Identity` never does.
    lam : float, default=None
        Constant lambda of the Wasserstein bound, positive; None is the minimiser. It
        has no part in fitting or drawing. See ``loss__weighting`` for noise levels.
    prior : {"matched", "standard", "stationary", "empirical"}, default="matched"
        Distribution at t = 1: a Gaussian with the mean and covariance of the noised
        data, N(c, s(1)^2 I) about the center c of the process, the limit of OU, VP or
        SubVP run on, for the latter two N(0, I), or noised training rows.
    first_time : float, default=None
        Diffusion time in (0, 1) of the first noise, at which training and draws stop; the
        last step of the solver removes what is left. None takes the time at which the
        noise is 0.005 of the narrowest direction of the data.
    optimizer : Adam or SGD, default=None
        Optimiser of the weights; None is :class:`skdiffts.diffusion.Adam`.
    max_iter : int, default=3000
        Largest number of optimiser steps.
    batch_size : int, default=256
        Noised rows a step.
    learning_rate : float, default=3e-3
        Largest step size of the optimiser; by default it rises over 100 steps and falls
        to zero along a cosine.
    ema_decay : float, default=0.998
        Decay of the moving average of the weights, which is what is kept.
    early_stopping : bool, default=True
        Whether rows are held out and the weights with the lowest loss on them kept.
        Without it a sample of some thousand rows is memorised.
    validation_fraction : float, default=0.1
        Share of the rows held out.
    n_iter_no_change : int, default=800
        Steps without improvement of the validation loss after which training stops; it
        stops before if the loss rises over four looks in a row, 100 steps apart, or if
        after 300 steps and 20 times the rows nothing has been learnt.
    tol : float, default=1e-4
        Least improvement that counts.
    match_moments : bool, default=True
        Whether, after a training that has improved on its start, an affine map near one
        is added to the whitening, under which draws of the default solver have the mean
        and the scatter of the rows (see Notes).
    warm_start : bool, default=False
        Whether ``fit`` goes on from the last weights and whitening.
    device : {"cpu", "cuda", "auto"}, default="cpu"
        Where the network is trained; "auto" is a GPU where torch finds one. Draws and
        density are computed on the CPU.
    verbose : int, default=0
        Progress of ``fit`` and of long draws: 1 is a bar (without tqdm, a line at each
        tenth), 2 a line every 100 steps or 1024 rows. The logger ``skdiffts`` gets the
        same lines.
    random_state : int, RandomState instance or None, default=None
        Seed of weights, batches and noise in ``fit``.

    Attributes
    ----------
    module_ : torch.nn.Module
        Trained velocity of the probability flow, as in :meth:`process`.
    n_iter_ : int
        Optimiser steps run.
    loss_curve_ : list of float
        Mean training loss of each 100 steps.
    validation_scores_ : list of float
        Negative validation loss after each 100 steps.
    best_validation_score_ : float or None
        Highest of them.
    first_time_ : float
        Diffusion time of the first noise.
    n_features_in_ : int
        Number of columns.

    Notes
    -----
    A network knows mean and covariance only as well as any other feature of the
    distribution, but a path adds its residuals up. ``match_moments`` therefore measures
    both on 4 to 16 draws a row and corrects them by the map that moves draws least, unless
    it is far from one. It changes draws and density together. Another solver, or a fit
    with ``warm_start``, is not matched exactly: the map is measured with the default
    solver at the end of each fit.

    Pickles and copies hold arrays and plain data instead of torch objects, whatever the
    device of the network, and the class of a network of yours by its name: define it
    where others can import it.

    From scikit-learn 1.9 on ``set_callbacks`` takes callbacks. The fit has a task for
    each candidate network (``ScoreNetwork(base="auto")`` has up to two) and that one for
    every 100 steps, at whose end a callback gets an estimator fitted so far and may
    stop the training of that network.

    References
    ----------
    .. [1] Y. Song et al., "Score-Based Generative Modeling through Stochastic
       Differential Equations", ICLR 2021.
    .. [2] T. Karras et al., "Elucidating the Design Space of Diffusion-Based
       Generative Models", NeurIPS 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import DiffusionResidualSampler
    >>> X = np.random.RandomState(0).standard_t(5, size=(200, 2))
    >>> sampler = DiffusionResidualSampler(max_iter=50, random_state=0)
    >>> sampler.set_params(early_stopping=False).fit(X).sample(3, random_state=0).shape
    (3, 2)
    """

    _default_parts = {
        "sde": VP,
        "score_model": ScoreNetwork,
        "loss": DenoisingScoreMatching,
        "solver": ExponentialMultistep,
        "density": FlowDensity,
        "column_map": FreeColumns,
        "optimizer": Adam,
    }

    _parameter_constraints = {
        "sde": [BaseSDE, None],
        "score_model": [BaseScoreModel, callable, None],
        "loss": [BaseLoss, None],
        "solver": [BaseSolver, None],
        "density": [BaseFlowDensity, None],
        "column_map": [BaseColumnMap, None],
        "lam": [Interval(Real, 0, None, closed="neither"), None],
        "prior": [StrOptions(PRIORS)],
        "first_time": [Interval(Real, 0, 1, closed="neither"), None],
        "optimizer": [BaseOptimizer, None],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "ema_decay": [Interval(Real, 0, 1, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "match_moments": ["boolean"],
        "warm_start": ["boolean"],
        "device": [StrOptions({"cpu", "cuda", "auto"})],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        sde=None,
        *,
        score_model=None,
        loss=None,
        solver=None,
        density=None,
        column_map=None,
        lam=None,
        prior="matched",
        first_time=None,
        optimizer=None,
        max_iter=3000,
        batch_size=256,
        learning_rate=3e-3,
        ema_decay=0.998,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=800,
        tol=1e-4,
        match_moments=True,
        warm_start=False,
        device="cpu",
        verbose=0,
        random_state=None,
    ):
        self.sde = sde
        self.score_model = score_model
        self.loss = loss
        self.solver = solver
        self.density = density
        self.column_map = column_map
        self.lam = lam
        self.prior = prior
        self.first_time = first_time
        self.optimizer = optimizer
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.ema_decay = ema_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.match_moments = match_moments
        self.warm_start = warm_start
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X, y=None):
        """Train the score model on the rows of X.

        If it is interrupted, the estimator is as it was; after an error it is not
        fitted.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Rows; those that are all NaN are skipped, so that the output of a residual
            transformer can be passed as it is.
        y : None
            Ignored.

        Returns
        -------
        DiffusionResidualSampler
            The fitted estimator itself.
        """
        if self._fit(X, y):
            warnings.warn(
                f"max_iter={self.max_iter} was reached while the validation loss still "
                "fell; raise max_iter.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    @whole_or_nothing
    @with_callbacks
    def _fit(self, X, y):
        """Fit; tell whether the validation loss still fell."""
        self._validate_params()
        again = self.warm_start and hasattr(self, "_process")
        start = (self._process, self._trained) if again else None
        # No callback must take the old model for the new.
        self.__dict__.pop("_process", None)
        rows, _ = self._rows(X, reset=start is None)
        if len(rows) < 2:
            raise ValueError(
                f"X has n_samples={len(rows)} row without NaN; at least 2 are needed."
            )
        device = resolve_device(self.device)
        parts = {name: self._part(name) for name in self._default_parts}
        process, curve, task = train_process(
            rows,
            parts=ProcessParts(**parts),
            device=device,
            prior=self.prior,
            options=TrainingOptions.of(self),
            rng=check_random_state(self.random_state),
            start=start,
            begin=partial(FitTask.begin, self, X, y, fitted_attributes),
        )
        self.__dict__.update(fitted_attributes(process, curve))
        task.end(process, curve)
        return curve.unfinished

    def _part(self, name):
        """Part in use; a user's function that makes a network is returned as it is."""
        if name == "score_model":
            if isinstance(self.score_model, torch.nn.Module):
                raise TypeError(
                    "score_model is a module; pass a function that takes the number of "
                    "columns and returns a new one."
                )
            if not isinstance(self.score_model, BaseScoreModel | None):
                return self.score_model
        return super()._part(name)

    @property
    def module_(self):
        """Trained torch module: velocity of the probability flow of whitened rows."""
        return self._process.module

    def process(self):
        """Fitted diffusion process, with the solver and the density in use.

        Returns
        -------
        skdiffts.process.DiffusionProcess
            Process that shares its network with the sampler. Solver and density are
            the parameters of the sampler now, which may have changed since ``fit``.
        """
        check_is_fitted(self)
        parts = {name: self._part(name) for name in ("solver", "density")}
        if self.solver is not None or self.density is not None:
            parts["closed_form"] = False
        return replace(self._process, **parts)

    def sample(self, n_samples=1, random_state=None):
        """Draw rows.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Draws, float64.
        """
        process = self.process()
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        rng = check_random_state(random_state)
        return process.sample(n_samples, rng, self.verbose)

    def sample_at_times(self, n_samples=1, *, times=None, random_state=None):
        """Draw rows and show them on their way from noise to data.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        times : array-like of shape (n_times,), default=None
            Falling diffusion times from 1 to 0; None takes six at which the angle
            arctan(s / m) between noise and signal is equally spaced.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        times : ndarray of shape (n_times,)
            Diffusion times.
        draws : ndarray of shape (n_times, n_samples, n_features)
            The same rows at each time: draws of the distribution whose score
            :meth:`score_function` gives, at time 0 of the distribution of
            :meth:`sample`. The solver begins anew at each time, with all its steps.
        """
        process = self.process()
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        rng = check_random_state(random_state)
        return process.sample_at_times(n_samples, rng, times)

    def bounds(self, X, *, random_state=None):
        """Bound the distance between the distributions of draws and of some data.

        Parameters
        ----------
        X : array-like, frame, 3-D array, list of 2-D arrays or GaussianMixture
            Rows that the sampler has not seen, or a fitted mixture with the
            distribution of the data.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws behind the bounds.

        Returns
        -------
        skdiffts.theory.Bounds
            Bounds in total variation, Wasserstein distance and Kullback-Leibler
            divergence, with their terms.

        See Also
        --------
        skdiffts.theory.bounds : The same with all options and assumptions.
        """
        return bounds(self, X, random_state=random_state)

    def memorization_ratio(
        self, X_train, X_holdout, *, n_samples=1000, random_state=None
    ):
        r"""Compare draws and held-out rows by their distance to the training rows.

        .. math::
            \frac{\operatorname{median}_i \min_k |s_i - x_k|}
                 {\operatorname{median}_j \min_k |h_j - x_k|}

        with draws s, training rows x and held-out rows h: about 1 for new rows, near 0
        for copies of training rows, which energy and Wasserstein distances do not see.
        Distances are in the units of the data: the columns with the largest spread
        decide.

        Parameters
        ----------
        X_train : array-like, frame, 3-D array or list of 2-D arrays
            Rows that the sampler was fitted to.
        X_holdout : array-like, frame, 3-D array or list of 2-D arrays
            Rows of the same distribution that it has not seen.
        n_samples : int, default=1000
            Number of draws.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.

        Returns
        -------
        float
            Ratio of the medians.

        See Also
        --------
        skdiffts.metrics.nearest_neighbor_ratio : The same for rows drawn before.
        """
        check_is_fitted(self)
        train = self._known_rows(X_train, "X_train")
        holdout = self._known_rows(X_holdout, "X_holdout")
        draws = self.sample(n_samples, random_state)
        return nearest_neighbor_ratio(draws, train, holdout)

    def score_samples(self, X):
        """Log-density of each row.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Rows.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_paths,)
            Log-density, NaN for a row that is all NaN; for a 3-D array or a list, the
            sum over each path.
        """
        check_is_fitted(self)
        _, paths = self._rows(X, reset=False)
        return paths.per_sample(self.process().log_density(paths.values))

    def score(self, X, y=None):
        """Mean log-density of the rows.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Rows, of which at least one is not all NaN.
        y : None
            Ignored.

        Returns
        -------
        float
            Mean, in nats a row.
        """
        check_is_fitted(self)
        rows = self._known_rows(X, "X")
        return float(self.process().log_density(rows).mean())

    def score_function(self, X, t):
        r"""Score of the noised distribution, in the units of the data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Points :math:`x_t`: the forward process runs on whitened rows and is carried
            back to the units of the data.
        t : float
            Diffusion time in (0, 1].

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Gradient of log p_t.
        """
        check_is_fitted(self)
        check_scalar(t, "t", Real, min_val=0, max_val=1, include_boundaries="right")
        rows, _ = self._rows(X, reset=False)
        return self._process.score_function(rows, t)

    def __getstate__(self):
        """Give arrays and plain data, without torch objects, to pickle and copy."""
        return freeze_state(super().__getstate__())

    def __setstate__(self, state):
        """Build the network again, on the CPU."""
        super().__setstate__(thaw_state(state))

    def __sklearn_is_fitted__(self):
        """Tell whether ``fit`` has come to its end: it sets attributes before."""
        return hasattr(self, "_process")

    def _rows(self, X, reset):
        """Rows that are not all NaN, and the container."""
        paths = check_paths(self, X, reset=reset, allow_nan_rows=True)
        return paths.values[~np.isnan(paths.values).all(axis=1)], paths

    def _known_rows(self, X, name):
        """Rows that are not all NaN, of which there must be one."""
        rows, _ = self._rows(X, reset=False)
        if len(rows) > 0:
            return rows
        raise ValueError(f"{name} has only NaN rows; pass at least one row of numbers.")
