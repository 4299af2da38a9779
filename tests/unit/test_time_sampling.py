"""Times of training: stratified, by importance, focused; and losses of one minimum."""

import pytest
import torch

from minde.diffusion.time_sampling import FOCUS, draw_times, focused_times, stratified_uniform
from minde.errors import ConfigError
from minde.recipe import make_recipe


def uniform(n):
    return stratified_uniform(torch.full((n,), 0.5, dtype=torch.float64))


def test_the_ratio_gives_the_time_back(schedule):
    t = torch.logspace(-5, 0, 200, dtype=torch.float64)
    torch.testing.assert_close(schedule.time_of_log_snr(schedule.log_snr(t)), t)


def test_no_share_is_the_importance_draw(schedule):
    u = uniform(1000)
    expected, _ = draw_times(u, schedule, importance=True)
    torch.testing.assert_close(focused_times(u, schedule, 0.0), expected)


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_focused_times_are_the_mixture_they_claim_to_be(schedule, share):
    n = 100_000
    t = focused_times(uniform(n), schedule, share)
    assert 0.0 < float(t.min()) <= float(t.max()) <= 1.0
    ratio = schedule.log_snr(t)
    normal = torch.distributions.Normal(*FOCUS)
    for level in (-4.0, -1.0, 1.0, 2.5, 5.0):
        at = schedule.time_of_log_snr(torch.tensor(level, dtype=torch.float64))
        # A time is below `at` where its ratio is above `level`.
        plain = float(schedule.importance_cdf(at))
        expected = (1.0 - share) * plain + share * (1.0 - float(normal.cdf(torch.tensor(level))))
        # Stratified numbers leave an error of 2 / n for each part.
        assert float((ratio > level).double().mean()) == pytest.approx(expected, abs=4 / n)


def test_the_recipes_say_what_cannot_be():
    assert make_recipe("paper", "c", 2).focus == 0.0
    assert make_recipe("paper", "c", 2).loss == "noise"
    with pytest.raises(ConfigError, match="need 0 <= focus < 1"):
        make_recipe("fast", "c", 2, focus=1.0)
    with pytest.raises(ConfigError, match="importance if focus > 0"):
        make_recipe("fast", "c", 2, importance=False, focus=0.5)
    with pytest.raises(ConfigError, match="loss 'velocity' needs a precondition"):
        make_recipe("paper", "c", 2, loss="velocity")
    with pytest.raises(ConfigError, match=r"loss must be one of .*; did you mean 'noise'"):
        make_recipe("fast", "c", 2, loss="nois")
