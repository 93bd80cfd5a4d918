"""Generators that were stored by this version and by older ones."""

import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.utils.fixes import parse_version

from skdiffts import GenerativeTimeSeries

DATA = Path(__file__).parent / "data"
STORED = sorted(DATA.glob("generator-*.pkl"))
# The arrays of a pickle name the module numpy._core.
of_numpy_2 = pytest.mark.skipif(
    parse_version(np.__version__) < parse_version("2"),
    reason="NumPy 1 cannot read what NumPy 2 has pickled",
)


def load(path):
    with warnings.catch_warnings():
        # Of the neighbour search and the scaler, which are scikit-learn's.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        return pickle.loads(path.read_bytes())


@of_numpy_2
@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_stored_generator_answers_as_it_did(path):
    """The same numbers; other builds of torch and BLAS round the network otherwise.

    One step rounds in single precision, to 1e-7 of the spread; the solver's fifty steps
    and the recursion of eight rows leave that below 1e-4.
    """
    generator = load(path)
    X = series()
    expected = np.load(path.with_suffix(".npz"))
    answers = {
        "paths": generator.sample(3, 8, random_state=0),
        "forecast": generator.forecast(X, 5, 3, random_state=1),
        "log_density": generator.score_samples(X),
        "residuals": generator.residuals_,
    }
    assert set(answers) == set(expected)
    for name, answer in answers.items():
        assert_allclose(answer, expected[name], rtol=1e-4, atol=1e-4, err_msg=name)


@of_numpy_2
@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_stored_generator_is_an_estimator_like_any_other(path):
    generator = load(path)
    assert isinstance(generator, GenerativeTimeSeries)
    assert generator.n_features_in_ == 2
    assert generator.set_params(sampler__max_iter=1).get_params()["sampler__max_iter"]
    bounds = generator.sampler_.bounds(generator.residuals_, random_state=0)
    assert bounds.total_variation.total > 0.0


def test_this_version_is_stored():
    """Run store_generator.py when the version is raised."""
    from skdiffts import __version__

    assert DATA / f"generator-{__version__}.pkl" in STORED


@of_numpy_2
def test_a_new_process_needs_nothing_but_the_package():
    code = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb')).sample()"
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(STORED[-1])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def series():
    """The path that store_generator.py fits, written out once more."""
    noise = np.random.RandomState(0).standard_normal((40, 2))
    X = noise.copy()
    for i in range(1, len(X)):
        X[i] = 0.8 * X[i - 1] + (0.5 + 0.2 * np.tanh(X[i - 1]) ** 2) * noise[i]
    return X
