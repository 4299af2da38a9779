"""Imports run one way, and the core stays light."""

import subprocess
import sys
from pathlib import Path

import pytest

from minde.pipeline.digest import ROOT, closure, internal_imports

# package or module -> what it may import inside minde, beside itself
ALLOWED = {
    "errors": set(),
    "arrays": set(),
    "_version": set(),
    "protocols": set(),
    "seeding": set(),
    "schedule": {"errors"},
    "files": set(),
    "checkpoint": {"errors", "files"},
    "recipe": {"errors"},
    "inputs": {"arrays", "errors"},
    "user_tables": {"errors"},
    "preprocessing": {"arrays", "errors"},
    "nn": {"errors", "seeding"},
    "diffusion": {"errors", "schedule"},
    "training": {"nn", "diffusion", "seeding", "schedule", "checkpoint", "recipe", "errors"},
    "estimators": {
        "training", "nn", "diffusion", "preprocessing", "protocols", "seeding", "schedule",
        "checkpoint", "recipe", "arrays", "errors", "inputs",
    },
    "images": {"checkpoint", "seeding", "errors"},
    "diffusion_mi": {"estimators", "diffusion", "seeding", "arrays", "errors"},
    "tasks": {"arrays", "errors"},
    "baselines": {"arrays", "recipe", "errors"},
    "pipeline": {
        "estimators", "baselines", "tasks", "diffusion", "arrays", "recipe", "_version", "errors",
        "inputs", "user_tables", "files", "images", "checkpoint", "schedule", "seeding",
        "diffusion_mi",
    },
    "plotting": {"pipeline", "tasks", "errors", "checkpoint"},
    "report": {"pipeline", "tasks", "checkpoint", "schedule"},
    "cli": {"estimators", "training", "errors", "user_tables"},
    "__init__": {"_version", "estimators"},
}  # fmt: skip

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
    core = "import minde.estimators.pack, minde.estimators.storage, minde.estimators.readout"
    loaded = loaded_by(core)
    assert "torch" in loaded
    assert not loaded & (HEAVY | {"safetensors", "pyarrow", "yaml", "jsonschema"})


def test_the_job_graph_is_built_without_torch():
    graph = "minde.pipeline.experiments, minde.pipeline.digest, minde.baselines.imported"
    assert "torch" not in loaded_by(f"import {graph}")


def test_plots_do_not_reach_torch():
    assert "torch" not in loaded_by(
        "import minde.plotting.heatmap, minde.plotting.curves, minde.plotting.consistency"
    )


def test_the_closure_follows_imports():
    names = closure("minde.pipeline.train")
    assert "minde.nn.packed" in names
    assert "minde.diffusion.perturb" in names
    assert "minde.plotting.style" not in names
    assert "minde.baselines.registry" not in names
    assert Path(ROOT).name == "minde"
