"""Which estimates each experiment of the configuration is made of; light, for the job graph.

An experiment is a set of tasks, training sizes and seeds, and every estimator on them. Experiments
share files: the training sizes reuse the benchmark's packs at the benchmark's own size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from minde.baselines.base import KINDS, kind_of, label_of
from minde.errors import ConfigError, nearest
from minde.experiments.benchmark.tasks import TaskInfo, select_tasks
from minde.experiments.consistency.tasks import PIXELS, consistency_tasks
from minde.experiments.high_mi.tasks import high_mi_tasks
from minde.experiments.interaction.tasks import interaction_tasks
from minde.experiments.options import Config, family_options, minde_options, packs
from minde.recipe import make_recipe

EXPERIMENTS = ("benchmark", "high_mi", "train_size", "interaction", "consistency", "datasets")
#: Experiments with tasks of their own; the others run on the benchmark's.
SUITES = ("high_mi", "interaction", "consistency")


@dataclass(frozen=True)
class Cell:
    """One estimate file: an estimator on the seeds ``first`` to ``last`` of a task."""

    suite: str
    task: str
    n: str
    estimator: str
    first: int
    last: int

    def path(self, run: str) -> str:
        """The estimate file."""
        seeds = f"seeds{self.first}-{self.last}"
        return (
            f"{run}/estimates/{self.suite}/{self.task}/{self.estimator}/n{self.n}-{seeds}.parquet"
        )

    def score_path(self, run: str) -> str:
        """The weight file behind an estimate of ours."""
        family = self.estimator.removeprefix("minde-")
        seeds = f"seeds{self.first}-{self.last}"
        return f"{run}/scores/{self.suite}/{self.task}/{family}/n{self.n}-{seeds}.safetensors"


def seeds_of(config: Config, experiment: str) -> int:
    """Number of seeds of an experiment; the user's tables take the benchmark's."""
    section = config.get(experiment, {})
    key = experiment if "seeds" in section else "benchmark"
    return int(config[key]["seeds"])


def tasks_of(config: Config, experiment: str) -> list[TaskInfo]:
    """Tasks of an experiment but for ``datasets``."""
    section = config[experiment]
    if experiment == "high_mi":
        return high_mi_tasks(section["transforms"], section["values"])
    if experiment == "interaction":
        return interaction_tasks(section["constructions"], section["dims"], section["noise"])
    if experiment == "consistency":
        return consistency_tasks(section["rows"], section["autoencoder"]["latent"])
    return select_tasks(config["benchmark"]["suite"], section["tasks"], f"{experiment}.tasks")


def suite_tasks(config: Config) -> dict[tuple[str, str], TaskInfo]:
    """Every task that any experiment may sample, by suite and id."""
    bmi = config["benchmark"]["suite"]
    found = {(bmi, t.task_id): t for t in select_tasks(bmi, "all")}
    return found | {(s, t.task_id): t for s in SUITES for t in tasks_of(config, s)}


def estimator_names(config: Config, experiment: str) -> list[str]:
    """Names of the estimators of an experiment: ``minde-c``, ``mine``, ...

    Raises:
        ConfigError: If the section names one that is not configured.
    """
    families = config["minde"]["families"]
    if experiment == "interaction":
        # The baselines are of two variables.
        return [f"minde-{f}" for f in families if f in config["interaction"]["families"]]
    known = [f"minde-{f}" for f in families]
    # Those that take images run in the consistency tests alone.
    known += [
        n for n in _baselines(config) if experiment == "consistency" or not _pixels(config, n)
    ]
    wanted = config.get(experiment, {}).get("estimators", "all")
    if wanted == "all":
        return known
    for name in wanted:
        if name not in known:
            raise ConfigError(
                f"config: {experiment}.estimators: '{name}' is not configured under minde.families "
                f"or baselines.estimators{nearest(name, known)}"
            )
    return [name for name in known if name in wanted]


def cells(config: Config, experiment: str) -> list[Cell]:
    """Every estimate file of an experiment."""
    names = estimator_names(config, experiment)
    seeds = seeds_of(config, experiment)
    if experiment == "datasets":
        places = [("user", name, "all") for name in config["datasets"]]
    elif experiment == "train_size":
        suite = config["benchmark"]["suite"]
        places = [
            (suite, t.task_id, str(n))
            for n in config["train_size"]["sizes"]
            for t in tasks_of(config, "train_size")
        ]
    else:
        suite = experiment if experiment in SUITES else config["benchmark"]["suite"]
        # All training images, as of a user's table all training rows.
        n = str(config[experiment].get("n_train", "all"))
        places = [(suite, t.task_id, n) for t in tasks_of(config, experiment)]
    infos = suite_tasks(config)
    pixels = {name for name in names if _pixels(config, name)}
    return [
        cell
        for suite, task, n in places
        for name in names
        if _applies(name, infos.get((suite, task)))
        for cell in _packs_at(config, (PIXELS if name in pixels else suite, task, n), name, seeds)
    ]


def _pixels(config: Config, name: str) -> bool:
    """Whether an estimator takes images."""
    entry = config["baselines"]["estimators"].get(name)
    return entry is not None and KINDS[kind_of(name, entry)].pixels


def _applies(estimator: str, task: TaskInfo | None) -> bool:
    """MINDE-C takes three variables at most."""
    return task is None or estimator != "minde-c" or len(task.dims) <= 3


def _packs_at(config: Config, place: tuple[str, str, str], name: str, seeds: int) -> list[Cell]:
    """Packs of one estimator at one place; the benchmark's where it has been there."""
    minde = name.startswith("minde-")
    size = config["minde"]["seeds_per_pack"] if minde else config["baselines"]["seeds_per_job"]
    folder = f"{name}-{config['minde']['recipe']}" if minde else name
    benchmark = config["benchmark"]
    shared = (
        place[0] == benchmark["suite"]
        and place[2] == str(benchmark["n_train"])
        and (benchmark["tasks"] == "all" or place[1] in benchmark["tasks"])
        and name in estimator_names(config, "benchmark")
    )
    drawn = max(seeds, benchmark["seeds"]) if shared else seeds
    return [Cell(*place, folder, a, b) for a, b in packs(drawn, size) if a < seeds]


def training_options(config: Config, family: str, suite: str, n: str, dim: int) -> dict[str, Any]:
    """Recipe options of one training.

    The consistency tests have options of their own. With ``train_size.steps: epochs`` a smaller
    training set takes proportionally fewer steps, as in the public script.
    """
    options = minde_options(config, family)
    if suite == "consistency":
        return {**options, **family_options(config["consistency"], family)}
    if suite == "prompts":
        # Latents are made by the model, so nothing may come between them and the network.
        return {**options, **config["prompts"]["options"], "preprocessing": "none"}
    full = config["benchmark"]["n_train"]
    if (
        config["train_size"]["steps"] == "epochs"
        and suite == config["benchmark"]["suite"]
        and int(n) < full
    ):
        steps = make_recipe(config["minde"]["recipe"], family, dim, **options).training.n_steps
        options["n_steps"] = max(1, round(steps * int(n) / full))
    return options


def estimator_labels(config: Config) -> dict[str, str]:
    """Label of every configured estimator, in the order of tables."""
    names = {f"minde-{f}": f"MINDE-{f.upper()}" for f in config["minde"]["families"]}
    return names | {name: label_of(name, entry) for name, entry in _baselines(config).items()}


def classic_labels(config: Config) -> list[str]:
    """Labels of the estimators without networks, as Table 4 shows them."""
    entries = _baselines(config).items()
    return [label_of(n, e) for n, e in entries if KINDS[kind_of(n, e)].group == "classic"]


def _baselines(config: Config) -> dict[str, dict[str, Any]]:
    """Configured baselines in the order of KINDS; an overlay does not keep the file's order."""
    kinds = list(KINDS)
    entries = config["baselines"]["estimators"].items()
    return dict(sorted(entries, key=lambda item: kinds.index(kind_of(*item))))


def pages(count: int, size: int) -> int:
    """Pages that ``count`` panels take."""
    return -(-count // size)
