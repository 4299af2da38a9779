"""Entropy and KL are read with the recipe's own options, model and reference on common noise."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

import minde
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.roles import D, masked
from minde.estimators.kl import divergence_reading
from minde.recipe import make_recipe
from tests.trainers import fit

#: One step at no rate: the blend then is the exact score of the training rows' Gaussian.
EXACT = {"n_steps": 1, "lr": 1e-12, "warmup_steps": 0, "width": 16}


@pytest.mark.parametrize("options", [{}, {"antithetic": False}])
def test_the_noise_of_an_entropy_cancels_against_its_references(options):
    dim = 3
    x = np.random.default_rng(0).normal(size=(4000, dim))
    found = minde.entropy(x, n_seeds=1, options=EXACT | options)
    # Model and reference are both the standard Gaussian's score: what is left is the spread of the
    # columns' own surprise over all rows, |x|^2 / 2 of variance dim / 2.
    rows = math.sqrt(dim / 2 / len(x))
    assert found.diagnostics["std_sampling"] == pytest.approx(rows, rel=0.15)
    truth = 0.5 * dim * math.log(2 * math.pi * math.e)
    assert found.value == pytest.approx(truth, abs=4 * found.std_error)


def test_a_divergence_is_read_with_the_recipes_draws():
    rng = np.random.default_rng(1)
    family = masked([2], [(D,)])
    recipe = make_recipe("fast", "m", 2, preprocessing="none", **EXACT)
    p = fit([rng.normal(size=(2000, 2))], family, recipe, [0])
    q = fit([rng.normal(size=(2000, 2)) + 0.5], family, recipe, [1])
    tests = [rng.normal(size=(3000, 2))]
    errors, values = {}, {}
    for antithetic in (True, False):
        options = replace(recipe.readout, antithetic=antithetic)
        p.recipe = replace(recipe, readout=options)
        gap = divergence_reading(p, q, tests).final["gap"]
        errors[antithetic], values[antithetic] = gap.std_error.item(), gap.value.item()
    # Of N(0, I) against N(m, I) the gap is linear in the noise but for a constant per row, so pairs
    # of both signs take the noise out; the rows' own spread, of variance |m|^2 = 0.5, is left.
    assert errors[True] == pytest.approx(math.sqrt(0.5 / 3000), rel=0.05)
    assert errors[False] > 1.15 * errors[True]
    for antithetic in (True, False):
        # 0.05 for the moments of 2,000 rows, which the two Gaussians are taken from.
        assert values[antithetic] == pytest.approx(0.25, abs=4 * errors[antithetic] + 0.05)


def test_a_divergence_asks_what_final_and_halfway_share_once(monkeypatch):
    monkeypatch.setattr("minde.readout.readout.AT_ONCE", 1)
    rng = np.random.default_rng(1)
    few = EXACT | {"batch_size": 64, "blend": "gaussian"}
    recipe = make_recipe("fast", "m", 2, preprocessing="none", **few)
    p, q = (fit([rng.normal(size=(200, 2)) + k], masked([2], [(D,)]), recipe, [k]) for k in (0, 1))
    tests, calls = [rng.normal(size=(100, 2))], []

    def asked(first, second):
        plain = GaussianNoise.__call__
        with monkeypatch.context() as patch:
            patch.setattr(GaussianNoise, "__call__", lambda *a: calls.append(0) or plain(*a))
            reading = divergence_reading(first, second, tests)
        count = len(calls)
        calls.clear()
        return reading, count

    options = replace(recipe.readout, sigma_refs=())
    draws = 2 * -(-options.n_draws // 2)
    reading, count = asked(p, q)
    assert count == 2 * draws  # p's expert and q's, once for both moments
    # What is shared changes nothing: halfway in the place of final reads as halfway did.
    early = [replace(e, final=e.halfway) for e in (p, q)]
    again, _ = asked(*early)
    for name, found in reading.halfway.items():
        torch.testing.assert_close(again.final[name].pointwise, found.pointwise, rtol=0, atol=0)
