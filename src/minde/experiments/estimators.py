"""Which estimators a configuration has: names, labels, and what each takes; for the job graph."""

from __future__ import annotations

from typing import Any

from minde.baselines.base import KINDS, kind_of, label_of, options_of
from minde.baselines.imported import source_of
from minde.experiments.options import Config
from minde.runtime.digest import stage, text_digest


def minde_names(config: Config) -> list[str]:
    """Names of our own estimators: ``minde-j``, ``minde-c``."""
    return [f"minde-{family}" for family in config["minde"]["families"]]


def is_minde(name: str) -> bool:
    """Whether an estimator is ours."""
    return name.startswith("minde-")


def baselines(config: Config) -> dict[str, dict[str, Any]]:
    """Configured baselines in the order of KINDS; an overlay does not keep the file's order."""
    kinds = list(KINDS)
    entries = config["baselines"]["estimators"].items()
    return dict(sorted(entries, key=lambda item: kinds.index(kind_of(*item))))


def most_seeds(config: Config, name: str, seeds: int) -> int:
    """Seeds of an estimator, of so many that an experiment has."""
    entry = config["baselines"]["estimators"].get(name, {})
    return min(seeds, int(entry.get("seeds", seeds)))


def takes_pixels(config: Config, name: str) -> bool:
    """Whether an estimator takes images themselves and not their codes."""
    return only_for(config, name) == "images"


def only_for(config: Config, name: str) -> str:
    """What alone an estimator is for: ``images``, ``mixed`` columns, ``few`` rows, or nothing."""
    entry = config["baselines"]["estimators"].get(name)
    return KINDS[kind_of(name, entry)].only if entry is not None else ""


def takes_labels(config: Config, name: str) -> bool:
    """Whether an estimator takes columns that are not continuous."""
    if is_minde(name):
        return name == "minde-c"
    return KINDS[kind_of(name, config["baselines"]["estimators"][name])].labels != "none"


def estimator_labels(config: Config) -> dict[str, str]:
    """Label of every configured estimator, in the order of tables."""
    names = {f"minde-{f}": f"MINDE-{f.upper()}" for f in config["minde"]["families"]}
    return names | {name: label_of(name, entry) for name, entry in baselines(config).items()}


def classic_labels(config: Config) -> list[str]:
    """Labels of the estimators without networks, as Table 4 shows them."""
    entries = baselines(config).items()
    kinds = [(label_of(n, e), KINDS[kind_of(n, e)]) for n, e in entries]
    return [label for label, kind in kinds if kind.group == "classic" and not kind.only]


def baseline_stages(config: Config) -> dict[str, dict[str, Any]]:
    """Stage of each baseline: kind, options, limits, and the digest of all code that it runs."""
    limits = config["baselines"]["limits"]
    entries = config["baselines"]["estimators"].items()
    return {name: _stage(name, entry, limits) for name, entry in entries}


def _stage(name: str, entry: dict[str, Any], limits: dict[str, float]) -> dict[str, Any]:
    kind = kind_of(name, entry)
    found = stage(
        "minde.stages.baseline.estimate_baseline",
        KINDS[kind].module,
        kind=kind,
        options=options_of(name, entry),
        limits={k: entry.get(k, v) for k, v in limits.items()},
    )
    return {**found, "brought": text_digest(source_of(entry.get("import", "")))}
