"""Digest of the code a workflow rule runs, so that library edits trigger reruns.

Snakemake watches scripts, parameters and inputs, not imported packages. Each computing rule
therefore carries the digest of its entry module and of all internal modules it imports. Comments,
docstrings and layout do not count: the digest is over the syntax tree.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: Modules of stages, and those that stages load by name, that import bmi.
NEEDS_BMI = (
    "minde.baselines.bmi_classic",
    "minde.baselines.bmi_critics",
    "minde.experiments.benchmark.samples",
    "minde.experiments.high_mi.samples",
    "minde.experiments.small_n.samples",
)


def module_path(name: str) -> Path | None:
    """File of an internal module (``minde.a.b``), or None."""
    base = ROOT.joinpath(*name.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def internal_imports(path: Path, typing: bool = True) -> set[str]:
    """Names of the internal modules a file imports, lazily or not, for types alone or not."""
    return set(_imports_of(path.read_text(), typing))


@functools.cache
def _tree(source: str) -> ast.Module:
    """Syntax tree of a file; docstrings and comments on options may be gone from it."""
    return ast.parse(source)


@functools.cache
def _imports_of(source: str, typing: bool) -> frozenset[str]:
    found: set[str] = set()
    kept = [s for s in _tree(source).body if typing or not _is_for_types(s)]
    for node in (node for statement in kept for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.split(".")[0] == "minde"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "minde":
            module = node.module or ""
            submodules = {f"{module}.{a.name}" for a in node.names}
            found |= {module} | {s for s in submodules if module_path(s)}
    return frozenset(found)


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def closure(entry: str) -> list[str]:
    """``entry`` and every internal module that it reaches when it runs, sorted."""
    seen: set[str] = set()
    todo = [entry]
    while todo:
        name = todo.pop()
        path = module_path(name)
        if name in seen or path is None:
            continue
        seen.add(name)
        todo.extend(internal_imports(path, typing=False))
    return sorted(seen)


@functools.cache
def _code_digest(source: str) -> bytes:
    """Digest of a file's syntax tree without docstrings."""
    tree = _tree(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            node.body = body[1:]  # type: ignore[attr-defined]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "option":
            node.args = node.args[:1]
            node.keywords = [word for word in node.keywords if word.arg == "default"]
    return hashlib.sha256(ast.dump(tree).encode()).digest()


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def source_digest(*entries: str) -> str:
    """Twelve hexadecimal digits over the code of some modules and all they import.

    Raises:
        ImportError: If a module does not exist.
    """
    digest = hashlib.sha256()
    for entry in entries:
        if module_path(entry) is None:
            raise ImportError(f"digest: there is no module {entry}")
    for name in sorted({name for entry in entries for name in closure(entry)}):
        path = module_path(name)
        if path is not None and path.name != "_version.py":
            digest.update(f"{name}\n".encode() + _code_digest(path.read_text()))
    return digest.hexdigest()[:12]


def stage(function: str, *modules: str, **keywords: Any) -> dict[str, Any]:
    """Param ``stage`` of a rule: the function that it calls, and the digest of the code behind it.

    Arguments:
        function: Dotted name, such as ``minde.stages.train.train_score``.
        *modules: Modules that it loads by name and so does not import.
        **keywords: Arguments of the function, where they are chosen together with it: one function
            of the wildcards then serves all, and a graph of thousands of jobs is planned sooner.

    Raises:
        ImportError: If there is no such module, or no such function in it.
    """
    module, _, name = function.rpartition(".")
    digest = source_digest(module, *modules)
    path = module_path(module)
    if path is None or not re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE):
        raise ImportError(f"digest: module {module} has no function {name}")
    found = {"function": function, "digest": digest, "keywords": keywords}
    return found | {"needs": "bmi"} if {module, *modules} & set(NEEDS_BMI) else found


def versions(*packages: str) -> dict[str, str | None]:
    """Version of each package, or None where it is not installed."""
    installed: dict[str, str | None] = {}
    for name in packages:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed[name] = None
    return installed


def text_digest(text: bytes) -> str:
    """Twelve hexadecimal digits over some bytes."""
    return hashlib.sha256(text).hexdigest()[:12]
