"""Full disks, read-only folders, damaged files: one line, a non-zero exit, no half file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minde.errors import InputError
from minde.experiments.interaction.samples import sample_task
from minde.io.files import atomic_write
from minde.stages.estimate import estimate_minde
from minde.stages.train import train_score

SAMPLE = """
import sys
from minde.runtime.job import job
from minde.experiments.interaction.samples import sample_task
with job(None):
    sample_task("sum-d5-0.5", 0, int(sys.argv[2]), 100, sys.argv[1])
"""


@pytest.fixture
def disk(tmp_path):
    """A file system of one MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True
    )
    if made.returncode:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def run_sample(path, n):
    command = [sys.executable, "-c", SAMPLE, str(path), str(n)]
    return subprocess.run(command, capture_output=True, text=True)


def assert_one_line(done, text):
    assert done.returncode == 2
    lines = [line for line in done.stderr.split("\n") if line.startswith("minde: error:")]
    assert len(lines) == 1
    assert text in lines[0]
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_one_line_and_leaves_no_half_file(disk):
    assert run_sample(disk / "small.parquet", 100).returncode == 0
    done = run_sample(disk / "large.parquet", 50_000)
    assert_one_line(done, "No space left on device")
    assert os.listdir(disk) == ["small.parquet"]


def test_a_read_only_folder_is_one_line(disk):
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert_one_line(run_sample(disk / "a.parquet", 100), "Read-only file system")
    assert os.listdir(disk) == []


def test_a_failed_write_keeps_the_old_file(disk):
    path = disk / "a"
    atomic_write(path, b"old")
    with pytest.raises(OSError, match="No space left"):
        atomic_write(path, bytes(2_000_000))
    assert path.read_bytes() == b"old"
    assert os.listdir(disk) == ["a"]


@pytest.fixture
def pack(tmp_path):
    samples, score = tmp_path / "s.parquet", tmp_path / "score.safetensors"
    sample_task("sum-d1-0.5", 0, 200, 50, samples)
    options = {"n_steps": 4, "batch_size": 32, "n_draws": 1, "width": 16}
    train_score([str(samples)], score, "c", "fast", options, tmp_path / "checkpoint")
    return samples, score


@pytest.mark.parametrize("damage", ["half", "empty", "other", "missing"])
@pytest.mark.parametrize("which", ["samples", "score"])
def test_damaged_files_are_refused_and_nothing_is_written(pack, tmp_path, which, damage):
    path = pack[0] if which == "samples" else pack[1]
    whole = path.read_bytes()
    path.unlink()
    if damage != "missing":
        content = {"half": whole[: len(whole) // 2], "empty": b"", "other": b"{}" * 500}
        path.write_bytes(content[damage])
    out = tmp_path / "out.parquet"
    with pytest.raises((InputError, RuntimeError)) as error:
        estimate_minde(pack[1], [str(pack[0])], out, [1.0])
    text = str(error.value)
    assert str(path) in text
    assert "\n" not in text
    assert not out.exists()


def test_only_safe_formats_are_read():
    """No pickle: neither torch.load without weights_only nor pickle itself, anywhere."""
    root = Path(__file__).resolve().parents[2]
    texts = {
        p: p.read_text() for p in [*(root / "src").rglob("*.py"), *root.glob("workflow/**/*.py")]
    }
    for path, text in texts.items():
        assert "import pickle" not in text, path
        assert "joblib.load" not in text, path
        assert "torch.load(" not in text, path
        assert "allow_pickle=True" not in text, path
