"""Rows that are copies of others: what tells them from rounded values, and what becomes of them."""

import numpy as np
import pytest

import minde
from minde.estimators.settings import Settings
from minde.inputs import read_variables
from minde.reading.copies import without_copies
from minde.rounding import share_by_rounding


def copies_in(**columns):
    read, _ = read_variables(columns, option="", keep_constants=True)
    kept, told = without_copies([*read.values()])
    assert len({len(v) for v in kept}) == 1
    return len(next(iter(read.values()))) - len(kept[0]), told


def pair(n=1000, seed=0):
    x, noise = np.random.default_rng(seed).normal(size=(2, n))
    return x, x + noise


def some(n, share, seed=1):
    """Rows of n, and a share of them once more."""
    rng = np.random.default_rng(seed)
    return np.concatenate([np.arange(n), rng.choice(n, int(share * n), replace=False)])


@pytest.mark.parametrize("decimals", [2, 3, 15])
@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
def test_rows_that_were_appended_again_are_left_out(share, decimals):
    rows = some(1000, share)
    x, y = (np.round(100.0 * v[rows], decimals) for v in pair())
    found, told = copies_in(x=x, y=y)
    assert found == int(1000 * share)
    assert "repeat other rows as a whole" in told[0]


def test_a_bootstrap_keeps_each_row_once():
    rows = np.random.default_rng(2).integers(0, 500, 500)
    x, y = pair(500)
    label = np.array(["a", "b"])[(x > 0).astype(int)]
    read, _ = read_variables({"x": {"x": x[rows], "label": label[rows]}, "y": y[rows]}, option="")
    kept, _ = without_copies([*read.values()])
    assert sorted(kept[1].columns[0].values) == sorted(y[np.unique(rows)])
    # The first of each, in the order that they came, and where they were.
    assert np.array_equal(kept[1].columns[0].values, y[rows][kept[1].rows])


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
@pytest.mark.parametrize("n", [300, 3000])
def test_rounded_values_stay(n, decimals):
    x, y = (np.round(v, decimals) for v in pair(n))
    assert copies_in(x=x, y=y) == (0, ())
    # Functions of rounded values, which have no grid of their own.
    assert copies_in(x={"c": x, "f": 1.8 * x + 32.0, "e": np.exp(x)}, y=x > 0.0) == (0, ())
    assert copies_in(x={"c": x, "s": np.sin(7.0 * x)}, y=y) == (0, ())


def test_labels_counts_and_one_column_stay():
    rng = np.random.default_rng(3)
    x = rng.normal(size=400)
    twice = np.tile(x, 2)
    assert copies_in(x=rng.poisson(3.0, 800), y=rng.integers(1, 6, 800)) == (0, ())
    assert copies_in(x=np.array(["a", "b"])[rng.integers(0, 2, 800)], y=twice) == (0, ())
    assert copies_in(x=twice) == (0, ())
    # And where one is a function of the other nothing tells copies from rounding.
    assert copies_in(x=twice, y=np.exp(twice)) == (0, ())


def test_atoms_that_fall_together_stay():
    """Zeros in the same rows, a mixture of a copula and of atoms, limits of two sensors."""
    rng = np.random.default_rng(7)
    x, y = pair(2000)
    zero = rng.random(2000) < 0.7
    assert copies_in(x=np.where(zero, 0.0, x), y=np.where(zero, 0.0, y)) == (0, ())
    sign = rng.choice([-1.0, 1.0], 2000)
    other = np.where(rng.random(2000) < 0.1, -sign, sign)
    assert copies_in(x=np.where(zero, sign, x), y=np.where(zero, other, y)) == (0, ())
    assert copies_in(x=x.clip(-1.0, 1.0), y=y.clip(-1.5, 1.5)) == (0, ())
    few = rng.random(300) < 0.05
    assert copies_in(x=np.where(few, 0.0, x[:300]), y=np.where(few, 0.0, y[:300])) == (0, ())


def test_copies_beside_atoms_are_told_and_stay():
    zero = np.random.default_rng(8).random(1000) < 0.3
    x, y = (np.where(zero, 0.0, v) for v in pair(1000))
    rows = some(1000, 0.5)
    found, told = copies_in(x=x[rows], y=y[rows])
    assert found == 0
    assert "if they are copies, leave them out" in told[0]


def test_copies_of_rounded_rows_are_told_and_stay():
    from sklearn.datasets import load_iris

    columns = {f"x{k}": column for k, column in enumerate(load_iris().data.T)}
    assert copies_in(x=columns, y=load_iris().target) == (0, ())
    twice = {name: np.tile(column, 2) for name, column in columns.items()}
    found, told = copies_in(x=twice, y=np.tile(load_iris().target, 2))
    assert found == 0
    assert "151 of 300 rows repeat other rows as a whole, more than" in told[0]
    # Answers repeat by themselves, though one follows from the other.
    x = np.random.default_rng(9).integers(1, 8, 2000)
    assert copies_in(x={"a": x, "b": 8 - x, "c": x // 2}, y=x % 3) == (0, ())


def test_rows_that_differ_in_one_column_are_no_copies():
    x, y = (np.tile(v, 2) for v in pair(300))
    assert copies_in(x=x, y=y, z=np.repeat(["first", "second"], 300)) == (0, ())
    read, _ = read_variables({"x": x, "y": y}, weights=np.repeat([1.0, 2.0], 300), option="")
    assert len(without_copies([*read.values()])[0][0]) == 600
    zeros = np.where(np.arange(600) < 300, 0.0, -0.0)
    assert copies_in(x=x, y={"y": y, "zero": zeros})[0] == 300


def test_the_steps_of_a_grid():
    """Of m rows at random on k steps the share that repeats, as the steps alone tell it."""
    for k, m in [(1000, 100), (1000, 1000), (1000, 3000)]:
        values = np.random.default_rng(4).integers(0, k, m).astype(float)
        distinct = np.unique(values)
        # Within four standard deviations of the number of steps taken, below sqrt(k) / 2.
        assert share_by_rounding(distinct) == pytest.approx(1.0 - len(distinct) / m, abs=0.07)


def test_rows_in_time_order_stay():
    x, y = (np.tile(v, 2) for v in pair(300))
    read, _ = read_variables({"x": x, "y": y}, option="")
    variables = [*read.values()]
    assert len(Settings(order="time").apart(variables)[0][0]) == 600
    assert len(Settings().apart(variables)[0][0]) == 300


def test_copies_change_no_estimate():
    """Whatever is asked, the answer is that of the rows without copies."""
    x, y = pair(300)
    z = np.random.default_rng(5).normal(size=300)
    tiny = {"n_seeds": 1, "folds": 1, "options": {"n_steps": 64, "width": 16}}
    twice = [np.tile(v, 2) for v in (x, y, z)]

    def answers(x, y, z):
        yield minde.MINDE(**tiny).fit(x, y).mutual_information()
        yield minde.conditional_mutual_information(x, y, z, **tiny)
        yield minde.entropy(np.stack([x, y], axis=1), **tiny)
        p, q = np.stack([x, y], axis=1), np.stack([x, z], axis=1)
        yield minde.kl_divergence(p, q, **tiny)
        found = minde.pairwise_mutual_information({"x": x, "y": y, "z": z}, **tiny)
        yield found.estimates["x", "y"]

    for once, again in zip(answers(x, y, z), answers(*twice), strict=True):
        assert (once.value, once.interval) == (again.value, again.interval)
        assert any("repeat other rows" in w for w in again.warnings)
        assert not any("repeat other rows" in w for w in once.warnings)


def test_copies_are_no_dependence():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, 100))
    how = {"n_seeds": 1, "folds": 1, "permutations": 79, "options": {"n_steps": 64, "width": 16}}
    once = minde.independence_test(x, y, **how)
    again = minde.independence_test(np.tile(x, 3), np.tile(y, 3), **how)
    assert (again.n_test, again.p_values) == (100, once.p_values)
