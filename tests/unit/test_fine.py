"""The smallest diffusion time: exact scores to 10 nats, and a choice that sees the rows alone."""

import math

import numpy as np
import pytest
import torch

from minde import MINDE
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional, joint
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.storage import load_ensemble, save_ensemble
from minde.ensemble.train import train
from minde.options import ReadoutOptions
from minde.preprocessing.smooth import log_slope
from minde.preprocessing.transforms import Copula
from minde.readout.fit_control import fit_control
from minde.readout.known_values import entropy_terms
from minde.readout.measures import MEASURES
from minde.readout.notes import smallest_times_warning
from minde.readout.readout import read_out
from minde.recipe import make_recipe
from minde.training.fine import SMALLER, Scales, map_for, schedule_for
from minde.training.job import Job
from minde.training.prepared import with_maps
from tests.trainers import fit

N = 20_000


def pair(nats, n, seed=0):
    """A normal pair of so many nats, (n, 2) in double."""
    rng = np.random.default_rng(seed)
    v = math.exp(-2.0 * nats)
    x = rng.normal(size=(n, 1))
    return np.concatenate([x, math.sqrt(1 - v) * x + math.sqrt(v) * rng.normal(size=(n, 1))], 1)


def exact(nats, family, schedule):
    r = math.sqrt(1 - math.exp(-2.0 * nats))
    covariance = torch.tensor([[1.0, r], [r, 1.0]], dtype=torch.float64)[None]
    return GaussianNoise(covariance, family, schedule)


def asked(rows):
    return schedule_for(Scales.of(rows, (1, 1)))


def job_of(rows, name="c", **options):
    recipe = make_recipe("fast", name, rows.shape[1], **{"n_steps": 64, "width": 16} | options)
    return Job([rows], conditional(1, 1), recipe, [0])


@pytest.mark.parametrize("make", [conditional, joint])
@pytest.mark.parametrize("nats", [4.5, 6.0, 8.0, 10.0])
def test_exact_scores_are_right_to_ten_nats(nats, make):
    family, schedule = make(1, 1), asked(pair(nats, N))
    data = torch.from_numpy(pair(nats, N, 1)).float()[None]
    model = exact(nats, family, schedule)
    options, diffuser = ReadoutOptions(antithetic=True), Diffuser(family, schedule)
    out = read_out(model, data, diffuser, MEASURES[family.name], [0], options)
    for name, found in out.items():
        # Three standard errors, of 0.03 to 0.06 nats, or 1%; with the paper's smallest time the
        # values are 4.3, 5.0, 5.1 and 5.1.
        tolerance = max(3 * found.std_error.item(), 0.01 * nats)
        assert found.value.item() == pytest.approx(nats, abs=tolerance), name


@pytest.mark.parametrize("make", [conditional, joint])
@pytest.mark.parametrize("nats", [4.0, 5.0, 6.0])
def test_the_control_variates_noise_has_mean_zero(nats, make):
    family, rows = make(1, 1), pair(nats, N)
    schedule, measure = asked(rows), MEASURES[family.name]
    data = torch.from_numpy(pair(nats, N, 1)).float()[None]
    control = fit_control(
        torch.from_numpy(rows)[None], entropy_terms(measure, family.dims), family.dims
    )
    model = GaussianNoise(control.covariance, family, schedule, control.mean)
    options, diffuser = ReadoutOptions(antithetic=True), Diffuser(family, schedule)
    gap = read_out(model, data, diffuser, measure, [0], options)["gap"]
    w = control.values(data, [gap.pointwise])[0, 0]
    # Three standard errors; with the paper's smallest time w is -0.08, -0.37, -1.04 in family C.
    assert abs(w.mean().item()) < 3 * w.std().item() / math.sqrt(N)


@pytest.mark.parametrize("variance", [1.0, 1e-2, 1e-4, 1e-8])
def test_what_is_left_out_is_what_exact_scores_lack(variance):
    """By quadrature over log-SNR, far beyond, against the flat part's own formula."""
    schedule = VPSchedule()
    wide = torch.linspace(-15.0, 40.0, 200_001, dtype=torch.float64)
    share = 1.0 / (1.0 + variance * torch.exp(wide))
    whole = 0.5 * torch.trapezoid(share, wide)
    u = (torch.arange(400_000, dtype=torch.float64) + 0.5) / 400_000
    ratio = schedule.log_snr(schedule.importance_inverse_cdf(u))
    counted = 0.5 * schedule.z * (1.0 / (1.0 + variance * torch.exp(ratio))).mean()
    # The integral from time one on, where log-SNR is -10, is the same in both up to 2e-5.
    end = schedule.log_snr(torch.ones((), dtype=torch.float64)).item()
    whole = whole - 0.5 * torch.trapezoid(share[wide < end], wide[wide < end])
    found = schedule.missing(torch.tensor(variance, dtype=torch.float64))
    # Below t_eps the rate beta changes by a fifth, and so s is not quite uniform: 3% of the result.
    assert found.item() == pytest.approx((whole - counted).item(), rel=0.03, abs=1e-3)


def test_rows_that_do_not_ask_keep_time_and_map():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(2, 4000, 1))
    swirl = np.stack([t[:, 0] * np.cos(3 * t[:, 0]), t[:, 0] * np.sin(3 * t[:, 0])], 1)
    for rows, dims in (
        (pair(0.4, 4000), (1, 1)),
        (pair(2.5, 4000), (1, 1)),
        (np.concatenate([swirl, t + x], 1), (2, 1)),  # x lies on a curve, whatever y
        (np.concatenate([x, x, t + x], 1), (2, 1)),  # a repeated column
        (np.concatenate([x, np.sign(x)], 1), (1, 1)),  # a label
        (np.concatenate([np.round(2 * x), np.round(2 * x + t)], 1), (1, 1)),  # counts
        (rng.normal(size=(60, 50)), (25, 25)),  # few rows
    ):
        scales = Scales.of(rows, dims)
        assert schedule_for(scales) == VPSchedule()


def test_the_finer_the_smaller():
    times = [asked(pair(nats, 4000)).t_eps for nats in (2.0, 4.0, 6.0, 8.0, 10.0)]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 5
    assert times[0] == VPSchedule().t_eps
    assert times[-1] == SMALLER[-1]


def test_a_curve_asks_though_its_covariance_does_not():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(8000, 1))
    rows = np.concatenate([x, np.cos(20 * x) + 0.001 * rng.normal(size=x.shape)], 1)
    scales = Scales.of(rows, (1, 1))
    assert scales.conditional.min() > 0.05
    assert schedule_for(scales).t_eps < 1e-4
    # Of y given x: noise of 0.001 where networks resolve 0.01.
    assert scales.unresolved == pytest.approx(math.log(10), abs=0.3)


def test_a_smooth_map_keeps_what_ranks_of_few_rows_blur():
    """-1/2 log of the conditional variance, at 8 nats, 7.6 under the map of all ranks."""
    rows, test = pair(8.0, 4000), pair(8.0, 4000, 1)
    values = {}
    plain = Copula.fit(rows)
    for name, f in (("ranks", plain), ("smooth", map_for(plain, rows, test, (1, 1)))):
        c = np.cov(f(test).T)
        values[name] = -0.5 * math.log(1 - c[0, 1] ** 2 / c[0, 0] / c[1, 1])
    assert values["ranks"] < 7.7
    assert values["smooth"] == pytest.approx(8.0, abs=4 * math.sqrt(0.5 / 4000))


def test_the_map_follows_the_marginals_where_they_bend():
    rows, test = np.sinh(2 * pair(6.0, 8000)), np.sinh(2 * pair(6.0, 8000, 1))
    plain = Copula.fit(rows)
    f = map_for(plain, rows, test, (1, 1))
    c = np.cov(f(test).T)
    straight = np.cov(test.T)
    values = [-0.5 * math.log(1 - a[0, 1] ** 2 / a[0, 0] / a[1, 1]) for a in (c, straight)]
    assert values[0] > values[1]
    assert values[0] == pytest.approx(6.0, abs=0.15)


def test_slopes_are_derivatives():
    rows = np.exp(pair(1.0, 4000))
    f = map_for(Copula.fit(rows), rows, rows, (1, 1))
    x = np.exp(np.linspace(-1.0, 1.0, 41))[:, None].repeat(2, 1) + 1e-3
    step = 1e-7
    slope = (f(x + step) - f(x - step)) / (2 * step)
    np.testing.assert_allclose(np.exp(log_slope(f, x)), slope, rtol=1e-5)


def test_the_papers_recipe_and_a_given_schedule_are_left_alone():
    rows = pair(6.0, 1000)
    recipe = make_recipe("paper", "c", 2, n_steps=4, width=16)
    one = Job([rows], conditional(1, 1), recipe, [0])
    assert with_maps(one).maps.schedule == VPSchedule()
    given = VPSchedule(t_eps=1e-5)
    assert with_maps(job_of(rows), given).maps.schedule == given
    fixed = with_maps(job_of(rows, smallest_time="fixed")).maps
    assert fixed.schedule == VPSchedule()
    assert fixed.transforms[0].knots.shape[1] > 800


def test_an_ensemble_with_small_times_comes_back_from_its_file(tmp_path):
    rows = pair(6.0, 1000)
    recipe = job_of(rows, batch_size=64).recipe
    ensemble = fit([rows, rows], conditional(1, 1), recipe, [0, 1])
    save_ensemble(ensemble, tmp_path / "p.safetensors")
    back = load_ensemble(tmp_path / "p.safetensors", "cpu")
    assert back.schedule == ensemble.schedule != VPSchedule()
    assert back.covariance.dtype == torch.float64
    readings = (e.read([rows, rows], MEASURES["c"]).final for e in (ensemble, back))
    a, b = (out["cross"].pointwise for out in readings)
    assert torch.equal(a, b)


def test_members_trained_apart_share_the_time():
    a, b = pair(3.5, 600, 0), pair(6.0, 600, 1)
    both = Job([a, b], conditional(1, 1), job_of(a, batch_size=64).recipe, [0, 1])
    ensemble = train([both], "cpu")[0]
    assert ensemble.schedule.t_eps == asked(b).t_eps


@pytest.mark.parametrize("family", ["c", "j"])
@pytest.mark.parametrize(
    "nats", [*(pytest.param(k, marks=pytest.mark.slow) for k in (5.0, 6.0)), 8.0]
)
def test_fits_hold_the_truth(nats, family):
    rows = pair(nats, 4000)
    options = {"n_steps": 320, "width": 32, "batch_size": 128}
    model = MINDE(family=family, n_seeds=1, options=options)
    found = model.fit(rows[:, :1], rows[:, 1:]).mutual_information()
    low, high = found.interval
    assert low < nats < high
    assert high - low < 0.2 * nats
    assert found.diagnostics["smallest_times"] < 0.02


def test_a_value_that_stops_at_the_smallest_time_says_so():
    rows = pair(6.0, 4000)
    options = {"n_steps": 64, "width": 16, "batch_size": 128, "smallest_time": "fixed"}
    model = MINDE(n_seeds=1, folds=1, options=options).fit(rows[:, :1], rows[:, 1:])
    found = model.mutual_information()
    # The control variate carries some of what is missing over; without it the value is 5.0. What
    # nearest neighbours add is not what networks stop at.
    assert found.diagnostics["networks_alone"] < 5.8
    assert any("a lower bound" in line for line in found.warnings)
    assert found.diagnostics["smallest_times"] > 0.2


def test_a_curve_too_fine_for_networks_is_said():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(4000, 1))
    y = np.cos(20 * x) + 0.001 * rng.normal(size=x.shape)
    options = {"n_steps": 64, "width": 16, "batch_size": 128}
    found = MINDE(n_seeds=1, folds=1, options=options).fit(x, y).mutual_information()
    assert any("along a curve" in line for line in found.warnings)


def test_no_sentence_within_the_standard_error():
    integrand = np.full(50, 0.1)
    assert smallest_times_warning(integrand, 0.1)
    assert not smallest_times_warning(integrand, 0.3)
    assert not smallest_times_warning(np.full(50, 0.005), 0.0)
