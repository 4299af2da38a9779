"""What has to hold on a CUDA device; `pytest -m gpu`, torch and numpy suffice."""

import pytest
import torch

from minde.diffusion.roles import conditional, joint
from minde.readout.measures import MEASURES
from minde.recipe import make_recipe
from tests.conftest import gaussian_pair
from tests.trainers import fit, make_trainer

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]

RECIPES = ["paper", "fast"]


def on_gpu(recipe_name, seeds, make=conditional, checkpoint=None, dtype=None, **options):
    data = torch.stack([gaussian_pair(2, 0.7, 600, 100 + s)[0] for s in seeds]).to("cuda", dtype)
    sizes = {"n_steps": 64, "width": 32}
    return make_trainer(recipe_name, seeds, make, checkpoint, data, **sizes | options)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("make", [conditional, joint])
def test_a_member_of_an_ensemble_equals_the_same_seed_trained_alone(recipe, make):
    together = on_gpu(recipe, [3, 4, 5], make, dtype=torch.float64).run()[0]
    alone = on_gpu(recipe, [4], make, dtype=torch.float64).run()[0]
    for key, value in alone.average.items():
        # In double precision, so that the rounding of batched products stays far below.
        torch.testing.assert_close(together.average[key][1], value[0], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_compiled_training_replayed_as_graphs_equals_the_plain_one(recipe):
    plain = on_gpu(recipe, [3, 4], dtype=torch.float64).run()[0]
    compiled = on_gpu(recipe, [3, 4], dtype=torch.float64, compiled=True).run()[0]
    for key, value in plain.average.items():
        # In double precision; a fused kernel rounds and sums in another order, no more.
        torch.testing.assert_close(compiled.average[key], value, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_resumed_training_goes_on_where_it_stopped(compiled, tmp_path):
    whole = on_gpu("fast", [1, 2], compiled=compiled).run()[0]
    first = on_gpu("fast", [1, 2], checkpoint=tmp_path / "c", compiled=compiled)
    first._block()
    first.save()
    resumed = on_gpu("fast", [1, 2], checkpoint=tmp_path / "c", compiled=compiled).run()[0]
    for key, value in whole.average.items():
        # Sums in single precision may be ordered otherwise from one launch to the next.
        torch.testing.assert_close(resumed.average[key], value, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("precision", ["tf32", "bfloat16"])
def test_lower_precision_reads_the_same_information(precision):
    samples, _, truth = gaussian_pair(2, 0.7, 6000, 0)
    samples = samples.numpy()
    family = conditional(2, 2)
    values = {}
    for kind in ("single", precision):
        recipe = make_recipe("fast", "c", 4, n_steps=1000, precision=kind)
        ensemble = fit([samples[:5000]], family, recipe, [0], "cuda")
        out = ensemble.read([samples[5000:]], MEASURES["c"], [samples[:5000]]).final
        values[kind] = float(out[recipe.readout.reported].value.mean())
    # 0.05: that of a training of 1,000 steps; 0.02: the same rows and noise, other rounding.
    assert abs(values["single"] - truth) < 0.05
    assert abs(values[precision] - values["single"]) < 0.02
