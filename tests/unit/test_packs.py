"""Trainings of several jobs in one: which go together, who trains them, what is left for whom."""

import contextlib
import json
import multiprocessing
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from minde.ensemble.storage import load_ensemble
from minde.errors import StoppedError, TrainingError
from minde.io.checkpoint import load_header
from minde.runtime.trainings import (
    APART,
    LIST,
    TRAININGS,
    TRAINS,
    forget_trainings,
    list_trainings,
)
from minde.stages import train as stage
from minde.stages.packs import Packs
from minde.stages.request import Request
from minde.stages.samples import write_samples

OPTIONS = {"n_steps": 40, "batch_size": 32, "width": 16, "hold_out": 0.2}


def make_run(folder, dims=((1, 1), (2, 1), (1, 1)), options=OPTIONS, **pack):
    """Samples of some tasks in a folder, and the run's list; the requests in its order."""
    requests = []
    for k, (dim_x, dim_y) in enumerate(dims):
        rng = np.random.default_rng(k)
        x = rng.normal(size=(200, dim_x))
        y = x[:, :1] + rng.normal(size=(200, dim_y))
        path = folder / f"samples/{k}.parquet"
        write_samples("s", f"t{k}", k, 0.5, [x, y], 150, path)
        score = folder / f"scores/{k}.safetensors"
        score.parent.mkdir(exist_ok=True)
        requests.append(Request([str(path)], str(score), "c", "fast", options, "code"))
    plan_of(folder, requests, **pack)
    return requests


def plan_of(folder, requests, members=10, where="any"):
    list_trainings(
        map(as_job, requests), folder / "checkpoints", {"members": members, "where": where}
    )


def as_job(request):
    """As Snakemake has it."""
    return SimpleNamespace(
        input=SimpleNamespace(samples=request.samples),
        output=SimpleNamespace(score=request.score),
        wildcards=SimpleNamespace(family=request.family, recipe=request.recipe),
        params=Params(request),
    )


class Params(dict):
    def __init__(self, request):
        super().__init__(stage={"function": TRAINS, "digest": request.digest})
        self.options = request.options


def train_score(folder, request):
    own = Path(request.score).stem
    stage.train_score(**vars(request) | {"checkpoint": folder / f"checkpoints/{own}.safetensors"})


def counted(monkeypatch):
    """How many jobs each call of the trainer was given."""
    calls, plain = [], stage.train

    def train(jobs, **keywords):
        calls.append(len(jobs))
        return plain(jobs, **keywords)

    monkeypatch.setattr(stage, "train", train)
    return calls


def test_one_job_trains_for_all_and_each_writes_its_own_file(tmp_path, monkeypatch):
    requests, calls = make_run(tmp_path), counted(monkeypatch)
    for k, request in enumerate(requests):
        train_score(tmp_path, request)
        # The others' are made, but stand at their place only when their own job has run.
        assert [Path(r.score).exists() for r in requests] == [j <= k for j in range(3)]
    assert calls == [3]
    forget_trainings(tmp_path / "checkpoints")
    assert not (tmp_path / "checkpoints").exists()


def test_a_pack_gives_what_each_would_be_alone(tmp_path):
    together, alone = tmp_path / "a", tmp_path / "b"
    packed, apart = make_run(together), make_run(alone, members=1)
    for folder, requests in ((together, packed), (alone, apart)):
        for request in requests:
            train_score(folder, request)
    for one, other in zip(packed, apart, strict=True):
        a, b = load_ensemble(one.score, "cpu"), load_ensemble(other.score, "cpu")
        for name, value in a.final.parameters.items():
            # Products of one size are rounded otherwise in a padded, stacked product.
            np.testing.assert_allclose(value, b.final.parameters[name], rtol=1e-3, atol=1e-4)
        assert a.seeds == b.seeds
        assert a.recipe == b.recipe
    # The time of a loop is shared out among the jobs.
    seconds = [load_ensemble(r.score, "cpu").seconds for r in packed]
    assert seconds[0] == pytest.approx(seconds[1])


def test_members_bound_a_pack(tmp_path, monkeypatch):
    requests, calls = make_run(tmp_path, members=2), counted(monkeypatch)
    for request in requests:
        train_score(tmp_path, request)
    assert calls == [2, 1]


def test_a_cpu_packs_only_where_it_is_asked_to(tmp_path, monkeypatch):
    requests, calls = make_run(tmp_path, where="gpu"), counted(monkeypatch)
    for request in requests[:2]:
        train_score(tmp_path, request)
    assert calls == [1, 1]


def test_what_differs_in_recipe_or_lacks_samples_is_not_in_the_pack(tmp_path, monkeypatch):
    requests, calls = make_run(tmp_path), counted(monkeypatch)
    others = [
        Request(requests[1].samples, requests[1].score, "j", "fast", OPTIONS, "code"),
        Request([str(tmp_path / "no.parquet")], requests[2].score, "c", "fast", OPTIONS, "code"),
    ]
    plan_of(tmp_path, [requests[0], *others])
    train_score(tmp_path, requests[0])
    assert calls == [1]


def test_weights_left_by_other_code_or_rows_are_not_taken(tmp_path, monkeypatch):
    requests, calls = make_run(tmp_path), counted(monkeypatch)
    train_score(tmp_path, requests[0])
    assert calls == [3]
    edited = [Request(**vars(r) | {"digest": "edited"}) for r in requests]
    plan_of(tmp_path, edited)
    for request in edited:
        train_score(tmp_path, request)
        assert load_header(request.score)["digest"] == "edited"
    # Rows that were drawn anew, too.
    before = load_header(requests[2].score)["rows"]
    x = np.random.default_rng(9).normal(size=(200, 1))
    write_samples("s", "t2", 2, 0.5, [x, x + 1], 150, requests[2].samples[0])
    plan_of(tmp_path, requests)
    train_score(tmp_path, requests[2])
    assert load_header(requests[2].score)["rows"] != before


def test_a_stopped_pack_goes_on_where_it_was(tmp_path, monkeypatch):
    requests = make_run(tmp_path, options=OPTIONS | {"n_steps": 96})
    plain = stage.stoppable_progress

    @contextlib.contextmanager
    def stopping(name):
        def progress(done, total, loss):
            if done == 64:
                raise StoppedError("stopped")

        yield progress

    monkeypatch.setattr(stage, "stoppable_progress", stopping)
    with pytest.raises(StoppedError):
        train_score(tmp_path, requests[0])
    monkeypatch.setattr(stage, "stoppable_progress", plain)
    plan_of(tmp_path, requests)  # the run is started again
    calls = counted(monkeypatch)
    resumed = []
    monkeypatch.setattr(
        "minde.runtime.progress.ProgressLog.__call__",
        lambda self, done, total, loss: resumed.append(done),
    )
    train_score(tmp_path, requests[2])
    assert calls == [3]
    assert resumed[0] == 64
    assert max(resumed) == 96


def test_packs_of_another_list_are_given_up(tmp_path):
    requests = make_run(tmp_path)
    pack = tmp_path / "checkpoints/packs/abc"
    pack.mkdir(parents=True)
    (pack / LIST).write_text(json.dumps([r.to_dict() for r in requests]))
    plan_of(tmp_path, requests)
    assert pack.exists()
    plan_of(tmp_path, requests[:2])
    assert not pack.exists()


def test_where_one_of_a_pack_fails_each_trains_apart(tmp_path, monkeypatch):
    requests = make_run(tmp_path)
    calls, plain = [], stage.train

    def train(jobs, **keywords):
        calls.append(len(jobs))
        if any(job.seeds == [1] for job in jobs):
            raise TrainingError("loss is not finite")
        return plain(jobs, **keywords)

    monkeypatch.setattr(stage, "train", train)
    train_score(tmp_path, requests[0])
    with pytest.raises(TrainingError, match="not finite"):
        train_score(tmp_path, requests[1])
    train_score(tmp_path, requests[2])
    assert calls == [3, 1, 1, 1]
    assert [Path(r.score).exists() for r in requests] == [True, False, True]
    assert [*(tmp_path / "checkpoints/packs").glob(f"*/{APART}")]


def run_apart(folder, requests, mine, trained, made):
    """A job in a process of its own, whose training waits for the other's to begin."""

    def train(wanted, paths, pack):
        trained.put((os.getpid(), [w.request.score for w in wanted]))
        made.wait(60)
        for path, asked in zip(paths, wanted, strict=True):
            Path(path).write_text(asked.request.score)

    packs = Packs(folder / "checkpoints", train)
    wanted = SimpleNamespace(
        request=requests[mine],
        is_in=lambda path: Path(path).exists(),
        name=str(mine),
    )
    assert packs.bring(wanted)


def test_a_job_whose_pack_another_trains_takes_one_that_nobody_has(tmp_path):
    requests = make_run(tmp_path, dims=[(1, 1)] * 4, members=2)
    context = multiprocessing.get_context("fork")
    trained, made = context.Queue(), context.Barrier(2)
    workers = [
        context.Process(target=run_apart, args=(tmp_path, requests, k, trained, made))
        for k in (0, 1)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
        assert worker.exitcode == 0
    (one, first), (other, second) = trained.get(timeout=5), trained.get(timeout=5)
    # Two devices, two packs at a time, and every job in one of them.
    assert one != other
    assert sorted(first + second) == sorted(r.score for r in requests)
    assert Path(requests[0].score).exists()
    assert Path(requests[1].score).exists()


def test_the_list_holds_trainings_alone(tmp_path):
    requests = make_run(tmp_path)
    other = SimpleNamespace(params={"stage": {"function": "minde.stages.estimate.estimate_minde"}})
    list_trainings([other, *map(as_job, requests)], tmp_path, {"members": 3, "where": "gpu"})
    plain = json.loads((tmp_path / TRAININGS).read_text())
    assert [Request.from_dict(r) for r in plain["requests"]] == requests
