"""Options declared once: type, bounds, default and description at the field of a frozen dataclass.

Bounds stand in the type: ``Annotated[int, Bounds(minimum=1)]``. From such a class follow checks of
its values, the schema, the default configuration and its documentation.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import math
import numbers
from collections.abc import Callable
from dataclasses import MISSING, dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from minde.errors import ConfigError, nearest

T = TypeVar("T")


@dataclass(frozen=True)
class Bounds:
    """What a value must keep to.

    Arguments:
        minimum: Least value.
        maximum: Largest value.
        above: The value is larger than this.
        below: The value is smaller than this.
        size: Fewest characters or items.
        repeats: Whether a list may hold a value twice.
        pattern: Regular expression of a text.
        choices: Allowed values, where they are not a Literal.
        multiple: What a number must be a multiple of.
    """

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    size: int | None = None
    repeats: bool = False
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    multiple: int | None = None


Count = Annotated[int, Bounds(minimum=1)]
Positive = Annotated[float, Bounds(above=0)]
Text = Annotated[str, Bounds(size=1)]


def option(default: Any = MISSING, description: str = "", reruns: str = "", flat: str = "") -> Any:
    """A field of a dataclass of options.

    Arguments:
        default: Value if none is given; an option without one must be given, and one of None may
            be left out everywhere.
        description: One or two plain sentences. Without them: of the group that is the default, or
            of the same field of a parent class.
        reruns: What an edit of it makes the workflow run again; of the group, if empty.
        flat: Name for users, where it is not the field's.
    """
    metadata = {"description": description, "reruns": reruns, "flat": flat}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: copy.deepcopy(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Option:
    """One option as declared: its key, type with bounds, default (or MISSING) and words."""

    key: str
    hint: Any
    default: Any
    description: str
    reruns: str


@functools.cache
def _hints(group: type) -> dict[str, Any]:
    """Types of a group's options; they are evaluated from text, which takes a while."""
    return get_type_hints(group, include_extras=True)


def options_of(group: type) -> list[Option]:
    """Options of a dataclass, in order."""
    hints = _hints(group)
    return [
        Option(
            _key(field.name),
            hints[field.name],
            field.default if field.default_factory is MISSING else field.default_factory(),
            _description(group, field.name) or said(field.default),
            field.metadata.get("reruns", ""),
        )
        for field in dataclasses.fields(group)
    ]


def build(group: type[T], values: dict[str, Any]) -> T:
    """Options from plain values, such as those of a file; what is missing takes its default."""
    names = {_key(field.name): field.name for field in dataclasses.fields(group)}  # type: ignore[arg-type]
    return group(**{names[k]: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def plain(value: Any) -> Any:
    """Options as plain values: mappings without what is None, and lists."""
    if dataclasses.is_dataclass(value):
        items = ((_key(f.name), getattr(value, f.name)) for f in dataclasses.fields(value))
        return {key: plain(item) for key, item in items if item is not None}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def _key(name: str) -> str:
    """Key of a field: a word that Python keeps for itself, such as import, ends in a bar there."""
    return name.rstrip("_")


def said(options: Any) -> str:
    """What a group of options says of itself, on one line; nothing if it is no group."""
    return " ".join((options.__doc__ or "").split()) if dataclasses.is_dataclass(options) else ""


def _description(group: type, name: str) -> str:
    """Description of a field; a class that changes the default alone takes its parent's."""
    found = (getattr(c, "__dataclass_fields__", {}).get(name) for c in group.__mro__)
    words = (f.metadata.get("description", "") for f in found if f)
    return next((w for w in words if w), "")


def flat_name(field: dataclasses.Field[Any]) -> str:
    """Name that users give a field of a group."""
    return str(field.metadata.get("flat") or field.name)


_KINDS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false"}


def check(group: Any, where: str) -> None:
    """Check every value of a group of numbers, truth values and words against its declaration.

    Raises:
        ConfigError: Naming the option, what it must be, and what it is.
    """
    kind: type = type(group)
    hints = _hints(kind)
    for field in dataclasses.fields(group):
        value, hint, bounds = getattr(group, field.name), hints[field.name], Bounds()
        name = f"{where}: {flat_name(field)}"
        if get_origin(hint) is tuple:
            hint = get_args(hint)[0]
        if get_origin(hint) is Annotated:
            hint, bounds = get_args(hint)
        if hint in _KINDS:
            for part in value if isinstance(value, tuple) else (value,):
                _check_number(part, hint, bounds, name)
        elif value not in (allowed := get_args(hint)):
            near = nearest(str(value), [str(a) for a in allowed])
            raise ConfigError(f"{name} must be one of {allowed}, got {value!r:.60}{near}")


def _check_number(value: Any, kind: type, bounds: Bounds, name: str) -> None:
    if not _is_a(value, kind):
        raise ConfigError(f"{name} must be {_KINDS[kind]}, got {value!r:.60}")
    rules: tuple[tuple[str, float | None, Callable[[float], bool]], ...] = (
        ("a multiple of", bounds.multiple, lambda b: value % b == 0),
        ("at least", bounds.minimum, lambda b: value >= b),
        ("at most", bounds.maximum, lambda b: value <= b),
        ("above", bounds.above, lambda b: value > b),
        ("below", bounds.below, lambda b: value < b),
    )
    asked = [(word, bound, keeps) for word, bound, keeps in rules if bound is not None]
    if not all(keeps(bound) for _, bound, keeps in asked):
        text = " and ".join(f"{word} {bound}" for word, bound, _ in asked)
        raise ConfigError(f"{name} must be {text}, got {value!r:.60}")


def _is_a(value: Any, kind: type) -> bool:
    """Whether a value is of a kind; True is no number, and neither is infinity."""
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if kind is int:
        return isinstance(value, numbers.Integral)
    return isinstance(value, numbers.Real) and math.isfinite(value)
