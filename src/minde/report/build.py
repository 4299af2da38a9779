"""Stage `report`: a run's tables and figures as one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from minde.experiments.benchmark.tasks import labels
from minde.experiments.options import Config
from minde.report import charts
from minde.report.data import failures, integrands, reported, runtimes, training_curves
from minde.report.page import Page, Section, facts

ERROR_LIMIT = 0.6


def build_report(
    config: Config,
    estimates: dict[str, str],
    tables: dict[str, str],
    figures: Sequence[str],
    scores: Sequence[str],
    benchmarks: str | Path,
    path: str | Path,
) -> None:
    """Write the report.

    Arguments:
        config: The run's configuration.
        estimates: Collected estimates by experiment.
        tables: CSV tables by name.
        figures: PNG figures.
        scores: Weight files, for training curves.
        benchmarks: Folder of Snakemake's benchmark files.
        path: Output HTML.
    """
    colours = config["figures"]["style"]["palette"]
    frames = {name: reported(file) for name, file in estimates.items()}
    jobs = runtimes(benchmarks)
    pictures = {Path(file).stem: Path(file) for file in figures}
    page = Page(
        f"minde: run {config['run']}",
        facts(config["run"], config, float(jobs["seconds"].sum()), len(jobs)),
    )
    add = page.sections.append
    if "benchmark" in frames:
        for section in _benchmark(frames["benchmark"], tables, pictures, config, colours):
            add(section)
    if "high_mi" in frames:
        text = (
            "Figure 1. Two correlated pairs in 3×3 dimensions, transformed; dashed: the truth. "
            "The paper: on the plain pairs all neural estimators follow the truth; after half-cube "
            "and spiral MINDE does best. Drag over a panel to compare errors in that range."
        )
        chart = charts.high_mi_chart(frames["high_mi"], colours)
        table = _table(tables["high_mi"])
        add(Section("high_mi", "High mutual information", text, chart=chart, table=table))
    if "train_size" in frames:
        text = "Figures 5 to 8. Estimate against the number of training points; dashed: the truth."
        chart = charts.train_size_chart(frames["train_size"], colours)
        table = _table(tables["train_size"])
        add(Section("train_size", "Training size", text, chart=chart, table=table))
    if "interaction" in frames:
        text = (
            "Figure 11. Interaction information of three variables and O-information of six, in "
            "nats; lines: the truth in closed form. Positive is redundancy, negative synergy. The "
            "paper shows the common cause alone, without numbers, and says that MINDE follows it."
        )
        figure, table = pictures.get("interaction"), _table(tables["interaction"])
        add(Section("interaction", "Interaction", text, figure=figure, table=table))
    if "consistency" in frames:
        for section in _consistency(tables, pictures):
            add(section)
    if "prompts" in tables:
        for section in _prompts(tables, pictures):
            add(section)
    if "datasets" in frames:
        text = "Every configured estimator on your own tables; there is no truth to compare with."
        figure, table = pictures.get("datasets"), _table(tables["datasets"])
        add(Section("datasets", "Your tables", text, figure=figure, table=table))
    if "benchmark" in frames:
        frame = frames["benchmark"]
        parts = integrands(frame)
        if len(parts):
            text = "Where in diffusion time an estimate comes from; the contributions sum to it."
            chart = charts.integrand_chart(parts, frame, colours)
            add(Section("integrand", "Integrand over time", text, chart=chart))
        curves = training_curves(scores, labels(config["benchmark"]["suite"]))
        if len(curves):
            text = "Denoising loss over training, mean over the copies of a pack."
            chart = charts.training_chart(curves, frame, colours)
            add(Section("training", "Training curves", text, chart=chart))
    failed = failures(list(frames.values()))
    text = "No estimate failed." if failed.empty else "Estimates that gave no number, and why."
    listed = None if failed.empty else failed
    add(Section("failures", f"Failures ({len(failed)})", text, table=listed))
    text = "Wall-clock time and peak memory of every job, from Snakemake's benchmark files."
    add(Section("runtime", "Jobs", text, chart=charts.runtime_chart(jobs), table=jobs))
    Path(path).write_text(page.render(), encoding="utf-8")


def _prompts(tables: dict[str, str], pictures: dict[str, Path]) -> list[Section]:
    text = (
        "Figure 9. What a prompt B still tells of the image A at diffusion time τ of its making, "
        "in nats; grey: single prompts. At τ = 1 it is I(A; B), and with labels as prompts it "
        "should be the label's entropy. The paper, on Stable Diffusion: high until τ is about 0.8, "
        "then fading. The table holds the means over prompts."
    )
    figure, table = pictures.get("prompts"), _table(tables["prompts"])
    switch = (
        "Figure 10. Images made under one prompt until time τ and under another from then on; "
        "below what a classifier sees, beside the curve of Figure 9. The paper: after τ of about "
        "0.7 the second prompt comes too late."
    )
    return [
        Section("prompts", "What a prompt tells", text, figure=figure, table=table),
        Section("switch", "Switching the prompt", switch, figure=pictures.get("switch")),
    ]


def _consistency(tables: dict[str, str], pictures: dict[str, Path]) -> list[Section]:
    sections = [
        Section(
            "consistency",
            "Self-consistency",
            "Figure 2. A is an image and B its first r rows, as codes of autoencoders. (a) "
            "I(A;B)/I(A;A) rises from 0 to 1; (b) a function of B adds nothing: 1; (c) two "
            "independent images hold twice as much: 2; dashed: the ideal. Codes lose something, so "
            "(b) need not be exact. The paper: MINDE does well in all three, others fail in (c).",
            table=_table(tables["consistency"]),
            figure=pictures.get("consistency"),
        ),
        Section(
            "consistency_noise",
            "What it rests on",
            "An image determines its rows, so without noise the information is infinite. "
            "Information and ratios against the smallest noise that counts, in deviations of the "
            "codes; one training tells all of them.",
            figure=pictures.get("consistency_noise"),
        ),
        Section(
            "codes",
            "Autoencoders",
            "Mean squared error a pixel of images in [0, 1], and images with what comes back.",
            table=_table(tables["codes"]),
            figure=pictures.get("reconstructions"),
        ),
        Section(
            "traversal",
            "What a code's coordinates do",
            "The mean code of full images, decoded with one coordinate (a line each) moved by -2 "
            "to 2 deviations.",
            figure=pictures.get("traversal"),
        ),
    ]
    return [s for s in sections if s.figure is not None or s.table is not None]


def _benchmark(
    frame: pd.DataFrame,
    tables: dict[str, str],
    pictures: dict[str, Path],
    config: Config,
    colours: str,
) -> list[Section]:
    n_tasks, quantum = frame["task"].nunique(), config["table1"]["quantum"]
    seeds = config["benchmark"]["seeds"]
    common = f"{n_tasks} tasks, mean over {seeds} seeds, recipe {config['minde']['recipe']}."
    paper = "The paper's counts are 35 of 40 for MINDE-C and 24 of 40 for MINE."
    sections = [
        Section(
            "errors",
            "Errors by task",
            f"Every estimate minus the truth. {common} Click the legend to single out an estimator "
            f"(shift-click for more); errors beyond {ERROR_LIMIT} nats are drawn at the edge.",
            chart=charts.errors_chart(frame, colours, ERROR_LIMIT),
        ),
        Section(
            "ranks",
            "Ranking",
            f"Mean rank over tasks by the error of the mean, right answers at {quantum:g} nats, "
            f"p-value against the best (Wilcoxon over tasks, Holm), median seconds. {paper}",
            table=_table(tables["ranks"]),
            figure=pictures.get("ranks"),
        ),
        Section(
            "table1",
            "Table 1",
            f"{common} Red is below and blue above the truth. {paper}",
            table=_table(tables["table1"]),
            figure=pictures.get("table1"),
        ),
        Section(
            "table1_paper",
            "Beside the paper",
            "Our Table 1 and the paper's, which is rounded to 0.1 nats, and the difference. Cells "
            "that the paper's scan lost are marked.",
            table=_table(tables["table1_paper"]),
            figure=pictures.get("table1_paper"),
        ),
        Section(
            "table4",
            "Table 4",
            "Every read-out of MINDE with its reference widths σ, and estimators without networks. "
            "The paper finds σ = 1 best outside, and the difference inside more robust.",
            table=_table(tables["table4"]),
            figure=pictures.get("table4"),
        ),
        Section(
            "table5",
            "Table 5",
            "Mean and standard deviation over seeds, without rounding.",
            table=_table(tables["table5"]),
        ),
    ]
    boxes = sorted(name for name in pictures if name.startswith("boxplot-"))
    sections += [
        Section(name, f"Box plots, page {k + 1}", "Figures 3 and 4.", figure=pictures[name])
        for k, name in enumerate(boxes)
    ]
    return sections


def _table(path: str) -> pd.DataFrame:
    return pd.read_csv(path).drop(columns=["rank", "position"], errors="ignore")
