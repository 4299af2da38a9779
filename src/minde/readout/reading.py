"""What an ensemble reads, and how much of it so few rows may hide."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from minde.readout.missing import MOST_COLUMNS, learned, mean_missing
from minde.readout.names import COMPLETED
from minde.readout.readout import Readout
from minde.readout.spread import shifted

#: Share of a value that networks of one column a side may have missed, at so many rows.
MISSED_SHARE, MISSED_AT = 0.1, 1000
#: Nats of denoising loss gained on a Gaussian below which a variable by itself is as it has it.
LEAST_GAINED = 0.02


@dataclass(frozen=True)
class Reading:
    """The read-outs of an ensemble.

    Attributes:
        final: By name.
        halfway: After half of the training, or none.
        learned: Share of the value that is not that of a Gaussian, which needs no learning.
        columns: That the networks see.
        gained: Nats of denoising loss that a Gaussian has more.
        gained_alone: What of that is of the diffused variable by itself, nothing given.
    """

    final: dict[str, Readout]
    halfway: dict[str, Readout] = field(default_factory=dict)
    learned: float = 1.0
    columns: int = 2
    gained: float = math.inf
    gained_alone: float = math.inf

    def completed(self, rows: int) -> Reading:
        """With a read-out beside the scaled one that holds what is missing on average.

        Arguments:
            rows: That the networks were trained on. Of networks without experts, which tell what
                was learned, of very many columns and of nothing learned there is none.
        """
        if not math.isfinite(self.gained) or self.columns > MOST_COLUMNS:
            return self
        scaled = self.final["scaled"]
        nats = learned(float(scaled.value.mean()), self.learned, self.gained)
        by = mean_missing(nats, self.columns, rows)
        whole = replace(shifted(scaled, by, len(scaled.pointwise)), added=by)
        return replace(self, final={**self.final, COMPLETED: whole})

    def missed(self, value: float, rows: float) -> float:
        r"""What so few rows may hardly show of a value :math:`\hat I`, nats.

        .. math::
            \min\left(g, \; l \hat I \min\left(1, \frac{1}{10} \frac D2
            \sqrt{\frac{1000}{n}}\right)\right) ,

        a tenth at 1,000 rows of two columns, by the development tasks of
        ``benchmarks/small_samples.py``, of the share l that had to be learned: what a Gaussian
        shows is known. A function of D columns has that many more ways to turn.

        Of networks that predict what a Gaussian does the weights in a blend, and so l, are chance:
        0.2 was read of normal rows. So it is no more than the g nats of denoising loss that the
        blend gains on the Gaussian: as much again as was learned.
        """
        return self._share(value, rows, self.columns)

    def too_much(self, value: float, rows: float) -> float:
        """How far a value that is no less than zero may be too high for the same reason, nats.

        What rows that are held out show is there, however many columns could hide more: where each
        variable by itself is as a Gaussian has it, it is as of two columns.
        """
        return self._share(value, rows, 2 if self.plain else self.columns)

    @property
    def plain(self) -> bool:
        """Whether what is diffused is, by itself, as a Gaussian has it."""
        return self.gained_alone < LEAST_GAINED

    def _share(self, value: float, rows: float, columns: int) -> float:
        share = MISSED_SHARE * 0.5 * columns * np.sqrt(MISSED_AT / rows)
        return min(self.gained, abs(value) * self.learned * min(1.0, float(share)))
