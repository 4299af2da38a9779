import pytest
import torch

from minde.diffusion.denoiser import Precondition
from minde.diffusion.roles import conditional
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.ensemble import make_network
from minde.recipe import make_recipe
from minde.training.batches import BatchStream
from minde.training.stack import Member
from minde.training.trainer import Trainer
from minde.training.validation import CHECKS


def make_trainer(checkpoint=None, **options):
    family, schedule = conditional(1, 1), VPSchedule()
    defaults = {"n_steps": 1920, "width": 32, "batch_size": 32, "lr": 5e-3, "warmup_steps": 0}
    recipe = make_recipe("fast", "c", 2, **defaults | options)
    g = torch.Generator().manual_seed(0)
    # 40 training rows against 2000 held out: any long training overfits.
    train, held = torch.randn(2, 40, 2, generator=g), torch.randn(2, 2000, 2, generator=g)
    streams = [
        BatchStream(
            data, family, recipe, schedule, Precondition("standard", family, schedule), [0, 1]
        )
        for data in (train, held)
    ]
    network = make_network(family, recipe)
    return Trainer([Member(network, *streams)], recipe, checkpoint)


def test_history_is_kept_without_touching_the_result():
    trained = make_trainer(early_stopping=False, weight_decay=0.0).run()[0]
    assert trained.steps == 1920
    assert len(trained.held_out) == CHECKS
    assert trained.held_out[-1, 0] == 1920
    # These rows are noise, so learning 40 of them by heart makes the rest worse.
    assert torch.all(trained.held_out[-1, 1:] > trained.held_out[0, 1:])


def test_early_stopping_keeps_each_copys_best_average_and_stops():
    trainer = make_trainer(patience=3)
    trained = trainer.run()[0]
    assert trained.steps < 1920
    lowest = trained.held_out[:, 1:].min(dim=0).values
    torch.testing.assert_close(trainer.validators[0].loss(trained.average), lowest)
    assert torch.all(lowest < trained.held_out[-1, 1:])


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_resumed_training_keeps_its_history_and_best(early_stopping, tmp_path):
    options = {"early_stopping": early_stopping, "patience": 3}
    whole = make_trainer(**options).run()[0]
    path = tmp_path / "c.safetensors"
    first = make_trainer(path, **options)
    for _ in range(7):
        first._block()
        first.validators[0].check(first.step, first.average)
    first.save()
    resumed = make_trainer(path, **options).run()[0]
    assert torch.equal(resumed.held_out, whole.held_out)
    assert resumed.steps == whole.steps
    for name, value in whole.average.items():
        assert torch.equal(resumed.average[name], value)
