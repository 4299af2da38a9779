import pytest
import torch
from torch import nn

from minde.errors import ConfigError
from minde.nn.gated_mlp import FIRST, KNOTS, LAST, GatedMLP, hats
from minde.nn.stacked import Batch, Network, Room
from minde.training.optimizer import is_hidden_matrix


class Reference(nn.Module):
    """One copy in torch's own layers: an independent route."""

    def __init__(self, net, p, e):
        super().__init__()
        self.net, self.p, self.e = net, {k: v[e] for k, v in p.items()}, e

    def affine(self, name, x):
        return nn.functional.linear(x, self.p[f"{name}.weight"].T, self.p[f"{name}.bias"][0])

    def shift(self, times):
        # Variable by variable: the row of its role if it has one, else the hats of its time.
        n = self.net.n_times // (1 + self.net.n_roles)
        weight = self.p["times.weight"]
        total = times.new_zeros(len(times), weight.shape[1])
        for i, entries in enumerate(times):
            for v in range(n):
                own = [*range(v * KNOTS, (v + 1) * KNOTS), n * KNOTS + v]
                told = [k for k in range(self.net.n_roles) if entries[n * (1 + k) + v] == 1.0]
                if told:
                    total[i] += weight[n * (KNOTS + 1) + n * told[0] + v]
                else:
                    total[i] += hats(entries[v : v + 1]) @ weight[own]
        return total

    def forward(self, x, times):
        w, shift = self.net.width, self.shift(times)
        a = self.affine("lift", x) + shift[:, :w]
        h = a + a * (self.affine("lift_gate", x) + shift[:, w : 2 * w])
        for k in range(self.net.depth):
            norm = nn.RMSNorm(w)
            norm.weight.data = self.p[f"block{k}.norm.weight"][0]
            pair = self.affine(f"block{k}.pair", norm(h))
            pair = pair + shift[:, 2 * w * (k + 1) : 2 * w * (k + 2)]
            h = h + self.affine(f"block{k}.out", pair[:, :w] * pair[:, w:])
        offset, slope = self.affine("head.lin", h).chunk(2, dim=-1)
        return offset + slope * x[:, : self.net.dim_out]


def randomised(net, seeds):
    p = net.init(seeds)
    g = torch.Generator().manual_seed(0)
    return {k: v.double() + 0.1 * torch.randn(v.shape, generator=g) for k, v in p.items()}


@pytest.mark.parametrize("n_roles", [0, 2])
def test_each_stacked_member_equals_a_network_of_torch_layers(n_roles):
    net = GatedMLP(5, 3, 2 * (1 + n_roles), width=32, depth=2, n_roles=n_roles)
    p = randomised(net, [1, 2, 3])
    g = torch.Generator().manual_seed(1)
    x = torch.randn(3, 11, 5, generator=g).double()
    times = torch.zeros(3, 11, net.n_times).double()
    times[..., :2] = 4.0 * torch.rand(3, 11, 2, generator=g) - 2.0
    if n_roles:
        # Variable 0 by turns diffused, of the first role and of the second, variable 1 the same
        # but three rows at a time.
        for row in range(11):
            for v, role in enumerate((row % 3, row // 3 % 3)):
                if role:
                    times[:, row, v], times[:, row, 2 * role + v] = 0.0, 1.0
    out = net(p, x, times)
    for e in range(3):
        torch.testing.assert_close(out[e], Reference(net, p, e)(x[e], times[e]))


def test_an_untrained_network_puts_out_nothing():
    net = GatedMLP(4, 2, width=16)
    assert net(net.init([0, 1]), torch.randn(2, 5, 4), torch.rand(2, 5, 2)).abs().max() == 0.0


def test_hats_sum_to_one_and_interpolate_linear_functions():
    times = torch.linspace(FIRST, LAST, 101, dtype=torch.float64)[:, None]
    basis = hats(times)
    assert basis.shape == (101, KNOTS + 1)
    hat = basis[:, :KNOTS]
    torch.testing.assert_close(hat.sum(1), torch.ones(101, dtype=torch.float64))
    knots = torch.linspace(FIRST, LAST, KNOTS, dtype=torch.float64)
    torch.testing.assert_close(hat @ knots, times[:, 0])
    torch.testing.assert_close(basis[:, KNOTS], 0.3 * times[:, 0])


def test_a_product_of_two_inputs_is_one_unit():
    net = GatedMLP(2, 1, n_times=1, width=16, depth=1)
    p = {k: torch.zeros_like(v) for k, v in net.init([0]).items()}
    # Unit 0 is x (1 + y - 1) = x y.
    p["lift.weight"][0, 0, 0] = 1.0
    p["lift_gate.weight"][0, 1, 0] = 1.0
    p["lift_gate.bias"][0, 0, 0] = -1.0
    p["head.lin.weight"][0, 0, 0] = 1.0
    x = torch.randn(1, 9, 2)
    torch.testing.assert_close(net(p, x, torch.zeros(1, 9, 1))[..., 0], x[..., 0] * x[..., 1])


def test_the_score_of_a_student_is_one_unit_away():
    # With the squared norm in a hidden unit, x_i |x|^2 is a slope of the head.
    net = GatedMLP(2, 2, n_times=1, width=16, depth=1)
    p = {k: torch.zeros_like(v) for k, v in net.init([0]).items()}
    for i in (0, 1):
        p["lift.weight"][0, i, i] = p["lift_gate.weight"][0, i, i] = 1.0
        p["lift_gate.bias"][0, 0, i] = -1.0
        p["head.lin.weight"][0, i, 2:] = 1.0
    x = torch.randn(1, 9, 2)
    out = net(p, x, torch.zeros(1, 9, 1))
    torch.testing.assert_close(out, x * x.square().sum(-1, keepdim=True))


def test_muon_takes_the_matrices_that_see_x():
    names = {n for n in GatedMLP(4, 2, width=16, depth=2).init([0]) if is_hidden_matrix(n)}
    blocks = {f"block{k}.{part}.weight" for k in (0, 1) for part in ("pair", "out")}
    assert names == blocks | {"lift.weight", "lift_gate.weight"}


@pytest.mark.parametrize("n_roles", [0, 2])
def test_parameters_are_counted_by_the_formula(n_roles):
    d, out, v, w, depth = 6, 3, 2, 24, 4
    lift = 2 * (d + 1) * w + v * (KNOTS + 1 + n_roles) * 2 * w * (1 + depth)
    block = w + (w + 1) * 2 * w + (w + 1) * w
    net = GatedMLP(d, out, v * (1 + n_roles), width=w, depth=depth, n_roles=n_roles)
    assert net.n_parameters() == lift + depth * block + (w + 1) * 2 * out


def test_no_blocks_are_refused():
    with pytest.raises(ConfigError, match="width and depth must be at least 1"):
        GatedMLP(2, 1, depth=0)


@pytest.mark.parametrize("n_roles", [0, 2])
@pytest.mark.parametrize("depth", [1, 3])
def test_gradients_by_hand_are_those_of_autograd(n_roles, depth):
    net = GatedMLP(5, 3, 2 * (1 + n_roles), width=16, depth=depth, n_roles=n_roles)
    p = {k: v.requires_grad_(True) for k, v in randomised(net, [1, 2]).items()}
    g = torch.Generator().manual_seed(2)
    x, y, weights = (torch.randn(2, 40, n, generator=g).double() for n in (5, 3, 3))
    times = 4.0 * torch.rand(2, 40, net.n_times, generator=g).double() - 2.0
    if n_roles:
        times[..., 2:] = (times[..., 2:] > 1.0).double()
    batch = Batch(x, times, y, weights.abs())
    found, expected = ({k: torch.full_like(v, 7.0) for k, v in p.items()} for _ in range(2))
    room = Room()
    for rows in (slice(7), slice(None), slice(None)):  # in a room that holds what was before
        loss = net.gradients(p, Batch(*(t[:, rows] for t in batch)), found, room)
    reference = Network.gradients(net, p, batch, expected, room)
    torch.testing.assert_close(loss, reference)
    for name in p:
        assert expected[name].abs().max() > 1e-3, name
        torch.testing.assert_close(found[name], expected[name], rtol=1e-9, atol=1e-12)
