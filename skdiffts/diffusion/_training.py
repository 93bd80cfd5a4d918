"""Training of velocity networks."""

import copy
import sys
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from torch.optim.adam import adam

from skdiffts._torch import generator
from skdiffts.losses import BaseLoss
from skdiffts.sde import BaseSDE

__all__ = ["Trainer", "TrainingCurve"]

# Iterations between two looks at the validation loss.
INTERVAL = 100
WARMUP = 100
# Levels at which each validation row is scored, with one fixed pair of noise each.
VALIDATION_LEVELS = 20


@dataclass
class TrainingCurve:
    """What happened in training.

    Parameters
    ----------
    losses : list of float
        Mean training loss over each stretch of 100 iterations.
    validation : list of float
        Validation loss of the averaged weights after each stretch.
    n_iter : int
        Iterations run.
    best : float
        Lowest validation loss, the untrained one included.
    unfinished : bool
        Whether the validation loss still fell at the last iteration allowed.
    """

    losses: list = field(default_factory=list)
    validation: list = field(default_factory=list)
    n_iter: int = 0
    best: float = np.inf
    unfinished: bool = False


@dataclass(frozen=True, eq=False)
class Trainer:
    """Minimises a loss by Adam and keeps averaged weights.

    Parameters
    ----------
    loss : BaseLoss
        What is minimised.
    sde : BaseSDE
        Forward process.
    log_snr_range : tuple of float
        Lowest and highest log signal-to-noise ratio.
    options : DiffusionResidualSampler
        Holder of the training parameters.
    seed : int
        Seed of the split; the next two numbers are those of training and validation.
    """

    loss: BaseLoss
    sde: BaseSDE
    log_snr_range: tuple
    options: Any
    seed: int

    def hold_out(self, data):
        """Split rows into those for training and those for early stopping."""
        options = self.options
        if not options.early_stopping:
            return data, data[:0]
        order = torch.randperm(len(data), generator=generator(self.seed))
        share = round(options.validation_fraction * len(data))
        n_validation = min(max(1, share), len(data) - 1)
        return data[order[n_validation:]], data[order[:n_validation]]

    def train_best(self, modules, data, held_out):
        """Train every module and return the one with the lowest validation loss.

        Parameters
        ----------
        modules : list of torch.nn.Module
            Untrained candidates; without validation rows only the first is trained.
        data, held_out : torch.Tensor
            Rows for training and for validation.

        Returns
        -------
        module : torch.nn.Module
            Averaged weights.
        curve : TrainingCurve
            How its training went.
        """
        validate = _Validation(self, held_out) if len(held_out) else None
        winner = None, TrainingCurve()
        for module in modules if validate else modules[:1]:
            trained = self._train(module, data, validate, rival=winner[1].best)
            if winner[0] is None or trained[1].best < winner[1].best:
                winner = trained
        if validate and winner[1].unfinished:
            warnings.warn(
                f"max_iter={self.options.max_iter} was reached while the validation "
                "loss still fell; raise max_iter.",
                ConvergenceWarning,
                stacklevel=3,
            )
        return winner

    def _train(self, module, data, validate, rival):
        """Train one module, unless it falls hopelessly behind a rival."""
        options, loss = self.options, self.loss
        rng = generator(self.seed + 1)
        averaged = copy.deepcopy(module).eval().requires_grad_(False)
        parameters = [p for p in module.parameters() if p.requires_grad]
        # The same parameters in the copy, where none asks for a gradient any more.
        asked = [p.requires_grad for p in module.parameters()]
        averages = [
            a for a, used in zip(averaged.parameters(), asked, strict=True) if used
        ]
        curve = TrainingCurve()
        if not parameters:
            return averaged, curve
        stopping = _Stopping(options, curve, averaged, rival)
        if validate:
            stopping.start(validate(averaged))
        optimizer = _Adam(parameters)
        n_rows = max(1, options.batch_size // loss.rows_per_draw)
        # So that clipping means the same for any weighting and dimension.
        _, weights = loss.draw_levels(self.sde, self.log_snr_range, 1000, rng)
        unit = weights.mean() * data.shape[1]
        module.train()
        total = torch.zeros(())
        for iteration in range(options.max_iter):
            batch = data[torch.randint(len(data), (n_rows,), generator=rng)]
            n_normals = loss.n_noises * batch.shape[1]
            noise = torch.randn(n_rows, n_normals, generator=rng)
            log_snr, weight = loss.draw_levels(
                self.sde, self.log_snr_range, n_rows, rng
            )
            value = (weight * loss.error(module, batch, log_snr[:, None], noise)).mean()
            gradients = torch.autograd.grad(value / unit, parameters)
            optimizer.step(
                gradients,
                options.learning_rate * _rate(iteration, options.max_iter),
            )
            # A young average forgets its start, or a short run would be mostly that.
            decay = min(options.ema_decay, (1.0 + iteration) / (10.0 + iteration))
            with torch.no_grad():
                torch._foreach_lerp_(averages, parameters, 1.0 - decay)
            total += value.detach()
            curve.n_iter = iteration + 1
            if curve.n_iter % INTERVAL and curve.n_iter < options.max_iter:
                continue
            stretch = curve.n_iter - INTERVAL * len(curve.losses)
            curve.losses.append(total.item() / stretch)
            total.zero_()
            if validate and stopping.update(validate(averaged)):
                break
        curve.unfinished = stopping.best_iter == options.max_iter
        return stopping.best_module(), curve


class _Adam:
    """Fused Adam on clipped gradients.

    The function behind torch.optim.Adam; the class would import torch's compiler, some
    seconds in every process that fits.
    """

    def __init__(self, parameters):
        self.parameters = parameters
        self.means = [torch.zeros_like(p) for p in parameters]
        self.squares = [torch.zeros_like(p) for p in parameters]
        self.steps = [torch.zeros(()) for _ in parameters]

    def step(self, gradients, learning_rate):
        """Move the parameters against the gradients, whose norm is cut at one."""
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        torch._foreach_mul_(gradients, torch.clamp(1.0 / (norm + 1e-6), max=1.0))
        with torch.no_grad():
            adam(
                self.parameters,
                list(gradients),
                self.means,
                self.squares,
                [],
                self.steps,
                fused=True,
                amsgrad=False,
                beta1=0.9,
                beta2=0.99,
                lr=learning_rate,
                weight_decay=0.0,
                eps=1e-8,
                maximize=False,
            )


class _Validation:
    """Loss over fixed rows, levels and noise: comparable between iterations."""

    def __init__(self, trainer, held_out):
        rng = generator(trainer.seed + 2)
        self.loss = trainer.loss
        self.data = held_out.repeat(VALIDATION_LEVELS, 1)
        n_normals = trainer.loss.n_noises * self.data.shape[1]
        self.noise = torch.randn(len(self.data), n_normals, generator=rng)
        log_snr, weight = trainer.loss.draw_levels(
            trainer.sde, trainer.log_snr_range, len(self.data), rng
        )
        order = torch.randperm(len(self.data), generator=rng)
        self.log_snr, self.weight = log_snr[order][:, None], weight[order]

    def __call__(self, module):
        # Not inference mode: losses with a divergence differentiate.
        with torch.no_grad():
            error = self.loss.error(module, self.data, self.log_snr, self.noise)
            return (self.weight * error).mean().item()


class _Stopping:
    """Keeps the best weights and says when to stop."""

    def __init__(self, options, curve, module, rival):
        self.options, self.curve, self.module = options, curve, module
        self.rival = rival
        self.last = np.inf
        self.best_iter, self.best_state = 0, None

    def start(self, score):
        """Take the untrained module as the one to beat."""
        self.last = score
        self._keep(score)

    def update(self, score):
        """Note a validation loss; True when training should stop."""
        curve, options = self.curve, self.options
        curve.validation.append(score)
        if options.verbose:
            sys.stdout.write(f"iteration {curve.n_iter}: validation loss {score:.4f}\n")
        gain, self.last = self.last - score, score
        if score < curve.best - options.tol:
            self._keep(score)
        patience = options.n_iter_no_change
        # At its present pace it would not catch up within the patience.
        behind = score - self.rival > gain * patience / INTERVAL
        return behind or curve.n_iter - self.best_iter >= patience

    def best_module(self):
        """Give the module with its best weights, the last without validation."""
        if self.best_state is not None:
            self.module.load_state_dict(self.best_state)
        return self.module

    def _keep(self, score):
        self.curve.best, self.best_iter = score, self.curve.n_iter
        self.best_state = copy.deepcopy(self.module.state_dict())


def _rate(iteration, max_iter):
    """Share of the learning rate: linear warm-up, then half a cosine to zero."""
    warmup = min(1.0, (iteration + 1) / WARMUP)
    return warmup * 0.5 * (1.0 + np.cos(np.pi * iteration / max_iter))
