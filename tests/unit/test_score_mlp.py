import pytest
import torch
from torch import nn

from minde.errors import ConfigError
from minde.nn.score_mlp import ScoreMLP

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
    assert ScoreMLP(dim, out, 2, width, levels).n_parameters() == count


class Block(nn.Module):
    """The residual block in torch's own layers: an independent route."""

    def __init__(self, n_in, w):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, n_in), nn.GroupNorm(8, w)
        self.lin1, self.lin2, self.time = nn.Linear(n_in, w), nn.Linear(w, w), nn.Linear(w, w)
        self.skip = nn.Linear(n_in, w) if n_in != w else nn.Identity()

    def forward(self, h, emb):
        act = nn.functional.silu
        out = self.lin1(act(self.norm1(h))) + self.time(act(emb))
        return self.lin2(act(self.norm2(out))) + self.skip(h)


class Reference(nn.Module):
    def __init__(self, dim, out, w):
        super().__init__()
        self.lift, self.time1, self.time2 = nn.Linear(dim, w), nn.Linear(2, w), nn.Linear(w, w)
        self.mid1, self.mid2, self.final = Block(w, w), Block(w, w), Block(2 * w, w)
        self.head = nn.ModuleDict({"norm": nn.GroupNorm(8, w), "lin": nn.Linear(w, out)})

    def forward(self, x, times):
        emb = self.time2(nn.functional.gelu(self.time1(times)))
        r = h = self.lift(x)
        h = self.final(torch.cat([self.mid2(self.mid1(h, emb), emb), r], -1), emb)
        return self.head["lin"](nn.functional.silu(self.head["norm"](h)))


def test_each_packed_copy_equals_a_network_of_torch_layers():
    net = ScoreMLP(5, 3, 2, width=32)
    p = net.init([1, 2, 3])
    p["head.lin.weight"].normal_(generator=torch.Generator().manual_seed(0))
    g = torch.Generator().manual_seed(1)
    x, times = torch.randn(3, 11, 5, generator=g), torch.rand(3, 11, 2, generator=g)
    packed = net(p, x, times)
    for e in range(3):
        reference = Reference(5, 3, 32)
        state = {}
        for key, value in p.items():
            one = value[e]
            is_linear_weight = key.endswith("weight") and "norm" not in key
            state[key] = one.T if is_linear_weight else one.squeeze(0)
        reference.load_state_dict(state)
        torch.testing.assert_close(packed[e], reference(x[e], times[e]), rtol=1e-4, atol=1e-5)


def test_copies_start_different_and_do_not_depend_on_the_pack():
    net = ScoreMLP(4, 4)
    pack, alone = net.init([7, 8]), net.init([8])
    assert not torch.equal(pack["lift.weight"][0], pack["lift.weight"][1])
    for key, value in alone.items():
        assert torch.equal(pack[key][1], value[0])


@pytest.mark.parametrize("width", [0, 8, 12, 20])
def test_width_must_divide_into_groups_of_two_or_more(width):
    with pytest.raises(ConfigError, match="multiple of 8 and at least 16"):
        ScoreMLP(2, 2, width=width)


def test_the_output_depends_on_the_input_at_the_smallest_width():
    net = ScoreMLP(2, 2, width=16)
    p = net.init([0])
    p["head.lin.weight"].fill_(1.0)
    x = torch.tensor([[[0.0, 0.0], [1.0, -1.0]]])
    out = net(p, x, torch.zeros(1, 2, 2))
    assert (out[0, 0] - out[0, 1]).abs().max() > 1e-3
