"""Classes of bmi by their own module, without all that its packages import."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

#: Packages that import whatever they have: samplers, tasks, every estimator.
PACKAGES = ("bmi", "bmi.estimators")


def bmi_class(module: str, name: str) -> Any:
    """A class of ``bmi.estimators``.

    The packages' own imports take longer than most estimates. They are left out here, and what
    imports them afterwards gets them whole.

    Arguments:
        module: Its module within ``bmi.estimators``.
        name: Its name.
    """
    with _bare_packages():
        found = importlib.import_module(f"{PACKAGES[-1]}.{module}")
    return getattr(found, name)


@contextmanager
def _bare_packages() -> Iterator[None]:
    """Stand-ins of the packages that are not imported yet: where their modules are, no more."""
    made = []
    try:
        for package in PACKAGES:
            if package in sys.modules:
                continue
            spec = importlib.util.find_spec(package)
            if spec is None or spec.submodule_search_locations is None:
                raise ModuleNotFoundError(f"No module named '{package}'", name=package)
            bare = ModuleType(package)
            bare.__path__ = list(spec.submodule_search_locations)
            sys.modules[package] = bare
            made.append(package)
        yield
    finally:
        for package in made:
            del sys.modules[package]
