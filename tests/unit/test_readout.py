"""Exact scores in place of a network: every read-out must hit the closed form."""

import pytest
import torch

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import Role, conditional, joint
from minde.options import ReadoutOptions
from minde.readout.influence import Influence
from minde.readout.measures import INTERACTION, MEASURES, MI_CONDITIONAL, MI_JOINT
from minde.readout.readout import Readout, Terms, bin_edges, read_out, summed, with_scaled
from tests.conftest import gaussian_pair

SIGMAS = (0.5, 1.0, 3.0)


def _read(
    make,
    dim,
    rho,
    schedule,
    n=4000,
    n_draws=10,
    seed=0,
    importance=True,
    antithetic=False,
    **kwargs,
):
    family = make(dim, dim)
    data, covariance, mi = gaussian_pair(dim, rho, n, seed)
    model = GaussianNoise(covariance[None], family, schedule)
    measure = MEASURES[family.name]
    options = ReadoutOptions(n_draws=n_draws, sigma_refs=SIGMAS, antithetic=antithetic)
    diffuser = Diffuser(family, schedule, importance=importance)
    out = read_out(model, data[None], diffuser, measure, [seed], options, **kwargs)
    return out, mi


@pytest.mark.parametrize("make", [conditional, joint])
@pytest.mark.parametrize(("dim", "rho"), [(1, 0.0), (1, 0.75), (3, 0.5), (3, 0.9), (10, 0.6)])
def test_every_readout_hits_the_closed_form_within_its_standard_error(make, dim, rho, schedule):
    out, mi = _read(make, dim, rho, schedule)
    for name, readout in out.items():
        # Four standard errors: about 40 read-outs are checked, so 4 keeps false alarms < 0.3%.
        # 2e-3 nats is the part of the integral that the flat density below t_eps blurs.
        tolerance = 4.0 * readout.std_error.item() + 2e-3
        assert readout.value.item() == pytest.approx(mi, abs=tolerance), name


@pytest.mark.parametrize("make", [conditional, joint])
def test_importance_and_uniform_times_agree(make, schedule):
    a, _ = _read(make, 2, 0.7, schedule, importance=True)
    b, _ = _read(make, 2, 0.7, schedule, seed=1, importance=False)
    for name in a:
        spread = (a[name].std_error ** 2 + b[name].std_error ** 2).sqrt().item()
        # Four joint standard errors, as above.
        assert abs(a[name].value.item() - b[name].value.item()) < 4.0 * spread, name


def test_conditional_and_joint_families_agree(schedule):
    c, _ = _read(conditional, 3, 0.8, schedule)
    j, _ = _read(joint, 3, 0.8, schedule)
    spread = (c["inside"].std_error ** 2 + j["inside"].std_error ** 2).sqrt().item()
    assert abs(c["inside"].value.item() - j["inside"].value.item()) < 4.0 * spread


def test_standard_error_falls_like_one_over_root_n(schedule):
    small, _ = _read(conditional, 2, 0.7, schedule, n=1000)
    large, _ = _read(conditional, 2, 0.7, schedule, n=16_000)
    ratio = (small["gap"].std_error / large["gap"].std_error).item()
    # sqrt(16) = 4; the standard deviation of a heavy-tailed sample of 1000 varies by some 10%.
    assert ratio == pytest.approx(4.0, rel=0.25)


def test_integrand_sums_to_the_estimate_and_is_not_negative_inside(schedule):
    out, _ = _read(joint, 2, 0.7, schedule)
    for readout in out.values():
        total = readout.integrand.sum(dim=1)
        # float32 sums of 40,000 terms agree to about 1e-4.
        torch.testing.assert_close(total, readout.value, atol=1e-3, rtol=1e-3)
    assert out["inside"].integrand.min() >= 0.0
    edges = out["inside"].edges
    assert torch.all(edges[1:] > edges[:-1])
    assert edges[-1] == 1.0


def test_each_row_counts_by_its_weight(schedule):
    """The same points, each row's value times its weight; the bins add up to the same."""
    weights = torch.linspace(0.1, 1.9, 300, dtype=torch.float64)[None]
    plain, _ = _read(conditional, 2, 0.6, schedule, n=300)
    weighted, _ = _read(conditional, 2, 0.6, schedule, n=300, weights=weights)
    for name in ("inside", "gap", "outside-1"):
        # Sums of single precision.
        expected = (plain[name].pointwise * weights).float()
        torch.testing.assert_close(weighted[name].pointwise.float(), expected)
        total = weighted[name].integrand.sum(dim=1).float()
        torch.testing.assert_close(total, expected.mean(dim=1))


def test_chunks_do_not_change_the_result(schedule):
    whole, _ = _read(conditional, 2, 0.7, schedule, n=500)
    parts, _ = _read(conditional, 2, 0.7, schedule, n=500, chunk=64)
    for name in whole:
        torch.testing.assert_close(whole[name].pointwise, parts[name].pointwise)


def test_pointwise_values_follow_the_pointwise_information(schedule):
    rho = 0.8
    out, _ = _read(conditional, 1, rho, schedule, n=2000, n_draws=200)
    data, covariance, _ = gaussian_pair(1, rho, 2000, 0)
    joint_density = torch.distributions.MultivariateNormal(torch.zeros(2), covariance)
    normal = torch.distributions.Normal(0.0, 1.0)
    pmi = joint_density.log_prob(data) - normal.log_prob(data).sum(1)
    # The gap read-out at a sample is, in expectation over noise, its exact log ratio.
    got = out["gap"].pointwise[0]
    correlation = torch.corrcoef(torch.stack([got, pmi]))[0, 1]
    assert correlation > 0.9


class Shrunk:
    """Exact scores, but the difference of every pattern to the first is a share of the truth."""

    def __init__(self, exact, share, noise=0.0):
        self.exact, self.share, self.noise = exact, share, noise

    def __call__(self, values, pattern, t):
        right = self.exact(values, pattern, t)
        if pattern == 0:
            return right
        # Without its clean variable the pattern is the marginal one.
        blank = values.clone()
        blank[..., right.shape[-1] :] = 0.0
        left = self.exact(blank, 0, t)
        g = torch.Generator().manual_seed(1)
        wrong = self.noise * torch.randn(right.shape, generator=g)
        return left + self.share * (right - left) + wrong


def _read_shrunk(schedule, share, noise=0.0):
    family = conditional(2, 2)
    data, covariance, mi = gaussian_pair(2, 0.8, 20_000, 0)
    exact = GaussianNoise(covariance[None], family, schedule)
    model = Shrunk(exact, share, noise)
    out = read_out(model, data[None], Diffuser(family, schedule), MEASURES["c"], [0])
    return {k: v.value.item() for k, v in out.items()}, out["gap"].std_error.item(), mi


@pytest.mark.parametrize("share", [0.7, 0.9])
def test_scaling_restores_a_difference_that_is_learned_in_part(share, schedule):
    found, se, mi = _read_shrunk(schedule, share)
    # The other read-outs miss what their formulas say, and the scaled one hits the truth.
    assert found["inside"] == pytest.approx(share**2 * mi, abs=4 * se)
    assert found["cross"] == pytest.approx(share * mi, abs=4 * se)
    assert found["gap"] == pytest.approx((1 - (1 - share) ** 2) * mi, abs=4 * se)
    assert found["scaled"] == pytest.approx(mi, abs=4 * se / share)


def test_scaling_leaves_noise_in_the_difference_alone(schedule):
    found, se, mi = _read_shrunk(schedule, 1.0, noise=0.2)
    added = 0.5 * schedule.z * 2 * 0.2**2  # Z/2 times two coordinates
    assert found["inside"] == pytest.approx(mi + added, abs=4 * se)
    assert found["gap"] == pytest.approx(mi - added, abs=4 * se)
    assert found["cross"] == pytest.approx(mi, abs=4 * se)
    assert found["scaled"] == pytest.approx(mi, abs=4 * se)


def test_antithetic_noise_has_the_same_mean_and_a_smaller_error(schedule):
    plain, mi = _read(conditional, 2, 0.8, schedule, n=8000)
    paired, _ = _read(conditional, 2, 0.8, schedule, n=8000, antithetic=True)
    for name in plain:
        se = paired[name].std_error.item()
        assert paired[name].value.item() == pytest.approx(mi, abs=4 * se + 2e-3), name
    assert paired["gap"].std_error.item() < 0.9 * plain["gap"].std_error.item()


class Counting:
    """A noise model that answers with a known number of its points and counts its calls."""

    def __init__(self, family):
        self.family, self.points = family, 0

    def __call__(self, values, pattern, t):
        self.points += t.numel() if pattern == 0 else 0
        return (0.1 * (pattern + 1)) * torch.cos(
            values[..., : self.family.dim_out]
        ) + 0.01 * pattern


@pytest.mark.parametrize(
    ("n_draws", "antithetic", "points"), [(3, False, 3), (3, True, 4), (4, True, 4), (1, True, 2)]
)
def test_as_many_points_are_drawn_as_asked_for(n_draws, antithetic, points, schedule):
    family = conditional(1, 1)
    model = Counting(family)
    options = ReadoutOptions(n_draws=n_draws, antithetic=antithetic)
    out = read_out(
        model, torch.zeros(1, 20, 2), Diffuser(family, schedule), MI_CONDITIONAL, [0], options
    )
    assert model.points == 20 * points
    assert out["inside"].pointwise.shape == (1, 20)


@pytest.mark.parametrize("measure", [MI_CONDITIONAL, MI_JOINT], ids=["c", "j"])
def test_each_readout_is_its_formula_at_the_same_points(measure, schedule):
    family = conditional(2, 1) if measure is MI_CONDITIONAL else joint(2, 1)
    out, diffuser = family.dim_out, Diffuser(family, schedule)
    g = torch.Generator().manual_seed(0)
    x, noise = torch.randn(2, 1, 9, 3, generator=g).double()
    points = diffuser.points(x, noise, torch.rand(1, 9, generator=g).double())
    model = Counting(family)
    found = Terms(model, diffuser, measure, (1.0, 2.0))(points)
    masks = [torch.tensor(m[:out]).double() for m in family.masks(Role.DIFFUSED).tolist()]
    shown = [diffuser.values(points, k) for k in range(len(family.patterns))]
    eps = [m * model(v, k, points.t) for k, (m, v) in enumerate(zip(masks, shown, strict=True))]
    signs = [c for c, _ in measure.entropies]
    rest = eps[1] if len(eps) == 2 else eps[1] + eps[2]
    inside = (eps[0] - rest).square().sum(-1)
    gap = sum(
        c * (m * noise[..., :out] - e).square().sum(-1)
        for c, m, e in zip(signs, masks, eps, strict=True)
    )
    torch.testing.assert_close(found["inside"], inside)
    torch.testing.assert_close(found["gap"], gap)
    torch.testing.assert_close(found["cross"], 0.5 * (inside + gap))
    for width in (1.0, 2.0):
        chi = schedule.alpha(points.t) ** 2 * width**2 + schedule.sigma(points.t) ** 2
        shrink = (schedule.sigma(points.t) / chi)[..., None]
        outside = -sum(
            c * (e - m * shrink * v[..., :out]).square().sum(-1)
            for c, m, v, e in zip(signs, masks, shown, eps, strict=True)
        )
        torch.testing.assert_close(found[f"outside-{width:g}"], outside)


def test_bins_are_even_in_the_quantile_of_the_times(schedule):
    edges = bin_edges(Diffuser(conditional(1, 1), schedule))
    u = torch.arange(51, dtype=torch.float64) / 50
    torch.testing.assert_close(edges, schedule.importance_inverse_cdf(u))
    assert edges[-1] == 1.0


def test_each_bin_holds_what_was_drawn_in_it(schedule):
    def apart(values, pattern, t):  # the same difference wherever one looks
        return torch.full_like(values[..., :1], float(pattern))

    diffuser, rows = Diffuser(conditional(1, 1), schedule), torch.zeros(1, 500, 2)
    out = read_out(apart, rows, diffuser, MI_CONDITIONAL, [0], ReadoutOptions(n_draws=1))["inside"]
    # One of 500 strata for each row: ten rows in each of the 50 bins.
    torch.testing.assert_close(out.integrand, torch.full((1, 50), 0.5 * schedule.z / 50))
    torch.testing.assert_close(out.pointwise, torch.full((1, 500), 0.5 * schedule.z))


def test_sums_of_readouts_add_their_parts_and_scale_one_difference_alone():
    g = torch.Generator().manual_seed(0)

    def parts():
        values = 1.0 + torch.randn(3, 1, 40, generator=g).double()
        bins = torch.rand(3, 1, 50, generator=g).double()
        edges = torch.linspace(0.0, 1.0, 51)
        names = ("inside", "gap", "cross")
        return {n: Readout(v, b, edges) for n, v, b in zip(names, values, bins, strict=True)}

    a, b = parts(), parts()
    both = summed(a, b)
    for name in a:
        values = a[name].pointwise + b[name].pointwise
        torch.testing.assert_close(both[name].pointwise, values)
        torch.testing.assert_close(both[name].integrand, a[name].integrand + b[name].integrand)
        torch.testing.assert_close(both[name].chance.test, Influence.of_mean(values).test)
    several = with_scaled(both, INTERACTION)
    assert several["scaled"] is both["cross"]
    one = with_scaled({**both, "cross": both["gap"]}, MI_CONDITIONAL)["scaled"]
    factor = one.value / both["gap"].value
    torch.testing.assert_close(one.pointwise, factor[:, None] * both["gap"].pointwise)
    torch.testing.assert_close(one.integrand, factor[:, None] * both["gap"].integrand)
