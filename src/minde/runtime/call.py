"""Call the function that a rule names with what the rule declares, keyword by keyword.

The named inputs, the named outputs and the params must be the function's parameters exactly; what
has no name only orders the jobs. Wildcards, the number of threads and the digest of the code are
given to a function that has parameters of these names, a wildcard as a whole number where the
parameter says ``int``.

A name that stands for a list of files in the rule is a list in the function, whatever its length,
and one that stands for no file at all is left to the parameter's default.
"""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any

from minde.runtime.elsewhere import become, other_python

#: Param of every rule (see ``minde.runtime.digest.stage``): the function, and arguments with it.
STAGE = "stage"
#: Params that are paths, from the folder of the rule's first output: wherever that is put.
BESIDE = ("checkpoint", "benchmarks")


def load(name: str) -> Callable[..., Any]:
    """The function of a dotted name such as ``minde.stages.train.train_score``."""
    module, _, attribute = name.rpartition(".")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def keywords(
    function: Callable[..., Any],
    given: Mapping[str, Mapping[str, Any]],
    offered: Mapping[str, Any],
) -> dict[str, Any]:
    """Keyword arguments of a function.

    Arguments:
        function: The stage.
        given: By kind (input, output, params) what must be used, name by name.
        offered: What is used where there is a parameter for it.

    Raises:
        TypeError: If a name is unknown or given twice, or if a parameter without default is
            missing.
    """
    known = inspect.signature(function).parameters
    where = f"stage {function.__module__}.{function.__qualname__}"
    chosen: dict[str, Any] = {}
    for kind, values in given.items():
        for name, value in values.items():
            if name not in known:
                raise TypeError(f"{where}: {kind} '{name}' is none of {', '.join(known)}")
            if name in chosen:
                raise TypeError(f"{where}: {kind} '{name}' is given twice")
            chosen[name] = value
    for name, value in offered.items():
        if name in known and name not in chosen:
            whole = known[name].annotation in (int, "int")
            chosen[name] = int(value) if whole else value
    missing = [n for n, p in known.items() if p.default is p.empty and n not in chosen]
    if missing:
        raise TypeError(f"{where}: nothing is given for {', '.join(missing)}")
    return chosen


def call_stage(job: Any) -> None:
    """Call the function that ``job.params.stage["function"]`` names.

    Arguments:
        job: What Snakemake gives a script.
    """
    stage = job.params[STAGE]
    given = {
        "input": _files(job.input),
        "output": _files(job.output),
        "param": {k: _beside(job, k, v) for k, v in job.params.items() if k != STAGE},
        "keyword": stage["keywords"],
    }
    function = load(stage["function"])
    offered = {**_files(job.wildcards), "threads": job.threads, "digest": stage.get("digest", "")}
    chosen = keywords(function, given, offered)
    python = other_python() if stage.get("needs") == "bmi" else None
    if python is not None:
        become(python, stage["function"], chosen, job.log[0])
    function(**chosen)


def _beside(job: Any, name: str, value: Any) -> Any:
    """A param; a path that is no output of the rule is told from the folder of its first output."""
    if name not in BESIDE:
        return value
    return os.path.normpath(os.path.join(os.path.dirname(job.output[0]), value))


def _files(named: Any) -> dict[str, Any]:
    """Named files: a string, or a list where the rule has one that is not empty."""
    plain = {k: v if isinstance(v, str) else list(v) for k, v in named.items()}
    return {k: v for k, v in plain.items() if v != []}
