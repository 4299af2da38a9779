"""Imports run one way, and the core stays light."""

import subprocess
import sys
from pathlib import Path

import pytest

from minde.runtime.digest import ROOT, closure, internal_imports

# package or module -> what it may import inside minde, beside itself
LAYERS = [
    "_version",
    "errors",
    "types",
    "weighing",
    "rounding",
    "seeding",
    "io",
    "columns",
    "gaps",
    "reading",
    "kinds",
    "coding",
    "redundant",
    "lines",
    "serial",
    "declare",
    "options",
    "recipe",
    "device",
    "inputs",
    "preprocessing",
    "nn",
    "diffusion",
    "training",
    "readout",
    "scores",
    "discrete",
    "ensemble",
    "estimators",
    "baselines",
    "images",
    "prompts",
    "runtime",
    "stages",
    "experiments",
    "questions",
    "report",
    "cli",
    "__main__",
    "__init__",
]
ALLOWED = {name: set(LAYERS[:k]) for k, name in enumerate(LAYERS)}  # fmt: skip

FILES = sorted(ROOT.rglob("*.py"))


def part(name):
    return name.split(".")[1] if "." in name else "__init__"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_follow_the_table(path):
    mine = path.relative_to(ROOT).parts[0].removesuffix(".py")
    reached = {part(name) for name in internal_imports(path)} - {mine, "__init__"}
    assert reached <= ALLOWED[mine]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_stay_small(path):
    assert len(path.read_text().splitlines()) <= 260


def loaded_by(code):
    script = f"{code}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


HEAVY = {"bmi", "jax", "snakemake", "pandas", "matplotlib", "seaborn", "sklearn", "scipy"}


def test_importing_minde_loads_nothing_heavy():
    assert not loaded_by("import minde") & HEAVY


def test_the_core_needs_torch_and_numpy_alone():
    core = "import minde.ensemble.ensemble, minde.ensemble.storage, minde.readout.readout"
    loaded = loaded_by(core)
    assert "torch" in loaded
    assert not loaded & (HEAVY | {"safetensors", "pyarrow", "yaml", "jsonschema"})


def test_the_job_graph_is_built_without_torch():
    graph = "minde.experiments.registry, minde.runtime.resources, minde.runtime.digest"
    assert "torch" not in loaded_by(f"import {graph}")


def test_plots_do_not_reach_torch():
    assert "torch" not in loaded_by(
        "import minde.experiments.benchmark.heatmap, minde.experiments.consistency.figures"
    )


def test_the_closure_follows_imports():
    names = closure("minde.stages.train")
    assert "minde.nn.stacked" in names
    assert "minde.diffusion.points" in names
    assert "minde.experiments.figures" not in names
    assert "minde.baselines.base" not in names
    assert Path(ROOT).name == "minde"
