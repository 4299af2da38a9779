"""The workflow's configuration: closed, checked, one clear line on a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from minde.baselines.base import kind_of
from minde.errors import ConfigError, nearest
from minde.experiments.benchmark.tasks import select_tasks
from minde.experiments.consistency.tasks import SIDES
from minde.recipe import make_recipe

Config = dict[str, Any]

#: Kinds of baselines that share a definition in the schema.
_DEFINITION = {
    **dict.fromkeys(("mine", "infonce", "donsker_varadhan", "nwj"), "critic"),
    **dict.fromkeys(("doe_gaussian", "doe_logistic"), "doe"),
}


def check_config(config: Config, schema_path: str | Path) -> None:
    """Validate ``config`` against the schema and against what only code knows.

    Raises:
        ConfigError: Naming the key, what is wrong, and the nearest known key or value.
    """
    schema = yaml.safe_load(Path(schema_path).read_text())
    error = best_match(Draft202012Validator(schema).iter_errors(config))
    if error is not None:
        raise ConfigError(_one_line(_explain(error)))
    definitions = schema["$defs"]
    for name, entry in config["baselines"]["estimators"].items():
        _check_baseline(name, entry, definitions)
    if config["table1"]["sigma_ref"] not in config["minde"]["sigma_refs"]:
        raise ConfigError(
            f"config: table1.sigma_ref {config['table1']['sigma_ref']} must be one of "
            f"minde.sigma_refs {config['minde']['sigma_refs']}"
        )
    for section in ("benchmark", "train_size"):
        select_tasks(config["benchmark"]["suite"], config[section]["tasks"], f"{section}.tasks")
    section = config["consistency"]
    side = SIDES[section["dataset"]]
    if max(section["rows"], default=0) > side:
        raise ConfigError(
            f"config: consistency.rows: images of {section['dataset']} have {side} rows, "
            f"got {max(section['rows'])}"
        )
    for family in config["minde"]["families"]:
        options = minde_options(config, family)
        make_recipe(config["minde"]["recipe"], family, 2, **options)
        make_recipe(config["minde"]["recipe"], family, 2, **{**options, **section["options"]})
    prompts = {**minde_options(config, "c"), **config["prompts"]["options"]}
    make_recipe("fast", "c", 2, **prompts)


def _check_baseline(name: str, entry: Any, definitions: dict[str, Any]) -> None:
    """Check one estimator against the definition of its kind."""
    where = f"baselines.estimators.{name}"
    if not isinstance(entry, dict):
        raise ConfigError(f"config: {where} must be a mapping of options, got {entry!r}")
    kind = kind_of(name, entry)
    definition = definitions[f"baseline_{_DEFINITION.get(kind, kind)}"]
    common = definitions["baseline"]["properties"]
    properties = {**common, **definition["properties"]}
    schema = {**definition, "additionalProperties": False, "properties": properties}
    schema["$defs"] = definitions
    error = best_match(Draft202012Validator(schema).iter_errors(entry))
    if error is not None:
        raise ConfigError(_one_line(_explain(error, where)))


def _one_line(text: str, most: int = 600) -> str:
    """Text on one line, however long or odd the value it quotes."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[:most]} ..."


def _explain(error: ValidationError, root: str = "") -> str:
    schema: Any = error.schema
    instance: Any = error.instance
    allowed: Any = error.validator_value
    path = [root] if root else []
    where = ".".join([*path, *(str(part) for part in error.absolute_path)]) or "top level"
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        unknown = sorted(set(instance) - set(known))[0]
        return f"config: unknown key '{unknown}' at {where}{nearest(str(unknown), known)}"
    if error.validator == "enum":
        known = [str(v) for v in allowed]
        hint = nearest(str(instance), known)
        return f"config: {where} must be one of {', '.join(known)}, got {instance!r}{hint}"
    return f"config: {where}: {error.message}"


def minde_options(config: Config, family: str) -> dict[str, Any]:
    """Recipe options of a family: the common ones, overridden by the family's."""
    return family_options(config["minde"], family)


def family_options(section: Config, family: str) -> dict[str, Any]:
    """A section's recipe options for a family."""
    return {**section["options"], **section["family_options"].get(family, {})}


def packs(seeds: int, size: int) -> list[tuple[int, int]]:
    """First and last seed of each pack; a seed added beyond full packs opens a new one."""
    return [(a, min(a + size, seeds) - 1) for a in range(0, seeds, size)]
