"""Search over both stages by optuna."""

from optuna.distributions import FloatDistribution, IntDistribution
from optuna_integration import OptunaSearchCV
from sklearn.model_selection import TimeSeriesSplit
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries
from skdiffts.datasets import make_van_der_pol

X, truth = make_van_der_pol(n_rows=400, random_state=0)
generator = GenerativeTimeSeries(sampler=KernelDensity())
generator.set_params(dynamics__dt=truth.dt)
search = OptunaSearchCV(
    generator,
    {
        "dynamics__n_neighbors": IntDistribution(20, 90, log=True),
        "sampler__bandwidth": FloatDistribution(0.1, 1.0, log=True),
    },
    n_trials=10,
    cv=TimeSeriesSplit(3),
    random_state=0,
).fit(X)
