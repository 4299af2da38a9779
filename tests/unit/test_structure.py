"""One door, one place for each decision, and functions that can be called without a map."""

import ast
import itertools
import re
from pathlib import Path

import pytest

from minde.runtime.digest import ROOT
from tests.unit.test_imports import LAYERS

FILES = sorted(ROOT.rglob("*.py"))
TREES = {str(p.relative_to(ROOT)): ast.parse(p.read_text()) for p in FILES}
DOCS = Path(__file__).resolve().parents[2] / "docs"

MOST_ARGUMENTS = 8
#: scikit-learn reads an estimator's parameters off its constructor, one by one.
CONSTRUCTORS = {"estimators/minde.py: MINDE.__init__"}


def functions(tree, prefix=""):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node
        named = isinstance(node, ast.ClassDef | ast.FunctionDef)
        yield from functions(node, f"{prefix}{node.name}." if named else prefix)


def test_no_function_has_more_than_eight_arguments():
    found = set()
    for path, tree in TREES.items():
        for name, node in functions(tree):
            a = node.args
            names = [x.arg for x in a.posonlyargs + a.args + a.kwonlyargs]
            if len([n for n in names if n not in ("self", "cls")]) > MOST_ARGUMENTS:
                found.add(f"{path}: {name}")
    assert found == CONSTRUCTORS


def users_of(name):
    """Files that name a function, method or class beside its definition."""
    return {
        path
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == name)
        or (isinstance(node, ast.Attribute) and node.attr == name)
    }


@pytest.mark.parametrize(
    ("name", "homes"),
    [
        # Into training there is one door.
        ("Trainer", {"ensemble/train.py"}),
        ("with_maps", {"ensemble/train.py"}),
        # Times become noisy points in one place, and outputs become noise in one.
        ("draw_times", {"diffusion/points.py"}),
        ("time_inputs", {"diffusion/denoiser.py"}),
        # The reported read-out is chosen once; who asks is told.
        ("reported_readout", {"readout/combine.py", "stages/estimate.py"}),
        ("_FAST_STEPS", {"recipe.py"}),
        ("_PAPER_STEPS", {"recipe.py"}),
    ],
)
def test_each_decision_has_one_place(name, homes):
    found = users_of(name)
    assert found
    assert found <= homes


def test_a_readouts_name_is_formatted_and_parsed_in_one_place():
    pattern = re.compile(r"""["']outside-""")
    found = {str(p.relative_to(ROOT)) for p in FILES if pattern.search(p.read_text())}
    assert found == {"readout/names.py"}


def test_each_package_says_what_it_is_in_one_line():
    for path, tree in TREES.items():
        if path.endswith("__init__.py") and path != "__init__.py":
            said = ast.get_docstring(tree)
            assert said, path
            assert len(said.splitlines()) == 1, path


def test_the_picture_of_the_layers_shows_every_package():
    packages = {p.name for p in ROOT.iterdir() if (p / "__init__.py").is_file()}
    assert packages <= set(LAYERS)
    picture = (DOCS / "images/layers.svg").read_text()
    found = re.findall(r'class="n" x="\d+" y="(\d+)">(\w+)<', picture)
    heights = {name: int(y) for y, name in found if name in packages}
    assert set(heights) == packages
    for a, b in itertools.permutations(packages, 2):
        # Lower in the picture (a larger y) is lower in the table.
        if heights[a] > heights[b]:
            assert LAYERS.index(a) < LAYERS.index(b), (a, b)


def test_no_word_of_before_is_left():
    words = re.compile(
        r"\b(Pack|Packed\w*|Crew|Problem|Prepared|_Piece|Plan|fit_packs|cross_fit)\b"
    )
    found = {str(p.relative_to(ROOT)): words.findall(p.read_text()) for p in FILES}
    assert {path: hits for path, hits in found.items() if hits} == {}
