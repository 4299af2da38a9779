r"""Signed entropies of one diffused variable as differences of scores that nest.

The mean squared difference of the scores given less and given more is the information that the more
adds only where it holds the less. So :math:`\sum_p a_p\, h(\cdot \mid p)`, with coefficients that
sum to zero, is written with pairs of nested patterns of opposite signs, in which what is noise in
the networks cancels, and what is left over against the least that all are given.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from minde.diffusion.roles import A, C, Pattern, Role
from minde.readout.measures import Difference, Measure


def measure_from(name: str, entropies: Mapping[Pattern, float]) -> Measure | None:
    """The measure of entropies with their coefficients; none where all are zero."""
    kept = {p: entropies[p] for p in by_size(entropies) if entropies[p]}
    if not kept:
        return None
    return Measure(name, tuple((a, p) for p, a in kept.items()), _differences(kept))


def _differences(entropies: Mapping[Pattern, float]) -> tuple[Difference, ...]:
    left, out = dict(entropies), []
    for less in left:
        for more in left:
            if less != more and _within(less, more) and left[less] * left[more] < 0.0:
                size = min(abs(left[less]), abs(left[more]))
                a = size if left[less] > 0.0 else -size
                out.append(Difference(a, (less,), (more,)))
                left[less] -= a
                left[more] += a
    least = tuple(map(_least, zip(*left, strict=True)))
    out += [Difference(-a, (least,), (p,)) for p, a in left.items() if a and p != least]
    return tuple(out)


def by_size(patterns: Collection[Pattern]) -> list[Pattern]:
    """Patterns in the order of how many variables are clean."""
    return sorted(patterns, key=lambda p: (p.count(C), p))


def _least(roles: tuple[Role, ...]) -> Role:
    """Of a variable, what all patterns have in common."""
    return roles[0] if len(set(roles)) == 1 else A


def _within(less: Pattern, more: Pattern) -> bool:
    """Whether all that is clean in ``less`` is so in ``more``."""
    return all(b == C for a, b in zip(less, more, strict=True) if a == C)
