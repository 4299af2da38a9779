"""Files as people have them: a column's values are its own, or one line says why not."""

import bz2
import gzip
import importlib.util
import lzma
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from minde.errors import InputError
from minde.io.tables import pick, pick_names, read_table
from minde.reading.variables import read_variable

# suffix, text, columns
READ = [
    (".csv", "a,b,c\n1,2,3,\n4,5,7,\n7,8,8,\n", {"a": [1, 4, 7], "b": [2, 5, 8], "c": [3, 7, 8]}),
    (".csv", "a,b,\n1,2,\n4,5,\n", {"a": [1, 4], "b": [2, 5]}),
    (".tsv", "value\n1.0\n2.5\n3.5\n", {"value": [1, 2.5, 3.5]}),
    (".csv", "value\n1.0\n2.5\n", {"value": [1, 2.5]}),
    (
        ".tsv",
        "body mass (g)\theight\n1\t2\n2\t3.5\n3\t3\n",
        {"body mass (g)": [1, 2, 3], "height": [2, 3.5, 3]},
    ),
    (
        ".csv",
        "body mass (g)\theight\n1\t2\n2\t3.5\n",
        {"body mass (g)": [1, 2], "height": [2, 3.5]},
    ),
    (".csv", "a, b, c\n1,2,3\n4,5,6\n", {"a": [1, 4], "b": [2, 5], "c": [3, 6]}),
    (".csv", 'a, "b"\n1, "x, y"\n3, "z"\n', {"a": [1, 3], "b": ["x, y", "z"]}),
    (".csv", "a;b\n1,5;2,5\n", {"a": [1.5], "b": [2.5]}),
    (".csv", "a;b\n1.234,5;2,5\n2;3\n", {"a": [1234.5, 2], "b": [2.5, 3]}),
    (".csv", 'a,b\n"1,5","2,25"\n"1,234",2\n', {"a": [1.5, 1.234], "b": [2.25, 2]}),
    (".csv", 'a,b\n"1,234.5",2\n"10",3\n', {"a": [1234.5, 10], "b": [2, 3]}),
    (".csv", "a|b\n1|2\n3|4\n", {"a": [1, 3], "b": [2, 4]}),
    (".csv", "\ufeffa,b\n1,2\n3,4\n", {"a": [1, 3], "b": [2, 4]}),
    (".csv", ",a,b\n0,1,2\n1,3,4\n", {"a": [1, 3], "b": [2, 4]}),
    (".csv", '"a","b"\n"1",1.5,2\n"2",3.5,4\n', {"a": [1.5, 3.5], "b": [2, 4]}),  # R's
    (".csv", "a b\nann 1 2\nbob 3 4\n".replace(" ", "\t"), {"a": [1, 3], "b": [2, 4]}),
    (".txt", "a b c\n1 2 3\n4   5 6\n", {"a": [1, 4], "b": [2, 5], "c": [3, 6]}),
    (".txt", "# a b\n1 2\n4 5\n", {"a": [1, 4], "b": [2, 5]}),  # numpy.savetxt's
    (".csv", "sep=;\na;b\n1;2\n3;4\n", {"a": [1, 3], "b": [2, 4]}),
    (".csv", "a,b\n1,?\n3,4\n", {"a": [1, 3], "b": ["?", "4"]}),
    (".csv", "a,b\r\n1,2\r\n3,4\r\n", {"a": [1, 3], "b": [2, 4]}),
    (".csv", "a,b\r1,2\r3,4\r", {"a": [1, 3], "b": [2, 4]}),
    (".csv", 'a,"b\nc"\n1,2\n3,"x\ny"\n', {"a": [1, 3], "b\nc": ["2", "x\ny"]}),
    (".csv", "0,1\n1.5,2\n3,4\n", {"0": [1.5, 3], "1": [2, 4]}),  # pandas' names of none
]


@pytest.mark.parametrize(("suffix", "text", "columns"), READ)
def test_text_tables_are_read(tmp_path, suffix, text, columns):
    path = tmp_path / f"t{suffix}"
    path.write_bytes(text.encode())
    assert {name: list(v) for name, v in read_table(path).items()} == columns


REFUSED = [
    (".csv", "value\n1,5\n2,5\n", "row 1 has 2 fields and the line of names 1"),
    (".csv", "a,b\n1,2\n3,4,5\n", "row 2 has 3 fields and the line of names 2"),
    (".csv", "a,b\n1,2\n3\n", "row 2 has 1 field and the line of names 2"),
    (".csv", "a,b\n5,1,2\n6,3,4\n", "row 1 has 3 fields"),
    (".csv", "a,b,a\n1,2,3\n", "two columns are named 'a'"),
    (".csv", "a, a\n1,2\n", "two columns are named 'a'"),
    (".csv", "a,,b\n1,2,3\n", "field 2 of its first line is empty"),
    (".csv", "1.5,2\n3,4\n", "first line holds numbers (1.5, ...) where names are read"),
    (".csv", "5.1,3,b\n4.9,2,b\n7.0,3,c\n", "looks like a row ('5.1' would be a name, and 'b' is"),
    (".csv", "a;b,c\n1;2,3\n", "may be separated by commas or semicolons"),
    (".csv", "a;b\n1,5;2\n2;3.5\n", "'1,5' and such as '3.5'; write all with one decimal mark"),
    (
        ".csv",
        'a,b\n"1,234",2\n',
        "comma in '1,234' may be a decimal mark or stand between thousand",
    ),
    (".csv", "a,b\n", "it has names but no rows"),
    (".csv", " \n", "the file is empty"),
    (".csv", "\0\1", "it is no text"),
    (".csv.gz", "no gzip", "cannot be read as csv (Not a gzipped file"),
    (".csv.zst", "no zstd", "cannot be read as csv"),
    (".npy", "no array", "cannot be read as npy"),
    (".npz", "no arrays", "cannot be read as npz"),
    (".feather", "no table", "cannot be read as feather"),
    (".xlsx", "no sheet", "t.xlsx: "),
    (".sav", "?", "unknown kind of file '.sav'; use csv, tsv"),
]


@pytest.mark.parametrize(("suffix", "text", "message"), REFUSED)
def test_what_cannot_be_read_is_one_line(tmp_path, suffix, text, message):
    path = tmp_path / f"t{suffix}"
    path.write_bytes(text.encode())
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_names_in_any_usual_encoding(tmp_path, encoding):
    (tmp_path / "t.csv").write_bytes("größe;b\n1;2\n".encode(encoding))
    assert [*read_table(tmp_path / "t.csv")] == ["größe", "b"]


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(data)
    return sink.getvalue().to_pybytes()


COMPRESS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


@pytest.mark.parametrize("suffix", COMPRESS)
def test_compressed_text(tmp_path, suffix):
    path = tmp_path / f"t.csv{suffix}"
    path.write_bytes(COMPRESS[suffix](b"a,b\n1,2.5\n3,4\n"))
    assert {k: list(v) for k, v in read_table(path).items()} == {"a": [1, 3], "b": [2.5, 4]}


FRAME = pd.DataFrame(
    {
        "f": [1.5, None, 2.0],
        "n": pd.array([1, None, 3], dtype="Int64"),
        "flag": pd.array([True, None, False], dtype="boolean"),
        "money": [Decimal("1.25"), None, Decimal("2.50")],
        "whole": [Decimal("1"), Decimal("2"), None],
        "word": ["u", "v", None],
        "size": pd.Categorical(["lo", None, "hi"], ["lo", "mid", "hi"], ordered=True),
        "wait": pd.to_timedelta([1, None, 3], unit="min"),
    },
)
ORIGINS = ["float", "integer", "boolean", "float", "integer", "label", "label", "float"]


def parquet_folder(frame, path):
    path.mkdir()
    for k in range(3):
        frame.iloc[k : k + 1].to_parquet(path / f"part{k}.parquet", index=False)


WRITERS = {
    "t.parquet": lambda f, p: f.to_parquet(p),
    "t.pq": lambda f, p: f.set_index(pd.Index([5, 6, 8])).to_parquet(p),  # an unnamed index
    "t.feather": lambda f, p: f.to_feather(p),
    "folder": parquet_folder,
}


@pytest.mark.parametrize("name", WRITERS)
def test_typed_tables_keep_their_kinds(tmp_path, name):
    WRITERS[name](FRAME, tmp_path / name)
    columns = read_table(tmp_path / name)
    assert [*columns] == [*FRAME]
    for (key, values), origin in zip(columns.items(), ORIGINS, strict=True):
        variable, told = read_variable({key: values}, "x", missing="drop", keep_constants=True)
        (column,) = variable.columns
        assert column.origin == origin
        known = FRAME[key].dropna()
        if key == "wait":
            assert list(column.values) == [60, 180]
            assert "durations, which are read in seconds" in told[1]
        elif origin == "label":
            assert list(column.values) == list(known)
            assert column.levels == (("lo", "mid", "hi") if key == "size" else ())
        else:
            assert list(column.values) == [float(v) for v in known]


def test_whole_numbers_beside_missing_ones_stay_whole(tmp_path):
    (tmp_path / "t.csv").write_text("n,f\n1,1.0\n,\n3,3.0\n")
    columns = read_table(tmp_path / "t.csv")
    read = {k: read_variable({k: v}, "x", missing="drop")[0].columns[0] for k, v in columns.items()}
    assert (read["n"].origin, read["f"].origin) == ("integer", "float")
    assert list(read["n"].values) == list(read["f"].values) == [1, 3]


@pytest.mark.parametrize(
    "text",
    [
        "0.25,0.5,b\n1,2,c\n3,4,d\n",
        ",0.25,0.5\n0,1.5,2.5\n1,3.5,4.5\n",
        "1990,1991,a\n3,4,a\n5,6,b\n",
    ],
    ids=["quantiles beside another", "with an index", "years, and a level of its column's name"],
)
def test_names_may_be_numbers_where_the_line_is_no_row(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    assert [len(v) for v in read_table(tmp_path / "t.csv").values()] in ([2] * 3, [2] * 2)


def test_a_blank_line_of_one_column_is_a_missing_value(tmp_path):
    (tmp_path / "t.csv").write_text("a\n1.5\n\n3\n")
    with pytest.raises(InputError, match="1 value is missing in column 'a'"):
        read_variable(read_table(tmp_path / "t.csv"), "x")


def test_dates_of_a_table_are_one_line_that_names_the_column(tmp_path):
    when = pd.to_datetime(["2020-01-01", "2021-05-05"])
    pd.DataFrame({"a": [1.0, 2.0], "when": when}).to_parquet(tmp_path / "t.parquet")
    columns = read_table(tmp_path / "t.parquet")
    with pytest.raises(InputError, match="x: column 'when' holds dates; turn them into numbers"):
        read_variable(pick(columns, "a,when", "--x"), "x")
    assert read_variable(pick(columns, "a", "--x"), "x")[0].names == ("a",)


def test_numpy_files(tmp_path):
    values = np.arange(6.0).reshape(3, 2)
    np.save(tmp_path / "t.npy", values)
    assert {k: list(v) for k, v in read_table(tmp_path / "t.npy").items()} == {
        "0": [0, 2, 4],
        "1": [1, 3, 5],
    }
    np.savez(tmp_path / "t.npz", x=values, y=values[:, 0])
    assert [*read_table(tmp_path / "t.npz")] == ["x0", "x1", "y"]
    np.savez(tmp_path / "twice.npz", x=values, x0=values[:, 0])
    with pytest.raises(InputError, match="two columns are named 'x0'"):
        read_table(tmp_path / "twice.npz")
    np.save(tmp_path / "cube.npy", np.zeros((2, 2, 2)))
    with pytest.raises(InputError, match="has 3 dimensions; use one or two"):
        read_table(tmp_path / "cube.npy")


def test_parquet_with_repeated_names_and_an_empty_folder(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="'a'"):
        read_table(tmp_path / "t.parquet")
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="the folder holds no parquet files"):
        read_table(tmp_path / "none")


def test_excel_is_read_or_asks_for_its_package(tmp_path):
    path = tmp_path / "t.xlsx"
    if importlib.util.find_spec("openpyxl") is None:
        path.write_bytes(b"PK\3\4" + b"\0" * 64)
        with pytest.raises(InputError):
            read_table(path)
        return
    frame = pd.DataFrame({"a": [1, 2], "b (x)": [1.5, 2.5], "w": ["u", "v"]})
    frame.to_excel(path, index=False)
    variable, _ = read_variable(read_table(path), "x")
    assert variable.names == ("a", "b (x)", "w")
    assert [c.origin for c in variable.columns] == ["integer", "float", "label"]
    rows = pd.DataFrame({"a": [5.1, 4.9, 7.0], "b": ["u", "u", "v"]})
    rows.to_excel(path, index=False, header=False)
    with pytest.raises(InputError, match="its first line looks like a row"):
        read_table(path)


def test_columns_are_chosen_by_name_before_glob():
    columns = {"x[0]": 1, "x0": 2, "a,b": 3, "a": 4}
    assert pick_names(columns, "x[0]", "--x") == ["x[0]"]
    assert pick_names(columns, "a,b", "--x") == ["a,b"]
    assert pick_names(columns, "a, x*", "--x") == ["a", "x[0]", "x0"]
    with pytest.raises(InputError, match="--x: no column 'b'"):
        pick_names(columns, "a,b ,b", "--x")


COMMENTS = {
    "comments": "# made by a logger\n# 2024-01-31\nx,y\n1,2\n3,4\n",
    "one comment": "#made by a logger\nx,y\n1,2\n3,4\n",
    "numpy.savetxt's names": "# x,y\n1,2\n3,4\n",
    "comments above numpy.savetxt's names": "# made by a logger\n# x,y\n1,2\n3,4\n",
}


@pytest.mark.parametrize("text", COMMENTS.values(), ids=COMMENTS)
def test_comments_above_the_names_are_left_out(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    found = read_table(tmp_path / "t.csv")
    assert {name: list(values) for name, values in found.items()} == {"x": [1, 3], "y": [2, 4]}


def test_a_file_of_comments_alone_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("# nothing\n# here\n")
    with pytest.raises(InputError, match="names but no rows"):
        read_table(tmp_path / "t.csv")


def test_an_unknown_column_like_none_is_told_with_those_there_are():
    columns = {name: [1] for name in "abcdefg"}
    with pytest.raises(InputError) as caught:
        pick(columns, "weight", "--x")
    told = "--x: no column 'weight'; its columns are 'a', 'b', 'c', 'd', 'e', ..."
    assert str(caught.value) == told
