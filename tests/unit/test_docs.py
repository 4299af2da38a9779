"""What the README and the docs tell people to type is run here, small."""

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from minde.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language):
    found = []
    for page in PAGES:
        for text in re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL):
            found.append((page.name, text))
    return found


def minde_commands():
    lines = {line.partition("#")[0].strip() for _, t in blocks("sh") for line in t.split("\n")}
    # benchmarks.md names a table of a benchmark task; the others are the files made below.
    return sorted(c for c in lines if c.startswith("minde ") and "t33.csv" not in c)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    names = ["gene_1", "gene_2", "age", "weight", "height", "a", "b", "c", "sensor1", "sensor2"]
    frame = pd.DataFrame(rng.normal(size=(400, len(names))), columns=names)
    frame["visits"] = rng.integers(0, 5, size=400)
    frame["species"] = rng.choice(["cat", "dog"], size=400)
    frame.to_parquet(folder / "table.parquet")
    for name in ("table.csv", "before.csv", "after.csv"):
        frame.to_csv(folder / name, index=False)
    # Every pair of columns takes a network: fewer columns where all of a table are meant.
    (folder / "narrow").mkdir()
    frame[["a", "b", "visits", "species"]].to_csv(folder / "narrow/table.csv", index=False)
    return folder


def test_there_is_something_to_test():
    assert len(minde_commands()) >= 5


@pytest.mark.parametrize("command", minde_commands())
def test_commands_of_the_docs_run(command, tables, monkeypatch):
    monkeypatch.chdir(tables / "narrow" if "pairs table.csv" in command else tables)
    trained = [] if command.startswith("minde capacity") else ["--steps", "8", "--seeds", "1"]
    words = [*shlex.split(command)[1:], *trained, "--quiet"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "nats" in done.output or "bits" in done.output


def programs():
    """The same but for comments once; what start.md prints is looked at in test_start.py."""
    found = [b for b in blocks("python") if "import" in b[1] and "MINDE(" in b[1]]
    once = {re.sub(" *#.*", "", text): (page, text) for page, text in found if page != "start.md"}
    return list(once.values())


@pytest.mark.parametrize(("page", "text"), programs())
def test_python_of_the_docs_runs(page, text, capsys):
    short = re.sub(r'"n_steps": \d+', '"n_steps": 8', text)
    assert short != text
    exec(compile(short, page, "exec"), {})
    value, low, high = re.findall(r"-?\d+\.\d+(?:e-\d+)?", capsys.readouterr().out)[:3]
    assert float(low) < float(value) < float(high)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_files_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_make_targets_of_the_docs_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {m for p in PAGES for m in re.findall(r"`make ([a-z-]+)`", p.read_text())}
    assert named <= targets


def test_the_own_estimator_of_the_docs_works(tmp_path, monkeypatch):
    text = next(t for name, t in blocks("python") if "class SumOfPairs" in t)
    scope: dict[str, type] = {}
    exec(compile(text, "own-estimator.md", "exec"), scope)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 2))
    y = 0.8 * x + 0.6 * rng.normal(size=(2000, 2))
    truth = -np.log(1 - 0.64)
    assert scope["SumOfPairs"](n_neighbors=5).estimate(x, y) == pytest.approx(truth, abs=0.12)


@pytest.mark.parametrize("text", [t for name, t in blocks("python") if name == "scores.md"])
def test_given_scores_of_the_docs_are_read(text, capsys):
    if "diffusers" in text:
        pytest.importorskip("diffusers")
    exec(compile(text, "scores.md", "exec"), {})
    printed = [float(v) for v in re.findall(r"-?\d+\.\d+", capsys.readouterr().out)]
    if len(printed) == 3:
        assert printed[1] < -np.log(1 - 0.64) / 2 < printed[2]
    else:
        assert printed[0] > 10  # nats of log-SNR from the first step to the last


def test_the_capacity_of_the_docs_is_read(capsys):
    (text,) = (t for _, t in blocks("python") if "minde.channel_capacity(" in t)
    exec(compile(text, "own-data.md", "exec"), {})
    value, low, high = re.findall(r"\d\.\d+", capsys.readouterr().out)[:3]
    assert float(low) < np.log(5 / 4) < float(high)
    assert float(low) < float(value) < float(high)


def test_the_lags_of_the_docs_are_drawn(tmp_path, monkeypatch):
    (text,) = (t for _, t in blocks("python") if "plot_lags(" in t)
    monkeypatch.chdir(tmp_path)
    short = text.replace('"n_steps": 128', '"n_steps": 8').replace(
        "[1, 2, 3, 5, 8, 13, 21, 34]", "[1]"
    )
    exec(compile(short, "time.md", "exec"), {})
    assert (tmp_path / "lags.png").read_bytes().startswith(b"\x89PNG")
