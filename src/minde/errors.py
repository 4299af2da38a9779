"""Errors and warnings with one clear line: what is wrong, where, and how to mend it."""

from __future__ import annotations


class MindeError(Exception):
    """Base of every error that minde raises on purpose; its text is one line for the user."""


class InputError(MindeError, ValueError):
    """The caller's data or arguments cannot be used as they are."""


class ConfigError(MindeError, ValueError):
    """A configuration file or recipe holds an unknown key or an impossible value."""


class LeftOutError(MindeError):
    """An estimator does not take these columns; its text says what it takes."""


class CheckpointError(MindeError, RuntimeError):
    """A checkpoint is damaged or belongs to another configuration."""


class TrainingError(MindeError, RuntimeError):
    """Training produced a loss that is not finite."""


class StoppedError(MindeError):
    """A signal asked to stop; what was done is in the checkpoint, and a new run goes on from it."""


def nearest(name: str, known: list[str]) -> str:
    """Return a hint ``"; did you mean 'x'?"`` for a misspelt name, or an empty string."""
    import difflib

    match = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean '{match[0]}'?" if match else ""
