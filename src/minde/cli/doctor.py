"""What the package finds on this machine, what it would take of it, and what is missing.

Needs the standard library alone: torch, numpy and the extras are what it looks for.
"""

from __future__ import annotations

import json
import operator
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import minde

NEEDED = ("torch", "numpy")
#: Extras that only work on the package itself asks for.
FOR_DEVELOPERS = ("dev", "docs")
_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(\[(?P<extras>[\w,-]+)\])?\s*(?P<versions>[^;]*)(;\s*(?P<marker>.*))?"
)
_OF_EXTRA = re.compile(r"""extra == ["']([\w-]+)["']""")
_BOUND = re.compile(r"(>=|<=|==|!=|<|>)\s*([\d.]+)")
_HOLDS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}


def doctor(as_json: bool) -> int:
    """Print the report; 1 where something that is needed is broken, else 0."""
    found = report()
    print(json.dumps(found) if as_json else as_text(found))
    return int(bool(found["problems"]))


def report() -> dict[str, Any]:
    """Versions, device, threads, memory, compiler and extras, as plain values.

    ``problems`` are sentences on what is needed and broken; a missing extra is none. Bytes are of
    the device that is used unless another is asked for.
    """
    problems = [f"{what}; pip install --upgrade minde" for what in _unmet("")]
    found: dict[str, Any] = {
        "minde": minde.__version__,
        "folder": str(Path(minde.__file__).parent),
        "python": platform.python_version(),
        "system": platform.platform(),
        "versions": {name: _version(name) for name in NEEDED},
        "device": None,
        "devices": [],
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "threads": None,
        "free_bytes": None,
        "most_bytes": None,
        "compiler": _compiler(),
        "extras": {name: _unmet(name) for name in _extras()},
        "problems": problems,
    }
    if not problems:
        try:
            found |= _of_torch()
        except Exception as error:  # whatever a broken library raises
            line = str(error).partition("\n")[0]
            problems.append(f"torch does not work here: {type(error).__name__}: {line}")
    return found


def _of_torch() -> dict[str, Any]:
    """Device, threads and memory; raises what torch raises if it cannot compute."""
    import numpy as np
    import torch

    from minde.device import available_bytes, pick_device
    from minde.ensemble.train import SHARE

    device = pick_device("auto")
    ones = torch.from_numpy(np.ones((2, 2))).to(device)
    if float((ones @ ones).sum()) != 8.0:
        raise ArithmeticError(f"a product of matrices is wrong on {device}")
    free = available_bytes(device)
    names = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
    return {
        "device": str(device),
        "devices": names,
        "threads": torch.get_num_threads(),
        "free_bytes": free,
        "most_bytes": int(SHARE * free),
    }


def _compiler() -> str | None:
    """The C++ compiler that ``compiled`` would take."""
    names = (os.environ.get("CXX", ""), "g++", "clang++", "cl")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def _requirements(extra: str) -> Iterator[re.Match[str]]:
    """What an extra asks for beside the core, or the core; nothing where this is no installation.

    What is asked for on some systems or Pythons alone is left out.
    """
    try:
        lines = metadata.requires("minde") or []
    except metadata.PackageNotFoundError:
        return
    for line in lines:
        asked = _REQUIREMENT.match(line)
        marker = (asked and asked["marker"]) or ""
        of_extra = _OF_EXTRA.fullmatch(marker)
        if asked and (of_extra[1] if of_extra else marker) == extra:
            yield asked


def _extras() -> list[str]:
    try:
        return metadata.metadata("minde").get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:
        return []


def _unmet(extra: str) -> list[str]:
    """What an extra (or the core) lacks, or has in another version; each once."""
    lacking: list[str] = []
    for asked in _requirements(extra):
        if asked["name"] == "minde":
            lacking += [line for other in asked["extras"].split(",") for line in _unmet(other)]
            continue
        version, bounds = _version(asked["name"]), asked["versions"].strip()
        if version is None:
            lacking.append(f"{asked['name']} is missing")
        elif not all(
            _HOLDS[sign](_numbers(version), _numbers(bound))
            for sign, bound in _BOUND.findall(bounds)
        ):
            lacking.append(f"{asked['name']} is {version}, not {bounds}")
    return [*dict.fromkeys(lacking)]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """The release of a version, without the zeros at its end."""
    parts = re.match(r"[\d.]*", version)[0].strip(".").split(".")  # type: ignore[index]
    release = [int(part) for part in parts if part]
    while release and release[-1] == 0:
        release.pop()
    return tuple(release)


def as_text(found: dict[str, Any]) -> str:
    """The report, a line each."""
    unknown = "unknown, torch does not work"
    versions = {name: version or "missing" for name, version in found["versions"].items()}
    lines = {
        "minde": f"{found['minde']} in {found['folder']}",
        "Python": f"{found['python']} on {found['system']}",
        **versions,
        "device": unknown,
        "threads": unknown,
        "memory": unknown,
        "compiler": found["compiler"] or "none; only the option 'compiled' needs one",
    }
    if found["device"]:
        names = ", ".join(found["devices"]) or "torch sees no CUDA device"
        free, most = (found[key] / 1e9 for key in ("free_bytes", "most_bytes"))
        lines["device"] = f"{found['device']} ({names})"
        lines["threads"] = f"{found['threads']} of {found['cores']} cores"
        lines["memory"] = f"{free:.1f} GB free, of which a training takes {most:.1f} GB at most"
    text = [f"{name:<9} {said}" for name, said in lines.items()]
    for name, lacking in found["extras"].items():
        if lacking and name not in FOR_DEVELOPERS:
            text.append(f"extra {name}: {', '.join(lacking)}; pip install 'minde[{name}]'")
    there = [name for name, lacking in found["extras"].items() if not lacking]
    text.append(f"extras that are whole: {', '.join(there) or 'none'}")
    text += [f"broken: {problem}" for problem in found["problems"]]
    return "\n".join([*text, *([] if found["problems"] else ["all that is needed works"])])
