"""Scikit-learn's callbacks, from 1.9 on."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.scores import BaseScoreModel, EmpiricalScore, ScoreNetwork

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn is below 1.9")


class Recorder:
    """Notes what it is told; can ask to stop or raise at a given stretch."""

    def __init__(self, stop_at=None, error=None):
        self.stop_at, self.error = stop_at, error
        self.events, self.fitted, self.tasks = [], [], {}

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None):
        self.events.append(f"begin {context.task_name} {context.task_id}")
        self.tasks[context.task_name] = context.max_subtasks
        self.X = X

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        self.events.append(f"end {context.task_name} {context.task_id}")
        self.fitted.append(fitted_estimator)
        if context.task_name == "fit":
            assert_array_equal(estimator.sample(5, 0), fitted_estimator.sample(5, 0))
        else:
            with pytest.raises(NotFittedError):
                estimator.sample()
        if context.task_name == "steps" and context.task_id == self.stop_at:
            if self.error is not None:
                raise self.error
            return True
        return False


class Propagated(Recorder):
    max_propagation_depth = None

    def on_fit_task_end(self, estimator, context):
        self.events.append(f"end {context.task_name} {context.task_id}")


class Plain(torch.nn.Linear):
    """Network that starts from no distribution."""

    def forward(self, z, log_snr):
        return super().forward(z)


class TwoPlain(BaseScoreModel):
    def candidates(self, data, generator):
        return [self.build(data, generator) for _ in range(2)]

    def build(self, data, generator):
        return Plain(data.shape[1], data.shape[1])


def test_tasks_are_fit_training_and_stretches_of_steps(tiny, X):
    recorder = Recorder()
    tiny(max_iter=250, batch_size=8).set_callbacks(recorder).fit(X)
    steps = [f"{what} steps {i}" for i in range(3) for what in ("begin", "end")]
    assert recorder.events == [
        "setup",
        "begin fit 0",
        "begin training 0",
        *steps,
        "end training 0",
        "end fit 0",
        "teardown",
    ]
    assert recorder.tasks == {"fit": 1, "training": 3, "steps": 0}
    assert recorder.X is X


@pytest.mark.filterwarnings("ignore:max_iter")
def test_each_candidate_is_a_task(tiny, X):
    recorder = Recorder()
    rows = np.r_[X, X + 20.0]
    sampler = tiny(score_model=ScoreNetwork(width=8), early_stopping=True, max_iter=100)
    sampler.set_callbacks(recorder).fit(rows)
    assert recorder.tasks["fit"] == 2
    # The mixture is the truth: once a network has added nothing, no other follows.
    assert "begin training 1" not in recorder.events
    recorder = Recorder()
    sampler.set_params(score_model=TwoPlain()).set_callbacks(recorder).fit(rows)
    assert recorder.tasks["fit"] == 2
    assert recorder.events.count("begin training 1") == 1
    recorder = Recorder()
    tiny(score_model=EmpiricalScore()).set_callbacks(recorder).fit(X)
    assert recorder.events == ["setup", "begin fit 0", "end fit 0", "teardown"]


def test_callbacks_get_an_estimator_that_works(tiny, X):
    recorder = Recorder()
    sampler = tiny(max_iter=250, batch_size=8).set_callbacks(recorder).fit(X)
    *stretches, training, fit = recorder.fitted
    assert [estimator.n_iter_ for estimator in stretches] == [100, 200, 250]
    assert [len(estimator.loss_curve_) for estimator in stretches] == [1, 2, 3]
    draws = [estimator.sample(5, 0) for estimator in stretches]
    assert (draws[0] != draws[1]).all()
    assert_array_equal(training.sample(5, 0), stretches[-1].sample(5, 0))
    assert_array_equal(fit.sample(5, 0), sampler.sample(5, 0))
    # Their moments are matched once the weights are final.
    assert_allclose(training.sample(500, 0), sampler.sample(500, 0), rtol=0.5, atol=1.0)
    assert (training.sample(5, 0) != sampler.sample(5, 0)).any()
    stopped = sampler.set_callbacks(recorder := Recorder(stop_at=0)).fit(X)
    assert stopped.n_iter_ == 100
    assert_array_equal(recorder.fitted[0].sample(5, 0), draws[0])


def test_a_callback_may_stop_the_training(tiny, X):
    sampler = tiny(early_stopping=True, tol=1e6, max_iter=1000)
    sampler.set_callbacks(Recorder(stop_at=2)).fit(X)
    assert sampler.n_iter_ == 300
    assert len(sampler.validation_scores_) == 3


def test_callbacks_do_not_change_the_fit(tiny, X, fitted):
    sampler = tiny().set_callbacks(Recorder()).fit(X)
    assert_array_equal(sampler.sample(9, 0), fitted.sample(9, 0))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_callbacks_are_torn_down_after_an_error(tiny, X, error):
    recorder = Recorder(stop_at=0, error=error)
    sampler = tiny().set_callbacks(recorder)
    with pytest.raises(error):
        sampler.fit(X)
    assert recorder.events[-1] == "teardown"
    assert "_callback_fit_ctx" not in vars(sampler)


def test_callbacks_reach_the_sampler_of_a_search_and_of_a_generator(tiny, X):
    recorder = Propagated()
    search = GridSearchCV(tiny(), {"max_iter": [1, 2]}, cv=2, error_score="raise")
    search.set_callbacks(recorder).fit(X)
    assert recorder.events.count("end training 0") == 5
    recorder = Recorder()
    sampler = tiny().set_callbacks(recorder)
    GenerativeTimeSeries(
        sampler=sampler, dynamics=KernelDriftVolEstimator(conditioning=None)
    ).fit(X[:40].cumsum(axis=0))
    assert recorder.events[-2:] == ["end fit 0", "teardown"]


def test_progress_bar_of_scikit_learn(tiny, X, capsys):
    pytest.importorskip("rich")
    tiny(max_iter=250, batch_size=8).set_callbacks(callback.ProgressBar()).fit(X)
    out = capsys.readouterr().out
    assert "DiffusionResidualSampler - fit" in out
    assert "DiffusionResidualSampler - training #0" in out
    assert "100%" in out
