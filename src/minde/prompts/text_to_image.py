"""A text-to-image pipeline of the diffusers library as a conditional diffusion model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from minde.diffusion.predictions import noise_from_prediction
from minde.errors import InputError


class TextToImage:
    """A latent diffusion pipeline in the manner of Stable Diffusion.

    Arguments:
        pipeline: Has ``unet``, ``vae``, ``scheduler`` and ``encode_prompt``. Half precision is
            whatever its weights are; what is returned is float32.
    """

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self.device = torch.device(pipeline.device)
        unet = pipeline.unet.config
        size = unet.sample_size
        sides = (size, size) if isinstance(size, int) else tuple(size)
        self.shape: tuple[int, ...] = (int(unet.in_channels), *sides)
        self.alphas_cumprod = pipeline.scheduler.alphas_cumprod.double().cpu()
        self.kind = str(pipeline.scheduler.config.prediction_type)
        self._empty: Tensor | None = None

    def embed(self, prompts: Sequence[str]) -> Tensor:
        """The text encoder's hidden states, (n, tokens, width)."""
        embeddings, _ = self.pipeline.encode_prompt(
            list(prompts), self.device, num_images_per_prompt=1, do_classifier_free_guidance=False
        )
        result: Tensor = embeddings
        return result

    @torch.no_grad()
    def noise(self, x: Tensor, step: int, condition: Tensor | None) -> Tensor:
        """See :class:`~minde.prompts.model.ConditionalModel`; None is an empty prompt."""
        if condition is None:
            if self._empty is None:
                self._empty = self.embed([""])
            condition = self._empty.expand(len(x), -1, -1)
        dtype = self.pipeline.unet.dtype
        out = self.pipeline.unet(
            x.to(dtype), step, encoder_hidden_states=condition.to(dtype), return_dict=False
        )[0]
        alpha_bar = self.alphas_cumprod[step]
        alpha, sigma = alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt()
        return noise_from_prediction(out.float(), x.float(), alpha, sigma, self.kind)

    @torch.no_grad()
    def images(self, latents: Tensor) -> Tensor:
        """Decoded latents, (n, height, width, 3)."""
        vae = self.pipeline.vae
        scaled = latents.to(self.device, vae.dtype) / vae.config.scaling_factor
        decoded = vae.decode(scaled, return_dict=False)[0].float().cpu()
        images: Tensor = (0.5 * decoded + 0.5).clamp(0.0, 1.0).movedim(1, -1)
        return images


def load_text_to_image(model: str, revision: str, device: torch.device) -> TextToImage:
    """Load a pipeline by its id on the Hugging Face hub, or from a folder; fp16 on a GPU.

    Raises:
        InputError: If diffusers is missing or the weights cannot be had.
    """
    try:
        from diffusers import StableDiffusionPipeline as Pipeline
    except ImportError as error:
        raise InputError(
            "prompts: text-to-image models need diffusers; pip install 'minde[diffusion]'"
        ) from error
    pipelines: Any = Pipeline
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    try:
        pipeline = pipelines.from_pretrained(
            model,
            revision=revision or None,
            safety_checker=None,
            requires_safety_checker=False,
        )
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"prompts: cannot load the weights of {model} at revision {revision or 'main'} "
            f"({lines[0][:200]}); name a folder that holds them with prompts.model, or set "
            "prompts.source: images"
        ) from error
    return TextToImage(pipeline.to(device, dtype))
