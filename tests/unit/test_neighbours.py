"""Nearest neighbours of any kind of columns: closed forms, identities, invariance, level."""

import math

import numpy as np
import pytest
import torch
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_classif

from minde.coding import Coder, Side
from minde.estimators.coding import Coding
from minde.estimators.neighbours import K, columns_of, seen
from minde.estimators.quantity import CONDITIONAL, MUTUAL

VALUES, LABEL = Coder("v", "values"), Coder("l", "codes", (0, 1, 2), ordered=False)
MANY = Coder("m", "codes", tuple(range(40)))


def of_one(side, coders):
    """The columns of one variable alone."""
    coding = Coding("v", ("v",), True, (0,), tuple(coders), {})
    return columns_of([side], [coding], np.arange(len(side)))[0]


def numbers(values):
    """Columns of values (n,) or (n, dim)."""
    values = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    n, dim = values.shape
    side = Side(values, np.empty((n, 0), dtype=np.int64), (), ())
    return of_one(side, [VALUES] * dim)


def labels(codes, coder=LABEL):
    n = len(codes)
    side = Side(np.empty((n, 0)), np.asarray(codes)[:, None], (coder.size,), (coder.ordered,))
    return of_one(side, [coder])


def normal_pair(rho, n, seed=1):
    x, e = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + math.sqrt(1 - rho**2) * e


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_a_normal_pair_is_read_to_its_standard_error(rho):
    x, y = normal_pair(rho, 2000)
    found = seen(MUTUAL, [numbers(x), numbers(y)])
    # Three standard errors, and 0.01 for what neighbours at a distance cost.
    assert abs(found.value + 0.5 * math.log(1 - rho**2)) < 3 * found.std_error + 0.01


def test_a_normal_pair_is_read_given_what_both_share():
    z = np.random.default_rng(2).normal(size=2000)
    x, y = normal_pair(0.6, 2000)
    found = seen(CONDITIONAL, [numbers(x + z), numbers(y + z), numbers(z)])
    truth = -0.5 * math.log(1 - 0.36)
    # Of three columns neighbours at a distance cost more, and on the low side.
    assert truth - 0.06 < found.value < truth + 3 * found.std_error


def test_what_is_given_and_says_nothing_takes_little():
    x, y = normal_pair(0.6, 1000)
    same = [0] * 1000
    plain = seen(MUTUAL, [numbers(x), numbers(y)])
    given = seen(CONDITIONAL, [numbers(x), numbers(y), labels(same)])
    assert given.value == pytest.approx(plain.value, abs=1e-12)


def test_a_label_beside_a_column_is_what_scikit_learn_reads():
    r = np.random.default_rng(3)
    label = r.integers(0, 3, 600)
    x = label + r.normal(size=600)
    ours = seen(MUTUAL, [numbers(x), labels(label)])
    scores = numbers(x)[0].scores.numpy()[:, None]
    theirs = mutual_info_classif(scores, label, n_neighbors=K, random_state=0)[0]
    # Theirs draws a little noise on x, and is the same but for that.
    assert ours.value == pytest.approx(theirs, abs=0.003)


def test_two_labels_are_their_table_by_digammas():
    r = np.random.default_rng(4)
    a = r.integers(0, 3, 300)
    b = np.where(r.random(300) < 0.5, a, r.integers(0, 3, 300))
    found = seen(MUTUAL, [labels(a), labels(b)])
    both, of_a, of_b = np.bincount(3 * a + b), np.bincount(a), np.bincount(b)
    expected = np.mean(
        digamma(300) + digamma(both[3 * a + b]) - digamma(of_a[a]) - digamma(of_b[b])
    )
    assert found.value == pytest.approx(float(expected), abs=1e-12)


def test_equal_values_in_random_order_change_no_information():
    x, y = normal_pair(0.9, 3000)
    coarse = seen(MUTUAL, [numbers(np.round(x, 1)), numbers(y)])
    exact = seen(MUTUAL, [numbers(x), numbers(y)])
    # A tenth of a deviation hides next to nothing beside noise of 0.44.
    assert coarse.value == pytest.approx(exact.value, abs=2 * exact.std_error)


def test_many_levels_in_an_order_are_read_as_values():
    codes = np.random.default_rng(5).integers(0, 40, 2000)
    y = codes + 5.0 * np.random.default_rng(6).normal(size=2000)
    assert labels(codes, MANY)[0].codes is None
    found = seen(MUTUAL, [labels(codes, MANY), numbers(y)])
    spread = codes + np.random.default_rng(7).random(2000)
    assert found.value == pytest.approx(seen(MUTUAL, [numbers(spread), numbers(y)]).value, abs=0.06)


def test_atoms_are_near_their_own_and_far_from_others():
    coder = Coder("z", "values", (0.0,))
    values, at = np.array([np.nan, 1.0, np.nan, 2.0]), np.array([1, 0, 1, 0])
    side = Side(values[:, None], at[:, None], (2,), (False,))
    (column,) = of_one(side, [coder])
    far = column.distances(slice(0, 4))
    assert far[0, 2] == 0.0
    assert torch.isinf(far[0, [1, 3]]).all()
    assert 0.0 < far[1, 3] < math.inf


def test_rising_maps_change_nothing():
    x, y = normal_pair(0.6, 500)
    plain = seen(MUTUAL, [numbers(x), numbers(y)])
    mapped = seen(MUTUAL, [numbers(np.exp(3 * x)), numbers(y**3)])
    assert mapped.value == pytest.approx(plain.value, abs=1e-12)


@pytest.mark.parametrize("law", ["standard_normal", "standard_cauchy"])
def test_independent_columns_are_seldom_above_chance(law):
    above = 0
    for seed in range(60):
        x, y = getattr(np.random.default_rng(seed), law)(size=(2, 300, 2))
        found = seen(MUTUAL, [numbers(x), numbers(y)])
        above += found.value > 1.96 * found.std_error
    # 2.5 of 100 by chance: of 60 more than 5 are 1 in 250.
    assert above <= 5


@pytest.mark.parametrize("n", [101, 1500])
def test_of_two_columns_rows_are_counted_in_order_as_they_are_among_all(n):
    rng = np.random.default_rng(n)
    x = rng.normal(size=n)
    columns = [numbers(x), numbers(x + 0.5 * rng.normal(size=n))]
    # A column beside itself is as far: it is read among all rows.
    fast, plain = (seen(MUTUAL, [c * k for c in columns]) for k in (1, 2))
    # Scores lie evenly about zero: a row's reach may be another's distance up to rounding.
    assert fast.value == pytest.approx(plain.value, abs=0.3 / n)
    assert fast.std_error == pytest.approx(plain.std_error, rel=1e-2)
    assert fast.step == pytest.approx(plain.step, abs=0.3 / n)


@pytest.mark.parametrize(
    "rounded",
    [
        pytest.param(lambda v: np.round(v, 1), id="few of each"),
        pytest.param(lambda v: np.round(2.0 * v), id="many of each"),
    ],
)
def test_columns_that_are_both_rounded_are_not_alike_where_they_tie(rounded):
    x, y = normal_pair(0.5, 2000)
    none = np.empty((2000, 0), dtype=np.int64)
    sides = [Side(rounded(v)[:, None], none, (), ()) for v in (x, y)]
    coding = Coding("v", ("v",), True, (0,), (VALUES,), {})
    found = seen(MUTUAL, columns_of(sides, [coding, coding], np.arange(2000)))
    # Rounding takes information away. Three standard errors, and 0.01 for neighbours at a distance.
    assert found.value < -0.5 * math.log(1 - 0.25) + 3 * found.std_error + 0.01
