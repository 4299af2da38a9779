r"""The denoising loss of an ensemble, plain or compiled, in single or lower precision.

A member's loss is :math:`\sum w\,(\mathrm{net}(x_t, t) - y)^2` over a batch and its coordinates,
with targets :math:`y` and weights :math:`w` of a block (Eq. 5 in noise form). Whatever the
precision of the network's products, weights, sums and the optimiser keep that of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from minde.errors import TrainingError
from minde.nn.stacked import Batch, Network, Parameters, Room, by_autograd, squared_error
from minde.options import TrainingOptions
from minde.training.batches import Block

_Plain = Callable[[Parameters, Tensor, Tensor, Tensor, Tensor], Tensor]


@contextmanager
def tensor_float(enabled: bool) -> Iterator[None]:
    """Within it, CUDA's matrix products in single precision may round their factors to TF32."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = enabled
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


class Loss:
    """Loss of each member, (E,), for one step of a block, and its gradients.

    Arguments:
        network: Shape of the networks.
        options: Its ``compiled`` (torch.compile makes one kernel of what lies between the products,
            at the first call, in 10 to 30 seconds) and ``precision``.
        device: Where; on CUDA the compiled passes are replayed as CUDA graphs.

    Raises:
        TrainingError: At the first call, if there is no compiler.
    """

    def __init__(self, network: Network, options: TrainingOptions, device: torch.device) -> None:
        self.network, self.compiled, self._room = network, options.compiled, Room()
        self._cast = options.precision == "bfloat16"

        def plain(p: Parameters, x: Tensor, times: Tensor, y: Tensor, weights: Tensor) -> Tensor:
            if self._cast:
                with torch.autocast(device.type, torch.bfloat16):
                    out = network(p, x, times).to(x.dtype)
            else:
                out = network(p, x, times)
            return squared_error(out, y, weights)

        mode = "reduce-overhead" if device.type == "cuda" else None
        self._of: _Plain = (
            torch.compile(plain, dynamic=False, mode=mode) if self.compiled else plain
        )

    def __call__(self, p: Parameters, block: Block, k: int, into: Parameters) -> Tensor:
        """The loss at step ``k`` of the block; gradients go into tensors of p's names."""
        batch = block.batch(k)
        if not self.compiled and not self._cast:
            return self.network.gradients(p, batch, into, self._room)
        return by_autograd(self._forward(p, batch), p, into)

    def _forward(self, p: Parameters, batch: Batch) -> Tensor:
        if not self.compiled:
            return self._of(p, *batch)
        try:
            return self._of(p, *batch)
        except Exception as error:  # what the compiler raises depends on the torch version
            line = (str(error).strip() or repr(error)).splitlines()[0]
            raise TrainingError(
                f"training: compiled needs a C++ compiler that works ({line:.120}); "
                "install one, or set compiled to false"
            ) from error
