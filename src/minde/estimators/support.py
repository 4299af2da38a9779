r"""Whether q has rows where p has, and what follows for a divergence if it has not.

A row of p that lies farther from q than every row of q from all others lies where, as far as the
rows tell, q has nothing. With a share s of p's rows there, and at 95% a mass of q of no more than
:math:`u = 3 / m` after m rows of q without one, the data processing inequality leaves

.. math::
    \mathrm{KL}[p \| q] \ge s \log\frac su + (1 - s) \log\frac{1 - s}{1 - u} .
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from minde.preprocessing.transforms import RankCopula
from minde.readout.estimate import MIEstimate
from minde.types import Array

#: Rows of q, and of either that are looked at; a share of p's rows of which something is said.
AMONG, QUERIES, ENOUGH = 20_000, 2000, 0.01
#: Upper 95% bound of the mean of a count that was zero.
ZERO_95 = 3.0


def beyond(p: Array, q: Array) -> tuple[float, float]:
    """Share of p's rows that lie where q has none, and the nats that the divergence then has.

    Distances are those of the normal scores of p and q (rows, D) together.
    """
    scores = RankCopula.fit(np.concatenate([p, q]))
    a, b = (torch.from_numpy(scores(_some(rows, AMONG))) for rows in (p, q))
    asked, queries = (_some(t.numpy(), QUERIES) for t in (a, b))
    own = _nearest(torch.from_numpy(queries), b, itself=True)
    share = float((_nearest(torch.from_numpy(asked), b) > own.max()).double().mean())
    mass = min(ZERO_95 / len(queries), 1.0)
    if share <= mass:
        return share, 0.0
    rest = 0.0 if share == 1.0 else (1.0 - share) * math.log((1.0 - share) / (1.0 - mass))
    return share, share * math.log(share / mass) + rest


def with_support(found: MIEstimate, p: Array, q: Array) -> MIEstimate:
    """The estimate, with what is to be said where q has no rows.

    What is above the interval but sure by the rows alone replaces the value, and the interval has
    no upper end.
    """
    share, least = beyond(p, q)
    if share <= ENOUGH:
        return found
    sentence = (
        f"{100.0 * share:.3g}% of the rows of p lie where q has none: the divergence may be infinite"
    )
    if least <= found.interval[1]:
        return replace(found, warnings=(*found.warnings, sentence))
    bound = f"{sentence}, and these rows alone make it {least:.2f} nats or more, a lower bound"
    low = max(found.interval[0], 0.0)
    return replace(
        found,
        value=max(found.value, least),
        interval=(low, math.inf),
        warnings=(*found.warnings, bound),
    )


def _some(rows: Array, most: int) -> Array:
    out: Array = rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(int)]
    return out


def _nearest(queries: torch.Tensor, among: torch.Tensor, itself: bool = False) -> torch.Tensor:
    """Distance of each query to its nearest among rows, but for itself where it is one of them."""
    parts = []
    for part in torch.split(queries, 256):
        distance = torch.cdist(part, among)
        if itself:
            distance = distance.kthvalue(2, dim=1).values
        else:
            distance = distance.min(dim=1).values
        parts.append(distance)
    return torch.cat(parts)
