"""Questions on a table: the shell and the workflow give the same answer, by one function."""

import inspect
import re
from dataclasses import fields

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import minde
from minde.cli.main import main
from minde.declare import options_of
from minde.errors import ConfigError, InputError
from minde.experiments.config import check_config, complete
from minde.experiments.datasets.questions import QUESTIONS as DECLARED
from minde.experiments.datasets.questions import asked
from minde.questions.asking import QUESTIONS
from minde.questions.figures import FIGURES
from minde.questions.stages import answer_question, plot_question

FUNCTIONS = {
    "test": minde.independence_test,
    "transfer": minde.transfer_entropy,
    "lags": minde.lagged_mutual_information,
    "select": minde.select,
    "local": minde.MINDE.fit,
    "rows": minde.more_rows,
    "pairs": minde.pairwise_mutual_information,
    "compare": minde.compare,
    "capacity": minde.channel_capacity,
}
# What is counted takes no network, so that every question is asked for real.
ASKED = {
    "test": ({"x": "a", "y": "b", "permutations": 79}, ["test", "--permutations", "79"]),
    "transfer": ({"x": "a", "y": "b", "lags": [1, 2]}, ["transfer", "--lags", "1,2"]),
    "lags": ({"x": "a", "y": "b", "lags": [0, 1, 2]}, ["lags", "--lags", "0:2"]),
    "select": ({"x": "*", "y": "b", "unit": "bits"}, ["select", "--x", "*", "--bits"]),
    "local": ({"x": "a", "y": "b"}, ["estimate"]),
    "rows": ({"x": "a", "y": "b"}, ["rows"]),
    "pairs": ({"x": "a,b,word", "kinds": {"word": "categorical"}},
              ["pairs", "--x", "a,b,word", "--categorical", "word"]),
    "compare": ({"x": "a", "y": "b", "methods": ["mixed_ksg", "cca"]},
                ["compare", "--methods", "mixed_ksg,cca"]),
    "capacity": ({"x": "word", "y": "b"}, ["capacity", "--x", "word"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 3, 400)
    b = np.where(rng.random(400) < 0.6, np.roll(a, 1), rng.integers(0, 3, 400))
    word = np.where(b > rng.integers(0, 3, 400), "more", "less")
    path = tmp_path_factory.mktemp("asked") / "t.csv"
    pd.DataFrame({"a": a, "b": b, "word": word}).to_csv(path, index=False)
    return path


def answered(table, folder, entry, name="q"):
    csv = folder / f"{name}.csv"
    answer_question(table, "own", name, entry, csv, folder / f"{name}.md")
    return csv


def from_shell(monkeypatch, capsys, table, *words):
    monkeypatch.setattr("sys.argv", ["minde", words[0], str(table), *words[1:], "--quiet"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    return capsys.readouterr().out


@pytest.mark.parametrize("ask", QUESTIONS)
def test_shell_and_workflow_give_one_answer(table, tmp_path, monkeypatch, capsys, ask):
    entry, words = ASKED[ask]
    csv = answered(table, tmp_path, {"ask": ask, **entry}, ask)
    given = [] if ask == "pairs" else ["--y", entry["y"]]
    if "--x" not in words and ask != "pairs":
        given += ["--x", entry["x"]]
    out = ["--rows", str(tmp_path / "rows.csv")] if ask == "local" else ["--csv"]
    printed = from_shell(monkeypatch, capsys, table, *words, *given, *out)
    found = pd.read_csv(csv)
    told = pd.read_csv(tmp_path / "rows.csv") if ask == "local" else _csv(printed)
    common = [c for c in found.columns if c in told.columns and c != "seconds"]
    assert {"low", "value", "alone"} & {*common}
    pd.testing.assert_frame_equal(found[common], told[common], check_dtype=False, atol=2e-6)
    page = (tmp_path / f"{ask}.md").read_text()
    assert page.startswith("# ")
    assert "Warning: " in page


def _csv(text):
    lines = text.splitlines()
    return pd.read_csv(pd.io.common.StringIO("\n".join(lines)))


@pytest.mark.parametrize("ask", FIGURES)
def test_a_figure_is_drawn_of_the_table(table, tmp_path, ask):
    csv = answered(table, tmp_path, {"ask": ask, **ASKED[ask][0]}, ask)
    before = plt.get_fignums()
    style = {"palette": "colorblind", "font_size": 9, "dpi": 50}
    plot_question(csv, ask, style, [str(tmp_path / "f.png"), str(tmp_path / "f.pdf")])
    assert (tmp_path / "f.png").stat().st_size > 2000
    assert (tmp_path / "f.pdf").stat().st_size > 2000
    assert plt.get_fignums() == before


def test_what_is_declared_can_be_asked():
    assert [*DECLARED] == [*QUESTIONS] == [*FUNCTIONS]
    assert {word for word, kind in DECLARED.items() if kind.figure} == {*FIGURES}
    settings = {field.name for field in fields(minde.Settings)}
    for word, kind in DECLARED.items():
        own = {o.key for o in options_of(kind.options)} - {"ask", "unit", "x", "y", "z"}
        known = {*inspect.signature(FUNCTIONS[word]).parameters}
        fitted = settings if "options" in known or word == "local" else {"random_state"}
        assert own <= known | fitted


def test_a_question_follows_from_what_it_asks_and_no_more():
    iris = {"path": "p", "x": "a", "y": "b", "test_size": 0.2, "y_kind": "categorical"}
    questions = {
        "one": {"ask": "rows"},
        "two": {"ask": "select", "y": "c"},
        "all": {"ask": "pairs"},
    }
    whole = iris | {"missing": "drop", "estimators": ["minde-c"], "questions": questions}
    found = asked({"datasets": {"iris": whole, "bare": iris}})
    assert found == {
        ("iris", "one"): {
            "ask": "rows", "x": "a", "y": "b", "y_kind": "categorical", "missing": "drop",
        },
        # Its target is another, of which nothing was said.
        ("iris", "two"): {"ask": "select", "x": "a", "y": "c", "missing": "drop"},
        ("iris", "all"): {"ask": "pairs", "y_kind": "categorical", "missing": "drop"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("rows", "questions.q must be a mapping with `ask`, one of test, transfer"),
        ({"x": "a"}, "questions.q must be a mapping with `ask`"),
        ({"ask": "selct"}, "questions.q.ask must be one of .*; did you mean 'select'"),
        ({"ask": "lags", "lag": [1]}, "unknown key 'lag' at .*; did you mean 'lags'"),
        ({"ask": "lags", "lags": ["one"]}, "'one' is not of type 'integer'"),
        ({"ask": "lags", "lags": []}, "questions.q.lags"),
        ({"ask": "test", "permutations": 10}, "10 is less than the minimum of 79"),
        ({"ask": "capacity", "folds": 5}, "unknown key 'folds'"),
        ({"ask": "pairs", "y": "a"}, "unknown key 'y'"),
        ({"ask": "rows", "options": {"n_step": 9}}, "q.options: recipe: unknown option 'n_step'"),
        ({"ask": "rows", "unit": "bit"}, "questions.q.unit must be one of nats, bits"),
    ],
)
def test_a_mistake_in_a_question_is_one_line(question, line):
    entry = {"path": "t.csv", "x": "a", "y": "b", "test_size": 0.2}
    check_config(complete({"datasets": {"own": entry | {"estimators": []}}}))
    with pytest.raises(ConfigError, match=rf"datasets\.own\.{line}|{line}") as caught:
        check_config(complete({"datasets": {"own": entry | {"questions": {"q": question}}}}))
    assert "datasets.own.questions.q" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["lags", "--lags", "0:99999999"], "--lags: 0:99999999 is no range of 1 to 1000 lags"),
        (["lags", "--lags", "5:2"], "--lags: 5:2 is no range of 1 to 1000 lags"),
        (["transfer", "--target-lags", "0"], "target_lags: give whole numbers of rows from 1"),
        (["compare", "--methods", ","], "--methods: name at least one estimator"),
        (["rows"], "more_rows: 6 rows are too few to take a quarter of"),
        (["capacity", "--x", "a", "--y", "name"], "y: 400 combinations of labels in 400 rows"),
        (["transfer", "--x", "name"], "source: 399 combinations of labels in 399 rows"),
    ],
)
def test_a_mistake_from_the_shell_is_one_line(table, tmp_path, monkeypatch, capsys, words, line):
    frame = pd.read_csv(table).assign(name=[f"r{k}" for k in range(400)])
    (frame.head(6) if words[0] == "rows" else frame).to_csv(tmp_path / "n.csv", index=False)
    given = [w for k, v in (("--x", "a"), ("--y", "b")) if k not in words for w in (k, v)]
    monkeypatch.setattr(
        "sys.argv", ["minde", words[0], str(tmp_path / "n.csv"), *words[1:], *given]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert told.out == ""
    assert re.search(line, told.err)
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"ask": "rows", "x": "aa", "y": "b"}, "own.questions.q.x: no column 'aa'; did you mean"),
        ({"ask": "select", "x": "b", "y": "b"}, "own.questions.q.x: all of 'b' is the target"),
        ({"ask": "rows", "x": "a", "y": "b", "kinds": {"c": "discrete"}}, "there is no column 'c'"),
        ({"ask": "compare", "x": "a", "y": "b", "methods": ["kgs"]}, "own.questions.q: compare: u"),
        ({"ask": "lags", "x": "a", "y": "b", "lags": [900]}, "400 rows do not reach 900 rows back"),
    ],
)
def test_what_cannot_be_answered_says_where_it_was_asked(table, tmp_path, entry, line):
    with pytest.raises(InputError, match=line) as caught:
        answered(table, tmp_path, entry)
    assert str(caught.value).startswith("datasets.own.questions.q")
    assert not [*tmp_path.iterdir()]
