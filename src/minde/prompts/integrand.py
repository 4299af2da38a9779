r"""How much a prompt still tells of the image at each time of its making (Figure 9, Eq. 29).

.. math::
    I(A; B \mid X_\tau) = \mathbb{E} \int_0^\tau \tfrac{g_t^2}{2}
    \left\| s_t(x_t) - s_t(x_t \mid y) \right\|^2 dt
    = \mathbb{E} \int_{\lambda_\tau}^{\infty} \tfrac12
    \left\| \hat\epsilon(x_\lambda) - \hat\epsilon(x_\lambda \mid y) \right\|^2 d\lambda,

with the log signal-to-noise ratio :math:`\lambda = \log \bar\alpha / (1 - \bar\alpha)`, since
:math:`g^2\,dt / \sigma^2 = -d\lambda`: so nothing but :math:`\bar\alpha` of the model's own steps
is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.levels import steps as steps_of
from minde.diffusion.points import Diffuser, Points
from minde.diffusion.roles import conditional
from minde.errors import ConfigError
from minde.prompts.model import ConditionalModel, draws
from minde.readout.given import GivenNoise, Model, Variable, numbered, pair
from minde.readout.measures import MI_CONDITIONAL
from minde.readout.names import outside
from minde.readout.readout import Terms
from minde.types import Array

READOUTS = ("inside", "outside", "gap")


@dataclass(frozen=True)
class Integrand:
    r"""Halves of squared distances a prompt and time, to be integrated over :math:`\lambda`.

    Attributes:
        tau: Diffusion times of the grid in (0, 1], rising, (times,).
        log_snr: :math:`\lambda` at these, falling, (times,).
        values: By read-out, (prompts, times): ``inside`` (Eq. 29), ``outside`` (its reference form,
            MINDE-(:math:`\sigma`)) and ``gap``, from the denoising errors.
    """

    tau: Array
    log_snr: Array
    values: dict[str, Array]

    def remaining(self, readout: str = "inside") -> Array:
        """I(A; B | X_tau) a prompt, (prompts, times), nats: Simpson's rule from the first time."""
        from scipy.integrate import cumulative_simpson

        return np.asarray(
            cumulative_simpson(self.values[readout], x=-self.log_snr, axis=1, initial=0.0)
        )


def time_grid(model: ConditionalModel, times: int) -> list[int]:
    """Steps of an even grid of ``times`` times from the first step to the last.

    Raises:
        ConfigError: If the model has fewer steps, or fewer than three times are asked for.
    """
    steps = len(model.alphas_cumprod)
    if not 3 <= times <= steps:
        raise ConfigError(f"prompts: times must lie between 3 and the model's {steps}, got {times}")
    return [int(k) for k in np.linspace(0, steps - 1, times).round()]


@torch.no_grad()
def integrand(
    model: ConditionalModel,
    latents: Tensor,
    prompts: Sequence[str],
    times: int,
    seed: int = 0,
    sigma_ref: float = 1.0,
    first_row: int = 0,
    report: Callable[[int, int], None] | None = None,
) -> Integrand:
    """Evaluate the integrand for pairs of a latent and its prompt.

    Both predictions of a point are made from the same noise. The noise of a pair depends on the
    seed and on its row alone, so chunks of prompts give what all at once would.

    Arguments:
        model: The diffusion model.
        latents: Clean latents, (n, *shape), each made from its prompt without guidance.
        prompts: As many prompts.
        times: Times of the grid.
        seed: Seed of the noise.
        sigma_ref: Width of the reference Gaussian of ``outside``.
        first_row: Row of the first pair among all.
        report: Called with times done and times in all.

    Raises:
        ConfigError: If latents and prompts do not pair, or the grid cannot be made.
    """
    if len(latents) != len(prompts):
        raise ConfigError(f"prompts: {len(latents)} latents but {len(prompts)} prompts")
    steps = time_grid(model, times)
    condition = model.embed(prompts)
    clean = Variable("latents", latents.to(model.device, torch.float32))
    without = Model(lambda x, t: model.noise(x, int(t[0]), None), "epsilon")
    with_prompt = Model(lambda x, t, y: model.noise(x, int(t[0]), y), "epsilon")
    asked = pair(("the model without", without), ("the model", with_prompt), clean, condition)
    data = numbered(clean.flat)[None]
    levels = steps_of(model.alphas_cumprod)
    diffuser = Diffuser(conditional(clean.flat.shape[1], 1), levels, model.device)
    terms = Terms(GivenNoise(asked, levels), diffuser, MI_CONDITIONAL, (sigma_ref,))
    rows = range(first_row, first_row + len(latents))
    values = {name: np.zeros((len(prompts), len(steps))) for name in READOUTS}
    for column, step in enumerate(steps):
        noise = torch.zeros_like(data)
        noise[..., :-1] = draws(model.shape, seed, rows, "integrand", step).flatten(1)
        t = data.new_full(data.shape[:2], step)
        found = terms(Points(data, noise, t, t, t))
        for name, of in zip(READOUTS, ("inside", outside(sigma_ref), "gap"), strict=True):
            values[name][:, column] = 0.5 * found[of][0].cpu().numpy()
        if report is not None:
            report(column + 1, len(steps))
    alphas = model.alphas_cumprod[steps].double().numpy()
    tau = (np.array(steps) + 1.0) / len(model.alphas_cumprod)
    return Integrand(tau, np.log(alphas) - np.log1p(-alphas), values)
