"""What more rows would change: the line against one over the rows, and what is said of it."""

import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import minde
from minde import MINDE
from minde.cli.main import main
from minde.errors import InputError
from minde.estimators.estimating import nothing_read
from minde.questions import rows as module
from minde.questions.limit import limit_of
from minde.questions.rows import RowsCurve

ROWS = (250, 500, 1000)
TINY = {"n_steps": 16, "width": 16, "batch_size": 32}


def at(value, std_error):
    interval = (value - 1.96 * std_error, value + 1.96 * std_error)
    return replace(nothing_read(9, ()), value=value, std_error=std_error, interval=interval)


def curve(values, errors):
    estimates = tuple(map(at, values, errors))
    return RowsCurve(ROWS, estimates, limit_of(ROWS, estimates))


def test_a_line_is_followed_to_its_end():
    found = curve([0.3 + 20.0 / n for n in ROWS], [1e-4] * 3)
    assert found.limit.value == pytest.approx(0.3, abs=1e-9)
    assert found.limit.slope == found.limit.bias == pytest.approx(20.0, abs=1e-6)


def test_the_interval_of_the_limit_holds():
    """Means of the first rows of 4,000 samples, and an error of networks beside it."""
    rng, s, own = np.random.default_rng(0), 1.0, 0.01
    hit = 0
    for _ in range(4000):
        steps = rng.normal(size=3) * s * np.sqrt([250, 250, 500])
        values = np.cumsum(steps) / ROWS + 5.0 / np.array(ROWS) + own * rng.normal(size=3)
        errors = [math.hypot(s / math.sqrt(n), own) for n in ROWS]
        estimates = [at(v, e) for v, e in zip(values, errors, strict=True)]
        for e, n in zip(estimates, ROWS, strict=True):
            e.diagnostics["std_rows"] = s / math.sqrt(n)
        low, high = limit_of(ROWS, estimates).interval
        hit += low <= 0.0 <= high
    # 95% but for 3 x 0.35% of chance; the ratio of Birge makes it somewhat more.
    assert 0.94 <= hit / 4000 <= 0.99


def test_rows_to_halve_follow_the_rates():
    errors = [0.1 / math.sqrt(n) for n in ROWS]
    sampling = curve([0.3] * 3, errors)
    assert sampling.limit.bias == 0.0
    assert sampling.rows_to_halve == pytest.approx(4000, abs=1)
    assert sampling.sentences[1] == "3,000 more rows would halve the interval, now ±0.006"
    # Bias falls as one over the rows: with next to no sampling error twice the rows do.
    biased = curve([0.3 + 100.0 / n for n in ROWS], [e * 1e-6 for e in errors])
    assert biased.rows_to_halve == pytest.approx(2000, abs=5)
    assert "falls with rows by more than chance, towards 0.300" in biased.sentences[0]
    assert "would halve interval and bias" in biased.sentences[1]
    both = curve([0.3 - 20.0 / n for n in ROWS], errors)
    n = both.rows_to_halve
    c, b = both.half_widths[-1] * math.sqrt(1000), abs(both.limit.bias)
    assert c / n**0.5 + b / n == pytest.approx(0.5 * (c / 1000**0.5 + b / 1000), rel=1e-3)
    assert "rises with rows" in both.sentences[0]


def test_intervals_that_do_not_fall_ask_for_training():
    found = curve([0.3] * 3, [0.02] * 3)
    assert "1.0 times narrower" in found.sentences[1]
    assert "steps or seeds" in found.sentences[1]


def test_what_is_exact_has_a_limit():
    found = curve([math.log(2.0)] * 3, [0.0] * 3)
    assert found.limit.value == pytest.approx(math.log(2.0))
    assert found.rows_to_halve == 1000


LEVELS = np.random.default_rng(0).integers(0, 3, size=(2, 900))
SAME = np.where(np.random.default_rng(1).random(900) < 0.5, LEVELS[0], LEVELS[1])


def test_all_rows_are_those_of_minde():
    found = minde.more_rows(LEVELS[0], SAME)
    assert found.rows == (225, 450, 900)
    whole = MINDE(device="cpu").fit(LEVELS[0], SAME).mutual_information()
    last = found.estimates[-1]
    assert (last.value, last.interval) == (whole.value, whole.interval)
    assert [e.n_test for e in found.estimates] == [*found.rows]
    bits = found.to("bits").to_records()
    assert bits[-1]["rows"] == math.inf
    assert bits[2]["value"] == pytest.approx(whole.value / math.log(2.0))
    with pytest.raises(InputError, match="did you mean 'bits'"):
        found.to("bit")


def test_networks_of_all_parts_are_trained_in_one_call(monkeypatch):
    calls = []

    def counted(found, settings):
        calls.append(sorted(found))
        return fit_all(found, settings)

    fit_all = module.fit_all
    monkeypatch.setattr(module, "fit_all", counted)
    x = np.random.default_rng(0).normal(size=480)
    y = x + np.random.default_rng(1).normal(size=480)
    chosen = {"folds": 2, "device": "cpu", "options": TINY}
    found = minde.more_rows(x, y, **chosen)
    assert calls == [sorted(f"{n} {d}" for n in (120, 240, 480) for d in ("x|y", "y|x"))]
    assert [e.n_test for e in found.estimates] == [120, 240, 480]
    # Padding moves rounding, and rounding the training.
    alone = MINDE(n_seeds=1, **chosen).fit(x, y).mutual_information()
    assert found.estimates[-1].value == pytest.approx(alone.value, abs=0.005)


def test_a_quarter_decides_no_kinds():
    """Of 400 ages in 60 levels 100 have few ties, and are discrete all the same."""
    rng = np.random.default_rng(0)
    age, label = rng.integers(20, 80, 400), rng.integers(0, 2, 400)
    found = minde.more_rows(age, label)
    why = [e.diagnostics["kinds"]["x"]["x[0]"] for e in found.estimates]
    assert why[0] == why[1] == "x[0] is discrete, as was asked for"
    # A hundred rows in 60 levels are not counted, 400 are.
    assert found.sentences[-1].startswith("parts of the rows were read by other means")


@pytest.mark.parametrize(
    ("x", "y", "line"),
    [
        (np.arange(60.0) ** 2, np.random.default_rng(0).normal(size=60), "more_rows: with 15 of"),
        (["u"] * 62 + ["w"], np.arange(63) % 2, r"with 15 of the rows: x: column .* is constant"),
        (LEVELS[0], LEVELS[1][:5], "rows must pair"),
    ],
)
def test_too_few_rows_are_told_in_one_line(x, y, line):
    with pytest.raises(InputError, match=line):
        minde.more_rows(x, y, folds=2)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "t.csv"
    pd.DataFrame({"a": LEVELS[0], "b": SAME}).to_csv(path, index=False)
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


def test_the_command_prints_every_format_and_draws(table, monkeypatch, capsys, tmp_path):
    command = ["rows", table, "--x", "a", "--y", "b"]
    picture = tmp_path / "rows.png"
    code, out, err = run(monkeypatch, capsys, *command, "--json", "--bits", "--plot", picture)
    assert (code, err) == (0, "")
    found = json.loads(out)
    expected = minde.more_rows(LEVELS[0], SAME).to("bits")
    assert found["unit"] == "bits"
    assert [r["value"] for r in found["curve"]] == [r["value"] for r in expected.to_records()]
    assert found["curve"][-1]["rows"] is None
    assert found["sentences"] == [*expected.sentences]
    assert picture.read_bytes()[:4] == b"\x89PNG"
    lines = [*csv.DictReader(io.StringIO(run(monkeypatch, capsys, *command, "--csv")[1]))]
    assert [line["rows"] for line in lines] == ["225", "450", "900", "inf"]
    text = run(monkeypatch, capsys, *command)[1]
    assert "endless" in text
    assert "more rows would halve the interval" in text


@pytest.mark.parametrize(
    ("plot", "line"), [("no/p.png", "cannot be written"), ("p.gif", "is no .png, .pdf, .svg")]
)
def test_a_picture_that_cannot_be_written_is_told_first(
    table, monkeypatch, capsys, tmp_path, plot, line
):
    monkeypatch.setattr(minde, "more_rows", None)  # calling it would be another error
    command = ["rows", table, "--x", "a", "--y", "b", "--plot", tmp_path / plot]
    code, out, err = run(monkeypatch, capsys, *command)
    assert (code, out) == (2, "")
    assert line in err
    assert err.count("\n") == 1
