"""A portfolio of least conditional value at risk, from simulated returns."""

import numpy as np
import pandas as pd
from skfolio import RiskMeasure
from skfolio.optimization import MeanRisk
from skfolio.prior import SyntheticData
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import EWVolatility
from skdiffts.datasets import load_us_market
from skdiffts.integrations import ReturnSampler

returns = load_us_market()[["SP500", "NASDAQ", "WTI"]].pct_change().dropna()
dynamics = KernelDriftVolEstimator(
    "all",
    degree=0,
    conditioning=EWVolatility(pooling=1.0),
    scale=EWVolatility(pooling=0.3),
)
generator = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.3))
sampler = ReturnSampler(generator, series="log_prices", horizon=5, random_state=0)

calm = MeanRisk(
    risk_measure=RiskMeasure.CVAR,
    prior_estimator=SyntheticData(distribution_estimator=sampler, n_samples=2000),
)
weights = pd.Series(calm.fit(returns).weights_, returns.columns)

stress = {"WTI": (-np.inf, -0.05)}  # oil falls by 5 % or more within five days
stressed = MeanRisk(
    risk_measure=RiskMeasure.CVAR,
    prior_estimator=SyntheticData(
        distribution_estimator=sampler,
        n_samples=200,
        sample_args={"conditioning": stress},
    ),
)
stressed_weights = pd.Series(stressed.fit(returns).weights_, returns.columns)
