r"""Local values: what each row adds to an estimate.

Mutual information is the mean over rows of

.. math::
    i(x, y) = \log \frac{p(x, y)}{p(x)\, p(y)} ,

and an entropy that of :math:`-\log p(x)`, a divergence that of :math:`\log p(x) / q(x)`. A row of
negative information is *misinformative*: x makes this y less likely than it is without x. Such rows
are part of every noisy relation.

Of networks a row's value is noisy, since few diffusion times are drawn for each, and of spacings,
since few rows are next to each; the mean over many rows is not. Of two Gaussian columns of
correlation 0.8, 1,000 rows, the noise has the standard deviation 0.66 nats with ten draws, the
default, and 0.24 with ``options={"n_draws": 100}``, where the values themselves have 0.80.

References:
    Fano, Transmission of Information, 1961 (local information). Tukey, Exploratory Data Analysis,
    1977 (values far out).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from minde.errors import InputError
from minde.readout.estimate import MIEstimate
from minde.readout.units import INFORMATION
from minde.types import Array

if TYPE_CHECKING:
    import pandas as pd

#: Interquartile ranges beyond the quartiles from which a value is an outlier.
FAR_OUT = 3.0


@dataclass(frozen=True)
class LocalValues:
    """An estimate row by row.

    Attributes:
        estimate: In the unit of the values.
        index: See :func:`local_values`.
    """

    estimate: MIEstimate
    index: Any = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """The estimate's."""
        return self.estimate.warnings

    def to_records(self) -> list[dict[str, Any]]:
        """A row per row: row, value, flag, unit."""
        values = local_values(self.estimate, self.index).assign(unit=self.estimate.unit)
        return [{str(k): v for k, v in r.items()} for r in values.reset_index().to_dict("records")]


def local_values(estimate: MIEstimate, index: Any = None, sort: bool = False) -> pd.DataFrame:
    """What each row adds to an estimate, as a data frame, in the estimate's unit.

    The column ``value`` has the mean ``estimate.value``; where that was moved to what is possible
    the mean is the value before, ``diagnostics["before_bounds"]``. The column ``flag`` is
    ``high outlier`` or ``low outlier`` for values farther than three interquartile ranges from the
    quartiles, else ``misinformative`` for information below zero, else empty. Where rows have
    weights these are in the column ``weight``, and means are by them.

    Arguments:
        estimate: Of any quantity; of a divergence the rows are those of p.
        index: The table of the samples, or a label per row of it; by default rows are numbered
            from 0.
        sort: Those that are farthest from the median first; by default in the order of the rows.

    Returns:
        A row for each that was read: with folds all (but for a remainder of less than one per
        fold), on one split those that test.

    Raises:
        InputError: If the value is infinite, or ``index`` has too few rows.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> x = np.arange(400) % 2
        >>> y = np.where(np.arange(400) < 20, 1 - x, x)
        >>> found = minde.local_values(minde.MINDE().fit(x, y).mutual_information())
        >>> found["flag"].value_counts().to_dict()
        {'': 380, 'misinformative': 20}
    """
    import pandas as pd

    if not np.isfinite(estimate.pointwise).all() or not np.isfinite(estimate.value):
        raise InputError("local_values: the value is infinite; no row has a share in it")
    labels = estimate.rows if index is None else _labels(index, estimate)
    columns = {"value": estimate.pointwise, "flag": _flags(estimate)}
    columns |= {} if estimate.weights is None else {"weight": estimate.weights}
    frame = pd.DataFrame(columns, index=pd.Index(labels, name="row"))
    if sort:
        far = np.abs(estimate.pointwise - np.median(estimate.pointwise))
        return frame.iloc[np.argsort(-far, kind="stable")]
    return frame.iloc[np.argsort(estimate.rows, kind="stable")]


def _labels(index: Any, estimate: MIEstimate) -> Any:
    known = np.asarray(index.index if hasattr(index, "iloc") else index)
    least = int(estimate.rows.max()) + 1
    if len(known) < least:
        raise InputError(
            f"local_values: index has {len(known)} rows and the samples had {least} or more; give "
            "the table that was fitted"
        )
    return known[estimate.rows]


def _flags(estimate: MIEstimate) -> Any:
    values: Array = estimate.pointwise
    low, high = np.quantile(values, [0.25, 0.75])
    reach = FAR_OUT * (high - low)
    below = (values < 0.0) & (estimate.quantity in INFORMATION)
    # Where half of the values are the same there is no scale to be far by.
    outliers = [(values < low - reach) & (reach > 0.0), (values > high + reach) & (reach > 0.0)]
    names = ["low outlier", "high outlier", "misinformative"]
    return np.select([*outliers, below], names, default="")
