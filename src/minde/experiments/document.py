"""Writes config/config.yaml and the table of keys in config/README.md from the declaration.

Usage, in the root of the repository: python -m minde.experiments.document
"""

from __future__ import annotations

import textwrap
from dataclasses import MISSING, is_dataclass, replace
from pathlib import Path
from typing import Any, cast, get_args, get_origin

import yaml

from minde.declare import Option, options_of, plain, said
from minde.experiments.config import Configuration

WIDTH = 100
HEAD = """\
# The paper's full protocol (§5.1, §C). config/laptop.yaml overlays a small run of the same graph.
# Written by `make config` from the declaration in src/minde/experiments (config.py names the
# sections). Unknown keys are refused.
"""
START, END = "<!-- Table of keys, written by `make config`. -->\n", "<!-- End of the table. -->\n"


def config_text() -> str:
    """The default configuration with its comments, YAML."""
    lines: list[str] = []
    seen: set[type] = set()
    for section in options_of(Configuration):
        lines += ["", *_entry(section, section.default, 0, seen)]
    return HEAD + "\n".join(lines) + "\n"


def _entry(option: Option, value: Any, depth: int, seen: set[type]) -> list[str]:
    """Lines of one key; a class of options is spread out once, and on one line from then on."""
    pad = "  " * depth
    words = [f"{pad}# {line}" for line in textwrap.wrap(option.description, WIDTH - len(pad) - 2)]
    inner: list[tuple[Option, Any]] = []
    if is_dataclass(value) and type(value) not in seen:
        seen.add(type(value))
        inner = [(o, getattr(value, o.key)) for o in options_of(type(value))]
    elif isinstance(value, dict) and any(map(is_dataclass, value.values())):
        inner = [(Option(key, Any, MISSING, said(v), ""), v) for key, v in value.items()]
    below: list[str] = []
    for each, its in inner:
        if its is not None:
            once = replace(each, description="") if type(its) in seen and each.hint is Any else each
            below += _entry(once, its, depth + 1, seen)
    if below:
        return [*words, f"{pad}{option.key}:", *below]
    leaf = _leaf(option.key, plain(value), pad)
    line = "  ".join([leaf, *(word.strip() for word in words)])
    short = len(words) < 2 and len(line) <= WIDTH and "\n" not in leaf
    return [line] if short else [*words, leaf]


def _leaf(key: str, value: Any, pad: str) -> str:
    """A key and its value, lists and mappings within brackets."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    text = f"{key}: {text.removesuffix('...' + chr(10)).strip()}"
    # A space that does not break keeps a key and its value on one line.
    text = text.replace(": ", ":\u00a0")
    lines = textwrap.wrap(text, WIDTH - len(pad), subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(pad + line for line in lines).replace("\u00a0", " ")


def key_table() -> str:
    """What each key means and what an edit of it reruns, Markdown."""
    rows = ["| key | meaning | what reruns after an edit |", "|---|---|---|"]
    return "\n".join([*rows, *_rows(Configuration, "", set())]) + "\n"


def _rows(group: Any, prefix: str, seen: set[type]) -> list[str]:
    """A row per key; a class of options that several keys share is told once."""
    rows = []
    for option in options_of(group):
        named = get_origin(option.hint) is dict
        inner = get_args(option.hint)[1] if named else option.hint
        key = prefix + option.key
        rows.append(f"| `{key}` | {option.description} | {option.reruns} |")
        if is_dataclass(inner) and inner not in seen:
            seen.add(cast(type, inner))
            rows += _rows(inner, f"{key}.*." if named else f"{key}.", seen)
    return rows


def with_table(readme: str) -> str:
    """A README with its table of keys written anew."""
    before, _, rest = readme.partition(START)
    return f"{before}{START}{key_table()}{END}{rest.partition(END)[2]}"


def main(root: Path = Path()) -> None:
    """Write both files."""
    readme = root / "config/README.md"
    (root / "config/config.yaml").write_text(config_text())
    readme.write_text(with_table(readme.read_text()))


if __name__ == "__main__":
    main()
