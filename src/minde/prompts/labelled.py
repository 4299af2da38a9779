"""An ensemble of our own, trained on latents given a label, as a conditional diffusion model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from minde.diffusion.roles import A, C, D
from minde.ensemble.ensemble import Ensemble
from minde.errors import InputError

#: Discrete steps that the diffusion is cut into.
STEPS = 1000


def indicators(labels: Sequence[int], classes: int) -> Tensor:
    """One column for each class but the first, (n, classes - 1): no column follows from others."""
    return torch.eye(classes)[torch.tensor(list(labels), dtype=torch.long)][:, 1:]


class LabelledModel:
    """Family ``c`` of latents X and a label's indicators Y; the prompts are ``0``, ``1``, ...

    Arguments:
        ensemble: Trained without preprocessing; its first member is used.
        decode: Images in [0, 1], (n, height, width), of latents (n, dim).

    Raises:
        InputError: If the ensemble is of another family or was preprocessed.
    """

    def __init__(self, ensemble: Ensemble, decode: Callable[[Tensor], Tensor]) -> None:
        if ensemble.family.name != "c" or ensemble.recipe.training.preprocessing != "none":
            raise InputError("prompts: the model must be of family c, with preprocessing 'none'")
        self.decode, self._model = decode, ensemble.model()
        self._patterns = (ensemble.family.index((D, A)), ensemble.family.index((D, C)))
        dim, columns = ensemble.family.dims
        self.shape: tuple[int, ...] = (dim,)
        self.classes = columns + 1
        self.device = ensemble.device
        self._members = len(ensemble.seeds)
        self._times = (torch.arange(STEPS, dtype=torch.float64) + 1.0) / STEPS
        self.alphas_cumprod = ensemble.schedule.alpha(self._times) ** 2

    def embed(self, prompts: Sequence[str]) -> Tensor:
        """Indicators of labels; InputError on a prompt that is none."""
        known = [str(k) for k in range(self.classes)]
        for prompt in prompts:
            if prompt not in known:
                raise InputError(f"prompts: '{prompt}' is not a label; labels are 0 to {known[-1]}")
        return indicators([int(p) for p in prompts], self.classes).to(self.device)

    def noise(self, x: Tensor, step: int, condition: Tensor | None) -> Tensor:
        """See :class:`minde.prompts.model.ConditionalModel`."""
        given = condition is not None
        y = condition if condition is not None else x.new_zeros(len(x), self.classes - 1)
        values = torch.cat([x, y.to(x)], dim=1).expand(self._members, -1, -1)
        t = torch.full((self._members, len(x)), float(self._times[step])).to(x)
        return self._model(values, self._patterns[int(given)], t)[0]

    def images(self, latents: Tensor) -> Tensor:
        """Decoded latents, grey: (n, height, width, 1)."""
        return self.decode(latents)[..., None]
