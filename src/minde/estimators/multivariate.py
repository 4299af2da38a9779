"""Measures of several variables from one masked network, as functions of samples, in nats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minde.diffusion.roles import masked
from minde.ensemble.train import train
from minde.errors import InputError
from minde.estimators.estimating import estimate_on_test_rows
from minde.estimators.settings import Settings, with_options
from minde.estimators.variables import refuse_labels
from minde.inputs import as_matrix, dependence_warnings, read_variables
from minde.readout.estimate import MIEstimate
from minde.readout.measures import (
    CONDITIONAL_MI,
    INTERACTION,
    Measure,
    o_information_measure,
)


def _many(
    samples: Sequence[Any], names: Sequence[str], measure: Measure, settings: Settings
) -> MIEstimate:
    given = dict(zip(names, samples, strict=True))
    read, told = read_variables(given, option="", keep_constants=True)
    for variable in read.values():
        refuse_labels(variable, measure.name.replace("_", " "))
    arrays = [as_matrix(variable, name) for name, variable in read.items()]
    family = masked([a.shape[1] for a in arrays], measure.patterns)
    both = np.concatenate(arrays, axis=1)
    (ensemble,) = train([settings.job(both, family)], settings.device, progress=settings.progress)
    warnings = (*told, *dependence_warnings(arrays, [v.names for v in read.values()]))
    return estimate_on_test_rows({"all": ensemble}, {"all": both}, measure, warnings)


def conditional_mutual_information(
    x: Any, y: Any, z: Any, *, settings: Settings | None = None, **options: Any
) -> MIEstimate:
    r"""Conditional mutual information :math:`I(X; Y \mid Z) = H(X \mid Z) - H(X \mid Y, Z)`.

    One masked network learns X diffused given Z and given (Y, Z).

    Arguments:
        x: (rows, dim_x).
        y: (rows, dim_y).
        z: (rows, dim_z).
        settings: How to fit.
        **options: Fields of :class:`Settings` to replace, such as ``n_seeds``.

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
    return _many((x, y, z), ("x", "y", "z"), CONDITIONAL_MI, with_options(settings, options))


def interaction_information(
    x: Any, y: Any, z: Any, *, settings: Settings | None = None, **options: Any
) -> MIEstimate:
    r"""Interaction information :math:`I(X; Y; Z) = I(X; Y) - I(X; Y \mid Z)` (Eq. 30).

    Positive for redundancy, negative for synergy.

    Arguments:
        x: (rows, dim_x).
        y: (rows, dim_y).
        z: (rows, dim_z).
        settings: How to fit.
        **options: Fields of :class:`Settings` to replace.

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
    return _many((x, y, z), ("x", "y", "z"), INTERACTION, with_options(settings, options))


def o_information(*variables: Any, settings: Settings | None = None, **options: Any) -> MIEstimate:
    r"""O-information :math:`\Omega = (n - 2) H(X) + \sum_i [H(X_i) - H(X_{-i})]`.

    Positive where redundancy dominates, negative where synergy does; of three variables it is the
    interaction information.

    Arguments:
        *variables: At least three, each (rows, dim).
        settings: How to fit.
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
    return _many(variables, names, measure, with_options(settings, options))
