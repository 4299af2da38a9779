"""Interaction information of three variables, O-information of six (Figure 11)."""

from __future__ import annotations

from minde.experiments.base import Exhibit, Experiment
from minde.experiments.estimators import minde_names
from minde.experiments.interaction.tasks import SUITE, interaction_tasks
from minde.experiments.options import Config
from minde.experiments.task import TaskInfo


class Interaction(Experiment):
    """Every construction at every dimension and noise."""

    name = SUITE
    sampler = "minde.experiments.interaction.samples.sample_task"
    exhibits = (
        Exhibit(
            "interaction",
            "Interaction",
            "Figure 11. Interaction information of three variables and O-information of six, in "
            "nats, against the variance of the noise; lines: the truth in closed form. Positive is "
            "redundancy, negative synergy. The paper shows the common cause alone, without "
            "numbers, and says that MINDE follows it.",
            table=("csv",),
            figure=True,
        ),
    )

    def tasks(self, config: Config) -> list[TaskInfo]:
        """Named after construction, dimension and noise."""
        section = config["interaction"]
        return interaction_tasks(section["constructions"], section["dims"], section["noise"])

    def known_estimators(self, config: Config) -> list[str]:
        """Ours alone, of the families chosen: the baselines are of two variables."""
        families = config["interaction"]["families"]
        return [name for name in minde_names(config) if name.removeprefix("minde-") in families]
