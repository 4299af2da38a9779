"""Columns that tell of a target: planted ones are found, copies are not chosen."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import minde
from minde.cli.main import app
from minde.errors import InputError
from minde.questions.figures import plot_selection

TINY = {"folds": 2, "options": {"n_steps": 64, "width": 16}, "device": "cpu"}


def test_planted_labels_are_chosen_and_copies_are_not():
    rng = np.random.default_rng(0)
    a, b, c, d = rng.integers(0, 3, size=(4, 400))
    table = {"a": a, "c": c, "copy": 5 - a, "b": b, "d": d}
    found = minde.select(table, a + 2 * b)
    assert set(found.chosen) == {"b", found.chosen[0], found.chosen[1]}
    assert len(found.chosen) == 2
    assert set(found.chosen) <= {"a", "copy", "b"}
    frame = found.to_frame().set_index("column")
    (left,) = {"a", "copy"} - set(found.chosen)
    assert frame.note[left] == "follows from those chosen"
    # The chain rule: gains add up to what the chosen tell together, here the target's entropy.
    gains = frame.gain[[*found.chosen]].sum()
    whole = minde.entropy(a + 2 * b, kinds={"x": "discrete"}).value
    assert gains == pytest.approx(whole, abs=0.02)


def test_nothing_is_chosen_of_nothing():
    """Of 20 tables of 10 columns at most 2.5% have a false choice: 4 of them with probability 0.002
    at most."""
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(20):
        columns = rng.integers(0, 3, size=(10, 150))
        table = {f"c{k}": column for k, column in enumerate(columns)}
        wrong += bool(minde.select(table, rng.integers(0, 2, 150), most=1).chosen)
    assert wrong < 4


@pytest.mark.slow
def test_a_noisy_copy_of_a_continuous_column_adds_nothing():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 2))
    table = pd.DataFrame({"near": x[:, 0] + 0.5 * rng.normal(size=400), "a": x[:, 0]})
    table["b"] = x[:, 1]
    found = minde.select(table, x[:, 0] + x[:, 1] + 0.5 * rng.normal(size=400), **TINY)
    assert set(found.chosen) == {"a", "b"}


def test_at_most_so_many_and_a_picture():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 3, size=(2, 300))
    found = minde.select({"a": a, "b": b}, 3 * a + b, most=1)
    assert len(found.chosen) == 1
    axes = plot_selection(found)
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        f"1. {found.chosen[0]}",
        *({"a", "b"} - {*found.chosen}),
    ]


def test_mistakes_are_one_line():
    with pytest.raises(InputError, match="from 1"):
        minde.select({"a": np.arange(9) % 2}, np.arange(9) % 3, most=0)


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(4)
    a, b, word = *rng.integers(0, 3, size=(2, 300)), rng.choice(["u", "v"], 300)
    frame = pd.DataFrame({"a": a, "b": b, "word": word, "target": a + b})
    frame.to_csv(tmp_path / "t.csv", index=False)
    return str(tmp_path / "t.csv")


def run(*words):
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_select_prints_the_same_columns_in_every_format(table, tmp_path):
    picture = tmp_path / "a.png"
    said = json.loads(run("select", table, "--y", "target", "--json", "--plot", str(picture)))
    # Every column but the target by default.
    assert {row["column"] for row in said["columns"]} == {"a", "b", "word"}
    assert set(said["chosen"]) == {"a", "b"}
    assert picture.exists()
    lines = run("select", table, "--y", "target", "--csv").splitlines()
    assert [line.split(",")[0] for line in lines[1:3]] == said["chosen"]
    assert "nats" in run("select", table, "--y", "target", "--quiet")


def test_the_test_prints_its_p_value_in_every_format(table):
    # Twice 1 of 200, the least of 199: there are two tests.
    words = ["test", table, "--x", "a", "--y", "target", "--permutations", "199"]
    said = json.loads(run(*words, "--json"))
    assert said["p_value"] == 0.01
    assert said["estimate"]["unit"] == "nats"
    assert run(*words, "--csv").splitlines()[1].split(",")[:2] == ["a and target", "0.010000"]
    assert "p = 0.01 " in run(*words, "--quiet")
    given = json.loads(run(*words[:5], "b", "--z", "word", "--json"))
    assert given["p_value"] > 0.01
    assert given["exact"]
