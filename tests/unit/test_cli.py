import csv
import io
import json

import numpy as np
import pandas as pd
import pytest

from minde.cli.main import main

FAST = ["--seeds", "1", "--steps", "8", "--device", "cpu", "--quiet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    frame = pd.DataFrame(
        {"gene_a": x[:, 0], "gene_b": x[:, 1], "y": x.sum(1) + rng.normal(size=400)}
    )
    frame["z"], frame["flat"], frame["word"] = rng.normal(size=400), 1.0, "w"
    frame.to_parquet(path / "t.parquet")
    frame.to_csv(path / "t.csv", index=False)
    frame.head(1).to_csv(path / "one.csv", index=False)
    frame.head(15).to_csv(path / "short.csv", index=False)
    frame.assign(y=np.nan).to_csv(path / "nan.csv", index=False)
    np.savez(path / "t.npz", x=x, y=frame["y"].to_numpy())
    (path / "empty.csv").write_text("")
    (path / "broken.parquet").write_bytes(b"PAR1 not really")
    (path / "t.doc").write_text("?")
    return path


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["minde", *map(str, arguments)])
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = stop.code
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.mark.parametrize(
    ("name", "x"), [("t.parquet", "gene_*"), ("t.csv", "gene_a,gene_b"), ("t.npz", "x*")]
)
def test_estimate_reads_every_kind_of_table(folder, monkeypatch, capsys, name, x):
    arguments = ["estimate", folder / name, "--x", x, "--y", "y", "--json", *FAST]
    code, out, _ = run(monkeypatch, capsys, *arguments)
    assert code == 0
    result = json.loads(out)
    assert result["unit"] == "nats"
    assert result["interval"][0] < result["value"] < result["interval"][1]
    # Folds: every row is read.
    assert (result["n_train"], result["n_test"]) == (320, 400)


def test_the_same_table_gives_the_same_number_in_every_format(folder, monkeypatch, capsys):
    arguments = ["--x", "gene_*", "--y", "y", *FAST]
    a = run(monkeypatch, capsys, "estimate", folder / "t.parquet", "--json", *arguments)[1]
    b = run(monkeypatch, capsys, "estimate", folder / "t.parquet", "--csv", *arguments)[1]
    globbed = ["--x", "gene_[ab]", "--y", "y", *FAST]  # brackets must not be read as markup
    c = run(monkeypatch, capsys, "estimate", folder / "t.parquet", *globbed)[1]
    value = json.loads(a)["value"]
    row = next(csv.DictReader(io.StringIO(b)))
    assert float(row["value"]) == pytest.approx(value, abs=1e-6)
    assert f"I(gene_[ab]; y): {value:.4f} nats, 95% interval [" in c


def test_the_other_commands_run(folder, monkeypatch, capsys):
    table = folder / "t.parquet"
    for arguments in (
        ["entropy", table, "--x", "gene_*"],
        ["kl", table, folder / "t.csv", "--x", "gene_*"],
        ["interaction", table, "--x", "gene_a", "--y", "y", "--z", "z"],
    ):
        code, out, err = run(monkeypatch, capsys, *arguments, "--json", *FAST)
        assert code == 0, err
        assert np.isfinite(json.loads(out)["value"])


def test_every_pair_in_every_format(folder, monkeypatch, capsys):
    arguments = ["pairs", folder / "t.csv", "--x", "gene_*,y", *FAST]
    code, out, err = run(monkeypatch, capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    pairs = {(row["x"], row["y"]) for row in rows}
    assert pairs == {("gene_a", "gene_b"), ("gene_a", "y"), ("gene_b", "y")}
    frame = pd.read_csv(io.StringIO(run(monkeypatch, capsys, *arguments, "--csv")[1]))
    np.testing.assert_allclose(frame["value"], [row["value"] for row in rows], atol=1e-6)
    text = run(monkeypatch, capsys, *arguments)[1]
    for row in rows:
        assert f"{row['value']:.4f}" in text


def test_a_saved_estimator_is_read_out_without_training(folder, monkeypatch, capsys, tmp_path):
    table, columns = folder / "t.parquet", ["--x", "gene_*", "--y", "y"]
    run(monkeypatch, capsys, "estimate", table, *columns, *FAST, "--save", tmp_path / "m")
    load = ["--load", tmp_path / "m", "--json"]
    code, out, _ = run(monkeypatch, capsys, "estimate", table, *columns, *load)
    assert code == 0
    assert json.loads(out)["n_test"] == 400
    other = ["--x", "gene_a", "--y", "y", *load]
    code, _, err = run(monkeypatch, capsys, "estimate", table, *other)
    assert code == 2
    assert "this estimator was fitted on 2 and 1" in err
    (tmp_path / "m/ensemble0.safetensors").write_bytes(b"broken")
    code, _, err = run(monkeypatch, capsys, "estimate", table, *columns, *load)
    assert code == 2
    assert "is damaged" in err
    assert err.count("\n") == 1


BAD = [
    ("t.parquet", ["--x", "gen_a", "--y", "y"], "no column 'gen_a'; did you mean 'gene_a'?"),
    ("none.csv", ["--x", "a", "--y", "b"], "no such file"),
    ("empty.csv", ["--x", "a", "--y", "b"], "the file is empty"),
    ("broken.parquet", ["--x", "a", "--y", "b"], "cannot be read as parquet"),
    ("t.doc", ["--x", "a", "--y", "b"], "unknown kind of file '.doc'"),
    (
        "t.csv",
        ["--x", "flat", "--y", "y"],
        "x: column 'flat' is constant; choose columns that vary",
    ),
    ("t.csv", ["--x", "word", "--y", "y"], "x: column 'word' is constant"),
    ("one.csv", ["--x", "gene_a", "--y", "y"], "one row is not a sample"),
    (
        "nan.csv",
        ["--x", "gene_a", "--y", "y"],
        "y: 400 values are missing in column 'y'; drop those rows with --drop-missing or fill",
    ),
    ("short.csv", ["--x", "gene_a", "--y", "y"], "15 rows are too few"),
    ("t.csv", ["--x", "gene_a", "--y", "y", "--family", "k"], "family must be 'c' or 'j'"),
    ("t.csv", ["--x", "gene_a", "--y", "y", "--load", "/none"], "not a saved estimator"),
    ("t.csv", ["--x", "gene_a", "--y", "y", "--recipe", "fsat"], "did you mean 'fast'"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), BAD)
def test_bad_input_is_one_line_and_exit_code_2(
    folder, monkeypatch, capsys, name, arguments, message
):
    code, out, err = run(monkeypatch, capsys, "estimate", folder / name, *arguments, *FAST)
    assert code == 2
    assert out == ""
    assert message in err
    assert err.startswith("minde: error: ")
    assert err.count("\n") == 1
