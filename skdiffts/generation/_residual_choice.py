"""Choice of the distribution of residuals: the sampler's, or one that knows the state."""

from functools import partial

import numpy as np

from skdiffts._residual_draws import ResidualDraws
from skdiffts.diffusion import DiffusionResidualSampler
from skdiffts.generation._simulation import (
    block_seeds,
    innovation_ratio,
    simulate_paths,
)
from skdiffts.generation._state_residuals import StateResiduals
from skdiffts.kernel import KernelDriftVolEstimator, StateCoordinates
from skdiffts.selection import block_error

__all__ = ["choose_distribution"]

# Paths, and their rows, whose moments are compared with the training rows'; a few are
# enough where these are sure.
FEW, N_PATHS, LENGTH = 16, 64, 300
# How much farther off than with the sampler alone a logarithm of a standard deviation, or
# a mean in standard deviations, may be, beside so many standard errors of the training
# rows' own; and by how many of its own a few paths must be closer.
SLACK, SURE = 0.03, 2.0


def choose_distribution(parameters, sampler, residuals, inputs, starts, table):
    """Fit the distribution of residuals, and let dynamics and table know its moments.

    A gain in one step may be a loss in a path, which repeats an error of the conditional
    mean: paths with a pooled distribution must be as wide as the training rows, or nearly
    as wide as paths with the sampler alone, and their means no farther off.

    Parameters
    ----------
    parameters : GenerativeTimeSeries
        Parameters ``state_residuals``, ``residuals`` and ``exogenous``.
    sampler : estimator
        Fitted distribution of the residuals.
    residuals : ndarray of shape (n_residuals, n_features)
        Residuals that it was fitted to.
    inputs : Paths, array, frame or list
        Rows that the dynamics were fitted to.
    starts : StartingRows
        Training rows with their histories.
    table : TableMap
        Map of the table.

    Returns
    -------
    draws : ResidualDraws or StateResiduals
        The distribution.
    table : TableMap
        The map, calibrated for it.

    Raises
    ------
    ValueError
        If ``state_residuals`` is true and the dynamics have no known state.
    """
    ratio = innovation_ratio(starts.dynamics, parameters.residuals)
    given = parameters, sampler, residuals, inputs, starts, table, ratio
    draws, table = _chosen(*given)
    if table.latent is None:
        starts.steady(draws)
    return draws, table.at_long_run(draws, starts, inputs, ratio)


def _chosen(parameters, sampler, residuals, inputs, starts, table, ratio):
    """Choose a distribution, with a table that is calibrated for one step."""
    dynamics = starts.dynamics
    plain = ResidualDraws.fit(sampler, residuals, dynamics)

    def calibrated(draws):
        starts.calibrate(draws)
        return draws, table.calibrated(dynamics, draws, inputs, ratio)

    if not _is_wanted(parameters, sampler, dynamics, table):
        return calibrated(plain)
    pooled = _pooled(parameters, plain, residuals, inputs, starts)
    # Which covariates simulated rows would have is not known: no paths are judged.
    if not pooled.knows_state or starts.history.covariates is not None:
        return calibrated(pooled)
    has_level = pooled.coordinates.has_level
    departures = partial(_departures, inputs, starts, has_level, ratio)
    allowed = SLACK + SURE * _errors(inputs)
    chosen = calibrated(pooled)
    for n_paths, sure in ((FEW, SURE), (N_PATHS, 0.0)):
        found, errors = departures(n_paths, *chosen)
        if (found + sure * errors <= allowed).all():
            return chosen  # whatever paths of the sampler alone are
    model = dynamics.model_
    others = calibrated(plain)
    if (found <= allowed + departures(N_PATHS, *others)[0]).all():
        dynamics.model_ = model  # which is calibrated for these draws
        return chosen
    return others


def _is_wanted(parameters, sampler, dynamics, table):
    """Tell whether the distribution may depend on the state."""
    wanted = parameters.state_residuals
    is_kernel = isinstance(dynamics, KernelDriftVolEstimator)
    if wanted == "auto":
        is_default = isinstance(sampler, DiffusionResidualSampler)
        is_searched = is_kernel and hasattr(dynamics, "choice_")
        if not (is_default and is_searched):
            return False
        # A volatility that remembers cut values drifts slowly away from its long run.
        is_cut = table.latent is not None and table.latent.has_cells
        return not (is_cut and dynamics.model_.feeds_back)
    if wanted and not is_kernel:
        raise ValueError(
            f"state_residuals=True needs a KernelDriftVolEstimator as dynamics, not "
            f"{dynamics!r}; pass one, or state_residuals=False."
        )
    return wanted


def _pooled(parameters, plain, residuals, inputs, starts):
    """Distribution that knows the state, if that helps."""
    dynamics = starts.dynamics
    rows = dynamics.loo_rows_
    if parameters.residuals == "in-sample":
        whitened = inputs.collapse(dynamics.whiten(inputs)[0])
        rows = np.flatnonzero(np.isfinite(whitened).all(axis=1))
    order = np.argsort(rows)
    history = starts.history.take(rows[order] - 1)
    coordinates = StateCoordinates.of(dynamics, inputs)
    if history.covariates is not None and parameters.state_residuals == "auto":
        coordinates = coordinates.of_covariates()  # no path says what a level would do
    return StateResiduals.fit(plain, residuals[order], history, coordinates)


def _departures(inputs, starts, has_level, ratio, n_paths, draws, table):
    """How far columns of simulated rows are from the training columns.

    For each column, the absolute logarithms of the ratios of standard deviations of steps
    and of levels, and the absolute difference of means in standard deviations, with
    standard errors of the paths; the last two are zero without a level.
    """
    rng = np.random.RandomState(0)
    history, _ = starts.draw("states", n_paths, rng)
    given = starts.dynamics, draws, history, LENGTH, block_seeds(n_paths, rng), ratio
    paths = simulate_paths(*given, snap=table.snap)
    moves, late = np.diff(paths, axis=1), paths[:, LENGTH // 2 :]
    real = inputs.values
    steps = real[inputs.ends] - real[inputs.starts]
    deviation = real.std(axis=0)
    known = np.array([[1.0], [1.0], [1.0]] if has_level else [[1.0], [0.0], [0.0]])
    found = [
        np.log(moves.std(axis=(0, 1)) / steps.std(axis=0)),
        np.log(late.std(axis=(0, 1)) / deviation),
        (late.mean(axis=(0, 1)) - real.mean(axis=0)) / deviation,
    ]
    spread = [
        _spread_of_deviation(moves),
        _spread_of_deviation(late),
        late.mean(axis=1).std(axis=0) / deviation,
    ]
    return known * np.abs(found), known * np.array(spread) / np.sqrt(n_paths)


def _spread_of_deviation(paths):
    """Estimate how the logarithm of the standard deviation varies over paths."""
    squares = ((paths - paths.mean(axis=(0, 1))) ** 2).mean(axis=1)
    return squares.std(axis=0) / (2.0 * squares.mean(axis=0))


def _errors(inputs):
    """Estimate standard errors of the three numbers by means of blocks of training."""
    real = inputs.values
    steps = real[inputs.ends] - real[inputs.starts]
    errors = [
        [_log_deviation_error(x) for x in steps.T],
        [_log_deviation_error(x) for x in real.T],
        [block_error(x) / x.std() for x in real.T],
    ]
    return np.array(errors)


def _log_deviation_error(x):
    """Estimate the standard error of the logarithm of a standard deviation."""
    return block_error((x - x.mean()) ** 2) / (2.0 * x.var())
