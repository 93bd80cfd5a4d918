"""Denoising score matching: what it measures, and that only the noise is sampled."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad

from skdiffts import DiffusionResidualSampler
from skdiffts.losses import DenoisingScoreMatching
from skdiffts.scores import GaussianMixtureScore
from skdiffts.sde import COU, VE, VP

WEIGHTINGS = ["likelihood", "sigma2", "unit"]
SCHEDULES = ["linear", "cosine", "exponential", "geometric"]
MIXTURE = {
    "weights": [0.6, 0.4],
    "means": [[-0.8, 0.0], [1.2, 0.3]],
    "covariances": [[[0.2, 0.1], [0.1, 0.3]], [[0.1, 0.0], [0.0, 0.4]]],
}
FACTORS = torch.linalg.cholesky(torch.tensor(MIXTURE["covariances"]).double())
LAST = -np.log(0.005)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def draw_data(n, rng):
    component = (torch.rand(n, generator=rng) < MIXTURE["weights"][1]).long()
    noise = torch.randn(n, 2, 1, generator=rng, dtype=torch.float64)
    means = torch.tensor(MIXTURE["means"]).double()
    return means[component] + (FACTORS[component] @ noise)[..., 0]


def span(sde):
    return float(sde.log_snr(1.0)), LAST


@pytest.fixture(scope="module")
def truth():
    return GaussianMixtureScore(**MIXTURE).build(torch.zeros(1, 2), seeded())


@pytest.mark.parametrize("antithetic", [False, True])
def test_error_is_that_of_the_predicted_noise(truth, antithetic):
    loss = DenoisingScoreMatching(antithetic=antithetic)
    data = draw_data(50, seeded())
    noise = torch.randn(50, 2, generator=seeded(1), dtype=torch.float64)
    level = torch.linspace(-4.0, 4.0, 50, dtype=torch.float64)[:, None]
    m, s = 1.0 / torch.sqrt(1.0 + torch.exp(-2 * level)), torch.exp(-level)
    s = m * s

    def squared(noise):
        z = m * data + s * noise
        predicted = s * z + m * truth(z, level)
        return (predicted - noise).square().sum(dim=1)

    expected = squared(noise)
    if antithetic:
        expected = 0.5 * (expected + squared(-noise))
    error = loss.error(truth, data, level, noise)
    assert error.shape == (50,)
    assert_allclose(error, expected, rtol=1e-10)


def test_error_of_white_data_in_closed_form():
    """E|xi - E[xi | x]|^2 = d m^2 / (m^2 + s^2)."""
    n, d = 200_000, 3
    for log_snr in (-2.0, 0.0, 1.0):
        error = DenoisingScoreMatching().error(
            lambda z, level: torch.zeros_like(z),
            torch.randn(n, d, generator=seeded(0)),
            torch.full((n, 1), log_snr),
            torch.randn(n, d, generator=seeded(1)),
        )
        # The relative standard error is below 0.002.
        expected = d / (1.0 + np.exp(-2.0 * log_snr))
        assert_allclose(error.mean(), expected, rtol=0.01)


@pytest.mark.statistical
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("time_sampling", ["logsnr", "uniform"])
def test_truth_minimises_the_loss(truth, weighting, time_sampling):
    """Among (1 + a) times the true velocity the best has a = 0."""
    sde, n = VP(), 40_000
    loss = DenoisingScoreMatching(weighting=weighting, time_sampling=time_sampling)
    rng = seeded()
    data = draw_data(n, rng)
    noise = torch.randn(n, 2, generator=rng, dtype=torch.float64)
    log_snr, weight = loss.draw_levels(sde, span(sde), n, rng)
    order = torch.randperm(n, generator=rng)
    level, weight = log_snr[order, None].double(), weight[order].double()
    below, at, above = (
        weight
        * loss.error(lambda z, u, a=a: (1.0 + a) * truth(z, u), data, level, noise)
        for a in (-0.1, 0.0, 0.1)
    )
    # The loss is a parabola in a; its vertex has this standard error.
    slope = (above - below) / 0.2
    curvature = ((above - 2.0 * at + below) / 0.01).mean()
    vertex = -slope.mean() / curvature
    deviation = slope.std() / curvature / np.sqrt(n)
    assert deviation < 0.025
    assert abs(vertex) < 4.0 * deviation  # a false alarm in 6e-5 of the seeds


def known_error(log_snr):
    """Error that a model might have: largest where the data take shape."""
    return np.exp(-0.5 * (log_snr - 1.0) ** 2) + 0.01 / (1.0 + np.exp(2.0 * log_snr))


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_time_sampling_does_not_change_the_integral(schedule, weighting):
    sde = VP(schedule=schedule)
    rate = {
        "likelihood": lambda t: sde.g2(t),
        "sigma2": lambda t: sde.std(t) ** 2,
        "unit": lambda t: 1.0,
    }[weighting]
    # The definition, over time: half of Lambda times the squared error of the score.
    start = sde.time(LAST)
    expected, _ = quad(
        lambda u: (
            0.5
            * rate(np.exp(u))
            * known_error(sde.log_snr(np.exp(u)))
            / sde.std(np.exp(u)) ** 2
            * np.exp(u)
        ),
        np.log(start),
        0.0,
        limit=200,
    )
    for time_sampling in ("logsnr", "uniform"):
        loss = DenoisingScoreMatching(weighting=weighting, time_sampling=time_sampling)
        n = 5_000 if schedule == "cosine" else 100_000
        log_snr, weight = loss.draw_levels(sde, span(sde), n, seeded())
        weight, log_snr = weight.double().numpy(), log_snr.double().numpy()
        estimate = (weight * known_error(log_snr)).mean()
        assert_allclose(estimate, expected, rtol=0.01, err_msg=time_sampling)


def test_likelihood_weight_is_one_per_unit_of_log_snr():
    sde = VP()
    low, high = span(sde)
    _, weight = DenoisingScoreMatching().draw_levels(sde, (low, high), 10, seeded())
    assert_allclose(weight, high - low, rtol=1e-6)


@pytest.mark.parametrize("time_sampling", ["logsnr", "uniform"])
def test_levels_are_stratified(time_sampling):
    sde, n = VP(), 40
    low, high = span(sde)
    loss = DenoisingScoreMatching(time_sampling=time_sampling)
    log_snr, weight = loss.draw_levels(sde, (low, high), n, seeded())
    assert log_snr.shape == weight.shape == (n,)
    assert ((low - 1e-4 <= log_snr) & (log_snr <= high + 1e-4)).all()
    assert (weight > 0.0).all()
    if time_sampling == "logsnr":
        position = (log_snr.double().numpy() - low) / (high - low)
    else:
        start = sde.time(high)
        position = (sde.time(log_snr.double().numpy()) - start) / (1.0 - start)
    strata = np.floor(np.sort(position) * n - 1e-4).astype(int)
    assert_allclose(np.diff(np.sort(position)), 1.0 / n, rtol=1e-3)
    assert len(set(strata)) == n


def test_levels_come_from_their_seed():
    sde = VP()
    first, second, other = (
        DenoisingScoreMatching().draw_levels(sde, span(sde), 5, seeded(seed))[0]
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("time_sampling", ["logsnr", "uniform"])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_callable_weighting_equals_its_name(weighting, time_sampling):
    sde = VP(schedule="geometric")
    function = {
        "likelihood": sde.g2,
        "sigma2": lambda t: sde.std(t) ** 2,
        "unit": np.ones_like,
    }[weighting]
    named, called = (
        DenoisingScoreMatching(
            weighting=value, time_sampling=time_sampling
        ).draw_levels(sde, span(sde), 30, seeded())
        for value in (weighting, function)
    )
    assert_allclose(called[0], named[0])
    assert_allclose(called[1], named[1], rtol=1e-6)


@pytest.mark.statistical
def test_antithetic_pairs_remove_most_of_the_noise(truth):
    """At little noise, at equal cost (diffusion.md, 2.9: 40 times at sigma = .01)."""
    n = 20_000
    rng = seeded()
    data = draw_data(n, rng)
    noise = torch.randn(n, 2, generator=rng, dtype=torch.float64)
    level = torch.full((n, 1), -np.log(0.01), dtype=torch.float64)

    def gradient(antithetic):
        """Derivative in the scale of the score, at the truth, row by row."""
        loss = DenoisingScoreMatching(antithetic=antithetic)

        def scaled(a):
            def module(z, u):
                m = 1.0 / torch.sqrt(1.0 + torch.exp(-2.0 * u))
                s = m * torch.exp(-u)
                predicted = (1.0 + a) * (s * z + m * truth(z, u))
                return (predicted - s * z) / m

            return loss.error(module, data, level, noise)

        return (scaled(0.01) - scaled(-0.01)) / 0.02

    single, pair = gradient(False), gradient(True)
    assert_allclose(single.mean(), pair.mean(), atol=5.0 * single.std() / np.sqrt(n))
    # A pair costs two evaluations.
    assert 2.0 * pair.var() < single.var() / 20.0


@pytest.mark.parametrize("antithetic", [False, True])
def test_several_noises_are_averaged_row_by_row(truth, antithetic):
    """Row i of the noise holds the vectors of row i of the data, side by side."""
    several = DenoisingScoreMatching(antithetic=antithetic, n_noises=3)
    single = DenoisingScoreMatching(antithetic=antithetic)
    data = draw_data(5, seeded())
    noise = torch.randn(5, 6, generator=seeded(1), dtype=torch.float64)
    level = torch.linspace(-2.0, 2.0, 5, dtype=torch.float64)[:, None]
    each = [single.error(truth, data, level, part) for part in noise.split(2, dim=1)]
    error = several.error(truth, data, level, noise)
    assert_allclose(error, torch.stack(each).mean(dim=0), rtol=1e-12)


@pytest.mark.parametrize(
    ("params", "rows"),
    [
        ({}, 2),
        ({"antithetic": False}, 1),
        ({"n_noises": 3}, 6),
        ({"n_noises": 3, "antithetic": False}, 3),
    ],
)
def test_a_batch_is_counted_in_noised_rows(params, rows):
    """The network sees batch_size rows, or as many below as whole draws make."""
    loss, seen = DenoisingScoreMatching(**params), []

    class Watched(torch.nn.Module):
        def __init__(self, d):
            super().__init__()
            self.slope = torch.nn.Parameter(torch.zeros(d))

        def forward(self, z, log_snr):
            if self.training:
                seen.append(len(z))
            return self.slope * z

    DiffusionResidualSampler(
        score_model=Watched,
        loss=loss,
        batch_size=20,
        max_iter=2,
        early_stopping=False,
        random_state=0,
    ).fit(draw_data(30, seeded()).numpy())
    assert loss.rows_per_draw == rows
    assert set(seen) == {20 // rows * rows}


@pytest.mark.parametrize("time_sampling", ["logsnr", "uniform"])
def test_levels_do_not_depend_on_the_weighting(time_sampling):
    """Their choice and the weighting are independent, whatever the process."""
    for sde in (VP(schedule="geometric"), VE(), COU()):
        first, *others = (
            DenoisingScoreMatching(
                weighting=weighting, time_sampling=time_sampling
            ).draw_levels(sde, (float(sde.log_snr(1.0)), LAST), 9, seeded())[0]
            for weighting in (*WEIGHTINGS, lambda t: 1.0 + t)
        )
        assert all(torch.equal(first, levels) for levels in others)


def test_loss_draws_nothing_but_the_shift(truth):
    torch_state = torch.random.get_rng_state()
    loss, sde = DenoisingScoreMatching(), VP()
    log_snr, _ = loss.draw_levels(sde, span(sde), 8, seeded())
    data = draw_data(8, seeded())
    loss.error(truth, data, log_snr[:, None].double(), torch.ones_like(data))
    assert_array_equal(torch.random.get_rng_state(), torch_state)


@pytest.mark.parametrize(
    "params",
    [
        {"weighting": "snr"},
        {"time_sampling": "cosine"},
        {"antithetic": "yes"},
        {"n_noises": 0},
    ],
)
def test_wrong_parameters_are_named(params):
    [name] = params
    with pytest.raises(ValueError, match=name):
        DenoisingScoreMatching(**params)._validate_params()


def test_times_of_training_may_be_given(truth):
    """002, remark 3.2: a mean over times t_j with weights w(t_j) of one half."""
    sde, times = VP(), [0.1, 0.4, 0.4, 0.9]
    loss = DenoisingScoreMatching(
        time_sampling=times, weighting=lambda t: 1.0 + t, antithetic=False
    )
    levels, weight = loss.draw_levels(sde, span(sde), 400, seeded())
    t = sde.time(levels.double().numpy())
    assert_allclose(np.unique(t.round(6)), [0.1, 0.4, 0.9])
    assert [int((abs(t - x) < 1e-5).sum()) for x in (0.1, 0.4, 0.9)] == [100, 200, 100]
    data = draw_data(400, seeded(1))
    noise = torch.randn(400, 2, generator=seeded(2), dtype=torch.float64)
    errors = loss.error(truth, data, levels.double()[:, None], noise)
    # The error of the noise is s^2 times the score's.
    expected = 0.5 * (1.0 + t) / np.square(sde.std(t)) * errors.numpy()
    assert_allclose(weight.numpy() * errors.numpy(), expected, rtol=1e-4)
    for wrong in ([0.5, 1.5], [[0.5]], [0.0, 0.5]):
        with pytest.raises(ValueError, match="time_sampling"):
            DenoisingScoreMatching(time_sampling=wrong).draw_levels(
                sde, span(sde), 4, seeded()
            )


def test_training_at_given_times():
    X = np.random.RandomState(0).standard_normal((60, 2))
    sampler = DiffusionResidualSampler(
        loss=DenoisingScoreMatching(time_sampling=np.linspace(0.01, 1.0, 20)),
        max_iter=5,
        early_stopping=False,
    ).fit(X)
    assert np.isfinite(sampler.sample(3, random_state=0)).all()
