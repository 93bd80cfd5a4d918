"""Training of a diffusion process on rows."""

import copy
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from skdiffts._seeding import draw_seed
from skdiffts._torch import (
    generator,
    global_generators,
    has_closed_form,
    to_numpy,
    to_tensor,
)
from skdiffts.diffusion._moment_matching import moment_map
from skdiffts.diffusion._process_parts import FreeColumns, build_prior
from skdiffts.diffusion._stopping import exceeds_chance
from skdiffts.diffusion._trainer import Trainer
from skdiffts.marginals import Identity
from skdiffts.process import (
    DiffusionProcess,
    Whitening,
)
from skdiffts.scores import BaseScoreModel
from skdiffts.solvers import ExponentialMultistep

__all__ = ["fitted_attributes", "train_process"]

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
# Held-out rows whose density decides between two maps of the columns.
MAX_HELD_OUT = 200


# The caller may run under torch.no_grad or torch.inference_mode.
@torch.inference_mode(mode=False)
def train_process(rows, parts, prior, options, device, rng, start, begin):
    """Train a diffusion process.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows without NaN.
    parts : ProcessParts
        Strategies.
    prior : str
        One of :data:`PRIORS`.
    options : TrainingOptions
        Parameters of the training.
    device : str
        Where the network is trained.
    rng : numpy.random.RandomState
        Source of randomness.
    start : tuple of (DiffusionProcess, list of str) or None
        Process whose network and whitening training goes on from, and the names of the
        trained parameters.
    begin : callable
        Announces the fit: maps the number of candidate networks to its
        :class:`FitTask`, whose ``fitted`` takes a process and a curve.

    Returns
    -------
    process : DiffusionProcess
        Trained process.
    curve : TrainingCurve
        Losses and end of the training.
    task : FitTask
        The fit, for the caller to end once its attributes are set.
    """
    fit = partial(
        _train_once,
        rows,
        parts=parts,
        prior=prior,
        options=options,
        device=device,
        seeds=draw_seed(rng, 3),
        start=start,
    )
    own = isinstance(parts.score_model, BaseScoreModel)
    free = isinstance(parts.column_map, FreeColumns) and start is None
    if not (own and free and options.early_stopping):
        return fit(parts.column_map, begin)[:3]
    column_map = parts.score_model.column_map(rows)
    if isinstance(column_map, Identity):
        return fit(column_map, begin)[:3]
    process, curve, task, held_out = fit(column_map, partial(_begin_twice, begin))
    if curve.best_iter > 0:
        # A map that suits the base may bend what a network has to learn.
        other = fit(parts.column_map, lambda max_subtasks: task)
        mapped, plain = (one.log_density(held_out) for one in (process, other[0]))
        if not exceeds_chance(mapped - plain):
            process, curve = other[:2]
    return process, curve, task


def _begin_twice(begin, max_subtasks):
    """Announce a fit that may train its candidates again."""
    return begin(max_subtasks=2 * max_subtasks)


def _train_once(
    rows, column_map, begin, *, parts, prior, options, device, seeds, start
):
    """Train after one map of the columns; also give some of the held-out rows."""
    own = isinstance(parts.score_model, BaseScoreModel)
    assemble, u = _assembly(rows, parts, column_map, prior, options.first_time, start)
    log_snr_range = assemble.keywords["log_snr_range"]
    trainer = Trainer(
        loss=parts.loss,
        sde=parts.sde,
        log_snr_range=log_snr_range,
        options=options,
        optimizer=parts.optimizer,
        seed=int(seeds[0]),
        device=device,
    )
    everything = data = to_tensor(u, torch.float32)
    held_out = data[:0]
    if not own or parts.score_model.is_trained:
        data, held_out = trainer.hold_out(data)
        # In random order. A base that has seen all rows stands alike to both parts.
        everything = torch.cat([data, held_out])
    # A user's network may draw from the global generators: when made, and in training.
    with nullcontext() if own else global_generators(seeds[1], device):
        modules = _candidates(
            parts.score_model, everything, data, log_snr_range[1], seeds[1], start
        )
        task = begin(max_subtasks=len(modules))

        def fitted(module, curve):
            return task.fitted(assemble(module.cpu()), curve)

        training = replace(task, fitted=fitted)
        module, curve = trainer.train_best(modules, data, held_out, training)
    process = assemble(module)
    if curve.best_iter > 0 and options.match_moments:
        n_evaluations = COST_OF_STEP * curve.n_iter * options.batch_size
        process = _match_moments(process, u, n_evaluations, seeds[2])
    elif (
        curve.best_iter == 0
        and has_closed_form(module)
        and (start is None or start[0].closed_form)
    ):
        process = replace(process, closed_form=True)
    _, held_out = trainer.hold_out(to_tensor(rows))
    return process, curve, task, to_numpy(held_out[:MAX_HELD_OUT])


def _candidates(score_model, everything, data, level, seed, start):
    """Networks to train: a fitted one that goes on, or new ones."""
    if start is not None:
        return [_unfrozen_copy(start[0].module, start[1])]
    if isinstance(score_model, BaseScoreModel):
        return score_model.candidates(everything, generator(seed))
    return [_checked(score_model(data.shape[1]), data, level)]


def _assembly(rows, parts, column_map, prior, first_time, start):
    """Process that lacks its module, as a function of it, and the whitened rows."""
    if start is None:
        whitening = Whitening(rows, column_map.build(rows))
    else:
        whitening = start[0].whitening
    u = whitening.transform(rows)
    log_snr_range = _noise_range(parts.sde, whitening, first_time)
    assemble = partial(
        DiffusionProcess,
        whitening=whitening,
        sde=parts.sde,
        solver=parts.solver,
        density=parts.density,
        prior=build_prior(prior, parts.sde, u, log_snr_range[0]),
        log_snr_range=log_snr_range,
    )
    return assemble, u


def _noise_range(sde, whitening, first_time):
    """Log signal-to-noise ratios from the noisiest level to the cleanest."""
    with np.errstate(divide="ignore"):
        if first_time is None:
            cleanest = -np.log(FIRST_NOISE * whitening.narrowest)
        else:
            cleanest = float(sde.log_snr(first_time))
        # Some processes start from noised data.
        cleanest = min(cleanest, float(sde.log_snr(0.0)))
    noisiest = float(sde.log_snr(1.0))
    if not noisiest < cleanest:  # or NaN
        raise ValueError(
            f"sde={sde!r} ends at a log signal-to-noise ratio of {noisiest:.3g}, which "
            f"must be below {cleanest:.3g}, where the details of the data are; pass one "
            "with more noise."
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
    """Process whose draws have the mean and the scatter of the rows.

    The network knows both only as well as any other feature of the distribution; but a
    path adds up its residuals, and with them an error of their mean or variance. The
    draws are made with the default solver, since the sampler's can still be changed.
    """
    solver = ExponentialMultistep()
    fewest, most = (per_row * len(u) for per_row in DRAWS_PER_ROW)
    affordable = n_evaluations // (solver.n_steps + 1)
    n_draws = min(max(fewest, affordable), most, MAX_DRAWS)
    rng = np.random.RandomState(seed)
    draws = replace(process, solver=solver).sample_whitened(n_draws, rng)
    whitening = process.whitening.followed_by(*moment_map(draws, u))
    return replace(process, whitening=whitening)


def fitted_attributes(process, curve):
    """Attributes of a sampler that its training sets.

    Parameters
    ----------
    process : DiffusionProcess
        Trained process.
    curve : TrainingCurve
        Losses and end of the training.

    Returns
    -------
    dict
        Attributes by name.
    """
    scores = [-value for value in curve.validation]
    return {
        "n_iter_": curve.n_iter,
        "loss_curve_": curve.losses,
        "validation_scores_": scores,
        "best_validation_score_": max(scores, default=None),
        "first_time_": process.start,
        "_trained": curve.trained,
        "_process": process,
    }


def _unfrozen_copy(module, trained):
    """Copy of a network whose trained parameters, by name, ask for a gradient again."""
    module = copy.deepcopy(module)
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name in trained)
    return module
