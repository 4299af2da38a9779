"""Distance covariance: its definition, what it does not depend on, its level and what it finds."""

import math

import numpy as np
import pytest
import torch

from minde.estimators.distance_covariance import LANDMARKS, DistanceCovariance, features, larger
from minde.estimators.permutation_test import PermutationTest
from minde.estimators.quantity import CONDITIONAL, MUTUAL
from minde.estimators.settings import Settings
from minde.inputs import read_variables


def as_defined(x, y):
    """Mean product of distances from which the means of their rows and columns are taken off."""
    far = [torch.cdist(torch.tensor(v), torch.tensor(v)).numpy() for v in (x, y)]
    a, b = (d - d.mean(0) - d.mean(1)[:, None] + d.mean() for d in far)
    return (a * b).mean()


def one_cell(x, y, seed=0):
    return DistanceCovariance.of(x, y, np.zeros(len(x), dtype=np.int64), seed)


def test_it_is_the_definition_where_every_row_is_a_landmark():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(LANDMARKS, 2))
    y = x[:, :1] ** 2 + rng.normal(size=(LANDMARKS, 1))
    orders = [np.arange(LANDMARKS), *(rng.permutation(LANDMARKS) for _ in range(3))]
    found = one_cell(x, y).under(orders)
    assert found == pytest.approx([as_defined(x, y[o]) for o in orders], rel=1e-6)


def test_landmarks_lose_little():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1000, 1))
    y = x + rng.normal(size=(1000, 1))
    (found,) = one_cell(x, y).under([np.arange(1000)])
    # A tenth of the rows as landmarks of one smooth column: a hundredth.
    assert found == pytest.approx(as_defined(x, y), rel=0.01)


def test_products_of_features_are_the_kernel():
    rows = np.random.default_rng(2).normal(size=(50, 3))
    made = features(rows, np.random.default_rng(0))
    size = np.linalg.norm(rows, axis=1)
    far = np.linalg.norm(rows[:, None] - rows, axis=2)
    assert made @ made.T == pytest.approx(size[:, None] + size - far, abs=1e-8)


def test_cells_take_away_what_they_explain():
    rng = np.random.default_rng(3)
    cell = np.repeat([0, 1], 100)
    x, y = np.random.default_rng(4).normal(size=(2, 200, 1))
    shift = 10.0 * cell[:, None]
    assert one_cell(x + shift, y + shift).under([np.arange(200)])[0] > 1.0
    within = DistanceCovariance.of(x + shift, y + shift, cell, 0)
    assert np.abs(within.x[cell == 0].mean(axis=0)).max() < 1e-12
    order = np.concatenate([rng.permutation(100), 100 + rng.permutation(100)])
    observed, other = within.under([np.arange(200), order])
    assert 0.2 < observed / other < 5.0


def of(seed=0, **columns):
    variables, _ = read_variables(columns, option="", keep_constants=True)
    settings = Settings(n_seeds=1, random_state=seed, device="cpu")
    quantity = CONDITIONAL if "z" in columns else MUTUAL
    return PermutationTest.of(quantity, [*variables.values()], {}, settings, None)


def p_value(test, permutations=99):
    values = test.distances(permutations)
    return float((values >= values[0] - 1e-15).mean())


@pytest.mark.parametrize("picked", [0, 10**9])
def test_few_rows_and_few_features_are_the_same(monkeypatch, picked):
    rng = np.random.default_rng(4)
    rows, cell = rng.normal(size=(2, 60, 1)), np.zeros(60, dtype=np.int64)
    found = DistanceCovariance.of(*rows, cell, 0)
    orders = [np.arange(60), rng.permutation(60)]
    wanted = [np.square(found.x.T @ found.y[order] / 60).sum() for order in orders]
    monkeypatch.setattr("minde.estimators.distance_covariance.PICKED", picked)
    np.testing.assert_allclose(found.under(orders), wanted, rtol=1e-9)


SLOW = [pytest.param(law, marks=pytest.mark.slow) for law in ("cauchy", "groups")]


@pytest.mark.parametrize("law", ["normal", "counts", "labels", *SLOW])
def test_its_level(law):
    rng = np.random.default_rng(5)
    found = []
    for k in range(100):
        x, y = rng.standard_cauchy(size=(2, 120)) if law == "cauchy" else rng.normal(size=(2, 120))
        columns = {"x": x, "y": y}
        if law == "counts":
            columns = {"x": rng.poisson(2.0, 120), "y": rng.poisson(1.0, 120)}
        if law == "labels":
            columns["y"] = np.array(["a", "b", "c"])[rng.integers(0, 3, 120)]
        if law == "groups":
            z = rng.integers(0, 4, 120)
            columns = {"x": x + 2.0 * z, "y": y + 2.0 * z, "z": np.array(list("abcd"))[z]}
        found.append(p_value(of(k, **columns)))
    # At 5% of 100: more than 12 has a chance of 0.2%.
    assert (np.array(found) <= 0.05).sum() <= 12
    # And not only that: p-values are spread over all of [0, 1].
    assert np.mean(found) == pytest.approx(0.5, abs=4.0 * math.sqrt(1 / 12 / 100) + 1 / 100)


def test_ranks_alone_count():
    rng = np.random.default_rng(6)
    x = rng.normal(size=150)
    y = 0.3 * x + rng.normal(size=150)
    before, after = of(x=x, y=y), of(x=np.exp(3.0 * x), y=y**3)
    assert before.distances(39) == pytest.approx(after.distances(39), rel=1e-9)


def test_a_middle_that_moves_is_found_in_few_rows():
    """Labels whose means differ, and a trend of two counts."""
    rng = np.random.default_rng(7)
    group = np.array(["a", "b", "c"])[rng.integers(0, 3, 200)]
    shift = np.select([group == "a", group == "b"], [-0.5, 0.0], 0.5)
    assert p_value(of(x=group, y=shift + rng.normal(size=200)), 199) == 1 / 200
    count = rng.poisson(4.0, 200)
    assert p_value(of(x=count, y=rng.poisson(2.0 + 0.3 * count)), 199) == 1 / 200


def test_circles_and_tails_that_grow_together_are_found():
    """No middle moves, and scores that are not folded see neither."""
    rng = np.random.default_rng(9)
    angle = rng.uniform(0.0, 2.0 * np.pi, 400)
    x, y = np.array([np.cos(angle), np.sin(angle)]) + 0.4 * rng.normal(size=(2, 400))
    scale = 1.0 / np.sqrt(rng.chisquare(3, 400) / 3)
    u, v = scale * rng.normal(size=(2, 400))
    assert p_value(of(x=x, y=y)) == p_value(of(x=u, y=v)) == 1 / 100


def test_the_larger_of_two_is_a_rank_of_orders():
    """It does not matter which order is the observed one."""
    first, second = np.random.default_rng(10).normal(size=(2, 50))
    order = np.random.default_rng(11).permutation(50)
    found = larger([first, 3.0 * second + 1.0])
    assert larger([first[order], second[order]]) == pytest.approx(found[order])
    assert (larger([np.ones(5), np.arange(5.0)]) >= 0.0).all()


def test_none_where_nothing_has_an_order_or_given_is_continuous():
    rng = np.random.default_rng(8)
    a, b = np.array(["p", "q", "r"])[rng.integers(0, 3, (2, 150))]
    assert of(x=a, y=b).distances(39) is None
    flags = rng.integers(0, 2, (2, 150))
    assert of(x=flags[0], y=flags[1]).distances(39) is None
    x, y, z = rng.normal(size=(3, 150))
    assert of(x=x, y=y, z=z).distances(39) is None
