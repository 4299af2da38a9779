"""The contract between networks (or exact scores) and the measures; imports nothing internal."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class NoiseModel(Protocol):
    """Predicts the noise for E copies at once: a trained pack or an exact score."""

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        r"""Noise prediction :math:`\hat\epsilon = -\sigma_t s_t`.

        Arguments:
            values: Concatenated variables under the pattern's roles, (E, N, D).
            pattern: Index into the family's patterns.
            t: Times, (E, N).

        Returns:
            (E, N, dim_out); coordinates that are not diffused hold no meaning.
        """
        ...
