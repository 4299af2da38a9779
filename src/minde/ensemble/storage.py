"""Packs as files: weights, fitted preprocessing and a JSON description, no pickle."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from minde.device import pick_device
from minde.diffusion.roles import Family, Role
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.blend import Blend
from minde.ensemble.ensemble import Pack
from minde.errors import CheckpointError
from minde.io.checkpoint import below, load_checkpoint, save_checkpoint
from minde.preprocessing import transform_from_state
from minde.recipe import Recipe


def save_pack(pack: Pack, path: str | Path, extra: dict[str, Any] | None = None) -> None:
    """Write a pack as one safetensors file with its description in the header."""
    tensors: dict[str, Tensor] = {f"network/{k}": v for k, v in pack.parameters.items()}
    tensors |= {f"halfway/{k}": v for k, v in pack.halfway.items()}
    tensors |= {"mean": pack.mean, "covariance": pack.covariance}
    tensors |= {"losses": pack.losses, "held_out": pack.held_out}
    for name, blend in (("blend", pack.blend), ("halfway_blend", pack.halfway_blend)):
        if blend is not None:
            tensors |= {f"{name}/weights": blend.weights, f"{name}/edges": blend.edges}
    for e, transform in enumerate(pack.transforms):
        state = transform.state()
        tensors |= {f"transform/{e}/{k}": torch.from_numpy(v) for k, v in state.items()}
    meta = {
        "family": asdict(pack.family),
        "recipe": pack.recipe.to_dict(),
        "schedule": asdict(pack.schedule),
        "seeds": list(pack.seeds),
        "seconds": pack.seconds,
        **(extra or {}),
    }
    save_checkpoint(path, tensors, meta)


def load_pack(path: str | Path, device: str = "auto") -> Pack:
    """Read a pack written by :func:`save_pack`.

    Raises:
        CheckpointError: If the file is damaged or holds something else.
    """
    tensors, meta = load_checkpoint(path)
    place = pick_device(device)
    try:
        family = meta["family"]
        patterns = tuple(tuple(Role(r) for r in p) for p in family.pop("patterns"))
        lists: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in family.items()
        }
        recipe = Recipe(**meta["recipe"])
        states: list[dict[str, Any]] = [{} for _ in meta["seeds"]]
        for key, value in tensors.items():
            if key.startswith("transform/"):
                _, copy, name = key.split("/")
                states[int(copy)][name] = value.numpy()
        blends = {
            name: Blend(tensors[f"{name}/weights"].to(place), tensors[f"{name}/edges"].to(place))
            for name in ("blend", "halfway_blend")
            if f"{name}/weights" in tensors
        }
        return Pack(
            family=Family(patterns=patterns, **lists),
            recipe=recipe,
            seeds=tuple(meta["seeds"]),
            transforms=[transform_from_state(recipe.preprocessing, s) for s in states],
            parameters=below(tensors, "network/", place),
            halfway=below(tensors, "halfway/", place),
            schedule=VPSchedule(**meta["schedule"]),
            mean=tensors["mean"].to(place),
            covariance=tensors["covariance"].to(place),
            losses=tensors["losses"],
            held_out=tensors["held_out"],
            seconds=meta["seconds"],
            **blends,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"checkpoint: {path} is not a pack of minde ({error!r})") from error
