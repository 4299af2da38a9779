"""A configured baseline: its entry under ``baselines.estimators``, kind, label and options."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from minde.baselines.kinds import KINDS
from minde.declare import Count, Positive, Text, build, option, plain
from minde.errors import ConfigError, nearest

__all__ = ["KINDS", "Entry", "kind_of", "label_of", "options_of"]


@dataclass(frozen=True)
class Entry:
    """Keys that every estimator may have."""

    kind: str | None = option(None, "Kind; the entry's name by default.")
    label: Text | None = option(None, "Name in tables and figures.")
    seconds: Positive | None = option(None, "Its own limit of time, seconds.")
    memory_mb: Positive | None = option(None, "Its own limit of memory, MB.")
    seeds: Count | None = option(None, "Its own number of seeds, where an experiment has more.")


def kind_of(name: str, entry: dict[str, Any]) -> str:
    """Kind of a configured estimator: ``import``, its key ``kind``, or its name.

    Raises:
        ConfigError: On an unknown kind, naming the nearest.
    """
    kind = "import" if "import" in entry else str(entry.get("kind", name))
    if kind not in KINDS:
        known = [k for k in KINDS if k != "import"]
        raise ConfigError(
            f"config: baselines.estimators.{name}: unknown kind '{kind}'{nearest(kind, known)}; "
            "give a known 'kind', or 'import: package.module:Class'"
        )
    return kind


def options_of(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Options of a checked entry, the defaults of its kind included."""
    aside = [f.name for f in fields(Entry)]
    own = {key: value for key, value in entry.items() if key not in aside}
    options: dict[str, Any] = plain(build(KINDS[kind_of(name, entry)].options, own))
    return options


def label_of(name: str, entry: dict[str, Any]) -> str:
    """Label of a configured estimator in tables and figures."""
    if "label" in entry:
        return str(entry["label"])
    kind = kind_of(name, entry)
    label = KINDS[kind].label
    if not label:
        return name
    return label if name == kind else f"{label} ({name})"
