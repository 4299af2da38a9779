"""The contract of networks over E stacked copies; parameters live outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from torch import Tensor

from minde.nn.packed import Parameters


class Network(Protocol):
    """Shape of a score network; its classes inherit from this one.

    Attributes:
        n_times: Entries of the time vector: a time of each variable, then what tells its role.
        head_parts: Maps side by side in the last layer ``head.lin``, each of dim_out columns.
    """

    head_parts: ClassVar[int] = 1

    dim_in: int
    dim_out: int
    n_times: int
    width: int

    def init(self, seeds: Sequence[int]) -> Parameters:
        """Parameters for one copy a seed, each from its own stream; float32 on the CPU."""
        ...

    def resized(self, dim_in: int, dim_out: int) -> Network:
        """The same network for other numbers of inputs and outputs."""
        ...

    def n_parameters(self) -> int:
        """Parameters of one copy."""
        return sum(v.numel() for v in self.init([0]).values())

    def __call__(self, p: Parameters, x: Tensor, times: Tensor) -> Tensor:
        """Apply all copies: x (E, N, dim_in) and times (E, N, n_times) to (E, N, dim_out)."""
        ...
