"""Jobs of several shapes at once: planned within the memory, and equal to each alone."""

import numpy as np
import pytest
import torch

from minde.diffusion.roles import conditional, joint
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.train import _shares, train
from minde.errors import InputError
from minde.readout.measures import MEASURES
from minde.recipe import make_recipe
from minde.training.job import Job
from minde.training.loops import plan_loops
from minde.training.memory import member_bytes, saved_per_row
from minde.training.prepared import PreparedJob, make_network
from minde.training.trainer import Trainer
from tests.trainers import fit

TINY = {"n_steps": 96, "width": 32, "batch_size": 32, "n_draws": 2, "early_stopping": False}


def job(dims, seeds, recipe="fast", make=conditional, rows=400, **options):
    family = make(*dims)
    chosen = make_recipe(recipe, family.name, sum(dims), **TINY | options)
    samples = []
    for seed in seeds:
        x = np.random.default_rng(seed).normal(size=(rows, sum(dims)))
        x[:, -1] += x[:, 0]
        samples.append(x)
    return Job(samples, family, chosen, seeds)


def many():
    return [
        job((1, 1), [0, 1]),
        job((2, 3), [2, 3, 4]),
        job((1, 2), [5], make=joint),
        job((3, 1), [6], width=16),
        job((2, 2), [7], make=joint),
    ]


def need(p):
    return member_bytes(
        make_network(p.family, p.recipe.network), p.recipe.training, len(p.samples[0])
    )


def test_each_comes_out_as_it_would_alone():
    jobs = many()
    for one, found in zip(jobs, train(jobs, "cpu"), strict=True):
        alone = fit(one.samples, one.family, one.recipe, one.seeds)
        assert found.seeds == alone.seeds
        measure = MEASURES[one.family.name]
        tests = [x[:100] for x in one.samples]
        value, expected = (e.read(tests, measure).final["cross"].value for e in (found, alone))
        # Single precision, and batched products that round otherwise, over 96 steps.
        torch.testing.assert_close(value, expected, rtol=1e-3, atol=1e-3)


def test_a_job_cut_between_its_members_comes_out_as_a_whole():
    one = job((2, 1), [0, 1, 2], early_stopping=True)
    whole = train([one], "cpu")[0]
    cut = train([one], "cpu", memory=need(one))[0]
    assert cut.seeds == whole.seeds
    assert len(cut.transforms) == 3
    for name in ("final", "halfway"):
        for key, value in getattr(whole, name).parameters.items():
            found = getattr(cut, name).parameters[key]
            torch.testing.assert_close(found, value, rtol=1e-3, atol=1e-4)
    for key in ("mean", "covariance", "losses", "validation_loss"):
        torch.testing.assert_close(getattr(cut, key), getattr(whole, key), rtol=1e-3, atol=1e-3)
    blends = (cut.final.blend.weights, whole.final.blend.weights)
    torch.testing.assert_close(*blends, rtol=1e-2, atol=1e-2)


def test_plans_keep_classes_apart_and_stay_within_the_memory():
    jobs = many()
    loops = plan_loops(jobs, 10**12)
    assert sorted(sorted(p.origin for p in loop) for loop in loops) == [[0, 1], [2, 4], [3]]
    for budget in (max(map(need, jobs)), 3 * need(jobs[1])):
        loops = plan_loops(jobs, budget)
        for loop in loops:
            members = sum(len(p.job.seeds) for p in loop)
            assert members * max(p.bytes_per_member for p in loop) <= budget
        seeds = [s for loop in loops for p in loop for s in p.job.seeds]
        assert sorted(seeds) == list(range(8))
    assert len(plan_loops(jobs, max(map(need, jobs)))) > 2


def test_a_member_that_does_not_fit_is_one_clear_line():
    with pytest.raises(InputError, match="take fewer rows or a smaller batch_size"):
        train([job((1, 1), [0])], "cpu", memory=1000)


def test_progress_counts_all_loops():
    seen = []
    jobs = [job((1, 1), [0]), job((1, 1), [1], width=16)]
    train(jobs, "cpu", progress=lambda *step: seen.append(step[:2]))
    done = [d for d, _ in seen]
    assert done == sorted(done)
    assert seen[-1] == (192, 192)


@pytest.mark.parametrize("recipe", ["paper", "fast"])
def test_the_estimate_covers_what_a_trainer_holds(recipe):
    one = job((3, 3), range(5), recipe, rows=4000, width=64, batch_size=128)
    start = PreparedJob.of(one, torch.device("cpu"), VPSchedule())
    trainer = Trainer([start])
    trainer._block()
    held = [start.train.data, start.judged]
    for group in (trainer.parameters, trainer.average, trainer.optimizer.state()):
        held += group.values()
    block = trainer.stack.block(0)
    held += [block.values, block.times, block.targets, block.weights]
    counted = sum(t.numel() * t.element_size() for t in held) / 5
    counted += one.recipe.training.batch_size * saved_per_row(start.denoiser.network)
    # The rest of the estimate is gradients, temporaries, and the best and halfway weights.
    assert counted < need(one) < 4 * counted


def test_what_a_row_keeps_grows_with_the_width():
    narrow, wide = (
        saved_per_row(make_network(conditional(3, 3), make_recipe("fast", "c", 6, width=w).network))
        for w in (64, 128)
    )
    assert narrow < wide < 2.2 * narrow


def test_members_are_shared_between_cores_and_come_back_in_order():
    jobs = [job((1, 1), [0, 1, 2, 3, 4]), job((2, 1), [5, 6, 7]), job((1, 1), [8])]
    for lanes in (1, 2, 3, 9):
        shares = _shares(jobs, lanes)
        for origin, one in enumerate(jobs):
            seeds = [
                s for share in shares for at, part in share if at == origin for s in part.seeds
            ]
            assert seeds == list(one.seeds)


def test_two_jobs_of_unlike_length_leave_no_core_idle():
    # Five long networks and five short ones: three long with two short beside two and three.
    jobs = [job((1, 1), range(5)), job((1, 1), range(5), n_steps=32)]
    sizes = [[len(part.seeds) for _, part in share] for share in _shares(jobs, 2)]
    assert sizes in ([[3, 2], [2, 3]], [[2, 3], [3, 2]])
