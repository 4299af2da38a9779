"""A compilation cache for bmi's jax code, which compiles the same small programs in every job."""

from __future__ import annotations

import hashlib
import os
import platform
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path


def machine() -> str:
    """Twelve hexadecimal digits over what compiled code depends on: processor and jaxlib."""
    facts = [platform.machine(), metadata.version("jaxlib")]
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text().splitlines()
        facts += [line for line in lines if line.startswith("flags")][:1]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]


def use_jax_cache() -> None:
    """Keep compiled programs under the user's cache folder, one folder a kind of machine.

    Set ``JAX_COMPILATION_CACHE_DIR`` to have them elsewhere. Must be called before jax is imported.
    Without jax there is nothing to keep.
    """
    if find_spec("jaxlib") is None:
        return
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(home / "minde" / f"jax-{machine()}"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
