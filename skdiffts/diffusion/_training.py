"""Training of a velocity network."""

import copy
import sys
import warnings
from dataclasses import dataclass, field

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning

from skdiffts._torch import generator

__all__ = ["TrainingCurve", "train"]

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
    """

    losses: list = field(default_factory=list)
    validation: list = field(default_factory=list)
    n_iter: int = 0


def train(module, data, loss, sde, log_snr_range, *, options, seeds):
    """Minimise a loss by Adam and return the averaged weights.

    Parameters
    ----------
    module : torch.nn.Module
        Velocity network; trained in place.
    data : torch.Tensor of shape (n_samples, n_features)
        Whitened rows, float32.
    loss : BaseLoss
        What is minimised.
    sde : BaseSDE
        Forward process.
    log_snr_range : tuple of float
        Lowest and highest log signal-to-noise ratio.
    options : DiffusionResidualSampler
        Holder of the training parameters.
    seeds : sequence of 2 int
        Seeds of the training and of the validation noise.

    Returns
    -------
    module : torch.nn.Module
        Averaged weights, those with the lowest validation loss with early stopping.
    curve : TrainingCurve
        What happened.
    """
    rng = generator(seeds[0])
    order = torch.randperm(len(data), generator=rng)
    n_validation = 0
    if options.early_stopping:
        share = round(options.validation_fraction * len(data))
        # One row cannot be spared from one.
        n_validation = min(max(1, share), len(data) - 1)
    held_out, data = data[order[:n_validation]], data[order[n_validation:]]
    validate = _Validation(held_out, loss, sde, log_snr_range, generator(seeds[1]))
    report = sys.stdout.write if options.verbose else lambda line: None

    parameters = [p for p in module.parameters() if p.requires_grad]
    averaged = copy.deepcopy(module).eval().requires_grad_(False)
    averages = [
        a
        for a, p in zip(averaged.parameters(), module.parameters(), strict=True)
        if p.requires_grad
    ]
    optimizer = torch.optim.Adam(
        parameters, lr=options.learning_rate, betas=(0.9, 0.99), fused=True
    )
    curve = TrainingCurve()
    best, best_state, best_iter = np.inf, None, 0
    if n_validation:
        best, best_state = validate(averaged), copy.deepcopy(averaged.state_dict())
    n_rows = max(1, options.batch_size // loss.rows_per_draw)
    # So that the clipping of gradients means the same for any weighting and dimension.
    _, weights = loss.draw_levels(sde, log_snr_range, 1000, generator(seeds[1]))
    unit = weights.mean() * data.shape[1]
    module.train()
    total = torch.zeros(())
    for iteration in range(options.max_iter):
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * _rate(iteration, options.max_iter)
        batch = data[torch.randint(len(data), (n_rows,), generator=rng)]
        noise = torch.randn(batch.shape, generator=rng)
        log_snr, weight = loss.draw_levels(sde, log_snr_range, n_rows, rng)
        value = (weight * loss.error(module, batch, log_snr[:, None], noise)).mean()
        optimizer.zero_grad()
        (value / unit).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        # A young average forgets its start, or a short run would be mostly that.
        decay = min(options.ema_decay, (1.0 + iteration) / (10.0 + iteration))
        torch._foreach_lerp_(averages, parameters, 1.0 - decay)
        total += value.detach()
        curve.n_iter = iteration + 1
        if curve.n_iter % INTERVAL and curve.n_iter < options.max_iter:
            continue
        stretch = curve.n_iter - INTERVAL * len(curve.losses)
        curve.losses.append(total.item() / stretch)
        total.zero_()
        if not n_validation:
            continue
        score = validate(averaged)
        curve.validation.append(score)
        report(f"iteration {curve.n_iter}: validation loss {score:.4f}\n")
        if score < best - options.tol:
            best, best_iter = score, curve.n_iter
            best_state = copy.deepcopy(averaged.state_dict())
        elif curve.n_iter - best_iter >= options.n_iter_no_change:
            break
    else:
        if n_validation and curve.n_iter - best_iter < INTERVAL:
            warnings.warn(
                f"max_iter={options.max_iter} was reached while the validation loss "
                "still fell; raise max_iter.",
                ConvergenceWarning,
                stacklevel=3,
            )
    if best_state is not None:
        averaged.load_state_dict(best_state)
    return averaged, curve


class _Validation:
    """Loss over fixed rows, levels and noise: comparable between iterations."""

    def __init__(self, data, loss, sde, log_snr_range, rng):
        self.loss = loss
        self.data = data.repeat(VALIDATION_LEVELS, 1)
        self.noise = torch.randn(self.data.shape, generator=rng)
        n_levels = max(1, len(self.data))
        log_snr, weight = loss.draw_levels(sde, log_snr_range, n_levels, rng)
        order = torch.randperm(len(self.data), generator=rng)
        self.log_snr, self.weight = log_snr[order][:, None], weight[order]

    def __call__(self, module):
        with torch.inference_mode():
            error = self.loss.error(module, self.data, self.log_snr, self.noise)
            return (self.weight * error).mean().item()


def _rate(iteration, max_iter):
    """Share of the learning rate: linear warm-up, then half a cosine to zero."""
    warmup = min(1.0, (iteration + 1) / WARMUP)
    return warmup * 0.5 * (1.0 + np.cos(np.pi * iteration / max_iter))
