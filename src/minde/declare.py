"""Options declared at their field: kind, bounds and flat name, checked by one function."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import Field, field, fields
from typing import Any, get_args, get_origin, get_type_hints

from minde.errors import ConfigError, nearest

_KINDS: dict[type, str] = {int: "a whole number", float: "a number", bool: "true or false"}


def option(
    default: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
    multiple: int | None = None,
    flat: str | None = None,
) -> Any:
    """A field of an options dataclass.

    Arguments:
        default: Its value where none is given.
        low: Least value.
        high: Largest value.
        above: Value that it must lie above.
        below: Value that it must lie below.
        multiple: What it must be a multiple of.
        flat: Name for users, where it is not the field's.
    """
    bounds = {"low": low, "high": high, "above": above, "below": below, "multiple": multiple}
    return field(default=default, metadata={"bounds": bounds, "flat": flat})


def flat_name(f: Field[Any]) -> str:
    """Name that users give a field."""
    return str(f.metadata.get("flat") or f.name)


def check(group: Any, where: str) -> None:
    """Check every option of a group against its declaration.

    Raises:
        ConfigError: Naming the option, what it must be, and what it is.
    """
    hints = get_type_hints(type(group))
    for f in fields(group):
        value, hint = getattr(group, f.name), hints[f.name]
        name = f"{where}: {flat_name(f)}"
        if get_origin(hint) is tuple:
            for part in value:
                _check_number(part, get_args(hint)[0], f.metadata["bounds"], name)
        elif hint in _KINDS:
            _check_number(value, hint, f.metadata["bounds"], name)
        elif value not in (allowed := get_args(hint)):
            hint_text = nearest(str(value), [str(a) for a in allowed])
            raise ConfigError(f"{name} must be one of {allowed}, got {value!r:.60}{hint_text}")


def _check_number(value: Any, kind: type, bounds: dict[str, Any], name: str) -> None:
    if not _is_a(value, kind):
        raise ConfigError(f"{name} must be {_KINDS[kind]}, got {value!r:.60}")
    rules: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
        ("multiple", "a multiple of", lambda b: value % b == 0),
        ("low", "at least", lambda b: value >= b),
        ("high", "at most", lambda b: value <= b),
        ("above", "above", lambda b: value > b),
        ("below", "below", lambda b: value < b),
    )
    asked = [(text, bounds[key], holds) for key, text, holds in rules if bounds[key] is not None]
    if not all(holds(bound) for _, bound, holds in asked):
        text = " and ".join(f"{text} {bound}" for text, bound, _ in asked)
        raise ConfigError(f"{name} must be {text}, got {value!r:.60}")


def _is_a(value: Any, kind: type) -> bool:
    """Whether a value is of a kind; True is no number, and neither is infinity."""
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if kind is int:
        return isinstance(value, numbers.Integral)
    return isinstance(value, numbers.Real) and math.isfinite(value)
