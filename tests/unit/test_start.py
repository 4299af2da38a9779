"""The first page prints what it says it prints."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minde.cli.main import app

pytest.importorskip("sklearn")

PAGE = (Path(__file__).resolve().parents[2] / "docs/start.md").read_text()
NUMBER = r"-?\d+\.\d+"


def same(got, told):
    """Words to the letter; numbers to what other processors round differently in training."""
    lines = ["\n".join(line.rstrip() for line in text.strip().splitlines()) for text in (got, told)]
    words = [re.sub(rf"\s*{NUMBER}", " N", text) for text in lines]
    assert words[0] == words[1]
    values = [[float(v) for v in re.findall(NUMBER, text)] for text in lines]
    assert values[0] == pytest.approx(values[1], abs=0.021)


@pytest.mark.slow
def test_the_first_page_prints_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    scope = {}
    pairs = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert len(pairs) == 2
    for code, printed in pairs:
        exec(compile(code, "start.md", "exec"), scope)
        same(capsys.readouterr().out, printed)
    ((command, printed),) = re.findall(r"```text\n\$ minde (.*?)\n(.*?)```", PAGE, re.DOTALL)
    done = CliRunner(env={"COLUMNS": "120"}).invoke(app, [*shlex.split(command), "--quiet"])
    assert done.exit_code == 0, done.output
    same(done.output, printed)


def test_the_shares_of_the_first_page_are_those_of_the_table():
    from sklearn.datasets import load_breast_cancer

    import minde

    target = load_breast_cancer().target
    assert f"{(target == 1).sum()} of {len(target)}" in PAGE
    entropy = minde.entropy(target, kinds={"x": "categorical"})
    assert f"it was {entropy.value:.2f} nats" in PAGE
