"""Checks of the user's samples: one clear line for what cannot be used, a warning for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minde.errors import InputError
from minde.types import Array


def as_samples(values: Any, name: str, categorical: bool = False) -> Array:
    """Turn ``values`` into (rows, columns) of finite floats.

    Arguments:
        values: Array, data frame or list; one dimension counts as one column.
        name: What to call it in an error.
        categorical: Replace the (single) column by one indicator column a category.

    Raises:
        InputError: On object or text values, NaN or infinity, fewer than two rows, no column, or
            a constant column.
    """
    # A torch tensor may be on a GPU and have a gradient.
    array = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or 0 in array.shape:
        raise InputError(f"{name}: need rows and columns, got shape {np.shape(values)}")
    if len(array) < 2:
        raise InputError(f"{name}: one row is not a sample; give many")
    if categorical:
        return _one_hot(array, name)
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"{name}: values of type {array.dtype} are not numbers; convert them, or pass y as "
            "categorical"
        )
    out = array.astype(np.float64)
    bad = ~np.isfinite(out)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise InputError(
            f"{name}: {int(bad.sum())} values are NaN or infinite, the first in row {row}, column "
            f"{column}; drop or fill them"
        )
    constant = np.flatnonzero(out.min(axis=0) == out.max(axis=0))
    if len(constant):
        raise InputError(
            f"{name}: column {constant[0]} is constant; remove it (it carries nothing)"
        )
    return out


def _one_hot(array: Any, name: str) -> Array:
    if array.shape[1] != 1:
        raise InputError(f"{name}: a categorical variable has one column, got {array.shape[1]}")
    categories, codes = np.unique(array[:, 0].astype(str), return_inverse=True)
    if len(categories) < 2:
        raise InputError(f"{name}: column 0 is constant; remove it (it carries nothing)")
    if len(categories) > max(50, len(array) // 20):
        raise InputError(f"{name}: {len(categories)} categories in {len(array)} rows are too many")
    # Two categories need one indicator; a second would be its mirror image.
    keep = slice(1, None) if len(categories) == 2 else slice(None)
    return np.eye(len(categories))[codes][:, keep]


def label_entropy(indicators: Array) -> float:
    """Entropy of labels from their indicator columns, nats; no information on them is larger."""
    shares = indicators.mean(axis=0)
    if indicators.shape[1] == 1:
        shares = np.append(shares, 1.0 - shares)
    return float(-(shares * np.log(shares)).sum())


def check_lengths(samples: Sequence[Array], names: Sequence[str]) -> None:
    """Raise InputError unless all samples have the same number of rows."""
    for sample, name in zip(samples[1:], names[1:], strict=True):
        if len(sample) != len(samples[0]):
            raise InputError(
                f"{names[0]} has {len(samples[0])} rows and {name} has {len(sample)}; "
                "rows must pair"
            )


def dependence_warnings(samples: Sequence[Array], names: Sequence[str]) -> tuple[str, ...]:
    """Sentences about columns for which mutual information may be infinite or ill-defined."""
    found = []
    joint = np.concatenate(samples, axis=1)
    labels = [f"{n}[{k}]" for n, s in zip(names, samples, strict=True) for k in range(s.shape[1])]
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
        standard = joint[:, continuous]
        standard = (standard - standard.mean(0)) / standard.std(0)
        smallest = np.linalg.svd(standard, compute_uv=False)[-1] / np.sqrt(len(standard))
        # Of fewer rows than columns this is always so and says nothing.
        told = len(standard) > standard.shape[1]
        if told and smallest < 1e-5 and not same[np.triu_indices(len(same), 1)].any():
            found.append("some columns are linearly dependent: mutual information may be infinite")
    return tuple(found)
