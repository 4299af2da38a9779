"""Networks over E stacked members: their contract, and layers with a leading axis of members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from minde.errors import TrainingError

Parameters = dict[str, Tensor]


class Batch(NamedTuple):
    """What a network is trained on in one step.

    Attributes:
        x: Inputs, (E, N, dim_in).
        times: Time vectors, (E, N, n_times).
        y: What it should put out, (E, N, dim_out).
        weights: Of the errors, (E, N, dim_out).
    """

    x: Tensor
    times: Tensor
    y: Tensor
    weights: Tensor


class Room:
    """Tensors that are used again at every step.

    What is freed and taken anew each time the system clears page by page: a fifth of a training.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Tensor] = {}

    def of(self, name: str, like: Tensor, *shape: int) -> Tensor:
        """The tensor of a name, of a shape and of the kind of another; what is in it is stale."""
        found = self._kept.get(name)
        if found is None or found.shape != shape or found.dtype != like.dtype:
            found = self._kept[name] = like.new_empty(shape)
        return found


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
        """Parameters for one member per seed, each from its own stream; float32 on the CPU."""
        ...

    def resized(self, dim_in: int, dim_out: int) -> Network:
        """The same network for other numbers of inputs and outputs."""
        ...

    def n_parameters(self) -> int:
        """Parameters of one member."""
        return sum(v.numel() for v in self.init([0]).values())

    def __call__(self, p: Parameters, x: Tensor, times: Tensor) -> Tensor:
        """Apply all members: x (E, N, dim_in) and times (E, N, n_times) to (E, N, dim_out)."""
        ...

    def gradients(self, p: Parameters, batch: Batch, into: Parameters, room: Room) -> Tensor:
        """Loss of each member, (E,), and its gradients into tensors of the parameters' names.

        By autograd here, for which parameters are leaves; a network may know a faster way, and keep
        what lies between in the room.
        """
        out = self(p, batch.x, batch.times)
        return by_autograd(squared_error(out, batch.y, batch.weights), p, into)


def squared_error(out: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    """Weighed squares of errors, summed for each member, (E,)."""
    return (weights * (out - y) ** 2).sum(dim=(1, 2))


def by_autograd(loss: Tensor, p: Parameters, into: Parameters) -> Tensor:
    """The loss, detached, after its gradients were put into tensors of the parameters' names.

    Raises:
        TrainingError: If a parameter is not part of the loss.
    """
    torch.autograd.backward(loss.sum())
    for name, parameter in p.items():
        if parameter.grad is None:
            raise TrainingError(f"training: {name} has no gradient; it is not part of the loss")
        into[name].copy_(parameter.grad)
        parameter.grad = None
    return loss.detach()


def linear(p: Parameters, name: str, x: Tensor) -> Tensor:
    """Affine map (E, N, in) to (E, N, out) with weights (E, in, out)."""
    return torch.baddbmm(p[f"{name}.bias"], x, p[f"{name}.weight"])


def group_norm(p: Parameters, name: str, x: Tensor, groups: int = 8) -> Tensor:
    """GroupNorm over the channels of (E, N, W), affine per member; equals torch's at eps 1e-5."""
    members, n, width = x.shape
    grouped = x.view(members, n, groups, width // groups)
    normed = F.layer_norm(grouped, (width // groups,)).view(members, n, width)
    return torch.addcmul(p[f"{name}.bias"], normed, p[f"{name}.weight"])


class _RMSNorm(torch.autograd.Function):
    """See :func:`rms_norm`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Normalise (..., W)."""
        mean = torch.linalg.vecdot(x, x).div_(x.shape[-1]).add_(torch.finfo(x.dtype).eps)
        scale = mean.rsqrt_().unsqueeze(-1)
        out: Tensor = x * scale
        ctx.save_for_backward(out, scale)
        return out

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Gradient in x."""
        out, scale = ctx.saved_tensors
        along = torch.linalg.vecdot(gradient, out).div_(-out.shape[-1]).unsqueeze(-1)
        inner: Tensor = torch.addcmul(gradient, out, along).mul_(scale)
        return inner


class _ProductOfHalves(torch.autograd.Function):
    """See :func:`product_of_halves`."""

    @staticmethod
    def forward(ctx: Any, pair: Tensor) -> Tensor:
        """(..., 2 W) to (..., W)."""
        ctx.save_for_backward(pair)
        a, b = pair.chunk(2, dim=-1)
        out: Tensor = a * b
        return out

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Gradient in the pair."""
        (pair,) = ctx.saved_tensors
        out = torch.empty_like(pair)
        for half, other in zip(out.chunk(2, dim=-1), reversed(pair.chunk(2, dim=-1)), strict=True):
            torch.mul(gradient, other, out=half)
        return out


def rms_norm(x: Tensor) -> Tensor:
    """Over the root of the mean square along the last axis: as torch, in half the passes."""
    out: Tensor = _RMSNorm.apply(x)  # type: ignore[no-untyped-call]
    return out


def product_of_halves(pair: Tensor) -> Tensor:
    """The first half of the last axis times the second, without copies: (..., 2 W) to (..., W)."""
    out: Tensor = _ProductOfHalves.apply(pair)  # type: ignore[no-untyped-call]
    return out


def init_linear(
    p: Parameters, name: str, n_in: int, n_out: int, generators: list[torch.Generator]
) -> None:
    """Add torch's default initialisation of a Linear layer, one stream per member."""
    bound = n_in**-0.5
    for part, shape in (("weight", (n_in, n_out)), ("bias", (1, n_out))):
        draws = [torch.rand(shape, generator=g) for g in generators]
        p[f"{name}.{part}"] = (2.0 * torch.stack(draws) - 1.0) * bound


def init_zero_linear(p: Parameters, name: str, n_in: int, n_out: int, members: int) -> None:
    """Add a Linear layer of zeros, so that the network starts at its baseline."""
    p[f"{name}.weight"] = torch.zeros(members, n_in, n_out)
    p[f"{name}.bias"] = torch.zeros(members, 1, n_out)


def init_group_norm(p: Parameters, name: str, width: int, members: int) -> None:
    """Add a GroupNorm's unit scale and zero shift."""
    p[f"{name}.weight"] = torch.ones(members, 1, width)
    p[f"{name}.bias"] = torch.zeros(members, 1, width)
