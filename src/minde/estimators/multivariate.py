"""Measures of three variables and more, of any kinds, as functions of samples, in nats.

Of continuous variables one masked network learns all that is asked. With labels, discrete columns
or atoms among them a network for each continuous part learns it given the others and the labels,
and what labels tell of one another is counted (see ``minde.estimators.quantity``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from minde.diffusion.roles import masked
from minde.errors import InputError
from minde.estimators.coding import by_ranks
from minde.estimators.confounding import with_confounding
from minde.estimators.estimating import estimate_on_test_rows, of_given
from minde.estimators.given_means import GivenMeans
from minde.estimators.mixed import Known, estimate_mixed, put_together
from minde.estimators.networks import Network, fit_all, networks
from minde.estimators.quantity import CONDITIONAL, Quantity, o_information_of
from minde.estimators.second_route import widened
from minde.estimators.settings import Settings, cross_fitted
from minde.estimators.sides import Sides
from minde.estimators.unlearned import with_unlearned
from minde.inputs import read_variables
from minde.kinds import Kind, asked_kinds
from minde.readout.estimate import MIEstimate
from minde.readout.measures import (
    CONDITIONAL_MI,
    INTERACTION,
    Measure,
    o_information_measure,
)


def _estimate(
    samples: Sequence[Any],
    of_rows: Mapping[str, Any],
    quantity: Quantity,
    measure: Measure,
    kinds: Mapping[str, Kind] | None,
    settings: Settings,
) -> MIEstimate:
    """The quantity of samples; ``measure`` says it of continuous variables."""
    given = dict(zip(quantity.variables, samples, strict=True))
    read, told = read_variables(given, option="", keep_constants=True, **of_rows)
    variables, copies = settings.apart([*read.values()])
    told, asked = (*told, *copies), asked_kinds(variables, kinds)
    settings, ordered = settings.for_rows(variables)
    seed, gap = settings.random_state, settings.gap
    clusters = by_ranks(settings)
    sides = Sides.fit(variables, asked, seed, quantity, gap, settings.directions, clusters)
    sides = replace(sides, warnings=tuple(dict.fromkeys((*told, *ordered, *sides.warnings))))
    if sides.continuous:
        return of_given(_of_continuous(sides, measure, settings), variables[0].rows)
    means = GivenMeans.told(sides, settings)
    shown = means.beside(sides) if means else sides
    found = networks(quantity, shown.layouts, shown.sides, settings.random_state)
    trained = fit_all(found, settings)
    mixed = estimate_mixed(sides, found, trained, settings)
    mixed = means.corrected(mixed, sides) if means else mixed
    return of_given(with_confounding(mixed, sides, found, trained), variables[0].rows)


def _of_continuous(sides: Sides, measure: Measure, settings: Settings) -> MIEstimate:
    means = GivenMeans.told(sides, settings)
    shown = sides.sides
    if means:  # of an interaction information the first is diffused, given the others
        wide = means.beside(sides).sides
        shown = tuple(wide[k] for k in means.order)
    rows = np.concatenate([side.values for side in shown], axis=1)
    family = masked([side.dim for side in shown], measure.patterns)
    weights = sides.sides[0].weights
    alive = np.ones(len(rows), dtype=bool)
    network = Network(rows, alive, family, {"all": measure}, weights)
    trained = fit_all({"all": network}, settings)
    found = estimate_on_test_rows(trained, {"all": rows}, measure, sides.warnings, weights)
    alone = put_together(found, Known(), sides)
    whole = widened(alone, means.left(sides) if means else sides)
    whole = with_unlearned(whole, alone, sides)
    name = sides.quantity.networks[0]
    whole = means.corrected(whole, sides) if means else whole
    return with_confounding(whole, sides, {name: network}, {name: trained["all"]})


def conditional_mutual_information(
    x: Any,
    y: Any,
    z: Any,
    *,
    weights: Any = None,
    groups: Any = None,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> MIEstimate:
    r"""Conditional mutual information :math:`I(X; Y \mid Z) = H(X \mid Z) - H(X \mid Y, Z)`.

    Columns may be of any kind. Of discrete variables it is counted; it is never below zero then,
    nor above :math:`\min(H(X \mid Z), H(Y \mid Z))`.

    Arguments:
        x: (rows, dim_x); numbers, truth values or labels.
        y: (rows, dim_y).
        z: (rows, dim_z).
        weights: (rows,), from zero (see :meth:`minde.MINDE.fit`).
        groups: (rows,), which rows belong together (see :meth:`minde.MINDE.fit`).
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of a variable
            for all of its columns; the rest is inferred.
        settings: How to fit; one seed on five folds by default, so that every row is read.
        **options: Fields of :class:`Settings` to replace, such as ``n_seeds``.

    Raises:
        InputError: If the samples cannot be used, or their labels are too many for the rows.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> tiny = {"n_seeds": 1, "options": {"n_steps": 64, "width": 16, "batch_size": 64}}
        >>> x, y, z = rng.normal(size=(3, 1000, 1))
        >>> c = minde.conditional_mutual_information(x, y, z, **tiny)
        >>> bool(abs(c.value) < 0.2)  # independent
        True
    """
    chosen = cross_fitted(settings, options)
    of_rows = {"weights": weights, "groups": groups}
    return _estimate((x, y, z), of_rows, CONDITIONAL, CONDITIONAL_MI, kinds, chosen)


def interaction_information(
    x: Any,
    y: Any,
    z: Any,
    *,
    weights: Any = None,
    groups: Any = None,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> MIEstimate:
    r"""Interaction information :math:`I(X; Y; Z) = I(X; Y) - I(X; Y \mid Z)` (Eq. 30).

    Positive for redundancy, negative for synergy. Columns may be of any kind; with discrete
    variables its size is at most the smallest of their entropies.

    Arguments:
        x: (rows, dim_x); numbers, truth values or labels.
        y: (rows, dim_y).
        z: (rows, dim_z).
        weights: (rows,), from zero (see :meth:`minde.MINDE.fit`).
        groups: (rows,), which rows belong together (see :meth:`minde.MINDE.fit`).
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of a variable
            for all of its columns; the rest is inferred.
        settings: How to fit; one seed on five folds by default, so that every row is read.
        **options: Fields of :class:`Settings` to replace.

    Raises:
        InputError: If the samples cannot be used, or their labels are too many for the rows.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> tiny = {"n_seeds": 1, "options": {"n_steps": 64, "width": 16, "batch_size": 64}}
        >>> x, y, z = rng.normal(size=(3, 1000, 1))
        >>> i = minde.interaction_information(x, y, z, **tiny)
        >>> bool(abs(i.value) < 0.2)  # independent
        True
    """
    quantity = o_information_of(("x", "y", "z"), "interaction_information")
    chosen = cross_fitted(settings, options)
    of_rows = {"weights": weights, "groups": groups}
    return _estimate((x, y, z), of_rows, quantity, INTERACTION, kinds, chosen)


def o_information(
    *variables: Any,
    weights: Any = None,
    groups: Any = None,
    kinds: Mapping[str, Kind] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> MIEstimate:
    r"""O-information :math:`\Omega = (n - 2) H(X) + \sum_i [H(X_i) - H(X_{-i})]`.

    Positive where redundancy dominates, negative where synergy does; of three variables it is the
    interaction information. Columns may be of any kind; where but two variables or none are
    continuous its size is at most the sum of the n - 2 smallest entropies of the others.

    Arguments:
        *variables: At least three, each (rows, dim); numbers, truth values or labels. They are
            called ``variable 1`` and so on.
        weights: (rows,), from zero (see :meth:`minde.MINDE.fit`).
        groups: (rows,), which rows belong together (see :meth:`minde.MINDE.fit`).
        kinds: ``continuous``, ``discrete`` or ``categorical`` by name of a column, or of a variable
            for all of its columns; the rest is inferred.
        settings: How to fit; one seed on five folds by default, so that every row is read.
        **options: Fields of :class:`Settings` to replace.

    Examples:
        >>> import numpy as np
        >>> import minde
        >>> rng = np.random.default_rng(0)
        >>> tiny = {"n_seeds": 1, "options": {"n_steps": 64, "width": 16, "batch_size": 64}}
        >>> x, y, z = rng.normal(size=(3, 1000, 1))
        >>> o = minde.o_information(x, y, z, **tiny)
        >>> bool(abs(o.value) < 0.3)  # independent
        True

    Raises:
        InputError: If the samples cannot be used, or their labels are too many for the rows.

    References:
        Rosas et al., Physical Review E 100, 032305, 2019.
    """
    if len(variables) < 3:
        raise InputError(
            f"o_information: needs three variables or more, got {len(variables)}; of two it is 0 "
            "by definition, and MINDE estimates their mutual information"
        )
    names = [f"variable {k + 1}" for k in range(len(variables))]
    measure = o_information_measure(len(variables))
    quantity = o_information_of(names)
    chosen = cross_fitted(settings, options)
    of_rows = {"weights": weights, "groups": groups}
    return _estimate(variables, of_rows, quantity, measure, kinds, chosen)
