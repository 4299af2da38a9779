"""What each row adds: averages, closed forms, flags, files and pictures."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import minde
from minde import MINDE
from minde.cli.main import main
from minde.errors import InputError

TINY = {"n_steps": 16, "width": 16, "batch_size": 64}
N = 303
RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, N, 2))
B = B + A
LABEL = (A[:, 0] > 0).astype(int)
COIN = RNG.integers(0, 3, size=N)
RAIN = np.where(RNG.random(N) < 0.4, 0.0, np.exp(A[:, 1]))
SPLIT = {"n_seeds": 1, "options": TINY}


def of(x, y, **options):
    return lambda: MINDE(device="cpu", options=TINY, **options).fit(x, y).mutual_information()


def on_new_rows():
    return MINDE(device="cpu", folds=2, options=TINY).fit(A, B).mutual_information(A[:50], B[:50])


ROUTES = {
    "folds": of(A, B, folds=2),
    "split": of(A, B, folds=1),
    "joint": of(A, B, folds=2, family="j"),
    "halves": of(A[:, :1], B[:, :1], folds=3),
    "seeds": of(A[:, :1], B[:, :1], folds=2, n_seeds=2),
    "new rows": on_new_rows,
    "counted": of(LABEL, COIN),
    "spacings": of(A[:, 0], COIN),
    "labels and columns": of(np.column_stack([LABEL, A[:, 1]]), B, folds=2),
    "atoms": of(RAIN, COIN),
    "atoms and a column": of(RAIN, B[:, 0], folds=2),
    "conditional": lambda: minde.conditional_mutual_information(A, B, COIN, **SPLIT),
    "interaction": lambda: minde.interaction_information(A, B, LABEL, **SPLIT),
    "counted of three": lambda: minde.interaction_information(LABEL, COIN, A[:, 1] > 0),
    "entropy of one": lambda: minde.entropy(A[:, 0]),
    "entropy of more": lambda: minde.entropy(A, **SPLIT),
    "entropy of the paper": lambda: minde.entropy(A, recipe="paper", **SPLIT),
    "entropy by level": lambda: minde.entropy(np.column_stack([COIN, A[:, 0]])),
    "entropy counted": lambda: minde.entropy(COIN),
    "divergence": lambda: minde.kl_divergence(A, B, **SPLIT),
    "divergence of one": lambda: minde.kl_divergence(A[:, 0], B[:, 0]),
    "divergence counted": lambda: minde.kl_divergence(COIN, COIN),
}


@pytest.mark.parametrize("route", ROUTES)
def test_they_average_to_the_value(route):
    e = ROUTES[route]()
    values = minde.local_values(e)
    # Bounds move the value and no row's. Read-outs are in single precision.
    value = e.diagnostics.get("before_bounds", e.value)
    assert values["value"].mean() == pytest.approx(value, abs=1e-6)
    assert len(values) == e.n_test == len(set(values.index))
    assert values.index.is_monotonic_increasing
    assert values.index[-1] < N


def test_every_row_has_the_value_of_its_own():
    """Rows of another order, the same values: so rows are not mixed up between folds."""
    order = np.random.default_rng(1).permutation(400)
    x = np.repeat([0, 1, 2, 3], 100)
    y = (x + (np.arange(400) % 10 == 0)) % 4
    plain, turned = (minde.local_values(of(x[k], y[k])()) for k in (slice(None), order))
    np.testing.assert_allclose(turned["value"], plain["value"].to_numpy()[order], atol=1e-12)
    # Nine of ten have log (0.9 / 0.25), one of ten log (0.1 / 0.25), but for the bias of 400 rows.
    expected = np.where(y == x, math.log(3.6), math.log(0.4))
    np.testing.assert_allclose(plain["value"], expected, atol=0.03)
    assert (plain["flag"] == "misinformative").to_numpy().tolist() == (y != x).tolist()


def test_rows_of_networks_follow_the_closed_form():
    rho, n = 0.8, 300
    x = np.random.default_rng(2).normal(size=n)
    y = rho * x + math.sqrt(1 - rho**2) * np.random.default_rng(3).normal(size=n)
    options = {"n_steps": 64, "width": 16, "batch_size": 64, "n_draws": 30}
    e = MINDE(folds=2, device="cpu", options=options).fit(x, y).mutual_information()
    quadratic = (rho**2 * (x**2 + y**2) - 2 * rho * x * y) / (2 * (1 - rho**2))
    truth = -0.5 * math.log(1 - rho**2) - quadratic
    # In the order of the folds there would be none, of standard deviation 1 / sqrt(300) = 0.06.
    assert np.corrcoef(minde.local_values(e)["value"], truth)[0, 1] > 0.5


def test_labels_of_rows_are_those_of_the_table():
    names = [f"r{k}" for k in range(N)]
    e = ROUTES["split"]()
    values = minde.local_values(e, pd.DataFrame(A, index=names))
    assert [*values.index] == [f"r{k}" for k in sorted(e.rows)]
    assert minde.local_values(e, names).equals(values)
    with pytest.raises(InputError, match="index has 3 rows and the samples had"):
        minde.local_values(e, names[:3])


def test_outliers_are_flagged_and_sorted():
    # The last label is seen three times and is the only one with that y: log (n / 3).
    x = np.array([0, 1] * 600 + [2] * 3)
    rng = np.random.default_rng(0)
    column = rng.normal(size=len(x)) + np.where(x == 2, 1000.0, x)
    e = minde.entropy(column)
    values = minde.local_values(e, sort=True)
    assert set(values.index[:3]) == {1200, 1201, 1202}
    assert set(values["flag"][:3]) == {"high outlier"}
    assert "misinformative" not in set(values["flag"])  # an entropy is no information
    far = (values["value"] - values["value"].median()).abs()
    assert far.is_monotonic_decreasing


def test_bits_are_bits():
    e = ROUTES["counted"]()
    bits = minde.local_values(e.to("bits"))["value"]
    np.testing.assert_allclose(bits * math.log(2.0), minde.local_values(e)["value"])


def test_an_infinite_value_has_no_rows():
    e = minde.kl_divergence(COIN, np.zeros(N, dtype=int) + (np.arange(N) % 2))
    assert math.isinf(e.value)
    with pytest.raises(InputError, match="infinite"):
        minde.local_values(e)


def test_a_histogram_shows_every_row_by_its_flag():
    import matplotlib as mpl

    mpl.use("Agg")
    from minde.questions.figures import plot_local_values

    values = minde.local_values(ROUTES["counted"]())
    axes = plot_local_values(values)
    assert sum(bar.get_height() for bar in axes.patches) == N
    assert axes.lines[-1].get_xdata()[0] == pytest.approx(values["value"].mean())


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "t.csv"
    frame = pd.DataFrame({"a": A[:, 0], "b": B[:, 0], "label": LABEL, "coin": COIN * 1.0})
    frame.loc[[0, 7], "coin"] = np.nan
    frame.to_csv(path, index=False)
    return path


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["minde", *map(str, arguments), "--quiet"])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code
    out = capsys.readouterr()
    return code, out.out, out.err


def test_rows_are_written_with_their_numbers_in_the_table(table, monkeypatch, capsys, tmp_path):
    command = ["estimate", table, "--x", "label", "--y", "coin", "--drop-missing", "--bits"]
    rows = tmp_path / "rows.csv"
    code, out, _ = run(monkeypatch, capsys, *command, "--json", "--rows", rows)
    assert code == 0
    frame = pd.read_csv(rows, index_col="row")
    assert frame.index.tolist() == [k for k in range(N) if k not in (0, 7)]
    found = json.loads(out)
    assert found["unit"] == "bits"
    # Six decimals are written.
    before = found["diagnostics"]["before_bounds"] / math.log(2.0)
    assert frame["value"].mean() == pytest.approx(before, abs=1e-6)


def test_rows_are_read_with_more_draws(table, monkeypatch, capsys, tmp_path):
    seen = {}

    def estimator(**options):
        seen.update(options)
        raise InputError("seen")

    monkeypatch.setattr(minde, "MINDE", estimator)
    command = ["estimate", table, "--x", "a", "--y", "b", "--steps", "9"]
    assert run(monkeypatch, capsys, *command, "--rows", tmp_path / "r.csv")[0] == 2
    assert seen["options"] == {"n_steps": 9, "n_draws": 100}
    run(monkeypatch, capsys, *command)
    assert seen["options"] == {"n_steps": 9}


def test_a_file_that_cannot_be_written_is_told_before_training(table, monkeypatch, capsys):
    monkeypatch.setattr(minde, "MINDE", None)  # calling it would be another error
    for rows in (table / "rows.csv", table.parent):
        command = ["estimate", table, "--x", "a", "--y", "b", "--rows", rows]
        code, out, err = run(monkeypatch, capsys, *command)
        assert (code, out) == (2, "")
        assert err.startswith(f"minde: error: --rows: {rows} cannot be written (")
        assert err.count("\n") == 1
