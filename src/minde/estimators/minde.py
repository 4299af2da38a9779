"""The estimator of mutual information on a user's samples, in scikit-learn's manner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from minde.diffusion.roles import Family, conditional, joint
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.train import train
from minde.errors import InputError, nearest
from minde.estimators.base import Saved
from minde.estimators.estimating import estimate_on_test_rows, facts_of
from minde.estimators.settings import Settings
from minde.inputs import as_samples, check_lengths, dependence_warnings, label_entropy
from minde.options import Preprocessing
from minde.readout.combine import Reading, combine
from minde.readout.estimate import MIEstimate, PointEstimate
from minde.readout.influence import Influence
from minde.readout.measures import MEASURES
from minde.readout.readout import Readout
from minde.types import Array, Progress


class MINDE(Saved):
    r"""Mutual information from the scores of diffusion models, in nats.

    Family ``c`` diffuses one variable given the other (Eq. 18-19) in both directions and averages
    them; family ``j`` diffuses both jointly (Eq. 20-21):

    .. math::
        I(X; Y) = \mathbb{E}\int_0^T \tfrac{g_t^2}{2}
        \left\| s_t^{\mu^{X}}(X_t) - s_t^{\mu^{X_y}}(X_t) \right\|^2 dt .

    Arguments:
        family: ``c`` (conditional) or ``j`` (joint).
        recipe: ``fast`` or ``paper``.
        n_seeds: Networks from different seeds, trained together.
        preprocessing: ``copula``, ``standardize`` or ``none``; the recipe's by default.
        y_kind: ``continuous``, or ``categorical`` for labels (family ``c``; labels become
            indicator columns that only condition). X is then a mixture, harder to learn than its
            parts, so the marginal gets half of the training (``p_conditional``) by default.
        folds: Cross-fitting folds; 1 trains on one split and tests on ``test_size`` of the rows.
        test_size: Share of test rows of one split.
        device: ``auto``, ``cpu`` or ``cuda``.
        random_state: Seed of everything.
        options: Recipe options to override (see ``minde.recipe``), such as ``n_steps``.
        progress: Called with (steps done, steps in all, loss).

    Examples:
        >>> import numpy as np
        >>> from minde import MINDE
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(1000, 1))
        >>> y = x + rng.normal(size=(1000, 1))
        >>> model = MINDE(n_seeds=1, options={"n_steps": 64, "width": 16})
        >>> estimate = model.fit(x, y).mutual_information()
        >>> bool(estimate.interval[0] < estimate.value < estimate.interval[1])
        True

    References:
        Franzese, Bounoua, Michiardi, MINDE, ICLR 2024.
    """

    def __init__(
        self,
        family: Literal["c", "j"] = "c",
        recipe: Literal["fast", "paper"] = "fast",
        n_seeds: int = 5,
        preprocessing: Preprocessing | None = None,
        y_kind: Literal["continuous", "categorical"] = "continuous",
        folds: int = 1,
        test_size: float = 0.2,
        device: str = "auto",
        random_state: int = 0,
        options: dict[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.family = family
        self.recipe = recipe
        self.n_seeds = n_seeds
        self.preprocessing = preprocessing
        self.y_kind = y_kind
        self.folds = folds
        self.test_size = test_size
        self.device = device
        self.random_state = random_state
        self.options = options
        self.progress = progress

    def fit(self, x: Any, y: Any) -> MINDE:
        """Train on samples.

        Arguments:
            x: (rows, dim_x) or (rows,).
            y: (rows, dim_y) or (rows,).

        Raises:
            InputError: If the samples cannot be used; the line says why.
        """
        self._check()
        a, b = self._samples(x, y)
        # The indicator columns of a label are made of ties; only x is worth a warning there.
        checked = {"x": a, "y": b} if self.y_kind == "continuous" else {"x": a}
        self.warnings_ = dependence_warnings([*checked.values()], [*checked])
        self.dims_ = (a.shape[1], b.shape[1])
        self.samples_ = {"x": a, "y": b}
        jobs = [
            self._settings().job(both, self._family(name))
            for name, both in self._sides(a, b).items()
        ]
        trained = train(jobs, self.device, progress=self.progress)
        self.ensembles_: dict[str, Ensemble] = dict(zip(self._directions(), trained, strict=True))
        return self

    def _sides(self, a: Array, b: Array) -> dict[str, Array]:
        """Both variables side by side, by direction: the one that is diffused first."""
        return {
            name: np.concatenate([b, a] if name == "y|x" else [a, b], axis=1)
            for name in self._directions()
        }

    def _family(self, direction: str) -> Family:
        dims = self.dims_[::-1] if direction == "y|x" else self.dims_
        return (joint if self.family == "j" else conditional)(*dims)

    def mutual_information(self, x: Any = None, y: Any = None) -> MIEstimate:
        """Estimate on the rows that test, or on new samples.

        Arguments:
            x: New samples; the test rows of the fit if omitted.
            y: New samples, with ``x``.

        Returns:
            The estimate with interval, read-outs, directions and diagnostics.
        """
        self._check_fitted()
        measure = MEASURES[self.family]
        if x is None and y is None:
            b = self.samples_["y"]
            sides = self._sides(self.samples_["x"], b)
            found = estimate_on_test_rows(self.ensembles_, sides, measure, self.warnings_)
        else:
            a, b = self._matching(x, y)
            readings = {
                name: self._mean_folds(self.ensembles_[name], both)
                for name, both in self._sides(a, b).items()
            }
            found = combine(readings, facts_of(self.ensembles_, self.warnings_))
        if self.y_kind == "categorical" and found.value > (most := label_entropy(b)):
            line = f"the value is above the entropy of the labels, {most:.3f} nats: "
            found = replace(found, warnings=(*found.warnings, line + "more rows are needed"))
        return found

    def pointwise(self, x: Any, y: Any) -> Array:
        """One value per row, (rows,), nats, averaging to the estimate on the same samples."""
        return self.mutual_information(x, y).pointwise

    def estimate(self, x: Any, y: Any) -> float:
        """Fit and return the estimate on held-out rows, for bmi's and scikit-learn's users."""
        return self.fit(x, y).mutual_information().value

    def estimate_with_info(self, x: Any, y: Any) -> PointEstimate:
        """The estimate with its uncertainty attached, as bmi's ``run_estimator`` asks for it."""
        result = self.fit(x, y).mutual_information()
        return PointEstimate(result.value, None, result.to_dict())

    def _settings(self) -> Settings:
        options = dict(self.options or {})
        if self.y_kind == "categorical":
            options.setdefault("p_conditional", 0.5)
        return Settings(
            recipe=self.recipe,
            n_seeds=self.n_seeds,
            preprocessing=self.preprocessing,
            folds=self.folds,
            test_size=self.test_size,
            device=self.device,
            random_state=self.random_state,
            options=options,
        )

    def _check(self) -> None:
        for name, known in (("family", ["c", "j"]), ("y_kind", ["continuous", "categorical"])):
            if (value := getattr(self, name)) not in known:
                hint = nearest(str(value), known)
                listed = " or ".join(map(repr, known))
                raise InputError(f"MINDE: {name} must be {listed}, got {value!r}{hint}")
        if self.n_seeds < 1 or self.folds < 1:
            raise InputError("MINDE: n_seeds and folds must be at least 1")
        if self.y_kind == "categorical" and self.family != "c":
            raise InputError("MINDE: a categorical y needs family 'c' (y then only conditions)")

    def _directions(self) -> list[str]:
        if self.family == "j":
            return ["joint"]
        return ["x|y"] if self.y_kind == "categorical" else ["x|y", "y|x"]

    def _samples(self, x: Any, y: Any) -> tuple[Array, Array]:
        a, b = as_samples(x, "x"), as_samples(y, "y", self.y_kind == "categorical")
        check_lengths((a, b), ("x", "y"))
        return a, b

    def _matching(self, x: Any, y: Any) -> tuple[Array, Array]:
        if x is None or y is None:
            raise InputError("mutual_information: give both x and y, or neither")
        a, b = self._samples(x, y)
        if (a.shape[1], b.shape[1]) != self.dims_:
            raise InputError(
                f"x and y have {a.shape[1]} and {b.shape[1]} columns; this estimator was fitted on "
                f"{self.dims_[0]} and {self.dims_[1]}"
            )
        return a, b

    def _mean_folds(self, ensemble: Ensemble, rows: Array) -> Reading:
        """Read every member out on all of some new rows, folds averaged."""
        folds = len(ensemble.folds)
        reading = ensemble.read([rows] * len(ensemble.seeds), MEASURES[self.family])

        def mean(values: Any) -> Any:
            return values.reshape(self.n_seeds, folds, -1).mean(dim=1)

        def averaged(out: dict[str, Readout]) -> dict[str, Readout]:
            return {
                name: replace(
                    r,
                    pointwise=mean(r.pointwise),
                    integrand=mean(r.integrand),
                    influence=Influence(mean(r.chance.test), mean(r.chance.train)),
                )
                for name, r in out.items()
            }

        return Reading(averaged(reading.final), averaged(reading.halfway))
