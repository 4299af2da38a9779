import math

import pytest
import torch

from minde.nn.residual_mlp import ResidualMLP
from minde.recipe import make_recipe
from minde.training.optimizer import (
    Adam,
    StackedOptimizer,
    is_hidden_matrix,
    learning_rate,
    orthogonalise,
)


def test_steps_keep_directions_and_flatten_the_spectrum():
    g = torch.Generator().manual_seed(0)
    m = torch.randn(3, 16, 24, generator=g, dtype=torch.float64)
    u, _, vh = torch.linalg.svd(m, full_matrices=False)
    # Down to a hundredth of the norm, to where the coefficients are best.
    spectrum = torch.logspace(-1.7, 0.0, 16, dtype=torch.float64)
    assert spectrum[0] > 0.01 * spectrum.norm()
    o = orthogonalise((u * spectrum) @ vh)
    core = u.mT @ o @ vh.mT
    diagonal = core.diagonal(dim1=-2, dim2=-1)
    # 1 - 0.731, the error that is left of three steps, and rounding of the coefficients.
    assert (diagonal - 1.0).abs().max() < 0.275
    off = core - torch.diag_embed(diagonal)
    assert off.abs().max() < 1e-10


def test_muon_takes_the_hidden_matrices_alone():
    names = [n for n in ResidualMLP(4, 2, width=16).init([0]) if is_hidden_matrix(n)]
    assert "mid1.lin1.weight" in names
    assert "final.skip.weight" in names
    assert not [n for n in names if "norm" in n or "bias" in n or "time1" in n or "head" in n]


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_stacked_updates_equal_those_of_single_members(optimizer):
    options = make_recipe("fast", "c", 4, optimizer=optimizer).training
    net = ResidualMLP(4, 2, width=16)

    def run(seeds):
        p = {k: v.double().requires_grad_(True) for k, v in net.init(seeds).items()}
        stacked = StackedOptimizer(p, options)
        for step in range(5):
            for name, value in p.items():
                draws = [
                    torch.randn(
                        value.shape[1:],
                        generator=torch.Generator().manual_seed(1000 * s + step),
                        dtype=torch.float64,
                    )
                    for s in seeds
                ]
                p[name].grad = torch.stack(draws)
            stacked.step(1e-3)
        return p

    both, second = run([1, 2]), run([2])
    for name, value in second.items():
        torch.testing.assert_close(both[name][1], value[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_without_gradients_the_matrices_shrink_by_e_to_the_weight_decay(optimizer, schedule):
    given = {"n_steps": 2000, "warmup_steps": 0, "optimizer": optimizer}
    recipe = make_recipe("fast", "c", 4, weight_decay=1.5, lr_schedule=schedule, **given)
    options = recipe.training
    start = ResidualMLP(4, 2, width=16).init([0])
    p = {k: v.double().requires_grad_(True) for k, v in start.items()}
    stacked = StackedOptimizer(p, options)
    for step in range(options.n_steps):
        for value in p.values():
            value.grad = torch.zeros_like(value)
        stacked.step(learning_rate(step, options))
    for name, value in p.items():
        factor = math.exp(-1.5) if is_hidden_matrix(name) else 1.0
        # A product of 2,000 factors 1 - x stands for e^-x, to a few parts in a thousand.
        torch.testing.assert_close(value, factor * start[name].double(), rtol=3e-3, atol=1e-9)


def test_adam_equals_torchs_adam():
    options = make_recipe("paper", "c", 4).training
    start = ResidualMLP(4, 2, width=16).init([0])
    ours = {k: v.clone().requires_grad_(True) for k, v in start.items()}
    theirs = [v.clone().requires_grad_(True) for v in start.values()]
    stacked = StackedOptimizer(ours, options)
    reference = torch.optim.Adam(theirs, lr=2e-3)
    for step in range(4):
        for a, b in zip(ours.values(), theirs, strict=True):
            gradient = torch.randn(a.shape, generator=torch.Generator().manual_seed(step))
            a.grad, b.grad = gradient.clone(), gradient.clone()
        stacked.step(2e-3)
        reference.step()
    for a, b in zip(ours.values(), theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)


def test_adam_is_torchs_fused_one_to_the_bit():
    g = torch.Generator().manual_seed(3)
    ours = [torch.randn(shape, generator=g).requires_grad_(True) for shape in ((5, 7), (3,))]
    theirs = [p.detach().clone().requires_grad_(True) for p in ours]
    mine, reference = Adam(ours, 0.99), torch.optim.Adam(theirs, betas=(0.9, 0.99), fused=True)
    for step in range(30):
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn(a.shape, generator=g)
            b.grad = a.grad.clone()
        mine.step(0.01 / (step + 1))
        reference.param_groups[0]["lr"] = 0.01 / (step + 1)
        reference.step()
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
