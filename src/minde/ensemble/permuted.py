r"""A measure read on the same rows paired anew many times, all with the same noise.

Rows whose variables are paired anew, :math:`(x_i, y_{\pi(i)})`, are read by the networks that there
are: nothing is trained. The noise belongs to the place of a row and is the same in every pairing,
so that pairings differ by their pairs alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from minde.diffusion.points import Diffuser, Points, Quantiles, plain
from minde.diffusion.roles import Family
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.ensemble import Ensemble
from minde.options import ReadoutOptions
from minde.readout.measures import Measure
from minde.readout.readout import read_out
from minde.training.prepared import stacked
from minde.types import Array, Rows

#: Rows of all pairings that are read at once; bounds the memory.
AT_ONCE = 1 << 17


class SameNoise(Diffuser):
    """Gives every run of so many rows the times and the noise of the first.

    Arguments:
        family: The patterns.
        schedule: The diffusion.
        device: Of the rows.
        rows: Length of a run.
    """

    def __init__(
        self, family: Family, schedule: VPSchedule, device: torch.device, rows: int
    ) -> None:
        super().__init__(family, schedule, device)
        self.rows = rows

    def draw(
        self,
        x: torch.Tensor,
        streams: Sequence[torch.Generator],
        quantiles: Quantiles = plain,
    ) -> Points:
        """Points of rows (E, runs x rows, D)."""
        first, runs = super().draw(x[:, : self.rows], streams, quantiles), x.shape[1] // self.rows
        return self.points(x, first.noise.repeat(1, runs, 1), first.u.repeat(1, runs))


def read_pairings(
    ensemble: Ensemble,
    orders: Sequence[Rows],
    rows_of: Callable[[Rows], Array],
    measure: Measure,
    n_draws: int,
) -> Array:
    """A measure by the read-out ``gap`` under each of some pairings, (P,), nats.

    Arguments:
        ensemble: Trained on other rows; its members are averaged.
        orders: One per pairing, (m,).
        rows_of: The rows under an order, (N, D), with what is diffused in its place in all.
        measure: What to read.
        n_draws: Noisy points per row.
    """
    options = ReadoutOptions(n_draws=n_draws, antithetic=True, sigma_refs=())
    model, step, found = ensemble.model(), max(1, AT_ONCE // len(orders[0])), []
    for k in range(0, len(orders), step):
        pairings = [rows_of(order) for order in orders[k : k + step]]
        shape = len(pairings), len(pairings[0])
        diffuser = SameNoise(ensemble.family, ensemble.schedule, ensemble.device, shape[1])
        rows = [np.concatenate(pairings)] * len(ensemble.seeds)
        data = stacked(ensemble.transforms, rows, ensemble.device)
        out = read_out(model, data, diffuser, measure, ensemble.seeds, options)
        values = out["gap"].pointwise.double().mean(dim=0)
        found.append(values.reshape(shape).mean(dim=1).cpu().numpy())
    return np.concatenate(found)
