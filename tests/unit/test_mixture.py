"""Mixtures of Gaussians: their exact scores, and their fit."""

import math

import numpy as np
import pytest
import torch

from minde.diffusion.gaussian import GaussianNoise, log_normals
from minde.diffusion.mixture import Mixture, MixtureNoise
from minde.diffusion.moments import moments, well_posed
from minde.diffusion.points import Diffuser
from minde.diffusion.products import MOST_COLUMNS, Products
from minde.diffusion.roles import Role, conditional, joint
from minde.options import ReadoutOptions
from minde.readout.measures import MEASURES
from minde.readout.readout import read_out
from minde.training import mixture as mixture_module
from minde.training.expectation import fit_mixture
from minde.training.mixture import (
    COMPONENTS,
    Mixtures,
    best_mixtures,
    fit_mixtures,
)

DIMS = (2, 1)


def some_mixture(members=2, k=3, dim=3, seed=0):
    g = torch.Generator().manual_seed(seed)
    root = 0.6 * torch.randn(members, k, dim, dim, generator=g, dtype=torch.float64)
    weights = torch.rand(members, k, generator=g, dtype=torch.float64) + 0.2
    return Mixture(
        weights / weights.sum(1, keepdim=True),
        1.5 * torch.randn(members, k, dim, generator=g, dtype=torch.float64),
        root @ root.mT + 0.05 * torch.eye(dim),
    )


def draw(mixture, n, seed=0):
    g = torch.Generator().manual_seed(seed)
    which = torch.multinomial(mixture.weights, n, replacement=True, generator=g)
    factor = torch.linalg.cholesky(mixture.covariances)
    rows = []
    for e, at in enumerate(which):
        noise = torch.randn(n, mixture.means.shape[2], 1, generator=g, dtype=torch.float64)
        rows.append(mixture.means[e][at] + (factor[e][at] @ noise)[..., 0])
    return torch.stack(rows)


def marginal(mixture, columns):
    c = torch.tensor(columns)
    return Mixture(mixture.weights, mixture.means[..., c], mixture.covariances[..., c[:, None], c])


@pytest.mark.parametrize("make", [conditional, joint])
def test_the_noise_is_the_gradient_of_the_log_density(make, schedule):
    family, mixture = make(*DIMS), some_mixture()
    points = draw(mixture, 40)
    t = torch.linspace(0.01, 0.9, 40, dtype=torch.float64).expand(2, -1)
    alpha, sigma = schedule.alpha(t), schedule.sigma(t)
    noise = torch.randn(points.shape, generator=torch.Generator().manual_seed(1)).double()
    diffused, clean = (family.masks(role).bool() for role in (Role.DIFFUSED, Role.CLEAN))
    for k in range(len(family.patterns)):
        d, c = diffused[k], clean[k]
        values = torch.where(d, alpha[..., None] * points + sigma[..., None] * noise, points)
        values = values * (d | c)
        got = MixtureNoise(mixture, family, schedule)(values, k, t)
        # The joint density of the diffused part at t and the clean part, component by component.
        x = values.clone().requires_grad_(True)
        scale = torch.where(d, alpha[..., None], 1.0) * (d | c)
        mean = scale[:, None] * mixture.means[:, :, None]
        grown = (
            scale[:, None, :, :, None] * mixture.covariances[:, :, None] * scale[:, None, :, None]
        )
        grown = grown + torch.diag_embed(torch.where(d, sigma[..., None] ** 2, 0.0))[:, None]
        grown = grown + torch.diag_embed((~(d | c)).double())
        log = log_normals((x[:, None] - mean)[..., None, :], grown)[..., 0]
        density = torch.logsumexp(mixture.weights.log()[..., None] + log, dim=1)
        (slope,) = torch.autograd.grad(density.sum(), x)
        wanted = (-sigma[..., None] * slope * d)[..., : family.dim_out]
        torch.testing.assert_close(got, wanted, rtol=1e-8, atol=1e-8)


def test_one_component_is_the_gaussian(schedule):
    family, one = conditional(*DIMS), some_mixture(k=1)
    values, t = draw(one, 50), torch.full((2, 50), 0.2, dtype=torch.float64)
    gaussian = GaussianNoise(one.covariances[:, 0], family, schedule, one.means[:, 0])
    mixture = MixtureNoise(one, family, schedule)
    for k in (0, 1):
        at = values * (family.masks(Role.DIFFUSED) + family.masks(Role.CLEAN))[k]
        torch.testing.assert_close(mixture(at, k, t), gaussian(at, k, t))


def test_its_read_out_is_the_mean_of_its_log_ratio(schedule):
    # Two routes to I(X; Y) of a mixture: through the scores, and in closed form per row.
    mixture, family = some_mixture(seed=2), conditional(*DIMS)
    rows = draw(mixture, 6000, seed=3)
    ratio = (
        mixture.log_density(rows)
        - marginal(mixture, [0, 1]).log_density(rows[..., :2])
        - marginal(mixture, [2]).log_density(rows[..., 2:])
    )
    out = read_out(
        MixtureNoise(mixture, family, schedule),
        rows,
        Diffuser(family, schedule),
        MEASURES["c"],
        [0, 1],
        ReadoutOptions(n_draws=10, antithetic=True),
    )
    for name in ("inside", "cross"):
        # Four standard errors of what is noise of the read-out, rows being the same; the integral
        # stops at the smallest time.
        off = (out[name].pointwise - ratio).mean(dim=1)
        error = (out[name].pointwise - ratio).std(dim=1) / math.sqrt(6000)
        assert (off.abs() < 4 * error + 0.01).all(), name


def test_separate_blobs_are_found():
    rng = np.random.default_rng(0)
    centres = np.array([[-3.0, 1.0], [0.0, -2.0], [3.0, 3.0]])
    rows = centres[rng.integers(3, size=1500)] + 0.3 * rng.normal(size=(1500, 2))
    found = fit_mixtures([rows], (1, 1))
    means = found.means[0].numpy()
    for centre in centres:
        # Standard error of a mean of 500 rows: 0.013.
        assert np.abs(means - centre).max(axis=1).min() < 0.08


def test_normal_rows_ask_for_no_mixture():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(3, 3))
    members = [rng.normal(size=(900, 3)) @ root for _ in range(3)]
    assert fit_mixtures(members, (2, 1)) is None


def test_members_are_fitted_as_alone():
    rng = np.random.default_rng(2)
    rows = torch.from_numpy(
        np.concatenate([rng.normal(-2, 1, (2, 200, 2)), rng.normal(2, 0.5, (2, 200, 2))], 1)
    )
    scale = torch.stack([x.T.cov(correction=0) for x in rows])
    both, alone = fit_mixture(rows, scale, 2), fit_mixture(rows[1:], scale[1:], 2)
    # All members stop at one step, so that they agree up to the gain below which they stop.
    torch.testing.assert_close(both.means[1], alone.means[0], rtol=0, atol=0.05)


def test_repeated_columns_do_not_break_the_fit():
    rng = np.random.default_rng(3)
    x = np.where(rng.random(600) < 0.5, -2.0, 2.0) + rng.normal(size=600)
    rows = np.stack([x, x, x + rng.normal(size=600)], axis=1)
    found = fit_mixtures([rows], (2, 1))
    assert found is None or bool(
        torch.isfinite(found.log_density(torch.from_numpy(rows)[None])).all()
    )


def test_columns_in_another_order_take_the_mixtures_that_are_known():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, 3)) + 4.0 * rng.integers(0, 2, (400, 1))
    first, again = [z[:300], z[100:]], [z[:300][:, [2, 0, 1]], z[100:][:, [2, 0, 1]]]
    kept = Mixtures()
    found, turned = kept.fit(first, (2, 1)), kept.fit(again, (1, 2))
    alone = fit_mixtures(again, (1, 2))
    rows = torch.from_numpy(np.stack(again))
    assert torch.equal(turned.weights, found.weights)
    # Fitted anew it is the same mixture, up to the rounding of its sums.
    torch.testing.assert_close(turned.log_density(rows), alone.log_density(rows))


def test_an_average_of_mixtures_has_the_mean_of_their_densities():
    rng = np.random.default_rng(1)
    rows = torch.from_numpy(rng.normal(size=(1, 200, 2)))
    parts = [fit_mixture(rows, torch.eye(2).double()[None], 3, start) for start in range(3)]
    mean = torch.stack([m.log_density(rows).exp() for m in parts]).mean(0)
    torch.testing.assert_close(
        Mixture.averaged(parts, torch.ones(3, 1)).log_density(rows).exp(), mean
    )


def test_a_start_that_fits_worse_is_left_out():
    # Two lines that cross: of two components a start may put one on each half of both.
    rng = np.random.default_rng(0)
    x = rng.normal(size=3000)
    y = rng.choice([-1.0, 1.0], 3000) * x + 0.2 * rng.normal(size=3000)
    rows = np.column_stack([x, y])
    train = torch.from_numpy(rows)[None]
    best = best_mixtures([rows], (1, 1), components=(2,))
    scale = well_posed(moments([rows])[1], (1, 1))
    alone = [fit_mixture(train, scale, 2, start).log_density(train).mean() for start in range(4)]
    assert min(alone) < max(alone) - 0.1
    assert best.log_density(train).mean() > max(alone) - 0.01


@pytest.mark.parametrize("dim", [1, 3, MOST_COLUMNS + 1])
def test_products_give_the_densities_and_moments_that_rows_give(dim):
    mixture = some_mixture(dim=dim)
    rows = draw(mixture, 70)
    table = Products(rows)
    torch.testing.assert_close(table.log_terms(mixture), mixture.log_terms(rows))
    shares = torch.softmax(mixture.log_terms(rows), dim=1)
    count, means, spread = table.weighted(shares)
    for e in range(2):
        for k in range(3):
            w = shares[e, k]
            mean = (w[:, None] * rows[e]).sum(0) / w.sum()
            centred = rows[e] - mean
            torch.testing.assert_close(count[e, k], w.sum())
            torch.testing.assert_close(means[e, k], mean)
            torch.testing.assert_close(spread[e, k], (w[:, None] * centred).T @ centred)


def test_a_fit_does_not_depend_on_the_units_of_the_columns():
    rng = np.random.default_rng(4)
    rows = np.concatenate([rng.normal(-2, 1, (300, 2)), rng.normal(2, 0.5, (300, 2))])
    root = np.array([[3.0, 0.0], [0.5, 0.02]])
    plain, mapped = (torch.from_numpy(x)[None] for x in (rows, rows @ root.T))
    scales = [well_posed(moments([x[0].numpy()])[1], (1, 1)) for x in (plain, mapped)]
    a, b = (fit_mixture(x, s, 3) for x, s in zip((plain, mapped), scales, strict=True))
    torch.testing.assert_close(b.weights, a.weights, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(b.means, a.means @ torch.from_numpy(root).T, rtol=1e-5, atol=1e-6)


def test_no_more_components_are_tried_once_they_do_not_pay(monkeypatch):
    tried = []
    fit = mixture_module.fit_mixture

    def noted(rows, scale, k, *rest, **weights):
        tried.append((k, len(rows)))
        return fit(rows, scale, k, *rest, **weights)

    monkeypatch.setattr(mixture_module, "fit_mixture", noted)
    rows = [np.random.default_rng(seed).normal(size=(900, 2)) for seed in (5, 6)]
    best_mixtures(rows, (1, 1))
    # Of all members up to three, then probes of the first alone: at most 900 / 18 components.
    assert tried[:3] == [(1, 2), (2, 2), (3, 2)]
    assert sorted(tried[3:]) == [(8, 1), (24, 1), (48, 1)]


@pytest.mark.parametrize("waves", [8.0, 12.0])
def test_a_fast_wave_is_found_though_few_components_gain_nothing(waves):
    rng = np.random.default_rng(7)
    x = rng.normal(size=3000)
    rows = np.column_stack([x, np.sin(waves * x) + 0.5 * rng.normal(size=3000)])
    train, unseen = rows[:1500], torch.from_numpy(rows[1500:])[None]
    few, best = (best_mixtures([train], (1, 1), some) for some in ((2, 3, 4), COMPONENTS))
    gain = (best.log_density(unseen) - few.log_density(unseen)).mean()
    # The wave tells 0.53 nats; a wave of eight radians to x's deviation has about 13 slopes.
    assert gain > 0.2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("thin", [1.0, 1e-6])
def test_scores_are_of_the_precision_that_is_asked_and_thin_components_by_double(
    dtype, thin, schedule
):
    g = torch.Generator().manual_seed(0)
    family, t = conditional(1, 2), torch.full((1, 200), 0.2)
    # The last two columns differ by so much, and components by where they do.
    factor = torch.tensor([[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.5, 1.0, thin]]).double()
    means = torch.zeros(1, 4, 3).double()
    means[..., 0], means[..., 2] = torch.randn(4, generator=g), thin * torch.arange(4)
    mixture = Mixture(
        torch.full((1, 4), 0.25).double(), means, (factor @ factor.T).expand(1, 4, 3, 3)
    )
    x, y, e = torch.randn(3, 1, 200, generator=g).double()
    values = torch.stack([x, y, y + thin * (1.5 + 2.0 * e)], dim=-1).to(dtype)
    model = MixtureNoise(mixture, family, schedule)
    for pattern in range(len(family.patterns)):
        found, exact = (model(v, pattern, t) for v in (values, values.double()))
        assert found.dtype == dtype
        torch.testing.assert_close(found, exact.to(dtype), rtol=1e-4, atol=1e-4)
