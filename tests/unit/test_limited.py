"""Baselines in a child process: limits, failures, and what comes after them."""

import textwrap

import numpy as np
import pandas as pd
import pytest

from minde.errors import ConfigError
from minde.stages.baseline import estimate_baseline
from minde.stages.samples import write_samples

MODULE = """
import os, time

class Fine:
    def estimate(self, x, y):
        return float(x[0, 0])

class Picky:
    def estimate(self, x, y):
        if x[0, 0] == 0.0:
            raise ValueError("first line\\nsecond line")
        if x[0, 0] == 1.0:
            return float("inf")
        return 2.5

class Slow:
    def estimate(self, x, y):
        if x[0, 0] == 0.0:
            time.sleep(60)
        return 2.5

class Hungry:
    def estimate(self, x, y):
        if x[0, 0] == 0.0:
            self.kept = [bytearray(10_000_000) for _ in range(400)]
            for block in self.kept:
                block[::4096] = b"x" * len(block[::4096])
            time.sleep(60)
        return 2.5

class Fatal:
    def estimate(self, x, y):
        if x[0, 0] == 0.0:
            os._exit(7)
        return 2.5
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "theirs.py").write_text(textwrap.dedent(MODULE))
    for seed in range(3):
        x = np.full((6, 1), float(seed))
        path = tmp_path / f"{seed}.parquet"
        write_samples("bmi", "1v1-normal-0.75", seed, 0.4, [x, x], 3, path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(folder, name, limits=None):
    estimate_baseline(
        "theirs",
        "import",
        [str(folder / f"{seed}.parquet") for seed in range(3)],
        folder / "out.parquet",
        {"import": f"theirs:{name}", "points": "test"},
        limits or {"seconds": 30.0, "memory_mb": 4000.0},
    )
    frame = pd.read_parquet(folder / "out.parquet")
    return frame["mi_estimate"].tolist(), frame["status"].tolist(), frame["seconds"].tolist()


def test_values_come_back_in_order(folder):
    values, status, seconds = run(folder, "Fine")
    assert values == [0.0, 1.0, 2.0]
    assert status == ["ok"] * 3
    assert all(0.0 <= s < 30.0 for s in seconds)


def test_an_error_or_an_infinity_is_a_status_in_one_line(folder):
    values, status, _ = run(folder, "Picky")
    assert np.isnan(values[:2]).all()
    assert values[2] == 2.5
    assert status == ["failed: ValueError: first line", "failed: returned inf", "ok"]


def test_a_time_limit_stops_one_estimate_and_not_the_next(folder):
    values, status, _ = run(folder, "Slow", {"seconds": 4.0, "memory_mb": 4000.0})
    assert status == ["failed: over its limit of 4 s", "ok", "ok"]
    assert np.isnan(values[0])
    assert values[1:] == [2.5, 2.5]


def test_a_memory_limit_stops_one_estimate_and_not_the_next(folder):
    values, status, _ = run(folder, "Hungry", {"seconds": 50.0, "memory_mb": 1000.0})
    assert status == ["failed: over its limit of 1000 MB", "ok", "ok"]
    assert values[1:] == [2.5, 2.5]


def test_a_process_that_dies_is_a_failure(folder):
    values, status, _ = run(folder, "Fatal")
    assert status == ["failed: its process ended with code 7", "ok", "ok"]
    assert values[1:] == [2.5, 2.5]


def test_a_class_that_cannot_be_loaded_stops_the_job(folder):
    with pytest.raises(ConfigError, match=r"baselines\.estimators\.theirs: import: cannot load"):
        run(folder, "Absent")
    assert not (folder / "out.parquet").exists()
