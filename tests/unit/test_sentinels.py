"""Numbers that may stand for a missing value are named, and others are not."""

import numpy as np
import pandas as pd
import pytest

from minde.inputs import read_variables
from minde.reading.sentinels import told_of_sentinel

RNG = np.random.default_rng(0)


def among(values, *sentinels, rows=5):
    return np.concatenate([np.asarray(values, float), np.repeat(sentinels, rows)])


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (among(RNG.normal(70.0, 10.0, 200), -999.0), "-999 in 5 rows"),
        (among(RNG.integers(1, 6, 200), 9.0), "9 in 5 rows"),
        (among(RNG.integers(1, 6, 200), 98.0, 99.0), "98 in 5 rows"),
        (among(RNG.integers(0, 60, 200), -1.0), "-1 in 5 rows"),
        (among(RNG.normal(size=200), 999999.0), "999999 in 5 rows"),
    ],
)
def test_numbers_apart_are_named(values, named):
    assert named in told_of_sentinel(values, "a")


@pytest.mark.parametrize(
    "values",
    [
        RNG.integers(0, 10, 200),  # digits
        RNG.integers(0, 100, 200),
        RNG.integers(-1, 2, 200),  # against, none, for
        RNG.choice([-1, 1], 200),
        RNG.normal(size=200),
        RNG.standard_cauchy(200).round(),
        among(RNG.normal(70.0, 10.0, 200), -999.0, rows=1),  # one outlier
        among(RNG.integers(18, 90, 200), 99.0),  # may be an age
        among(RNG.uniform(-2.0, 0.0, 200), -1.0),
    ],
)
def test_others_are_not(values):
    assert told_of_sentinel(np.asarray(values, float), "a") == ""


def test_a_table_is_read_with_the_sentence_and_the_values():
    x = among(RNG.normal(50.0, 5.0, 95), -99.0)
    table = pd.DataFrame({"a": x, "b": pd.array(x.round(), dtype="Int64")})
    found, told = read_variables({"x": table, "y": np.arange(100.0)}, option="")
    assert [t for t in told if "-99 in 5 rows" in t] == [*told]
    assert len(told) == 2
    assert (found["x"].columns[0].values == -99.0).sum() == 5
    # A variable that was read is not told of again.
    assert read_variables({"x": found["x"]}, option="")[1] == ()
    gone = table.replace(-99.0, np.nan)
    dropped = read_variables({"x": gone}, option="", missing="drop")[1]
    assert not any("apart" in t for t in dropped)
