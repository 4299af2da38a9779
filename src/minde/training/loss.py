r"""The denoising loss of a pack, plain or compiled.

A copy's loss is :math:`\sum w\,(\mathrm{net}(x_t, t) - y)^2` over a batch and its coordinates, with
targets :math:`y` and weights :math:`w` of a block (Eq. 5 in noise form).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from minde.errors import TrainingError
from minde.nn.network import Network
from minde.nn.packed import Parameters
from minde.training.batches import Block

_Plain = Callable[[Parameters, Tensor, Tensor, Tensor, Tensor], Tensor]


class Loss:
    """Loss of each copy, (E,), for one step of a block.

    Arguments:
        network: Shape of the networks.
        compiled: Whether torch.compile makes one kernel of what lies between the products; at the
            first call, in 10 to 30 seconds.

    Raises:
        TrainingError: At the first call, if there is no compiler.
    """

    def __init__(self, network: Network, compiled: bool) -> None:
        self.compiled = compiled

        def plain(p: Parameters, x: Tensor, times: Tensor, y: Tensor, w: Tensor) -> Tensor:
            return (w * (network(p, x, times) - y) ** 2).sum(dim=(1, 2))

        self._of: _Plain = torch.compile(plain, dynamic=False) if compiled else plain

    def __call__(self, p: Parameters, block: Block, k: int) -> Tensor:
        """The loss at step ``k`` of the block."""
        parts = (block.values[k], block.times[k], block.targets[k], block.weights[k])
        if not self.compiled:
            return self._of(p, *parts)
        try:
            return self._of(p, *parts)
        except Exception as error:  # what the compiler raises depends on the torch version
            line = (str(error).strip() or repr(error)).splitlines()[0]
            raise TrainingError(
                f"training: compiled needs a C++ compiler that works ({line:.120}); "
                "install one, or set compiled to false"
            ) from error
