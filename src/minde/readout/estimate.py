"""What an estimate returns: the value, its uncertainty, and what speaks for or against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from minde.errors import InputError
from minde.readout.units import INFORMATION, Normalised, Summary, conversion, correlation, shares
from minde.types import Array, Rows
from minde.weighing import effective_rows

__all__ = ["MIEstimate", "PointEstimate", "Summary"]


@dataclass(frozen=True)
class PointEstimate:
    """The fields that bmi reads off an estimator's result."""

    mi_estimate: float
    time_in_seconds: float | None
    additional_information: dict[str, Any]


@dataclass(frozen=True)
class MIEstimate:
    r"""An estimate in nats, or another unit (see :meth:`to`), with its uncertainty.

    Attributes:
        value: The estimate: mean over seeds and test rows of the reported read-out. Where nearest
            neighbours or regressions see more, or of two columns know as well, it is theirs, or
            between both; that of an information holds what networks are missing on average of so
            few rows. ``diagnostics["networks_alone"]`` holds what the read-out was.
        std_error: :math:`\sqrt{s_{rows}^2 + s_{seeds}^2 + s_{train}^2}`: sampling error of the
            rows (clustered by row, after the control variate; with cross-fitting, of the gap), the
            spread between seeds beyond it (see ``minde.readout.spread``), and what all networks
            share. That is put together from half the difference of the read-outs inside and gap
            beyond chance, which err in first and in second order of the networks' errors (for an
            entropy: outside and gap), from how far the value moved over the second half of the
            training, and from the draw of the training rows. With one seed the second is not
            known, and a warning says so.
        interval: 95% interval, value ± t std_error, both without what networks are missing on
            average; t is Student's, its degrees of freedom those of rows and seeds together
            (Welch-Satterthwaite), with :math:`s_{train}` as known. That of an information reaches
            further up, by what networks may not have learned.
        per_seed: One value per seed.
        readouts: Every read-out by name.
        directions: For family C, the reported read-out of X given Y and of Y given X.
        integrand: Contribution of each bin of diffusion time, summing to what networks read (of an
            entropy: to the part beside its analytic terms).
        times: Edges of those bins.
        diagnostics: Losses, disagreement of read-outs and of directions; in nats, whatever the
            unit.
        warnings: Plain sentences on what to be careful about; in nats, as they say.
        n_train: Training rows per network; 0 where scores were given.
        n_test: Test rows the value averages over.
        pointwise: One value per test row; before bounds their mean is the value (where it was
            moved by them ``diagnostics["before_bounds"]``).
        rows: Which rows of the samples these are, from 0, (n_test,).
        weights: Of these rows, with the mean one, (n_test,), where they differ; means of
            ``pointwise`` are then by weights.
        kind: Of an entropy ``differential``, ``discrete`` or ``mixed``; of divergences that are
            counted ``discrete``, and of those that are so in part ``mixed``.
        unit: ``nats`` or ``bits``, of every number but the diagnostics.
        quantity: Of several variables what was asked, such as ``mutual_information``.
        entropies: Of variables that are discrete and were counted, by name; given what is given.
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
    rows: Rows = field(repr=False)
    weights: Array | None = field(default=None, repr=False)
    kind: str = ""
    unit: str = "nats"
    quantity: str = ""
    entropies: Mapping[str, Summary] = field(default_factory=dict, repr=False)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        low, high = self.interval
        told = [f"{self.value:.4g} {self.unit}, 95% interval [{low:.4g}, {high:.4g}]"]
        return "\n".join([*told, *(f"warning: {sentence}" for sentence in self.warnings)])

    @property
    def effective_rows(self) -> float:
        """Rows that the value averages over; of weighted ones how many they are as good as."""
        return effective_rows(self.weights, self.n_test)

    def to(self, unit: str) -> MIEstimate:
        """The same in another unit, ``nats`` or ``bits``; InputError on others."""
        by = conversion(self.unit, unit)

        def scaled(parts: Mapping[str, Summary]) -> dict[str, Summary]:
            return {name: part.times(by) for name, part in parts.items()}

        low, high = self.interval
        return replace(
            self,
            unit=unit,
            value=by * self.value,
            std_error=by * self.std_error,
            interval=(by * low, by * high),
            per_seed=by * self.per_seed,
            readouts=scaled(self.readouts),
            directions=scaled(self.directions),
            integrand=by * self.integrand,
            pointwise=by * self.pointwise,
            entropies=scaled(self.entropies),
        )

    @property
    def correlation(self) -> Normalised:
        """On the correlation scale, with an interval; InputError if it is no information."""
        return self.normalised["correlation"]

    @property
    def normalised(self) -> dict[str, Normalised]:
        """From 0 to 1, with intervals: ``correlation``, and shares of discrete variables' entropy.

        These are ``share_of_h_x``, ``share_of_h_y`` and ``share_of_min_h`` (see
        ``minde.readout.units``).

        Raises:
            InputError: If the estimate is of no mutual information.
        """
        if self.quantity not in INFORMATION:
            raise InputError(
                "normalised: only mutual information, conditional or not, has a correlation scale "
                "and shares of entropies"
            )
        nats = self.to("nats")
        dof = float(self.diagnostics.get("degrees_of_freedom", float("inf")))
        of_entropies = shares(Normalised(self.value, self.interval), self.entropies, dof)
        return {"correlation": correlation(nats.value, nats.interval), **of_entropies}

    def record(self) -> dict[str, Any]:
        """What a row of a table says of it: value, std_error, low, high, unit."""
        low, high = self.interval
        return {
            "value": self.value,
            "std_error": self.std_error,
            "low": low,
            "high": high,
            "unit": self.unit,
        }

    def to_records(self) -> list[dict[str, Any]]:
        """The row of :meth:`record`, as of what has several."""
        return [self.record()]

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
            "unit": self.unit,
            **({"kind": self.kind} if self.kind else {}),
            **({} if self.weights is None else {"effective_rows": self.effective_rows}),
        }
