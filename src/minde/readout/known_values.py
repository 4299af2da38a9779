"""Pointwise values of a measure under laws whose densities are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from minde.diffusion.gaussian import log_normals
from minde.diffusion.mixture import Mixture
from minde.diffusion.products import Products
from minde.diffusion.roles import C, D
from minde.readout.measures import Measure

#: An entropy: its sign, its diffused columns and its clean ones.
Term = tuple[float, tuple[int, ...], tuple[int, ...]]
#: Rows whose densities under a mixture are made at a time.
ROWS = 10_000


def entropy_terms(measure: Measure, dims: Sequence[int]) -> tuple[Term, ...]:
    """The entropies of a measure as columns; none where the Gaussian references do not cancel."""
    owner = [v for v, dim in enumerate(dims) for _ in range(dim)]
    terms = []
    for sign, pattern in measure.entropies:
        diffused = tuple(k for k, v in enumerate(owner) if pattern[v] == D)
        clean = tuple(k for k, v in enumerate(owner) if pattern[v] == C)
        terms.append((sign, diffused, clean))
    balanced = abs(sum(sign * len(diffused) for sign, diffused, _ in terms)) < 1e-9
    return tuple(terms) if balanced else ()


def gaussian_value(data: Tensor, mean: Tensor, covariance: Tensor, terms: Sequence[Term]) -> Tensor:
    """Pointwise value of a measure under a Gaussian per member, (E, N), nats."""

    def log_density(columns: tuple[int, ...]) -> Tensor:
        k = torch.tensor(columns, dtype=torch.long, device=data.device)
        return log_normals(data[..., k] - mean[:, None, k], covariance[:, k[:, None], k])

    return _value(data, terms, log_density)


def mixture_value(data: Tensor, mixture: Mixture, terms: Sequence[Term]) -> Tensor:
    """Pointwise value of a measure under a mixture per member, (E, N), nats; of few columns."""

    def of_part(part: Tensor) -> Tensor:
        def log_density(columns: tuple[int, ...]) -> Tensor:
            table = Products(part[..., list(columns)])
            return table.log_density(mixture.of_columns(columns))

        return _value(part, terms, log_density)

    return torch.cat([of_part(part) for part in torch.split(data, ROWS, dim=1)], dim=1)


def _value(
    data: Tensor, terms: Sequence[Term], log_density: Callable[[tuple[int, ...]], Tensor]
) -> Tensor:
    """Sum of ``-sign log p(diffused | clean)`` over the terms, (E, N)."""
    none = data.new_zeros(data.shape[:2])

    def log_of(columns: tuple[int, ...]) -> Tensor:
        return log_density(columns) if columns else none

    total = none
    for sign, diffused, clean in terms:
        both = tuple(sorted(diffused + clean))
        total = total - sign * (log_of(both) - log_of(clean))
    return total
