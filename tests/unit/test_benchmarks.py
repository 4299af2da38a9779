"""What the programs under benchmarks/ take from the package is there."""

import ast
import importlib
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
