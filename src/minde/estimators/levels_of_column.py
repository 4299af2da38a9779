r"""What labels tell of one continuous column, from spacings, in nats; nothing is trained.

With the entropies of ``minde.estimators.spacings`` of the column and of its rows at each level,

.. math:: I(X; Y) = h(Y) - \sum_l p_l\, h(Y \mid X = l) .

The influence of a row is its pointwise information :math:`\log p(y \mid l) / p(y)` by the densities
of wide windows, and the chance of the spacings adds that of both entropies. Edges and tails cost
nothing, as for the entropy of a column; networks are for what columns share.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from minde.coding import Side
from minde.discrete.counts import cells
from minde.estimators.estimating import nothing_read
from minde.estimators.spacings import as_density, marginal_entropies, surprise_at
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.student import t_95
from minde.types import Array

#: Name of the read-out.
SPACINGS = "spacings"


def information_of_levels(labels: Side, column: Side, warnings: tuple[str, ...]) -> MIEstimate:
    """Mutual information of labels and a column, on all rows; not yet within what is possible.

    Arguments:
        labels: Discrete columns alone, of each level ``LEAST_OF_ONE`` rows or more.
        column: One continuous column; ties are spread between its neighbouring values.
        warnings: Sentences about the data.
    """
    n, level = len(column), cells(labels.codes)
    values = as_density(column.values, ["column"])[0]
    whole, near, variance = marginal_entropies(values), np.zeros(n), 0.0
    for k in np.unique(level):
        here = level == k
        part = marginal_entropies(values[here])
        near[here] = part.pointwise
        variance += part.variance * float(here.mean()) ** 2
    pointwise = whole.pointwise - near
    rows = float(_known(labels, column, labels, column).var(ddof=1)) / n
    return _read(pointwise, math.sqrt(rows + whole.variance + variance), warnings)


def information_of_new_rows(
    fitted: tuple[Side, Side], new: tuple[Side, Side], warnings: tuple[str, ...]
) -> MIEstimate:
    """The same on new rows, by the densities of the fit.

    Arguments:
        fitted: Labels and column of the fit.
        new: Of the rows to read; a combination of labels that the fit lacked tells nothing.
        warnings: Sentences about the data.
    """
    found = information_of_levels(*fitted, warnings)
    known, asked = _known(*fitted, *fitted), _known(*fitted, *new)
    pointwise = asked + (found.value - known.mean())
    sampling = float(pointwise.var()) / len(pointwise)
    return _read(pointwise, math.hypot(found.std_error, math.sqrt(sampling)), warnings)


def _known(labels: Side, column: Side, new_labels: Side, new_column: Side) -> Array:
    """Pointwise information of new rows by the fit's densities of wide windows, (rows,)."""
    n, level = len(column), cells(np.concatenate([labels.codes, new_labels.codes]))
    values = as_density(column.values, ["column"])[0][:, 0]
    asked = new_column.values[:, 0]
    whole = surprise_at(values, asked)
    out: Array = np.zeros(len(asked))
    for k in np.unique(level[:n]):
        here = level[n:] == k
        out[here] = whole[here] - surprise_at(values[level[:n] == k], asked[here])
    return out


def _read(pointwise: Array, std_error: float, warnings: tuple[str, ...]) -> MIEstimate:
    n, value = len(pointwise), float(pointwise.mean())
    dof = max(n - 1.0, 1.0)
    reach = t_95(dof) * std_error
    return replace(
        nothing_read(n, warnings),
        value=value,
        std_error=std_error,
        interval=(value - reach, value + reach),
        per_seed=np.array([value]),
        readouts={SPACINGS: Summary(value, std_error)},
        pointwise=pointwise,
        diagnostics={"degrees_of_freedom": dof},
    )
