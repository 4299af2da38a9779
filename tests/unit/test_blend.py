"""The blend of a network and a Gaussian score: optimal weights, and what they are for."""

import math

import numpy as np
import pytest
import torch

from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import conditional, joint
from minde.ensemble.storage import load_ensemble, save_ensemble
from minde.readout.measures import MEASURES
from minde.recipe import make_recipe
from minde.training.blend import N_BINS, Blend, Blended, fit_blends, least
from tests.conftest import gaussian_pair
from tests.trainers import fit

N_DRAWS = 10


def oracle(rho, family, schedule):
    cov = torch.eye(2, dtype=torch.float64)
    cov[0, 1] = cov[1, 0] = rho
    return GaussianNoise(cov[None], family, schedule)


@pytest.fixture
def data():
    return gaussian_pair(1, 0.8, 4000, 0)[0].double()[None]


def blend_of(network, gaussian, data, family, schedule):
    return fit_blends([network], [gaussian], data, Diffuser(family, schedule), [0], N_DRAWS)[0]


@pytest.mark.parametrize("make", [conditional, joint])
def test_a_perfect_network_is_left_alone_and_a_poor_one_replaced(make, data, schedule):
    family = make(1, 1)
    exact, poor = oracle(0.8, family, schedule), oracle(0.0, family, schedule)
    kept = blend_of(exact, poor, data, family, schedule).weights[..., 1]
    replaced = blend_of(poor, exact, data, family, schedule).weights[..., 1]
    assert kept.shape == (1, len(family.patterns), N_BINS)
    # Only where the two differ at all does the weight matter: not for the marginal of family C,
    # nor at the ends of time. 4,000 points per bin leave up to 0.2 of noise where they hardly do.
    differ = (exact.eigenvalues - poor.eigenvalues).abs().amax(dim=(1, 2)) > 1e-9
    differ |= (exact.gain - poor.gain).abs().amax(dim=(1, 2, 3)) > 1e-9
    middle = slice(2, N_BINS - 2)
    assert kept[0, differ][:, middle].max() < 0.25
    assert replaced[0, differ][:, middle].min() > 0.75


@pytest.mark.parametrize("known", [0.0, 0.3])
def test_what_is_gained_on_an_expert_is_its_divergence(known, data, schedule):
    """Of X given Y, from an exact network to an expert of another correlation, in nats."""
    family, z = conditional(1, 1), schedule.z
    exact, poor = oracle(0.8, family, schedule), oracle(known, family, schedule)
    blend = blend_of(exact, poor, data, family, schedule)
    # Normal laws of means rho y; the marginals are one.
    wide, narrow = 1.0 - known**2, 1.0 - 0.8**2
    apart = (0.8 - known) ** 2
    divergence = 0.5 * (math.log(wide / narrow) - 1.0 + (narrow + apart) / wide)
    # Over eight draws of the rows the mean is within 1% and the spread is 4 and 5%.
    assert blend.gained(z) == pytest.approx(divergence, rel=0.13)
    assert blend_of(poor, exact, data, family, schedule).gained(z) == pytest.approx(0.0, abs=0.01)
    # Folds have theirs in common, and a file of before does not tell.
    twice = Blend(blend.products.expand(2, -1, -1, -1, -1), blend.edges, blend.points)
    assert twice.pooled(2).gained(z) == pytest.approx(blend.gained(z))
    assert Blend(blend.products, blend.edges).gained(z) == math.inf


def test_halfway_between_is_found(data, schedule):
    # net = truth + d and gauss = truth - d / 2: the best weight is 2/3.
    family = conditional(1, 1)
    exact, other = oracle(0.8, family, schedule), oracle(0.3, family, schedule)

    def shifted(scale):
        def model(values, k, t):
            truth = exact(values, k, t)
            return truth + scale * (other(values, k, t) - truth)

        return model

    weights = blend_of(shifted(1.0), shifted(-0.5), data, family, schedule).weights
    assert weights[0, 1, 2:-2, 1].mean().item() == pytest.approx(2 / 3, abs=0.06)


def test_the_weight_of_a_time_is_that_of_its_bin():
    edges = torch.linspace(0.0, 1.0, N_BINS + 1)
    # Errors of network and expert that have nothing to do with each other weigh by their squares.
    share = torch.linspace(0.05, 0.95, 2 * N_BINS, dtype=torch.float64).reshape(2, N_BINS)
    products = torch.diag_embed(torch.stack([share, 1.0 - share], dim=-1))[None]
    t = torch.tensor([[0.0, 0.05, 0.15, 0.999, 1.0]])
    got = Blend(products, edges).weight(1, t)
    assert got.shape == (1, 5, 1)
    torch.testing.assert_close(got[0, :, 0], share[1, [0, 0, 1, 9, 9]].float())


def test_folds_of_a_seed_have_weights_in_common():
    g = torch.Generator().manual_seed(0)
    root = torch.randn(6, 2, N_BINS, 3, 4, generator=g, dtype=torch.float64)
    apart = Blend(root @ root.mT, torch.linspace(0.0, 1.0, N_BINS + 1))
    common = apart.pooled(3).weights
    assert torch.equal(common[0], common[2])
    assert not torch.equal(common[0], common[3])
    assert torch.equal(common[3], Blend(apart.products[3:].sum(0, True), apart.edges).weights[0])


def test_weights_are_those_of_least_loss_on_the_simplex():
    g = torch.Generator().manual_seed(1)
    root = torch.randn(50, 3, 5, generator=g, dtype=torch.float64)
    root[:25, 2] = 0.7 * root[:25, 0]  # often a corner or an edge is best
    products = root @ root.mT
    found = least(products)
    assert (found >= 0.0).all()
    torch.testing.assert_close(found.sum(-1), torch.ones(50, dtype=torch.float64))
    steps = torch.linspace(0.0, 1.0, 41, dtype=torch.float64)
    a, b = torch.meshgrid(steps, steps, indexing="ij")
    grid = torch.stack([a, b, 1.0 - a - b], dim=-1)[a + b <= 1.0 + 1e-9]

    def loss(w):
        return torch.einsum("...i,kij,...j->k...", w, products, w)

    own = torch.einsum("ki,kij,kj->k", found, products, found)
    assert (own <= loss(grid).amin(dim=1) + 1e-6).all()


def test_an_expert_that_is_exact_takes_all_beside_two_that_err(data, schedule):
    family = conditional(1, 1)
    exact = oracle(0.8, family, schedule)
    others = [oracle(rho, family, schedule) for rho in (0.0, 0.3)]
    diffuser = Diffuser(family, schedule)
    (blend,) = fit_blends([others[0]], [others[1], exact], data, diffuser, [0], N_DRAWS)
    weights = blend.weights
    assert weights[0, 1, 2:-2, 2].min() > 0.75


@pytest.mark.parametrize("make", [conditional, joint])
def test_an_untrained_network_reads_the_gaussian_value(make):
    family = make(1, 1)
    data, _, mi = gaussian_pair(1, 0.8, 4000, 0)
    recipe = make_recipe("fast", family.name, 2, n_steps=1, lr=1e-12, warmup_steps=0, width=16)
    ensemble = fit([data.double().numpy()], family, recipe, [0])
    out = ensemble.read([data.double().numpy()], MEASURES[family.name]).final
    for name in ("inside", "gap", "cross"):
        se = out[name].std_error.item()
        assert out[name].value.item() == pytest.approx(mi, abs=4 * se + 0.03), name


def test_it_does_not_blur_what_only_a_network_can_see():
    # y = |x| in rank: no linear dependence, so the Gaussian has nothing to give.
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 1))
    y = np.abs(x) + 0.3 * rng.normal(size=(4000, 1))
    both = np.concatenate([x, y], axis=1)
    values = {}
    for blend in ("none", "gaussian"):
        recipe = make_recipe("fast", "c", 2, n_steps=1200, batch_size=128, width=32, blend=blend)
        ensemble = fit([both], conditional(1, 1), recipe, [0])
        out = ensemble.read([both], MEASURES["c"]).final
        values[blend] = out["cross"].value.item()
    assert values["none"] > 0.5
    # What is lost falls as the network learns: 9 to 20% of the value after 300 steps, 2 to 4% after
    # 1,200, over three seeds.
    assert values["gaussian"] == pytest.approx(values["none"], rel=0.06)


def test_a_blended_ensemble_comes_back_from_its_file_to_the_bit(tmp_path, data):
    family = conditional(1, 1)
    recipe = make_recipe("fast", "c", 2, n_steps=32, width=16, batch_size=32)
    ensemble = fit([data[0].numpy()], family, recipe, [0])
    save_ensemble(ensemble, tmp_path / "p.safetensors")
    back = load_ensemble(tmp_path / "p.safetensors", "cpu")
    assert isinstance(back.model(), Blended)
    readings = (e.read([data[0].numpy()], MEASURES["c"]) for e in (ensemble, back))
    readings = list(readings)
    a, b = (r.final["cross"].pointwise for r in readings)
    assert torch.equal(a, b)
    assert readings[0].gained == readings[1].gained < math.inf


def test_the_papers_recipe_does_not_blend(data):
    recipe = make_recipe("paper", "c", 2, n_steps=4, width=16)
    ensemble = fit([data[0].numpy()], conditional(1, 1), recipe, [0])
    assert ensemble.final.blend is None
    out = ensemble.read([data[0].numpy()], MEASURES["c"]).final
    assert math.isfinite(out["inside"].value.item())
