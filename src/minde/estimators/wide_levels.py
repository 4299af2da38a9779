"""Ordered columns of more levels than two samples have rows for, read as continuous.

A divergence does not change where values are spread evenly over the gap of their level, the same in
both samples: nothing is lost, and levels near one another tell of each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from minde.columns import Variable
from minde.discrete.counts import cells
from minde.estimators.columns_given_labels import ROWS_OF_CELL
from minde.estimators.levels import decided_kinds, level_codes, pooled_variable
from minde.estimators.neighbours import MANY_LEVELS
from minde.estimators.ties import spread_ties
from minde.kinds import Kind
from minde.seeding import derive


def with_wide_levels_spread(
    p: Variable, q: Variable, kinds: Mapping[str, Kind] | None
) -> tuple[Variable, Variable, tuple[str, ...]]:
    """Both samples with such columns spread, and a sentence on these.

    They are where q lacks a combination of levels that p has, or where other columns are continuous
    and levels have few rows each.

    Arguments:
        p: Read with q, so that their columns agree.
        q: The other sample.
        kinds: What was asked for; a column that was asked to be discrete stays so.
    """
    pooled = pooled_variable(p, q)
    decided = decided_kinds(pooled, kinds)
    discrete = [k for k, c in enumerate(pooled.columns) if decided[c.name].kind != "continuous"]
    if not discrete:
        return p, q, ()
    codes = level_codes(replace(pooled, columns=tuple(pooled.columns[k] for k in discrete)))
    found = [(k, decided[pooled.columns[k].name]) for k in discrete]
    wide = [
        k
        for (k, decision), last in zip(found, codes.max(axis=0), strict=True)
        if decision.inferred and decision.kind == "discrete" and last >= MANY_LEVELS - 1
    ]
    if not wide:
        return p, q, ()
    cell = cells(codes)
    lacking = bool(np.setdiff1d(cell[: len(p)], cell[len(p) :]).size)
    few = len(discrete) < len(pooled.columns) and len(cell) < ROWS_OF_CELL * (cell.max() + 1)
    if not lacking and not few:
        return p, q, ()
    rng = np.random.default_rng(derive(0, "levels"))
    columns = [[*p.columns], [*q.columns]]
    for k in wide:
        values = pooled.columns[k].values.astype(np.float64)
        spread = spread_ties(values, pooled.columns[k].name, rng)[0]
        for own, part in zip(columns, (spread[: len(p)], spread[len(p) :]), strict=True):
            own[k] = replace(own[k], values=part, origin="float")
    names = ", ".join(pooled.columns[k].name for k in wide)
    told = (
        f"{names}: many levels for the rows of p and q, spread evenly between their neighbours and "
        "read as continuous"
    )
    first, second = (replace(v, columns=tuple(own)) for v, own in zip((p, q), columns, strict=True))
    return first, second, (told,)
