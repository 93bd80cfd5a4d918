"""A generator as an mlflow model."""

import mlflow
import skops.io
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries
from skdiffts.datasets import make_van_der_pol

X = make_van_der_pol(n_rows=400, random_state=0)[0]
generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X)
types = skops.io.get_untrusted_types(data=skops.io.dumps(generator))
with mlflow.start_run():
    info = mlflow.sklearn.log_model(
        generator, name="generator", skops_trusted_types=types
    )
again = mlflow.sklearn.load_model(info.model_uri)
