"""Ensembles as files: weights, fitted preprocessing and a JSON description, no pickle."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from minde.device import pick_device
from minde.diffusion.experts import Laws
from minde.diffusion.mixture import Mixture
from minde.diffusion.regression import Regression
from minde.diffusion.roles import Family, Role
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.ensemble import Ensemble, Weights
from minde.errors import CheckpointError
from minde.io.checkpoint import below, load_checkpoint, save_checkpoint
from minde.preprocessing.transforms import transform_from_state
from minde.recipe import Recipe
from minde.training.blend import Blend


def save_ensemble(ensemble: Ensemble, path: str | Path, **extra: Any) -> None:
    """Write an ensemble as one safetensors file with its description, and ``extra``, in the header.

    The folds are the caller's: they number rows of samples that are not in the file.
    """
    tensors: dict[str, Tensor] = {}
    for name, weights in (("final", ensemble.final), ("halfway", ensemble.halfway)):
        tensors |= {f"{name}/network/{k}": v for k, v in weights.parameters.items()}
        if weights.blend is not None:
            blend = weights.blend
            tensors |= {
                f"{name}/blend/products": blend.products,
                f"{name}/blend/edges": blend.edges,
            }
            if blend.points is not None:
                tensors[f"{name}/blend/points"] = blend.points
    for name in ("mean", "covariance", "losses", "validation_loss"):
        tensors[name] = getattr(ensemble, name)
    laws = ensemble.laws
    if laws.mixture is not None:
        tensors |= {f"mixture/{k}": v.clone() for k, v in vars(laws.mixture).items()}
    for pattern, found in laws.regressions.items():
        tensors |= {f"regression/{pattern}/{k}": v.clone() for k, v in found.tensors().items()}
    for e, transform in enumerate(ensemble.transforms):
        state = transform.state()
        # Members of the same rows share their map, and tensors of a file may not.
        tensors |= {f"transform/{e}/{k}": torch.from_numpy(v.copy()) for k, v in state.items()}
    meta = {
        "family": asdict(ensemble.family),
        "recipe": ensemble.recipe.to_dict(),
        "schedule": asdict(ensemble.schedule),
        "seeds": list(ensemble.seeds),
        "seconds": ensemble.seconds,
        "unresolved": ensemble.unresolved,
    }
    save_checkpoint(path, tensors, meta | extra)


def load_ensemble(path: str | Path, device: str = "auto") -> Ensemble:
    """Read an ensemble written by :func:`save_ensemble`.

    Raises:
        CheckpointError: If the file is damaged or holds something else.
    """
    tensors, meta = load_checkpoint(path)
    where = pick_device(device)

    def weights(name: str) -> Weights:
        blend = below(tensors, f"{name}/blend/", where)
        parameters = below(tensors, f"{name}/network/", where)
        return Weights(parameters, Blend(**blend) if blend else None)

    try:
        recipe = Recipe.from_dict(meta["recipe"])
        mixture = below(tensors, "mixture/", where)
        bent = {int(k.split("/")[1]) for k in tensors if k.startswith("regression/")}
        states = [below(tensors, f"transform/{e}/") for e in range(len(meta["seeds"]))]
        return Ensemble(
            family=_family(meta["family"]),
            recipe=recipe,
            seeds=tuple(meta["seeds"]),
            transforms=[
                transform_from_state(
                    recipe.training.preprocessing, {k: v.numpy() for k, v in state.items()}
                )
                for state in states
            ],
            final=weights("final"),
            halfway=weights("halfway"),
            schedule=VPSchedule(**meta["schedule"]),
            mean=tensors["mean"].to(where),
            covariance=tensors["covariance"].to(where),
            losses=tensors["losses"],
            validation_loss=tensors["validation_loss"],
            seconds=meta["seconds"],
            unresolved=meta["unresolved"],
            laws=Laws(
                Mixture(**mixture) if mixture else None,
                {k: Regression.of(below(tensors, f"regression/{k}/", where)) for k in sorted(bent)},
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"checkpoint: {path} is not an ensemble of minde ({error!r})"
        ) from error


def _family(meta: dict[str, Any]) -> Family:
    patterns = tuple(tuple(Role(r) for r in p) for p in meta.pop("patterns"))
    lists: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in meta.items()}
    return Family(patterns=patterns, **lists)
