"""Choice of the distribution of residuals: the sampler's, or one that knows the state."""

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

# Paths, and their rows, whose moments are compared with the training rows'.
N_PATHS, LENGTH = 128, 400
# Largest logarithm of the ratio of standard deviations; more is taken where the sampler
# alone has nearly as much.
WIDEST, SLACK = np.log(1.1), 0.05
# Standard deviations, beside the standard error of the training rows' mean, by which a mean
# may be farther off than with the sampler alone.
SHIFT = 0.05


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
    return draws, table.at_long_run(draws, starts, inputs, ratio)


def _chosen(parameters, sampler, residuals, inputs, starts, table, ratio):
    """Choose a distribution, with a table that is calibrated for one step."""
    dynamics = starts.dynamics
    plain = ResidualDraws.fit(sampler, residuals, dynamics)

    def calibrated(draws):
        starts.calibrate(draws)
        return table.calibrated(dynamics, draws, inputs, ratio)

    plain_table = calibrated(plain)
    if not _is_wanted(parameters, sampler, dynamics):
        return plain, plain_table
    pooled = _pooled(parameters, plain, residuals, inputs, starts)
    if not pooled.knows_state:
        return plain, plain_table
    if starts.history.covariates is not None:  # of simulated rows nothing is known
        return pooled, calibrated(pooled)
    given = inputs, starts, pooled.coordinates.has_level, ratio
    widths, shifts = _departures(plain, plain_table, *given)
    pooled_table = calibrated(pooled)
    new_widths, new_shifts = _departures(pooled, pooled_table, *given)
    is_wide = new_widths.max() > max(WIDEST, SLACK + widths.max())
    errors = [block_error(x) for x in inputs.values.T] / inputs.values.std(axis=0)
    is_off = bool((new_shifts > SHIFT + shifts + errors).any())
    if not is_wide and not is_off:
        return pooled, pooled_table
    starts.calibrate(plain)
    return plain, plain_table


def _is_wanted(parameters, sampler, dynamics):
    """Tell whether the distribution may depend on the state."""
    wanted = parameters.state_residuals
    is_kernel = isinstance(dynamics, KernelDriftVolEstimator)
    if wanted == "auto":
        is_default = isinstance(sampler, DiffusionResidualSampler)
        is_searched = is_kernel and hasattr(dynamics, "choice_")
        return is_default and is_searched
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


def _departures(draws, table, inputs, starts, has_level, ratio):
    """How far simulated columns are from training ones.

    Returned are the absolute logarithms of the ratios of standard deviations, of steps
    and of levels, and with a level the absolute differences of means, and their standard
    errors, in standard deviations.
    """
    rng = np.random.RandomState(0)
    history, _ = starts.draw("states", N_PATHS, rng)
    given = starts.dynamics, draws, history, LENGTH, block_seeds(N_PATHS, rng), ratio
    paths = simulate_paths(*given, snap=table.snap)
    real = inputs.values
    steps = real[inputs.ends] - real[inputs.starts]
    ratios = [np.diff(paths, axis=1).std(axis=(0, 1)) / steps.std(axis=0)]
    shifts = np.zeros(real.shape[1])
    if has_level:
        late, deviation = paths[:, LENGTH // 2 :], real.std(axis=0)
        ratios.append(late.std(axis=(0, 1)) / deviation)
        shifts = np.abs(late.mean(axis=(0, 1)) - real.mean(axis=0)) / deviation
    return np.abs(np.log(ratios)), shifts
