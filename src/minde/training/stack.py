"""What is trained side by side: groups of copies, each of its own dimensions.

Groups of one *shape class* (one recipe, one kind and width of network) are trained in one loop,
whatever their dimensions. The smaller ones are padded: values, targets and weights of the loss
beyond their own columns are zero, so a padded copy is trained as it would be alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from minde.errors import ConfigError
from minde.nn.padding import crop, pad
from minde.nn.stacked import Network, Parameters
from minde.recipe import Recipe
from minde.training.batches import BatchStream, Block


@dataclass(frozen=True)
class Member:
    """Copies of one shape: their network, batches, and batches to validate on."""

    network: Network
    stream: BatchStream
    validation: BatchStream | None = None


class Crew:
    """Members trained in one loop.

    Arguments:
        members: At least one.

    Attributes:
        network: The network that all fit into.
        seeds: Of all copies, member by member.

    Raises:
        ConfigError: If the members are not of one shape class.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = tuple(members)
        classes = {shape_class(m.network, m.stream.recipe) for m in members}
        if len(classes) != 1:
            raise ConfigError("training: members differ in recipe or network; train them apart")
        networks = [m.network for m in members]
        sizes = (max(n.dim_in for n in networks), max(n.dim_out for n in networks))
        self.network = networks[0].resized(*sizes)
        self.seeds = tuple(seed for m in members for seed in m.stream.seeds)
        ends = torch.tensor([len(m.stream.seeds) for m in members]).cumsum(0).tolist()
        self.places = [slice(a, b) for a, b in zip([0, *ends], ends, strict=False)]
        self._shapes = [m.network.init([0]) for m in members]

    @property
    def device(self) -> torch.device:
        """Where the data are."""
        return self.members[0].stream.data.device

    def init(self) -> Parameters:
        """Every member's own first parameters, padded and stacked, where the data are."""
        wide = self.network.init([0])
        parts = [m.network.init(m.stream.seeds) for m in self.members]
        padded = [pad(p, wide, self.network) for p in parts]
        data = self.members[0].stream.data
        return {name: torch.cat([p[name] for p in padded]).to(data) for name in wide}

    def own(self, p: Parameters, k: int) -> Parameters:
        """Member k's parameters in its own shapes; views where nothing is cut out of the middle."""
        if len(self.members) == 1:
            return p
        here = {name: value[self.places[k]] for name, value in p.items()}
        return crop(here, self._shapes[k], self.network)

    def block(self, index: int) -> Block:
        """Batches of all members, padded."""
        blocks = [m.stream.block(index) for m in self.members]
        if len(blocks) == 1:
            return blocks[0]
        return Block(
            **{f.name: _joined([getattr(b, f.name) for b in blocks]) for f in fields(Block)}
        )


def shape_class(network: Network, recipe: Recipe) -> tuple[Any, ...]:
    """Members with equal ones can be trained in one loop.

    Muon's update of a matrix depends on its longer side. As long as the inputs are no more than the
    width, padding leaves that side alone; beyond, only equal numbers of inputs go together.
    """
    apart = network.dim_in if recipe.optimizer == "muon" and network.dim_in > network.width else 0
    return (network.resized(0, 0), recipe, apart)


def _joined(parts: list[Tensor]) -> Tensor:
    """Stack along the axis of copies, zeros where the last axis is shorter."""
    longest = max(part.shape[-1] for part in parts)
    return torch.cat([F.pad(part, (0, longest - part.shape[-1])) for part in parts], dim=1)
