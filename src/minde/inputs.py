"""Checks of the user's samples: one clear line for what cannot be used, a warning for the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minde.columns import Variable
from minde.errors import InputError
from minde.reading.pairing import read_samples
from minde.reading.variables import (
    is_constant,
    read_variable,
    read_variables,
    without_constants,
)
from minde.redundant import standard
from minde.types import Array

__all__ = [
    "as_matrix",
    "dependence_warnings",
    "read_samples",
    "read_variable",
    "read_variables",
]


def as_matrix(variable: Variable, name: str) -> Array:
    """A variable that was read as (rows, columns) of floats.

    Arguments:
        variable: What :func:`minde.reading.variables.read_variable` gives.
        name: What to call it in an error.

    Raises:
        InputError: On labels, or a constant column.
    """
    labels = [column for column in variable.columns if column.origin == "label"]
    if labels:
        raise InputError(
            f"{name}: column '{labels[0].name}' holds text, such as {labels[0].values[0]!r}; turn "
            "it into numbers or leave it out (mutual information of two variables takes labels)"
        )
    without_constants(name, [c for c in variable.columns if is_constant(c.values)])
    return np.stack([column.values for column in variable.columns], axis=1)


def dependence_warnings(
    samples: Sequence[Array], names: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """Sentences about columns for which mutual information may be infinite or ill-defined.

    Arguments:
        samples: Variables, each (rows, columns).
        names: Of the columns of each; of one whose columns have none, its own.
    """
    found = []
    joint = np.concatenate(samples, axis=1)
    labels = [label for n, s in zip(names, samples, strict=True) for label in _labels(n, s)]
    distinct = np.array([len(np.unique(column)) for column in joint.T])
    common = np.array([np.unique(column, return_counts=True)[1].max() for column in joint.T])
    for k in np.flatnonzero(common > 0.95 * len(joint))[:3]:
        share = 100.0 * common[k] / len(joint)
        found.append(f"{labels[k]} is nearly constant: {share:.1f}% of its values are the same")
    discrete = [labels[k] for k in np.flatnonzero(distinct < 0.5 * len(joint))]
    if discrete:
        found.append(
            f"columns with many ties ({', '.join(discrete[:5])}) are read as discrete; atoms "
            "closer than about 0.01 standard deviations are not told apart"
        )
    ranks = np.argsort(np.argsort(joint, axis=0), axis=0).astype(float)
    continuous = np.flatnonzero(distinct >= 0.5 * len(joint))
    if len(continuous) > 1:
        same = np.abs(np.corrcoef(ranks[:, continuous].T)) > 1.0 - 1e-6
        for a, b in np.argwhere(np.triu(same, 1))[:3]:
            pair = f"{labels[continuous[a]]} and {labels[continuous[b]]}"
            found.append(f"{pair} determine one another: mutual information may be infinite")
        columns = standard(joint[:, continuous])
        smallest = np.linalg.svd(columns, compute_uv=False)[-1] / np.sqrt(len(columns))
        # Of fewer rows than columns this is always so and says nothing.
        told = len(columns) > columns.shape[1]
        if told and smallest < 1e-5 and not same[np.triu_indices(len(same), 1)].any():
            found.append("some columns are linearly dependent: mutual information may be infinite")
    return tuple(found)


def _labels(names: Sequence[str], values: Array) -> list[str]:
    if isinstance(names, str):
        return [f"{names}[{k}]" for k in range(values.shape[1])]
    return [*names]
