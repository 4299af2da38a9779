"""Tables as people have them, each through the command line or the call that people make."""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy.stats import entropy, multivariate_normal, norm
from scipy.stats import poisson as poisson_law

import minde
from tests.unit.test_cli import FAST, run

N = 60
RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, N)).round(3)
TINY = {"n_seeds": 1, "device": "cpu", "options": {"n_steps": 8, "width": 16}}


def lines(*rows, sep=",", end="\n"):
    return "".join(sep.join(map(str, row)) + end for row in rows)


def rows(*columns):
    return list(zip(*columns, strict=True))


TEXTS = {
    "a comma at the end of each row": (
        ".csv",
        "a,b,c\n" + lines(*rows(A, B, A + B), end=",\n"),
        ["--x", "a"],
        A,
    ),
    "tabs and one column called value": (".tsv", "value\n" + lines(*rows(A)), ["--x", "value"], A),
    "tabs and names with spaces and brackets": (
        ".tsv",
        "body mass (g)\theight\n" + lines(*rows(A, B), sep="\t"),
        ["--x", "body mass (g)"],
        A,
    ),
    "spaces after the commas of the names": (
        ".csv",
        "a, b, c\n" + lines(*rows(A, B, A)),
        ["--x", "b"],
        B,
    ),
    "semicolons and decimal commas": (
        ".csv",
        "a;b\n" + lines(*rows(A, B), sep=";").replace(".", ","),
        ["--x", "a"],
        A,
    ),
}


def answer(monkeypatch, capsys, *words):
    code, out, err = run(monkeypatch, capsys, *words, "--json", *FAST)
    assert code == 0, err
    return json.loads(out), err


def refusal(monkeypatch, capsys, *words):
    code, out, err = run(monkeypatch, capsys, *words, *FAST)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("name", TEXTS)
def test_text_of_any_layout_is_read_as_its_columns(tmp_path, monkeypatch, capsys, name):
    suffix, text, words, column = TEXTS[name]
    path = tmp_path / f"t{suffix}"
    path.write_text(text)
    found, _ = answer(monkeypatch, capsys, "entropy", path, *words)
    settings = {"n_seeds": 1, "device": "cpu", "options": {"n_steps": 8}}
    assert found["value"] == pytest.approx(minde.entropy(column, **settings).value, abs=1e-6)


def test_two_columns_by_names_with_spaces(tmp_path, monkeypatch, capsys):
    path = tmp_path / "t.tsv"
    path.write_text(TEXTS["tabs and names with spaces and brackets"][1])
    found, _ = answer(
        monkeypatch, capsys, "estimate", path, "--x", "body mass (g)", "--y", "height"
    )
    assert found["measure"] == "I(body mass (g); height)"


def test_kl_of_the_same_rows_in_another_order_of_columns_is_none(tmp_path, monkeypatch, capsys):
    frame = pd.DataFrame({name: RNG.integers(0, 3, 400) for name in "abc"})
    frame["c"] += 5
    frame.to_csv(tmp_path / "p.csv", index=False)
    frame[["c", "b", "a"]].to_csv(tmp_path / "q.csv", index=False)
    found, _ = answer(monkeypatch, capsys, "kl", tmp_path / "p.csv", tmp_path / "q.csv")
    assert found["interval"][0] == 0.0
    assert found["value"] < 0.1


def test_a_date_beside_numbers_is_one_line(tmp_path, monkeypatch, capsys):
    frame = pd.DataFrame({"a": A, "when": pd.date_range("2020-01-01", periods=N), "b": B})
    frame.to_parquet(tmp_path / "t.parquet")
    words = ["estimate", tmp_path / "t.parquet", "--x", "a,when", "--y", "b"]
    assert "x: column 'when' holds dates" in refusal(monkeypatch, capsys, *words)


def test_text_among_numbers_is_left_out_of_pairs(tmp_path, monkeypatch, capsys):
    pd.DataFrame({"a": A, "word": ["u", "v"] * (N // 2), "b": B}).to_csv(
        tmp_path / "t.csv", index=False
    )
    found, err = answer(monkeypatch, capsys, "pairs", tmp_path / "t.csv")
    assert [(row["x"], row["y"]) for row in found] == [("a", "b")]
    assert err == "minde: warning: x: column 'word' holds no numbers and was left out\n"


def test_labels_that_are_missing_are_refused_or_dropped(tmp_path, monkeypatch, capsys):
    label = np.where(np.arange(N) % 6 == 0, "", np.where(A > 0, "a", "b"))
    pd.DataFrame({"u": A, "label": label}).to_csv(tmp_path / "t.csv", index=False)
    words = ["estimate", tmp_path / "t.csv", "--x", "u", "--y", "label", "--categorical"]
    assert "y: 10 values are missing in column 'label'" in refusal(monkeypatch, capsys, *words)
    found, _ = answer(monkeypatch, capsys, *words, "--drop-missing")
    assert found["n_test"] == 50
    # No level of its own for what is missing: two levels at most, log 2.
    assert found["value"] <= np.log(2)


@pytest.mark.parametrize("name", ["t.csv.gz", "t.feather", "t.npy", "t.parquet", "folder"])
def test_common_formats_give_the_number_of_the_text(tmp_path, monkeypatch, capsys, name):
    bits = pd.DataFrame({"0": (A > 0).astype(int), "1": (A + B > 0).astype(int)})
    if name == "folder":
        (tmp_path / name).mkdir()
        bits[:20].to_parquet(tmp_path / name / "0.parquet")
        bits[20:].to_parquet(tmp_path / name / "1.parquet")
    elif name == "t.parquet":  # decimals
        decimals = {key: [Decimal(int(v)) / 2 for v in bits[key]] for key in bits}
        pd.DataFrame(decimals).to_parquet(tmp_path / name)
    elif name == "t.npy":
        np.save(tmp_path / name, bits.to_numpy())
    elif name == "t.feather":
        bits.to_feather(tmp_path / name)
    else:
        bits.to_csv(tmp_path / name, index=False)
    found, _ = answer(monkeypatch, capsys, "estimate", tmp_path / name, "--x", "0", "--y", "1")
    known = minde.MINDE().fit(bits["0"], bits["1"]).mutual_information()
    assert found["value"] == pytest.approx(known.value, abs=1e-12)


def test_truth_values_and_nullable_numbers_beside_floats_are_accepted():
    a = RNG.normal(size=500)
    count = pd.array((a * 3).round().astype(int), dtype="Int64")
    frame = pd.DataFrame({"u": a, "flag": a > 0, "count": count})
    e = minde.MINDE(**TINY).fit(frame, a + RNG.normal(size=500)).mutual_information()
    assert e.interval[0] <= e.value <= e.interval[1]
    assert set(e.diagnostics["kinds"]["x"]) == {"u", "flag", "count"}


def test_masked_values_are_refused_or_dropped_and_their_fills_never_read():
    x, hidden = RNG.normal(size=400), RNG.random(400) < 0.2
    y = x + RNG.normal(size=400)
    masked = np.ma.masked_array(np.where(hidden, 1e20, x), mask=hidden)
    with pytest.raises(minde.errors.InputError, match=f"{hidden.sum()} values are missing"):
        minde.MINDE(**TINY).fit(masked, y)
    # Fills that are not masked are values: infinite in effect, and above all others.
    filled = np.ma.masked_array(np.where(hidden, 1e20, x), mask=False)
    model = minde.MINDE(**TINY).fit(filled, y)
    assert any("x[0] are 1e+20: a discrete part" in w for w in model.warnings_)


def test_a_model_of_three_labels_reads_rows_of_two_and_one_row():
    label = np.array(["a", "b", "c"])[np.arange(N) % 3]
    model = minde.MINDE(y_kind="categorical", **TINY).fit(A, label)
    few = label != "a"
    assert model.pointwise(A[few], label[few]).shape == (40,)
    assert np.isfinite(model.pointwise(A[:1], label[:1])).all()


def test_pairs_of_30_columns_tell_the_warnings_of_each(tmp_path, monkeypatch, capsys):
    frame = pd.DataFrame({f"q{k}": RNG.integers(0, 3, 200) for k in range(29)})
    frame["q29"] = 2 * frame["q0"]
    frame.to_csv(tmp_path / "t.csv", index=False)
    found, err = answer(monkeypatch, capsys, "pairs", tmp_path / "t.csv")
    assert (len(found), err) == (435, "")
    assert all(len(row["warnings"]) >= 2 for row in found)
    assert (found[0]["x"], found[0]["y"]) == ("q0", "q29")
    code, text, err = run(monkeypatch, capsys, "pairs", tmp_path / "t.csv", *FAST)
    assert (code, err) == (0, "")
    assert "and 28 more pairs: q0 has 3 distinct values" in " ".join(text.split())


def likert(levels, rho):
    """Probabilities of two answers in as many levels, cut from a normal pair."""
    cuts = np.concatenate([[-9.0], norm.ppf(np.arange(1, levels) / levels), [9.0]])
    pair = multivariate_normal(cov=[[1.0, rho], [rho, 1.0]])
    below = np.array([[pair.cdf([a, b]) for b in cuts] for a in cuts])
    return np.clip(np.diff(np.diff(below, axis=0), axis=1), 1e-15, None)


def poisson(shared, own, most):
    """Probabilities of two counts that have a Poisson count in common."""
    apart = poisson_law.pmf(np.arange(most), own)
    p = np.zeros((most, most))
    for k in range(most):
        shifted = np.concatenate([np.zeros(k), apart[: most - k]])
        p += poisson_law.pmf(k, shared) * np.outer(shifted, shifted)
    return p


COUNTED = {
    "a copied bit": np.eye(2) / 2,
    "independent bits": np.full((2, 2), 0.25),
    "a noisy bit": np.array([[0.45, 0.05], [0.05, 0.45]]),
    "a die and itself": np.eye(6) / 6,
    "answers from 1 to 5": likert(5, 0.8),
    "counts": poisson(2.0, 2.0, 30),
    "a rare flag and a common one": np.outer([0.99, 0.01], [0.7, 0.3]),
    "rare classes": 0.8 * np.diag([0.97, 0.02, 0.01])
    + 0.2 * np.outer([0.97, 0.02, 0.01], [0.97, 0.02, 0.01]),
}


@pytest.mark.parametrize("p", COUNTED.values(), ids=COUNTED)
def test_what_is_counted_lies_in_its_interval_and_within_what_is_possible(p):
    p = p / p.sum()
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        truth = np.nansum(p * np.log(p / np.outer(rows, columns)))
    hits, rng = 0, np.random.default_rng(0)
    for _ in range(20):
        x, y = np.divmod(rng.choice(p.size, 2000, p=p.ravel()), p.shape[1])
        e = minde.MINDE().fit(x, y).mutual_information()
        low, high = e.interval
        hits += low - 1e-9 <= truth <= high + 1e-9
        assert 0.0 <= low <= e.value <= high
        assert (high - low) / 2 <= 0.1
        assert e.value <= min(entropy(np.bincount(v)) for v in (x, y)) + 0.01
    # Of 20 draws at 95% fewer than 16 hold in one of 400; the seed is fixed.
    assert hits >= 16
