"""The command line on tables as people have them."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

import minde
from tests.unit.test_cli import FAST, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 3)), columns=["a", "b", "c"])
    frame.to_csv(path / "plain.csv", index=False)
    frame[["c", "b", "a"]].to_csv(path / "turned.csv", index=False)
    frame.rename(columns={"c": "d"}).to_csv(path / "other.csv", index=False)
    mixed = frame.assign(word=rng.choice(["u", "v"], size=300), flat=1.0)
    mixed["when"] = pd.date_range("2020-01-01", periods=300)
    mixed.to_parquet(path / "mixed.parquet")
    frame.assign(name=[f"row {k}" for k in range(300)]).to_csv(path / "named.csv", index=False)
    holes = frame.mask(rng.random((300, 3)) < 0.05)
    holes.to_csv(path / "holes.csv", index=False)
    return path


def lines(err):
    assert err.count("\n") == 1
    assert err.startswith("minde: error: ")
    return err


@pytest.fixture
def untrained(monkeypatch):
    """Measures that keep what they were given, and refuse before any training."""
    seen = []

    def measure(*samples, **options):
        seen.extend(samples)
        raise minde.errors.InputError("seen")

    names = ["entropy", "kl_divergence", "conditional_mutual_information"]
    for name in [*names, "interaction_information", "pairwise_mutual_information"]:
        monkeypatch.setattr(sys.modules[getattr(minde, name).__module__], name, measure)
        monkeypatch.setattr(minde, name, measure)
    return seen


def values(variable):
    return np.stack([column.values for column in variable.columns], axis=1)


@pytest.mark.parametrize(
    "words",
    [
        ["estimate", "--x", "a", "--y", "b,c"],
        ["pairs"],
        ["entropy", "--x", "a,b,c"],
        ["interaction", "--x", "a", "--y", "b", "--z", "c"],
        ["conditional", "--x", "a", "--y", "b", "--z", "c"],
        ["kl"],
    ],
    ids=lambda words: words[0],
)
def test_missing_values_are_refused_or_dropped_by_every_command(folder, monkeypatch, capsys, words):
    holes = pd.read_csv(folder / "holes.csv")
    files = [folder / "holes.csv", *([folder / "plain.csv"] if words[0] == "kl" else [])]
    arguments = [words[0], *files, *words[1:], *FAST, "--json"]
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert (code, out) == (2, "")
    assert f"{holes['b'].isna().sum()}" in lines(err)
    assert "drop those rows with --drop-missing or fill them" in err
    code, out, err = run(monkeypatch, capsys, *arguments, "--drop-missing")
    assert code == 0, err
    count = int(holes.isna().any(axis=1).sum())
    told = f"{count} of 300 rows were dropped, for values missing in columns 'a', 'b', 'c'"
    found = json.loads(out)
    if words[0] == "pairs":  # a list of pairs has no place for what is on the table
        assert told in err
    else:
        assert told in found["warnings"][0]
        left = 300 - count
        # Every row is read but for the remainder of five folds; of a divergence those that test.
        tested = left - found["n_train"] if words[0] == "kl" else left // 5 * 5
        assert found["n_test"] == tested


def test_pairs_of_every_column_leave_out_what_holds_no_numbers(folder, monkeypatch, capsys):
    code, out, err = run(monkeypatch, capsys, "pairs", folder / "mixed.parquet", *FAST, "--json")
    assert code == 0
    assert {row["x"] for row in json.loads(out)} | {row["y"] for row in json.loads(out)} == {*"abc"}
    assert err.splitlines() == [
        "minde: warning: x: columns 'word', 'when' hold no numbers and were left out",
        "minde: warning: x: column 'flat' is constant and was left out",
    ]
    code, text, err = run(monkeypatch, capsys, "pairs", folder / "mixed.parquet", *FAST)
    assert (code, err) == (0, "")
    assert "warning: x: columns 'word', 'when' hold no numbers" in " ".join(text.split())


def test_pairs_pass_on_every_pairs_warnings(folder, monkeypatch, capsys, tmp_path):
    frame = pd.read_csv(folder / "plain.csv")[["a", "b"]]
    frame.assign(twice=2 * frame["a"]).to_csv(tmp_path / "t.csv", index=False)
    code, out, _ = run(monkeypatch, capsys, "pairs", tmp_path / "t.csv", *FAST, "--json")
    rows = {(row["x"], row["y"]): row["warnings"] for row in json.loads(out)}
    assert code == 0
    assert any("infinite" in sentence for sentence in rows["a", "twice"])
    assert not any("infinite" in sentence for sentence in rows["a", "b"])
    text = run(monkeypatch, capsys, "pairs", tmp_path / "t.csv", *FAST)[1]
    assert "warning: (a, twice): " in text
    table = run(monkeypatch, capsys, "pairs", tmp_path / "t.csv", *FAST, "--csv")[1]
    assert table.startswith("x,y,value,std_error,low,high,unit,warnings")


def test_kl_pairs_columns_by_name(folder, monkeypatch, capsys, untrained):
    run(monkeypatch, capsys, "kl", folder / "plain.csv", folder / "turned.csv", *FAST)
    p, q = untrained
    assert p.names == q.names == ("a", "b", "c")
    np.testing.assert_array_equal(values(p), values(q))
    code, _, err = run(monkeypatch, capsys, "kl", folder / "plain.csv", folder / "other.csv")
    assert code == 2
    assert "different columns: 'c' is in plain.csv alone, 'd' is in other.csv alone" in lines(err)
    chosen = ["--x", "b,a"]
    run(monkeypatch, capsys, "kl", folder / "plain.csv", folder / "other.csv", *chosen, *FAST)
    assert untrained[2].names == untrained[3].names == ("b", "a")


def test_conditional_takes_its_three_variables_in_order(folder, monkeypatch, capsys, untrained):
    arguments = ["conditional", folder / "plain.csv", "--x", "a", "--y", "c", "--z", "b"]
    run(monkeypatch, capsys, *arguments, *FAST)
    assert [v.names for v in untrained] == [("a",), ("c",), ("b",)]


def test_labels_of_three_variables_are_counted(monkeypatch, capsys, tmp_path):
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, 4000))
    frame = pd.DataFrame({"a": a, "b": np.array(["no", "yes"])[b], "c": a ^ b})
    frame.to_csv(tmp_path / "bits.csv", index=False)
    for command, truth in (("conditional", np.log(2)), ("interaction", -np.log(2))):
        arguments = [command, tmp_path / "bits.csv", "--x", "a", "--y", "b", "--z", "c"]
        code, out, err = run(monkeypatch, capsys, *arguments, "--json")
        assert (code, err) == (0, "")
        found = json.loads(out)
        assert found["value"] == pytest.approx(truth, abs=0.001)
        assert set(found["diagnostics"]["kinds"]) == {"x", "y", "z"}
        text = run(monkeypatch, capsys, *arguments)[1]
        assert "4000 rows, counted: no network was trained" in text
        assert "b holds labels: categorical" in text


def test_a_label_beside_numbers_runs(folder, monkeypatch, capsys):
    for command in ("conditional", "interaction"):
        arguments = [command, folder / "mixed.parquet", "--x", "a", "--y", "b", "--z", "word"]
        code, out, err = run(monkeypatch, capsys, *arguments, *FAST, "--json")
        assert code == 0, err
        found = json.loads(out)
        assert list(found["directions"]) in (["x|y", "y|x"], ["x|others", "y|others"])
        assert "word holds labels: categorical" in found["warnings"]


BAD = [
    (["entropy", "mixed.parquet", "--x", "a,when"], "x: column 'when' holds dates; turn them into"),
    (
        ["conditional", "named.csv", "--x", "name", "--y", "a", "--z", "b"],
        "x: 300 combinations of labels in 300 rows tell rows from one another",
    ),
    (["entropy", "mixed.parquet", "--x", "flat"], "x: column 'flat' is constant"),
    (["entropy", "plain.csv", "--x", "A"], "--x: no column 'A'"),
    (["pairs", "plain.csv", "--x", "a"], "needs two variables or more"),
    (["entropy", "plain.csv", "--x", "a", "--device", "cuda:99"], "device: torch sees no device"),
    (["entropy", "plain.csv", "--x", "a", "--recipe", "fsat"], "did you mean 'fast'"),
    (["conditional", "plain.csv", "--x", "a", "--y", "b"], "Missing option '--z'"),
]


@pytest.mark.parametrize(("words", "message"), BAD)
def test_what_cannot_be_done_is_one_line(folder, monkeypatch, capsys, words, message):
    code, out, err = run(monkeypatch, capsys, words[0], folder / words[1], *words[2:])
    assert (code, out) == (2, "")
    assert message in lines(err)


def test_save_and_load_at_once_are_refused_before_training(folder, monkeypatch, capsys, tmp_path):
    arguments = ["estimate", folder / "plain.csv", "--x", "a", "--y", "b"]
    both = ["--save", tmp_path / "m", "--load", tmp_path / "m"]
    code, _, err = run(monkeypatch, capsys, *arguments, *both)
    assert code == 2
    assert "--save: with --load nothing is fitted" in lines(err)


def test_warnings_of_csv_output_go_to_standard_error(folder, monkeypatch, capsys):
    arguments = ["entropy", folder / "mixed.parquet", "--x", "a,flat", "--csv", *FAST]
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert code == 0
    assert len(out.splitlines()) == 2
    # Of one column nothing is trained, and nothing is to be said of a seed.
    assert err.splitlines() == ["minde: warning: x: column 'flat' is constant and was left out"]


def test_a_saved_estimator_reads_the_table_that_it_was_fitted_on(
    folder, monkeypatch, capsys, tmp_path
):
    arguments = ["estimate", folder / "mixed.parquet", "--x", "a,flat", "--y", "word,b", "--json"]
    code, out, err = run(monkeypatch, capsys, *arguments, *FAST, "--save", tmp_path / "m")
    assert code == 0, err
    assert "x: column 'flat' is constant and was left out" in json.loads(out)["warnings"]
    load = ["--load", tmp_path / "m", "--device", "cpu"]
    code, out, err = run(monkeypatch, capsys, *arguments, *load)
    assert code == 0, err
    assert json.loads(out)["n_test"] == 300


def test_entropy_of_text_is_counted(folder, monkeypatch, capsys):
    arguments = ["entropy", folder / "mixed.parquet", "--x", "word", "--json", *FAST]
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["kind"] == "discrete"
    # Two words, equally likely.
    assert found["interval"][0] <= np.log(2) <= found["interval"][1]


def test_columns_of_labels_are_counted_and_no_training_is_claimed(tmp_path, monkeypatch, capsys):
    path = tmp_path / "labels.csv"
    path.write_text("a,b\n" + "".join(f"{'xyz'[k % 3]},{'pq'[k % 2]}\n" for k in range(60)))
    code, out, err = run(monkeypatch, capsys, "estimate", str(path), "--x", "a", "--y", "b")
    assert code == 0, err
    assert "60 rows, counted: no network was trained" in out
    assert "rows trained" not in out
