"""Problems of several shapes at once: planned within the memory, and equal to each alone."""

import numpy as np
import pytest
import torch

from minde.diffusion.roles import conditional, joint
from minde.errors import InputError
from minde.estimators.measures import MEASURES
from minde.estimators.pack import Pack
from minde.estimators.packs import fit_packs, plan_packs
from minde.estimators.prepared import Prepared, Problem, make_network
from minde.recipe import make_recipe
from minde.schedule import VPSchedule
from minde.training.memory import copy_bytes, saved_per_row
from minde.training.trainer import Trainer

TINY = {"n_steps": 96, "width": 32, "batch_size": 32, "n_draws": 2, "early_stopping": False}


def problem(dims, seeds, recipe="fast", make=conditional, rows=400, **options):
    family = make(*dims)
    chosen = make_recipe(recipe, family.name, sum(dims), **TINY | options)
    samples = []
    for seed in seeds:
        x = np.random.default_rng(seed).normal(size=(rows, sum(dims)))
        x[:, -1] += x[:, 0]
        samples.append(x)
    return Problem(samples, family, chosen, seeds)


def many():
    return [
        problem((1, 1), [0, 1]),
        problem((2, 3), [2, 3, 4]),
        problem((1, 2), [5], make=joint),
        problem((3, 1), [6], width=16),
        problem((2, 2), [7], make=joint),
    ]


def need(p):
    return copy_bytes(make_network(p.family, p.recipe), p.recipe, len(p.samples[0]))


def test_each_comes_out_as_it_would_alone():
    problems = many()
    for one, pack in zip(problems, fit_packs(problems, "cpu"), strict=True):
        alone = Pack.fit(one.samples, one.family, one.recipe, one.seeds, "cpu")
        assert pack.seeds == alone.seeds
        measure = MEASURES[one.family.name]
        tests = [x[:100] for x in one.samples]
        found, expected = (p.read_out(tests, measure)["cross"].value for p in (pack, alone))
        # Single precision, and batched products that round otherwise, over 96 steps.
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def test_a_problem_cut_between_its_copies_comes_out_as_a_whole():
    one = problem((2, 1), [0, 1, 2], early_stopping=True)
    whole = fit_packs([one], "cpu")[0]
    cut = fit_packs([one], "cpu", memory=need(one))[0]
    assert cut.seeds == whole.seeds
    assert len(cut.transforms) == 3
    for name in ("parameters", "halfway"):
        for key, value in getattr(whole, name).items():
            torch.testing.assert_close(getattr(cut, name)[key], value, rtol=1e-3, atol=1e-4)
    for key in ("mean", "covariance", "losses", "held_out"):
        torch.testing.assert_close(getattr(cut, key), getattr(whole, key), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(cut.blend.weights, whole.blend.weights, rtol=1e-2, atol=1e-2)


def test_plans_keep_classes_apart_and_stay_within_the_memory():
    problems = many()
    loops = plan_packs(problems, 10**12)
    assert sorted(sorted(p.origin for p in loop) for loop in loops) == [[0, 1], [2, 4], [3]]
    for budget in (max(map(need, problems)), 3 * need(problems[1])):
        loops = plan_packs(problems, budget)
        for loop in loops:
            assert sum(p.copies for p in loop) * max(p.bytes_a_copy for p in loop) <= budget
        seeds = [s for loop in loops for p in loop for s in p.problem.seeds]
        assert sorted(seeds) == list(range(8))
    assert len(plan_packs(problems, max(map(need, problems)))) > 2


def test_a_copy_that_does_not_fit_is_one_clear_line():
    with pytest.raises(InputError, match="take fewer rows or a smaller batch_size"):
        fit_packs([problem((1, 1), [0])], "cpu", memory=1000)


def test_progress_counts_all_loops():
    seen = []
    problems = [problem((1, 1), [0]), problem((1, 1), [1], width=16)]
    fit_packs(problems, "cpu", progress=lambda *step: seen.append(step[:2]))
    done = [d for d, _ in seen]
    assert done == sorted(done)
    assert seen[-1] == (192, 192)


@pytest.mark.parametrize("recipe", ["paper", "fast"])
def test_the_estimate_covers_what_a_trainer_holds(recipe):
    one = problem((3, 3), range(5), recipe, rows=4000, width=64, batch_size=128)
    start = Prepared.of(one, torch.device("cpu"), VPSchedule())
    trainer = Trainer([start.member], one.recipe)
    trainer._block()
    held = [start.member.stream.data, start.judged]
    for group in (trainer.parameters, trainer.average, trainer.optimizer.state()):
        held += group.values()
    block = trainer.crew.block(0)
    held += [block.values, block.times, block.targets, block.weights]
    counted = sum(t.numel() * t.element_size() for t in held) / 5
    counted += one.recipe.batch_size * saved_per_row(start.member.network)
    # The rest of the estimate is gradients, temporaries, and the best and halfway weights.
    assert counted < need(one) < 4 * counted


def test_what_a_row_keeps_grows_with_the_width():
    narrow, wide = (
        saved_per_row(make_network(conditional(3, 3), make_recipe("fast", "c", 6, width=w)))
        for w in (64, 128)
    )
    assert narrow < wide < 2.2 * narrow
