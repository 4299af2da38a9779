"""Variables from arrays, frames and lists: values and kinds kept, nothing silent."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
import torch

from minde import MINDE
from minde.columns import Variable
from minde.errors import InputError
from minde.inputs import as_matrix
from minde.reading import split as splitting
from minde.reading.pairing import read_samples
from minde.reading.variables import read_variable, read_variables

TIMES = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"])


def read(values, **how):
    return read_variable(values, "x", **how)[0]


def matrix(variable):
    return [list(column.values) for column in variable.columns]


# values, origin, numbers or labels of the one column
ONE = [
    ([1, 2, 3], "integer", [1, 2, 3]),
    ([True, False], "boolean", [1, 0]),
    ([True, 2.5], "float", [1, 2.5]),
    (["a", "b"], "label", ["a", "b"]),
    (np.array([b"a", b"b"]), "label", ["a", "b"]),
    (np.array([1, 2.5], dtype=object), "float", [1, 2.5]),
    ([Decimal("1.5"), Decimal("2")], "float", [1.5, 2]),
    ([Decimal("1"), 2], "integer", [1, 2]),
    (np.float16([1, 2]), "float", [1, 2]),
    (pd.array([1, 2], dtype="Int64"), "integer", [1, 2]),
    (pd.Series([1.5, 2], dtype="Float64"), "float", [1.5, 2]),
    (pd.Series([True, False], dtype="boolean"), "boolean", [1, 0]),
    (pd.Series(["a", "b"], dtype="string"), "label", ["a", "b"]),
    (pd.Series([3, 1, 3], dtype="category"), "label", ["3", "1", "3"]),
    (pd.Series(pd.arrays.SparseArray([0, 0, 1.5])), "float", [0, 0, 1.5]),
    (pd.Index([1, 2]), "integer", [1, 2]),
    ([dt.timedelta(minutes=1), dt.timedelta(minutes=2)], "float", [60, 120]),
    (pd.Series(pd.to_timedelta([1, 2], unit="min")), "float", [60, 120]),
    (np.ma.masked_array([1, 2, 3], mask=False), "integer", [1, 2, 3]),
    (torch.tensor([1.0, 2.0], requires_grad=True), "float", [1, 2]),
    (torch.tensor([1.0, 2.0], dtype=torch.bfloat16), "float", [1, 2]),
    (torch.tensor([1, 2]), "integer", [1, 2]),
    (torch.tensor([True, False]), "boolean", [1, 0]),
]


@pytest.mark.parametrize(("values", "origin", "numbers"), ONE)
def test_one_column_keeps_its_values_and_kind(values, origin, numbers):
    (column,) = read(values).columns
    assert column.origin == origin
    assert list(column.values) == numbers
    assert column.values.dtype == (object if origin == "label" else np.float64)


def test_a_frame_of_many_kinds_keeps_names_kinds_and_levels():
    frame = pd.DataFrame(
        {
            "u": [0.5, 1.5],
            "flag": [True, False],
            "count": pd.array([1, 2], dtype="Int64"),
            "size": pd.Categorical(["lo", "hi"], ["lo", "mid", "hi"]),
        }
    )
    for given in (
        frame,
        dict(frame.items()),
        frame.to_records(index=False)[["u", "flag", "count"]],
    ):
        variable = read(given)
        assert variable.named
        assert variable.names[:3] == ("u", "flag", "count")
        assert [c.origin for c in variable.columns][:3] == ["float", "boolean", "integer"]
    assert read(frame).columns[3].levels == ("lo", "mid", "hi")


def test_columns_of_an_object_array_are_told_apart():
    values = np.array([[1, "a", True], [2.5, "b", False]], dtype=object)
    variable = read(values)
    assert [c.origin for c in variable.columns] == ["float", "label", "boolean"]
    assert variable.names == ("x[0]", "x[1]", "x[2]")
    assert not variable.named


@pytest.mark.parametrize(
    "values", [sparse.eye(3).tocsr(), torch.eye(3).to_sparse(), np.matrix(np.eye(3)), np.eye(3)]
)
def test_matrices_of_every_kind_are_dense(values):
    assert matrix(read(values)) == np.eye(3).tolist()


def test_a_sparse_matrix_too_large_to_be_dense_is_refused(monkeypatch):
    monkeypatch.setattr(splitting, "MAX_DENSE_BYTES", 8 * 8)
    with pytest.raises(InputError, match=r"sparse matrix of 3 x 3 takes .* dense; choose columns"):
        read(sparse.eye(3).tocsr())


MISSING = [
    [1.0, None, 2.0, 3.0],
    [1.0, np.nan, 2.0, 3.0],
    ["a", None, "b", "c"],
    ["a", float("nan"), "b", "c"],
    np.array(["a", np.nan, "b", "c"]),
    pd.Series(["a", np.nan, "b", "c"]),
    pd.Series([1, None, 2, 3], dtype="Int64"),
    pd.Series([True, None, False, True], dtype="boolean"),
    pd.Series(["a", None, "b", "a"], dtype="category"),
    pd.Series(pd.to_timedelta([1, None, 2, 3], unit="min")),
    [Decimal("1"), Decimal("NaN"), Decimal("2"), Decimal("3")],
    np.array([1, pd.NA, 2, 3], dtype=object),
    np.ma.masked_array([1.0, 1e20, 2.0, 3.0], mask=[0, 1, 0, 0]),
    np.ma.masked_array(np.array(["a", "z", "b", "c"], dtype=object), mask=[0, 1, 0, 0]),
    torch.tensor([1.0, float("nan"), 2.0, 3.0]),
]


@pytest.mark.parametrize("values", MISSING)
def test_missing_values_are_refused_or_dropped_and_told(values):
    with pytest.raises(InputError) as caught:
        read(values)
    assert str(caught.value) == (
        "x: 1 value is missing in column 'x[0]'; drop those rows with missing='drop' or fill them"
    )
    variable, told = read_variable(values, "x", missing="drop")
    assert len(variable) == 3
    assert told[0] == "x: 1 of 4 rows were dropped, for values missing in column 'x[0]'"
    column = variable.columns[0]
    assert "" not in column.values if column.origin == "label" else np.isfinite(column.values).all()


def test_rows_are_dropped_over_all_variables_together():
    frame = pd.DataFrame({"age": [1, None, 3, 4, 5.0], "score": [None, 1, 2, 3, 5.0]})
    y = pd.Series([1, 2, 3, None, 7.0], name="h")
    with pytest.raises(InputError) as caught:
        read_variables({"x": frame, "y": y}, option="--drop-missing")
    assert str(caught.value) == (
        "x: 1 value is missing in column 'age', 1 in 'score'; y: 1 value is missing in column 'h'; "
        "drop those rows with --drop-missing or fill them"
    )
    found, told = read_variables({"x": frame, "y": y}, missing="drop")
    assert matrix(found["x"]) == [[3, 5], [2, 5]]
    assert matrix(found["y"]) == [[3, 7]]
    assert told == (
        "x, y: 3 of 5 rows were dropped, for values missing in columns 'age', 'score', 'h'",
    )


REFUSED = [
    ([1, np.inf, 2], "x: 1 value is infinite in column 'x[0]'"),
    ({"a": [1, 2], "when": TIMES[:2]}, "x: column 'when' holds dates; turn them into numbers"),
    (pd.DataFrame({"when": TIMES.tz_localize("UTC")}), "x: column 'when' holds dates"),
    ([dt.date(2020, 1, 1), dt.date(2020, 1, 2)], "holds dates"),
    (np.array(["2020-01-01", "NaT"], dtype="M8[D]"), "holds dates"),
    (
        np.array([1, "a", 2], dtype=object),
        "column 'x[0]' mixes numbers and text, first 'a' in row 1",
    ),
    ([{"a": 1}, {"a": 2}], "column 'x[0]' holds values of type dict"),
    (np.array([1j, 2]), "column 'x[0]' holds complex128 values"),
    ([2**53 + 1, 1], "holds whole numbers such as 9007199254740993 that double precision"),
    ([10**400, 1], "that double precision cannot"),
    (pd.DataFrame(np.eye(3), columns=["a", "b", "a"]), "x: two columns are named 'a'; rename one"),
    ({"a": [1, 2], "b": [1]}, "x: column 'a' has 2 rows and 'b' has 1; rows must pair"),
    ([[1, 2], [3]], "x: rows and columns cannot be made of it"),
    ([], "x: need rows and columns"),
    ({}, "x: need rows and columns"),
    (None, "x: need rows and columns, got shape ()"),
    (np.zeros((2, 2, 2)), "x: need rows and columns, got shape (2, 2, 2)"),
    ([[1.0, 2.0]], "x: one row is not a sample"),
    (np.ones((3, 2)), "x: columns 'x[0]', 'x[1]' are constant; choose columns that vary"),
    (["a", "a"], "x: column 'x[0]' is constant"),
]


@pytest.mark.parametrize(("values", "message"), REFUSED)
def test_what_cannot_be_used_is_one_line(values, message):
    with pytest.raises(InputError) as caught:
        read(values)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_words_and_rows_that_do_not_pair():
    with pytest.raises(
        InputError, match="missing: must be 'refuse' or 'drop', got 'dorp'; did you"
    ):
        read([1, None, 2], missing="dorp")
    with pytest.raises(InputError, match="x has 3 rows and y has 2; rows must pair"):
        read_variables({"x": [1, 2, 3], "y": [1, 2]})
    with pytest.raises(InputError, match="every row has a missing value"):
        read([None, None], missing="drop")


def test_rows_pair_by_position_and_an_index_in_another_order_is_told():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [4, 6, 5]})
    turned = frame["b"].sort_values()
    found, told = read_variables({"x": frame["a"], "y": turned})
    assert matrix(found["y"]) == [[4, 5, 6]]
    assert told == ("x and y have one index in different orders; rows pair by position",)
    assert read_variables({"x": frame["a"], "y": turned.reset_index(drop=True)})[1] == ()


def test_constant_columns_are_left_out_with_a_sentence_unless_rows_are_new():
    frame = pd.DataFrame({"a": [1, 2, 3], "flat": 1.0, "word": "w"})
    variable, told = read_variable(frame, "x")
    assert variable.names == ("a",)
    assert told == ("x: columns 'flat', 'word' are constant and were left out",)
    new, told = read_variable(frame.iloc[:1], "x", keep_constants=True, fewest=1)
    assert new.names == ("a", "flat", "word")
    assert told == ()


def test_text_that_is_mostly_numbers_is_told():
    (told,) = read_variable([*map(str, range(30)), "?"], "x")[1]
    assert (
        "read as labels, though 30 of 31 values are numbers: the first that is none is '?'" in told
    )
    assert read_variable(["a", "b", "1"], "x")[1] == ()


@pytest.mark.parametrize("marks", ["", "%", "thousands", "$"])
def test_numbers_with_marks_are_told_and_their_refusal_says_to_make_them_numbers(marks):
    numbers = range(1000, 1060)
    text = [f"{k:,}" if marks == "thousands" else f"{marks * (marks == '$')}{k}" for k in numbers]
    text = [value + marks * (marks == "%") for value in text]
    (told,) = read_variable(text, "x")[1]
    assert f"column 'x[0]' is text that holds numbers, such as '{text[0]}'" in told
    with pytest.raises(InputError, match=r"text that holds numbers, such as .*; make it numbers"):
        MINDE().fit(text, np.arange(60) % 2)
    for other in (["1.2.3", "1.2.4"], ["12:3", "12:4"], ["7 up", "3 4"]):
        assert read_variable(other, "x")[1] == ()


@pytest.mark.parametrize(
    "text", [["2020-01-31", "2020-02-01"], ["9:30", "22:15"], ["9:30 am", "1:15:20 PM"]]
)
def test_dates_and_times_as_labels_are_told(text):
    (told,) = read_variable(text, "x")[1]
    assert f"column 'x[0]' is text that holds dates or times, such as '{text[0]}'" in told
    assert read_variable([*text, "later"], "x")[1] == ()


def test_a_minus_sign_of_print_is_a_number_too():
    (told,) = read_variable(["1.5", "\u22121.5"], "x")[1]
    assert "is text that holds numbers, such as '1.5'" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (["[m]", *map(str, range(60))], "60 of 61 values are numbers: the first that is none is"),
        ([f"2020-01-{k:02d}" for k in range(1, 32)], "column 'x[0]' holds dates; turn them"),
        ([f"{k}.3.21 12:00" for k in range(1, 32)], "column 'x[0]' holds dates; turn them"),
        ([f"id{k}" for k in range(40)], "merge rare levels, or leave such columns out"),
    ],
    ids=["units", "dates", "dates with times", "names"],
)
def test_text_that_tells_rows_apart_is_refused_with_what_to_do(text, told):
    with pytest.raises(InputError, match="tell rows from one another") as caught:
        MINDE().fit(text, np.arange(len(text)) % 2)
    assert told in str(caught.value)


@pytest.mark.parametrize("mark", ["", " ", "NA", "n/a", "?", "None", "-"])
def test_a_level_that_may_mean_a_missing_value_is_told(mark):
    (told,) = read_variable({"u": ["a", "b", mark, mark]}, "x")[1]
    assert told.startswith(f"x: column 'u' has {mark!r} in 2 rows, which is read as a level")


def test_levels_that_look_alike_are_told():
    (told,) = read_variable(["yes", "no", "Yes ", "no"], "x")[1]
    assert "has labels 'yes' and 'Yes ', which differ in spaces or capitals alone" in told


def test_reading_what_was_read_changes_nothing():
    variable = read({"a": [1, 2], "b": ["u", "v"]})
    again, told = read_variable(variable, "x")
    assert told == ()
    assert again.names == variable.names
    assert [list(c.values) for c in again.columns] == [[1, 2], ["u", "v"]]
    assert isinstance(again, Variable)
    assert as_matrix(read([[1, 2], [3, 5]]), "x").tolist() == [[1, 2], [3, 5]]


def test_columns_of_two_samples_pair_by_name():
    p = pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=list("abc"))
    q = p[["c", "a", "b"]] + 1
    first, second, told = read_samples(p, q)
    assert (first.names, second.names, told) == (("a", "b", "c"), ("a", "b", "c"), ())
    np.testing.assert_array_equal(as_matrix(second, "q"), p.to_numpy() + 1)
    # Arrays have no names, and a series' name is not one of a table's.
    by_place = read_samples(p, q.to_numpy())[1]
    np.testing.assert_array_equal(as_matrix(by_place, "q"), q.to_numpy())
    assert read_samples(p["a"], p["b"])[1].names == ("b",)
    with pytest.raises(InputError, match="'b' is in p alone, 'c' is in p alone, 'd' is in q alone"):
        read_samples(p, q.rename(columns={"c": "d"})[["a", "d"]])
    with pytest.raises(InputError, match="p has 3 columns and q has 2; they must agree"):
        read_samples(p.to_numpy(), q.to_numpy()[:, :2])


def test_a_column_with_one_value_in_both_samples_is_left_out():
    p = pd.DataFrame({"a": [1, 2, 3], "flat": 1.0, "other": 1.0})
    q = pd.DataFrame({"other": 2.0, "flat": 1.0, "a": [4, 5]})
    first, second, told = read_samples(p, q)
    assert first.names == second.names == ("a", "other")
    assert told == ("p and q: column 'flat' is constant and was left out",)


def test_polars_frames_are_read():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(
        {
            "f": [1.0, 2.5, None],
            "i": [1, 2, 3],
            "flag": [True, False, None],
            "s": ["a", "b", "c"],
            "e": pl.Series(["u", "v", "u"], dtype=pl.Enum(["v", "u"])),
            "d": [Decimal("1"), Decimal("2"), Decimal("3")],
        }
    )
    with pytest.raises(InputError, match="1 value is missing in column 'f', 1 in 'flag'"):
        read(frame)
    for given in (frame, frame.lazy()):
        variable = read(given, missing="drop")
        kinds = ["float", "integer", "boolean", "label", "label", "integer"]
        assert [c.origin for c in variable.columns] == kinds
        assert variable.columns[4].levels == ("v", "u")
        assert matrix(variable)[:2] == [[1, 2.5], [1, 2]]
