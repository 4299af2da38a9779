"""Very few rows: one line that says how many are needed, or a number that is finite."""

import math
import re

import numpy as np
import pandas as pd
import pytest

import minde
from minde.errors import InputError
from tests.unit.test_cli import run

TINY = {"n_steps": 8, "width": 16}
ROWS = np.random.default_rng(0).normal(size=(60, 3))
MEASURES = {
    "estimate": lambda x, y, z, **o: minde.MINDE(**o).fit(x, y).mutual_information(),
    "pairs": lambda x, y, z, **o: minde.pairwise_mutual_information({"x": x, "y": y}, **o)[
        "x", "y"
    ],
    "entropy": lambda x, y, z, **o: minde.entropy(x, **o),
    "kl": lambda x, y, z, **o: minde.kl_divergence(x, y, **o),
    "conditional": minde.conditional_mutual_information,
    "interaction": minde.interaction_information,
    "o_information": minde.o_information,
}
WORDS = {
    "estimate": ["--x", "a", "--y", "b"],
    "pairs": [],
    "entropy": ["--x", "a"],
    "kl": [],
    "conditional": ["--x", "a", "--y", "b", "--z", "c"],
    "interaction": ["--x", "a", "--y", "b", "--z", "c"],
}


def measured(name, n, **options):
    given = {"n_seeds": 1, "folds": 1, "device": "cpu", "options": TINY} | options
    return MEASURES[name](*ROWS[:n].T, **given)


#: What takes no network of one column.
SPACINGS = ["entropy", "kl"]
TRAINED = [name for name in MEASURES if name not in SPACINGS]


def fewest(error):
    (needed,) = re.findall(r"give (\d+) rows or more", str(error))
    return int(needed)


@pytest.mark.parametrize("name", SPACINGS)
def test_too_few_rows_for_spacings_say_how_many_are_needed(name):
    for n in range(2, 20):
        with pytest.raises(InputError) as caught:
            measured(name, n)
        assert re.match(rf"{name}: {n} rows (of q )?are too few: ", str(caught.value))
        assert fewest(caught.value) == 20
    assert math.isfinite(measured(name, 20).value)


@pytest.mark.parametrize("name", TRAINED)
def test_too_few_rows_say_how_many_are_needed(name):
    for n in range(2, 21):
        with pytest.raises(InputError) as caught:
            measured(name, n)
        assert str(caught.value).startswith(f"training: {n} rows are too few: a batch takes 16 of ")
        # 4 of 22 rows test and 2 are held back, so that 16 are left.
        assert fewest(caught.value) == 22
    assert math.isfinite(measured(name, 22).value)


@pytest.mark.parametrize("name", TRAINED)
def test_folds_need_more(name):
    with pytest.raises(InputError, match="give 35 rows or more or fewer folds"):
        measured(name, 30, folds=2)
    with pytest.raises(InputError, match="give 60 rows or more or fewer folds"):
        # Of one row that tests there is no standard error.
        measured(name, 40, folds=30)


@pytest.mark.parametrize("batch", [2, 6, 16])
@pytest.mark.parametrize("folds", [1, 3])
def test_with_a_batch_of_ones_own_the_number_that_is_named_will_do(batch, folds):
    options = {"folds": folds, "options": {**TINY, "batch_size": batch}}
    with pytest.raises(InputError) as caught:
        measured("estimate", 2, **options)
    needed = fewest(caught.value)
    with pytest.raises(InputError) as caught:
        measured("estimate", needed - 1, **options)
    assert fewest(caught.value) == needed
    found = measured("estimate", needed, **options)
    assert found.interval[0] <= found.value <= found.interval[1]


@pytest.mark.parametrize("command", WORDS)
@pytest.mark.parametrize("n", [2, 3, 5, 11, 14, 19])
def test_too_few_rows_of_a_table_are_one_line(tmp_path, monkeypatch, capsys, command, n):
    path = tmp_path / "t.csv"
    pd.DataFrame(ROWS[:n], columns=[*"abc"]).to_csv(path, index=False)
    files = [path, path] if command == "kl" else [path]
    code, out, err = run(monkeypatch, capsys, command, *files, *WORDS[command])
    assert (code, out) == (2, "")
    if command == "entropy":
        assert err == f"minde: error: entropy: {n} rows are too few: give 20 rows or more\n"
        return
    fewer = "" if command == "kl" else " or fewer folds"
    assert err == (
        f"minde: error: training: {n} rows are too few: a batch takes 16 of those that neither "
        f"test nor are held back; give 22 rows or more{fewer}\n"
    )


@pytest.mark.parametrize("n", [5, 8, 11])
def test_few_rows_of_levels_are_counted(n):
    bits = np.arange(n) % 2
    for found in (minde.MINDE().fit(bits, bits).mutual_information(), minde.entropy(bits)):
        assert 0.0 <= found.interval[0] <= found.value <= found.interval[1] < math.inf


@pytest.mark.parametrize("name", ["folds", "n_seeds"])
@pytest.mark.parametrize("value", [0, -1, 1.5])
def test_numbers_of_folds_and_networks_are_checked(name, value):
    with pytest.raises(InputError, match=f"settings: {name} must be a whole number from 1, got"):
        minde.entropy(ROWS[:, 0], **{name: value})
