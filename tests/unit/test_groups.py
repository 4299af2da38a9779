"""Rows in groups: how they are laid out, what they change, and that intervals count groups."""

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import minde
from minde.cli.main import app
from minde.errors import InputError
from minde.estimators.settings import Settings
from minde.experiments.datasets.stages import sample_dataset
from minde.inputs import read_variables
from minde.reading.groups import largest_group
from minde.stages.samples import read_samples
from minde.stages.worker import answer

TINY = {"n_seeds": 1, "device": "cpu", "options": {"n_steps": 64, "width": 16}}


def read(groups, **columns):
    found, told = read_variables(columns, option="", keep_constants=True, groups=groups)
    return [*found.values()], told


def of_subjects(count=60, rows=10, seed=0):
    """A column of the subject, its effect with a noise, and which it is, in no order."""
    rng = np.random.default_rng(seed)
    of = rng.permutation(np.repeat(np.arange(count), rows))
    age, effect = rng.normal(size=(2, count))
    return age[of], effect[of] + rng.normal(size=len(of)), of


def test_groups_come_one_after_the_other_and_rows_keep_their_pairs():
    age, y, of = of_subjects()
    names = np.array([f"subject {k}" for k in of])
    (x, v), told = read(names, x=age, y=y)
    assert told == ()
    assert (np.diff(x.groups) != 0).sum() == 59
    assert np.array_equal(x.columns[0].values, age[x.rows])
    assert np.array_equal(v.columns[0].values, y[x.rows])
    # Groups by their numbers are those of the names, in another order.
    assert len(set(zip(x.groups, names[x.rows], strict=True))) == 60
    assert largest_group(x.groups) == 10
    assert not np.array_equal(names[x.rows], np.sort(names))


def test_variables_read_once_more_stay_as_they_are():
    age, y, of = of_subjects()
    (x, v), _ = read(of, x=age, y=y)
    (again, _), told = read(None, x=x, y=v)
    assert told == ()
    assert np.array_equal(again.groups, x.groups)
    assert np.array_equal(again.columns[0].values, x.columns[0].values)


def test_a_column_of_the_subject_is_judged_by_its_subjects():
    age, y, of = of_subjects()
    (x, v), _ = read(of, x=age, y=y)
    assert len(x.once(x.columns[0]).values) == 60
    assert len(v.once(v.columns[0]).values) == 600
    fitted = minde.MINDE(folds=2, **TINY).fit(age, y, groups=of)
    assert "continuous" in fitted.codings_[0].kinds["x[0]"]
    assert fitted.gap_ == 10


def test_no_group_trains_and_tests():
    age, y, of = of_subjects(rows=7)
    (x, v), _ = read(of, x=age, y=y)
    settings, _ = Settings(folds=3).for_rows((x, v))
    assert (settings.order, settings.gap) == ("groups", 7)
    for fold in settings.folds_of(len(x)):
        assert not set(x.groups[fold.train]) & set(x.groups[fold.test])


def test_where_no_column_varies_within_groups_one_row_of_each_counts():
    age, _, of = of_subjects()
    label = np.where(age > 0.3, "old", "young")
    estimate = minde.MINDE(**TINY).fit(label, age, groups=of).mutual_information()
    assert estimate.n_test == 60
    assert any("one row of each counts, 60 of 600" in w for w in estimate.warnings)
    assert len(set(of[estimate.rows])) == 60
    alone = np.unique(of, return_index=True)[1]
    once = minde.MINDE(**TINY).fit(label[alone], age[alone]).mutual_information()
    assert estimate.value == pytest.approx(once.value, abs=1e-12)


def test_counts_of_groups_have_their_errors():
    """A label that is of the subject and one that varies: of 100 draws without dependence the
    spread is what the standard error says, and several times that of rows that are alone."""
    found = []
    for k in range(100):
        rng = np.random.default_rng(k)
        of = np.repeat(np.arange(60), 10)
        often = rng.uniform(0.1, 0.9, 60)[of]
        x = rng.integers(0, 2, 60)[of]
        y = (rng.random(600) < often).astype(int)
        e = minde.MINDE().fit(x, y, groups=of).mutual_information()
        found.append((e.value, e.interval[0] <= 0.0 <= e.interval[1]))
    # At 95% of 100: fewer than 89 has a chance of 0.5%.
    assert sum(held for _, held in found) >= 89


def test_rows_of_their_own_need_no_groups():
    age, y, _ = of_subjects(rows=1)
    variables, told = read(np.arange(60), x=age, y=y)
    assert variables[0].groups is None
    assert "not needed" in told[0]


def test_a_hint_where_values_look_like_those_of_subjects():
    age, y, of = of_subjects()
    rounded = np.round(np.random.default_rng(1).normal(size=600), 1)
    for x, hint in [(age, True), (rounded, False), (of, False)]:
        fitted = minde.MINDE(**TINY).fit(x, (y > 0).astype(int))
        assert any("name the subjects by groups" in w for w in fitted.warnings_) == hint


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"groups": np.repeat(np.arange(10), 60)}, "60, and it may have one of 20 at most"),
        ({"groups": np.ones((600, 2))}, "need one value a row, got 2 columns"),
        ({"groups": np.arange(599)}, "rows must pair"),
        ({"weights": np.arange(600) % 3 + 1.0}, "rows of groups take no weights"),
        ({"groups": np.full(600, np.nan)}, "missing in column"),
    ],
)
def test_mistakes_are_one_line(change, line):
    age, y, of = of_subjects()
    with pytest.raises(InputError, match=line) as error:
        minde.MINDE(**TINY).fit(age, y, **{"groups": of, **change})
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="in none; leave out one"):
        minde.MINDE(order="time", **TINY).fit(age, y, groups=of)
    with pytest.raises(InputError, match="blocks and groups do not go together"):
        minde.independence_test(age, y, groups=of, blocks=20)
    with pytest.raises(InputError, match="follows from groups"):
        minde.MINDE(order="groups", **TINY).fit(age, y)


def test_every_measure_and_the_shell_agree(tmp_path):
    age, y, of = of_subjects(rows=12)
    z = np.random.default_rng(9).normal(size=len(of))
    table = pd.DataFrame({"age": age, "y": y, "z": z, "subject": [f"s{k}" for k in of]})
    table.to_csv(tmp_path / "t.csv", index=False)
    frame = pd.read_csv(tmp_path / "t.csv")
    how = {"n_seeds": 1, "folds": 2, "options": {"n_steps": 64}, "groups": frame["subject"]}
    x, v, w = frame[["age"]], frame[["y"]], frame[["z"]]
    model = minde.MINDE(n_seeds=1, folds=2, options={"n_steps": 64})
    by_api = {
        "estimate": model.fit(x, v, groups=frame["subject"]).mutual_information(),
        "conditional": minde.conditional_mutual_information(x, v, w, **how),
        "entropy": minde.entropy(v, **how),
    }
    asked = {
        "estimate": ["--x", "age", "--y", "y"],
        "conditional": ["--x", "age", "--y", "y", "--z", "z"],
        "entropy": ["--x", "y"],
    }
    for name, words in asked.items():
        fit = ["--groups", "subject", "--seeds", "1", "--folds", "2", "--steps", "64", "--csv"]
        done = CliRunner().invoke(app, [name, str(tmp_path / "t.csv"), *words, *fit, "--quiet"])
        assert done.exit_code == 0, done.output
        (row,) = csv.DictReader(io.StringIO(done.stdout))
        assert math.isclose(float(row["value"]), by_api[name].value, abs_tol=1e-6), name
    done = CliRunner().invoke(app, ["kl", *[str(tmp_path / "t.csv")] * 2, "--groups", "subject"])
    assert done.exit_code != 0
    assert "--groups: kl takes rows that are in none" in str(done.exception)


def test_pairs_and_selections_read_in_groups():
    age, y, of = of_subjects(count=80, rows=8)
    other = np.random.default_rng(3).normal(size=80)[of]
    table = {"age": age, "other": other, "y": y}
    how = {"n_seeds": 1, "folds": 2, "device": "cpu", "options": {"n_steps": 64}}
    found = minde.pairwise_mutual_information(table, groups=of, **how)
    alone = minde.MINDE(directions=2, **how).fit({"age": age}, {"y": y}, groups=of)
    assert alone.gap_ == 8
    assert len(found.estimates) == 3
    # Without groups both are eighty labels that tell which subject it is.
    for pair in [("age", "y"), ("other", "y")]:
        low, high = found.estimates[pair].interval
        assert low <= 0.0 <= high < 0.2
    chosen = minde.select({"age": age, "other": other}, y, groups=of, **how)
    assert chosen.chosen == ()


def test_one_row_of_each_group_tests():
    of = np.repeat(np.arange(120), 5)
    named, rows = [], []
    for k in range(30):
        rng = np.random.default_rng(k)
        label = np.array(["a", "b", "c"])[rng.integers(0, 3, 120)][of]
        often = rng.poisson(2.0, 120)[of] + (rng.random(600) < 0.1)
        found = minde.independence_test(label, often, groups=of, random_state=k, permutations=99)
        assert found.n_test == 120
        named.append(found.p_value)
        if k < 10:
            rows.append(minde.independence_test(label, often, permutations=99).p_value)
    # At 5% of 30: more than 5 has a chance of 0.3%.
    assert (np.array(named) <= 0.05).sum() <= 5
    # Of all rows nearly every one is a false alarm.
    assert (np.array(rows) <= 0.05).sum() >= 7


def test_the_workflow_fits_in_groups_and_leaves_out_what_knows_none(tmp_path):
    age, y, of = of_subjects(count=50, rows=6)
    frame = pd.DataFrame({"age": age, "y": y, "subject": of})
    frame.to_csv(tmp_path / "t.csv", index=False)
    entry = {"path": "t.csv", "x": "age", "y": "y", "groups": "subject", "test_size": 0.2}
    sample_dataset(tmp_path / "t.csv", "t", entry, 0, tmp_path / "s.parquet")
    found = read_samples(tmp_path / "s.parquet")
    assert found.kinds == ("continuous", "continuous")
    # Rows keep their group: an age is that of one subject.
    assert len({(a, g) for a, g in zip(found.every[:, 0], found.groups, strict=True)}) == 50
    left = answer({"kind": "ksg", "sample": str(tmp_path / "s.parquet"), "options": {}})
    assert left == {"left_out": "takes no groups of rows"}
    estimate = minde.MINDE(folds=2, **TINY).fit(
        found.every[:, :1], found.every[:, 1:], **found.of_rows
    )
    assert estimate.gap_ == 6
