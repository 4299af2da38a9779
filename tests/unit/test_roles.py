"""Families and noisy points by hand: patterns, weights, codes, and what a network is shown."""

import dataclasses

import pytest
import torch

from minde.diffusion.points import Diffuser, latin, plain
from minde.diffusion.roles import A, C, D, Role, conditional, joint, masked, with_conditional_share
from minde.errors import ConfigError

#: Rows of the masks: the first variable has two columns, the second three.
XX, YYY, OO, OOO = [1.0] * 2, [1.0] * 3, [0.0] * 2, [0.0] * 3


def test_minde_c_diffuses_x_and_is_given_y_half_of_the_time():
    family = conditional(2, 3)
    assert (family.name, family.dims, family.dim, family.dim_out) == ("c", (2, 3), 5, 2)
    assert family.patterns == ((D, A), (D, C))
    assert family.probabilities == (0.5, 0.5)
    assert family.weights == (1.0, 1.0)
    assert family.masks(Role.DIFFUSED).tolist() == [XX + OOO, XX + OOO]
    assert family.masks(Role.CLEAN).tolist() == [OO + OOO, OO + YYY]
    assert family.masks(Role.ABSENT).tolist() == [OO + YYY, OO + OOO]
    slope, offset = family.time_inputs("code")
    assert slope.tolist() == [[1.0, 0.0], [1.0, 0.0]]
    # Absent is 0 and clean is 1, as in the official code.
    assert offset.tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert not family.changing
    assert conditional(2, 3, 0.8).probabilities == pytest.approx((0.2, 0.8))
    assert with_conditional_share(family, 0.9).probabilities == pytest.approx((0.1, 0.9))


def test_minde_j_weights_its_conditionals_by_what_is_clean():
    family = joint(2, 3, 0.4)
    assert (family.name, family.dim, family.dim_out) == ("j", 5, 5)
    assert family.patterns == ((D, D), (D, C), (C, D))
    assert family.probabilities == pytest.approx((0.4, 0.3, 0.3))
    assert family.weights == pytest.approx((1.0, 1.0 + 3 / 2, 1.0 + 2 / 3))
    assert joint(1, 1).probabilities == (0.5, 0.25, 0.25)
    assert family.time_inputs("code")[1].tolist() == [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    assert family.changing
    assert family.index((C, D)) == 2
    with pytest.raises(ConfigError, match="did not learn"):
        family.index((D, A))
    assert with_conditional_share(family, 0.9) is family


def test_other_families_count_all_terms_alike():
    family = masked((2, 3, 1), [(D, A, C), (D, D, C), (D, A, C)])
    assert family.patterns == ((D, A, C), (D, D, C))
    assert family.probabilities == (0.5, 0.5)
    assert family.weights == pytest.approx((6 / 2, 6 / 5))
    assert (family.dim, family.dim_out) == (6, 5)
    # Clean is 0 and absent -1.
    assert family.time_inputs("code")[1].tolist() == [[0.0, -1.0, 0.0], [0.0, 0.0, 0.0]]
    assert family.indicated("code") == ()
    assert family.indicated("apart") == (C, A)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"probabilities": (0.5, 0.4)}, "sum to one"),
        ({"probabilities": (1.5, -0.5)}, "sum to one"),
        ({"patterns": ((D, A), (D,))}, "one role per variable"),
    ],
)
def test_families_that_make_no_sense_are_refused(changed, line):
    with pytest.raises(ConfigError, match=line):
        dataclasses.replace(conditional(1, 1), **changed)


def test_points_are_noisy_clean_or_blank_as_the_pattern_says(schedule):
    diffuser = Diffuser(joint(2, 3), schedule)
    g = torch.Generator().manual_seed(0)
    x, noise = torch.randn(2, 2, 7, 5, generator=g)
    points = diffuser.points(x, noise, torch.rand(2, 7, generator=g))
    alpha, sigma = schedule.alpha(points.t)[..., None], schedule.sigma(points.t)[..., None]
    noisy = alpha * x + sigma * noise
    torch.testing.assert_close(diffuser.values(points, 0), noisy)
    half = torch.cat([noisy[..., :2], x[..., 2:]], dim=-1)
    torch.testing.assert_close(diffuser.values(points, 1), half)
    alone = Diffuser(conditional(2, 3), schedule)
    blank = torch.cat([noisy[..., :2], torch.zeros(2, 7, 3)], dim=-1)
    torch.testing.assert_close(alone.values(points, 0), blank)
    torch.testing.assert_close(alone.noise(points), noise[..., :2])
    assert alone.mask(0).tolist() == XX
    assert diffuser.mask(2).tolist() == OO + YYY
    # A pattern for each point.
    each = torch.tensor([0, 1] * 7).view(2, 7)
    mixed = torch.where(each[..., None] == 0, noisy, half)
    torch.testing.assert_close(diffuser.values(points, each), mixed)
    torch.testing.assert_close(points.weight, torch.full((2, 7), schedule.z))


def test_points_are_cut_into_pieces_in_their_order(schedule):
    diffuser = Diffuser(conditional(1, 1), schedule)
    x = torch.arange(14.0).view(1, 7, 2)
    points = diffuser.points(x, x, torch.linspace(0.1, 0.9, 7)[None])
    pieces = points.chunks(3)
    assert [(part.start, part.stop) for part, _ in pieces] == [(0, 3), (3, 6), (6, 9)]
    assert [p.x.shape[1] for _, p in pieces] == [3, 3, 1]
    for name in ("x", "noise", "u", "t", "weight"):
        whole = torch.cat([getattr(p, name) for _, p in pieces], dim=1)
        assert torch.equal(whole, getattr(points, name))


def test_each_member_draws_from_its_own_stream_times_first(schedule):
    diffuser = Diffuser(conditional(1, 1), schedule)
    x = torch.zeros(2, 5, 2)

    def streams():
        return [torch.Generator().manual_seed(k) for k in (3, 4)]

    points = diffuser.draw(x, streams())
    again = streams()
    u = torch.stack([torch.rand(5, generator=g) for g in again])
    noise = torch.stack([torch.randn(5, 2, generator=g) for g in again])
    assert torch.equal(points.u, u)
    assert torch.equal(points.noise, noise)
    other = Diffuser(conditional(1, 1), schedule, importance=False).draw(x, streams())
    assert torch.equal(other.t, u)
    torch.testing.assert_close(other.weight, schedule.uniform_weight(u))


def test_a_latin_draw_has_one_number_in_each_stratum():
    g = torch.Generator().manual_seed(0)
    u = latin(1000, g)
    assert torch.equal((u * 1000).floor().sort().values, torch.arange(1000.0))
    assert not torch.equal(u, u.sort().values)
    within = u * 1000 - (u * 1000).floor()
    # 1,000 uniform numbers have a mean known to 0.009.
    assert within.mean().item() == pytest.approx(0.5, abs=0.04)
    assert plain(3, g).shape == (3,)
