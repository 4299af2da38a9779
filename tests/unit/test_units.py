"""Bits and nats, the correlation scale, and shares of entropies."""

import csv
import io
import json
import math
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

import minde
from minde import MINDE
from minde.cli.main import main
from minde.cli.show import show
from minde.errors import InputError
from minde.estimators.estimating import nothing_read
from minde.readout.units import NATS_OF, Normalised, Summary, conversion, correlation, shares

TINY = {"n_steps": 16, "width": 16, "batch_size": 64}
#: Four levels equally often, in a fixed order, and which half they are of.
LEVELS = np.arange(400) % 4
HALF = LEVELS // 2


def counted(x, y):
    return MINDE(device="cpu").fit(x, y).mutual_information()


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9, 0.999])
def test_the_correlation_scale_of_gaussians_is_their_correlation(rho):
    nats = -0.5 * math.log(1.0 - rho**2)
    found = correlation(nats, (nats - 0.1, nats + 0.1))
    assert found.value == pytest.approx(rho, abs=1e-7)
    assert found.interval[0] <= found.value < found.interval[1] <= 1.0
    assert correlation(-0.1, (-1.0, math.inf)).interval == (0.0, 1.0)


def test_a_fair_coin_is_one_bit():
    found = minde.entropy(HALF).to("bits")
    # As many heads as tails: the correction of the bias is cut to the most of two levels.
    assert found.value == pytest.approx(1.0, abs=1e-12)
    assert (found.unit, found.to_dict()["unit"]) == ("bits", "bits")


def test_an_estimate_prints_as_a_line_and_its_warnings():
    first, *warnings = str(counted(LEVELS, HALF)).splitlines()
    assert first.startswith("0.6931 nats, 95% interval [0.6")
    assert len(warnings) == len(counted(LEVELS, HALF).warnings) > 0
    assert all(line.startswith("warning: ") for line in warnings)


def test_every_number_is_converted_and_back():
    x = np.random.default_rng(0).normal(size=(300, 2))
    model = MINDE(folds=2, device="cpu", options=TINY).fit(x[:, 0], x.sum(1))
    nats = model.mutual_information()
    bits = nats.to("bits")
    by = 1.0 / math.log(2.0)
    for name in ("value", "std_error", "interval", "per_seed", "integrand", "pointwise"):
        np.testing.assert_allclose(getattr(bits, name), np.multiply(by, getattr(nats, name)))
    for name in ("readouts", "directions"):
        for key, part in getattr(nats, name).items():
            assert getattr(bits, name)[key].value == pytest.approx(by * part.value)
            assert getattr(bits, name)[key].std_error == pytest.approx(by * part.std_error)
    assert bits.to("bits").value == bits.value
    back = bits.to("nats")
    assert back.value == pytest.approx(nats.value, rel=1e-15)
    for name in ("diagnostics", "warnings", "n_train", "n_test", "kind", "quantity"):
        assert getattr(bits, name) == getattr(nats, name)
    known = {"value", "std_error", "interval", "per_seed", "integrand", "pointwise", "readouts"}
    known |= {
        "directions",
        "diagnostics",
        "warnings",
        "n_train",
        "n_test",
        "kind",
        "quantity",
        "rows",
    }
    assert {f.name for f in fields(nats)} == known | {
        "unit",
        "entropies",
        "times",
        "rows",
        "weights",
    }
    # What is from 0 to 1 has no unit.
    assert bits.correlation.value == pytest.approx(nats.correlation.value, rel=1e-12)


def test_a_record_and_plain_values_hold_what_the_estimate_holds():
    x = np.random.default_rng(1).normal(size=(200, 1))
    found = MINDE(folds=2, device="cpu", options=TINY).fit(x, x + 1.0 / (1.0 + x**2))
    found = found.mutual_information()
    low, high = found.interval
    head = {"value": found.value, "std_error": found.std_error}
    assert found.record() == {**head, "low": low, "high": high, "unit": "nats"}
    plain = found.to_dict()
    assert plain["interval"] == [low, high]
    assert plain["readouts"]["gap"] == [
        found.readouts["gap"].value,
        found.readouts["gap"].std_error,
    ]
    assert [*plain["directions"]] == [*found.directions]
    assert plain["times"] == found.times.tolist()
    assert plain["integrand"] == found.integrand.tolist()
    assert float(found) == found.value
    assert "kind" not in plain
    assert "effective_rows" not in plain
    heavy = minde.entropy(HALF, weights=1.0 + HALF).to_dict()
    assert heavy["effective_rows"] == pytest.approx(400 * 1.5**2 / 2.5)


@pytest.mark.parametrize(("unit", "hint"), [("bit", "did you mean 'bits'"), ("hartleys", "'nats'")])
def test_other_units_are_refused(unit, hint):
    with pytest.raises(InputError, match=hint):
        minde.entropy(HALF).to(unit)
    assert {conversion(a, b) * conversion(b, a) for a in NATS_OF for b in NATS_OF} == {1.0}


def test_shares_of_a_half_of_four_levels():
    found = counted(HALF, LEVELS).normalised
    # x is known from y and is half of what y has, but for 1 / n.
    assert found["share_of_h_x"].value == pytest.approx(1.0, abs=0.005)
    assert found["share_of_h_y"].value == pytest.approx(0.5, abs=0.005)
    assert found["share_of_min_h"] == found["share_of_h_x"]
    assert found["correlation"].value == pytest.approx(math.sqrt(0.75), abs=0.005)
    for each in found.values():
        assert 0.0 <= each.interval[0] <= each.value <= each.interval[1] <= 1.0


def test_only_discrete_sides_have_a_share():
    column = np.random.default_rng(0).normal(size=400) + 3.0 * HALF
    found = counted(column, HALF).normalised
    assert {*found} == {"correlation", "share_of_h_y"}
    assert found["share_of_h_y"].interval[1] <= 1.0


def test_levels_that_are_too_many_to_count_have_no_share():
    """Their entropy is a guess at the levels that were never seen; they are read as continuous."""
    age = np.random.default_rng(0).integers(0, 300, 400)
    found = MINDE(device="cpu", kinds={"x": "discrete"}).fit(age, HALF).mutual_information()
    assert {*found.normalised} == {"correlation", "share_of_h_y"}
    assert found.value <= math.log(2.0)


def test_given_a_third_variable_shares_are_of_what_it_leaves():
    # Given the half, one bit of the four levels is left, and x tells all of it.
    x = LEVELS % 2
    found = minde.conditional_mutual_information(x, LEVELS, HALF).normalised
    assert found["share_of_h_y"].value == pytest.approx(1.0, abs=0.005)
    # Of a variable of which nothing is left there is no share.
    gone = minde.conditional_mutual_information(HALF, LEVELS, HALF).normalised
    assert {*gone} == {"correlation", "share_of_h_y", "share_of_min_h"} - {"share_of_min_h"}


def test_intervals_of_shares_hold():
    """Of 200 draws at most 18 may miss: at 95% that happens once in 100."""
    rng, missed = np.random.default_rng(0), 0
    p = np.array([[0.35, 0.1, 0.05], [0.05, 0.2, 0.25]])
    of_y = p.sum(axis=0)
    information = float((p * np.log(p / p.sum(1, keepdims=True) / of_y)).sum())
    truth = information / float(-(of_y * np.log(of_y)).sum())
    for _ in range(200):
        cell = rng.choice(6, size=300, p=p.ravel())
        low, high = counted(cell // 3, cell % 3).normalised["share_of_h_y"].interval
        missed += not low <= truth <= high
    assert missed <= 18


def test_the_error_of_a_share_is_that_of_both_parts():
    known = Normalised(0.5, (0.48, 0.6))
    found = shares(known, {"y": Summary(1.0, 0.02)}, math.inf)["share_of_h_y"]
    own = 1.959964 * 0.5 * 0.02
    assert found.interval == pytest.approx((0.48 - own, 0.6 + own))


@pytest.mark.parametrize("measure", [minde.entropy, lambda x: minde.kl_divergence(x, x)])
def test_what_is_no_information_has_no_correlation(measure):
    with pytest.raises(InputError, match="only mutual information"):
        _ = measure(HALF).correlation


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "t.csv"
    columns = {"half": HALF, "level": LEVELS, "other": (LEVELS + 1) % 3}
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["minde", *map(str, arguments), "--quiet"])
    main_code = 0
    try:
        main()
    except SystemExit as stop:
        main_code = stop.code
    return main_code, capsys.readouterr().out


COMMANDS = [
    ["estimate", "--x", "half", "--y", "level"],
    ["entropy", "--x", "half"],
    ["interaction", "--x", "half", "--y", "level", "--z", "other"],
    ["conditional", "--x", "half", "--y", "level", "--z", "other"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_every_command_prints_bits_in_every_format(table, monkeypatch, capsys, words):
    command = [words[0], table, *words[1:]]
    nats = json.loads(run(monkeypatch, capsys, *command, "--json")[1])
    bits = json.loads(run(monkeypatch, capsys, *command, "--json", "--bits")[1])
    assert (nats["unit"], bits["unit"]) == ("nats", "bits")
    for key in ("value", "std_error"):
        assert bits[key] == pytest.approx(nats[key] / math.log(2.0))
    row = next(
        csv.DictReader(io.StringIO(run(monkeypatch, capsys, *command, "--csv", "--bits")[1]))
    )
    assert row["unit"] == "bits"
    assert float(row["low"]) == pytest.approx(bits["interval"][0], abs=1e-6)
    text = run(monkeypatch, capsys, *command, "--bits")[1]
    assert f"{bits['value']:.4f} bits, 95% interval" in text
    assert "nats" not in text.partition("warning:")[0]


def test_pairs_and_kl_print_bits(table, monkeypatch, capsys):
    rows = json.loads(run(monkeypatch, capsys, "pairs", table, "--json", "--bits")[1])
    top = next(row for row in rows if {row["x"], row["y"]} == {"half", "level"})
    assert top["unit"] == "bits"
    assert top["value"] == pytest.approx(1.0, abs=0.01)
    assert "bits" in run(monkeypatch, capsys, "pairs", table, "--bits")[1]
    assert " bits, " in run(monkeypatch, capsys, "kl", table, table, "--x", "half", "--bits")[1]


def test_normalised_is_printed_in_every_format(table, monkeypatch, capsys):
    command = ["estimate", table, "--x", "half", "--y", "level", "--normalised"]
    found = json.loads(run(monkeypatch, capsys, *command, "--json")[1])["normalised"]
    value, low, high = found["share_of_h_y"]
    # One decides the other, and there is no more to tell.
    assert low < value == high == 0.5
    row = next(csv.DictReader(io.StringIO(run(monkeypatch, capsys, *command, "--csv")[1])))
    assert float(row["share_of_h_y_low"]) == pytest.approx(low, abs=1e-6)
    assert f"share of h y    {value:.4f}" in run(monkeypatch, capsys, *command)[1]
    pairs = ["pairs", table, "--normalised"]
    rows = json.loads(run(monkeypatch, capsys, *pairs, "--json")[1])
    assert all(set(row["normalised"]) == set(found) for row in rows)
    lines = [*csv.DictReader(io.StringIO(run(monkeypatch, capsys, *pairs, "--csv")[1]))]
    assert float(lines[0]["correlation"]) == pytest.approx(rows[0]["normalised"]["correlation"][0])
    assert "I/min H" in run(monkeypatch, capsys, *pairs)[1]


def test_what_is_not_learned_has_a_line_in_the_estimates_unit(capsys):
    found = replace(nothing_read(10, ()), value=1.0, diagnostics={"unlearned": math.log(2.0)})
    show(found.to("bits"), "I(x; y)", "text")
    (line,) = (row for row in capsys.readouterr().out.splitlines() if "not learned" in row)
    assert line.split()[-2:] == ["1.0000", "1.0000"]
