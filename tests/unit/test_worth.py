"""Networks that add nothing to the experts stop; those with something to learn go on."""

import numpy as np
import pytest
import torch

from minde.diffusion.roles import conditional
from minde.ensemble.train import train
from minde.recipe import make_recipe
from minde.training.checkpointing import Checkpointing
from minde.training.job import Job
from minde.training.prepared import PreparedJob
from minde.training.trainer import Trainer

STEPS = 640


def normal(seed):
    x, e = np.random.default_rng(seed).normal(size=(2, 2400, 1))
    return np.concatenate([x, x + e], axis=1)


def bent(seed):
    """Uncorrelated columns; a Gaussian sees nothing of what one tells of the other."""
    x, e = np.random.default_rng(seed).normal(size=(2, 2400, 1))
    return np.concatenate([x, x**2 + 0.3 * e], axis=1)


OPTIONS = {"n_steps": STEPS, "width": 16, "batch_size": 64, "blend": "gaussian", "patience": 99}


def trainer(rows, seeds=(0,), path=None, second=None, **options):
    recipe = make_recipe("fast", "c", 2, **OPTIONS | options)
    samples = [rows(0)] * len(seeds) if second is None else [rows(0), second(0)]
    job = Job(samples, conditional(1, 1), recipe, list(seeds))
    checkpoint = None if path is None else Checkpointing(path)
    return Trainer([PreparedJob.of(job, torch.device("cpu"))], checkpoint)


def test_a_network_that_adds_nothing_stops_and_one_that_does_goes_on():
    assert trainer(normal).run()[0].steps < STEPS
    assert trainer(bent).run()[0].steps == STEPS


def test_what_a_network_adds_is_what_its_blend_loses_less():
    run = trainer(bent)
    run.run()
    (worth,) = run.worths
    # The score of X given Y is that of two branches, of which the Gaussian knows neither.
    added = float(worth.adds(run.average)[0])
    assert added > 0.3
    # Twice the noise of the network weighs it down.
    worse = {k: v + 0.1 * torch.randn_like(v) for k, v in run.average.items()}
    assert float(worth.adds(worse)[0]) < added


def test_a_member_stops_where_it_would_alone():
    (both,), (alone,) = trainer(normal, (3, 5)).run(), trainer(normal, (5,)).run()
    assert both.idle
    assert alone.idle
    for name, value in alone.average.items():
        torch.testing.assert_close(both.average[name][1:], value, rtol=1e-4, atol=1e-5)


def test_a_member_that_adds_nothing_goes_on_with_one_that_does():
    run = trainer(normal, (0, 0), second=bent)
    (found,) = run.run()
    assert run.worths[0].given_up.tolist() == [True, False]
    assert not found.idle
    assert found.steps == STEPS
    # The first is as it is where nothing is looked at.
    (alone,) = trainer(normal, stop_idle=False).run()
    for name, value in alone.average.items():
        torch.testing.assert_close(found.average[name][:1], value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("lanes", [1, 2])
def test_members_agree_however_they_are_cut(lanes):
    """By two threads the members are trained apart, and the first has ended before it is known."""
    recipe = make_recipe("fast", "c", 2, **OPTIONS)
    before = torch.get_num_threads()
    torch.set_num_threads(lanes)
    try:
        (found,) = train([Job([normal(0), bent(0)], conditional(1, 1), recipe, [0, 0])], "cpu")
    finally:
        torch.set_num_threads(before)
    assert found.idle == 0
    assert found.recipe == recipe
    (whole,) = trainer(normal, (0, 0), second=bent).run()
    for name, value in whole.average.items():
        torch.testing.assert_close(found.final.parameters[name], value, rtol=1e-4, atol=1e-5)


def test_few_rows_and_short_trainings_are_not_looked_at():
    assert trainer(normal, n_steps=320).run()[0].steps == 320
    assert trainer(lambda seed: normal(seed)[:900]).run()[0].steps == STEPS
    assert trainer(normal, stop_idle=False, n_steps=512).run()[0].steps == 512


@pytest.mark.parametrize("blocks", [4, 8])
def test_a_resumed_training_stops_at_the_same_step(blocks, tmp_path):
    path = tmp_path / "c.safetensors"
    whole, first = trainer(normal).run()[0], trainer(normal, path=path)
    for _ in range(blocks):
        first._block()
        first._check()
    first.save()
    resumed = trainer(normal, path=path).run()[0]
    assert resumed.steps == whole.steps
    for name, value in whole.average.items():
        assert torch.equal(resumed.average[name], value)
