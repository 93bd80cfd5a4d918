"""A plain installation works, and names the extra that something else needs."""

import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import numpy as np
import pytest

from skdiffts import KernelDriftVolEstimator
from skdiffts.datasets import load_seattle_weather, load_us_market
from skdiffts.evaluation import Evaluation
from skdiffts.integrations import to_long_frame
from skdiffts.kernel import FaissNeighbors
from skdiffts.plotting import PathFanDisplay

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# What the extras bring, by the names under which it is imported.
OPTIONAL = [
    "pandas",
    "polars",
    "pyarrow",
    "matplotlib",
    "tqdm",
    "faiss",
    "imblearn",
    "skfolio",
    "aeon",
    "sktime",
    "optuna",
    "dask",
    "distributed",
    "mlflow",
    "skops",
    "safetensors",
    "ot",
    "rich",
]

PLAIN = f"""
import pkgutil, sys, warnings
class Absent:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {OPTIONAL}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent)
warnings.simplefilter("error")
import numpy as np
import skdiffts
for module in pkgutil.walk_packages(skdiffts.__path__, "skdiffts."):
    __import__(module.name)
from skdiffts import DiffusionResidualSampler, GenerativeTimeSeries, to_transitions
from skdiffts.augmentation import TimeSeriesAugmenter
from skdiffts.metrics import (wasserstein)
from skdiffts.scenarios import ScenarioGenerator
X = np.random.RandomState(0).standard_normal((30, 2)).cumsum(axis=0)
sampler = DiffusionResidualSampler(max_iter=2, early_stopping=False, verbose=1)
generator = GenerativeTimeSeries(sampler=sampler).fit(X)
assert np.isfinite(generator.sample(2, 5)).all()
assert np.isfinite(generator.score(X))
assert np.isfinite(generator.forecast(X, 2)).all()
from skdiffts.diffusion import train_conditional_mixture
train_conditional_mixture(X, X, 0, n_steps=1)
# Seconds, by parts of torch for compilers, which torch 2.4 takes itself.
import torch
if not torch.__version__.startswith("2.4"):
    assert not {{"sympy", "torch._dynamo"}} & set(sys.modules)
assert ScenarioGenerator(generator).fit(X).draw(2, 3).paths.shape == (2, 3, 2)
assert to_transitions(X).shape == (29, 2, 2)
assert wasserstein(X, X[::-1]) < 1e-6
panel, labels = X.reshape(6, 5, 2), np.array([0, 0, 0, 0, 1, 1])
more, _ = TimeSeriesAugmenter(generator, random_state=0).fit_resample(panel, labels)
assert len(more) == 8
"""


def polars_panel():
    polars = pytest.importorskip("polars")
    return polars.DataFrame({"path": [0, 0], "time": [0, 1], "a": [1.0, 2.0]})


def test_a_plain_installation_works():
    run = subprocess.run(
        [sys.executable, "-c", PLAIN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("package", "extra", "use"),
    [
        ("pandas", "pandas", load_seattle_weather),
        ("pandas", "pandas", load_us_market),
        ("pandas", "pandas", lambda: to_long_frame([np.zeros((2, 1))])),
        ("pandas", "pandas", lambda: Evaluation(rows=(), charts=()).to_frame()),
        ("pandas", "pandas", lambda: to_long_frame(polars_panel())),
        ("pandas", "pandas", lambda: KernelDriftVolEstimator().fit(polars_panel())),
        ("faiss", "faiss", lambda: FaissNeighbors().fit(np.zeros((3, 1)))),
        (
            "matplotlib.pyplot",
            "plot",
            lambda: PathFanDisplay.from_predictions(
                np.zeros((3, 1)), np.zeros((2, 3, 1))
            ),
        ),
    ],
    ids=[
        "weather",
        "market",
        "layout",
        "evaluation",
        "polars-layout",
        "polars-panel",
        "faiss",
        "display",
    ],
)
def test_a_missing_extra_is_named(monkeypatch, package, extra, use):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError) as caught:
        use()
    message = str(caught.value)
    assert f"pip install skdiffts[{extra}]" in message
    assert message.count(". ") == 0  # one sentence
    assert extra in PROJECT["optional-dependencies"]


@pytest.mark.parametrize(
    ("package", "name"), [("sktime", "SktimeForecaster"), ("aeon", "AeonForecaster")]
)
def test_forecasters_name_their_extra(monkeypatch, package, name):
    """The modules import without their packages, and their classes say what lacks."""
    home = f"skdiffts.integrations.{package}"
    monkeypatch.setitem(sys.modules, package, None)
    for module in [m for m in sys.modules if m.startswith(f"{package}.")]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, home, raising=False)
    forecaster = getattr(importlib.import_module(home), name)
    with pytest.raises(ImportError, match=rf"pip install skdiffts\[{package}\]"):
        forecaster()


def test_every_extra_that_is_named_exists():
    named = {
        extra
        for path in (ROOT / "skdiffts").rglob("*.py")
        for extra in re.findall(r"skdiffts\[(\w+)\]", path.read_text("utf-8"))
    }
    assert named <= set(PROJECT["optional-dependencies"])
    assert len(named) >= 3


def test_extras_are_no_requirements():
    """What the package asks pip for is what the plain installation above had."""
    required = {re.split(r"[<>=]", name)[0] for name in PROJECT["dependencies"]}
    assert required == {
        "numpy",
        "scipy",
        "scikit-learn",
        "torch",
        "joblib",
        "threadpoolctl",
    }
    try:
        installed = metadata("skdiffts")
    except PackageNotFoundError:
        pytest.skip("skdiffts is not installed")
    plain = [r for r in installed.get_all("Requires-Dist") if "extra ==" not in r]
    assert {re.split(r"[<>=]", name)[0] for name in plain} == required
