r"""What is given with what it tells of the others' means, as further columns of it.

Of any functions f of Z

.. math::
    I(X; Y \mid Z) = I(X; Y \mid Z, f(Z)) ,

but networks of few rows need not find out :math:`\mathbb{E}[X_i \mid Z]`, and what they do not find
out reads as if X and Y shared it (see ``minde.estimators.confounding``). So Z is given with the
means that ``minde.estimators.kernel_means`` tells of the columns of X and Y, in normal scores all,
where it tells more than a line does. The mean of a row is told by the rows that train where it
tests, so that no row tells of itself.

References:
    Chernozhukov et al., Double/debiased machine learning for treatment and structural parameters,
    The Econometrics Journal 21, 2018 (means given Z from rows of other folds).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from minde.coding import Side
from minde.estimators.estimating import at_value
from minde.estimators.kernel_means import Mean, told_means
from minde.estimators.layout import Block
from minde.estimators.neighbours import Neighbourly, columns_of
from minde.estimators.quantity import CONDITIONAL
from minde.estimators.settings import Settings
from minde.estimators.sides import Sides
from minde.readout.estimate import MIEstimate

#: Rows there are at least and at most, columns of Z at most, and of X and Y.
LEAST_ROWS, MOST_ROWS, MOST_GIVEN, MOST_MEANS = 200, 20_000, 20, 16
#: Levels of a label, with an indicator each.
MOST_LEVELS = 10
#: Correlation that is taken for one at most, and error of a row's mean beside the variance.
MOST_ALIKE, MOST_OFF = 0.99, 1.0
#: How many times that they may be more than is expected.
MORE_OFF = 2.0


@dataclass(frozen=True)
class GivenMeans:
    """The means of the columns of two variables given a third, where one is more than a line.

    Attributes:
        of_x: Of the first of the two, by column.
        of_y: Of the second.
        order: Numbers of the two, and of the one that is given.
    """

    of_x: tuple[Mean, ...]
    of_y: tuple[Mean, ...]
    order: tuple[int, ...] = (0, 1, 2)

    @classmethod
    def told(cls, sides: Sides, settings: Settings) -> GivenMeans | None:
        """What one of three variables tells of the others; None where it is but lines.

        Of a conditional information it is what is given, of an interaction information, in which
        all count alike, the one that tells most beyond lines.

        Arguments:
            sides: The variables. Nothing is told of those of other quantities, of what has weights
                or comes in an order, or by a variable that has atoms or no column with values.
            settings: With the folds.
        """
        alike = sides.quantity.signed and len(sides.sides) == 3 and sides.continuous
        if not (alike or sides.quantity == CONDITIONAL) or not sides.layouts:
            return None
        rows = len(sides)
        if settings.folds < 2 or settings.gap or sides.sides[0].weights is not None:
            return None
        if not LEAST_ROWS <= rows <= MOST_ROWS:
            return None
        columns = [
            [_column(c) for c in own]
            for own in columns_of(sides.sides, sides.codings, np.arange(rows))
        ]
        orders = [(0, 1, 2), (0, 2, 1), (1, 2, 0)] if alike else [(0, 1, 2)]
        folds, found = settings.folds_of(rows), []
        for order in orders:
            *free, known = (columns[k] for k in order)
            of_x, of_y = ([c for c in of if c.shape[1] == 1] for of in free)
            side, given = sides.sides[order[2]], torch.cat(known, dim=1)
            whole, targets = side.dim > 0 and bool(side.alive.all()), [*of_x, *of_y]
            if not whole or given.shape[1] > MOST_GIVEN or not 0 < len(targets) <= MOST_MEANS:
                continue
            means = told_means(torch.cat(targets, dim=1), given, folds)
            if any(mean.bends for mean in means):
                found.append(cls(tuple(means[: len(of_x)]), tuple(means[len(of_x) :]), order))
        return max(found, key=lambda one: one.gain, default=None)

    @property
    def gain(self) -> float:
        """Nats that the means tell beyond lines."""
        return sum(mean.gain for mean in (*self.of_x, *self.of_y))

    def beside(self, sides: Sides) -> Sides:
        """The variables, what is given with the means that are more than lines wherever it is."""
        own = self.order[2]
        given = sides.sides[own]
        more = torch.stack([m.told for m in (*self.of_x, *self.of_y) if m.bends], dim=1)
        fills = tuple(map(float, more.median(dim=0).values))
        columns = tuple(range(given.dim, given.dim + len(fills)))

        def wider(block: Block) -> Block:
            if block.variables != (own,):
                return block
            return Block((own,), (*block.columns, *columns), (*block.fills, *fills))

        wide = replace(given, values=np.concatenate([given.values, more.numpy()], axis=1))
        layouts = {
            name: replace(layout, values=tuple(map(wider, layout.values)))
            for name, layout in sides.layouts.items()
        }
        shown = tuple(wide if k == own else side for k, side in enumerate(sides.sides))
        return replace(sides, sides=shown, layouts=layouts)

    def left(self, sides: Sides) -> Sides:
        """The variables of a conditional information, those that have values without their means.

        What they tell of one another given the third is the same. Others stay as they are.
        """
        if sides.quantity != CONDITIONAL:
            return sides
        parts = []
        for side, means in zip(sides.sides, (self.of_x, self.of_y), strict=False):
            if len(means) == side.dim and not side.sizes:
                side = replace(side, values=torch.stack([m.left for m in means], dim=1).numpy())
            parts.append(side)
        return replace(sides, sides=(*parts, sides.sides[2]))

    def missed(self, times: float = 1.0) -> float:
        r"""By how much the information is read too low for what the means are off by, nats.

        Of two columns that have a correlation r beside their means, what these leave has, with
        errors of :math:`s_x` and :math:`s_y` beside the variances, alike as much as the means are,

        .. math::
            \rho = \frac{r + c \sqrt{s_x s_y}}{\sqrt{(1 + s_x)(1 + s_y)}} ,

        which is solved for r; the rest is :math:`-\tfrac12 \log(1 - \rho^2)` of both. Each column
        of the variable with fewer counts once, with the other's of which most is missed.

        Arguments:
            times: How many times the errors are what is expected.
        """
        return self._over_columns(lambda a, b: _missed(a, b, times))

    def shared(self, times: float = 1.0) -> float:
        r"""What the means' errors alone read as, were there nothing beside them, nats.

        .. math::
            -\tfrac12 \Big\langle \log\Big(1 - \frac{c^2 s_x s_y}{(1 + s_x)(1 + s_y)} \Big)
            \Big\rangle

        over the rows, so that what the means miss in some places counts there.

        Arguments:
            times: How many times the errors are what is expected.
        """
        return self._over_columns(lambda a, b: _shared(a, b, times))

    def _over_columns(self, of: Callable[[Mean, Mean], float]) -> float:
        if not self.of_x or not self.of_y:
            return 0.0
        pairs = np.array([[of(a, b) for b in self.of_y] for a in self.of_x])
        pairs = pairs if len(self.of_x) <= len(self.of_y) else pairs.T
        most = np.abs(pairs).argmax(axis=1)
        return float(pairs[np.arange(len(pairs)), most].sum())

    def corrected(self, found: MIEstimate, sides: Sides) -> MIEstimate:
        """The estimate with what is missed; the interval holds that without it, and with more.

        Arguments:
            found: Of the variables with the means beside what is given.
            sides: The variables, for what is possible.
        """
        missed, (low, high), top = self.missed(), found.interval, sides.most[0]
        ends = 0.0, missed, self.missed(MORE_OFF), -self.shared(MORE_OFF)
        told = {"given_means": missed}
        if sides.quantity.signed:  # of which the conditional information is taken off
            whole = low - max(ends), high - min(ends)
            return at_value(found, found.value - missed, found.std_error, whole, told)
        value = min(max(found.value + missed, min(found.value, 0.0)), max(found.value, top))
        low = max(0.0, low + min(ends)) if low > 0.0 else low
        high = max(high, min(high + max(ends), top))
        return at_value(found, value, found.std_error, (low, high), told)


def without_means(sides: Sides, settings: Settings) -> tuple[Side, ...]:
    """The variables of a conditional information, X and Y without what Z tells of their means.

    Of those of another, and where the means are lines, as they are.
    """
    means = GivenMeans.told(sides, settings)
    return means.left(sides).sides if means else sides.sides


def _column(column: Neighbourly) -> Tensor:
    """Normal scores, (n, 1), an indicator of each level, or of clusters both.

    None of too many levels, or with atoms.
    """
    none = torch.empty(len(column), 0, dtype=torch.float64)
    scores = none if column.scores is None else column.scores[:, None]
    if column.codes is None:
        return scores
    levels = int(column.codes.max()) + 1
    if bool(scores.isnan().any()) or not 1 < levels <= MOST_LEVELS:
        return none
    return torch.cat([scores, one_hot(column.codes).double()], dim=1)


def _alike(a: Tensor, b: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([a, b]))[0, 1])


def _shared(a: Mean, b: Mean, times: float) -> float:
    """What errors of the means read as where two columns share nothing beside them."""
    s, t = (times * m.off.clamp(max=MOST_OFF) for m in (a, b))
    square = _alike(a.told, b.told) ** 2 * s * t / ((1.0 + s) * (1.0 + t))
    return float(-0.5 * torch.log1p(-square).mean())


def _missed(a: Mean, b: Mean, times: float) -> float:
    """By how much the information of two columns is read too low."""
    rho, alike = _alike(a.left, b.left), _alike(a.told, b.told)
    s, t = (times * float(m.off.clamp(max=MOST_OFF).mean()) for m in (a, b))
    beside = rho * math.sqrt((1.0 + s) * (1.0 + t)) - alike * math.sqrt(s * t)
    less, more = (-0.5 * math.log1p(-(min(abs(r), MOST_ALIKE) ** 2)) for r in (rho, beside))
    return more - less
