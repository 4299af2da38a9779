import pytest
import torch

from minde.diffusion.roles import conditional
from minde.recipe import make_recipe
from minde.training.trainer import Trainer
from minde.training.validation import CHECKS
from tests.trainers import kept_in, prepared


def make_trainer(checkpoint=None, **options):
    defaults = {"n_steps": 1920, "width": 32, "batch_size": 32, "lr": 5e-3, "warmup_steps": 0}
    recipe = make_recipe("fast", "c", 2, **defaults | options)
    g = torch.Generator().manual_seed(0)
    # 40 training rows against 2000 to validate: any long training overfits.
    train, held = torch.randn(2, 40, 2, generator=g), torch.randn(2, 2000, 2, generator=g)
    job = prepared(train, conditional(1, 1), recipe, [0, 1], validation=held)
    return Trainer([job], kept_in(checkpoint))


def test_history_is_kept_without_touching_the_result():
    trained = make_trainer(early_stopping=False, weight_decay=0.0).run()[0]
    assert trained.steps == 1920
    assert len(trained.validation_loss) == CHECKS
    assert trained.validation_loss[-1, 0] == 1920
    # These rows are noise, so learning 40 of them by heart makes the rest worse.
    assert torch.all(trained.validation_loss[-1, 1:] > trained.validation_loss[0, 1:])


def test_early_stopping_keeps_each_members_best_average_and_stops():
    trainer = make_trainer(patience=3)
    trained = trainer.run()[0]
    assert trained.steps < 1920
    lowest = trained.validation_loss[:, 1:].min(dim=0).values
    torch.testing.assert_close(trainer.validators[0].loss(trained.average), lowest)
    assert torch.all(lowest < trained.validation_loss[-1, 1:])


@pytest.mark.parametrize("early_stopping", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_resumed_training_keeps_its_history_and_best(early_stopping, tmp_path):
    options = {"early_stopping": early_stopping, "patience": 3}
    whole = make_trainer(**options).run()[0]
    path = tmp_path / "c.safetensors"
    first = make_trainer(path, **options)
    for _ in range(7):
        first._block()
        first._check()
    first.save()
    resumed = make_trainer(path, **options).run()[0]
    assert torch.equal(resumed.validation_loss, whole.validation_loss)
    assert resumed.steps == whole.steps
    for name, value in whole.average.items():
        assert torch.equal(resumed.average[name], value)
