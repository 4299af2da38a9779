"""Options that commands share: a dataclass in a command's signature becomes its fields' options."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any, get_type_hints


def expand_groups(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes the fields of its dataclasses one by one, for one that takes these.

    Typer makes an option of each parameter that it sees in the signature. The one it is shown here
    has, in place of every parameter that is annotated with a dataclass, the fields of that class
    with their annotations and defaults, so what is declared once is an option of each command.

    Arguments:
        command: A function whose annotations are typer's, or dataclasses with such fields.

    Raises:
        ValueError: If two of its options have one name.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    shown: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        shown += _fields(groups[name]) if name in groups else [_keyword(parameter, hints[name])]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        grouped = {
            name: group(**{field.name: given.pop(field.name) for field in _fields(group)})
            for name, group in groups.items()
        }
        command(**given, **grouped)

    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return run


def _fields(group: Any) -> list[inspect.Parameter]:
    """The fields of a dataclass as parameters, bases first."""
    hints = get_type_hints(group, include_extras=True)
    parameters = inspect.signature(group).parameters
    return [_keyword(parameter, hints[name]) for name, parameter in parameters.items()]


def _keyword(parameter: inspect.Parameter, hint: Any) -> inspect.Parameter:
    """A parameter by name only: those without a default may then come after those with one."""
    return parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hint)
