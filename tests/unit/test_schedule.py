import itertools

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from minde.diffusion.schedule import VPSchedule
from minde.errors import ConfigError
from tests.conftest import importance_cdf


def _h(t, s):
    b = s.beta_min * t + 0.5 * t * t * (s.beta_max - s.beta_min)
    return (s.beta_min + t * (s.beta_max - s.beta_min)) / -np.expm1(-b)


@pytest.mark.parametrize("s", [VPSchedule(), VPSchedule(0.5, 5.0, 1e-2), VPSchedule(1.0, 1.0)])
def test_normaliser_equals_quadrature(s):
    numeric = s.t_eps * _h(s.t_eps, s)
    # Split at powers of ten: the integrand falls like 1/t.
    edges = sorted({s.t_eps, 1.0, *[x for x in (1e-2, 0.1) if x > s.t_eps]})
    for a, b in itertools.pairwise(edges):
        numeric += quad(_h, a, b, args=(s,))[0]
    assert s.z == pytest.approx(numeric, rel=1e-7)


def test_published_normaliser(schedule):
    assert schedule.z == pytest.approx(20.256, abs=5e-4)
    assert schedule.z_flat == pytest.approx(1.091, abs=5e-4)


def test_inverse_cdf_inverts_cdf(schedule):
    u = torch.linspace(1e-6, 1.0, 20_001, dtype=torch.float64)
    t = schedule.importance_inverse_cdf(u)
    assert torch.all(t[1:] > t[:-1])
    torch.testing.assert_close(importance_cdf(schedule, t), u, rtol=1e-9, atol=1e-12)


def test_density_is_derivative_of_cdf(schedule):
    t = torch.linspace(1e-4, 0.999, 5_000, dtype=torch.float64).requires_grad_(True)
    (slope,) = torch.autograd.grad(importance_cdf(schedule, t).sum(), t)
    torch.testing.assert_close(slope, schedule.importance_density(t.detach()), rtol=1e-7, atol=0)


def test_variance_is_preserved_and_exact_for_small_times(schedule):
    t32 = torch.logspace(-8, 0, 200)
    a, s = schedule.alpha(t32), schedule.sigma(t32)
    torch.testing.assert_close(a**2 + s**2, torch.ones_like(t32))
    exact = schedule.sigma(t32.double())
    # float32 has 24 bits; a naive 1 - exp(-B) would lose all of them at t = 1e-8.
    torch.testing.assert_close(s.double(), exact, rtol=1e-6, atol=0)


def test_importance_weight_is_minus_the_slope_of_log_snr(schedule):
    t = torch.linspace(0.01, 0.99, 100, dtype=torch.float64).requires_grad_(True)
    (slope,) = torch.autograd.grad(schedule.log_snr(t).sum(), t)
    weight = schedule.g2(t) / schedule.sigma(t) ** 2
    torch.testing.assert_close(-slope, weight)


def test_chi_is_the_variance_of_a_diffused_gaussian(schedule):
    t = torch.linspace(0.0, 1.0, 50, dtype=torch.float64)
    expected = schedule.alpha(t) ** 2 * 2.5**2 + schedule.sigma(t) ** 2
    torch.testing.assert_close(schedule.chi(t, 2.5), expected)


@pytest.mark.parametrize("bad", [{"beta_min": 0.0}, {"beta_max": 0.01}, {"t_eps": 0.0}])
def test_impossible_schedules_are_refused(bad):
    with pytest.raises(ConfigError):
        VPSchedule(**bad)


def test_bounds_of_a_schedule_are_those_it_says():
    assert VPSchedule(2.0, 2.0).z > 0.0  # a constant rate
    with pytest.raises(ConfigError, match="t_eps"):
        VPSchedule(t_eps=1.0)


def test_the_rate_is_the_slope_of_its_integral(schedule):
    t = torch.linspace(0.0, 1.0, 101, dtype=torch.float64).requires_grad_(True)
    (slope,) = torch.autograd.grad(schedule.integrated_beta(t).sum(), t)
    torch.testing.assert_close(slope, schedule.g2(t.detach()))
    ends = schedule.g2(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert ends.tolist() == pytest.approx([0.1, 20.0])
    assert schedule.integrated_beta(torch.tensor(1.0).double()).item() == pytest.approx(10.05)


def test_times_stay_within_the_diffusion(schedule):
    t = schedule.importance_inverse_cdf(torch.tensor([0.0, 0.5, 1.0 + 1e-9], dtype=torch.float64))
    assert t[0].item() == 1e-12
    assert t[2].item() == 1.0


def test_uniform_times_have_the_weight_of_the_density(schedule):
    t = torch.tensor([1e-6, 1e-3, 0.2, 1.0], dtype=torch.float64)
    expected = [_h(max(v, schedule.t_eps), schedule) for v in t.tolist()]
    assert schedule.uniform_weight(t).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("variance", [1e-6, 1e-4, 1.0])
def test_what_the_flat_density_leaves_out(schedule, variance):
    # By the ratio s of noise to signal: all there is below S, and what even draws of s count of it.
    end = np.expm1(schedule.t_eps * (0.1 + 0.5 * schedule.t_eps * 19.9))
    there = quad(lambda s: 0.5 / (variance + s), 0.0, end)[0]
    counted = quad(lambda s: 0.5 * schedule.z_flat / end * s / (variance + s), 0.0, end)[0]
    found = schedule.missing(torch.tensor([variance], dtype=torch.float64))
    assert found.item() == pytest.approx(there - counted, rel=1e-9, abs=1e-12)
    assert schedule.missing(torch.tensor([float("inf")]).double()).item() == 0.0
