"""Child process of a baseline's job: a request in, an answer out."""

from __future__ import annotations

import importlib
import math
import os
import sys
import time
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from minde.baselines.jax_cache import use_jax_cache
from minde.baselines.kinds import KINDS
from minde.declare import build
from minde.errors import LeftOutError, MindeError
from minde.runtime.imported import tell_imports
from minde.stages.samples import Samples, read_samples


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Run one estimator on one sample file.

    Returns:
        ``value`` and ``seconds``; or ``failed`` with the reason, where the estimator raised or gave
        a value that is not finite; ``left_out`` with the reason, where it does not take the
        sample's columns; or ``refused`` where the configuration is at fault.
    """
    return answer_on(read_samples(request["sample"]), request["kind"], request["options"])


def answer_on(sample: Samples, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The same for samples that were read, with an estimator's options."""
    if sample.of_rows:
        return {"left_out": f"takes no {' and '.join(sample.of_rows)} of rows"}
    if sample.discrete and KINDS[kind].labels == "none":
        return {"left_out": f"takes continuous columns alone, and {sample.discrete[0]} is none"}
    if sample.discrete and KINDS[kind].labels == "indicators":
        sample = sample.indicated()
    read = sample.every if sample.whole and KINDS[kind].test_alone else sample.test
    train, test = sample.split(sample.train), sample.split(read)
    run = importlib.import_module(KINDS[kind].module).run
    started = time.perf_counter()
    try:
        options: Any = build(KINDS[kind].options, dict(given))
        told = [sample.told()] if KINDS[kind].labels == "kinds" else []
        value = run(kind, train, test, options, sample.seed, *told)
    except LeftOutError as error:
        return {"left_out": str(error)}
    except MindeError as error:
        return {"refused": str(error)}
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        first = str(error).strip().split("\n")[0]
        return {"failed": f"{type(error).__name__}: {first}"[:200]}
    if not math.isfinite(value):
        return {"failed": f"returned {value}"}
    return {"value": value, "seconds": time.perf_counter() - started}


def serve(pipe: Connection, others: Connection) -> None:
    """Answer requests until the other end is closed; what estimators print goes to standard error.

    Arguments:
        pipe: This process' end.
        others: The other end, which a forked process has as well.
    """
    others.close()
    use_jax_cache()
    os.dup2(2, 1)
    while True:
        try:
            request = pipe.recv()
        except EOFError:
            return
        found = answer(request)
        tell_imports()
        pipe.send(found)
