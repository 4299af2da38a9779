"""Networks on half of the rows are not trained where those on all rows add nothing."""

import numpy as np
import pytest
import torch

from minde.diffusion.roles import conditional
from minde.ensemble.halves import half_job
from minde.ensemble.train import train
from minde.recipe import make_recipe
from minde.training.checkpointing import Checkpointing
from minde.training.job import Job, make_folds
from minde.training.verdict import Verdict

OPTIONS = {"n_steps": 640, "width": 16, "batch_size": 64, "blend": "gaussian", "patience": 99}


def normal(n=3000):
    x, e = np.random.default_rng(0).normal(size=(2, n, 1))
    return np.concatenate([x, x + e], axis=1)


def bent(n=3000):
    """Uncorrelated columns; a Gaussian sees nothing of what one tells of the other."""
    x, e = np.random.default_rng(0).normal(size=(2, n, 1))
    return np.concatenate([x, x**2 + 0.3 * e], axis=1)


def job_of(rows, half_steps=None):
    folds = make_folds(len(rows), 0.2, 3, 0)
    recipe = make_recipe("fast", "c", 2, **OPTIONS)
    job = Job([rows[f.train] for f in folds], conditional(1, 1), recipe, [0, 1, 2], folds=folds)
    half = half_job(job, rows)
    if half_steps:
        shorter = half.recipe.with_options(n_steps=half_steps, stop_idle=False)
        half = Job(**{**vars(half), "recipe": shorter})
    return Job(**{**vars(job), "half": half})


def drawn(half):
    """Whether networks are as they are drawn."""
    first, later = half.halfway.parameters, half.final.parameters
    return all(torch.equal(first[k], later[k]) for k in first)


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_halves_are_trained_where_there_is_something_to_learn():
    (of_normal,), (of_bent,) = train([job_of(normal())]), train([job_of(bent())])
    assert drawn(of_normal.half)
    assert of_normal.half.seconds == 0.0
    assert not drawn(of_bent.half)
    assert of_bent.half.seconds > 0.0


def test_of_several_jobs_each_has_its_own_verdict():
    of_bent, of_normal = train([job_of(bent()), job_of(normal())])
    assert drawn(of_normal.half)
    assert not drawn(of_bent.half)


@pytest.mark.parametrize("half_steps", [None, 32])
def test_it_does_not_matter_how_far_halves_were(threads, half_steps):
    """With two threads some are trained, or have ended, before it is known that none adds."""
    threads(1)
    (one,) = train([job_of(normal(), half_steps)])
    threads(2)
    (two,) = train([job_of(normal(), half_steps)])
    for a, b in ((one, two), (one.half, two.half)):
        assert a.seeds == b.seeds
        assert a.losses.shape[1] == b.losses.shape[1] == 3
        for name, value in a.final.parameters.items():
            torch.testing.assert_close(b.final.parameters[name], value, rtol=1e-3, atol=1e-4)
    assert drawn(two.half)
    assert two.half.seconds == 0.0
    products = two.half.final.blend.products
    torch.testing.assert_close(products, one.half.final.blend.products, rtol=1e-4, atol=1e-5)


def test_with_a_checkpoint_too_no_step_is_taken(threads, tmp_path):
    threads(1)
    kept = Checkpointing(tmp_path, folder=True)
    (first,) = train([job_of(normal())], checkpoint=kept)
    (again,) = train([job_of(normal())], checkpoint=kept)
    for half in (first.half, again.half):
        assert drawn(half)
        assert half.seconds == 0.0
    torch.testing.assert_close(again.final.parameters, first.final.parameters)


def test_one_member_that_adds_is_enough():
    verdict = Verdict(5)
    verdict.tell(3, nothing=True)
    assert not verdict.nothing  # two are still at work
    verdict.tell(2, nothing=False)
    assert not verdict.nothing
    other = Verdict(5)
    other.tell(3, nothing=True)
    other.tell(2, nothing=True)
    assert other.nothing
