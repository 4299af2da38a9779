"""How the network is told which variables are diffused, clean or absent."""

import itertools

import pytest
import torch

from minde.diffusion.denoiser import Denoiser, TrainedNoise
from minde.diffusion.roles import A, C, D, conditional, joint, masked
from minde.readout.measures import CONDITIONAL_MI, INTERACTION, o_information_measure
from minde.recipe import make_recipe
from minde.training.prepared import make_network
from tests.conftest import gaussian_pair
from tests.trainers import fit

CHANGING = {
    "j": joint(2, 1),
    "o3": masked((1, 2, 1), o_information_measure(3).patterns),
    "o4": masked((1, 1, 1, 1), o_information_measure(4).patterns),
}
STEADY = {
    "c": conditional(2, 1),
    "cmi": masked((1, 2, 1), CONDITIONAL_MI.patterns),
    "interaction": masked((1, 1, 1), INTERACTION.patterns),
    "entropy": masked((3,), [(D,)]),
}


def grid(schedule):
    """Times from 1e-12, the least that is drawn, to 1; log-SNRs of 0 and -4 among them."""
    special = schedule.time_of_log_snr(torch.tensor([0.0, -4.0, 4.0, 12.0]).double())
    return torch.cat([torch.logspace(-12, 0, 61, dtype=torch.float64), special])


def random_model(family, recipe, schedule):
    """A network of random parameters, none of them zero, in double precision."""
    network, g = make_network(family, recipe.network), torch.Generator().manual_seed(0)
    parameters = network.init([0])
    for name, value in parameters.items():
        parameters[name] = value.double() + 0.3 * torch.randn(value.shape, generator=g)
    return TrainedNoise(Denoiser(network, family, recipe.network, schedule), parameters)


@pytest.mark.parametrize("network", ["gated", "residual"])
@pytest.mark.parametrize("name", CHANGING)
def test_patterns_can_differ_at_every_time(name, network, schedule):
    family = CHANGING[name]
    options = {"network": network, "width": 16, "depth": 2, "precondition": "none"}
    recipe = make_recipe("fast", family.name, family.dim, **options)
    model = random_model(family, recipe, schedule)
    times, rows = grid(schedule), 20
    t = times.repeat_interleave(rows)[None]
    g = torch.Generator().manual_seed(1)
    x = torch.randn(1, t.shape[1], family.dim, generator=g, dtype=torch.float64)
    outputs = [model(x, k, t) for k in range(len(family.patterns))]
    for a, b in itertools.combinations(outputs, 2):
        largest = (a - b).abs().reshape(len(times), -1).amax(1)
        # What cannot differ is equal up to rounding, about 1e-15.
        assert (largest > 1e-6).all()


@pytest.mark.parametrize("name", CHANGING)
def test_no_time_can_be_taken_for_a_role(name):
    family = CHANGING[name]
    slope, offset = family.time_inputs("apart")
    for p, q in itertools.combinations(range(len(family.patterns)), 2):
        # An entry that is constant in both patterns and differs: so at any two times whatever.
        constant = (slope[p] == 0.0) & (slope[q] == 0.0)
        assert (constant & (offset[p] != offset[q])).any()


def test_inputs_apart_are_times_and_then_one_indicator_of_each_role_and_variable():
    family = masked((1, 1), [(D, D), (D, C), (A, D)])
    slope, offset = family.time_inputs("apart")
    rest = [0.0] * 4
    assert slope.tolist() == [[1.0, 1.0, *rest], [1.0, 0.0, *rest], [0.0, 1.0, *rest]]
    assert offset.tolist() == [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
    ]


@pytest.mark.parametrize("name", STEADY)
def test_where_no_variable_changes_between_time_and_role_codes_stay(name):
    family = STEADY[name]
    for apart, code in zip(family.time_inputs("apart"), family.time_inputs("code"), strict=True):
        assert torch.equal(apart, code)
    recipes = [make_recipe("fast", "c", 4, role_inputs=r).network for r in ("apart", "code")]
    assert make_network(family, recipes[0]) == make_network(family, recipes[1])


def test_a_training_of_minde_c_is_the_same_to_the_bit():
    data = gaussian_pair(2, 0.7, 600, 0)[0].numpy()
    options = {"n_steps": 48, "width": 16, "batch_size": 64}
    recipes = [make_recipe("fast", "c", 4, **options, role_inputs=r) for r in ("apart", "code")]
    apart, code = (fit([data], conditional(2, 2), r, [0]).final.parameters for r in recipes)
    for name, value in apart.items():
        assert torch.equal(value, code[name]), name


# Tables 2 and 3, MINDE-J; the published 222,100 belongs to dim_x + dim_y = 20.
@pytest.mark.parametrize(("dim", "count"), [(1, 55_490), (10, 222_100), (50, 911_204)])
def test_the_recipe_of_the_paper_has_its_inputs(dim, count):
    family = joint(dim, dim)
    assert make_network(family, make_recipe("paper", "j", 2 * dim).network).n_parameters() == count
    slope, offset = family.time_inputs("code")
    assert slope.tolist() == [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    assert offset.tolist() == [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
