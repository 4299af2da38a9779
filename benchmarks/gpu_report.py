"""All that needs a GPU, in one go of ten minutes at most: a page of what it prints.

Usage: .venv/bin/python benchmarks/gpu_report.py [--out results/gpu] [--dry]

Tests, training steps, packing and packs of several tasks, each a process of its own with a limit of
time; one that fails or runs out of time is told, and the others go on. The exit code says whether
any did. Run from the repository's root; torch, numpy, safetensors and pytest
suffice, the package need not be installed. With --dry the same programs run on the CPU, tiny, so
that what is to run on a GPU some day has run at all.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Step:
    """A program, with its arguments on a GPU and in a dry run, and its most seconds."""

    title: str
    program: str
    gpu: str
    dry: str
    seconds: int

    def command(self, dry: bool, out: Path) -> list[str]:
        """As it is run."""
        arguments = (self.dry if dry else self.gpu).replace("OUT", shlex.quote(str(out)))
        return [sys.executable, *shlex.split(self.program), *shlex.split(arguments)]


STEPS = (
    Step("Tests", "-m pytest -q -m gpu tests/unit/test_gpu.py", "", "", 150),
    Step(
        "A step, recipe `fast`",
        "benchmarks/step.py",
        "--device cuda --compiled --batch-size 512 --members 10 100 400 --json OUT/step_fast.json",
        "--device cpu --batch-size 32 --members 2 --repeats 1 --json OUT/step_fast.json",
        90,
    ),
    Step(
        "A step, recipe `paper`",
        "benchmarks/step.py",
        "--device cuda --recipe paper --compiled --batch-size 128 --members 10 100 400 "
        "--json OUT/step_paper.json",
        "--device cpu --recipe paper --batch-size 32 --members 2 --repeats 1 "
        "--json OUT/step_paper.json",
        90,
    ),
    Step(
        "Packing",
        "benchmarks/packing.py",
        "--device cuda --recipe fast --batch-size 512 --widths 64 128 "
        "--members 1 10 40 100 400 --limit 15 --json OUT/packing.json",
        "--device cpu --recipe fast --batch-size 32 --widths 64 --members 1 2 --repeats 1 "
        "--json OUT/packing.json",
        120,
    ),
    Step(
        "Packs of several tasks",
        "benchmarks/packs.py",
        "--device cuda --tasks 40 --seeds 10 --alone 2 --n-steps 2000 --json OUT/packs.json",
        "--device cpu --tasks 2 --seeds 1 --alone 1 --rows 200 --n-steps 40 --json OUT/packs.json",
        150,
    ),
)


def run(step: Step, dry: bool, out: Path) -> tuple[str, bool]:
    """A section of the page, and whether all went well."""
    command = step.command(dry, out)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=step.seconds
        )
        said, well = done.stdout, done.returncode == 0
        said += "" if well else "\n" + done.stderr[-2000:]
    except subprocess.TimeoutExpired as ended:
        said, well = f"{_text(ended.stdout)}\nmore than {step.seconds} s", False
    took = time.perf_counter() - started
    shown = shlex.join(["python", *command[1:]])
    state = "" if well else ", FAILED"
    return f"## {step.title}\n\n`{shown}` ({took:.0f} s{state})\n\n```\n{said.strip()}\n```\n", well


def _text(said: bytes | str | None) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said or ""


def where(dry: bool) -> str:
    """The device, and what it is driven by."""
    versions = f"torch {torch.__version__}, Python {platform.python_version()}"
    if dry:
        return f"Dry run on the CPU, {versions}."
    found = torch.cuda.get_device_properties(0)
    memory = found.total_memory / 2**30
    return f"{found.name}, {memory:.0f} GiB, CUDA {torch.version.cuda}, {versions}."


def main() -> None:
    """Run every step and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/gpu"))
    parser.add_argument("--dry", action="store_true", help="on the CPU, tiny")
    args = parser.parse_args()
    if not args.dry and not torch.cuda.is_available():
        parser.error("torch sees no CUDA device here; --dry runs the same programs on the CPU")
    args.out.mkdir(parents=True, exist_ok=True)
    out = args.out.resolve()
    parts, good = [f"# What a GPU does\n\n{where(args.dry)}\n"], True
    for step in STEPS:
        print(step.title, flush=True)
        part, well = run(step, args.dry, out)
        parts.append(part)
        good &= well
        # After every step, so that nothing is lost with the machine.
        (out / "report.md").write_text("\n".join(parts))
    print(f"{args.out / 'report.md'}: {'all well' if good else 'something FAILED'}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
