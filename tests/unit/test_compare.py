"""MINDE beside other estimators: their values, who is left out, and which to trust."""

import csv
import importlib.util
import io
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import minde
from minde.baselines import gaussians
from minde.cli.main import main
from minde.errors import InputError
from minde.estimators.estimating import nothing_read
from minde.questions import compare as module
from minde.questions.advice import Facts, advise
from minde.questions.compare import METHODS, USUAL
from minde.readout.estimate import Summary

LABELS = {"minde": "MINDE"} | {name: entry[0] for name, entry in METHODS.items()}
TINY = {"n_steps": 16, "width": 16, "batch_size": 64}
RHO = 0.8
TRUTH = -0.5 * math.log(1 - RHO**2)


def gaussian(n, dim=1, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, dim))
    return x, RHO * x + math.sqrt(1 - RHO**2) * rng.normal(size=(n, dim))


def test_more_than_is_possible_is_said_to_be_so():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    x = y + 0.1 * rng.normal(size=300)
    estimate = minde.MINDE().fit(x, y).mutual_information()
    facts = Facts(300, (1, 1), True)
    told = advise(estimate, {"mixed_ksg": 0.9}, LABELS, facts)
    assert "is more than the entropy of the labels" in told
    # No network was trained, which could be trained longer.
    assert "longer" not in advise(estimate, {"mixed_ksg": 0.2}, LABELS, facts)


@pytest.mark.parametrize("dim", [1, 3])
def test_a_mixture_is_exact_on_gaussians(dim):
    (x, y), (u, v) = gaussian(2000, dim), gaussian(2000, dim, seed=1)
    # The information of a row has the standard deviation rho sqrt(dim): 0.018 and 0.031 of 2,000.
    found = gaussians.run("mixture_of_gaussians", (x, y), (u, v), None, 0)
    assert found == pytest.approx(dim * TRUTH, abs=0.054 * math.sqrt(dim))


def test_a_mixture_sees_what_is_not_linear():
    # Two clusters of opposite correlation: no correlation, and information by the cluster.
    rng = np.random.default_rng(0)
    sign = rng.choice([-1.0, 1.0], size=6000)
    x = rng.normal(size=6000)
    y = sign * x + 0.2 * rng.normal(size=6000)
    rows = np.column_stack([x, y])
    train, test = (rows[:3000, :1], rows[:3000, 1:]), (x[3000:, None], y[3000:, None])
    found = gaussians.run("mixture_of_gaussians", train, test, None, 0)
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.05
    # Given the sign it is 0.5 log 26 = 1.63, of which at most log 2 is lost.
    assert 0.5 * math.log(26.0) - math.log(2.0) < found < 0.5 * math.log(26.0)


def test_each_reads_the_same_gaussians():
    found = minde.compare(*gaussian(600), methods=["mixed_ksg", "mixture_of_gaussians"],
                          folds=2, device="cpu", options=TINY)  # fmt: skip
    names = [c.name for c in found.found]
    assert names == ["minde", "mixed_ksg", "mixture_of_gaussians"]
    assert [c.status for c in found.found] == ["ok"] * 3
    # Standard errors: 0.03 of all rows, 0.07 of the fifth that the mixture is read on.
    errors = [abs(c.value - TRUTH) for c in found.found]
    assert max(errors[:2]) < 0.1
    assert errors[2] < 0.25
    assert found.found[0].interval == found.estimate.interval
    assert all(c.interval is None for c in found.found[1:])
    bits = found.to("bits").to_records()
    assert [r["value"] * math.log(2.0) for r in bits] == pytest.approx(
        [c.value for c in found.found]
    )


@pytest.mark.bmi
def test_what_takes_no_labels_is_left_out():
    x = np.arange(400) % 2
    methods = ["ksg", "mixed_ksg", "cca", "mixture_of_gaussians"]
    found = minde.compare(pd.DataFrame({"word": np.where(x, "u", "v")}), x, methods=methods)
    ours, ksg, mixed, cca, mixture = found.found
    assert ours.value == pytest.approx(math.log(2.0), abs=0.01)
    assert (ours.status, mixed.status) == ("ok", "ok")
    left = "left out: takes continuous columns alone, and word is none"
    assert {ksg.status, cca.status, mixture.status} == {left}


def test_a_critic_is_shown_labels_by_indicators(monkeypatch):
    shown = []

    def answer(sample, name, options):
        shown.append((name, options["max_n_steps"], sample.kinds, len(sample.train)))
        return {"value": 0.5}

    monkeypatch.setattr(module, "answer_on", answer)
    found = minde.compare(["u", "v", "w", "u"] * 50, np.arange(200) % 2, methods=["smile"])
    # The worker turns the labels into indicators where the kinds say that they are.
    assert shown == [("smile", 2000, ("categorical", "discrete"), 160)]
    assert found.found[1].value == 0.5


@pytest.mark.bmi
def test_columns_with_atoms_are_not_continuous():
    rng = np.random.default_rng(0)
    rain = np.where(rng.random(400) < 0.5, 0.0, rng.random(400))
    found = minde.compare(rain, np.arange(400) % 2, methods=["cca"])
    assert found.found[1].status.endswith("and x[0] is none")
    assert "nothing to compare with" in found.advice


def test_a_package_that_is_missing_is_told(monkeypatch):
    def find(name):
        return None if name == "bmi" else importlib.util.find_spec(name)

    monkeypatch.setattr(module, "find_spec", find)
    x = np.random.default_rng(0).normal(size=(2, 100))
    found = minde.compare(*x, methods=["ksg", "mixed_ksg"], options={"n_steps": 8, "width": 16})
    assert found.found[1].status == ("left out: needs the package 'bmi'; pip install 'minde[bmi]'")
    assert math.isnan(found.found[1].value)
    assert found.found[2].status == "ok"


def test_a_method_that_fails_is_no_value(monkeypatch):
    monkeypatch.setattr(module, "answer_on", lambda *_: {"failed": "ValueError: no"})
    found = minde.compare(np.arange(200) % 2, np.arange(200) % 4, methods=["mixed_ksg"])
    assert found.found[1].status == "failed: ValueError: no"
    assert found.to_records()[1]["value"] is None


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="unknown method 'kgs'; did you mean 'ksg'"):
        minde.compare([1, 2], [1, 2], methods=["kgs"])
    assert set(USUAL) < set(METHODS)


#: As networks read it.
READOUTS = {"corrected": Summary(1.0, 0.05)}
OURS = replace(nothing_read(9, ()), value=1.0, interval=(0.9, 1.1), readouts=READOUTS)


@pytest.mark.parametrize(
    ("values", "facts", "said"),
    [
        ({"cca": 0.95, "ksg": 1.1}, Facts(1000, (1, 1), False), "All 2 others agree"),
        ({"cca": 0.2}, Facts(1000, (1, 1), False), "CCA (0.20) sees linear dependence alone"),
        ({"cca": 1.5}, Facts(1000, (1, 1), False), "takes columns for Gaussian"),
        ({"ksg": 0.5}, Facts(1000, (5, 5), False), "reads low where rows have 10 columns"),
        ({"ksg": 0.5}, Facts(1000, (1, 1), False), "train MINDE longer before trusting either"),
        ({"smile": 0.5}, Facts(1000, (2, 2), True), "with 1000 rows a critic stops below"),
        ({"smile": 1.5}, Facts(9000, (2, 2), True), "a critic's bound overfits, or varies"),
        ({"mixture_of_gaussians": 0.5}, Facts(900, (2, 2), False), "as a few Gaussians fit"),
        ({}, Facts(900, (2, 2), False), "nothing to compare with"),
    ],
)
def test_the_advice_follows_rules(values, facts, said):
    assert said in advise(OURS, values, LABELS, facts)


def test_the_advice_is_in_the_unit():
    assert "CCA (0.29)" in advise(OURS, {"cca": 0.2}, LABELS, Facts(9, (1, 1), False), "bits")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "t.csv"
    x = np.arange(400) % 2
    pd.DataFrame({"a": x, "b": np.where(np.arange(400) < 40, 1 - x, x)}).to_csv(path, index=False)
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
    command = ["compare", table, "--x", "a", "--y", "b", "--methods", "mixed_ksg, cca"]
    picture = tmp_path / "c.svg"
    code, out, err = run(monkeypatch, capsys, *command, "--json", "--bits", "--plot", picture)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [r["estimator"] for r in found["estimators"]] == ["MINDE", "KSG (mixed)", "CCA"]
    assert {r["unit"] for r in found["estimators"]} == {"bits"}
    # A coin through a channel that flips a tenth: 1 - H(0.1) = 0.531 bits.
    assert found["estimators"][0]["value"] == pytest.approx(0.531, abs=0.01)
    assert found["estimators"][1]["value"] == pytest.approx(0.531, abs=0.03)
    assert picture.read_text().startswith("<?xml")
    lines = [*csv.DictReader(io.StringIO(run(monkeypatch, capsys, *command, "--csv")[1]))]
    assert lines[2]["value"] == ""
    assert lines[2]["status"].startswith("left out")
    text = run(monkeypatch, capsys, *command)[1]
    assert "KSG (mixed)" in text
    assert "CCA: left out" in text
    code, out, err = run(monkeypatch, capsys, *command[:-1], "ccaa")
    assert (code, out) == (2, "")
    assert err == "minde: error: compare: unknown method 'ccaa'; did you mean 'cca'?\n"
