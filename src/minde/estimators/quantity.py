r"""Information quantities of several variables as signed entropies of groups of them.

A quantity is :math:`Q = \sum_S a_S H(V_S)` over groups S of variables. Each variable has a
continuous and a discrete part, :math:`V_i = (c_i, d_i)`, either of which may be empty. With the
variables in an order the chain rule gives

.. math::
    H(V_S) = H(d_S) + \sum_{i \in S} h(c_i \mid c_j : j \in S, j < i;\; d_S) ,

so that Q is what labels tell alone, :math:`\sum_S a_S H(d_S)`, which is counted, and of each
continuous part

.. math::
    \sum_{S \ni i} a_S\, h(c_i \mid c_j : j \in S, j < i;\; d_S) .

The coefficients :math:`a_S` of the groups that hold i sum to zero, so this is a sum of differences
of the scores of one network, which diffuses :math:`c_i`. Every order gives Q; what is read differs
by chance, and is averaged. What labels alone tell of it, :math:`\sum_{S \ni i} a_S\, h(c_i \mid
d_S)`, is in every order the same.

References:
    Cover, Thomas, Elements of Information Theory, 2006, section 2.5 (the chain rules). Rosas et
    al., Physical Review E 100, 032305, 2019 (O-information).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")

#: A group of variables by their numbers.
Group = frozenset[int]
#: What a network is given: variables whose values it sees, and whose labels.
Given = tuple[Group, Group]


@dataclass(frozen=True)
class Quantity:
    """A quantity in nats.

    Attributes:
        name: Its name.
        variables: What its variables are called.
        entropies: Coefficients and groups.
        orders: Orders of the variables that may be averaged, each with another variable last.
        networks: Name of each variable's network; an order's direction is called as the network of
            the variable that is last, which is given all others.
        signed: Whether it may be below zero.
        given: Variables that are given throughout.
    """

    name: str
    variables: tuple[str, ...]
    entropies: tuple[tuple[float, Group], ...]
    orders: tuple[tuple[int, ...], ...]
    networks: tuple[str, ...]
    signed: bool = False
    given: Group = frozenset()

    @property
    def free(self) -> tuple[int, ...]:
        """Variables that are not given."""
        return tuple(k for k in range(len(self.variables)) if k not in self.given)

    def direction(self, order: Sequence[int]) -> str:
        """Name of the direction of an order."""
        return self.networks[order[-1]]

    def terms(self, own: int, order: Sequence[int]) -> dict[Given, float]:
        """Coefficients of a variable's continuous part, by what it is given."""
        before = frozenset(order[: order.index(own)])
        pairs = [((group & before, group), a) for a, group in self.entropies if own in group]
        return _summed(pairs)

    def columns(self, own: int, labelled: Collection[int]) -> dict[Group, float]:
        """Coefficients of a variable's continuous part given labels alone, by whose.

        Arguments:
            own: The variable.
            labelled: Variables that have labels.
        """
        some = frozenset(labelled)
        return _summed([(group & some, a) for a, group in self.entropies if own in group])

    def labels(self, labelled: Collection[int]) -> dict[Group, float]:
        """Coefficients of the entropies of labels alone, of groups of variables that have some."""
        some = frozenset(labelled)
        found = _summed([(group & some, a) for a, group in self.entropies])
        return {group: a for group, a in found.items() if group}


def _summed(pairs: Sequence[tuple[Key, float]]) -> dict[Key, float]:
    out: dict[Key, float] = {}
    for key, a in pairs:
        out[key] = out.get(key, 0.0) + a
    return {key: a for key, a in out.items() if a}


def _groups(*entropies: tuple[float, Collection[int]]) -> tuple[tuple[float, Group], ...]:
    return tuple((a, frozenset(group)) for a, group in entropies)


#: I(X; Y) = H(X) + H(Y) - H(X, Y).
MUTUAL = Quantity(
    "mutual_information",
    ("x", "y"),
    _groups((1.0, (0,)), (1.0, (1,)), (-1.0, (0, 1))),
    ((1, 0), (0, 1)),
    ("x|y", "y|x"),
)

#: I(X; Y | Z) = H(X, Z) + H(Y, Z) - H(X, Y, Z) - H(Z).
CONDITIONAL = Quantity(
    "conditional_mutual_information",
    ("x", "y", "z"),
    _groups((1.0, (0, 2)), (1.0, (1, 2)), (-1.0, (0, 1, 2)), (-1.0, (2,))),
    ((2, 1, 0), (2, 0, 1)),
    ("x|y", "y|x", "z|x,y"),
    given=frozenset({2}),
)


def o_information_of(names: Sequence[str], name: str = "o_information") -> Quantity:
    r"""O-information :math:`(n - 2) H(V) + \sum_i [H(V_i) - H(V_{-i})]` of named variables.

    Of three variables it is the interaction information.
    """
    n = len(names)
    every = frozenset(range(n))
    single = [(1.0, {i}) for i in range(n)]
    others = [(-1.0, every - {i}) for i in range(n)]
    return Quantity(
        name,
        tuple(names),
        _groups(*single, *others, (n - 2.0, every)),
        tuple((*sorted(every - {i}), i) for i in range(n)),
        tuple(f"{own}|others" for own in names),
        signed=True,
    )
