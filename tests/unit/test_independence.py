"""The permutation test: its level, its power, and what it must not depend on."""

import math

import numpy as np
import pytest

import minde
from minde.coding import Side
from minde.columns import numbers
from minde.ensemble.permuted import read_pairings
from minde.ensemble.train import train
from minde.errors import InputError
from minde.estimators.independence import bonferroni
from minde.estimators.permutation_test import PermutationTest
from minde.estimators.permutations import by_blocks, cells_of, within
from minde.estimators.quantity import CONDITIONAL, MUTUAL
from minde.estimators.settings import Settings
from minde.readout.measures import MI_CONDITIONAL

TINY = {"n_steps": 64, "width": 16}


def setup(*columns, seed=0, quantity=MUTUAL, blocks=None):
    variables = [
        numbers(np.asarray(c, float)[:, None], n) for c, n in zip(columns, "xyz", strict=False)
    ]
    settings = Settings(n_seeds=1, random_state=seed, options=TINY, device="cpu")
    return PermutationTest.of(quantity, variables, {}, settings, blocks)


def p_values(test, permutations=39):
    return [float((v >= v[0] - 1e-12).mean()) for v in test.run(permutations)]


def test_twice_the_smaller_p_value():
    assert bonferroni([0.03, 0.4]) == pytest.approx(0.06)
    assert bonferroni([0.2]) == 0.2
    assert bonferroni([0.9, 1.0]) == 1.0


def test_the_level_of_counts():
    rng = np.random.default_rng(0)
    found = [
        p_values(setup(rng.poisson(2.0, 100), rng.integers(0, 3, 100), seed=k))[0]
        for k in range(100)
    ]
    # P(more than 12 of 100 at 5%) = 0.002.
    assert np.mean(np.array(found) <= 0.05) <= 0.12
    # And not only that: the p-value is spread over all of [0, 1], the mean of 100 within 4 errors.
    assert np.mean(found) == pytest.approx(0.5, abs=4.0 * math.sqrt(1 / 12 / 100) + 1 / 40)


def test_labels_and_a_column_are_tested_on_all_rows():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 3, 300)
    test = setup(x, x + rng.normal(size=300))
    assert not test.layouts
    assert [len(f.test) for f in test.folds] == [300]
    assert p_values(test)[0] == 1 / 40


def test_each_half_is_tested_by_networks_of_the_other():
    first, second = setup(*np.random.default_rng(0).normal(size=(2, 201))).folds
    assert not set(first.train) & set(first.test)
    assert sorted([*first.test, *second.test]) == list(range(201))
    assert set(first.train) == set(second.test)


@pytest.mark.parametrize("law", ["squares", "tails"])
def test_dependence_that_no_correlation_shows_is_found(law):
    rng = np.random.default_rng(2)
    if law == "squares":
        x = rng.normal(size=400)
        y = x**2 + 0.5 * rng.normal(size=400)
    else:
        x, y = rng.standard_cauchy(size=(2, 400))
        y = np.abs(x) * y
    # Twice one of a hundred, the least that is possible.
    assert bonferroni(p_values(setup(x, y), 99)) == 0.02


def test_given_what_both_follow_there_is_none():
    rng = np.random.default_rng(3)
    z = rng.integers(0, 2, 300).astype(float)
    x, y = 2.0 * z + rng.normal(size=300), 2.0 * z + rng.normal(size=300)
    alone, given = setup(x, y), setup(x, y, z, quantity=CONDITIONAL)
    assert bonferroni(p_values(alone, 99)) == 0.02
    assert bonferroni(p_values(given, 99)) > 0.05


def test_half_of_the_level_is_for_distances():
    rng = np.random.default_rng(9)
    x = rng.poisson(3.0, 150)
    found = minde.independence_test(x, rng.poisson(1.0 + 0.5 * x))
    assert [*found.p_values] == ["distance covariance", "counts and spacings"]
    # The trend is beyond all of 200 orders, and no p-value can be smaller than twice that.
    assert found.p_values["distance covariance"] == 1 / 201
    assert found.p_value == 2 / 201
    labels = np.array(["a", "b", "c"])[x % 3]
    alone = minde.independence_test(labels, np.roll(labels, 1))
    assert [*alone.p_values] == ["counts and spacings"]
    assert alone.p_value == alone.p_values["counts and spacings"]


def test_each_half_has_a_quarter_of_the_level():
    rng = np.random.default_rng(10)
    x, y = rng.normal(size=(2, 120))
    found = minde.independence_test(x, y, permutations=79, n_seeds=1, folds=1, options=TINY)
    p = found.p_values
    halves = [p["networks, first half"], p["networks, second half"]]
    assert found.p_value == min(1.0, 2.0 * p["distance covariance"], 4.0 * min(halves))


def test_orders_within_cells_keep_z_and_blocks_stay_whole():
    rng = np.random.default_rng(4)
    cell = rng.integers(0, 4, 50)
    order = within(cell, rng)
    assert sorted(order) == list(range(50))
    assert np.array_equal(cell[order], cell)
    blocks = by_blocks(23, 5, rng)
    assert sorted(blocks) == list(range(23))
    # Four borders between five blocks, of which the last is shorter.
    assert (np.diff(blocks) != 1).sum() <= 4


def test_cells_of_a_continuous_z_hold_rows_that_are_near():
    z = np.random.default_rng(5).normal(size=(90, 1))
    nothing = np.empty((90, 0), dtype=np.int64)
    cell = cells_of(Side(z, nothing, (), ()))
    sizes = np.bincount(cell)
    assert sizes.min() >= 4
    assert sizes.max() < 8
    # In one dimension cells are intervals.
    assert (np.diff(cell[np.argsort(z[:, 0])]) != 0).sum() == len(sizes) - 1


def test_pairings_differ_by_their_pairs_alone():
    """The same pairing twice reads the same; rows in another order with their pairs do not move it
    by more than the noise, and what is read of no pairing at all is the marginal's zero."""
    rows = np.random.default_rng(6).normal(size=(80, 2))
    settings = Settings(n_seeds=1, options=TINY, device="cpu")
    from minde.diffusion.roles import conditional

    (ensemble,) = train([settings.job(rows, conditional(1, 1))], "cpu")
    orders = [np.arange(80), np.random.default_rng(0).permutation(80), np.arange(80)]

    def paired(order):
        return np.stack([rows[:, 0], rows[order, 1]], axis=1)

    read = read_pairings(ensemble, orders, paired, MI_CONDITIONAL, 4, 0)
    assert read[0] == pytest.approx(read[2], abs=1e-6)
    assert abs(read[0] - read[1]) > 1e-5
    # Another network's noise is another; with the same the observed pairing would be a special one.
    other = read_pairings(ensemble, orders[:1], paired, MI_CONDITIONAL, 4, 1)
    assert abs(other[0] - read[0]) > 1e-5
    alone = read_pairings(ensemble, orders[:1], paired, MI_CONDITIONAL, 4, 0)
    assert alone[0] == pytest.approx(read[0], abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"permutations": 10}, "79 or more"),
        ({"blocks": 0}, "number of rows"),
        ({"blocks": 50}, "make blocks shorter"),
        ({"given": np.random.default_rng(0).normal(size=(120, 2))}, "2 continuous columns"),
        ({"order": "time"}, "in blocks, not one by one"),
        ({"blocks": 2, "given": np.arange(120) % 3}, "leave out one"),
    ],
)
def test_mistakes_are_one_line(arguments, line):
    x, y = np.random.default_rng(0).normal(size=(2, 120))
    with pytest.raises(InputError, match=line) as error:
        minde.independence_test(x, y, **arguments)
    assert "\n" not in str(error.value)


def test_few_rows_are_refused_where_networks_would_be_trained():
    x, y = np.random.default_rng(0).normal(size=(2, 60))
    with pytest.raises(InputError, match="too few"):
        minde.independence_test(x, y)


@pytest.mark.slow
@pytest.mark.parametrize("law", ["normal", "cauchy"])
def test_the_level_of_networks(law):
    rng = np.random.default_rng(7)
    draw = rng.normal if law == "normal" else rng.standard_cauchy
    found = [bonferroni(p_values(setup(*draw(size=(2, 150)), seed=k))) for k in range(100)]
    # P(more than 12 of 100 at 5%) = 0.002.
    assert np.mean(np.array(found) <= 0.05) <= 0.12
