"""What columns are said to be on the command line."""

import json

import numpy as np
import pandas as pd
import pytest

import minde
from tests.unit.test_cli import FAST, run

N = 300


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "q1": rng.integers(1, 6, N),
            "q2": rng.integers(1, 6, N),
            "age": rng.integers(20, 60, N),
            "y": rng.normal(size=N),
            "word": rng.choice(["u", "v"], size=N),
            "town": rng.choice(["a", "b", "c"], size=N),
            "flat": 1.0,
        }
    )
    frame["word"] = np.where(frame["y"] > 0, "high", frame["word"])
    path = tmp_path_factory.mktemp("kinds") / "t.csv"
    frame.to_csv(path, index=False)
    return path


def asked(monkeypatch, capsys, *words):
    code, out, err = run(monkeypatch, capsys, *words, "--json", *FAST)
    assert (code, err) == (0, ""), err
    return json.loads(out)["diagnostics"]["kinds"]


def test_estimate_takes_kinds_by_name_glob_and_variable(path, monkeypatch, capsys):
    words = ["estimate", path, "--x", "q*,age", "--y", "word,y"]
    said = ["--continuous", "age", "--categorical", "q*", "--discrete", "y"]
    with pytest.raises(AssertionError, match="tell rows from one another"):
        # y, a column, and not the variable: 300 levels of its own.
        asked(monkeypatch, capsys, *words, "--categorical", "y")
    kinds = asked(monkeypatch, capsys, *words, *said)
    assert kinds["x"] == {
        "q1": "q1 is categorical, as was asked for",
        "q2": "q2 is categorical, as was asked for",
        "age": "age is continuous, as was asked for",
    }
    assert kinds["y"]["y"] == "y is discrete, as was asked for"
    kinds = asked(monkeypatch, capsys, *words, "--discrete", "x")
    assert {why.partition(" is ")[2] for why in kinds["x"].values()} == {
        "discrete, as was asked for"
    }


@pytest.mark.parametrize("place", ["last", "before an option", "in words"])
def test_categorical_alone_says_that_y_is_a_label(path, monkeypatch, capsys, place):
    # One column of x is called y: it is none of the variable.
    words = ["estimate", path, "--x", "y", "--y", "q1,q2"]
    given = {
        "last": [*words, "--json", *FAST, "--categorical"],
        "before an option": [*words, "--categorical", "--json", *FAST],
        "in words": [*words, "--categorical", "q1,q2", "--json", *FAST],
    }[place]
    code, out, err = run(monkeypatch, capsys, *given)
    assert (code, err) == (0, "")
    kinds = json.loads(out)["diagnostics"]["kinds"]
    assert kinds["x"] == {"y": "y has few ties: continuous"}
    assert kinds["y"] == {name: f"{name} is categorical, as was asked for" for name in ("q1", "q2")}


def test_y_kind_is_of_the_variable_and_not_of_a_column_of_its_name():
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"y": rng.normal(size=100)})
    model = minde.MINDE(
        n_seeds=1, y_kind="categorical", device="cpu", options={"n_steps": 8, "width": 16}
    ).fit(x, pd.DataFrame({"t": rng.integers(0, 3, 100)}))
    assert [coding.kinds for coding in model.codings_] == [
        {"y": "y has few ties: continuous"},
        {"t": "t is categorical, as was asked for"},
    ]


def test_entropy_and_kl_take_kinds(path, monkeypatch, capsys):
    told = {"x": {"age": "age is discrete, as was asked for"}}
    words = ["entropy", path, "--x", "age,flat", "--discrete"]
    for names in ("age", "x", "a*"):
        assert asked(monkeypatch, capsys, *words, names) == told
    words = ["kl", path, path, "--x", "q1,flat", "--categorical", "x"]
    assert asked(monkeypatch, capsys, *words)["p"] == {"q1": "q1 is categorical, as was asked for"}
    continuous = ["entropy", path, "--x", "age", "--continuous", "age", "--json", *FAST]
    code, out, _ = run(monkeypatch, capsys, *continuous)
    assert (code, json.loads(out)["kind"]) == (0, "differential")


@pytest.mark.parametrize("command", ["conditional", "interaction"])
def test_measures_of_three_variables_take_kinds(path, monkeypatch, capsys, command):
    words = [command, path, "--x", "q1,flat", "--y", "q2", "--z", "word", "--categorical", "x,q2"]
    kinds = asked(monkeypatch, capsys, *words)
    assert kinds["x"] == {"q1": "q1 is categorical, as was asked for"}
    assert kinds["y"] == {"q2": "q2 is categorical, as was asked for"}
    assert kinds["z"] == {"word": "word holds labels: categorical"}


WRONG = [
    (["--discrete", "q3"], "--discrete: no column 'q3' is chosen by --x, --y; did you mean 'q2'?"),
    (["--discrete", "age"], "--discrete: no column 'age' is chosen by --x, --y"),
    (["--categorical", " , "], "--categorical: name at least one column"),
    (["--discrete", "q1", "--continuous", "x"], "--discrete: column 'q1' is in --continuous as"),
    (["--discrete", "word"], "word holds labels, which are not discrete"),
    (["--discrete"], "'--discrete' requires an argument"),
    (["--load", "m", "--categorical"], "--categorical: what columns are was decided when"),
]


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_what_is_no_kind_of_a_chosen_column_is_one_line(path, monkeypatch, capsys, words, message):
    code, out, err = run(monkeypatch, capsys, "estimate", path, "--x", "q*", "--y", "word", *words)
    assert (code, out) == (2, "")
    assert err.startswith("minde: error: ")
    assert message in err
    assert err.count("\n") == 1


def test_pairs_take_labels_that_are_asked_for(path, monkeypatch, capsys):
    def pairs(*words):
        code, out, err = run(monkeypatch, capsys, "pairs", path, *words, "--json", *FAST)
        assert code == 0, err
        return {(row["x"], row["y"]): row for row in json.loads(out)}, err

    found, err = pairs("--categorical", "word,q1")
    assert {"x: column 'town' holds no numbers and was left out"} == {
        line.removeprefix("minde: warning: ") for line in err.splitlines() if "town" in line
    }
    assert {name for pair in found for name in pair} == {"q1", "q2", "age", "y", "word"}
    kinds = found["q1", "word"]["kinds"]
    assert kinds == {
        "q1": {"q1": "q1 is categorical, as was asked for"},
        "word": {"word": "word holds labels: categorical"},
    }
    found, err = pairs("--x", "town,word,y", "--continuous", "y")
    assert err == ""
    assert set(found) == {("town", "word"), ("town", "y"), ("word", "y")}
    # word follows from the sign of y, but for half of those below zero.
    assert found["word", "y"]["low"] > found["town", "word"]["high"]
    assert any("town holds labels" in w for w in found["town", "word"]["warnings"])


def test_pairs_of_two_columns_of_text_alone_say_what_to_do(tmp_path, monkeypatch, capsys):
    pd.DataFrame({"a": ["u", "v"], "b": ["w", "z"]}).to_csv(tmp_path / "t.csv", index=False)
    code, _, err = run(monkeypatch, capsys, "pairs", tmp_path / "t.csv")
    assert code == 2
    assert "columns 'a', 'b' hold none; name columns of labels" in err


def test_pairwise_kinds_are_of_columns_and_of_variables():
    rng = np.random.default_rng(0)
    u = rng.normal(size=200).round(1)
    given = {"a": pd.DataFrame({"u": u, "v": u[::-1]}), "b": rng.integers(0, 3, 200)}
    options = {"n_seeds": 1, "device": "cpu", "options": {"n_steps": 8, "width": 16}}
    kinds = {"u": "continuous", "b": "categorical"}
    found = minde.pairwise_mutual_information(given, kinds=kinds, **options)
    decided = found["a", "b"].diagnostics["kinds"]
    assert decided["a"]["u"] == "u is continuous, as was asked for"
    assert decided["a"]["v"].endswith("discrete")
    assert decided["b"] == {"b[0]": "b[0] is categorical, as was asked for"}
    with pytest.raises(minde.errors.InputError, match="no column 'w'"):
        minde.pairwise_mutual_information(given, kinds={"w": "discrete"}, **options)
