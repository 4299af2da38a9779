"""The scheduler alone: the full job graph with every computation replaced by a touch.

Usage: .venv/bin/python benchmarks/scheduler.py [--seeds-per-job 5] [--cores 2] [--json PATH]

The baseline is the time that the same number of empty Python processes take on as many cores; what
is beyond it is Snakemake's.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
FAKE = '''"""Touches its outputs."""
from pathlib import Path

from snakemake.script import snakemake

for path in [*snakemake.output, *snakemake.log]:
    Path(path).touch()
'''


def checkout(folder: Path, seeds_per_job: int) -> Path:
    """The workflow with fake scripts and packs of another size."""
    for name in ("workflow", "config"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy2(ROOT / "Snakefile", folder / "Snakefile")
    shutil.copy2(ROOT / "environment.yml", folder / "environment.yml")
    for script in (folder / "workflow/scripts").glob("*.py"):
        script.write_text(FAKE)
    path = folder / "config/config.yaml"
    config = yaml.safe_load(path.read_text())
    config["minde"]["seeds_per_job"] = seeds_per_job
    config["baselines"]["seeds_per_job"] = seeds_per_job
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return folder


def snakemake(folder: Path, *arguments: str) -> tuple[float, str]:
    """Seconds and output of a run."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "--quiet", "rules", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return time.perf_counter() - started, done.stdout + done.stderr


def empty_processes(count: int, cores: int) -> float:
    """Seconds that ``count`` processes take which only import what a script imports."""
    command = [sys.executable, "-c", "from snakemake.script import snakemake"]
    sample = min(count, 200)
    started = time.perf_counter()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(lambda _: subprocess.run(command, capture_output=True), range(sample)))
    return (time.perf_counter() - started) * count / sample


def main() -> None:
    """Plan, run, and plan again; print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds-per-job", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    cores = ("--cores", str(args.cores))
    with tempfile.TemporaryDirectory() as place:
        folder = checkout(Path(place), args.seeds_per_job)
        plan, text = snakemake(folder, "--dry-run", *cores)
        jobs = int(re.findall(r"^total +(\d+)$", text, re.MULTILINE)[0])
        print(f"{jobs} jobs planned in {plan:.1f} s", flush=True)
        wall, _ = snakemake(folder, *cores)
        again, _ = snakemake(folder, "--dry-run", *cores)
    base = empty_processes(jobs, args.cores)
    result = {
        "jobs": jobs,
        "cores": args.cores,
        "plan_s": plan,
        "run_s": wall,
        "plan_when_done_s": again,
        "empty_processes_s": base,
        "overhead_ms_a_job": 1e3 * (wall - base) / jobs,
        "ratio": wall / base,
    }
    print(f"run: {wall:.0f} s; as many empty processes: {base:.0f} s; ratio {wall / base:.2f}")
    print(f"scheduler's overhead: {result['overhead_ms_a_job']:.0f} ms a job")
    print(f"planned again when all was done: {again:.1f} s")
    if args.json:
        args.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
