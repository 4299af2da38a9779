r"""A measure read on the same rows paired anew many times, all with the same noise.

Rows whose variables are paired anew, :math:`(x_i, y_{\pi(i)})`, are read by the networks that there
are: nothing is trained. The noise belongs to the place of a row and is the same in every pairing,
so that pairings differ by their pairs alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.points import Diffuser, Points, Quantiles, plain
from minde.diffusion.roles import Family
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.ensemble import Ensemble
from minde.options import ReadoutOptions
from minde.readout.measures import Measure
from minde.readout.readout import CHUNK, read_out
from minde.seeding import derive
from minde.training.prepared import stacked
from minde.types import Array, NoiseModel, Rows


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
        x: Tensor,
        streams: Sequence[torch.Generator],
        quantiles: Quantiles = plain,
    ) -> Points:
        """Points of rows (E, runs x rows, D)."""
        first, runs = super().draw(x[:, : self.rows], streams, quantiles), x.shape[1] // self.rows
        return self.points(x, first.noise.repeat(1, runs, 1), first.u.repeat(1, runs))


class Once:
    """A noise model that is asked once about runs of rows that are all alike.

    What is predicted where only the row in its place is shown is the same in every pairing.
    """

    def __init__(self, model: NoiseModel, rows: int) -> None:
        self.model, self.rows = model, rows

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        runs, first = values.shape[1] // self.rows, values[:, : self.rows]
        if runs > 1 and torch.equal(values, first.repeat(1, runs, 1)):
            return self.model(first, pattern, t[:, : self.rows]).repeat(1, runs, 1)
        return self.model(values, pattern, t)


def read_pairings(
    ensemble: Ensemble,
    orders: Sequence[Rows],
    rows_of: Callable[[Rows], Array],
    measure: Measure,
    n_draws: int,
    seed: int,
) -> Array:
    """A measure by the read-out ``gap`` under each of some pairings, (P,), nats.

    Arguments:
        ensemble: Trained on other rows; its members are averaged.
        orders: One per pairing, (m,).
        rows_of: The rows under an order, (N, D), with what is diffused in its place in all.
        measure: What to read.
        n_draws: Noisy points per row.
        seed: Of the noise; one for each network. Were the noise of x that of the y beside it, the
            observed pairing would be unlike all others.
    """
    options = ReadoutOptions(n_draws=n_draws, antithetic=True, sigma_refs=())
    model, members, n, found = ensemble.model(), len(ensemble.seeds), len(rows_of(orders[0])), []
    diffuser = SameNoise(ensemble.family, ensemble.schedule, ensemble.device, n)
    seeds = [derive(seed, member) for member in range(members)]
    step = max(1, CHUNK // members // n)
    for k in range(0, len(orders), step):
        rows = np.concatenate([rows_of(order) for order in orders[k : k + step]])
        data = stacked(ensemble.transforms, [rows] * members, ensemble.device)
        out = read_out(Once(model, n), data, diffuser, measure, seeds, options)
        values = out["gap"].pointwise.double().mean(dim=0)
        found.append(values.reshape(-1, n).mean(dim=1).cpu().numpy())
    return np.concatenate(found)
