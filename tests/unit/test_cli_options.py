"""The options that commands share, and mistakes in the words of a command line."""

import ast
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import minde
import minde.cli.main as module
from minde.cli.groups import expand_groups
from minde.cli.main import app, main
from minde.errors import InputError

SOURCE = Path(minde.__file__).parent
FOLDED = ["estimate", "pairs", "entropy", "interaction", "conditional", "transfer", "lags"]
FAST = ["--seeds", "1", "--steps", "8", "--device", "cpu", "--quiet"]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "t.csv"
    values = np.random.default_rng(0).normal(size=(400, 3))
    pd.DataFrame(values, columns=["a", "b", "c"]).to_csv(path, index=False)
    return path


def words(command, table):
    """The least that a command can be asked."""
    known = {"entropy": "a,b", "estimate": "a b", "interaction": "a b c", "conditional": "a b c"}
    known |= {"transfer": "a b c", "lags": "a b"}
    columns = known.get(command, "").split()
    options = zip(("--x", "--y", "--z"), columns, strict=False)
    files = [table, table] if command == "kl" else [table]
    return [command, *map(str, files), *(word for pair in options for word in pair)]


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["minde", *map(str, arguments)])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code
    out = capsys.readouterr()
    return code, out.out, out.err


def test_no_function_takes_more_than_8_arguments():
    for path in sorted((SOURCE / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                named = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
                assert len(named) <= 8, f"{path.name}: {node.name}"


@pytest.mark.parametrize("command", [*FOLDED, "kl"])
def test_shared_options_reach_every_measure(command, table, monkeypatch, capsys):
    seen = {}

    def measure(*samples, settings=None, **options):
        seen.update(options if settings is None else vars(settings))
        raise InputError("seen")

    for name in (
        "MINDE",
        "pairwise_mutual_information",
        "entropy",
        "kl_divergence",
        "interaction_information",
        "conditional_mutual_information",
        "transfer_entropy",
        "lagged_mutual_information",
    ):
        # Questions find their function in its own module.
        monkeypatch.setattr(sys.modules[getattr(minde, name).__module__], name, measure)
        monkeypatch.setattr(minde, name, measure)
    options = ["--recipe", "paper", "--seeds", "3", "--steps", "9", "--random-state", "7"]
    folds = ["--folds", "4"] if command in FOLDED else []
    rest = ["--device", "cpu", "--quiet"]
    code, _, err = run(monkeypatch, capsys, *words(command, table), *options, *folds, *rest)
    assert (code, err) == (2, "minde: error: seen\n")
    found = {k: seen[k] for k in ("recipe", "n_seeds", "options", "random_state", "device")}
    assert found == {
        "recipe": "paper",
        "n_seeds": 3,
        "options": {"n_steps": 9},
        "random_state": 7,
        "device": "cpu",
    }
    told = {seen[k] for k in ("folds", "cross_fit") if k in seen}
    assert told == ({4} if folds else {1})


@pytest.mark.parametrize("command", ["estimate", "entropy", "interaction", "conditional"])
def test_with_folds_every_row_is_a_test_row(command, table, monkeypatch, capsys):
    for folds, n_test in ((1, 80), (2, 400)):  # of 400 rows; one split holds out a fifth
        arguments = [*words(command, table), "--folds", folds, "--json", *FAST]
        code, out, err = run(monkeypatch, capsys, *arguments)
        assert code == 0, err
        assert json.loads(out)["n_test"] == n_test


def test_pairs_with_folds_are_those_of_the_library(table, monkeypatch, capsys):
    arguments = [*words("pairs", table), "--x", "a,b", "--folds", "2", "--json", *FAST]
    rows = json.loads(run(monkeypatch, capsys, *arguments)[1])
    frame = pd.read_csv(table)[["a", "b"]]
    settings = {"n_seeds": 1, "folds": 2, "device": "cpu", "options": {"n_steps": 8}}
    found = minde.pairwise_mutual_information(frame, **settings)
    for row in rows:
        of_pair = found[row["x"], row["y"]]
        assert tuple(row.pop("warnings")) == of_pair.warnings
        assert row.pop("kinds") == of_pair.diagnostics["kinds"]
    assert rows == found.to_records()


USAGE = [
    (["nope"], "No such command 'nope'; see minde --help"),
    (["--nope"], "No such option: --nope"),
    (["entropy"], "Missing argument"),
    (["entropy", "t.csv"], "Missing option '--x'; see minde entropy --help"),
    (["entropy", "t.csv", "--x"], "'--x' requires an argument"),
    (["entropy", "t.csv", "--x", "a", "--seed", "1"], "No such option: --seed"),
    (["entropy", "t.csv", "--x", "a", "--seeds", "two"], "Invalid value for '--seeds'"),
    (["entropy", "t.csv", "--x", "a", "--folds", "0"], "Invalid value for '--folds'"),
    (["kl", "p.csv", "q.csv", "--folds", "2"], "No such option: --folds; see minde kl --help"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE)
def test_a_wrong_word_is_one_line_and_exit_code_2(monkeypatch, capsys, arguments, message):
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("minde: error: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_told_before_training(table, monkeypatch, capsys):
    monkeypatch.setattr(minde, "MINDE", None)  # calling it would be another error
    save = table / "m"  # below a file
    code, _, err = run(monkeypatch, capsys, *words("estimate", table), *FAST, "--save", save)
    assert code == 2
    assert err.startswith(f"minde: error: --save: {save} cannot be made")
    assert err.count("\n") == 1


@dataclass(frozen=True)
class Group:
    first: int
    second: str = "s"


def test_a_group_is_its_fields_in_its_place_and_comes_back_whole():
    seen = []

    @expand_groups
    def command(before: int, *, group: Group, after: float = 2.0) -> None:
        seen.append((before, group, after))

    assert list(command.__annotations__) == ["before", "first", "second", "after"]
    command(before=1, first=3, second="t", after=4.0)
    assert seen == [(1, Group(3, "t"), 4.0)]


def test_two_options_of_one_name_are_refused():
    def command(first: int, *, group: Group) -> None: ...

    with pytest.raises(ValueError, match="duplicate parameter name: 'first'"):
        expand_groups(command)


def test_main_offers_the_app_and_nothing_else():
    names = {command.callback.__name__ for command in app.registered_commands}
    assert names == {
        *FOLDED,
        "kl",
        "doctor",
        "rows",
        "compare",
        "capacity",
        "transfer",
        "lags",
        "independence",
        "select",
    }
    assert not hasattr(module, "nothing")
