import pytest
import torch
from benchmarks.reference_mlp import ReferenceMLP

from minde.errors import ConfigError
from minde.nn.residual_mlp import ResidualMLP

# Tables 2 and 3; the published 222,100 and 220,810 belong to dim_x + dim_y = 20.
COUNTS = [
    (64, 2, 2, 0, 55_490),
    (64, 2, 1, 0, 55_425),
    (128, 20, 20, 0, 222_100),
    (128, 20, 10, 0, 220_810),
    (256, 100, 100, 0, 911_204),
    (256, 100, 50, 0, 898_354),
    (256, 32, 32, 1, 1_602_080),
    (256, 32, 16, 1, 1_597_968),
]


@pytest.mark.parametrize(("width", "dim", "out", "levels", "count"), COUNTS)
def test_parameter_counts_of_tables_2_and_3(width, dim, out, levels, count):
    assert ResidualMLP(dim, out, 2, width, levels).n_parameters() == count


def test_each_stacked_member_equals_a_network_of_torch_layers():
    net = ResidualMLP(5, 3, 2, width=32)
    p = net.init([1, 2, 3])
    p["head.lin.weight"].normal_(generator=torch.Generator().manual_seed(0))
    g = torch.Generator().manual_seed(1)
    x, times = torch.randn(3, 11, 5, generator=g), torch.rand(3, 11, 2, generator=g)
    stacked = net(p, x, times)
    for e in range(3):
        reference = ReferenceMLP(5, 3, 32)
        state = {}
        for key, value in p.items():
            one = value[e]
            is_linear_weight = key.endswith("weight") and "norm" not in key
            state[key] = one.T if is_linear_weight else one.squeeze(0)
        reference.load_state_dict(state)
        torch.testing.assert_close(stacked[e], reference(x[e], times[e]), rtol=1e-4, atol=1e-5)


def test_members_start_different_and_do_not_depend_on_one_another():
    net = ResidualMLP(4, 4)
    both, alone = net.init([7, 8]), net.init([8])
    assert not torch.equal(both["lift.weight"][0], both["lift.weight"][1])
    for key, value in alone.items():
        assert torch.equal(both[key][1], value[0])


@pytest.mark.parametrize("width", [0, 8, 12, 20])
def test_width_must_divide_into_groups_of_two_or_more(width):
    with pytest.raises(ConfigError, match="multiple of 8 and at least 16"):
        ResidualMLP(2, 2, width=width)


def test_the_output_depends_on_the_input_at_the_smallest_width():
    net = ResidualMLP(2, 2, width=16)
    p = net.init([0])
    p["head.lin.weight"].fill_(1.0)
    x = torch.tensor([[[0.0, 0.0], [1.0, -1.0]]])
    out = net(p, x, torch.zeros(1, 2, 2))
    assert (out[0, 0] - out[0, 1]).abs().max() > 1e-3
