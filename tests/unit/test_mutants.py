"""The program that puts faults into the mathematics: it changes one thing, and what it should."""

import ast

import pytest

from tests.mutation.answering import files_of
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutate import KINDS, drawn, faulty_module, mutants
from tests.unit.test_habits import ROOT

SOURCE = '''"""A module."""
from minde.diffusion.roles import A, C, D

LEAST = 1e-9

def f(x: list[float], n: int = 2) -> float:
    """Not 1 + 1."""
    if n < 1 and not x:
        raise ValueError(f"{n - 1} of {len(x)}")
    return -x[0] * 0.5 + max(x[1:], key=len) if n > 1 else D
'''


@pytest.fixture
def found(tmp_path):
    (tmp_path / "m.py").write_text(SOURCE)
    return tmp_path, mutants(tmp_path, "m.py")


def test_every_sign_factor_index_and_comparison_is_changed_once(found):
    _, made = found
    assert {(m.kind, m.before, m.after) for m in made if len(m.before) < 6} == {
        ("factor", "2", "4"),
        ("factor", "1", "2"),
        ("factor", "0.5", "1.0"),
        ("index", "0", "1"),
        ("index", "1", "2"),
        ("index", "D", "C"),
        ("sign", "-x[0]", "+x[0]"),
        ("comparison", "n < 1", "n <= 1"),
        ("comparison", "n < 1", "n > 1"),
        ("comparison", "n > 1", "n >= 1"),
        ("comparison", "n > 1", "n < 1"),
        ("comparison", "not x", "not not x"),
    }
    # Neither guards nor words nor annotations.
    assert not any("1e-09" in m.before or "len(x)" in m.before for m in made)
    assert {m.kind for m in made} == set(KINDS)


def test_a_faulty_module_differs_in_that_place_alone(found):
    root, made = found
    plain = ast.unparse(ast.parse(SOURCE)).splitlines()
    for mutant in made:
        faulty = ast.unparse(faulty_module(root, mutant)).splitlines()
        changed = [b for a, b in zip(plain, faulty, strict=True) if a != b]
        assert len(changed) == 1
        assert SOURCE.splitlines()[mutant.line - 1].strip() == mutant.text


def test_a_draw_is_the_same_again_and_even_over_kinds(found):
    _, made = found
    assert drawn(made, 8, 0) == drawn(made, 8, 0)
    assert [sum(m.kind == k for m in drawn(made, 8, 0)) for k in KINDS] == [2, 2, 2, 2]


def test_tests_and_reasons_belong_to_what_is_there():
    for module, text, _ in EQUIVALENT:
        assert text in (ROOT / "src/minde" / module).read_text()
    for path in [
        *(ROOT / "src/minde/readout").glob("*.py"),
        *(ROOT / "src/minde/discrete").glob("*.py"),
    ]:
        files = files_of(f"{path.parent.name}/{path.name}")
        assert all((ROOT / name).exists() for name in files)
        assert files or path.name == "__init__.py"
