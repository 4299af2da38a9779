"""What a training job asks for: rows of some seeds, a network family and a recipe."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from minde.diffusion.roles import Family, conditional, joint, masked
from minde.ensemble.ensemble import Ensemble
from minde.ensemble.storage import save_ensemble
from minde.errors import CheckpointError, ConfigError
from minde.io.checkpoint import load_header
from minde.readout.measures import measure_of
from minde.recipe import make_recipe
from minde.stages.samples import read_samples
from minde.training.job import Job


@dataclass(frozen=True)
class Request:
    """The weights that a job is to write, and what they follow from.

    Attributes:
        samples: One file per seed, all of one task.
        score: Output safetensors.
        family: ``c`` or ``j``.
        recipe: ``paper`` or ``fast``.
        options: Recipe options to override.
        digest: Digest of the code, kept with the weights.
    """

    samples: Sequence[str]
    score: str
    family: str
    recipe: str
    options: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Request:
        """Undo :meth:`to_dict`, after JSON too."""
        return cls(**plain)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "samples": list(self.samples), "options": dict(self.options)}

    def is_like(self, other: Request) -> bool:
        """Whether the two are of one family and recipe, so that they may be trained in one loop."""
        told = (self.family, self.recipe, dict(self.options), self.digest)
        return told == (other.family, other.recipe, dict(other.options), other.digest)

    def read(self) -> Wanted:
        """The job to train; InputError where a sample file is damaged or missing."""
        drawn = [read_samples(path) for path in self.samples]
        first = drawn[0]
        roles = make_family(self.family, first.dims)
        recipe = make_recipe(self.recipe, self.family, roles.dim, len(first.train), **self.options)
        rows = [s.train for s in drawn]
        job = Job(rows, roles, recipe, [s.seed for s in drawn])
        known = hashlib.sha256()
        for of_seed in rows:
            known.update(of_seed.tobytes())
        about = {"task": first.task, "n_train": len(first.train), "digest": self.digest}
        return Wanted(self, job, about | {"rows": known.hexdigest()[:16]})


@dataclass(frozen=True)
class Wanted:
    """A request with its rows.

    Attributes:
        request: The request.
        job: What to train.
        about: What is told of it in the file of its weights.
    """

    request: Request
    job: Job
    about: Mapping[str, Any]

    @property
    def name(self) -> str:
        """For log lines."""
        ask, seeds = self.request, [*self.job.seeds]
        return f"{self.about['task']} {ask.family}-{ask.recipe} seeds {seeds}"

    def save(self, ensemble: Ensemble, path: str | Path) -> None:
        """Write its weights."""
        save_ensemble(ensemble, path, **self.about)

    def is_in(self, path: str | Path) -> bool:
        """Whether a file holds the weights that are asked for: of these rows, by this code."""
        try:
            found = load_header(path)
        except CheckpointError:
            return False
        told = {"recipe": self.job.recipe.to_dict(), "seeds": list(self.job.seeds), **self.about}
        return all(found.get(k) == v for k, v in told.items()) and (
            found["family"]["name"] == self.job.family.name
        )


def make_family(name: str, dims: Sequence[int]) -> Family:
    """MINDE-C or MINDE-J; over more than two variables the patterns of their O-information."""
    makers = {"c": conditional, "j": joint}
    if name not in makers:
        raise ConfigError(f"family: must be c or j, got '{name}'")
    if len(dims) == 2:
        return makers[name](*dims)
    return replace(masked(dims, measure_of(name, len(dims)).patterns), name=name)
