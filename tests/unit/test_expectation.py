"""Mixtures of very many rows: their fit, the times they ask for, and what they tell of rows."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats

from minde.diffusion.gaussian import log_normals
from minde.diffusion.mixture import Mixture, MixtureNoise
from minde.diffusion.moments import moments, well_posed
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional, joint
from minde.diffusion.schedule import VPSchedule
from minde.options import ReadoutOptions
from minde.readout import known_values
from minde.readout.control_variate import Control
from minde.readout.fit_control import control_of, fit_control
from minde.readout.known_values import entropy_terms, gaussian_value, mixture_value
from minde.readout.measures import CONDITIONAL_MI, MEASURES, MI_CONDITIONAL
from minde.readout.readout import read_out
from minde.recipe import make_recipe
from minde.training import expectation, worth
from minde.training.expectation import fit_mixture, fit_to_all
from minde.training.fine_mixture import finer, left_out
from minde.training.maps import fit_maps
from minde.training.mixture import best_mixtures, fit_mixtures
from tests.unit.test_control_variate import errors, readout
from tests.unit.test_mixture import draw
from tests.unit.test_worth import bent, trainer

TERMS = entropy_terms(MI_CONDITIONAL, (1, 1))


def window(n, width, seed):
    """X and X + width U, both uniform: a density that falls at once."""
    x, e = np.random.default_rng(seed).random((2, n)) - 0.5
    return np.stack([x, x + width * e], axis=1)


def branches():
    """Two crossing Gaussians, of which a single Gaussian knows nothing."""
    ones = torch.ones(2, dtype=torch.float64)
    covariances = torch.stack([torch.tensor([[1.0, r], [r, 1.0]]).double() for r in (0.9, -0.9)])
    return Mixture(0.5 * ones[None], torch.zeros(1, 2, 2).double(), covariances[None])


def scale_of(rows):
    return well_posed(moments([x.numpy() for x in rows])[1], [rows.shape[2]])


def test_every_pass_by_parts_raises_the_likelihood(monkeypatch):
    monkeypatch.setattr(expectation, "PART", 500)
    monkeypatch.setattr(expectation, "LEAST_PASS", -1.0)
    monkeypatch.setattr(expectation, "FIRST_STEPS", 1)
    rows = torch.from_numpy(window(2200, 0.3, 0))[None]
    fits = []
    for passes in range(1, 9):
        monkeypatch.setattr(expectation, "PASSES", passes)
        mixture, _ = fit_to_all(rows, scale_of(rows), 12)
        fits.append(float(mixture.log_density(rows).mean()))
    # The prior of four rows of 180 a component may take back the last thousandths.
    assert all(b > a - 2e-3 for a, b in itertools.pairwise(fits))
    assert fits[-1] > fits[0] + 0.008


def test_by_parts_the_fit_is_as_good_as_by_all_rows_at_once(monkeypatch):
    monkeypatch.setattr(expectation, "PART", 1000)
    rows, fresh = (torch.from_numpy(window(8000, 0.3, seed))[None] for seed in (0, 1))
    whole = fit_mixture(rows, scale_of(rows), 16)
    parts, fit = fit_to_all(rows, scale_of(rows), 16)
    assert fit.item() == pytest.approx(parts.log_density(rows).mean().item(), abs=2e-3)
    a, b = (m.log_density(fresh).mean().item() for m in (whole, parts))
    # Other local optima: of 96 parameters and 8,000 rows p / n is 0.012.
    assert b == pytest.approx(a, abs=0.012)


def test_members_are_fitted_apart_and_one_component_is_the_weighted_moments():
    rng = np.random.default_rng(3)
    rows = torch.from_numpy(rng.normal(size=(2, 300, 3)) * [1.0, 0.2, 5.0])
    weights = torch.from_numpy(rng.integers(1, 4, size=(2, 300)).astype(float))
    own = weights / weights.mean(1, keepdim=True)
    repeated = rows[1].repeat_interleave(weights[1].long(), dim=0)[None]
    scale = scale_of(rows)
    both, _ = fit_to_all(rows, scale, 1, weights=own)
    alone, _ = fit_to_all(rows[1:], scale[1:], 1, weights=own[1:])
    torch.testing.assert_close(both.means[1:], alone.means)
    torch.testing.assert_close(both.means[1, 0], repeated[0].mean(0))
    torch.testing.assert_close(both.covariances[1:], alone.covariances)


def test_all_rows_resolve_an_edge_that_some_of_them_do_not():
    rows, fresh = window(40_000, 0.3, 0), torch.from_numpy(window(20_000, 0.3, 1))[None]
    some, every = (best_mixtures([x], (1, 1)) for x in (rows[::4], rows))
    a, b = (m.log_density(fresh).mean().item() for m in (some, every))
    assert every.weights.shape[1] > some.weights.shape[1]
    assert b > a + 0.01  # ten standard errors of the difference


@pytest.mark.parametrize("n", [2000, 12_000])
def test_columns_that_determine_one_another_are_fitted(n):
    x, e = np.random.default_rng(0).normal(size=(2, n))
    rows = np.stack([x, x, x + e], axis=1)
    found = best_mixtures([rows], (1, 2), components=(2, 24))
    data = torch.from_numpy(rows)[None]
    assert torch.isfinite(found.log_density(data)).all()
    family = conditional(1, 2)
    t = torch.full((1, n), 0.3)
    assert torch.isfinite(MixtureNoise(found, family, VPSchedule())(data, 0, t)).all()
    assert torch.isfinite(fit_to_all(data, scale_of(data), 32)[0].log_density(data)).all()


def test_of_very_many_normal_rows_one_gaussian_does():
    x, e = np.random.default_rng(0).normal(size=(2, 20_000))
    assert fit_mixtures([np.stack([x, x + e], axis=1)], (1, 1)) is None


@pytest.mark.parametrize("rho", [0.5, 0.999])
def test_what_a_mixture_leaves_out_is_what_the_variance_does_where_it_is_gaussian(rho):
    covariance = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64)[None, None]
    one = Mixture(torch.ones(1, 1).double(), torch.zeros(1, 1, 2).double(), covariance)
    schedule = VPSchedule()
    variances = torch.tensor([1.0 - rho**2, 1.0], dtype=torch.float64)
    known = schedule.missing(variances)
    # Five trapezes, and 2,000 rows.
    expected = float(known[0] - known[1])
    assert left_out(one, (1, 1), schedule) == pytest.approx(expected, abs=1e-3 + 0.1 * expected)


def test_edges_ask_for_a_smaller_time_and_a_smooth_law_does_not():
    schedule = VPSchedule()
    rows = window(30_000, 0.1, 0)
    edges = fit_mixtures([rows / rows.std(axis=0)], (1, 1))
    asked = finer(schedule, edges, (1, 1))
    assert asked.t_eps < schedule.t_eps
    assert left_out(edges, (1, 1), asked) < 0.003 < left_out(edges, (1, 1), schedule)
    assert finer(schedule, branches(), (1, 1)) == schedule


def test_rounded_columns_ask_for_no_smaller_time_and_edges_of_many_rows_do():
    rng, options = np.random.default_rng(0), make_recipe("fast", "c", 2).training
    x, e = rng.normal(size=(2, 11_000))
    rounded = np.stack([np.round(x, 1), np.round(x + e, 1)], axis=1)
    times = []
    for rows in (rounded, window(11_000, 0.1, 0), window(9_000, 0.1, 0)):
        times.append(fit_maps([(rows, rows[:100])], options, conditional(1, 1)).schedule.t_eps)
    assert times[0] == VPSchedule().t_eps
    assert times[1] < times[2]


def test_pointwise_values_of_a_mixture(monkeypatch):
    monkeypatch.setattr(known_values, "ROWS", 7)
    data = torch.randn(2, 50, 3, generator=torch.Generator().manual_seed(0)).double()
    terms = entropy_terms(CONDITIONAL_MI, (1, 1, 1))
    mean, root = torch.zeros(2, 3).double(), torch.eye(3).double() + 0.3
    covariance = (root @ root.mT).expand(2, 3, 3)
    one = Mixture(torch.ones(2, 1).double(), mean[:, None], covariance[:, None])
    torch.testing.assert_close(
        mixture_value(data, one, terms), gaussian_value(data, mean, covariance, terms)
    )
    mixture, rows = branches(), data[:1, :, :2]
    one_column = log_normals(rows[..., :1], torch.ones(1, 1, 1).double())
    expected = mixture.log_density(rows) - one_column
    expected = expected - log_normals(rows[..., 1:], torch.ones(1, 1, 1).double())
    torch.testing.assert_close(mixture_value(rows, mixture, TERMS), expected)


@pytest.mark.parametrize("make", [conditional, joint])
def test_a_mixtures_noise_averages_out_row_by_row_whatever_the_rows(make, schedule):
    family, mixture = make(1, 1), branches()
    rows = torch.tensor([[2.0, -1.0], [0.1, 0.0], [-1.5, 1.4]])
    data = rows.repeat_interleave(4000, dim=0)[None]
    model = MixtureNoise(mixture, family, schedule)
    options = ReadoutOptions(n_draws=50)
    found = read_out(model, data, Diffuser(family, schedule), MEASURES[family.name], [0], options)
    gap = found["gap"].pointwise[0].double().view(3, 4000)
    known = mixture_value(rows[None].double(), mixture, TERMS)[0]
    se = gap.std(dim=1) / math.sqrt(4000)
    # 5e-3 nats for what the flat density below t_eps blurs.
    assert torch.all((gap.mean(dim=1) - known).abs() < 4 * se + 5e-3)


def test_where_a_mixture_knows_the_law_the_error_falls_as_with_all_rows():
    mixture, n, m = branches(), 1000, 20_000
    truth = mixture_value(draw(mixture, 1_000_000, 99), mixture, TERMS).mean().item()
    pairs = []
    for seed in range(24):
        train, test = draw(mixture, m, seed), draw(mixture, n, 1000 + seed)
        v = mixture_value(test, mixture, TERMS)
        control = fit_control(train, TERMS, (1, 1), mixture=mixture, schedule=VPSchedule())
        assert [law.known is None for law in control.mixtures] == [False, True]
        # Without noise each law's gap is its value.
        own = gaussian_value(test, control.mean, control.covariance, TERMS)
        gaps = [own, *(mixture_value(test, law.mixture, TERMS) for law in control.mixtures)]
        before = readout(v)
        pairs.append((before, control.apply(before, control.values(test, gaps))))
    rms, bias, claimed = errors(pairs, truth)
    # 1,000 rows become 19,000: a factor of 0.23; 24 draws tell a deviation to 15%.
    assert rms[1] / rms[0] == pytest.approx(math.sqrt(n / (0.9 * m + n)), rel=0.5)
    assert rms[1] == pytest.approx(claimed, rel=0.4)
    assert abs(bias) < 3 * rms[1] / math.sqrt(24)


def test_few_rows_and_many_columns_have_the_gaussians_control_alone():
    mixture = branches()
    rows = draw(mixture, 12_000, 0)
    given = {"mixture": mixture, "schedule": VPSchedule()}
    assert len(fit_control(rows, TERMS, (1, 1), **given).mixtures) == 2
    assert fit_control(rows[:, :10_000], TERMS, (1, 1), **given).mixtures == ()
    assert fit_control(rows, TERMS, (1, 1)).mixtures == ()
    wide = torch.randn(1, 12_000, 11, generator=torch.Generator().manual_seed(0)).double()
    eleven = entropy_terms(MI_CONDITIONAL, (6, 5))
    assert fit_control(wide, eleven, (6, 5), **given).mixtures == ()


def test_a_mixture_finer_than_the_smallest_time_is_no_control():
    """Its noise would have a mean: what lies below that time."""
    x, e = np.random.default_rng(0).normal(size=(2, 12_000))
    rows = np.stack([np.round(2 * x), np.round(2 * (x + e))], axis=1)
    rows = np.stack([stats.norm.ppf((stats.rankdata(c) - 0.5) / len(c)) for c in rows.T], axis=1)
    law = fit_mixtures([rows], (1, 1))
    assert left_out(law, (1, 1), VPSchedule()) > 0.05
    data = torch.from_numpy(rows)[None]
    assert fit_control(data, TERMS, (1, 1), mixture=law, schedule=VPSchedule()).mixtures == ()
    smooth = fit_control(data, TERMS, (1, 1), mixture=branches(), schedule=VPSchedule())
    assert [law.known is None for law in smooth.mixtures] == [True]


def test_in_time_order_the_rows_tell_nothing():
    mixture = branches()
    rows = draw(mixture, 12_000, 0)
    control = control_of(MI_CONDITIONAL, (1, 1), rows, None, mixture, VPSchedule(), gap=5)
    assert isinstance(control, Control)
    assert [known.shape[1] for known in control.knowns.values()] == [0, 0]
    assert not control.others.any()
    assert [law.known is None for law in control.mixtures] == [False, True]


def test_where_mixtures_are_of_many_rows_a_network_is_given_more_time(monkeypatch):
    options = {"blend": "mixture", "n_steps": 960}
    few = trainer(bent, **options).run()[0]
    monkeypatch.setattr(worth, "fitted_to_all", lambda n, dim: n > 1000)
    many = trainer(bent, **options).run()[0]
    # Of the same law and rows, of which the mixture knows enough for the network to add nothing.
    assert few.idle
    assert few.steps < 360 <= many.steps
    # A Gaussian alone is no such mixture.
    (plain,) = trainer(bent, n_steps=960).worths
    assert plain.first == 250
