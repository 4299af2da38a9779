"""What a series tells of another's future, of rows that come in time order."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import solve_discrete_lyapunov
from typer.testing import CliRunner

import minde
from minde.cli.main import app
from minde.errors import InputError
from minde.questions import figures

SMALL = {"n_steps": 64, "width": 16, "n_draws": 4}
#: x drives y, which does not drive x.
COUPLED = np.array([[0.5, 0.0], [0.5, 0.5]])


def coupled(n, seed=0):
    rng, out = np.random.default_rng(seed), np.zeros((n + 100, 2))
    for t in range(1, len(out)):
        out[t] = COUPLED @ out[t - 1] + rng.normal(size=2)
    return out[100:].T


def transfer_of_gaussian():
    """From x to y at one lag, by the variances of y given the past with and without x."""
    covariance = solve_discrete_lyapunov(COUPLED, np.eye(2))
    of_x = covariance[0, 0] - covariance[0, 1] ** 2 / covariance[1, 1]
    return 0.5 * np.log(1.0 + COUPLED[1, 0] ** 2 * of_x)


def test_transfer_of_a_coupled_autoregression():
    x, y = coupled(1000)
    few = {"options": SMALL, "folds": 3}
    there = minde.transfer_entropy(x, y, **few)
    assert there.interval[0] <= transfer_of_gaussian() <= there.interval[1]
    assert there.interval[0] > 0.0
    assert there.diagnostics["gap"] > 1
    back = minde.transfer_entropy(y, x, **few)
    assert back.interval[0] <= 0.0 <= back.interval[1]


def test_the_logistic_map_and_its_symbols():
    """Of x -> 4 x (1 - x) the symbols x > 1/2 are fair and independent tosses, and x knows them
    all: what it tells of the one k rows on is log 2, though in 2^k pieces, and beyond the symbol
    of its own row log 2 as well. The symbols tell nothing of themselves."""
    rng = np.random.default_rng(0)
    x = np.empty(2000)
    x[0] = rng.uniform()
    for t in range(1, len(x)):
        # Rounding would end in the fixed point 0.
        x[t] = np.clip(4.0 * x[t - 1] * (1.0 - x[t - 1]), 1e-12, 1.0 - 1e-12)
    symbol = np.where(x > 0.5, "right", "left")
    there = minde.transfer_entropy(x, symbol)
    assert there.interval[0] > 0.6
    assert there.interval[0] <= np.log(2.0) <= there.interval[1] + 1e-12
    found = minde.lagged_mutual_information(x, symbol, lags=range(3))
    for row in found.to_records():
        assert row["low"] <= np.log(2.0) <= row["high"] + 1e-12
        assert row["value"] > 0.6
    stored = minde.active_information_storage(symbol)
    assert stored.interval[0] <= 0.0 <= stored.interval[1] < 0.02


def test_the_past_of_the_target_tells_nothing_beside_itself():
    x, y = coupled(500)
    found = minde.transfer_entropy(x, x, lags=[1, 3], target_lags=range(1, 4))
    assert (found.value, found.interval) == (0.0, (0.0, 0.0))
    assert "0 by definition" in found.warnings[0]
    given = minde.transfer_entropy(y, x, condition=np.column_stack([y, x]))
    assert given.value == 0.0
    labels = np.where(x > 0.0, "up", "down")
    assert minde.transfer_entropy(labels, labels).value == 0.0


def test_transfer_of_labels_is_counted():
    """Y copies x of the row before in nine rows of ten, so log 2 less the entropy of an error."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, size=4000)
    y = np.roll(x, 1) ^ (rng.random(4000) < 0.1)
    truth = np.log(2.0) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
    found = minde.transfer_entropy(x, y, kinds={"source": "categorical"})
    assert found.interval[0] <= truth <= found.interval[1]
    assert list(found.readouts) == ["counts"]
    # What is given from the same row before takes it away.
    known = minde.transfer_entropy(x, y, condition=np.where(x > 0, "a", "b"), target_lags=[1, 2])
    assert known.interval[0] <= 0.0


def test_lagged_information_of_a_delayed_copy():
    x = np.random.default_rng(0).integers(0, 3, size=2000)
    found = minde.lagged_mutual_information(x, np.roll(x, 2), lags=range(-1, 4))
    assert [row["lag"] for row in found.to_records()] == [-1, 0, 1, 2, 3]
    assert found[2].interval[0] <= np.log(3.0) <= found[2].interval[1]
    assert all(found[lag].interval[0] <= 0.0 for lag in (-1, 0, 1, 3))
    # Below zero the roles are turned.
    other = minde.lagged_mutual_information(np.roll(x, 2), x, lags=-2)
    assert other[-2].value == pytest.approx(found[2].value, abs=1e-2)


def test_the_picture_shows_values_intervals_and_which_hold_zero():
    x = np.random.default_rng(0).integers(0, 3, size=500)
    found = minde.lagged_mutual_information(x, np.roll(x, 2), lags=range(4)).to("bits")
    axes = figures.plot_lags(found)
    lines, marks = (c for c in axes.collections)
    rows = found.to_records()
    np.testing.assert_allclose(marks.get_offsets(), [(r["lag"], r["value"]) for r in rows])
    ends = [[(r["lag"], r["low"]), (r["lag"], r["high"])] for r in rows]
    np.testing.assert_allclose(lines.get_segments(), ends)
    filled = [tuple(face[:3]) != (1.0, 1.0, 1.0) for face in marks.get_facecolors()]
    assert filled == [False, False, True, False]
    assert "bits" in axes.get_ylabel()


def test_storage_of_a_chain():
    """A chain of two states that stays in nine rows of ten; one row of its past tells all."""
    stays = np.random.default_rng(0).random(4000) < 0.9
    x = np.cumsum(~stays) % 2
    truth = np.log(2.0) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
    for lags in (1, [1, 2]):
        found = minde.active_information_storage(x, lags=lags)
        assert found.interval[0] <= truth <= found.interval[1]


def test_lags_that_cannot_be_used_are_one_line():
    x, y = coupled(50)
    for lags in (0, [], [1.5], [1, -2]):
        with pytest.raises(InputError, match="lags: give whole numbers of rows"):
            minde.transfer_entropy(x, y, lags=lags)
    with pytest.raises(InputError, match="50 rows do not reach 60 rows back"):
        minde.active_information_storage(x, lags=60)
    with pytest.raises(InputError, match="did you mean 'source'"):
        minde.transfer_entropy(x, y, kinds={"sorce": "discrete"})


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("lags") / "table.csv"
    x = np.random.default_rng(0).integers(0, 2, size=600)
    pd.DataFrame({"a": x, "b": np.roll(x, 1), "c": np.roll(x, 2)}).to_csv(path, index=False)
    return str(path)


def test_commands(table, tmp_path):
    def run(*words):
        done = CliRunner().invoke(app, [*words, "--quiet"])
        assert done.exit_code == 0, done.output
        return done.stdout

    found = json.loads(run("transfer", table, "--x", "a", "--y", "b", "--json"))
    assert found["measure"] == "T(a -> b)"
    assert found["value"] == pytest.approx(np.log(2.0), abs=0.01)
    words = ("--z", "b", "--lags", "2", "--target-lags", "1,2")
    assert (
        json.loads(run("transfer", table, "--x", "a", "--y", "c", *words, "--json"))["value"] > 0.6
    )
    rows = json.loads(run("lags", table, "--x", "a", "--y", "c", "--lags", "0:2,4", "--json"))
    assert [row["lag"] for row in rows] == [0, 1, 2, 4]
    assert max(rows, key=lambda row: row["value"])["lag"] == 2
    assert run("lags", table, "--x", "a", "--y", "c", "--csv").startswith("lag,value,std_error")
    assert "95% interval" in run("lags", table, "--x", "a", "--y", "c", "--lags", "1")
    picture = tmp_path / "lags.svg"
    run("lags", table, "--x", "a", "--y", "c", "--plot", str(picture))
    assert "<svg" in picture.read_text()
    wrong = CliRunner().invoke(app, ["lags", table, "--x", "a", "--y", "c", "--lags", "1-3"])
    assert isinstance(wrong.exception, InputError)
    assert "such as 1,2 or 0:10" in str(wrong.exception)


def test_time_is_an_option_of_the_commands(table):
    def run(*words):
        return CliRunner().invoke(app, [*words, "--quiet", "--json"])

    assert run("estimate", table, "--x", "a", "--y", "b", "--time").exit_code == 0
    refused = run("kl", table, table, "--time")
    assert "takes rows in no order" in str(refused.exception)
