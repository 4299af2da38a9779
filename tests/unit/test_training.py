import math

import pytest
import torch

from minde.diffusion.roles import D, Role, conditional, joint
from minde.errors import CheckpointError, InputError, TrainingError
from minde.readout.measures import MEASURES
from minde.recipe import make_recipe
from minde.training.batches import BLOCK_STEPS
from minde.training.optimizer import learning_rate
from tests.conftest import gaussian_pair, importance_cdf
from tests.trainers import fit, kept_in, make_trainer

RECIPES = ["paper", "fast"]


def make_stream(*args, **options):
    return make_trainer(*args, **options).stack.jobs[0].train


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("make", [conditional, joint])
def test_a_member_of_an_ensemble_equals_the_same_seed_trained_alone(recipe, make):
    data = torch.stack([gaussian_pair(2, 0.7, 600, s)[0] for s in (3, 4, 5)]).double()
    together = make_trainer(recipe, [3, 4, 5], make, data=data).run()[0]
    alone = make_trainer(recipe, [4], make, data=data[1:2]).run()[0]
    for key, value in alone.average.items():
        # In double precision, so that the rounding of batched products stays far below.
        torch.testing.assert_close(together.average[key][1], value[0], rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(together.losses[:, 1], alone.losses[:, 0], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("recipe", RECIPES)
def test_resumed_training_equals_uninterrupted_training_to_the_bit(recipe, tmp_path):
    whole = make_trainer(recipe, [1, 2]).run()[0]
    first = make_trainer(recipe, [1, 2], checkpoint=tmp_path / "c.safetensors")
    first._block()
    first.save()
    second = make_trainer(recipe, [1, 2], checkpoint=tmp_path / "c.safetensors")
    resumed = second.run()[0]
    assert second.step == 48
    for key, value in whole.average.items():
        assert torch.equal(resumed.average[key], value), key
        assert torch.equal(resumed.halfway[key], whole.halfway[key]), key
    assert torch.equal(resumed.losses, whole.losses)
    # Of 48 steps in blocks of 32 the first block passes the middle.
    shorter = make_trainer(recipe, [1, 2])
    shorter._block()
    for key, value in shorter.average.items():
        assert torch.equal(whole.halfway[key], value), key
        if recipe == "paper" and "lin" in key:
            assert not torch.equal(whole.average[key], value), key


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    first = make_trainer("fast", [1], checkpoint=tmp_path / "c.safetensors")
    first._block()
    first.save()
    with pytest.raises(CheckpointError, match="another training"):
        make_trainer("fast", [1], checkpoint=tmp_path / "c.safetensors", lr=5e-4).run()[0]


def test_a_training_told_to_starts_afresh_beside_a_checkpoint_of_another(tmp_path, caplog):
    path = tmp_path / "c.safetensors"
    first = make_trainer("fast", [1], checkpoint=path)
    first._block()
    first.save()
    again = make_trainer("fast", [1], checkpoint=path, lr=5e-4)
    again.checkpoint = kept_in(path, restart=True)
    found, expected = again.run()[0], make_trainer("fast", [1], lr=5e-4).run()[0]
    assert "starting afresh" in caplog.text
    for key, value in expected.average.items():
        assert torch.equal(found.average[key], value), key


def test_a_truncated_checkpoint_is_ignored_with_a_warning(tmp_path, caplog):
    path = tmp_path / "c.safetensors"
    first = make_trainer("fast", [1], checkpoint=path)
    first._block()
    first.save()
    path.write_bytes(path.read_bytes()[:1000])
    trained = make_trainer("fast", [1], checkpoint=path).run()[0]
    assert trained.steps == 48
    assert "ignoring checkpoint" in caplog.text


def test_a_loss_that_is_not_finite_stops_the_training():
    data = torch.full((1, 600, 4), math.inf)
    with pytest.raises(TrainingError, match="seeds \\[9\\]"):
        make_trainer("paper", [9], data=data).run()[0]


def test_fewer_samples_than_the_batch_are_refused():
    with pytest.raises(InputError, match="fewer than the batch"):
        make_trainer("fast", [0], data=torch.zeros(1, 100, 4))


def test_training_lowers_the_loss():
    losses = make_trainer("fast", [0, 1], n_steps=640, lr=2e-3, precondition="none").run()[0].losses
    assert torch.all(losses[-4:].mean(0) < 0.8 * losses[0])


def test_batches_are_the_forward_diffusion_under_roles():
    stream = make_stream("paper", [0], make=joint, batch_size=200)
    block = stream.block(3)
    assert block.values.shape == (BLOCK_STEPS, 1, 200, 4)
    patterns = {tuple(v) for v in (block.times[..., 0, :] != 0).reshape(-1, 2).int().tolist()}
    assert patterns == {(1, 1), (1, 0), (0, 1)}
    # One draw of the roles per batch: within a step all samples have the same zero times.
    zero = block.times == 0
    assert torch.equal(zero, zero[:, :, :1].expand_as(zero))
    # Where a variable is clean it is a training value, and carries no loss.
    clean = zero.repeat_interleave(2, dim=-1)
    rows = block.values[clean].reshape(-1, 2)
    known = {tuple(r) for r in stream.data.reshape(-1, 2).tolist()}
    assert {tuple(r) for r in rows[:50].tolist()} <= known
    assert block.weights[clean].abs().max() == 0.0


def test_stratified_times_cover_every_stratum():
    stream = make_stream(
        "fast", [0], batch_size=64, time_feature="time", focus=0.0, adapt=0.0, antithetic=False
    )
    t = stream.block(0).times[..., 0].double()
    u = importance_cdf(stream.denoiser.schedule, t)
    strata = (u * 64).long().sort(dim=-1).values
    # float32 times may fall a hair outside their stratum, so a few neighbours are allowed.
    assert (strata - torch.arange(64)).abs().max() <= 1


def test_the_second_half_of_an_antithetic_batch_turns_the_noise():
    plain = make_stream("fast", [0, 1], batch_size=64, precondition="none", antithetic=False)
    turned = make_stream("fast", [0, 1], batch_size=128, precondition="none")
    first, second = (
        [getattr(turned.block(1), k).chunk(2, dim=2)[h] for k in ("values", "times", "targets")]
        for h in (0, 1)
    )
    torch.testing.assert_close(first[1], second[1])
    torch.testing.assert_close(first[2], -second[2])
    # Without the noise, both halves are the same clean point: alpha x, or y where it is clean.
    middle = 0.5 * (first[0] + second[0])
    alpha = torch.sigmoid(4.0 * first[1][..., :1]).sqrt()
    points = plain.data
    x = (middle[..., :2] / alpha)[:, 0, :20].reshape(-1, 1, 2)
    # In float32, x_t - alpha x loses digits where alpha is small.
    keep = alpha[:, 0, :20].reshape(-1) > 0.05
    nearest = (x - points[0][None, :, :2]).abs().amax(-1).amin(-1)
    assert nearest[keep].max() < 1e-3


def test_the_losses_differ_by_a_positive_weight_of_the_time_alone():
    noise = make_stream("fast", [0], batch_size=64, loss="noise").block(0)
    velocity = make_stream("fast", [0], batch_size=64, loss="velocity").block(0)
    torch.testing.assert_close(velocity.targets, noise.targets)
    # The time's feature is a quarter of the log ratio of alpha^2 to sigma^2 = 1 - alpha^2.
    alpha2 = torch.sigmoid(4.0 * noise.times[..., :1])
    torch.testing.assert_close(velocity.weights * alpha2, noise.weights, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize(("precondition", "scale"), [("standard", 0.0), ("gaussian", 1.0)])
@pytest.mark.parametrize("make", [conditional, joint])
def test_an_untrained_network_reads_its_baseline(precondition, scale, make):
    family = make(2, 2)
    data, _, mi = gaussian_pair(2, 0.7, 4000, 0)
    recipe = make_recipe(
        "fast",
        family.name,
        4,
        precondition=precondition,
        blend="none",
        n_steps=1,
        lr=1e-12,
        warmup_steps=0,
    )
    ensemble = fit([data.double().numpy()], family, recipe, [0])
    out = ensemble.read([data.double().numpy()], MEASURES[family.name]).final
    for name in ("inside", "outside-1", "gap", "cross", "scaled"):
        se = out[name].std_error.item()
        # Four standard errors, and the sampling error of the covariance (about 1/sqrt(4000)).
        assert out[name].value.item() == pytest.approx(scale * mi, abs=4 * se + 0.02), name


def test_learning_rate_warms_up_and_ends_at_zero():
    options = make_recipe("fast", "c", 2, n_steps=1000, warmup_steps=100, lr=1e-3).training
    rates = [learning_rate(k, options) for k in range(1000)]
    assert rates[0] == pytest.approx(1e-5)
    assert max(rates) <= 1e-3
    assert rates[999] < 1e-8
    paper = make_recipe("paper", "c", 2).training
    assert {learning_rate(k, paper) for k in range(0, 390_000, 50_000)} == {1e-3}


def test_joint_conditionals_have_the_weight_of_the_official_code():
    family = joint(2, 6)
    assert family.weights == (1.0, 4.0, 1.0 + 2 / 6)
    assert family.masks(Role.DIFFUSED).sum(1).tolist() == [8.0, 2.0, 6.0]
    assert family.patterns[0] == (D, D)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_compiled_training_equals_plain_training(recipe):
    data = torch.stack([gaussian_pair(2, 0.7, 600, s)[0] for s in (3, 4)]).double()
    options = {"data": data, "width": 32}
    plain = make_trainer(recipe, [3, 4], **options).run()[0]
    compiled = make_trainer(recipe, [3, 4], **options, compiled=True).run()[0]
    for key, value in plain.average.items():
        # In double precision; a fused kernel rounds and sums in another order, no more.
        torch.testing.assert_close(compiled.average[key], value, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("recipe", ["paper", "fast"])
def test_training_with_products_in_bfloat16_ends_near_that_in_single_precision(recipe):
    options = {"n_steps": 320, "width": 32, "precondition": "none"}
    single, low = (
        make_trainer(recipe, [3, 4], **options, precision=p).run()[0]
        for p in ("single", "bfloat16")
    )
    assert all(v.dtype == torch.float32 for v in low.average.values())
    assert not torch.equal(low.losses, single.losses)
    # Same batches; bfloat16 rounds factors to 2^-9, and the losses of a batch by less than that.
    torch.testing.assert_close(low.losses, single.losses, rtol=2**-6, atol=0.0)


def test_tensor_float_is_set_for_the_steps_alone(monkeypatch):
    seen = []
    trainer = make_trainer("fast", [0], precision="tf32")
    step = trainer.optimizer.step
    monkeypatch.setattr(
        trainer.optimizer,
        "step",
        lambda lr: seen.append(torch.backends.cuda.matmul.allow_tf32) or step(lr),
    )
    trainer._block()
    assert all(seen)
    assert len(seen) == BLOCK_STEPS
    assert not torch.backends.cuda.matmul.allow_tf32


def test_a_compiler_that_is_missing_is_one_clear_line(monkeypatch):
    def no_compiler(function, **_):
        def call(*_):
            raise RuntimeError("no C++ compiler\nand forty lines of what was tried")

        return call

    monkeypatch.setattr(torch, "compile", no_compiler)
    with pytest.raises(TrainingError, match=r"compiled needs a C\+\+ compiler") as caught:
        make_trainer("fast", [0], compiled=True).run()
    assert "\n" not in str(caught.value)
