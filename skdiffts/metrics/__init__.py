"""Distances between samples and between paths, facts of returns, scores of forecasts.

Metrics are functions to a float. :mod:`skdiffts.evaluation` gives each of them a
standard error and a noise floor.
"""

from skdiffts.metrics._autocovariance import autocorrelation, autocovariance
from skdiffts.metrics._calibration import (
    calibration_error,
    interval_coverage,
    probability_integral_transform,
)
from skdiffts.metrics._classifier import classifier_accuracy
from skdiffts.metrics._context_fid import context_fid
from skdiffts.metrics._density_coverage import coverage, density
from skdiffts.metrics._discriminative import discriminative_score, predictive_score
from skdiffts.metrics._energy import energy_distance
from skdiffts.metrics._forecast_scores import (
    crps,
    crps_of_sum,
    energy_score,
    variogram_score,
)
from skdiffts.metrics._functionals import (
    CrossMoment,
    Exceedance,
    FirstExitTime,
    SquaredNorm,
    functional_difference,
    functional_error,
)
from skdiffts.metrics._joint_tails import stress_correlation, tail_dependence
from skdiffts.metrics._leverage import coarse_fine_asymmetry, leverage
from skdiffts.metrics._marginal import marginal_difference
from skdiffts.metrics._maximum_mean_discrepancy import maximum_mean_discrepancy
from skdiffts.metrics._nearest_neighbor import (
    closest_record_share,
    distance_to_closest_record,
    nearest_neighbor_ratio,
)
from skdiffts.metrics._path_moments import (
    autocorrelation_difference,
    covariance_difference,
    cross_correlation_difference,
)
from skdiffts.metrics._relative_error import relative_error
from skdiffts.metrics._result import MetricResult
from skdiffts.metrics._risk_backtests import (
    HypothesisTest,
    acerbi_szekely_test,
    christoffersen_independence_test,
    christoffersen_test,
    kupiec_test,
    portfolio_returns,
    value_at_risk_violations,
)
from skdiffts.metrics._rosenblatt import (
    joint_rank_transform,
    rosenblatt_transform,
    uniformity_test,
)
from skdiffts.metrics._signature import signature, signature_discrepancy
from skdiffts.metrics._sliced_wasserstein import sliced_wasserstein
from skdiffts.metrics._stability import explosion_rate, long_run_drift
from skdiffts.metrics._strategies import (
    sharpe_ratios,
    strategy_rank_transfer,
    strategy_returns,
)
from skdiffts.metrics._stylized_facts import (
    StylizedFacts,
    fact_difference,
    stylized_facts,
)
from skdiffts.metrics._tails import (
    aggregational_kurtosis,
    gain_loss_asymmetry,
    hill_index,
)
from skdiffts.metrics._total_variation import total_variation, total_variation_bound
from skdiffts.metrics._wasserstein import frechet_distance, wasserstein

__all__ = [
    "CrossMoment",
    "Exceedance",
    "FirstExitTime",
    "HypothesisTest",
    "MetricResult",
    "SquaredNorm",
    "StylizedFacts",
    "acerbi_szekely_test",
    "aggregational_kurtosis",
    "autocorrelation",
    "autocorrelation_difference",
    "autocovariance",
    "calibration_error",
    "christoffersen_independence_test",
    "christoffersen_test",
    "classifier_accuracy",
    "closest_record_share",
    "coarse_fine_asymmetry",
    "context_fid",
    "covariance_difference",
    "coverage",
    "cross_correlation_difference",
    "crps",
    "crps_of_sum",
    "density",
    "discriminative_score",
    "distance_to_closest_record",
    "energy_distance",
    "energy_score",
    "explosion_rate",
    "fact_difference",
    "frechet_distance",
    "functional_difference",
    "functional_error",
    "gain_loss_asymmetry",
    "hill_index",
    "interval_coverage",
    "joint_rank_transform",
    "kupiec_test",
    "leverage",
    "long_run_drift",
    "marginal_difference",
    "maximum_mean_discrepancy",
    "nearest_neighbor_ratio",
    "portfolio_returns",
    "predictive_score",
    "probability_integral_transform",
    "relative_error",
    "rosenblatt_transform",
    "sharpe_ratios",
    "signature",
    "signature_discrepancy",
    "sliced_wasserstein",
    "strategy_rank_transfer",
    "strategy_returns",
    "stress_correlation",
    "stylized_facts",
    "tail_dependence",
    "total_variation",
    "total_variation_bound",
    "uniformity_test",
    "value_at_risk_violations",
    "variogram_score",
    "wasserstein",
]
