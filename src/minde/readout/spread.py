r"""How far an estimate of several members and directions is off by chance.

With members over seeds s and folds f, and directions d, the estimate is the mean of the values
:math:`V_{dsf}` and its error has two parts,

.. math::
    \operatorname{Var} = \sum_i \bar\psi_i^2 + \frac{\hat\sigma^2}{D S F} , \qquad
    \bar\psi_i = \frac{1}{D S F} \sum_{dsf} \psi_{dsf, i} .

- *Rows.* A row that several seeds or both directions read, or that tests in one fold and trains in
  others, is one draw: its influences are averaged before they are squared. Seeds on the same rows
  do not make this part smaller, except for what is noise of the read-out itself.
- *Seeds.* Networks of other seeds differ by more than their read-outs' noise tells:

  .. math::
      \hat\sigma^2 = \operatorname{mean}_{df} \Big[ \operatorname{var}_s V_{dsf} -
      \sum_i \operatorname{var}_s \psi_{dsf, i} \Big] ,

  at least zero, of DF(S - 1) degrees of freedom; the second term is what rows and noise, counted
  already, make them differ. Of one seed folds tell it, whose networks are of other seeds and rows:
  the same with folds in the place of seeds, of the mean over directions and of F - 1 degrees. One
  seed on one split tells nothing of it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from minde.readout.influence import Influence, variance_of
from minde.readout.readout import Readout
from minde.readout.student import satterthwaite
from minde.types import Array, Rows

#: Row numbers that test and that train, per fold.
Places = Sequence[tuple[Rows, Rows]]


@dataclass(frozen=True)
class Spread:
    """Variance of an estimate by source, and its degrees of freedom.

    Attributes:
        rows: Variance by the rows and the read-out's noise, nats^2.
        rows_dof: Degrees of freedom of ``rows``.
        seeds: Variance by the networks' seeds, nats^2.
        seeds_dof: Degrees of freedom of ``seeds``; zero with one seed.
        train: What of ``rows`` comes from rows that train alone, nats^2.
    """

    rows: float
    rows_dof: float
    seeds: float
    seeds_dof: float
    train: float

    @property
    def std_error(self) -> float:
        """Of both sources, nats."""
        return float(np.sqrt(self.rows + self.seeds))

    def dof(self, known: float = 0.0) -> float:
        """Degrees of freedom of both together with a variance that is no estimate."""
        parts = [(self.rows, self.rows_dof), (self.seeds, self.seeds_dof), (known, np.inf)]
        return satterthwaite(parts)


def spread(
    directions: Sequence[Readout], n_seeds: int, places: Places = (), gap: int = 0
) -> Spread:
    """Spread of the mean over members and directions.

    Arguments:
        directions: The same read-out by each direction, members over seeds and within a seed over
            folds.
        n_seeds: Seeds among the members.
        places: Which rows test and train in each fold; all different where not given.
        gap: Rows over which rows in time order depend; 0 for rows in no order.
    """
    influences = [_of_rows(readout, n_seeds, places) for readout in directions]
    mean = torch.stack([influence for influence, _ in influences]).mean(dim=0)
    tested = influences[0][1]
    in_order = mean[tested] if gap and not mean[~tested].any() else mean
    rows, rows_dof = variance_of(in_order, gap, directions[0].weights is not None)
    seeds, dof = _of_seeds(directions, n_seeds, rows if gap else None)
    return Spread(
        rows,
        rows_dof,
        seeds,
        float(dof),
        float(mean[~tested].square().sum()),
    )


def _of_seeds(
    directions: Sequence[Readout], n_seeds: int, long_run: float | None
) -> tuple[float, int]:
    """Variance of the mean by the networks' seeds, and its degrees of freedom.

    Of rows in time order, whose own variance is given, blocks far apart are as good as independent.
    """
    members = len(directions[0].pointwise)
    if n_seeds == 1 and members > 1:
        values = torch.stack([r.pointwise.double().cpu().mean(dim=1) for r in directions]).mean(0)
        if long_run is not None:
            return max(0.0, float(values.var()) / members - long_run), members - 1
        # Of rows that train a direction may know nothing.
        total = functools.reduce(Influence.__add__, [r.chance for r in directions])
        chance = total.variance.cpu() / len(directions) ** 2
        return max(0.0, float(values.var() - chance.mean())) / members, members - 1
    excess = torch.stack([_excess(readout, n_seeds) for readout in directions])
    dof = excess.numel() * (n_seeds - 1)
    return max(0.0, float(excess.mean())) / (len(directions) * members) if dof else 0.0, dof


def difference(a: Readout, b: Readout) -> Readout:
    """What two read-outs of the same points differ by; the integrand is that of ``a``."""
    pointwise = a.pointwise.double() - b.pointwise.double()
    return replace(a, pointwise=pointwise, influence=a.chance - b.chance)


def shifted(readout: Readout, offset: float | Array, n_seeds: int) -> Readout:
    """A read-out with known terms added, one number or one per test row, folds side by side."""
    members, n = readout.pointwise.shape
    terms = torch.from_numpy(np.broadcast_to(offset, (members // n_seeds * n,)).astype(np.float64))
    tiled = terms.view(-1, n).repeat(n_seeds, 1).to(readout.pointwise.device)
    if readout.weights is not None:
        tiled = readout.weights * tiled
    known = replace(readout, pointwise=tiled, influence=None)
    pointwise = readout.pointwise.double() + tiled
    influence = None if readout.influence is None else readout.chance + known.chance
    return replace(readout, pointwise=pointwise, influence=influence)


def _of_rows(readout: Readout, n_seeds: int, places: Places) -> tuple[torch.Tensor, torch.Tensor]:
    """Influence of each row on the mean over members, (rows,), and whether the row tests."""
    test, train = (part.mean(dim=0) for part in _by_seed(readout, n_seeds))
    folds = len(test)
    if not places:
        total = torch.cat([test.reshape(-1), train.reshape(-1)]) / folds
        return total, torch.arange(len(total)) < test.numel()
    rows = 1 + max(int(numbers.max()) for pair in places for numbers in pair)
    total, tests = test.new_zeros(rows), torch.zeros(rows, dtype=torch.bool)
    for f, (tested, trained) in enumerate(places):
        total.index_add_(0, torch.from_numpy(tested), test[f])
        tests[torch.from_numpy(tested)] = True
        if train.shape[1]:
            total.index_add_(0, torch.from_numpy(trained), train[f])
    return total / folds, tests


def _excess(readout: Readout, n_seeds: int) -> torch.Tensor:
    """Variance between seeds beyond that of rows and noise, of each fold, (F,)."""
    values = readout.pointwise.double().cpu().mean(dim=1).view(n_seeds, -1)
    if n_seeds == 1:
        return torch.zeros_like(values[0])
    chance = torch.zeros_like(values[0])
    for part in _by_seed(readout, n_seeds):
        chance += (part - part.mean(dim=0)).square().sum(dim=(0, 2)) / (n_seeds - 1)
    return values.var(dim=0) - chance


def _by_seed(readout: Readout, n_seeds: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Influences of test and training rows, (S, F, rows)."""
    folds, chance = len(readout.pointwise) // n_seeds, readout.chance
    test, train = (
        part.cpu().view(n_seeds, folds, part.shape[1]) for part in (chance.test, chance.train)
    )
    return test, train
