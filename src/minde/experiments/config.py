"""The workflow's configuration: its sections, closed and checked, one clear line on a mistake."""

from __future__ import annotations

import functools
from dataclasses import dataclass, is_dataclass
from typing import Any, get_args, get_origin

from minde.declare import option, options_of, plain
from minde.errors import ConfigError
from minde.experiments import schema
from minde.experiments.benchmark.options import BenchmarkOptions
from minde.experiments.consistency.options import ConsistencyOptions
from minde.experiments.datasets.options import DatasetOptions
from minde.experiments.high_mi.options import HighMiOptions
from minde.experiments.interaction.options import InteractionOptions
from minde.experiments.mixed.options import MixedOptions
from minde.experiments.options import (
    BaselineOptions,
    Config,
    FigureOptions,
    MindeOptions,
    Name,
    Table1Options,
)
from minde.experiments.prompts.options import PromptOptions
from minde.experiments.small_n.options import SmallNOptions
from minde.experiments.train_size.options import TrainSizeOptions

#: Run under which everything is drawn from the archive.
PUBLISHED = "published"


@dataclass(frozen=True)
class Configuration:
    """The paper's full protocol (§5.1, §C)."""

    run: Name = option(
        "paper",
        "Name of the run: everything is written under results/{run}.",
        "everything, in a new folder",
    )
    benchmark: BenchmarkOptions = option(BenchmarkOptions())
    minde: MindeOptions = option(MindeOptions())
    baselines: BaselineOptions = option(BaselineOptions())
    high_mi: HighMiOptions = option(HighMiOptions(), reruns="jobs of new tasks")
    train_size: TrainSizeOptions = option(TrainSizeOptions(), reruns="jobs of new sizes")
    interaction: InteractionOptions = option(InteractionOptions(), reruns="jobs of new tasks")
    mixed: MixedOptions = option(MixedOptions(), reruns="jobs of new tasks")
    small_n: SmallNOptions = option(SmallNOptions(), reruns="jobs of new tasks")
    consistency: ConsistencyOptions = option(ConsistencyOptions())
    prompts: PromptOptions = option(PromptOptions())
    datasets: dict[Name, DatasetOptions] = option(
        {},
        "Your own tables: every configured estimator runs on them. For example "
        '`wine: {path: data/wine.csv, x: "alcohol,malic_*", y: color, test_size: 0.2}`.',
        "that table's jobs",
    )
    table1: Table1Options = option(Table1Options())
    figures: FigureOptions = option(FigureOptions(), reruns="figures only")


@functools.cache
def config_schema() -> schema.Schema:
    """JSON schema of the whole configuration."""
    return schema.object_schema(Configuration)


def complete(config: Config) -> dict[str, Any]:
    """A configuration with the declared value of every key that it leaves out.

    What holds names of the user's own, such as ``baselines.estimators``, is taken as it is given.
    """
    return _complete(Configuration, config, plain(Configuration()))


def _complete(group: type, given: Config, declared: dict[str, Any]) -> dict[str, Any]:
    groups = {o.key: o.hint for o in options_of(group) if is_dataclass(o.hint)}
    nested = {
        key: _complete(groups[key], value, declared[key])  # type: ignore[arg-type]
        for key, value in given.items()
        if key in groups and isinstance(value, dict)
    }
    return {**declared, **given, **nested}


def check_config(config: Config) -> None:
    """Validate ``config`` against its declaration and against what only code knows.

    Raises:
        ConfigError: Naming the key, what is wrong, and the nearest known key or value.
    """
    schema.check(config, config_schema())
    if config["run"] == PUBLISHED:
        raise ConfigError(
            f"config: run '{PUBLISHED}' is the folder of what is drawn from the archive; take "
            "another name"
        )
    for section in options_of(Configuration):
        named = get_origin(section.hint) is dict
        check = getattr(get_args(section.hint)[1] if named else section.hint, "check", None)
        if check is not None:
            check(config)
