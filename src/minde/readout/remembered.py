"""A noise model that several others share, asked once for all of them."""

from __future__ import annotations

from torch import Tensor

from minde.types import NoiseModel


class Remembered:
    """Remembers what it predicted of the values it was last shown, by pattern.

    Arguments:
        model: What predicts.
    """

    def __init__(self, model: NoiseModel) -> None:
        self.model = model
        self._last: dict[int, tuple[Tensor, Tensor]] = {}

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`; the same tensor of values has the same times."""
        seen, out = self._last.get(pattern, (None, None))
        if out is None or seen is not values:
            out = self.model(values, pattern, t)
            self._last[pattern] = values, out
        return out
