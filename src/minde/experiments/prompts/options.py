"""Section `prompts` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from minde.declare import Bounds, Count, Positive, Text, option
from minde.experiments.options import Config, RecipeOptions, minde_options
from minde.images.options import CodeOptions
from minde.recipe import make_recipe

Weight = Annotated[float, Bounds(minimum=0)]
_LATENTS = "latents and what follows"
_SWITCH = "the switched images"


@dataclass(frozen=True)
class SwitchOptions:
    """Two prompts that take turns at these times (Figure 10).

    For diffusers name two sentences and guidance 9.
    """

    first: Text = option("7", "Prompt until the switch.")
    second: Text = option("0", "Prompt from then on.")
    at: Annotated[tuple[Annotated[float, Bounds(minimum=0, maximum=1)], ...], Bounds(size=2)] = (
        option((1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05, 0), "Diffusion times.")
    )
    n: Count = option(500, "Images per time.")
    shown: Count = option(6, "Images per time in the figure.", "Figure 10")
    guidance: Weight = option(3.0, "Weight of the prompt.")


@dataclass(frozen=True)
class PromptOptions:
    """What a prompt tells of an image (Figures 9 and 10), by a conditional diffusion model."""

    source: Literal["images", "diffusers", "none"] = option(
        "images",
        "images: a model of ours of the images of section consistency, the prompt being the label; "
        "diffusers: a text-to-image pipeline, as in the paper; none leaves the figures out.",
        "everything of Figures 9 and 10",
    )
    model: Text = option(
        "stabilityai/stable-diffusion-2-1",
        "A pipeline's id on the Hugging Face hub, or a folder that holds one.",
        _LATENTS,
    )
    revision: str = option(
        "5cae40e6a2745ae2b01ad92ae5043f95f23644d6", "The pipeline's revision.", _LATENTS
    )
    file: Text = option("data/prompts.txt", "One prompt per line, for diffusers.", _LATENTS)
    autoencoder: CodeOptions = option(
        CodeOptions(), "The autoencoder of our own model.", "that autoencoder, and what follows"
    )
    options: RecipeOptions = option(
        {"width": 128, "n_steps": 20_000, "p_conditional": 0.4},
        "Recipe options of our own model (recipe fast).",
        "that network, and what follows",
    )
    n: Annotated[int, Bounds(minimum=2)] = option(1000, "Prompts.", _LATENTS)
    times: Annotated[int, Bounds(minimum=3, maximum=1000)] = option(
        1000, "Times of the integral's grid (Simpson's rule).", "the integrand and what follows"
    )
    sigma_ref: Positive = option(
        1.0, "Width of the reference Gaussian of MINDE (σ).", "the integrand and what follows"
    )
    steps: Annotated[int, Bounds(minimum=1, maximum=1000)] = option(
        1000, "Steps of the sampler.", f"{_LATENTS}; {_SWITCH}"
    )
    guidance: Weight = option(
        1.0, "Weight of the prompt in Figure 9; 1 adds nothing to it.", _LATENTS
    )
    chunk: Count = option(
        100, "Prompts at a time; after each a stopped run can go on.", f"{_LATENTS}; {_SWITCH}"
    )
    switch: SwitchOptions = option(SwitchOptions(), reruns=_SWITCH)

    @staticmethod
    def check(config: Config) -> None:
        """Recipe options must make a recipe."""
        options = {**minde_options(config, "c"), **config["prompts"]["options"]}
        make_recipe("fast", "c", 2, **options)
