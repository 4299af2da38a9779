"""From a dataclass of options to the JSON schema that a configuration is checked against."""

from __future__ import annotations

from dataclasses import MISSING, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from minde.declare import Bounds, options_of
from minde.errors import ConfigError, nearest

Schema = dict[str, Any]

_NAMES = {int: "integer", float: "number", str: "string", bool: "boolean"}


def object_schema(*groups: type, complete: bool = True) -> Schema:
    """A closed object of the options of some dataclasses.

    Arguments:
        groups: Dataclasses of options.
        complete: Options must be given unless None stands for them; otherwise those that have a
            default may be left out.
    """
    options = [option for group in groups for option in options_of(group)]
    required = [
        o.key
        for o in options
        if (o.default is MISSING or complete) and NoneType not in get_args(o.hint)
    ]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": {o.key: {**schema_of(o.hint), "description": o.description} for o in options},
    }


def schema_of(hint: Any) -> Schema:
    """Schema of a type: a dataclass of options, a list, a mapping, a union or a plain value."""
    origin, parts = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return object_schema(hint)  # type: ignore[arg-type]
    if origin is Annotated:
        return _bounded(schema_of(parts[0]), parts[1])
    if origin is Literal:
        return {"enum": list(parts)}
    if origin is tuple:
        return {"type": "array", "uniqueItems": True, "items": schema_of(parts[0])}
    if origin is dict:
        names = schema_of(parts[0])
        values = {} if parts[1] is Any else {"additionalProperties": schema_of(parts[1])}
        return {"type": "object", "propertyNames": names, **values}
    if origin in (Union, UnionType):
        kinds = [schema_of(part) for part in parts if part is not NoneType]
        # A word of its own reads better as what was expected than as a list of one.
        kinds = [{"const": k["enum"][0]} if len(k.get("enum", ())) == 1 else k for k in kinds]
        return kinds[0] if len(kinds) == 1 else {"oneOf": kinds}
    return {"type": _NAMES[hint]}


def _bounded(schema: Schema, bounds: Bounds) -> Schema:
    if bounds.choices:
        return {"enum": list(bounds.choices)}
    size = "minItems" if schema["type"] == "array" else "minLength"
    limits = {
        "minimum": bounds.minimum,
        "maximum": bounds.maximum,
        "exclusiveMinimum": bounds.above,
        "exclusiveMaximum": bounds.below,
        "pattern": bounds.pattern,
        size: bounds.size,
        "uniqueItems": False if bounds.repeats else None,
    }
    return schema | {key: value for key, value in limits.items() if value is not None}


def check(value: Any, schema: Schema, where: str = "") -> None:
    """Refuse a value that does not keep to a schema.

    Raises:
        ConfigError: Naming the key, what is wrong, and the nearest known key or value.
    """
    error = best_match(Draft202012Validator(schema).iter_errors(value))
    if error is not None:
        raise ConfigError(_one_line(_explain(error, where)))


def _one_line(text: str, most: int = 600) -> str:
    """Text on one line, however long or odd the value it quotes."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[:most]} ..."


def _explain(error: ValidationError, root: str) -> str:
    schema: Any = error.schema
    instance: Any = error.instance
    allowed: Any = error.validator_value
    path = [root] if root else []
    where = ".".join([*path, *(str(part) for part in error.absolute_path)]) or "top level"
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        unknown = min(set(instance) - set(known), key=str)
        return f"config: unknown key '{unknown}' at {where}{nearest(str(unknown), known)}"
    if error.validator == "enum":
        known = [str(v) for v in allowed]
        hint = nearest(str(instance), known)
        return f"config: {where} must be one of {', '.join(known)}, got {instance!r}{hint}"
    return f"config: {where}: {error.message}"
