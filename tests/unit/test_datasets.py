"""A user's table as a sample file of the workflow."""

import importlib

import numpy as np
import pandas as pd
import pytest

import minde
from minde.baselines.kinds import KINDS
from minde.errors import InputError
from minde.experiments.datasets.stages import sample_dataset
from minde.recipe import make_recipe
from minde.runtime.resources import Mixed, Training
from minde.stages.baseline import estimate_baseline
from minde.stages.mixed import estimate_mixed
from minde.stages.records import read_records
from minde.stages.samples import read_samples
from minde.stages.worker import answer

FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=["a", "b", "c"])


def sampled(folder, frame, **options):
    frame.to_csv(folder / "t.csv", index=False)
    entry = {"path": "t.csv", "x": "a", "y": "b,c", "test_size": 0.2, **options}
    sample_dataset(folder / "t.csv", "own", entry, seed=0, samples=folder / "out.parquet")
    return read_samples(folder / "out.parquet")


def test_a_dataset_holds_the_rows_of_its_table(tmp_path):
    found = sampled(tmp_path, FRAME)
    rows = np.concatenate([found.train, found.test])
    assert (len(found.train), found.dims) == (40, (1, 2))
    np.testing.assert_array_equal(rows[rows[:, 0].argsort()], FRAME.sort_values("a"))


def test_missing_values_are_refused_or_dropped_and_logged(tmp_path, caplog):
    holes = FRAME.copy()
    holes.loc[[3, 7], "b"] = np.nan
    with pytest.raises(InputError) as caught:
        sampled(tmp_path, holes)
    assert str(caught.value) == (
        "datasets.own.y: 2 values are missing in column 'b'; drop those rows with missing: drop or "
        "fill them"
    )
    found = sampled(tmp_path, holes, missing="drop", test_size=0.25)
    assert len(found.train) + len(found.test) == 48
    assert "2 of 50 rows were dropped, for values missing in column 'b'" in caplog.text


def test_text_and_constant_columns(tmp_path, caplog):
    told = r"datasets\.own\.y: column 'b' holds text, such as 'u'; say kinds: \{b: categorical\}"
    with pytest.raises(InputError, match=told):
        sampled(tmp_path, FRAME.assign(b=["u", "v"] * 25))
    assert sampled(tmp_path, FRAME.assign(c=1.0)).dims == (1, 1)
    assert "datasets.own.y: column 'c' is constant and was left out" in caplog.text


@pytest.fixture(scope="module")
def mixed():
    """x: a number and a text; y: a text that follows the number's sign, and a level."""
    rng = np.random.default_rng(1)
    a, n = rng.normal(size=300), 300
    return pd.DataFrame(
        {
            "a": a,
            "town": rng.choice(["u", "v", "w"], size=n),
            "b": np.where((a > 0) ^ (rng.random(n) < 0.1), "high", "low"),
            "c": rng.integers(0, 4, n),
        }
    )


def test_columns_are_told_apart_where_kinds_are_asked_for(tmp_path, mixed, caplog):
    found = sampled(tmp_path, mixed, x="a,town", kinds={"c": "categorical"})
    assert found.names == ("a", "town", "b", "c")
    assert found.kinds == ("continuous", "categorical", "categorical", "categorical")
    rows = np.concatenate([found.train, found.test])
    order = np.argsort(rows[:, 0])
    codes = mixed.sort_values("a")[["town", "b"]].apply(lambda c: c.astype("category").cat.codes)
    np.testing.assert_array_equal(rows[order, 1:3], codes)
    shown = found.indicated()
    # An indicator per level, one of two levels: a, three towns, b, four levels of c.
    assert shown.dims == (4, 5)
    assert (shown.names, shown.kinds, len(shown.train)) == ((), (), len(found.train))
    np.testing.assert_array_equal(shown.train[:, 0], found.train[:, 0])
    np.testing.assert_array_equal(shown.train[:, 1:4].argmax(axis=1), found.train[:, 1])
    found = sampled(tmp_path, mixed, kinds={})
    assert found.kinds == ("continuous", "categorical", "discrete")
    found = sampled(tmp_path, mixed, y_kind="categorical")
    assert found.kinds == ("continuous", "categorical", "categorical")
    assert sampled(tmp_path, FRAME).kinds == ()


def test_an_unknown_name_of_kinds_is_one_line(tmp_path, mixed):
    with pytest.raises(InputError) as caught:
        sampled(tmp_path, mixed, kinds={"d": "categorical", "bb": "discrete"})
    assert str(caught.value).startswith("datasets.own: kinds: there is no column 'd'")
    assert "\n" not in str(caught.value)


def test_minde_reads_labels_and_leaves_out_what_they_are_not_for(tmp_path, mixed):
    sampled(tmp_path, mixed, y_kind="categorical")
    options = {"n_steps": 32, "width": 16, "batch_size": 32}
    for family in "cj":
        out = tmp_path / f"{family}.parquet"
        estimate_mixed(
            [tmp_path / "out.parquet"], out, family, "fast", {"options": options}, tmp_path / "c"
        )
        (row,) = read_records([out]).to_dict("records")
        assert row["estimator"] == f"minde-{family}"
        if family == "c":
            assert (row["status"], row["n_test"]) == ("ok", 60)
            # No value is above the entropy of a label, and b follows a.
            assert 0.0 < row["mi_estimate"] <= np.log(8)
            assert 0.0 < row["std_error"] < 1.0
        else:
            assert np.isnan(row["mi_estimate"])
            assert row["status"].startswith("left out: MINDE: family 'j' diffuses both variables")


def test_a_table_of_labels_alone_is_counted(tmp_path, mixed):
    sampled(tmp_path, mixed, x="town", y="b", kinds={})
    estimate_mixed(
        [tmp_path / "out.parquet"],
        tmp_path / "e.parquet",
        "j",
        "fast",
        {"options": {}},
        tmp_path / "c",
    )
    (row,) = read_records([tmp_path / "e.parquet"]).to_dict("records")
    known = minde.MINDE().fit(mixed["town"], mixed["b"]).mutual_information()
    assert row["mi_estimate"] == pytest.approx(known.value)
    # Of shuffles in the rows' order, which the sample file does not keep.
    assert row["std_error"] == pytest.approx(known.std_error, rel=2e-3)


LEFT_OUT = "left out: takes continuous columns alone, and b is none"


@pytest.mark.parametrize(
    "kind", [k for k, v in KINDS.items() if v.only != "images" and k != "import"]
)
def test_baselines_take_labels_where_they_can(tmp_path, mixed, kind, monkeypatch):
    sampled(tmp_path, mixed, y="b", kinds={})
    seen = []
    module = importlib.import_module(KINDS[kind].module)
    monkeypatch.setattr(module, "run", lambda k, train, *rest: seen.append(train) or 0.5)
    answered = answer({"kind": kind, "sample": str(tmp_path / "out.parquet"), "options": {}})
    if KINDS[kind].labels == "none":
        assert answered == {"left_out": LEFT_OUT.removeprefix("left out: ")}
    else:
        assert answered["value"] == 0.5
        assert set(np.unique(seen[0][1])) == {0.0, 1.0}
    takes = {"mine", "infonce", "donsker_varadhan", "nwj", "smile"}
    assert (KINDS[kind].labels == "indicators") == (kind in takes)


def test_what_is_left_out_is_a_row_with_its_reason(tmp_path, mixed):
    sampled(tmp_path, mixed, y="b", kinds={})
    limits = {"seconds": 60.0, "memory_mb": 8000.0}
    out = tmp_path / "ksg.parquet"
    estimate_baseline("ksg", "ksg", [tmp_path / "out.parquet"], out, {}, limits)
    (row,) = read_records([out]).to_dict("records")
    assert row["status"] == LEFT_OUT
    assert np.isnan(row["mi_estimate"])


def test_the_resources_of_mixed_tables_follow_the_estimator():
    training = Training(make_recipe("fast", "c", 4), 2, 4, 1000)
    mixed = Mixed(training.recipe, 2, 4, 1000)
    assert mixed.minutes == 2 * training.minutes
    assert mixed.memory_mb == training.memory_mb
