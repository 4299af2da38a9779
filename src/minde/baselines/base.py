"""Kinds of baselines: label, module and group, in the order of the paper's tables; light to import.

Each module has ``run(kind, train, test, options, seed) -> float``; it is imported only where the
estimate is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from minde.errors import ConfigError, nearest

Group = Literal["neural", "classic", "imported"]


@dataclass(frozen=True)
class BaselineKind:
    """Label in tables, module that runs it, and group: Table 4 shows the classic ones.

    One of ``pixels`` takes images and runs in the consistency tests alone.
    """

    label: str
    module: str
    group: Group
    pixels: bool = False


_CRITIC = "minde.baselines.bmi_critics"
_DOE = "minde.baselines.doe"
_CLASSIC = "minde.baselines.bmi_classic"

KINDS: dict[str, BaselineKind] = {
    "mine": BaselineKind("MINE", _CRITIC, "neural"),
    "infonce": BaselineKind("InfoNCE", _CRITIC, "neural"),
    "donsker_varadhan": BaselineKind("D-V", _CRITIC, "neural"),
    "nwj": BaselineKind("NWJ", _CRITIC, "neural"),
    "doe_gaussian": BaselineKind("DoE (Gaussian)", _DOE, "neural"),
    "doe_logistic": BaselineKind("DoE (Logistic)", _DOE, "neural"),
    "smile": BaselineKind("SMILE", "minde.baselines.smile", "neural"),
    "ksg": BaselineKind("KSG", _CLASSIC, "classic"),
    "cca": BaselineKind("CCA", _CLASSIC, "classic"),
    "kde": BaselineKind("KDE", _CLASSIC, "classic"),
    "histogram": BaselineKind("Histogram", _CLASSIC, "classic"),
    "smile_conv": BaselineKind(
        "SMILE (images)", "minde.baselines.smile_conv", "neural", pixels=True
    ),
    "import": BaselineKind("", "minde.baselines.imported", "imported"),
}


def kind_of(name: str, entry: dict[str, Any]) -> str:
    """Kind of a configured estimator: ``import``, its key ``kind``, or its name.

    Raises:
        ConfigError: On an unknown kind, naming the nearest.
    """
    kind = "import" if "import" in entry else str(entry.get("kind", name))
    if kind not in KINDS:
        known = [k for k in KINDS if k != "import"]
        raise ConfigError(
            f"config: baselines.estimators.{name}: unknown kind '{kind}'{nearest(kind, known)}; "
            "give a known 'kind', or 'import: package.module:Class'"
        )
    return kind


def label_of(name: str, entry: dict[str, Any]) -> str:
    """Label of a configured estimator in tables and figures."""
    if "label" in entry:
        return str(entry["label"])
    kind = kind_of(name, entry)
    label = KINDS[kind].label
    if not label:
        return name
    return label if name == kind else f"{label} ({name})"
