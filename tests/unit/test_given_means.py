"""Conditional information whose networks are shown what is given tells of the others' means."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

import minde
from minde.estimators.estimating import nothing_read
from minde.estimators.given_means import GivenMeans
from minde.estimators.kernel_means import Mean
from minde.estimators.permutation_test import PermutationTest
from minde.estimators.quantity import CONDITIONAL, MUTUAL, o_information_of
from minde.estimators.second_route import widened
from minde.estimators.settings import Settings
from minde.inputs import read_variables
from tests import variables

sides = partial(variables.sides, quantity=CONDITIONAL)
TINY = {"n_steps": 64, "width": 16, "batch_size": 128}
FIVE = Settings(folds=5)


def waves(n=600, alike=0.0, seed=0):
    """X and Y follow one sum of waves of five columns; what they know beside it is Gaussian."""
    g = np.random.default_rng(seed)
    z, (a, b) = g.normal(size=(n, 5)), g.normal(size=(2, n))
    f = np.sin(2.0 * z).sum(axis=1)
    return f + 0.3 * a, f + 0.3 * (alike * a + math.sqrt(1.0 - alike**2) * b), z


@pytest.mark.parametrize("alike", [0.0, 0.6])
def test_what_is_given_is_not_read_as_shared(alike):
    x, y, z = waves(alike=alike)
    truth = -0.5 * math.log(1.0 - alike**2)
    found = minde.conditional_mutual_information(x, y, z, options=TINY)
    assert found.interval[0] <= truth <= found.interval[1]
    # 600 rows tell a correlation of 0.6 to 0.03, which is 0.04 nats, and means to a tenth of the
    # noise, which is as much: 0.14 is twice the root of both squares, 0.8 is read without means.
    assert found.value == pytest.approx(truth, abs=0.14)
    # Both means miss what is left of one function, and that reads as if it were shared.
    assert found.diagnostics["given_means"] < 0.0


def test_so_it_is_beside_labels():
    x, y, z = waves()
    label = np.where(np.random.default_rng(1).random(len(x)) < 0.5, "a", "b")
    given = pd.DataFrame(z, columns=[*"pqrst"]).assign(label=label)
    up = 2.0 * (label == "a")
    found = minde.conditional_mutual_information(x + up, y - up, given, options=TINY)
    assert found.interval[0] <= 0.0 <= found.interval[1]
    assert found.value == pytest.approx(0.0, abs=0.1)


def test_it_stands_beside_what_is_given_in_every_network():
    x, y, z = waves()
    both = sides(x, y, z)
    means = GivenMeans.told(both, FIVE)
    wide = means.beside(both)
    assert [side.dim for side in wide.sides] == [1, 1, 7]
    np.testing.assert_array_equal(wide.sides[2].values[:, :5], z)
    f = np.sin(2.0 * z).sum(axis=1)
    for told in wide.sides[2].values[:, 5:].T:
        assert np.corrcoef(told, f)[0, 1] > 0.95
    for layout in wide.layouts.values():
        assert {block.variables: len(block.columns) for block in layout.values}[(2,)] == 7


def test_lines_and_other_tables_stay_as_they_are():
    g = np.random.default_rng(0)
    z, a, b = g.normal(size=(3, 600))
    assert GivenMeans.told(sides(z + a, z + b, z), FIVE) is None
    x, y, given = waves()
    assert GivenMeans.told(sides(x, y, quantity=MUTUAL), FIVE) is None
    assert GivenMeans.told(sides(x, y, given), Settings(folds=1)) is None
    assert (
        GivenMeans.told(sides(x, y, given), Settings(folds=5, order="time", options={"gap": 5}))
        is None
    )
    assert GivenMeans.told(sides(x, y, np.round(given[:, 0] > 0)), FIVE) is None
    assert GivenMeans.told(sides(x[:150], y[:150], given[:150]), FIVE) is None


def mean(left, told, off):
    left, told = torch.as_tensor(left), torch.as_tensor(told)
    return Mean(told, left, torch.full_like(left, off), 1.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("rho", [0.0, 0.6, -0.6])
def test_what_is_missed_is_that_of_errors_as_alike_as_the_means(rho, sign):
    # Orthogonal parts of variance one: noise of either, what the means miss, and what they tell.
    g = np.random.default_rng(0)
    parts = g.normal(size=(4, 2000))
    parts -= parts.mean(axis=1, keepdims=True)
    a, b, missed, told = np.linalg.qr(parts.T)[0].T * math.sqrt(2000)
    s, t = 0.2, 0.3
    x = a + math.sqrt(s) * missed
    y = rho * a + math.sqrt(1 - rho**2) * b + sign * math.sqrt(t) * missed
    means = GivenMeans((mean(x, told, s),), (mean(y, sign * told, t),))

    def information(r):
        return -0.5 * math.log(1.0 - r**2)

    read = information(np.corrcoef(x, y)[0, 1])
    assert means.missed() == pytest.approx(information(rho) - read, abs=1e-6)
    assert means.missed(0.0) == pytest.approx(0.0, abs=1e-12)


def test_what_errors_alone_read_as_is_a_mean_over_the_rows():
    g = np.random.default_rng(0)
    left, told = g.normal(size=(2, 400))
    one = mean(left, told, 0.3)
    some = replace(one, off=torch.tensor([0.0, 0.6] * 200).double())
    evenly, here_and_there = (GivenMeans((m,), (m,)) for m in (one, some))
    # The same function, so that errors of 0.3 are a correlation of 0.3 / 1.3.
    assert evenly.shared() == pytest.approx(-0.5 * math.log(1.0 - (0.3 / 1.3) ** 2))
    assert here_and_there.shared() == pytest.approx(-0.25 * math.log(1.0 - (0.6 / 1.6) ** 2))
    other = mean(left, g.normal(size=400), 0.3)
    assert GivenMeans((one,), (other,)).shared() < 0.1 * evenly.shared()


def test_nothing_is_missed_where_one_variable_has_labels_alone():
    g = np.random.default_rng(0)
    one = mean(g.normal(size=100), g.normal(size=100), 0.2)
    assert GivenMeans((), (one,)).missed() == 0.0


def test_the_interval_holds_what_was_read_and_is_of_what_can_be():
    x, y, z = waves(300)
    both = sides(x, y, z)
    means = GivenMeans.told(both, FIVE)
    found = replace(nothing_read(300, ()), value=0.05, interval=(0.01, 0.09))
    other = means.corrected(found, both)
    missed = means.missed()
    assert missed < 0.0
    assert other.value == pytest.approx(max(0.0, 0.05 + missed))
    assert other.interval == (pytest.approx(0.0, abs=0.01), 0.09)
    assert other.diagnostics["networks_alone"] == 0.05


def test_neighbours_are_asked_beside_the_means():
    # Of 600 rows they do not resolve the wave, and read 0.4 nats given Z where there are none.
    g = np.random.default_rng(0)
    z = g.normal(size=600)
    x, y = np.sin(8.0 * z) + 0.3 * g.normal(size=(2, 600))
    both = sides(x, y, z)
    means = GivenMeans.told(both, FIVE)
    beside = means.left(both)
    for side, mean_of in zip(beside.sides, (means.of_x, means.of_y), strict=False):
        np.testing.assert_array_equal(side.values[:, 0], mean_of[0].left.numpy())
    assert beside.sides[2] is both.sides[2]
    found = minde.conditional_mutual_information(x, y, z, options=TINY)
    assert found.interval[0] <= 0.0 <= found.interval[1] < 0.2
    labels = sides(np.where(x > 0, "a", "b"), y, z)
    assert GivenMeans.told(labels, FIVE).left(labels).sides[0] is labels.sides[0]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_interaction_information_is_told_by_whichever_tells_most(place):
    # Both follow one wave of the third, and share nothing else: I(X; Y) is redundant.
    g = np.random.default_rng(3)
    z = g.normal(size=600)
    x, y = np.sin(8.0 * z) + 0.3 * g.normal(size=(2, 600))
    both = sides(x, y, quantity=MUTUAL)
    truth = widened(replace(nothing_read(600, ()), n_train=480), both).diagnostics["neighbours"][0]
    variables = [x, y]
    variables.insert(place, z)
    found = minde.interaction_information(*variables, options=TINY)
    assert found.interval[0] <= truth <= found.interval[1]
    assert found.value == pytest.approx(truth, abs=0.25)
    assert found.value > 0.2  # without means nothing is read
    means = GivenMeans.told(sides(*variables, quantity=o_information_of([*"xyz"])), FIVE)
    assert means.order[2] == place


def test_a_test_given_a_column_is_of_what_its_means_leave():
    g = np.random.default_rng(0)
    z = g.normal(size=400)
    wave = np.sin(3.0 * z)
    x, y = wave + 0.3 * g.normal(size=(2, 400))
    read, _ = read_variables({"x": x, "y": y, "z": z}, option="", keep_constants=True)
    test = PermutationTest.of(CONDITIONAL, [*read.values()], {}, FIVE, None)
    for side in test.sides[:2]:
        assert abs(np.corrcoef(side.values[:, 0], wave)[0, 1]) < 0.1
    np.testing.assert_array_equal(test.sides[2].values[:, 0], z)
    # Where means are lines, as here, columns stay as they are.
    a, b = z + g.normal(size=(2, 400))
    read, _ = read_variables({"x": a, "y": b, "z": z}, option="", keep_constants=True)
    plain = PermutationTest.of(CONDITIONAL, [*read.values()], {}, FIVE, None)
    np.testing.assert_array_equal(plain.sides[0].values[:, 0], a)
