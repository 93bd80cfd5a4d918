"""Parts of a diffusion process: what the parameters of a sampler stand for."""

from dataclasses import dataclass
from typing import Any

from skdiffts.diffusion._optimizer import BaseOptimizer
from skdiffts.losses import BaseLoss
from skdiffts.marginals import BaseColumnMap, Identity
from skdiffts.process import (
    BaseFlowDensity,
    EmpiricalPrior,
    MatchedPrior,
    StandardPrior,
    StationaryPrior,
)
from skdiffts.sde import BaseSDE
from skdiffts.solvers import BaseSolver

__all__ = ["PRIORS", "FreeColumns", "ProcessParts", "build_prior"]

OF_ROWS: dict[str, Any] = {
    "matched": MatchedPrior,
    "standard": StandardPrior,
    "empirical": EmpiricalPrior,
}
PRIORS = {*OF_ROWS, "stationary"}


def build_prior(name, sde, rows, log_snr):
    """Distribution from which the reverse process starts.

    Parameters
    ----------
    name : str
        One of :data:`PRIORS`.
    sde : BaseSDE
        Forward process.
    rows : ndarray of shape (n_samples, n_features)
        Whitened training rows.
    log_snr : float
        Lowest log signal-to-noise ratio.

    Returns
    -------
    BasePrior
        Distribution of y = x / m.
    """
    if name == "stationary":
        return StationaryPrior(sde, rows.shape[1], log_snr)
    return OF_ROWS[name](rows, log_snr, sde.center)


@dataclass(frozen=True, kw_only=True, eq=False)
class ProcessParts:
    """Strategies in use, as in :class:`skdiffts.DiffusionResidualSampler`.

    Parameters
    ----------
    sde : BaseSDE
        Forward process.
    score_model : BaseScoreModel or callable
        Model of the score, or a user's function that makes a network.
    loss : BaseLoss
        Loss of the training.
    optimizer : BaseOptimizer
        Optimiser of the training.
    solver : BaseSolver
        Solver that draws.
    density : BaseFlowDensity
        Integration of the log-density.
    column_map : BaseColumnMap
        Map of the columns.
    """

    sde: BaseSDE
    score_model: Any
    loss: BaseLoss
    optimizer: BaseOptimizer
    solver: BaseSolver
    density: BaseFlowDensity
    column_map: BaseColumnMap


class FreeColumns(Identity):
    """Columns as they are, unless the score model has a map that suits it better."""
