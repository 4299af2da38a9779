"""Faults of one character or two: a sign, a factor, an index, a comparison.

What only words an error, an annotation or a docstring is left as it is; so are numbers no larger
than GUARD, which keep a division from zero and are no factors.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

KINDS = ("sign", "factor", "index", "comparison")
GUARD = 1e-6

_SIGNS = {ast.Add: ast.Sub, ast.Sub: ast.Add}
_FACTORS = {ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}
_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_WORDS = {"min": "max", "max": "min", "any": "all", "all": "any"}
#: Roles stand for places: which variable is diffused, clean, absent.
_ROLES = {"D": "C", "C": "A", "A": "D"}
_PLACES = {"dim", "dim1", "dim2", "axis"}
_TEXT = (ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.ListComp)

Edit = Callable[[ast.AST], None]


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        module: Path below the package.
        line: Number of its line.
        text: That line of the source.
        kind: One of KINDS.
        before: The expression as it is.
        after: As the fault leaves it.
        place: Number of the node among all, and of the edit among the node's.
    """

    module: str
    line: int
    text: str
    kind: str
    before: str
    after: str
    place: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.module}:{self.line}  {self.kind}  {self.before}  ->  {self.after}"


def _put(name: str, value: object) -> Edit:
    return lambda node: setattr(node, name, value)


def _compared(node: ast.Compare) -> Iterator[tuple[str, Edit]]:
    for k, op in enumerate(node.ops):
        for other in _COMPARISONS[type(op)]:
            yield "comparison", _put("ops", [*node.ops[:k], other(), *node.ops[k + 1 :]])


def _edits(node: ast.AST, as_place: bool) -> Iterator[tuple[str, Edit]]:
    """Every fault of one node, with its kind."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            if isinstance(left, _TEXT) or isinstance(right, _TEXT):
                return
            for kind, table in (("sign", _SIGNS), ("factor", _FACTORS)):
                if type(op) in table:
                    yield kind, _put("op", table[type(op)]())
            if isinstance(op, ast.BitAnd):
                yield "comparison", _put("op", ast.BitOr())
        case ast.AugAssign(op=op):
            for kind, table in (("sign", _SIGNS), ("factor", _FACTORS)):
                if type(op) in table:
                    yield kind, _put("op", table[type(op)]())
        case ast.UnaryOp(op=ast.USub()):
            if not as_place:
                yield "sign", _put("op", ast.UAdd())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "comparison", _put("operand", ast.UnaryOp(ast.Not(), operand))
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp(op=op):
            yield "comparison", _put("op", ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.IfExp(test=test):
            yield "comparison", _put("test", ast.UnaryOp(ast.Not(), test))
        case ast.Call(func=ast.Name(id=name)) if name in _WORDS:
            yield "comparison", _put("func", ast.Name(_WORDS[name], ast.Load()))
        case ast.Name(id=name) if name in _ROLES and isinstance(node.ctx, ast.Load):
            yield "index", _put("id", _ROLES[name])
        case ast.Constant(value=bool()):
            return
        case ast.Constant(value=int() as value) if as_place:
            yield "index", _put("value", value + 1)
        case ast.Constant(value=int() | float() as value) if value == 0 or value > GUARD:
            yield "factor", _put("value", 2 * value if value else type(value)(1))


def _nodes(tree: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """Nodes in a fixed order, and whether a number there is a place."""

    def walk(node: ast.AST, as_place: bool) -> Iterator[tuple[ast.AST, bool]]:
        yield node, as_place
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            place = as_place
            if isinstance(node, ast.Subscript):
                place = name == "slice"
            if isinstance(node, ast.keyword):
                place = node.arg in _PLACES
            for child in value if isinstance(value, list) else [value]:
                wording = isinstance(child, ast.Raise | ast.JoinedStr)
                if isinstance(child, ast.AST) and not wording:
                    yield from walk(child, place and not isinstance(node, ast.Call))

    return walk(tree, False)


def mutants(root: Path, module: str) -> list[Mutant]:
    """Every fault of a module."""
    source = (root / module).read_text()
    lines, found = source.splitlines(), []
    for k, (node, as_place) in enumerate(_nodes(ast.parse(source))):
        for j, (kind, _) in enumerate(_edits(node, as_place)):
            after = copy.deepcopy(node)
            [*_edits(after, as_place)][j][1](after)
            said = (ast.unparse(node), ast.unparse(after))
            text = lines[node.lineno - 1].strip()
            found.append(Mutant(module, node.lineno, text, kind, *said, (k, j)))
    return found


def faulty_module(root: Path, mutant: Mutant) -> ast.Module:
    """The module with the fault in it."""
    tree = ast.parse((root / mutant.module).read_text())
    node, as_place = [*_nodes(tree)][mutant.place[0]]
    [*_edits(node, as_place)][mutant.place[1]][1](node)
    return ast.fix_missing_locations(tree)


def drawn(found: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """So many of them, as many of each kind, in the order of the source."""
    rng, chosen = random.Random(seed), []
    for k, kind in enumerate(KINDS):
        of_kind = [m for m in found if m.kind == kind]
        size = count // len(KINDS) + (k < count % len(KINDS))
        chosen += rng.sample(of_kind, min(size, len(of_kind)))
    return sorted(chosen, key=found.index)
