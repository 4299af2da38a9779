"""What an estimate returns: the value, its uncertainty, and what speaks for or against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from minde.types import Array


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
        value: The estimate: mean over seeds and test rows of the reported read-out.
        std_error: :math:`\sqrt{s_{rows}^2 + s_{seeds}^2 + s_{train}^2}`: sampling error of the
            rows (clustered by row, after the control variate; with cross-fitting, of the gap), the
            spread between seeds beyond it (see ``minde.readout.spread``), and what all networks
            share. That is put together from half the difference of the read-outs inside and gap
            beyond chance, which err in first and in second order of the networks' errors (for an
            entropy: outside and gap), from how far the value moved over the second half of the
            training, and from the draw of the training rows. With one seed the second is not
            known, and a warning says so.
        interval: 95% interval, value ± t std_error; t is Student's, its degrees of freedom those of
            rows and seeds together (Welch-Satterthwaite), with :math:`s_{train}` as known.
        per_seed: One value per seed.
        readouts: Every read-out by name.
        directions: For family C, the reported read-out of X given Y and of Y given X.
        integrand: Contribution of each bin of diffusion time, summing to the value (of an entropy:
            to the part beside its analytic terms).
        times: Edges of those bins.
        diagnostics: Losses, disagreement of read-outs and of directions.
        warnings: Plain sentences on what to be careful about.
        n_train: Training rows per network; 0 where scores were given.
        n_test: Test rows the value averages over.
        pointwise: One value per test row, nats; before bounds their mean is the value.
        kind: Of an entropy ``differential``, ``discrete`` or ``mixed``; of divergences that are
            counted ``discrete``, and of those that are so in part ``mixed``.
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
    kind: str = ""

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
            **({"kind": self.kind} if self.kind else {}),
        }
