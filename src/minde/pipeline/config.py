"""The workflow's configuration: closed, checked, one clear line on a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from minde.errors import ConfigError, nearest
from minde.recipe import make_recipe
from minde.tasks.catalogue import TaskInfo, select_tasks

Config = dict[str, Any]


def check_config(config: Config, schema_path: str | Path) -> None:
    """Validate ``config`` against the schema and against what only code knows.

    Raises:
        ConfigError: Naming the key, what is wrong, and the nearest known key or value.
    """
    schema = yaml.safe_load(Path(schema_path).read_text())
    error = best_match(Draft202012Validator(schema).iter_errors(config))
    if error is not None:
        raise ConfigError(_explain(error))
    select_tasks(config["benchmark"]["suite"], config["benchmark"]["tasks"])
    for family in config["minde"]["families"]:
        make_recipe(config["minde"]["recipe"], family, 2, **minde_options(config, family))


def _explain(error: ValidationError) -> str:
    schema: Any = error.schema
    instance: Any = error.instance
    allowed: Any = error.validator_value
    where = ".".join(str(part) for part in error.absolute_path) or "top level"
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        unknown = sorted(set(instance) - set(known))[0]
        return f"config: unknown key '{unknown}' at {where}{nearest(str(unknown), known)}"
    if error.validator == "enum":
        known = [str(v) for v in allowed]
        hint = nearest(str(instance), known)
        return f"config: {where} must be one of {', '.join(known)}, got {instance!r}{hint}"
    return f"config: {where}: {error.message}"


def tasks(config: Config) -> list[TaskInfo]:
    """Tasks of the benchmark section."""
    return select_tasks(config["benchmark"]["suite"], config["benchmark"]["tasks"])


def minde_options(config: Config, family: str) -> dict[str, Any]:
    """Recipe options of a family: the common ones, overridden by the family's."""
    section = config["minde"]
    return {**section["options"], **section["family_options"].get(family, {})}


def packs(seeds: int, size: int) -> list[tuple[int, int]]:
    """First and last seed of each pack; a seed added beyond full packs opens a new one."""
    return [(a, min(a + size, seeds) - 1) for a in range(0, seeds, size)]
