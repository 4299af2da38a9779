"""Jobs of different dimensions trained in one loop equal each trained alone."""

import pytest
import torch

from minde.diffusion.roles import conditional, joint
from minde.errors import ConfigError
from minde.nn.padding import crop, pad
from minde.recipe import make_recipe
from minde.training.prepared import make_network
from minde.training.stack import Stack
from minde.training.trainer import Trainer
from tests.trainers import kept_in, prepared

RECIPES = ["paper", "fast"]
#: Dimensions of X and Y, and seeds, of each job.
JOBS = (((1, 1), (3,)), ((2, 3), (4, 5)), ((3, 1), (6,)))


def make_job(dims, seeds, recipe, make=conditional):
    def drawn(purpose):
        rows = []
        for seed in seeds:
            g = torch.Generator().manual_seed(100 * seed + purpose)
            rows.append(torch.randn(400, sum(dims), generator=g, dtype=torch.float64))
            rows[-1][:, -1] += rows[-1][:, 0]
        return torch.stack(rows)

    return prepared(drawn(0), make(*dims), recipe, seeds, validation=drawn(1))


def small_recipe(name, **options):
    # 160 steps are five blocks, and the validation loss is checked at each.
    defaults = {"n_steps": 160, "width": 32, "batch_size": 32, "warmup_steps": 0}
    return make_recipe(name, "c", 4, **defaults | options)


def assert_same(found, expected):
    for key, value in expected.items():
        # Double precision: the sums of a product may be taken in another order, no more.
        torch.testing.assert_close(found[key], value, rtol=1e-6, atol=1e-8, msg=key)


@pytest.mark.parametrize("make", [conditional, joint])
@pytest.mark.parametrize("name", RECIPES)
def test_a_padded_job_equals_the_same_trained_alone(name, make):
    recipe = small_recipe(name)
    jobs = [make_job(dims, seeds, recipe, make) for dims, seeds in JOBS]
    together = Trainer(jobs).run()
    for (dims, seeds), found in zip(JOBS, together, strict=True):
        alone = Trainer([make_job(dims, seeds, recipe, make)]).run()[0]
        assert_same(found.average, alone.average)
        assert_same(found.halfway, alone.halfway)
        assert_same(found.current, alone.current)
        torch.testing.assert_close(found.losses, alone.losses, rtol=1e-6, atol=1e-8)
        n = len(alone.validation_loss)
        table = found.validation_loss[:n]
        torch.testing.assert_close(table, alone.validation_loss, rtol=1e-6, atol=1e-8)


def test_early_stopping_of_one_leaves_the_others_alone():
    # 400 rows of 16 each step learned by heart at this rate: members stop at different steps.
    options = {"n_steps": 960, "lr": 0.02, "patience": 2, "early_stopping": True}
    recipe = small_recipe("fast", **options)
    jobs = [make_job(dims, seeds, recipe) for dims, seeds in JOBS]
    together = Trainer(jobs).run()
    steps = []
    for (dims, seeds), found in zip(JOBS, together, strict=True):
        for k, seed in enumerate(seeds):
            alone = Trainer([make_job(dims, [seed], recipe)]).run()[0]
            steps.append(alone.steps)
            # Longer trainings let roundings grow; a member that went on would be off by far more.
            for key, value in alone.average.items():
                torch.testing.assert_close(found.average[key][k], value[0], rtol=1e-3, atol=1e-5)
            for key, value in alone.halfway.items():
                torch.testing.assert_close(found.halfway[key][k], value[0], rtol=1e-3, atol=1e-5)
    assert len(set(steps)) > 1
    assert min(steps) < 960


def test_what_is_padded_stays_zero():
    recipe = small_recipe("fast")
    jobs = [make_job(dims, seeds, recipe) for dims, seeds in JOBS]
    trainer = Trainer(jobs)
    trainer.run()
    stack = trainer.stack
    for k, job in enumerate(stack.jobs):
        own = stack.own(trainer.parameters, k)
        padded = pad(own, trainer.parameters, stack.network)
        for name, value in padded.items():
            assert torch.equal(value, trainer.parameters[name][stack.slices[k]]), name
        assert own["lift.weight"].shape[1] == job.denoiser.network.dim_in


@pytest.mark.parametrize("name", RECIPES)
def test_a_padded_network_puts_out_the_same(name):
    recipe = small_recipe(name)
    small = make_network(conditional(2, 1), recipe.network)
    wide = small.resized(7, 4)
    g = torch.Generator().manual_seed(0)
    p = {k: torch.randn(v.shape, generator=g) for k, v in small.init([0, 1]).items()}
    x, times = torch.randn(2, 5, 3, generator=g), torch.randn(2, 5, 2, generator=g)
    padded = pad(p, wide.init([0]), wide)
    filled = torch.cat([x, torch.zeros(2, 5, 4)], dim=-1)
    out = wide(padded, filled, times)
    torch.testing.assert_close(out[..., :2], small(p, x, times))
    assert torch.equal(out[..., 2:], torch.zeros(2, 5, 2))
    for key, value in crop(padded, p, wide).items():
        assert torch.equal(value, p[key])


def test_a_resumed_training_of_several_equals_one_without_a_break(tmp_path):
    recipe = small_recipe("fast", early_stopping=True)

    def trainer(checkpoint=None):
        jobs = [make_job(dims, seeds, recipe) for dims, seeds in JOBS]
        return Trainer(jobs, kept_in(checkpoint))

    whole = trainer().run()
    first = trainer(tmp_path / "c.safetensors")
    for _ in range(3):
        first._block()
        first._check()
    first.save()
    for found, expected in zip(trainer(tmp_path / "c.safetensors").run(), whole, strict=True):
        for part in ("average", "halfway", "current"):
            for key, value in getattr(expected, part).items():
                assert torch.equal(getattr(found, part)[key], value), key
        assert torch.equal(found.validation_loss, expected.validation_loss)


def test_jobs_of_different_classes_are_refused():
    one, other = small_recipe("fast"), small_recipe("fast", width=64)
    jobs = [make_job((1, 1), [0], one), make_job((1, 1), [1], other)]
    with pytest.raises(ConfigError, match="differ in recipe or network"):
        Stack(jobs)
    # Muon's step of the first layer follows its longer side: the inputs, if they are the more.
    wide = [make_job((12, dim_y), [0], one) for dim_y in (21, 22)]
    with pytest.raises(ConfigError, match="differ"):
        Stack(wide)
    adam = small_recipe("fast", optimizer="adam")
    assert Stack([make_job((12, dim_y), [0], adam) for dim_y in (21, 22)]).network.dim_in == 34
