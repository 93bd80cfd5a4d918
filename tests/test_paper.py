"""The experiment of the source paper, on little data: it runs, and says what failed."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the experiment draws")
pytest.importorskip("sklearn", minversion="1.9", reason="callbacks")

PAPER = Path(__file__).parents[1] / "examples" / "paper"


@pytest.fixture(scope="module")
def experiment():
    """The script, which imports its page by name."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(PAPER))
    yield importlib.import_module("residual_experiment")
    patch.undo()
    for name in ("residual_experiment", "paper_page"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def measured(experiment, tmp_path_factory):
    """One small run, whose parts are kept."""
    folder = tmp_path_factory.mktemp("paper")
    return folder, experiment.run(
        experiment.QUICK, folder=folder / "figures", store=folder / "parts"
    )


@pytest.mark.slow
def test_both_recipes_are_measured_at_every_checkpoint(measured, experiment):
    folder, found = measured
    assert list(found.histories["published recipe"]) == list(
        experiment.QUICK.checkpoints
    )
    for name, history in found.histories.items():
        for row in history.values():
            numbers = np.array([np.ravel(value)[0] for value in row.values()])
            assert not np.isnan(numbers).any()
            # No bound is cut: the published one is far above one here.
            assert row["W2, certified bound"] == np.inf
        assert all("holds" in seen or "FAILS" in seen for _, seen in found.claims[name])
    assert (folder / "figures" / "paper_published_kernel.png").stat().st_size > 10_000
    assert set(found.paths) == {
        "training path",
        "true paths",
        "published recipe",
        "our defaults",
    }


@pytest.mark.slow
def test_bounds_that_can_be_proved_hold(measured):
    for history in measured[1].histories.values():
        for row in history.values():
            assert row["TV, measured"] <= row["TV, Girsanov's bound"]
            assert row["TV, measured"] <= row["TV, eq. 9 corrected"]


def test_broken_claims_are_printed_as_failing(experiment):
    row = {
        "TV, measured": 0.5,
        "TV, eq. 9 as printed": 0.1,
        "W2, measured": 1.0,
        "W2, eq. 10 by search": np.inf,
        "W2, estimate": np.nan,
        "W2, certified bound": np.inf,
        "cross moment": (0.5, 0.1),
        "squared norm": (2.1, 0.1),
    }
    found = dict(experiment.verdicts({1: row, 2: row}, np.zeros((3, 2))))
    failing = {claim for claim, seen in found.items() if "FAILS" in seen}
    assert failing == {
        "TV, measured: below 'TV, eq. 9 as printed'",
        "TV, measured: decreases in training",
        "W2, measured: below 'W2, estimate'",
        "W2, measured: decreases in training",
        "cross moment is within two standard errors",
        "cross moment comes closer to its oracle in training",
        "squared norm comes closer to its oracle in training",
    }


@pytest.mark.slow
def test_page_has_the_tables_and_the_verdicts(measured, experiment, tmp_path):
    _, results = measured
    page = tmp_path / "results_paper.md"
    by_kind = {"kernel": results, "exact": results}
    experiment.write_page(page, experiment.QUICK, 0, experiment.FUNCTIONALS, by_kind)
    text = page.read_text("utf-8")
    for word in (
        "eq. 9 as printed",
        "#### Paths",
        "### Exact residuals",
        "**Reduced",
        "_static/paper_ours_exact.png",
        "| true paths",
    ):
        assert word in text
    claims = results.claims["our defaults"]
    assert all(seen in text for _, seen in claims)


@pytest.mark.slow
def test_an_interrupted_run_goes_on_from_its_parts(measured, experiment, monkeypatch):
    folder, before = measured
    monkeypatch.setattr(experiment, "train", pytest.fail)
    monkeypatch.setattr(experiment, "measure", pytest.fail)
    monkeypatch.setattr(experiment, "simulate", pytest.fail)
    after = experiment.run(
        experiment.QUICK, folder=folder / "again", store=folder / "parts"
    )
    assert after.claims == before.claims
    assert after.paths == before.paths
    assert after.seconds == before.seconds > 0.0


def test_parts_of_other_settings_are_not_taken(experiment, tmp_path):
    first, again, other = (
        experiment.Parts((seed,), tmp_path)("draws", lambda n=n: n)[0]
        for seed, n in ((0, 1), (0, 2), (1, 3))
    )
    assert (first, again, other) == (1, 1, 3)
    assert experiment.Parts((0,))("draws", lambda: 4)[0] == 4
