"""Stages of the workflow's questions: an answer as a table with its sentences, and its figure."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from minde.errors import InputError, nearest
from minde.experiments.figures import use_style
from minde.experiments.tables import markdown as markdown_table
from minde.io.tables import read_table
from minde.kinds import Kind
from minde.questions.asking import QUESTIONS, Answer
from minde.questions.figures import draw
from minde.questions.records import cell, write_csv
from minde.questions.table import AskedTable

#: Rows that the page of an answer shows at most; the table has all.
SHOWN = 50

logger = logging.getLogger("minde.questions")


def answer_question(
    table: str | Path,
    task: str,
    question: str,
    entry: Mapping[str, Any],
    csv: str | Path,
    markdown: str | Path,
) -> None:
    """Ask a question of a user's table and write what is found.

    Arguments:
        table: The user's file.
        task: Name of the dataset.
        question: Name of the question.
        entry: What is asked, with the dataset's kinds and ways with missing values (see
            ``minde.experiments.datasets.questions``).
        csv: Output table.
        markdown: The same with what it says and what to be careful about.

    Raises:
        InputError: If the question cannot be answered, with the place in the configuration.
    """
    where, options = f"datasets.{task}.questions.{question}", dict(entry)
    kinds: dict[str, Kind] = options.pop("kinds", None) or {}
    if options.pop("y_kind", None):
        kinds = {"y": "categorical", **kinds}
    reading = {"missing": options.pop("missing", None) or "refuse", "option": "missing: drop"}
    columns = read_table(Path(table))
    _check_names(kinds, columns, where)

    def kinds_of(chosen: Mapping[str, Sequence[str]]) -> dict[str, Kind]:
        of_variables = {n: kinds[v] for v, names in chosen.items() if v in kinds for n in names}
        return of_variables | {n: k for n, k in kinds.items() if _is_chosen(n, chosen)}

    asked = AskedTable(columns, kinds_of, reading, f"{where}.")
    try:
        answer = QUESTIONS[options.pop("ask")](asked, **options)
    except InputError as error:
        place = "" if str(error).startswith(where) else f"{where}: "
        raise InputError(f"{place}{error}") from None
    for sentence in (*answer.sentences, *answer.warnings):
        logger.warning(sentence)
    with Path(csv).open("w") as file:
        write_csv(answer.records, file)
    Path(markdown).write_text(_page(answer))


def plot_question(
    csv: str | Path, ask: str, style: Mapping[str, Any], figures: Sequence[str]
) -> None:
    """Draw the answer to a question.

    Arguments:
        csv: What :func:`answer_question` wrote.
        ask: The question.
        style: Section ``figures.style``.
        figures: Files to write.
    """
    use_style(style["palette"], style["font_size"])
    records: list[dict[str, Any]] = pd.read_csv(csv).to_dict("records")  # type: ignore[assignment]
    draw(ask, records, figures, style["palette"], style["dpi"])


def _page(answer: Answer) -> str:
    """Title, table, sentences and warnings, Markdown."""
    records = answer.records
    rows = [[cell(value) for value in record.values()] for record in records[:SHOWN]]
    first, *others = records[0]
    text = pd.DataFrame([row[1:] for row in rows], [row[0] for row in rows], others)
    parts = [f"# {answer.title}", markdown_table(text, first)]
    if len(records) > SHOWN:
        parts.append(f"The first {SHOWN} of {len(records)} rows.")
    parts += [*answer.sentences, *(f"Warning: {sentence}" for sentence in answer.warnings)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _is_chosen(name: str, chosen: Mapping[str, Sequence[str]]) -> bool:
    return any(name in names for names in chosen.values())


def _check_names(kinds: Mapping[str, Kind], columns: Mapping[str, Any], where: str) -> None:
    known = [*columns, "x", "y", "z"]
    for name in kinds:
        if name not in known:
            raise InputError(f"{where}: kinds: there is no column '{name}'{nearest(name, known)}")
