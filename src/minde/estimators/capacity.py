r"""Capacity of a channel with labels as its input, from samples, in nats.

.. math::
    C = \max_r I_r(X; Y) = \max_r \sum_x r_x D_x(r), \qquad
    D_x(r) = \mathbb{E}\left[ \log \frac{p(Y \mid x)}{\sum_{x'} r_{x'} p(Y \mid x')} \right] ,

and at the maximum :math:`D_x = C` for every input that is used, :math:`D_x \le C` for the others.
Each :math:`D_x` is a mean over the rows of x, at densities that other rows fitted
(``minde.estimators.label_densities``), so the samples may hold the inputs in any shares. The steps
of Blahut and Arimoto, :math:`r_x \leftarrow r_x e^{D_x} / \sum`, lead to the maximum.

The interval counts

- the rows: with :math:`d_i` the logarithm at row i of input x, the influence
  :math:`\psi_i = r_x (d_i - D_x) / n_x`, as the capacity does not move with r in first order
  (of the value with the step below, twice that less that of the halves);
- the densities: what is read is low by their divergence from the truth. Densities of half of the
  rows read less by about that much again, for parameters cost one over the rows; the step is added,
  with a standard error of twice its size, for laws that are no mixtures lose more slowly;
- second order: (K - 1) / 2n for the choice of K shares, and for errors that n rows may not show.

References:
    Blahut, Computation of channel capacity and rate-distortion functions, IEEE Transactions on
    Information Theory 18, 1972. Arimoto, An algorithm for computing the capacity of arbitrary
    discrete memoryless channels, ibid. (the steps, and the conditions above).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from minde.coding import Side
from minde.columns import Variable
from minde.discrete.counts import cells
from minde.discrete.shannon import bounded
from minde.errors import InputError
from minde.estimators.coding import Coding, occupied
from minde.estimators.counting import refuse_identifiers
from minde.estimators.estimating import UNBOUNDED, nothing_read
from minde.estimators.label_densities import Split, log_densities
from minde.inputs import read_variables
from minde.kinds import Kind, asked_kinds
from minde.reading.copies import without_copies
from minde.readout.estimate import MIEstimate, Summary
from minde.readout.student import t_95
from minde.seeding import derive
from minde.types import Array, Rows

#: Name of the read-out, and of that at the rows' own shares of inputs.
CAPACITY, AS_SAMPLED = "capacity", "as sampled"
#: Folds; steps of Blahut and Arimoto at most, and nats between their bounds at which they end.
FOLDS, MAX_STEPS, APART = 5, 5000, 1e-5
#: Standard error of what densities still miss, in steps from half of the rows to all.
SLOWER = 2.0
#: Rows of an input, of which a third has to fit its density.
FEWEST = 40
#: Rows per cell of a discrete output, below which ordered columns are read as continuous.
ROWS_OF_CELL = 20


def channel_capacity(
    x: Any,
    y: Any,
    *,
    kinds: Mapping[str, Kind] | None = None,
    random_state: int = 0,
) -> MIEstimate:
    r"""Capacity :math:`\max_r I_r(X; Y)` of the channel from labels x to y, from samples, in nats.

    Nothing is trained by gradients: densities of y given each input are mixtures of Gaussians and
    shares of rows, read on rows that did not fit them. The estimate's ``diagnostics["inputs"]`` are
    the inputs' shares r at the maximum, by label, and its read-out ``as sampled`` is the mutual
    information at the shares of the rows.

    Arguments:
        x: (rows,) or (rows, columns) of labels or discrete numbers; several columns together are
            one input. Inputs may be sampled in any shares.
        y: (rows,) or (rows, columns) of any kinds.
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of ``x`` or
            ``y``; the rest is inferred.
        random_state: Seed of the folds.

    Returns:
        The estimate, at least 0 and at most the logarithm of the number of inputs (and of a
        discrete y that of its cells).

    Raises:
        InputError: If x is continuous, has one label, or a label of too few rows.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(1)
        >>> x = rng.integers(0, 2, size=2000)
        >>> y = np.where(rng.random(2000) < 0.1, 1 - x, x)
        >>> found = minde.channel_capacity(x, y)
        >>> bool(found.interval[0] < 0.3681 < found.interval[1])  # log 2 - H(0.1)
        True

    References:
        Blahut, 1972; Arimoto, 1972.
    """
    read, told = read_variables({"x": x, "y": y}, option="", fewest=2)
    (x_read, y_read), copies = without_copies([*read.values()])
    asked = asked_kinds([x_read, y_read], kinds)
    names, labels = _inputs(x_read, Coding.fit(x_read, asked))
    side, notes = _output(y_read, Coding.fit(y_read, asked), random_state)
    split = Split.of(labels, FOLDS, derive(random_state, "capacity"))
    channel, less = (Channel(log_densities(side, labels, s), labels) for s in (split, split.half()))
    whole, half = channel.optimum(), less.optimum()
    n, count = len(labels), len(names)
    step = whole.value - half.value
    value, second = whole.value + step, (count - 1) / (2.0 * n)
    rows = float(((2.0 * whole.influence - half.influence) ** 2).sum())
    error = float(np.sqrt(rows + (SLOWER * step) ** 2 + second**2))
    most = float(np.log(count if side.dim else min(count, occupied(side.codes))))
    reach = t_95(float(np.bincount(labels).min() - 1))
    kept = bounded(value, error, most, quantile=reach)
    return replace(
        nothing_read(n, (*told, *copies, *notes)),
        value=kept.value,
        std_error=error,
        interval=kept.interval,
        per_seed=np.array([kept.value]),
        readouts={CAPACITY: Summary(kept.value, error), AS_SAMPLED: channel.sampled()},
        pointwise=whole.at,
        diagnostics={
            "inputs": dict(zip(names, whole.shares.tolist(), strict=True)),
            "most": most,
            "half_of_the_rows": half.value,
            UNBOUNDED: value,
        },
    )


class Channel:
    """What rows tell of their inputs.

    Arguments:
        log: Log densities given each input, (n, K), up to a number per row.
        labels: Input of each row, (n,).
    """

    def __init__(self, log: Array, labels: Rows) -> None:
        top = log.max(axis=1)
        self.weights: Array = np.exp(log - top[:, None])
        self.own: Array = log[np.arange(len(labels)), labels] - top
        self.labels, self.count = labels, np.bincount(labels)

    def divergences(self, shares: Array) -> tuple[Array, Array]:
        """Logarithm at each row, (n,), and its mean over the rows of each input, (K,)."""
        at: Array = self.own - np.log(np.maximum(self.weights @ shares, 1e-300))
        return at, np.bincount(self.labels, at) / self.count

    def sampled(self) -> Summary:
        """Mutual information at the shares that the rows have."""
        at, _ = self.divergences(self.count / len(self.labels))
        return Summary(float(at.mean()), float(at.std(ddof=1) / np.sqrt(len(at))))

    def optimum(self) -> Optimum:
        """The maximum, by the steps of Blahut and Arimoto from even shares."""
        labels, count = self.labels, self.count
        shares = np.full(len(count), 1.0 / len(count))
        for _ in range(MAX_STEPS):
            at, means = self.divergences(shares)
            value = float(shares @ means)
            if float(means.max()) - value < APART:
                break
            shares = shares * np.exp(means - means.max())
            shares /= shares.sum()
        unbiased = shares / np.sqrt(count * (count - 1.0))
        return Optimum(value, shares, at, unbiased[labels] * (at - means[labels]))


@dataclass(frozen=True)
class Optimum:
    """The maximum over the inputs' shares.

    Attributes:
        value: Nats.
        shares: Of the inputs, (K,).
        at: Logarithm at each row, (n,).
        influence: Of each row on the value, (n,), nats; their squares sum to its variance.
    """

    value: float
    shares: Array
    at: Array
    influence: Array


def _inputs(variable: Variable, coding: Coding) -> tuple[list[str], Rows]:
    """Names of the labels, and each row's.

    Raises:
        InputError: If they are no labels, or one has too few rows.
    """
    if not coding.discrete:
        raise InputError(
            "capacity: x must hold labels or discrete numbers, and "
            f"{variable.name} has continuous columns; cut them into levels, or say kinds="
        )
    labels = cells(coding.levels(variable))
    count, first = np.bincount(labels), np.unique(labels, return_index=True)[1]
    names = [", ".join(_name(c.values[k]) for c in variable.columns) for k in first]
    if count.min() < FEWEST:
        raise InputError(
            f"capacity: input {names[int(count.argmin())]} of x has {count.min()} rows; an input "
            f"takes {FEWEST}: give more, merge it with another, or leave its rows out"
        )
    return names, labels


def _name(level: Any) -> str:
    """A label, or a number as people write it."""
    return f"{level:g}" if isinstance(level, float) else str(level)


def _output(variable: Variable, coding: Coding, random_state: int) -> tuple[Side, tuple[str, ...]]:
    """The output coded; ordered columns of many levels are read as continuous."""
    notes: tuple[str, ...] = coding.notes
    seed = derive(random_state, "spread")
    side = coding.encode(variable, seed)
    refuse_identifiers(side, coding)
    if occupied(side.codes) * ROWS_OF_CELL > len(side) and coding.spread() != coding:
        side = coding.spread().encode(variable, seed)
        notes = (
            *notes,
            f"{variable.name} has many levels for {len(side)} rows: its ordered columns are spread "
            "evenly between their levels and read as continuous",
        )
    return side, notes
