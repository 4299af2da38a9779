"""What an estimate returns: the value, its uncertainty, and what speaks for or against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from minde.readout.readout import Readout
from minde.types import Array

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Summary:
    """Value and standard error of one read-out, nats."""

    value: float
    std_error: float


@dataclass(frozen=True)
class PointEstimate:
    """The fields that bmi reads off an estimator's result."""

    mi_estimate: float
    time_in_seconds: float | None
    additional_information: dict[str, Any]


@dataclass(frozen=True)
class MIEstimate:
    r"""An estimate in nats with its uncertainty.

    Attributes:
        value: The estimate: mean over seeds and held-out rows of the reported read-out.
        std_error: :math:`\sqrt{s_{rows}^2 + s_{seeds}^2 + s_{train}^2}`: sampling error of the
            held-out rows (clustered by row; with cross-fitting, of the gap's values), spread
            between seeds, and the error that all networks share. The last is not seen by the first
            two. It is put together from half the difference of the read-outs inside and gap, which
            err in first and in second order of the networks' errors (for an entropy: outside and
            gap), and from how far the value moved over the second half of the training.
        interval: 95% interval, value ± 1.96 std_error.
        per_seed: One value a seed.
        readouts: Every read-out by name.
        directions: For family C, the reported read-out of X given Y and of Y given X.
        integrand: Contribution of each bin of diffusion time, summing to the value (of an entropy:
            to the part beside its analytic terms).
        times: Edges of those bins.
        diagnostics: Losses, disagreement of read-outs and of directions.
        warnings: Plain sentences on what to be careful about.
        n_train: Training rows a network.
        n_test: Held-out rows the value averages over.
    """

    value: float
    std_error: float
    interval: tuple[float, float]
    per_seed: Array
    readouts: dict[str, Summary]
    directions: dict[str, Summary]
    integrand: Array
    times: Array
    diagnostics: dict[str, Any]
    warnings: tuple[str, ...]
    n_train: int
    n_test: int
    pointwise: Array = field(repr=False)

    def __float__(self) -> float:
        return self.value

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the pointwise values are left out."""
        return {
            "value": self.value,
            "std_error": self.std_error,
            "interval": list(self.interval),
            "per_seed": self.per_seed.tolist(),
            "readouts": {k: [v.value, v.std_error] for k, v in self.readouts.items()},
            "directions": {k: [v.value, v.std_error] for k, v in self.directions.items()},
            "integrand": self.integrand.tolist(),
            "times": self.times.tolist(),
            "diagnostics": self.diagnostics,
            "warnings": list(self.warnings),
            "n_train": self.n_train,
            "n_test": self.n_test,
            "unit": "nats",
        }


def summarise(pointwise: Array, judge: Array) -> Summary:
    """Value of pointwise values (seeds, rows), and standard error by the spread of ``judge``'s."""
    rows = judge.mean(axis=0)
    seeds = judge.mean(axis=1)
    variance = rows.var(ddof=1) / len(rows) if len(rows) > 1 else np.nan
    if len(seeds) > 1:
        variance += seeds.var(ddof=1) / len(seeds)
    return Summary(float(pointwise.mean(axis=0).mean()), float(np.sqrt(variance)))


def disagreement(readouts: dict[str, Summary]) -> float:
    """Half the difference of the first-order read-out (inside, or outside) and the gap, nats."""
    first = next(name for name in readouts if name.startswith(("inside", "outside")))
    return 0.5 * abs(readouts[first].value - readouts["gap"].value)


def by_seed(values: torch.Tensor, n_seeds: int) -> Array:
    """Turn (seeds x folds, rows of a fold) into (seeds, all rows), folds side by side."""
    return values.double().cpu().numpy().reshape(n_seeds, -1)


def combine(
    directions: dict[str, dict[str, Readout]],
    reported: str,
    n_seeds: int,
    offset: float | Array = 0.0,
    warnings: tuple[str, ...] = (),
    diagnostics: dict[str, Any] | None = None,
    n_train: int = 0,
    halfway: dict[str, dict[str, Readout]] | None = None,
    cross_fitted: bool = False,
) -> MIEstimate:
    """Average directions, folds and seeds into one estimate.

    With cross-fitting every row is trained on and read out, and the networks' own error of sampling
    is no smaller than that of the held-out rows. The gap is then the read-out to judge by: the loss
    that the networks minimise is at its lowest, so their error moves it in second order only, and
    the spread of its pointwise values is that of the whole procedure (Chernozhukov et al., 2018).

    Arguments:
        directions: Read-outs by direction; one entry where there is one direction only. Copies
            run over seeds, and within a seed over folds.
        reported: Name of the read-out to report.
        n_seeds: Number of seeds among the copies.
        offset: Known terms to add, one number or one a held-out row (an entropy's analytic part).
        warnings: Sentences about the data.
        diagnostics: Extra facts to keep.
        n_train: Training rows a network.
        halfway: The same read-outs of the networks as they were after half of the training.
        cross_fitted: Whether all rows are both trained on and held out, by turns.

    References:
        Chernozhukov et al., Double/debiased machine learning for treatment and structural
        parameters, The Econometrics Journal, 2018.
    """
    names = list(next(iter(directions.values())))
    by_direction = {
        d: {name: by_seed(out[name].pointwise, n_seeds) + offset for name in names}
        for d, out in directions.items()
    }
    mean = {name: np.mean([v[name] for v in by_direction.values()], axis=0) for name in names}
    judges = {name: "gap" if cross_fitted else name for name in names}
    readouts = {name: summarise(mean[name], mean[judge]) for name, judge in judges.items()}
    moved = 0.0
    if halfway is not None:
        before = [by_seed(out[reported].pointwise, n_seeds) + offset for out in halfway.values()]
        moved = abs(readouts[reported].value - float(np.mean(before)))
    training = float(np.hypot(disagreement(readouts), moved))
    sides = {d: summarise(v[reported], v[judges[reported]]) for d, v in by_direction.items()}
    best = readouts[reported]
    std_error = float(np.hypot(best.std_error, training))
    reach = Z_95 * std_error
    first = next(iter(directions.values()))[reported]
    integrand = np.mean(
        [
            out[reported].integrand.double().cpu().numpy().mean(axis=0)
            for out in directions.values()
        ],
        axis=0,
    )
    spread = max(s.value for s in readouts.values()) - min(s.value for s in readouts.values())
    facts: dict[str, Any] = {
        "readout_spread": spread,
        "std_sampling": best.std_error,
        "std_training": training,
        "moved_since_halfway": moved,
        **(diagnostics or {}),
    }
    found = list(warnings)
    if spread > 2.0 * Z_95 * best.std_error and spread > 0.02:
        found.append(
            f"the read-outs differ by {spread:.3f} nats, more than sampling allows, and the "
            "interval is the wider for it: train longer"
        )
    if moved > Z_95 * best.std_error and moved > 0.02:
        found.append(
            f"the value moved by {moved:.3f} nats over the second half of the training, and the "
            "interval is the wider for it: train longer"
        )
    if len(sides) == 2:
        a, b = sides.values()
        facts["direction_gap"] = a.value - b.value
        allowed = 2.0 * Z_95 * float(np.hypot(a.std_error, b.std_error))
        if abs(a.value - b.value) > allowed and abs(a.value - b.value) > 0.02:
            found.append(
                f"the two directions differ by {abs(a.value - b.value):.3f} nats, more than "
                "chance allows: train longer"
            )
    return MIEstimate(
        value=best.value,
        std_error=std_error,
        interval=(best.value - reach, best.value + reach),
        per_seed=mean[reported].mean(axis=1),
        readouts=readouts,
        directions=sides if len(sides) > 1 else {},
        integrand=integrand,
        times=first.edges.numpy(),
        diagnostics=facts,
        warnings=tuple(found),
        n_train=n_train,
        n_test=mean[reported].shape[1],
        pointwise=mean[reported].mean(axis=0),
    )
