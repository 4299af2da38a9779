"""Types that layers share; imports nothing internal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

#: Samples, (rows, columns), double precision.
Array = NDArray[np.float64]
#: x (n, dim_x) and y (n, dim_y), rows paired.
XY = tuple[Array, Array]
#: Row numbers.
Rows = NDArray[np.int64]
#: Truth values.
Mask = NDArray[np.bool_]
#: Called with (steps done, steps in all, loss); may raise StoppedError.
Progress = Callable[[int, int, float], None]


class NoiseModel(Protocol):
    """Predicts the noise for E members at once: a trained ensemble or an exact score."""

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
