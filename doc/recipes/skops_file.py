"""A generator in a skops file, which runs no code when it is loaded."""

import skops.io
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries
from skdiffts.datasets import make_van_der_pol

X = make_van_der_pol(n_rows=400, random_state=0)[0]
generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X)
stored = skops.io.dumps(generator)
# Look at the types before you trust them: all are of skdiffts and scikit-learn.
types = skops.io.get_untrusted_types(data=stored)
again = skops.io.loads(stored, trusted=types)
