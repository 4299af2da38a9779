r"""Information measures as combinations of score terms.

Each measure is written twice over the same patterns:

- as *entropies*: :math:`\sum_k c_k H(\text{diffused}_k \mid \text{clean}_k)`, read out by the
  distance to a Gaussian reference (Eq. 15, 18, 20) or by the denoising error;
- as *differences*: signed squared distances between composed scores (Eq. 19, 21).

The references and constants cancel when :math:`\sum_k c_k \dim_k = 0`.
"""

from __future__ import annotations

from dataclasses import dataclass

from minde.diffusion.roles import A, C, D, Pattern, Role
from minde.errors import ConfigError


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


#: I(X; Y) = H(X) - H(X|Y), Eq. 18 and 19.
MI_CONDITIONAL = Measure(
    name="mutual_information",
    entropies=((1.0, (D, A)), (-1.0, (D, C))),
    differences=(Difference(1.0, ((D, A),), ((D, C),)),),
)

#: I(X; Y) = H(X, Y) - H(X|Y) - H(Y|X), Eq. 20 and 21.
MI_JOINT = Measure(
    name="mutual_information",
    entropies=((1.0, (D, D)), (-1.0, (D, C)), (-1.0, (C, D))),
    differences=(Difference(1.0, ((D, D),), ((D, C), (C, D))),),
)

MEASURES = {"c": MI_CONDITIONAL, "j": MI_JOINT}

#: The relative term of an entropy, -KL to the reference, up to the reference's own terms.
ENTROPY = Measure("entropy", ((1.0, (D,)),), ())

#: KL[p || q] under samples of p: pattern (D, C) is p's score, (D, A) is q's.
KL = Measure(
    "kl_divergence",
    ((1.0, (D, A)), (-1.0, (D, C))),
    (Difference(1.0, ((D, A),), ((D, C),)),),
)

#: An entropy up to its Gaussian reference's own terms: -KL[p || reference], laid out as ``KL``.
TO_REFERENCE = Measure(
    "entropy",
    ((-1.0, (D, A)), (1.0, (D, C))),
    (Difference(-1.0, ((D, A),), ((D, C),)),),
)

#: I(X; Y | Z) = H(X|Z) - H(X|Y, Z).
CONDITIONAL_MI = Measure(
    name="conditional_mutual_information",
    entropies=((1.0, (D, A, C)), (-1.0, (D, C, C))),
    differences=(Difference(1.0, ((D, A, C),), ((D, C, C),)),),
)

#: I(X; Y; Z) = I(X; Y) - I(X; Y | Z), Eq. 30 (the signs of the paper's Eq. 31 are wrong).
INTERACTION = Measure(
    name="interaction_information",
    entropies=((1.0, (D, A, A)), (-1.0, (D, C, A)), (-1.0, (D, A, C)), (1.0, (D, C, C))),
    differences=(
        Difference(1.0, ((D, A, A),), ((D, C, A),)),
        Difference(-1.0, ((D, A, C),), ((D, C, C),)),
    ),
)


def o_information_measure(n_variables: int) -> Measure:
    r"""O-information of n variables: total correlation minus dual total correlation.

    .. math::
        \Omega = \sum_i H(X_i) - 2 H(X) + \sum_i H(X_i \mid X_{-i}).

    The total correlation is a difference of the joint and the marginal scores, the dual one of the
    joint and the conditional scores, as in Eq. 21, which is the case n = 2.

    References:
        Rosas et al., Quantifying high-order interdependencies via multivariate extensions of the
        mutual information, Physical Review E 100, 032305, 2019.
    """
    whole: Pattern = (D,) * n_variables
    marginals = tuple(_one(k, n_variables, A) for k in range(n_variables))
    conditionals = tuple(_one(k, n_variables, C) for k in range(n_variables))
    return Measure(
        name="o_information",
        entropies=(
            (-2.0, whole),
            *((1.0, p) for p in marginals),
            *((1.0, p) for p in conditionals),
        ),
        differences=(
            Difference(1.0, (whole,), marginals),
            Difference(-1.0, (whole,), conditionals),
        ),
    )


def _one(k: int, n: int, others: Role) -> Pattern:
    return tuple(D if i == k else others for i in range(n))


def measure_of(family: str, n_variables: int) -> Measure:
    """What a family measures: mutual information, or of more variables their O-information.

    Arguments:
        family: ``c``, where one variable is diffused at a time and the others are clean or absent
            (three variables at most), or ``j``, from the joint score.
        n_variables: Two or more.

    Raises:
        ConfigError: On family ``c`` with more than three variables.
    """
    if n_variables == 2:
        return MEASURES[family]
    if family == "j":
        return o_information_measure(n_variables)
    if n_variables > 3:
        raise ConfigError(f"family c takes three variables at most, got {n_variables}")
    return INTERACTION
