"""The package as a user meets it: public names with their types, and the core without extras."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import minde

ROOT = Path(__file__).resolve().parents[2]
TYPED_USE = ROOT / "tests/packaging/typed_use.py"


def test_lazy_names_are_those_that_a_type_checker_reads():
    tree = ast.parse(Path(minde.__file__).read_text())
    (block,) = (
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    typed = {alias.name: node.module for node in block.body for alias in node.names}
    assert typed == minde._HOMES
    assert {*minde.__all__} == {*typed, "__version__"}
    assert (Path(minde.__file__).parent / "py.typed").exists()
    for name, home in typed.items():
        assert getattr(minde, name) is getattr(importlib.import_module(home), name)


def test_the_users_script_names_all_that_is_public():
    named = {
        n.attr for n in ast.walk(ast.parse(TYPED_USE.read_text())) if isinstance(n, ast.Attribute)
    }
    imported = {"MINDE", "MIEstimate", "Settings"}
    assert {*minde.__all__} <= named | imported


@pytest.mark.slow
def test_a_users_script_is_checked_strictly(tmp_path):
    """Against the installed package; mypy without our configuration, in another folder."""
    script = tmp_path / "user.py"
    script.write_text(TYPED_USE.read_text() + "\nminde.entropy(x, sigma_ref='wide')\n")
    words = ["-m", "mypy", "--strict", "--config-file=", "--cache-dir", tmp_path / "cache"]
    done = subprocess.run(
        [sys.executable, *words, script], cwd=tmp_path, capture_output=True, text=True
    )
    # One error: the wrong type in the last line, which shows that types are read at all.
    found = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(found) == 1, done.stdout
    assert 'Argument "sigma_ref" to "entropy" has incompatible type "str"' in found[0]


EXTRAS = (
    "pandas pyarrow scipy sklearn matplotlib seaborn typer rich snakemake safetensors jinja2 yaml"
)


def test_the_core_fits_arrays_without_tables_plots_or_command_line():
    code = f"""
import sys
sys.modules.update(dict.fromkeys({EXTRAS.split()}))
import numpy as np, minde
x = np.random.default_rng(0).normal(size=(100, 1))
y = x + np.random.default_rng(1).normal(size=(100, 1))
found = minde.MINDE(folds=2, options={{"n_steps": 16, "width": 16}}).fit(x, y).mutual_information()
low, high = found.interval
assert low < found.value < high
label = (x[:, 0] > 0).astype(int)
assert minde.MINDE().fit(label, label).mutual_information().value < 0.7
assert minde.entropy(x).value > 1.0
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
