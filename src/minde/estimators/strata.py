r"""Entropy and KL divergence of continuous columns beside discrete ones, level by level, in nats.

By the chain rule, with :math:`X_d` the discrete columns and :math:`X_c` the continuous ones,

.. math::
    H(X) = H(X_d) + \sum_l p_l\, H(X_c \mid X_d = l) , \qquad
    \mathrm{KL}[p \| q] = \mathrm{KL}[p_d \| q_d]
    + \sum_l p_l\, \mathrm{KL}[p_{c \mid l} \| q_{c \mid l}] .

The first is counted, the rest are differential and read among the rows of each level. A value that
many rows of a continuous column share (see ``minde.kinds``) is a level too, in which that column
holds one number and drops out. The entropy is that of densities over the levels' counting measure
and the columns' lengths: it moves by log s with the scale of a continuous column in the share of
rows where that varies.

The levels' estimates are of different rows, and their shares are drawn with the rows: with
:math:`v_l` the level's own part of the sum,

.. math::
    \operatorname{Var} = \tfrac1n \operatorname{Var}_l v_l
    + \sum_l p_l^2 \operatorname{Var} \hat h_l .
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from minde.columns import Variable
from minde.discrete.counts import cells
from minde.discrete.kl import NOTHING, Lacking
from minde.discrete.shannon import Shannon
from minde.errors import InputError
from minde.estimators.estimating import endless, nothing_read
from minde.estimators.spacings import LEAST_OF_ONE
from minde.kinds import Decision
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.influence import variance_of_mean
from minde.readout.student import kept_dof, satterthwaite, t_95
from minde.types import Array, Rows
from minde.weighing import effective_rows, mean_one, weighted_mean

#: Rows that a level takes of several continuous columns, which networks are for.
LEAST_OF_MORE = 200


@dataclass(frozen=True)
class Strata:
    """Rows by level.

    Attributes:
        codes: The discrete columns and the atoms of the others, (n, columns).
        level: Number of each row's level, (n,).
        values: Continuous columns, (n, D).
        names: Their names.
        alive: Of each level, which of them vary.
        weights: Of the rows, (n,), with the mean one, where they differ.
    """

    codes: Rows
    level: Rows
    values: Array
    names: tuple[str, ...]
    alive: tuple[tuple[int, ...], ...]
    weights: Array | None = None

    @classmethod
    def of(cls, x: Variable, decided: Mapping[str, Decision]) -> Strata | None:
        """Strata of a variable; none where it is wholly continuous or wholly discrete."""
        codes, values, names, atoms = [], [], [], []
        for column in x.columns:
            decision = decided[column.name]
            if decision.kind != "continuous":
                codes.append(np.unique(column.values, return_inverse=True)[1])
                continue
            number = column.values.astype(np.float64)
            values.append(number)
            names.append(column.name)
            atom = np.zeros(len(number), dtype=np.int64)
            for k, at in enumerate(decision.atoms):
                atom[number == at] = k + 1
            atoms.append(atom)
        codes += [atom for atom in atoms if atom.any()]
        if not codes or not values:
            return None
        both: Rows = np.stack(codes, axis=1).astype(np.int64)
        level = cells(both)
        first = np.unique(level, return_index=True)[1]
        alive = tuple(tuple(j for j, atom in enumerate(atoms) if atom[row] == 0) for row in first)
        return cls(both, level, np.stack(values, axis=1), tuple(names), alive, x.weights)

    def part(self, level: int, rows: slice = slice(None)) -> Array:
        """Continuous columns that vary in a level, at its rows among some."""
        here = self.level[rows] == level
        out: Array = self.values[rows][here][:, list(self.alive[level])]
        return out

    def weights_of(self, level: int, rows: slice = slice(None)) -> Array | None:
        """Weights of a level's rows among some, with the mean one."""
        if self.weights is None:
            return None
        return mean_one(self.weights[rows], self.level[rows] == level)

    def levels(self, name: str, *parts: slice) -> list[int]:
        """Levels with continuous columns that the first of some parts of the rows has.

        Raises:
            InputError: If such a level has too few rows in one of them.
        """
        found = []
        for level, alive in enumerate(self.alive):
            sizes = [int((self.level[rows] == level).sum()) for rows in parts]
            if not alive or not sizes[0]:
                continue
            least = LEAST_OF_ONE if len(alive) == 1 else LEAST_OF_MORE
            if min(sizes) < least:
                raise InputError(
                    f"{name}: a combination of levels has {min(sizes)} rows, and its "
                    f"{len(alive)} continuous columns take {least} or more; merge rare levels, or "
                    "leave such columns out"
                )
            found.append(level)
        return found


def put_together(
    table: Shannon,
    rows: tuple[Rows, Array | None],
    found: Mapping[int, MIEstimate],
    warnings: Sequence[str],
    lacking: Lacking = NOTHING,
) -> MIEstimate:
    """The counted part and the levels' estimates as one.

    Arguments:
        table: Counted, with a pointwise value per row.
        rows: The level of each, (n,), and their weights, where they differ.
        found: Estimates by level; 0 of a level without continuous columns.
        warnings: Sentences about the data.
        lacking: Of a divergence, what q has no rows of.
    """
    (level, weights), n = rows, len(rows[0])
    if math.isinf(table.value):
        return replace(endless(nothing_read(n, tuple(warnings)), lacking.least), kind="mixed")
    shares = {k: weighted_mean((level == k).astype(float), weights) for k in found}
    of_row, noise = np.zeros(n), 0.0
    for k, part in found.items():
        of_row[level == k] = part.value
        noise += (shares[k] * part.std_error) ** 2
    pointwise = table.pointwise + of_row
    # And what the count is uncertain by beyond the spread of its pointwise values.
    rows_alike = effective_rows(weights, n)
    drawn, of_table = (
        variance_of_mean(values, weights=weights) * (1.0 - 1.0 / rows_alike)
        for values in (pointwise, table.pointwise)
    )
    by_shares = drawn + max(table.std_error**2 - of_table, 0.0)
    pieces = [(by_shares, rows_alike - 1.0)]
    for k, part in found.items():
        dof = float(part.diagnostics["degrees_of_freedom"])
        pieces.append(((shares[k] * part.std_error) ** 2, dof))
    value = table.value + weighted_mean(of_row, weights)
    std_error = math.sqrt(by_shares + noise)
    dof = kept_dof(satterthwaite(pieces))
    reach = t_95(dof) * std_error
    open_above = lacking.more or any(math.isinf(part.interval[1]) for part in found.values())
    told = [w for part in found.values() for w in part.warnings]
    diagnostics = {
        "discrete_part": [table.value, table.std_error],
        "levels": {str(k): [shares[k], p.value, p.std_error] for k, p in found.items()},
        "degrees_of_freedom": dof,
    }
    return replace(
        nothing_read(n, tuple(dict.fromkeys([*warnings, *told])), weights),
        value=value,
        std_error=std_error,
        interval=(value - reach, math.inf if open_above else value + reach),
        per_seed=table.value + sum((shares[k] * p.per_seed for k, p in found.items()), np.zeros(1)),
        readouts={"chain rule": Summary(value, std_error)},
        diagnostics=diagnostics,
        pointwise=pointwise,
        kind="mixed",
    )
