r"""Information measures as combinations of score terms.

Each measure is written twice over the same patterns:

- as *entropies*: :math:`\sum_k c_k H(\text{diffused}_k \mid \text{clean}_k)`, read out by the
  distance to a Gaussian reference (Eq. 15, 18, 20) or by the denoising error;
- as *differences*: signed squared distances between composed scores (Eq. 19, 21).

The references and constants cancel when :math:`\sum_k c_k \dim_k = 0`.
"""

from __future__ import annotations

from dataclasses import dataclass

from minde.diffusion.roles import A, C, D, Pattern


@dataclass(frozen=True)
class Difference:
    """One term c ||[e_p for p in left] - [e_p for p in right]||^2.

    Each side is a tuple of patterns whose diffused coordinates are put side by side.
    """

    coefficient: float
    left: tuple[Pattern, ...]
    right: tuple[Pattern, ...]


@dataclass(frozen=True)
class Measure:
    """A measure in nats, as entropies and as differences over the same patterns."""

    name: str
    entropies: tuple[tuple[float, Pattern], ...]
    differences: tuple[Difference, ...]

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Every pattern the measure needs, without repeats."""
        sides = [p for d in self.differences for p in (*d.left, *d.right)]
        return tuple(dict.fromkeys([p for _, p in self.entropies] + sides))


def _given(present: bool) -> Pattern:
    return (D, C if present else A)


#: I(X; Y) = H(X) - H(X|Y), Eq. 18 and 19.
MI_CONDITIONAL = Measure(
    name="mutual_information",
    entropies=((1.0, _given(False)), (-1.0, _given(True))),
    differences=(Difference(1.0, (_given(False),), (_given(True),)),),
)

#: I(X; Y) = H(X, Y) - H(X|Y) - H(Y|X), Eq. 20 and 21.
MI_JOINT = Measure(
    name="mutual_information",
    entropies=((1.0, (D, D)), (-1.0, (D, C)), (-1.0, (C, D))),
    differences=(Difference(1.0, ((D, D),), ((D, C), (C, D))),),
)

MEASURES = {"c": MI_CONDITIONAL, "j": MI_JOINT}
