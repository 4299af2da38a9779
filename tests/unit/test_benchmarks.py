"""What the programs under benchmarks/ take from the package is there."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = sorted((Path(__file__).resolve().parents[2] / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_what_a_program_imports_is_there(program):
    lacking = []
    for node in ast.walk(ast.parse(program.read_text())):
        if isinstance(node, ast.Import):
            modules = [(name.name, None) for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [(node.module, name.name) for name in node.names]
        else:
            continue
        for module, name in modules:
            if module.split(".")[0] != "minde":
                continue
            found = importlib.import_module(module)
            if name is None or hasattr(found, name):
                continue
            try:
                importlib.import_module(f"{module}.{name}")
            except ModuleNotFoundError:
                lacking.append(f"{module}.{name}")
    assert lacking == []


def test_what_is_to_run_on_a_gpu_runs_on_a_cpu(tmp_path):
    """Also that its parts give what a page is made of: no program of it is only ever imported."""
    program = next(p for p in PROGRAMS if p.stem == "gpu_report")
    command = [sys.executable, program, "--dry", "--out", tmp_path]
    done = subprocess.run(command, cwd=program.parents[1], capture_output=True, text=True)
    page = (tmp_path / "report.md").read_text()
    assert done.returncode == 0, page
    assert "FAILED" not in page
    packs = json.loads((tmp_path / "packs.json").read_text())
    # Of one network each, in a loop or alone: the same but for rounding.
    packed, alone = packs["rows"][0]["values"]
    assert packed == pytest.approx(alone, abs=1e-3)
    steps = json.loads((tmp_path / "packing.json").read_text())["rows"]
    assert [row["members"] for row in steps] == [1, 2]
