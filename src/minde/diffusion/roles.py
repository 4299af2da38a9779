r"""Roles of the variables: diffused, clean or absent (Eq. 17, Algorithms 1 and 3).

A *pattern* gives each variable a role. A *family* is the set of patterns that one network learns,
with the probability of each and its weight in the loss. MINDE-C learns
:math:`s^{\mu^{A}}` (diffused, absent) and :math:`s^{\mu^{A_y}}` (diffused, clean); MINDE-J learns
the joint score (diffused, diffused) and the two conditionals. Any measure over more variables is
another choice of patterns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

import torch
from torch import Tensor

from minde.errors import ConfigError


class Role(IntEnum):
    """What happens to a variable."""

    ABSENT = 0
    CLEAN = 1
    DIFFUSED = 2


Pattern = tuple[Role, ...]
RoleInputs = Literal["code", "apart"]
D, C, A = Role.DIFFUSED, Role.CLEAN, Role.ABSENT


@dataclass(frozen=True)
class Family:
    """The patterns one network learns.

    Arguments:
        name: Short name used in paths.
        dims: Dimension of each variable.
        patterns: Roles of each variable, one tuple per pattern.
        probabilities: Probability of each pattern in training.
        weights: Weight of each pattern in the loss.
        code_clean: Entry of the network's time vector for a clean variable, where roles are codes
            (see ``time_inputs``).
        code_absent: Entry for an absent variable.
        n_labels: Trailing variables that are indicators of labels: they only condition, and have no
            scale of their own.
    """

    name: str
    dims: tuple[int, ...]
    patterns: tuple[Pattern, ...]
    probabilities: tuple[float, ...]
    weights: tuple[float, ...]
    code_clean: float
    code_absent: float
    n_labels: int = 0

    def __post_init__(self) -> None:
        if abs(sum(self.probabilities) - 1.0) > 1e-9 or min(self.probabilities) < 0.0:
            raise ConfigError(f"family {self.name}: pattern probabilities must sum to one")
        if any(len(pattern) != len(self.dims) for pattern in self.patterns):
            raise ConfigError(f"family {self.name}: a pattern needs one role per variable")

    @property
    def dim(self) -> int:
        """Total dimension D of the concatenated variables."""
        return sum(self.dims)

    @property
    def dim_out(self) -> int:
        """Length of the leading part of the variables that any pattern diffuses."""
        last = max(v for p in self.patterns for v, role in enumerate(p) if role == D)
        return sum(self.dims[: last + 1])

    def index(self, pattern: Pattern) -> int:
        """Position of ``pattern`` in this family; ConfigError if it was not learned."""
        try:
            return self.patterns.index(pattern)
        except ValueError:
            raise ConfigError(f"family {self.name} did not learn the pattern {pattern}") from None

    def masks(self, role: Role, device: torch.device | str = "cpu") -> Tensor:
        """Float mask of shape (patterns, D): one where the coordinate has ``role``."""
        rows = [
            [float(r == role) for r, dim in zip(p, self.dims, strict=True) for _ in range(dim)]
            for p in self.patterns
        ]
        return torch.tensor(rows, device=device)

    @property
    def changing(self) -> bool:
        """Whether a variable is diffused in one pattern and not in another."""
        return any({D} < set(roles) for roles in zip(*self.patterns, strict=True))

    def indicated(self, role_inputs: RoleInputs) -> tuple[Role, ...]:
        """Roles that the network is told of by an indicator of each variable; see time_inputs."""
        if role_inputs == "code" or not self.changing:
            return ()
        return tuple(r for r in (C, A) if any(r in p for p in self.patterns))

    def time_inputs(
        self, role_inputs: RoleInputs, device: torch.device | str = "cpu"
    ) -> tuple[Tensor, Tensor]:
        r"""Slope and offset of the network's time vector, each (patterns, V (1 + roles)).

        The vector is ``slope * feature(t) + offset``. Its first V entries, one of each variable,
        are the time where the variable is diffused. Where it is clean or absent they are

        - ``code``: the family's constant of that role, as in the paper. A time whose feature is
          that constant looks the same. Of the log-SNR it is 0 where signal and noise are even, and
          there :math:`\hat\epsilon` of "both diffused" and of "one clean" would be one function;
        - ``apart``: 0, and V more entries of each role that occurs are 1 for the variables that
          have it, else 0. No two patterns have a vector in common, at whatever times.

        Where each variable is always diffused or never, as in MINDE-C, no constant can be taken for
        a time, and both are ``code``.
        """
        told = self.indicated(role_inputs)
        code = {D: 0.0, C: self.code_clean, A: self.code_absent}
        slope = [[float(r == D) for r in p] + [0.0] * len(told) * len(p) for p in self.patterns]
        offset = [
            [0.0 if told else code[r] for r in p] + [float(r == role) for role in told for r in p]
            for p in self.patterns
        ]
        return torch.tensor(slope, device=device), torch.tensor(offset, device=device)


def conditional(dim_x: int, dim_y: int, p_conditional: float = 0.5) -> Family:
    r"""MINDE-C: X diffused, Y clean with probability ``p_conditional``, else absent (Alg. 1)."""
    return Family(
        name="c",
        dims=(dim_x, dim_y),
        patterns=((D, A), (D, C)),
        probabilities=(1.0 - p_conditional, p_conditional),
        weights=(1.0, 1.0),
        code_clean=1.0,
        code_absent=0.0,
    )


def with_conditional_share(family: Family, p_conditional: float) -> Family:
    """MINDE-C with another probability of its conditional pattern; other families as they are."""
    if family.patterns != ((D, A), (D, C)):
        return family
    return replace(family, probabilities=(1.0 - p_conditional, p_conditional))


def joint(dim_x: int, dim_y: int, p_joint: float = 0.5) -> Family:
    """MINDE-J: both diffused with probability ``p_joint``, else one of them (Alg. 3).

    The paper's text and its Algorithm 3 disagree on whether d is the probability of the joint or
    of the conditional; ``p_joint`` is that of the joint. Conditionals have the loss weight
    1 + dim_clean / dim_diffused of the official code.
    """
    p_cond = 0.5 * (1.0 - p_joint)
    return Family(
        name="j",
        dims=(dim_x, dim_y),
        patterns=((D, D), (D, C), (C, D)),
        probabilities=(p_joint, p_cond, p_cond),
        weights=(1.0, 1.0 + dim_y / dim_x, 1.0 + dim_x / dim_y),
        code_clean=0.0,
        code_absent=-1.0,
    )


def masked(dims: Sequence[int], patterns: Sequence[Pattern]) -> Family:
    """A family over any number of variables that learns ``patterns`` with equal probability.

    Each pattern is weighted by D / dim_diffused, so that all terms count alike.
    """
    unique = tuple(dict.fromkeys(tuple(p) for p in patterns))
    total = sum(dims)
    weights = tuple(
        total / sum(d for d, role in zip(dims, p, strict=True) if role == D) for p in unique
    )
    return Family(
        name="m",
        dims=tuple(dims),
        patterns=unique,
        probabilities=(1.0 / len(unique),) * len(unique),
        weights=weights,
        code_clean=0.0,
        code_absent=-1.0,
    )
