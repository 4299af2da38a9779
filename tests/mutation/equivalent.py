"""Faults that change nothing that is promised: module, line, change, and why."""

EQUIVALENT: dict[tuple[str, str, str], str] = {}
