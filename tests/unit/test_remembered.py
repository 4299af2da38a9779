"""Several models read at once are what each reads alone, and what they share is asked once."""

import pytest
import torch

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional
from minde.options import ReadoutOptions
from minde.readout import readout as readout_module
from minde.readout.measures import MEASURES
from minde.readout.readout import read_out, read_out_each
from minde.readout.remembered import Remembered


class Counted:
    def __init__(self, model):
        self.model, self.calls = model, 0

    def __call__(self, values, pattern, t):
        self.calls += 1
        return self.model(values, pattern, t)


class Scaled:
    def __init__(self, model, by):
        self.model, self.by = model, by

    def __call__(self, values, pattern, t):
        return self.by * self.model(values, pattern, t)


def gaussian(schedule):
    covariance = torch.tensor([[[1.0, 0.6], [0.6, 1.0]]], dtype=torch.float64)
    return GaussianNoise(covariance, conditional(1, 1), schedule)


def test_the_same_values_are_asked_once_by_pattern_and_others_anew(schedule):
    counted = Counted(gaussian(schedule))
    model, t = Remembered(counted), torch.full((1, 5), 0.3)
    first, second = torch.zeros(1, 5, 2), torch.ones(1, 5, 2)
    for values in (first, second, first):
        for pattern in (0, 1):
            once = model(values, pattern, t)
            torch.testing.assert_close(once, counted.model(values, pattern, t), rtol=0, atol=0)
            assert model(values, pattern, t) is once
    assert counted.calls == 6


def test_models_read_together_read_as_alone_with_half_of_the_calls(schedule, monkeypatch):
    monkeypatch.setattr(readout_module, "AT_ONCE", 1)
    data = torch.randn(1, 300, 2, generator=torch.Generator().manual_seed(0))
    diffuser, options = Diffuser(conditional(1, 1), schedule), ReadoutOptions(n_draws=4)
    exact, counted = gaussian(schedule), Counted(gaussian(schedule))
    shared = Remembered(counted)
    models = [Scaled(shared, 1.0), Scaled(shared, 0.8)]
    together = read_out_each(models, data, diffuser, MEASURES["c"], [3], options)
    # Two patterns, four draws: one piece each.
    assert counted.calls == 8
    for by, found in zip((1.0, 0.8), together, strict=True):
        alone = read_out(Scaled(exact, by), data, diffuser, MEASURES["c"], [3], options)
        assert found.keys() == alone.keys()
        for name, readout in alone.items():
            torch.testing.assert_close(found[name].pointwise, readout.pointwise, rtol=0, atol=0)
            torch.testing.assert_close(found[name].integrand, readout.integrand, rtol=0, atol=0)


@pytest.mark.parametrize("weighted", [False, True])
def test_draws_read_together_read_as_one_by_one(schedule, weighted, monkeypatch):
    g = torch.Generator().manual_seed(0)
    data, w = torch.randn(2, 300, 2, generator=g), torch.rand(2, 300, generator=g).double()
    weights = w / w.mean(1, keepdim=True) if weighted else None
    family = conditional(1, 1)
    covariance = torch.tensor([[[1.0, 0.6], [0.6, 1.0]]], dtype=torch.float64).expand(2, 2, 2)
    counted = Counted(GaussianNoise(covariance, family, schedule))
    options, found = ReadoutOptions(n_draws=6), []
    for most in (1, 2000, 1 << 13):  # points of two members: one draw, three, and all six
        counted.calls = 0
        monkeypatch.setattr(readout_module, "AT_ONCE", most)
        args = (Diffuser(family, schedule), MEASURES["c"], [3, 4], options)
        found.append((read_out(counted, data, *args, weights=weights), counted.calls))
    assert [calls for _, calls in found] == [12, 4, 2]
    one, *others = (out for out, _ in found)
    for other in others:
        for name, readout in one.items():
            torch.testing.assert_close(other[name].pointwise, readout.pointwise)
            torch.testing.assert_close(other[name].integrand, readout.integrand)
