"""What a prompt tells of an image (Figures 9 and 10); no estimator but MINDE runs on it."""

from __future__ import annotations

from typing import Any

from minde.experiments.base import Exhibit, Experiment
from minde.experiments.options import Config


class Prompts(Experiment):
    """By a conditional diffusion model; without tasks."""

    name = "prompts"
    exhibits = (
        Exhibit(
            "prompts",
            "What a prompt tells",
            "Figure 9. I(A; B | X_τ), what a prompt B still tells of the image A at diffusion time "
            "τ of its making, by Eq. 29 (MINDE) and its reference form (MINDE (σ)), in nats; "
            "bands: 95% over prompts; grey: single prompts. At τ = 1 it is I(A; B), and with "
            "labels as prompts it should be the label's entropy. The paper, on Stable Diffusion: "
            "high until τ is about 0.8, then fading. The table holds the means over prompts.",
            table=("csv", "md"),
            figure=True,
            beside="a diffusion model's predictions",
        ),
        Exhibit(
            "switch",
            "Switching the prompt",
            "Figure 10. Images made under one prompt until time τ and under another from then on; "
            "below: the share that a classifier sees as the second, beside the curve of Figure 9. "
            "The paper: after τ of about 0.7 the second prompt comes too late.",
            figure=True,
            beside="a diffusion model's images",
        ),
    )

    def active(self, config: Config) -> bool:
        """Unless the source is none."""
        return bool(config["prompts"]["source"] != "none")

    def sizes(self, config: Config) -> list[str]:
        """None: there is nothing to estimate task by task."""
        return []

    def seeds(self, config: Config) -> int:
        """One network."""
        return 1

    def training_options(self, config: Config, family: str, n: str, dim: int) -> dict[str, Any]:
        """Latents are made by the model, so nothing may come between them and the network."""
        common = super().training_options(config, family, n, dim)
        return {**common, **config["prompts"]["options"], "preprocessing": "none"}


def model_of(config: Config, run: str) -> dict[str, str]:
    """Fields of ``ModelFiles``: what the conditional model is loaded from, files below ``run``."""
    section = config["prompts"]
    if section["source"] == "diffusers":
        return {key: section[key] for key in ("source", "model", "revision")}
    score = f"{run}/scores/prompts/labels/c-fast/nall-seeds0-0.safetensors"
    return {"source": "images", "score": score, "code": f"{run}/codes/labels.safetensors"}
