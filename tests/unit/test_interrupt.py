"""Signals and kills: training stops with a checkpoint and goes on to the same weights."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

import minde
from minde.errors import StoppedError
from minde.experiments.consistency.stages import prepare_images
from minde.experiments.datasets.stages import sample_dataset
from minde.experiments.interaction.samples import sample_task
from minde.io.checkpoint import load_checkpoint
from minde.runtime.interrupt import EXIT_CODE, stop_signals
from minde.stages import mixed
from minde.stages.records import read_records

TRAIN = """
import functools, sys
import minde.stages.train as stage
from minde.runtime.job import job
from minde.experiments.consistency.stages import train_code
kind, source, out, checkpoint, length, seconds = sys.argv[1:]
stage.Checkpointing = functools.partial(stage.Checkpointing, seconds=float(seconds))
with job(None):
    if kind == "score":
        options = {"n_steps": int(length), "batch_size": 64, "n_draws": 1}
        stage.train_score([source], out, "c", "fast", options, checkpoint)
    else:
        options = {"epochs": int(length) // 100, "batch_size": 128, "hidden": 64, "latent": 4}
        train_code(source, "r4", out, options, checkpoint, 1, float(seconds))
"""
#: What trains, and a length that takes a second or less; ten times as much takes several.
KINDS = {"score": 320, "code": 1000}


@pytest.fixture(params=KINDS)
def training(request, tmp_path):
    """A kind of training and the file it starts from."""
    path = tmp_path / "source"
    if request.param == "score":
        sample_task("sum-d1-0.5", 0, 600, 100, path)
    else:
        prepare_images("digits", "nowhere", False, path)
    return request.param, path


def start(training, out, length, seconds):
    checkpoint = out.with_suffix(".checkpoint")
    arguments = [*training, out, checkpoint, length, seconds]
    return subprocess.Popen(
        [sys.executable, "-c", TRAIN, *map(str, arguments)], stderr=subprocess.PIPE, text=True
    )


def weights(path):
    return {k: v for k, v in load_checkpoint(path)[0].items() if k != "seconds"}


def same(a, b):
    a, b = weights(a), weights(b)
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_the_check_raises_after_a_signal_and_handlers_are_put_back(number):
    before = signal.getsignal(number)
    with stop_signals() as check:
        check()
        os.kill(os.getpid(), number)
        with pytest.raises(
            StoppedError, match=f"stopped by {number.name}; the checkpoint is written"
        ):
            check()
    assert signal.getsignal(number) == before


def test_a_terminated_training_writes_its_checkpoint_and_goes_on_to_the_same_weights(
    training, tmp_path
):
    length = KINDS[training[0]]
    whole, out = tmp_path / "whole.safetensors", tmp_path / "out.safetensors"
    assert start(training, whole, length, 1e9).wait() == 0
    child = start(training, out, length, 1e9)
    # The line comes after the handlers are set and before the first step is done.
    while "starts at step 0 of " not in child.stderr.readline():
        assert child.poll() is None
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate()
    assert child.returncode == EXIT_CODE
    assert "stopped by SIGTERM" in said
    assert not out.exists()
    assert load_checkpoint(out.with_suffix(".checkpoint"))[1]["step"] > 0
    assert start(training, out, length, 1e9).wait() == 0
    assert same(whole, out)
    assert not out.with_suffix(".checkpoint").exists()


@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_bit(training, tmp_path):
    length = {"score": 5000, "code": 8000}[training[0]]
    whole, out = tmp_path / "whole.safetensors", tmp_path / "out.safetensors"
    started = time.monotonic()
    assert start(training, whole, length, 0.05).wait() == 0
    took = time.monotonic() - started
    draw = random.Random(0)
    kills = 0
    while kills < 20:
        child = start(training, out, length, 0.05)
        # Starting takes two or three seconds; the checkpoint is written all the time after that.
        # Twenty times a twenty-fifth of the whole, on average, do not finish it.
        try:
            child.wait(timeout=2.0 + draw.uniform(0.0, 0.08 * took))
            break
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            kills += 1
    assert start(training, out, length, 0.05).wait() == 0
    print(f"survived {kills} kills")
    assert kills >= 5
    assert same(whole, out)


class Stopping:
    """A progress that counts blocks, and stops once a share of the steps is done."""

    def __init__(self, share):
        self.share, self.blocks = share, 0

    def __call__(self, done, total, loss):
        if np.isnan(loss):  # before any step
            return
        self.blocks += 1
        if done >= self.share * total:
            raise StoppedError("stopped")


OPTIONS = {"n_steps": 96, "width": 16, "batch_size": 32}


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_a_fit_that_was_stopped_goes_on_to_the_same_number(tmp_path, share):
    # Halves of so few rows have smaller batches, and so a loop of their own.
    rng = np.random.default_rng(0)
    a, label = rng.normal(size=(90, 2)), rng.integers(0, 2, 90)
    x, y = np.c_[a, label], a[:, 0] + label + rng.normal(size=90)

    def fit(x, progress, **how):
        model = minde.MINDE(options=OPTIONS, folds=3, progress=progress, **how)
        return model.fit(x, y).mutual_information()

    known = fit(x, None)
    with pytest.raises(StoppedError):
        fit(x, Stopping(share), checkpoint=tmp_path)
    stopped_after = 2 if share < 0.5 else 4
    for left in (6 - stopped_after, 0):
        rest = Stopping(2.0)
        again = fit(x, rest, checkpoint=tmp_path)
        assert (again.value, again.interval) == (known.value, known.interval)
        assert rest.blocks == left
    # Other rows share the folder and find nothing in it.
    other = Stopping(2.0)
    fit(x[::-1], other, checkpoint=tmp_path)
    assert other.blocks == 6


def test_a_stopped_stage_does_not_train_the_seeds_before_again(tmp_path, monkeypatch):
    np.save(tmp_path / "t.npy", np.random.default_rng(0).normal(size=(200, 2)))
    entry = {"path": "t.npy", "x": "0", "y": "1", "test_size": 0.2}
    for seed in (0, 1):
        sample_dataset(tmp_path / "t.npy", "own", entry, seed, tmp_path / str(seed))
    # The second sample's training is stopped halfway, and goes on.
    progresses = [Stopping(share) for share in (2.0, 0.5, 2.0, 2.0)]
    turns = iter(progresses)

    @contextlib.contextmanager
    def named(name):
        yield next(turns)

    monkeypatch.setattr(mixed, "stoppable_progress", named)
    samples, folder = [tmp_path / "0", tmp_path / "1"], tmp_path / "checkpoints"
    arguments = (samples, tmp_path / "out", "c", "fast", {"options": OPTIONS}, folder)
    with pytest.raises(StoppedError):
        mixed.estimate_mixed(*arguments)
    assert not (tmp_path / "out").exists()
    mixed.estimate_mixed(*arguments)
    assert not folder.exists()
    assert [progress.blocks for progress in progresses] == [3, 2, 0, 1]
    assert len(read_records([tmp_path / "out"])) == 2
