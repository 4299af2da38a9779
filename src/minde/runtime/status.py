"""How far a run is: jobs done and to do by rule, and the time left, as ``make status`` prints it.

Usage: python -m minde.runtime.status [--cores N] [snakemake arguments, such as --configfile FILE]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

_COUNT = re.compile(r"^([a-z_0-9]+) +(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Stage:
    """One rule: jobs in all, jobs still to run, and the mean seconds of those done (or None)."""

    rule: str
    total: int
    left: int
    mean_seconds: float | None


def count_jobs(text: str) -> dict[str, int]:
    """Jobs by rule from what ``snakemake --dry-run --quiet rules`` prints."""
    counts = {name: int(number) for name, number in _COUNT.findall(text)}
    return {name: n for name, n in counts.items() if name not in ("total", "all")}


def mean_seconds(folder: str | Path) -> dict[str, float]:
    """Mean wall-clock seconds by rule from the benchmark files under a run's folder."""
    times: dict[str, list[float]] = {}
    root = Path(folder)
    for path in root.rglob("*.tsv"):
        rule = path.relative_to(root).parts[0].removesuffix(".tsv")
        # A page of a figure and an experiment's table carry their name after a dash.
        rule = rule.partition("-")[0]
        values = pd.read_csv(path, sep="\t")["s"]
        times.setdefault(rule, []).append(float(values.iloc[0]))
    return {rule: sum(values) / len(values) for rule, values in times.items()}


def stages(total: dict[str, int], left: dict[str, int], means: dict[str, float]) -> list[Stage]:
    """One stage a rule, in the order in which Snakemake lists them."""
    return [Stage(rule, n, left.get(rule, 0), means.get(rule)) for rule, n in total.items()]


def seconds_left(found: list[Stage], cores: int) -> tuple[float, bool]:
    """Time left on ``cores`` cores, and whether every rule to run has been timed before."""
    known = [s.left * s.mean_seconds for s in found if s.mean_seconds is not None]
    return sum(known) / cores, all(s.mean_seconds is not None for s in found if s.left)


def show(found: list[Stage], cores: int) -> str:
    """The table as text."""
    width = max(len(s.rule) for s in found)
    lines = [f"{'stage':<{width}}  {'done':>6} / {'total':<6}  mean s"]
    for s in found:
        mean = "" if s.mean_seconds is None else f"{s.mean_seconds:.1f}"
        lines.append(f"{s.rule:<{width}}  {s.total - s.left:>6} / {s.total:<6}  {mean:>6}")
    total, left = sum(s.total for s in found), sum(s.left for s in found)
    lines.append(f"{'all':<{width}}  {total - left:>6} / {total:<6}")
    if left:
        seconds, complete = seconds_left(found, cores)
        least = "" if complete else "at least "
        lines.append(f"time left on {cores} cores: {least}{seconds / 60:.0f} minutes")
    return "\n".join(lines)


def _dry_run(arguments: list[str]) -> str:
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--nolock", "--quiet", "rules"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr.strip() or done.stdout.strip())
    return done.stdout + done.stderr


def main() -> None:
    """Print the status of a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--results", default="results/laptop", help="folder of the run")
    args, rest = parser.parse_known_args()
    rest = ["--cores", str(args.cores), *rest]
    total = count_jobs(_dry_run([*rest, "--forceall"]))
    left = count_jobs(_dry_run(rest))
    means = mean_seconds(Path(args.results) / "benchmarks")
    print(show(stages(total, left, means), args.cores))


if __name__ == "__main__":
    main()
