"""The estimator of mutual information on a user's samples, in scikit-learn's manner."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal

from minde.coding import Side
from minde.columns import Variable
from minde.errors import InputError, nearest
from minde.estimators.base import Saved
from minde.estimators.coding import by_ranks
from minde.estimators.compressing import fit_compressed
from minde.estimators.estimating import of_given
from minde.estimators.mixed import estimate_mixed, of_networks, of_new_rows, put_together
from minde.estimators.networks import Network, fit_all, joint_network, networks, on_new_rows
from minde.estimators.quantity import MUTUAL
from minde.estimators.settings import Settings
from minde.estimators.sides import Sides
from minde.inputs import read_variables
from minde.kinds import Kind, asked_kinds
from minde.options import Preprocessing
from minde.readout.estimate import MIEstimate, PointEstimate
from minde.seeding import derive
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
        y_kind: ``categorical`` where every column of y is a label, whatever it looks like; else
            kinds are inferred.
        folds: Cross-fitting folds; 1 trains on one split and tests on ``test_size`` of the rows.
        test_size: Share of test rows of one split.
        device: ``auto``, ``cpu`` or ``cuda``.
        random_state: Seed of everything.
        options: Recipe options to override (see ``minde.recipe``), such as ``n_steps``.
        progress: Called with (steps done, steps in all, loss).
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of a variable
            (``x``, ``y``) for all of its columns; the rest is inferred (see ``minde.kinds``).
        extrapolate: See :class:`minde.Settings`.
        order: ``time`` where rows come in time and those near one another depend (see
            :class:`minde.Settings`).
        directions: See :class:`minde.Settings`.
        compress: How variables of more columns than ``components`` are compressed first: ``pca``,
            ``cca`` or ``kernel`` (see ``minde.estimators.compressing``); None leaves them.
        components: Components of a compressed variable at most.
        checkpoint: See :class:`minde.Settings`.

    Columns may be of any kind. The information of discrete ones is counted, that of labels on one
    column read from spacings (``minde.estimators.columns_given_labels``), that of continuous ones
    read with labels that condition (family ``c``; see ``minde.estimators.layout``). A continuous
    variable is then a mixture, harder to learn than its parts, so that each pattern is trained as
    often by default.

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
        n_seeds: int = 1,
        preprocessing: Preprocessing | None = None,
        y_kind: Literal["continuous", "categorical"] = "continuous",
        folds: int = 5,
        test_size: float = 0.2,
        device: str = "auto",
        random_state: int = 0,
        options: dict[str, Any] | None = None,
        progress: Progress | None = None,
        kinds: dict[str, Kind] | None = None,
        extrapolate: bool = True,
        order: Literal["time"] | None = None,
        directions: Literal[1, 2] = 2,
        compress: Literal["pca", "cca", "kernel"] | None = None,
        components: int = 16,
        checkpoint: str | Path | None = None,
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
        self.kinds = kinds
        self.extrapolate = extrapolate
        self.order = order
        self.directions = directions
        self.compress = compress
        self.components = components
        self.checkpoint = checkpoint

    def fit(self, x: Any, y: Any, weights: Any = None, groups: Any = None) -> MINDE:
        """Train on samples.

        Arguments:
            x: (rows, dim_x) or (rows,); numbers, truth values or labels.
            y: (rows, dim_y) or (rows,).
            weights: (rows,), from zero: survey weights, or ratios of densities; the information is
                then that of the law that they stand for (see ``minde.weighing``).
            groups: (rows,), numbers or labels: rows of one depend on one another, as those of a
                subject do (see ``minde.reading.groups``).

        Raises:
            InputError: If the samples cannot be used; the line says why.
        """
        self._check()
        u, v, told = self._variables(x, y, weights=weights, groups=groups)
        (u, v), copies = self._settings().apart((u, v))
        settings, ordered = self._settings().for_rows((u, v))
        self.dims_, self.rows_ = (len(u.columns), len(v.columns)), u.rows
        self.compressed_ = None
        if self.compress is not None:
            if u.weights is not None:
                raise InputError("MINDE: compress takes rows that weigh the same; leave one out")
            asked, given = self._asked(u, v), {"x": u, "y": v}
            self.compressed_ = fit_compressed(self, given, asked, settings.gap)
        if self.compressed_:
            self.warnings_, self.ensembles_ = (*told, *copies, *ordered), {}
            return self
        clusters = self.family == "c" and by_ranks(settings)
        fit = self.random_state, MUTUAL, settings.gap, self.directions, clusters
        sides = Sides.fit((u, v), self._asked(u, v), *fit)
        self.codings_, self.entropies_ = sides.codings, dict(sides.entropies)
        self.warnings_, self.gap_ = (*told, *copies, *ordered, *sides.warnings), sides.gap
        self.samples_ = dict(zip("xy", sides.sides, strict=True))
        self.layouts_ = sides.layouts
        if self.family == "j" and not sides.continuous and any(side.dim for side in sides.sides):
            raise InputError(
                "MINDE: family 'j' diffuses both variables; labels and discrete columns beside "
                "continuous ones only condition, which needs family 'c'"
            )
        found = self._networks(*sides.sides)
        self.ensembles_ = fit_all(found, settings)
        return self

    def _networks(self, x: Side, y: Side) -> dict[str, Network]:
        if self.family == "j" and self.layouts_:
            return joint_network(x, y)
        return networks(MUTUAL, self.layouts_, (x, y), self.random_state)

    def mutual_information(self, x: Any = None, y: Any = None) -> MIEstimate:
        """Estimate on the rows that test, or on new samples.

        What discrete columns tell of one another is read from all rows. Where a variable is
        discrete the value is clipped to what is possible; the pointwise values are not. Columns of
        new samples pair with the fit's by name where both are tables, else by position.

        Arguments:
            x: New samples, which all weigh the same; the test rows of the fit if omitted.
            y: New samples, with ``x``.

        Returns:
            The estimate with interval, read-outs, directions and diagnostics.
        """
        self._check_fitted()
        new = None if x is None and y is None else self._new(x, y)
        if self.compressed_:
            whole = self.compressed_.estimate(self.warnings_, new)
            return of_given(whole, self.rows_) if new is None else whole
        a, b = self.samples_["x"], self.samples_["y"]
        told = (self.layouts_, self.entropies_, self.warnings_, self.gap_)
        sides = Sides(MUTUAL, self.codings_, (a, b), *told)
        if new is None:
            found = self._networks(a, b)
            settings = self._settings().with_gap(self.gap_)
            return of_given(estimate_mixed(sides, found, self.ensembles_, settings), self.rows_)
        u, v = self._coded(*new[:2])
        warnings = tuple(dict.fromkeys((*self.warnings_, *new[2])))
        asked = replace(sides, sides=(u, v), warnings=warnings)
        part = of_networks(self._networks(u, v), self.ensembles_, on_new_rows, asked)
        return put_together(part, of_new_rows(sides, asked), asked)

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
        given = {field.name: getattr(self, field.name) for field in fields(Settings)}
        return Settings(**{**given, "options": dict(self.options or {})})

    def _check(self) -> None:
        for name, known in (("family", ["c", "j"]), ("y_kind", ["continuous", "categorical"])):
            if (value := getattr(self, name)) not in known:
                hint = nearest(str(value), known)
                listed = " or ".join(map(repr, known))
                raise InputError(f"MINDE: {name} must be {listed}, got {value!r}{hint}")
        if self.n_seeds < 1 or self.folds < 1:
            raise InputError("MINDE: n_seeds and folds must be at least 1")

    def _asked(self, x: Variable, y: Variable) -> dict[tuple[str, str], Kind]:
        labels = y.names if self.y_kind == "categorical" else ()
        asked: dict[tuple[str, str], Kind] = {(y.name, name): "categorical" for name in labels}
        return asked | asked_kinds((x, y), self.kinds)

    def _variables(
        self, x: Any, y: Any, **of_rows: Any
    ) -> tuple[Variable, Variable, tuple[str, ...]]:
        """Variables whose rows pair, and sentences; constant columns are left out later."""
        read, told = read_variables({"x": x, "y": y}, option="", keep_constants=True, **of_rows)
        return read["x"], read["y"], told

    def _new(self, x: Any, y: Any) -> tuple[Variable, Variable, tuple[str, ...]]:
        if x is None or y is None:
            raise InputError("mutual_information: give both x and y, or neither")
        u, v, told = self._variables(x, y, fewest=1)
        if (len(u.columns), len(v.columns)) != self.dims_:
            raise InputError(
                f"x and y have {len(u.columns)} and {len(v.columns)} columns; this estimator was "
                f"fitted on {self.dims_[0]} and {self.dims_[1]}"
            )
        return u, v, told

    def _coded(self, u: Variable, v: Variable) -> tuple[Side, Side]:
        a, b = self.codings_
        u, v, seed = a.pair(u), b.pair(v), derive(self.random_state, "new")
        return a.encode(u, derive(seed, "x")), b.encode(v, derive(seed, "y"))
