"""Times of training: stratified, by importance, of a density; and losses of one minimum."""

import pytest
import torch

from minde.diffusion.times import (
    DENSITY_BINS,
    FOCUS,
    draw_times,
    focus_density,
    stratified_uniform,
    warp,
)
from minde.errors import ConfigError
from minde.recipe import make_recipe


def uniform(n):
    return stratified_uniform(torch.full((n,), 0.5, dtype=torch.float64))


def test_the_ratio_gives_the_time_back(schedule):
    t = torch.logspace(-5, 0, 200, dtype=torch.float64)
    torch.testing.assert_close(schedule.time_of_log_snr(schedule.log_snr(t)), t)


def test_an_even_density_changes_nothing():
    u = torch.stack([uniform(1000), uniform(1000).flip(0)])
    even = torch.full((2, DENSITY_BINS), 1.0 / DENSITY_BINS, dtype=torch.float64)
    torch.testing.assert_close(warp(u, even), u)
    torch.testing.assert_close(warp(u.expand(3, 2, 1000), even), u.expand(3, 2, 1000))


def test_warped_numbers_have_the_density_of_their_own_member():
    n = 100_000
    g = torch.Generator().manual_seed(0)
    density = torch.rand(2, DENSITY_BINS, generator=g).double() + 0.1
    density /= density.sum(1, keepdim=True)
    quantile = warp(uniform(n).expand(2, n), density)
    assert torch.all(quantile.diff(dim=1) > 0.0)
    for e in range(2):
        share = torch.histc(quantile[e], DENSITY_BINS, 0.0, 1.0) / n
        # Stratified numbers leave an error of one number at each end of a bin.
        assert (share - density[e]).abs().max() <= 2 / n


def test_the_focus_is_the_gaussian_of_the_log_ratio_it_claims_to_be(schedule):
    n = 200_000
    quantile = warp(uniform(n)[None], focus_density(schedule)[None])[0]
    t, _ = draw_times(quantile, schedule, importance=True)
    ratio = schedule.log_snr(t)
    normal = torch.distributions.Normal(*FOCUS)
    edges = torch.linspace(0.0, 1.0, DENSITY_BINS + 1, dtype=torch.float64)
    levels = schedule.log_snr(schedule.importance_inverse_cdf(edges[5:-5:5]))
    for level in levels:
        expected = 1.0 - float(normal.cdf(level))
        # At the bins' edges the two agree but for the mass beyond the ends, below 1e-4.
        assert float((ratio > level).double().mean()) == pytest.approx(expected, abs=2e-4)


def test_the_recipes_say_what_cannot_be():
    recipe = make_recipe("paper", "c", 2)
    paper = recipe.training
    assert (paper.focus, paper.adapt, paper.antithetic, paper.loss) == (0.0, 0.0, False, "noise")
    assert (recipe.network.kind, paper.p_conditional) == ("residual", 0.5)
    with pytest.raises(ConfigError, match=r"focus \+ adapt < 1"):
        make_recipe("fast", "c", 2, focus=0.6, adapt=0.4)
    with pytest.raises(ConfigError, match="focus and adapt need importance"):
        make_recipe("fast", "c", 2, importance=False)
    with pytest.raises(ConfigError, match="p_conditional must be above 0 and below 1"):
        make_recipe("fast", "c", 2, p_conditional=1.0)
    with pytest.raises(ConfigError, match="antithetic needs an even batch_size"):
        make_recipe("fast", "c", 2, batch_size=33)
    with pytest.raises(ConfigError, match="levels > 0 needs network 'residual'"):
        make_recipe("fast", "c", 2, levels=1)
    with pytest.raises(ConfigError, match="loss 'velocity' needs a precondition"):
        make_recipe("paper", "c", 2, loss="velocity")
    with pytest.raises(ConfigError, match=r"loss must be one of .*; did you mean 'noise'"):
        make_recipe("fast", "c", 2, loss="nois")
