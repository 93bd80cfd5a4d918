"""Trainer of velocity networks: optimiser, averaged weights, early stopping."""

import copy
import itertools
from dataclasses import dataclass, field, fields

import numpy as np
import torch

from skdiffts._progress import INTERVAL, Progress
from skdiffts._torch import generator, has_closed_form
from skdiffts.diffusion._optimizer import BaseOptimizer
from skdiffts.diffusion._stopping import Stopping
from skdiffts.losses import BaseLoss
from skdiffts.sde import BaseSDE

__all__ = ["Trainer", "TrainingCurve", "TrainingOptions"]

# Levels at which each validation row is scored, with one fixed pair of noise each.
VALIDATION_LEVELS = 20
# Noised rows that are scored at a time.
VALIDATION_ROWS = 32_768
# A network that improves on its base does so soon: it is given up once it has seen each row
# so many times in vain, but not before so many steps.
VAIN_EPOCHS = 20
FEWEST_STEPS = 300


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """Parameters of the training, as in :class:`skdiffts.DiffusionResidualSampler`.

    Parameters
    ----------
    max_iter : int
        Largest number of steps.
    batch_size : int
        Noised rows a step.
    learning_rate : float
        Largest step size of the optimiser.
    ema_decay : float
        Decay of the moving average of the weights.
    early_stopping : bool
        Whether rows are held out.
    validation_fraction : float
        Share of the rows held out.
    n_iter_no_change : int
        Patience, in steps.
    tol : float
        Least improvement of the validation loss that counts.
    match_moments : bool
        Whether the draws get the mean and the scatter of the rows.
    first_time : float or None
        Diffusion time of the first noise.
    verbose : int
        Progress.
    """

    max_iter: int
    batch_size: int
    learning_rate: float
    ema_decay: float
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    tol: float
    match_moments: bool
    first_time: float | None
    verbose: int

    @classmethod
    def of(cls, estimator):
        """Options that are parameters of an estimator.

        Parameters
        ----------
        estimator : object
            Holder of attributes of these names.

        Returns
        -------
        TrainingOptions
            Copy.
        """
        return cls(
            **{field.name: getattr(estimator, field.name) for field in fields(cls)}
        )


@dataclass
class TrainingCurve:
    """Losses and end of one training.

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
    best_iter : int
        Iteration whose weights are kept; 0 is the untrained network.
    unfinished : bool
        Whether the validation loss still fell at the last iteration allowed.
    trained : list of str
        Names of the parameters that were trained; the others were frozen.
    """

    losses: list = field(default_factory=list)
    validation: list = field(default_factory=list)
    n_iter: int = 0
    best: float = np.inf
    best_iter: int = 0
    unfinished: bool = False
    trained: list = field(default_factory=list)

    @property
    def summary(self):
        """Last loss in words: on validation rows where there are any."""
        if self.validation:
            return f"validation loss {self.validation[-1]:.4f}"
        return f"loss {self.losses[-1]:.4f}"


@dataclass(frozen=True, eq=False)
class Trainer:
    """Minimises a loss and keeps averaged weights.

    Parameters
    ----------
    loss : BaseLoss
        What is minimised.
    sde : BaseSDE
        Forward process.
    log_snr_range : tuple of float
        Lowest and highest log signal-to-noise ratio.
    options : TrainingOptions
        Parameters of the training.
    optimizer : BaseOptimizer
        What moves the weights.
    seed : int
        Seed of the split; the next two numbers seed training and validation.
    device : str
        Where networks are trained. All randomness is drawn on the CPU, so that every
        device sees the same numbers.
    """

    loss: BaseLoss
    sde: BaseSDE
    log_snr_range: tuple
    options: TrainingOptions
    optimizer: BaseOptimizer
    seed: int
    device: str

    def hold_out(self, data):
        """Split rows into those for training and those for early stopping."""
        options = self.options
        if not options.early_stopping:
            return data, data[:0]
        order = torch.randperm(len(data), generator=generator(self.seed))
        share = round(options.validation_fraction * len(data))
        n_validation = min(max(1, share), len(data) - 1)
        return data[order[n_validation:]], data[order[:n_validation]]

    def train_best(self, modules, data, held_out, task):
        """Train modules and return the one with the lowest validation loss.

        Once one that corrects a known distribution has not improved on it, none follows.

        Parameters
        ----------
        modules : list of torch.nn.Module
            Untrained candidates; without validation rows only the first is trained.
        data, held_out : torch.Tensor
            Rows for training and for validation.
        task : FitTask
            The fit, of which the training of each candidate is a part.

        Returns
        -------
        module : torch.nn.Module
            Averaged weights, on the CPU.
        curve : TrainingCurve
            How its training went.
        """
        data = data.to(self.device)
        validate = _Validation(self, held_out) if len(held_out) else None
        winner = None, TrainingCurve()
        for module in modules if validate else modules[:1]:
            trained = self._train(module, data, validate, winner[1].best, task)
            if winner[0] is None or trained[1].best < winner[1].best:
                winner = trained
            if has_closed_form(module) and trained[1].best_iter == 0:
                break  # the bases have competed before, and networks add nothing
        return winner

    def _train(self, module, data, validate, rival, task):
        """Train one module, unless it falls hopelessly behind a rival."""
        averaged = copy.deepcopy(module).eval().requires_grad_(False)
        curve = TrainingCurve()
        curve.trained = [n for n, p in module.named_parameters() if p.requires_grad]
        if not curve.trained:
            return averaged, curve
        module.to(self.device).train()
        averaged.to(self.device)
        max_iter = self.options.max_iter
        vain = self._steps_in_vain(len(data)) if has_closed_form(module) else np.inf
        stopping = Stopping(
            self.options, curve, averaged, rival, vain, self.optimizer.warmup
        )
        if validate:
            stopping.start(*validate(averaged))
        steps = self._steps(module, averaged, curve.trained, data)
        training = task.subtask("training", max_subtasks=-(-max_iter // INTERVAL))
        with Progress("fit", max_iter, self.options.verbose) as progress:
            while curve.n_iter < max_iter:
                n_steps = min(INTERVAL, max_iter - curve.n_iter)
                stretch = training.subtask("steps")
                total = sum(itertools.islice(steps, n_steps))
                curve.n_iter += n_steps
                curve.losses.append(total.item() / n_steps)
                if not np.isfinite(curve.losses[-1]):
                    raise ValueError(
                        f"the training loss is {curve.losses[-1]} after {curve.n_iter} "
                        f"steps; lower learning_rate={self.options.learning_rate}."
                    )
                # Such as running means, which are no parameters.
                for kept, buffer in zip(
                    averaged.buffers(), module.buffers(), strict=True
                ):
                    kept.copy_(buffer)
                finished = validate and stopping.update(*validate(averaged))
                progress.advance(n_steps, curve.summary)
                if stretch.end(averaged, curve) or finished:
                    break
        if has_closed_form(module) and not stopping.has_gained:
            stopping.return_to_start()
        curve.best_iter = stopping.best_iter if validate else curve.n_iter
        curve.unfinished = stopping.best_iter == max_iter
        best = stopping.best_module().cpu()
        training.end(best, curve)
        return best, curve

    def _steps_in_vain(self, n_rows):
        """Count the steps without gain on its base after which a network is given up."""
        return max(FEWEST_STEPS, VAIN_EPOCHS * n_rows / self.options.batch_size)

    def _steps(self, module, averaged, names, data):
        """Yield the training loss of one optimiser step after the other."""
        options, loss = self.options, self.loss
        rng = generator(self.seed + 1)
        parameters, averages = (
            [p for name, p in model.named_parameters() if name in names]
            for model in (module, averaged)
        )
        optimizer = self.optimizer.start(parameters)
        n_rows = max(1, options.batch_size // loss.rows_per_draw)
        n_normals = loss.n_noises * data.shape[1]
        # So that clipping means the same for any weighting and dimension.
        _, weights = loss.draw_levels(self.sde, self.log_snr_range, 1000, rng)
        unit = weights.mean() * data.shape[1]
        for iteration in range(options.max_iter):
            rows = torch.randint(len(data), (n_rows,), generator=rng)
            noise = torch.randn(n_rows, n_normals, generator=rng, dtype=torch.float32)
            log_snr, weight = loss.draw_levels(
                self.sde, self.log_snr_range, n_rows, rng
            )
            rows, noise, log_snr, weight = (
                drawn.to(self.device) for drawn in (rows, noise, log_snr, weight)
            )
            error = loss.error(module, data[rows], log_snr[:, None], noise)
            value = (weight * error).mean()
            gradients = torch.autograd.grad(value / unit, parameters)
            optimizer.step(
                gradients,
                options.learning_rate
                * self.optimizer.rate(iteration, options.max_iter),
            )
            # A young average forgets its start, or a short run would be mostly that.
            decay = min(options.ema_decay, (1.0 + iteration) / (10.0 + iteration))
            with torch.no_grad():
                torch._foreach_lerp_(averages, parameters, 1.0 - decay)
            yield value.detach()


class _Validation:
    """Loss of fixed rows at fixed levels and noise: comparable between iterations."""

    def __init__(self, trainer, held_out):
        rng = generator(trainer.seed + 2)
        self.loss = trainer.loss.for_validation
        data = held_out.repeat(VALIDATION_LEVELS, 1)
        n_normals = self.loss.n_noises * data.shape[1]
        noise = torch.randn(len(data), n_normals, generator=rng, dtype=torch.float32)
        log_snr, weight = self.loss.draw_levels(
            trainer.sde, trainer.log_snr_range, len(data), rng
        )
        order = torch.randperm(len(data), generator=rng)
        self.data, self.noise = data.to(trainer.device), noise.to(trainer.device)
        self.log_snr = log_snr[order][:, None].to(trainer.device)
        self.weight = weight[order].to(trainer.device)

    def __call__(self, module):
        """Mean loss, and the loss of each row."""
        parts, n = [], len(self.data)
        for first in range(0, n, VALIDATION_ROWS):
            rows = slice(first, min(first + VALIDATION_ROWS, n))
            # Not inference mode: losses with a divergence differentiate.
            with torch.no_grad():
                error = self.loss.error(
                    module, self.data[rows], self.log_snr[rows], self.noise[rows]
                )
                parts.append(self.weight[rows] * error)
        of_rows = torch.cat(parts).view(VALIDATION_LEVELS, -1).mean(dim=0)
        return of_rows.mean().item(), of_rows
