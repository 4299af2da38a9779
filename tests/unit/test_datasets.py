"""A user's table as a sample file of the workflow."""

import numpy as np
import pandas as pd
import pytest

from minde.errors import InputError
from minde.experiments.datasets.stages import sample_dataset
from minde.stages.samples import read_samples

FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=["a", "b", "c"])


def sampled(folder, frame, **options):
    frame.to_csv(folder / "t.csv", index=False)
    entry = {"x": "a", "y": "b,c", "test_size": 0.2, **options}
    sample_dataset(folder / "t.csv", "own", seed=0, samples=folder / "out.parquet", **entry)
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
    with pytest.raises(InputError, match=r"datasets\.own\.y: column 'b' holds text, such as"):
        sampled(tmp_path, FRAME.assign(b=["u", "v"] * 25))
    assert sampled(tmp_path, FRAME.assign(c=1.0)).dims == (1, 1)
    assert "datasets.own.y: column 'c' is constant and was left out" in caplog.text
