"""Memory (MB) and run time (minutes) that jobs ask for, by what they will do; with room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from minde.recipe import Recipe

#: Rows that a table, or a set of images, is taken to have before it is read.
ROWS = 100_000


@dataclass(frozen=True)
class Training:
    """A training of ``members`` networks at once, each on ``n_train`` rows of ``dim`` columns."""

    recipe: Recipe
    members: int
    dim: int
    n_train: int

    @property
    def minutes(self) -> float:
        """15 ms per step and member of width 64 and batches of 256 on one core, doubled."""
        width, options = self.recipe.network.width, self.recipe.training
        milliseconds: float = 15 * (width / 64) ** 1.5 * options.batch_size / 256
        return 10 + 2 * options.n_steps * self.members * milliseconds / 60_000

    @property
    def memory_mb(self) -> float:
        """Libraries, samples twice, and blocks of batches."""
        samples = self.n_train * self.dim * 24
        numbers = 8 * self.dim + 40 * self.recipe.network.width / 32
        blocks = 32 * self.recipe.training.batch_size * numbers * 4
        return 1500 + self.members * (samples + blocks) / 1e6


@dataclass(frozen=True)
class Mixed(Training):
    """Trainings on tables with labels, one after another: a network of either direction each."""

    #: Networks that are trained, of either direction.
    DIRECTIONS: ClassVar[int] = 2

    @property
    def minutes(self) -> float:
        """Those of a training of all, for each direction."""
        return self.DIRECTIONS * super().minutes


@dataclass(frozen=True)
class Question(Mixed):
    """Trainings of the networks of a question, which are in one loop."""

    @property
    def memory_mb(self) -> float:
        """The loop's, which is cut to what a job may take."""
        return min(super().memory_mb, 16_000)


@dataclass(frozen=True)
class Baseline:
    """A baseline on ``seeds`` sample files, one after the other."""

    options: Mapping[str, Any]
    limits: Mapping[str, float]
    seeds: int

    @property
    def minutes(self) -> float:
        """60 ms per step, within its limit of time."""
        seconds = self.options.get("max_n_steps", 5000) * 0.060
        return float(10 + self.seeds * min(seconds, self.limits["seconds"]) / 60)

    @property
    def memory_mb(self) -> float:
        """Its limit, and the job that watches it."""
        return self.limits["memory_mb"] + 500


@dataclass(frozen=True)
class Code:
    """A training of an autoencoder."""

    options: Mapping[str, Any]

    @property
    def minutes(self) -> float:
        """0.09 ms per image and pass, 0.8 with convolutions, doubled."""
        milliseconds = 0.8 if self.options["kind"] == "conv" else 0.09
        return float(10 + 2 * self.options["epochs"] * 60_000 * milliseconds / 60_000)


@dataclass(frozen=True)
class Prompting:
    """A pass of a conditional model over all prompts, by the section ``prompts``."""

    section: Mapping[str, Any]

    @property
    def minutes(self) -> float:
        """A network call of a pipeline takes some 0.1 s per image on a GPU, ours next to none."""
        section = self.section
        seconds = 0.1 if section["source"] == "diffusers" else 0.002
        calls = section["n"] * 2 * max(section["times"], section["steps"])
        return float(20 + 2 * calls * seconds / 60)

    @property
    def memory_mb(self) -> float:
        """Libraries, and the weights of a pipeline."""
        return 16_000 if self.section["source"] == "diffusers" else 4000
