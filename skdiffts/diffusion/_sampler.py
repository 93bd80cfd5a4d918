"""DiffusionResidualSampler: a score-based diffusion model of the rows of a table."""

import warnings
from numbers import Integral, Real

import torch
from sklearn.exceptions import ConvergenceWarning

from skdiffts._progress import CallbackSupportMixin, with_callbacks
from skdiffts._rollback import whole_or_nothing
from skdiffts._strategy import DefaultPartsMixin
from skdiffts._validation import Interval, StrOptions
from skdiffts.diffusion._base import BaseProcessSampler
from skdiffts.diffusion._fitting import train_process
from skdiffts.diffusion._likelihood import FlowDensity
from skdiffts.diffusion._marginal import BaseMarginal, NoMarginal
from skdiffts.diffusion._prior import PRIORS
from skdiffts.losses import BaseLoss, DenoisingScoreMatching
from skdiffts.scores import BaseScoreModel, ScoreNetwork
from skdiffts.sde import VP, BaseSDE
from skdiffts.solvers import BaseSolver, ExponentialMultistep

__all__ = ["DiffusionResidualSampler"]


class DiffusionResidualSampler(
    DefaultPartsMixin, CallbackSupportMixin, BaseProcessSampler
):
    r"""Score-based diffusion model: fit rows, draw new ones, give their density.

    The rows are whitened and noised by a linear forward process
    :math:`x_t = m(t) x_0 + s(t) \xi`; a network learns the score
    :math:`\nabla\log p_t`; draws solve the reverse-time equation from t = 1 to 0, and
    the density is that of the probability flow. The methods are those of
    :class:`sklearn.neighbors.KernelDensity`, but ``score`` is a mean.

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
        Solver that draws; None is :class:`skdiffts.solvers.ExponentialMultistep`. It
        can be changed after ``fit``, as training does not use it.
    density : FlowDensity, default=None
        Integration behind ``score_samples``; None is
        :class:`skdiffts.diffusion.FlowDensity`. It too can be changed after ``fit``.
    marginal : BaseMarginal, default=None
        Increasing map of each column before the whitening, for heavy or skewed tails:
        :class:`skdiffts.diffusion.RankNormal`, :class:`skdiffts.diffusion.YeoJohnson`;
        None leaves the columns as they are.
    lam : float, default=None
        Constant lambda of the Wasserstein bound, positive; None is the minimiser. It
        has no part in fitting or drawing (lambda(t) is ``loss__weighting``).
    prior : {"matched", "standard", "empirical"}, default="matched"
        Law at t = 1: a Gaussian with the mean and covariance of the noised data,
        N(c, s(1)^2 I) about the center c of the process, or noised training rows.
    max_iter : int, default=3000
        Largest number of optimiser steps.
    batch_size : int, default=256
        Noised rows a step.
    learning_rate : float, default=3e-3
        Step size of Adam; it rises over 100 steps and falls to zero along a cosine.
    ema_decay : float, default=0.998
        Decay of the moving average of the weights, which is what is kept.
    early_stopping : bool, default=True
        Whether rows are held out and the weights with the lowest loss on them kept.
        Without it a sample of some thousand rows is memorised.
    validation_fraction : float, default=0.1
        Share of the rows held out.
    n_iter_no_change : int, default=800
        Steps without improvement of the validation loss after which training stops; it
        stops before if the loss rises over four looks in a row, 100 steps apart.
    tol : float, default=1e-4
        Least improvement that counts.
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
        Trained velocity of the probability flow.
    n_iter_ : int
        Optimiser steps run.
    loss_curve_ : list of float
        Mean training loss of each 100 steps.
    validation_scores_ : list of float
        Negative validation loss after each 100 steps.
    best_validation_score_ : float or None
        Highest of them.
    n_features_in_ : int
        Number of columns.

    Notes
    -----
    Pickles and copies hold arrays and plain data instead of torch objects, whatever the
    device of the network, and the class of a network of yours by its name: define it
    where others can import it.

    From scikit-learn 1.9 on ``set_callbacks`` takes callbacks. The fit has a task for
    each candidate network (``ScoreNetwork(base="auto")`` trains two) and that one for
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

    module_: torch.nn.Module

    _default_parts = {
        "sde": VP,
        "score_model": ScoreNetwork,
        "loss": DenoisingScoreMatching,
        "solver": ExponentialMultistep,
        "density": FlowDensity,
        "marginal": NoMarginal,
    }

    _parameter_constraints = {
        "sde": [BaseSDE, None],
        "score_model": [BaseScoreModel, callable, None],
        "loss": [BaseLoss, None],
        "solver": [BaseSolver, None],
        "density": [FlowDensity, None],
        "marginal": [BaseMarginal, None],
        "lam": [Interval(Real, 0, None, closed="neither"), None],
        "prior": [StrOptions(set(PRIORS))],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "ema_decay": [Interval(Real, 0, 1, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
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
        marginal=None,
        lam=None,
        prior="matched",
        max_iter=3000,
        batch_size=256,
        learning_rate=3e-3,
        ema_decay=0.998,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=800,
        tol=1e-4,
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
        self.marginal = marginal
        self.lam = lam
        self.prior = prior
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.ema_decay = ema_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
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
        start = getattr(self, "_process", None) if self.warm_start else None
        if hasattr(self, "_process"):
            del self._process  # no callback must take the old model for the new
        rows, _ = self._rows(X, reset=start is None)
        if len(rows) < 2:
            raise ValueError(
                f"X has n_samples={len(rows)} row without NaN; at least 2 are needed."
            )
        return train_process(self, X, y, rows, start)
