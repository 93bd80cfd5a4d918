"""Parts of a diffusion process: what the parameters of a sampler stand for."""

from dataclasses import dataclass
from typing import Any

from skdiffts.losses import BaseLoss
from skdiffts.marginals import BaseColumnMap, Identity
from skdiffts.process import (
    BaseFlowDensity,
    EmpiricalPrior,
    MatchedPrior,
    StandardPrior,
)
from skdiffts.sde import BaseSDE
from skdiffts.solvers import BaseSolver

__all__ = ["PRIORS", "FreeColumns", "ProcessParts"]

PRIORS: dict[str, Any] = {
    "matched": MatchedPrior,
    "standard": StandardPrior,
    "empirical": EmpiricalPrior,
}


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
    solver: BaseSolver
    density: BaseFlowDensity
    column_map: BaseColumnMap


class FreeColumns(Identity):
    """Columns as they are, unless the score model has a map that suits it better."""
