"""Stage `build_report`: a run's tables and figures as one page, experiment by experiment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from minde.experiments.base import Exhibit
from minde.experiments.charts import Source
from minde.experiments.options import Config
from minde.experiments.registry import EXPERIMENTS
from minde.report.charts import runtime_chart
from minde.report.data import failures, headlines, reported, runtimes
from minde.report.page import Page, Section, facts
from minde.runtime.call import load


@dataclass(frozen=True)
class Material:
    """What sections are made of: files by their stems, and what estimators report."""

    config: Config
    palette: str
    frames: dict[str, pd.DataFrame]
    tables: dict[str, Path]
    figures: dict[str, Path]
    scores: Sequence[str]


def build_report(
    estimates: Sequence[str],
    tables: Sequence[str],
    config: Config,
    palette: str,
    benchmarks: str | Path,
    report: str | Path,
    figures: Sequence[str] = (),
    scores: Sequence[str] = (),
) -> None:
    """Write the report: the exhibits of every experiment whose files are there.

    Arguments:
        estimates: Collected estimates, ``{experiment}_estimates.parquet``.
        tables: CSV tables, named after their exhibits; those of questions on datasets lie in
            ``questions/{dataset}``.
        config: The run's configuration, as far as the texts name it.
        palette: Name of the figures' colours.
        benchmarks: Folder of Snakemake's benchmark files.
        report: Output HTML.
        figures: PNG figures, named after their exhibits; pages are numbered.
        scores: Weight files, for training curves; an archive has none.
    """
    frames = {Path(f).stem.removesuffix("_estimates"): reported(f) for f in estimates}
    answers = [Path(f) for f in tables if _is_answer(Path(f))]
    files = ([Path(f) for f in given if not _is_answer(Path(f))] for given in (tables, figures))
    csv, png = ({f.stem: f for f in named} for named in files)
    material = Material(config, palette, frames, csv, png, scores)
    jobs = runtimes(benchmarks)
    failed = failures(list(frames.values()))
    ranks = pd.read_csv(csv["ranks"]) if "ranks" in csv else None
    quantum = config["table1"]["quantum"]
    page = Page(
        f"minde: run {config['run']}",
        facts(config),
        headlines(list(frames.values()), ranks, len(failed), jobs, quantum),
    )
    for name, experiment in EXPERIMENTS.items():
        for exhibit in experiment.exhibits:
            page.sections += _sections(exhibit, name, material)
    page.sections += map(_of_question, answers)
    text = "No estimate failed." if failed.empty else "Estimates that gave no number, and why."
    listed = None if failed.empty else failed
    page.sections.append(Section("failures", f"Failures ({len(failed)})", text, table=listed))
    text = "Wall-clock time and peak memory of every job, from Snakemake's benchmark files."
    page.sections.append(Section("runtime", "Jobs", text, chart=runtime_chart(jobs), table=jobs))
    Path(report).write_text(page.render(), encoding="utf-8")


def _is_answer(file: Path) -> bool:
    return file.parent.parent.name == "questions"


def _of_question(csv: Path) -> Section:
    """The section of a question: its table, its figure, and what its page says below the table."""
    name, figure = f"{csv.parent.name}: {csv.stem}", csv.with_suffix(".png")
    lines = csv.with_suffix(".md").read_text().splitlines()
    told = " ".join(line for line in lines if line and line[0] not in "#|")
    key = f"{csv.parent.name}-{csv.stem}"
    shown = figure if figure.exists() else None
    return Section(key, name, told, table=pd.read_csv(csv), figure=shown)


def _sections(exhibit: Exhibit, experiment: str, material: Material) -> Iterator[Section]:
    """The section of an exhibit, one per page of its figure; none where nothing is there."""
    frame = material.frames.get(experiment)
    tasks = 0 if frame is None else frame["task"].nunique()
    claim = exhibit.claim.format(tasks=tasks, **material.config)
    chart, table = None, None
    if exhibit.name in material.tables:
        table = pd.read_csv(material.tables[exhibit.name])
    if exhibit.chart and frame is not None:
        source = Source(frame, material.palette, material.scores, table)
        chart = load(exhibit.chart)(source)
    if table is not None:
        table = table.drop(columns=["rank", "position"], errors="ignore")
    if exhibit.paged:
        found = sorted(s for s in material.figures if s.startswith(f"{exhibit.name}-"))
        for k, stem in enumerate(found):
            title = f"{exhibit.title}, page {k + 1}"
            yield Section(stem, title, claim, figure=material.figures[stem])
    figure = material.figures.get(exhibit.name)
    if any(part is not None for part in (chart, table, figure)):
        lead = exhibit.lead and chart is not None
        yield Section(exhibit.name, exhibit.title, claim, chart, table, figure, lead)
