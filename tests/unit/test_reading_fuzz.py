"""Random tables, written and read back: the values that were written, or one line."""

import datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minde.errors import InputError
from minde.io.tables import read_table
from minde.reading.variables import read_variables

NAMES = st.sampled_from(["a", "value", "body mass (g)", "x;y", "n_1", "größe", "0", " s", "q'z"])
TEXT = st.sampled_from(
    ["cat", "dog", "a b", "x,y", 'say "hi"', "semi;colon", "tab\tbed", "é", "7 up"]
)
FLOATS = st.floats(-1e6, 1e6).map(lambda v: float(f"{v:.6g}"))
VALUES = {
    "float": FLOATS,
    "ties": st.sampled_from([0.0, 0.5, 1.25]),
    "integer": st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
    "label": TEXT,
    "category": TEXT,
    "decimal": st.integers(-(10**6), 10**6).map(lambda k: Decimal(k) / 100),
    "datetime": st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2030, 1, 1)),
}
#: What a kind is after reading, where its name is another.
ORIGINS = {"ties": "float", "category": "label", "decimal": "float"}
WRITE = {
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
    "index.csv": lambda frame, path: frame.to_csv(path),
    ".tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "semicolon.csv": lambda frame, path: frame.to_csv(path, index=False, sep=";", decimal=","),
    "bom.csv": lambda frame, path: frame.to_csv(path, index=False, encoding="utf-8-sig"),
    ".csv.gz": lambda frame, path: frame.to_csv(path, index=False),
    ".parquet": lambda frame, path: frame.to_parquet(path, index=False),
    ".feather": lambda frame, path: frame.to_feather(path),
}


@st.composite
def frames(draw):
    rows = draw(st.integers(1, 8))
    names = draw(st.lists(NAMES, min_size=1, max_size=4))  # may repeat
    columns, kinds = [], []
    for _ in names:
        kind = draw(st.sampled_from(sorted(VALUES)))
        values = draw(st.lists(VALUES[kind], min_size=rows, max_size=rows))
        lacking = draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
        if draw(st.booleans()):
            values = [None if gone else v for v, gone in zip(values, lacking, strict=True)]
        columns.append(as_series(kind, values))
        kinds.append(kind)
    frame = pd.concat(columns, axis=1)
    frame.columns = names
    return frame, kinds


def as_series(kind, values):
    dtypes = {"integer": "Int64", "boolean": "boolean", "category": "category"}
    floats = {"float": "float64", "ties": "float64", "datetime": "datetime64[ns]"}
    return pd.Series(values, dtype={**dtypes, **floats}.get(kind, object))


def expected(kind, column):
    """The values of a column that miss nothing."""
    known = column.dropna()
    return [str(v) for v in known] if kind in ("label", "category") else [float(v) for v in known]


def attempt(function, *arguments, **how):
    """What a function returns, and the one line by which it refuses."""
    try:
        return function(*arguments, **how), ""
    except InputError as error:
        return None, str(error)


@pytest.mark.parametrize("suffix", WRITE)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(made=frames())
def test_a_table_comes_back_or_is_refused_in_one_line(suffix, tmp_path, made):
    frame, kinds = made
    path = tmp_path / f"t{suffix}"
    typed = suffix in (".parquet", ".feather")
    if typed and not frame.columns.is_unique:  # pandas itself refuses to write it
        return
    WRITE[suffix](frame, path)
    columns, line = attempt(read_table, path)
    assert "\n" not in line
    if columns is None:
        assert not typed
        reasons = {
            "two columns are named": not frame.columns.str.strip().is_unique,
            # One column of text may hold what could be a separator, or decimal commas.
            "separated by": len(kinds) == 1,
            "decimal mark": suffix == "semicolon.csv" and len(set(kinds)) > 1,
        }
        assert any(word in line and so for word, so in reasons.items())
        return
    names = frame.columns if typed else frame.columns.str.strip()
    assert list(columns) == list(names)
    for k, name in enumerate(columns):
        check_column({name: columns[name]}, kinds[k], frame.iloc[:, k], typed)


def check_column(given_column, kind, column, typed):
    how = {"missing": "drop", "keep_constants": True, "fewest": 1}
    found, line = attempt(read_variables, {"x": given_column}, **how)
    assert "\n" not in line
    if found is None:
        dates = kind == "datetime" and typed
        assert (dates and "holds dates" in line) or (
            column.isna().all() and "every row has a missing value" in line
        )
        return
    (read,), sentences = found[0]["x"].columns, found[1]
    assert bool(sentences and "dropped" in sentences[0]) == column.isna().any()
    if kind == "datetime":  # text of a text table, never numbers
        assert read.origin == "label"
        return
    assert list(read.values) == expected(kind, column)
    if kind in ("integer", "boolean", "label"):
        assert read.origin == kind
    if typed:
        assert read.origin in (kind, ORIGINS.get(kind), "integer" if kind == "decimal" else kind)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(made=frames())
def test_a_frame_is_read_as_it_is_or_refused_in_one_line(made):
    frame, kinds = made
    lacking = int(frame.isna().to_numpy().sum())
    found, line = attempt(read_variables, {"x": frame}, keep_constants=True, fewest=1)
    assert "\n" not in line
    if found is None:
        reasons = {
            "two columns are named": not frame.columns.is_unique,
            "missing in column": lacking > 0,
            "holds dates": "datetime" in kinds,
        }
        assert any(word in line and so for word, so in reasons.items())
        return
    assert (lacking, found[1]) == (0, ())
    for k, column in enumerate(found[0]["x"].columns):
        assert list(column.values) == expected(kinds[k], frame.iloc[:, k])
