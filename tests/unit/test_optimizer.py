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
                stacked.gradients[name].copy_(torch.stack(draws))
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
        stacked.step(learning_rate(step, options))  # gradients are zero before any is given
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
        for name, b in zip(ours, theirs, strict=True):
            b.grad = torch.randn(b.shape, generator=torch.Generator().manual_seed(step))
            stacked.gradients[name].copy_(b.grad)
        stacked.step(2e-3)
        reference.step()
    for a, b in zip(ours.values(), theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)


def test_adam_is_torchs_fused_one_to_the_bit():
    g = torch.Generator().manual_seed(3)
    theirs = [torch.randn(shape, generator=g).requires_grad_(True) for shape in ((5, 7), (3,))]
    vector = torch.cat([p.detach().flatten() for p in theirs])
    mine, reference = Adam(vector, 0.99), torch.optim.Adam(theirs, betas=(0.9, 0.99), fused=True)
    for step in range(30):
        for b in theirs:
            b.grad = torch.randn(b.shape, generator=g)
        mine.step(torch.cat([b.grad.flatten() for b in theirs]), 0.01 / (step + 1))
        reference.param_groups[0]["lr"] = 0.01 / (step + 1)
        reference.step()
    assert torch.equal(vector, torch.cat([b.detach().flatten() for b in theirs]))


def test_muon_moves_each_matrix_by_its_own_direction():
    # Wide, tall and square ones of two members, each by hand from its gradient alone.
    options = make_recipe("fast", "c", 4, weight_decay=0.0).training
    g = torch.Generator().manual_seed(4)
    shapes = {"a": (6, 16), "b": (16, 6), "c": (16, 16), "d": (6, 16)}
    start = {f"{k}.weight": torch.randn(2, *s, generator=g).double() for k, s in shapes.items()}
    p = {k: v.clone().requires_grad_(True) for k, v in start.items()}
    stacked = StackedOptimizer(p, options)
    assert stacked.hidden == ["a.weight", "d.weight", "b.weight", "c.weight"]
    draws = {k: torch.randn(v.shape, generator=g).double() for k, v in start.items()}
    for name, gradient in draws.items():
        stacked.gradients[name].copy_(gradient)
    stacked.step(0.01)
    for name, gradient in draws.items():
        for e in range(2):
            wide = gradient[e] if gradient.shape[1] <= gradient.shape[2] else gradient[e].mT
            # Of a first step momentum is along the gradient, and its length does not count.
            update = orthogonalise(wide[None])[0]
            update = update if wide is gradient[e] or wide.shape == gradient[e].shape else update.mT
            size = 0.01 * 0.2 * math.sqrt(max(gradient.shape[1:]))
            expected = start[name][e] - size * update
            torch.testing.assert_close(p[name].detach()[e], expected, rtol=1e-6, atol=1e-9)


def test_what_a_resumed_training_needs_comes_back_to_the_bit():
    options = make_recipe("fast", "c", 4).training
    g = torch.Generator().manual_seed(5)
    net = ResidualMLP(4, 2, width=16)

    def stepped(stacked, times):
        for _ in range(times):
            for gradient in stacked.gradients.values():
                gradient.copy_(torch.randn(gradient.shape, generator=g))
            stacked.step(1e-3)

    first = {k: v.requires_grad_(True) for k, v in net.init([1, 2]).items()}
    whole = StackedOptimizer(first, options)
    stepped(whole, 3)
    second = {k: v.detach().clone().requires_grad_(True) for k, v in first.items()}
    resumed = StackedOptimizer(second, options)
    resumed.load({k: v.clone() for k, v in whole.state().items()})
    g.manual_seed(6)
    stepped(whole, 2)
    g.manual_seed(6)
    stepped(resumed, 2)
    assert all(torch.equal(first[name], second[name]) for name in first)
