"""Score models that were not trained here, as noise models of a read-out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from minde.diffusion.levels import Levels
from minde.diffusion.predictions import KINDS, noise_from_prediction
from minde.errors import InputError, nearest


@dataclass(frozen=True)
class Model:
    """A network, and what it predicts.

    Arguments:
        call: Called with noisy rows x_t (B, ...), times t (B,), and what else its place asks for;
            returns a tensor shaped like x_t. A torch module is called on its own device and in its
            own precision, without gradients.
        predicts: ``score``, ``epsilon``, ``v_prediction`` or ``sample`` (see
            ``minde.diffusion.predictions``).

    Raises:
        InputError: On another kind, or on what cannot be called.
    """

    call: Callable[..., Any]
    predicts: str = "score"

    def __post_init__(self) -> None:
        if self.predicts not in KINDS:
            raise InputError(
                f"scores: a model predicts {', '.join(KINDS)}, not '{self.predicts}'"
                f"{nearest(self.predicts, [*KINDS])}"
            )
        if not callable(self.call):
            raise InputError(
                f"scores: a model is a function of x_t and t, got {type(self.call).__name__}"
            )

    @classmethod
    def of(cls, model: Any) -> Model:
        """The model itself; of a function that of scores."""
        return model if isinstance(model, Model) else cls(model)

    def __call__(self, parts: Sequence[Tensor], t: Tensor, given: Sequence[Any]) -> list[Tensor]:
        """Predictions of noisy parts, one each."""
        own = [*self.call.parameters()] if isinstance(self.call, torch.nn.Module) else []
        shown = [p.to(own[0]) for p in parts] if own else [*parts]
        out = self.call(*shown, t.to(shown[0].device), *given)
        return [out] if len(parts) == 1 else list(out)


@dataclass(frozen=True)
class Variable:
    """Rows of one variable.

    Attributes:
        name: For messages.
        rows: (n, ...), floating.
    """

    name: str
    rows: Tensor

    @property
    def flat(self) -> Tensor:
        """(n, columns), double."""
        return self.rows.flatten(1).double()

    def shaped(self, flat: Tensor) -> Tensor:
        """Points (B, columns) as the models know them."""
        return flat.view(len(flat), *self.rows.shape[1:]).to(self.rows.dtype)


#: Rows that are too few.
FEWEST = 10


@dataclass(frozen=True)
class Asked:
    """One pattern's model: what it is called, what it denoises, and what it is given.

    Attributes:
        name: For messages.
        model: The model.
        diffused: Places of the diffused variables among the columns, in the model's order.
        given: Place of a clean variable, whose column holds row numbers, and its rows; or none.
    """

    name: str
    model: Model
    diffused: Sequence[tuple[slice, Variable]]
    given: tuple[slice, Any] | None = None


class GivenNoise:
    """The noise model of one given model per pattern; of one member.

    Arguments:
        asked: By pattern.
        levels: The noise levels.
    """

    def __init__(self, asked: Sequence[Asked], levels: Levels) -> None:
        self.asked, self.levels = asked, levels
        self.dim_out = max(at.stop for each in asked for at, _ in each.diffused)

    def __call__(self, values: Tensor, pattern: int, t: Tensor) -> Tensor:
        """See :class:`minde.types.NoiseModel`."""
        asked, points, times = self.asked[pattern], values[0], t[0]
        parts = [variable.shaped(points[:, at]) for at, variable in asked.diffused]
        given = []
        if asked.given is not None:
            at, rows = asked.given
            given = [rows_of(rows, points[:, at])]
        told = times.long() if self.levels.discrete else times.to(parts[0].dtype)
        predicted = asked.model(parts, told, given)
        alpha, sigma = (f(times)[:, None] for f in (self.levels.alpha, self.levels.sigma))
        out = torch.zeros_like(points[:, : self.dim_out])
        for (at, _), part, prediction in zip(asked.diffused, parts, predicted, strict=True):
            flat = _checked(asked.name, prediction, part, times).to(points)
            kind = asked.model.predicts
            out[:, at] = noise_from_prediction(flat, points[:, at], alpha, sigma, kind)
        return out[None]


def rows_of(rows: Any, at: Tensor) -> Any:
    """Rows that a model is given: of a tensor, or of whatever a list holds; ``at`` (B, columns)."""
    if isinstance(rows, Variable):
        return rows.shaped(at)
    numbers = at[:, 0].long()
    if isinstance(rows, Tensor):
        return rows[numbers.to(rows.device)]
    return [rows[k] for k in numbers.tolist()]


def _checked(name: str, prediction: Any, part: Tensor, t: Tensor) -> Tensor:
    """A prediction as (B, columns), of the right shape and finite."""
    shape = tuple(getattr(prediction, "shape", ()))
    if not isinstance(prediction, Tensor) or shape != tuple(part.shape):
        found = f"shape {shape}" if isinstance(prediction, Tensor) else type(prediction).__name__
        raise InputError(
            f"scores: {name} must return a tensor of x_t's shape {tuple(part.shape)}, got {found}"
        )
    flat = prediction.detach().flatten(1).to(part.device)
    bad = ~torch.isfinite(flat).all(dim=1)
    if bad.any():
        raise InputError(
            f"scores: {name} is not finite at {int(bad.sum())} of {len(bad)} points, first at "
            f"t = {float(t[bad][0]):.4g}; ask for times from where it is (t_min of the schedule)"
        )
    return flat


def variable(name: str, rows: Any) -> Variable:
    """Rows as a tensor that is floating, (n, ...)."""
    try:
        values = rows if isinstance(rows, torch.Tensor) else torch.as_tensor(np.asarray(rows))
    except (TypeError, ValueError):
        raise InputError(f"scores: {name} must be numbers, (rows, ...)") from None
    values = values.detach() if values.is_floating_point() else values.double()
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim < 2 or len(values) < FEWEST:
        raise InputError(
            f"scores: {name} must have {FEWEST} rows or more, (rows, ...), got shape "
            f"{tuple(values.shape)}"
        )
    if not torch.isfinite(values).all():
        raise InputError(f"scores: {name} holds numbers that are not finite; leave their rows out")
    return Variable(name, values)


def given_rows(rows: Any, n: int) -> Any:
    """Rows that a model is given, as many as those that are diffused."""
    if not isinstance(rows, torch.Tensor):
        array = np.asarray(rows)
        rows = torch.as_tensor(array) if array.dtype.kind in "biuf" else list(rows)
    if len(rows) != n:
        raise InputError(f"scores: x has {n} rows but y has {len(rows)}")
    return rows


def pair(
    absent: tuple[str, Any], clean: tuple[str, Any], rows: Variable, given: Any
) -> list[Asked]:
    """Models of a variable without and with what the second is given, by row number."""
    dim = rows.flat.shape[1]
    at = [(slice(0, dim), rows)]
    place = None if given is None else (slice(dim, dim + 1), given)
    models = (absent[0], Model.of(absent[1])), (clean[0], Model.of(clean[1]))
    (a, first), (b, second) = models
    return [Asked(a, first, at), Asked(b, second, at, place)]


def numbered(flat: Tensor) -> Tensor:
    """Rows (n, columns) with their numbers as one more column, for what a model is given."""
    return torch.cat([flat, torch.arange(len(flat)).to(flat)[:, None]], dim=1)
