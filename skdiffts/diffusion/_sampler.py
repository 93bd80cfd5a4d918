"""DiffusionResidualSampler: a score-based diffusion model of the rows of a table."""

import copy
from contextlib import nullcontext
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.utils import check_random_state

from skdiffts._strategy import DefaultPartsMixin, check_strategy
from skdiffts._torch import draw_seed, generator, to_tensor
from skdiffts._validation import Interval, StrOptions
from skdiffts.diffusion._base import BaseProcessSampler
from skdiffts.diffusion._prior import PRIORS
from skdiffts.diffusion._process import DiffusionProcess
from skdiffts.diffusion._training import Trainer
from skdiffts.diffusion._whitening import Whitening
from skdiffts.losses import BaseLoss, DenoisingScoreMatching
from skdiffts.scores import BaseScoreModel, ScoreNetwork
from skdiffts.sde import VP, BaseSDE
from skdiffts.solvers import BaseSolver, ExponentialMultistep

__all__ = ["DiffusionResidualSampler"]

# Noise-to-signal ratio at which the forward process starts, in units of the whitened
# data: a twentieth of the finest detail that a sample of some thousand rows can show.
FIRST_NOISE = 0.005


class DiffusionResidualSampler(DefaultPartsMixin, BaseProcessSampler):
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
        Solver that draws; None is :class:`skdiffts.solvers.ExponentialMultistep`.
    lam : float, default=None
        Constant lambda of the Wasserstein bound, positive; None is the minimiser. It
        has no part in fitting or drawing (lambda(t) is ``loss__weighting``).
    prior : {"matched", "standard", "empirical"}, default="matched"
        Law at t = 1: a Gaussian with the mean and covariance of the noised data,
        N(0, s(1)^2 I), or noised training rows.
    max_iter : int, default=3000
        Largest number of optimiser steps.
    batch_size : int, default=256
        Noised rows a step.
    learning_rate : float, default=1e-3
        Step size of Adam; it rises over 100 steps and falls to zero along a cosine.
    ema_decay : float, default=0.998
        Decay of the moving average of the weights, which is what is kept.
    early_stopping : bool, default=True
        Whether rows are held out and the weights with the lowest loss on them kept.
        Without it a sample of some thousand rows is memorised.
    validation_fraction : float, default=0.1
        Share of the rows held out.
    n_iter_no_change : int, default=800
        Steps without improvement of the validation loss after which training stops.
    tol : float, default=1e-4
        Least improvement that counts.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the last weights and whitening.
    verbose : int, default=0
        Whether the validation loss is printed every 100 steps.
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
    }

    _parameter_constraints = {
        "sde": [BaseSDE, None],
        "score_model": [BaseScoreModel, callable, None],
        "loss": [BaseLoss, None],
        "solver": [BaseSolver, None],
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
        lam=None,
        prior="matched",
        max_iter=3000,
        batch_size=256,
        learning_rate=1e-3,
        ema_decay=0.998,
        early_stopping=True,
        validation_fraction=0.1,
        n_iter_no_change=800,
        tol=1e-4,
        warm_start=False,
        verbose=0,
        random_state=None,
    ):
        self.sde = sde
        self.score_model = score_model
        self.loss = loss
        self.solver = solver
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
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X, y=None):
        """Train the score model on the rows of X.

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
        self._validate_params()
        process = getattr(self, "_process", None) if self.warm_start else None
        if hasattr(self, "_process"):
            del self._process  # a fit that fails leaves nothing fitted
        if isinstance(self.score_model, torch.nn.Module):
            raise TypeError(
                "score_model is a module; pass a function that takes the number of "
                "columns and returns a new one."
            )
        rows, _ = self._rows(X, reset=process is None)
        if len(rows) < 2:
            raise ValueError(
                f"X has n_samples={len(rows)} row without NaN; at least 2 are needed."
            )
        sde = check_strategy(self.sde, default=VP, kind=BaseSDE, name="sde")
        loss = check_strategy(
            self.loss, default=DenoisingScoreMatching, kind=BaseLoss, name="loss"
        )
        solver = check_strategy(
            self.solver, default=ExponentialMultistep, kind=BaseSolver, name="solver"
        )
        seeds = draw_seed(check_random_state(self.random_state), 2)
        whitening = Whitening(rows) if process is None else process.whitening
        u = whitening.transform(rows)
        with np.errstate(divide="ignore"):
            # Some processes start from noised data.
            cleanest = min(-np.log(FIRST_NOISE), float(sde.log_snr(0.0)))
        log_snr_range = float(sde.log_snr(1.0)), cleanest
        trainer = Trainer(loss, sde, log_snr_range, self, int(seeds[0]))
        data, held_out = trainer.hold_out(to_tensor(u, torch.float32))
        # A user's factory may draw from the global generator: lend it a seeded one.
        own = self.score_model is None or isinstance(self.score_model, BaseScoreModel)
        with nullcontext() if own else torch.random.fork_rng(devices=[]):
            if not own:
                torch.default_generator.manual_seed(int(seeds[1]))
            if process is not None:
                modules = [copy.deepcopy(process.module).requires_grad_(True)]
            elif own:
                modules = self._recipe().candidates(data, generator(seeds[1]))
            else:
                modules = [self.score_model(data.shape[1])]
            module, curve = trainer.train_best(modules, data, held_out)
        self.module_ = module
        self.n_iter_ = curve.n_iter
        self.loss_curve_ = curve.losses
        self.validation_scores_ = [-value for value in curve.validation]
        self.best_validation_score_ = max(self.validation_scores_, default=None)
        self._process = DiffusionProcess(
            module=module,
            whitening=whitening,
            sde=sde,
            solver=solver,
            prior=PRIORS[self.prior](u, log_snr_range[0], sde.center),
            log_snr_range=log_snr_range,
        )
        return self

    def _recipe(self):
        """Clone and validate the score model."""
        return check_strategy(
            self.score_model,
            default=ScoreNetwork,
            kind=BaseScoreModel,
            name="score_model",
        )
