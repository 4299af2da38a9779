"""Processor seconds of each command on a table of 2,000 rows, with its defaults.

python benchmarks/commands.py [NAME ...]: some of COMMANDS, or all; a row of Markdown is printed as
each ends. With one thread the processor's seconds are those of a clock where nothing else runs.
"""

from __future__ import annotations

import os
import resource
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 2000
COMMANDS = {
    "estimate": "t.csv --x a,b --y c",
    "estimate, a label": "t.csv --x a,b --y label",
    "estimate, label and column": "t.csv --x a --y label",
    "estimate, labels": "t.csv --x label --y count",
    "estimate, in time": "t.csv --x s --y u --time",
    "pairs, of four": "t.csv --x a,b,c,d",
    "conditional": "t.csv --x a --y c --z b",
    "interaction": "t.csv --x a --y b --z c",
    "entropy": "t.csv --x a,b,c",
    "kl": "t.csv moved.csv --x a,b",
    "test": "t.csv --x a --y b",
    "select, of four": "t.csv --x a,b,d,s --y c",
    "transfer": "t.csv --x s --y u",
    "lags, four": "t.csv --x s --y u --lags 0:3",
    "rows": "t.csv --x a --y b",
    "compare": "t.csv --x a --y b",
    "capacity": "t.csv --x label --y a",
}


def table() -> pd.DataFrame:
    """Columns that depend on one another, a label, counts, and two series."""
    rng = np.random.default_rng(0)
    a, d = rng.normal(size=(2, ROWS))
    b = 0.6 * a + 0.8 * rng.normal(size=ROWS)
    c = np.exp(0.5 * b + rng.normal(size=ROWS))
    s = np.convolve(rng.normal(size=ROWS), 0.5 ** np.arange(20), "same")
    u = np.roll(s, 1) + rng.normal(size=ROWS)
    label = np.where(a + rng.normal(size=ROWS) > 0.0, "yes", "no")
    count = rng.poisson(1.0 + (label == "yes"))
    return pd.DataFrame(
        {"a": a, "b": b, "c": c, "d": d, "s": s, "u": u, "label": label, "count": count}
    )


def main() -> None:
    """Run the commands that are named, or all."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with tempfile.TemporaryDirectory() as folder:
        data = table()
        data.to_csv(Path(folder) / "t.csv", index=False)
        (data[["a", "b"]] + 0.3).to_csv(Path(folder) / "moved.csv", index=False)
        print("| command | s |\n|---|---|", flush=True)
        for name in sys.argv[1:] or COMMANDS:
            command = name.partition(",")[0]
            words = [sys.executable, "-m", "minde", command, *shlex.split(COMMANDS[name])]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                [*words, "--quiet"],
                cwd=folder,
                env={**os.environ, **threads},
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"| `minde {command}` {name.partition(', ')[2]} | {spent:.1f} |", flush=True)


if __name__ == "__main__":
    main()
