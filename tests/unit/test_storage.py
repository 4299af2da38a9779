import json

import numpy as np
import pytest
import torch

from minde.diffusion.roles import conditional, joint, with_conditional_share
from minde.ensemble.storage import load_ensemble, save_ensemble
from minde.errors import CheckpointError
from minde.io.checkpoint import load_checkpoint, save_checkpoint
from minde.readout.measures import MEASURES
from minde.recipe import make_recipe
from tests.trainers import fit


@pytest.mark.parametrize("make", [conditional, joint])
@pytest.mark.parametrize("precondition", ["none", "gaussian"])
def test_a_loaded_ensemble_reads_out_the_same_numbers(make, precondition, tmp_path):
    rng = np.random.default_rng(0)
    samples = [rng.standard_cauchy((300, 3)) for _ in range(2)]
    family = make(2, 1)
    options = {"n_steps": 5, "batch_size": 64, "width": 16, "precondition": precondition}
    recipe = make_recipe("fast", family.name, 3, **options)
    ensemble = fit(samples, family, recipe, [4, 9])
    save_ensemble(ensemble, tmp_path / "p.safetensors")
    loaded = load_ensemble(tmp_path / "p.safetensors", device="cpu")
    family = with_conditional_share(family, recipe.training.p_conditional)
    assert (loaded.family, loaded.recipe, loaded.seeds) == (family, recipe, (4, 9))
    a = ensemble.read(samples, MEASURES[family.name]).final
    b = loaded.read(samples, MEASURES[family.name]).final
    for name in a:
        assert torch.equal(a[name].pointwise, b[name].pointwise)


def test_a_checkpoint_keeps_tensors_and_description(tmp_path):
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"a": torch.arange(3.0)}, {"step": 7})
    tensors, meta = load_checkpoint(path)
    assert torch.equal(tensors["a"], torch.arange(3.0))
    assert meta["step"] == 7
    assert [p.name for p in tmp_path.iterdir()] == ["c.safetensors"]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"a": torch.zeros(1)}, {"step": 1})

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(path, {"a": torch.ones(1)}, {"step": 2})
    assert load_checkpoint(path)[1]["step"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["c.safetensors"]


def _damage(path, kind):
    if kind == "missing":
        return
    save_checkpoint(path, {"a": torch.zeros(100)}, {"step": 1})
    raw = path.read_bytes()
    if kind == "truncated":
        path.write_bytes(raw[:-10])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "other":
        from safetensors.torch import save_file

        save_file({"a": torch.zeros(1)}, path)
    elif kind == "old":
        from safetensors.torch import save_file

        save_file({"a": torch.zeros(1)}, path, {"minde": json.dumps({"format": "minde-0"})})


@pytest.mark.parametrize("kind", ["missing", "truncated", "empty", "other", "old"])
def test_a_damaged_file_is_one_clear_line(kind, tmp_path):
    path = tmp_path / "c.safetensors"
    _damage(path, kind)
    with pytest.raises(CheckpointError, match=r"checkpoint: ") as caught:
        load_ensemble(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
