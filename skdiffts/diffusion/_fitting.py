"""From rows to a trained process."""

import copy
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import torch
from sklearn.utils import check_random_state

from skdiffts._progress import FitTask
from skdiffts._seeding import draw_seed
from skdiffts._strategy import check_strategy
from skdiffts._torch import (
    generator,
    global_generators,
    resolve_device,
    to_tensor,
)
from skdiffts.diffusion._likelihood import FlowDensity
from skdiffts.diffusion._marginal import BaseMarginal, NoMarginal
from skdiffts.diffusion._moments import moment_map
from skdiffts.diffusion._prior import PRIORS
from skdiffts.diffusion._process import DiffusionProcess
from skdiffts.diffusion._training import Trainer
from skdiffts.diffusion._whitening import Whitening
from skdiffts.losses import BaseLoss, DenoisingScoreMatching
from skdiffts.scores import BaseScoreModel, ScoreNetwork
from skdiffts.sde import VP, BaseSDE
from skdiffts.solvers import BaseSolver, ExponentialMultistep

__all__ = ["train_process"]

# Noise-to-signal ratio at which the forward process starts, in units of the narrowest
# direction: a twentieth of the finest detail that a sample of some thousand rows shows.
FIRST_NOISE = 0.005
# Lowest log signal-to-noise ratio: far beyond any use, where rounding begins to tell.
NOISIEST = -30.0
# Draws for each row whose moments are matched: their error is a half to a quarter of the
# rows', by what the training has cost; a row of a step is worth three evaluations.
DRAWS_PER_ROW = (4, 16)
MAX_DRAWS = 32_768
COST_OF_STEP = 3


def train_process(sampler, X, y, rows, start):
    """Train the network of a sampler and set what is fitted.

    Parameters
    ----------
    sampler : DiffusionResidualSampler
        Holder of the parameters.
    X, y : array-like
        What its ``fit`` was given, for callbacks.
    rows : ndarray of shape (n_samples, n_features)
        Rows of X without NaN.
    start : DiffusionProcess or None
        Process whose network and whitening training goes on from.

    Returns
    -------
    bool
        Whether the validation loss still fell at the last step allowed.
    """
    device = resolve_device(sampler.device)
    score_model = _check_score_model(sampler.score_model)
    sde = check_strategy(sampler.sde, default=VP, kind=BaseSDE, name="sde")
    loss = check_strategy(
        sampler.loss, default=DenoisingScoreMatching, kind=BaseLoss, name="loss"
    )
    solver = check_strategy(
        sampler.solver, default=ExponentialMultistep, kind=BaseSolver, name="solver"
    )
    density = check_strategy(
        sampler.density, default=FlowDensity, kind=FlowDensity, name="density"
    )
    marginal = check_strategy(
        sampler.marginal, default=NoMarginal, kind=BaseMarginal, name="marginal"
    )
    seeds = draw_seed(check_random_state(sampler.random_state), 3)
    if start is None:
        whitening = Whitening(rows, marginal.build(rows))
    else:
        whitening = start.whitening
    u = whitening.transform(rows)
    with np.errstate(divide="ignore"):
        # Some processes start from noised data.
        cleanest = min(
            -np.log(FIRST_NOISE * whitening.narrowest), float(sde.log_snr(0.0))
        )
    log_snr_range = _noise_range(sde, cleanest)
    prior = PRIORS[sampler.prior](u, log_snr_range[0], sde.center)

    def fitted(module, curve, whitening=whitening):
        scores = [-value for value in curve.validation]
        return {
            "module_": module,
            "n_iter_": curve.n_iter,
            "loss_curve_": curve.losses,
            "validation_scores_": scores,
            "best_validation_score_": max(scores, default=None),
            "_trained": curve.trained,
            "_process": DiffusionProcess(
                module=module.cpu(),
                whitening=whitening,
                sde=sde,
                solver=solver,
                density=density,
                prior=prior,
                log_snr_range=log_snr_range,
            ),
        }

    trainer = Trainer(loss, sde, log_snr_range, sampler, int(seeds[0]), device)
    own = isinstance(score_model, BaseScoreModel)
    data = to_tensor(u, torch.float32)
    held_out = data[:0]
    if not own or score_model.is_trained:
        data, held_out = trainer.hold_out(data)
    # A user's network may draw from the global generators: when made, and in training.
    with nullcontext() if own else global_generators(seeds[1], device):
        if start is not None:
            modules = [_unfrozen_copy(start.module, sampler._trained)]
        elif own:
            modules = score_model.candidates(data, generator(seeds[1]))
        else:
            modules = [_checked(score_model(data.shape[1]), data, log_snr_range[1])]
        task = FitTask.begin(sampler, X, y, fitted, max_subtasks=len(modules))
        module, curve = trainer.train_best(modules, data, held_out, task)
    matched = whitening
    if curve.best_iter > 0:
        process = fitted(module, curve)["_process"]
        n_evaluations = COST_OF_STEP * curve.n_iter * sampler.batch_size
        matched = _match_moments(process, u, n_evaluations, seeds[2])
    vars(sampler).update(fitted(module, curve, matched))
    task.end(module, curve, matched)
    return curve.unfinished


def _noise_range(sde, cleanest):
    """Log signal-to-noise ratios from the noisiest level to the cleanest."""
    noisiest = float(sde.log_snr(1.0))
    if not noisiest < cleanest:  # or NaN
        raise ValueError(
            f"sde={sde!r} ends at a log signal-to-noise ratio of {noisiest:.3g}, which "
            f"must be below that of the data's details, {cleanest:.3g}; pass one with more "
            "noise."
        )
    return max(noisiest, NOISIEST), cleanest


def _checked(module, data, log_snr):
    """Try a user's network on a few rows."""
    rows = data[:2]
    with torch.no_grad():
        velocity = copy.deepcopy(module).eval()(
            rows, torch.full((len(rows), 1), log_snr, dtype=torch.float32)
        )
    if velocity.shape != rows.shape or velocity.dtype != rows.dtype:
        raise ValueError(
            f"score_model makes a network that maps {rows.dtype} rows of shape "
            f"{tuple(rows.shape)} to {velocity.dtype} of shape {tuple(velocity.shape)}; "
            "it must give a velocity for each number, in the same precision."
        )
    return module


def _match_moments(process, u, n_evaluations, seed):
    """Whitening with which draws have the mean and the scatter of the rows.

    The network knows both only as well as any other feature of the law; but a path adds
    up its residuals, and with them an error of their mean or variance. The solver is
    the default one, since that of the sampler can still be changed.
    """
    solver = ExponentialMultistep()
    process = replace(process, solver=solver)
    fewest, most = (per_row * len(u) for per_row in DRAWS_PER_ROW)
    affordable = n_evaluations // (solver.n_steps + 1)
    n_draws = min(max(fewest, affordable), most, MAX_DRAWS)
    draws = process.draw_white(n_draws, np.random.RandomState(seed))
    return process.whitening.followed_by(*moment_map(draws, u))


def _check_score_model(score_model):
    """Clone and validate a score model; a user's factory is returned as it is."""
    if isinstance(score_model, torch.nn.Module):
        raise TypeError(
            "score_model is a module; pass a function that takes the number of "
            "columns and returns a new one."
        )
    if score_model is not None and not isinstance(score_model, BaseScoreModel):
        return score_model
    return check_strategy(
        score_model, default=ScoreNetwork, kind=BaseScoreModel, name="score_model"
    )


def _unfrozen_copy(module, trained):
    """Copy of a network whose trained parameters, by name, ask for a gradient again."""
    module = copy.deepcopy(module)
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name in trained)
    return module
