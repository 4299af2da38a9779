"""A pack of MINDE estimators: preprocess, train and read out E copies of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from minde.device import pick_device
from minde.diffusion.denoiser import Precondition
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.roles import Family
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.blend import Blend, Blended, fit_blend
from minde.ensemble.score import PackedScore
from minde.nn.stacked import Parameters
from minde.preprocessing import Transform
from minde.readout.control_variate import entropy_terms, fit_control
from minde.readout.measures import Measure
from minde.readout.readout import Readout, read_out
from minde.recipe import Recipe
from minde.training.job import Prepared, Problem, make_network, stack
from minde.training.trainer import Trained, Trainer
from minde.types import Array, NoiseModel, Progress


@dataclass
class Pack:
    """E fitted estimators over the same family.

    Attributes:
        family: Patterns.
        recipe: Options.
        seeds: One a copy.
        transforms: Fitted map a copy, over all variables' columns.
        parameters: EMA weights, stacked.
        halfway: EMA weights after half of the training, stacked.
        schedule: The diffusion.
        mean: Training mean a copy, (E, D), after the transform.
        covariance: Training covariance a copy, (E, D, D), after the transform.
        losses: Training loss a block and copy.
        held_out: Held-out loss at each check, (checks, 1 + E), first column the step.
        seconds: Training time of the whole pack.
        blend: Weights of the Gaussian score beside the network, where the recipe blends.
        halfway_blend: The same beside the network of half the training.
    """

    family: Family
    recipe: Recipe
    seeds: tuple[int, ...]
    transforms: list[Transform]
    parameters: Parameters
    halfway: Parameters
    schedule: VPSchedule
    mean: Tensor
    covariance: Tensor
    losses: Tensor
    held_out: Tensor
    seconds: float
    blend: Blend | None = None
    halfway_blend: Blend | None = None

    @classmethod
    def fit(
        cls,
        samples: Sequence[Array],
        family: Family,
        recipe: Recipe,
        seeds: Sequence[int],
        device: str = "auto",
        schedule: VPSchedule | None = None,
        checkpoint: str | Path | None = None,
        progress: Progress | None = None,
        identity: dict[str, Any] | None = None,
        validation: Sequence[Array] | None = None,
        checkpoint_seconds: float = 60.0,
        restart: bool = False,
    ) -> Pack:
        """Train one copy a seed.

        Arguments:
            samples: Training samples a copy, each (N, D) with the variables side by side.
            family: Patterns to learn.
            recipe: Options.
            seeds: One a copy.
            device: ``auto``, ``cpu`` or ``cuda``.
            schedule: The diffusion; the paper's by default.
            checkpoint: Progress file to write and resume from.
            progress: Called after each block of steps.
            identity: Names this training; a checkpoint with another is refused.
            validation: Rows a copy that are not trained on, for the history of the held-out loss,
                where the recipe holds no rows back itself.
            checkpoint_seconds: Time between checkpoints.
            restart: Start afresh, with a warning, where the checkpoint is of another training.
        """
        problem = Problem(samples, family, recipe, seeds, validation)
        start = Prepared.of(problem, pick_device(device), schedule or VPSchedule())
        trainer = Trainer([start.member], recipe, checkpoint, identity, checkpoint_seconds, restart)
        return cls.finish(start, trainer.run(progress)[0])

    @classmethod
    def finish(cls, start: Prepared, trained: Trained) -> Pack:
        """The pack of a finished training, with its blend where the recipe asks for one."""
        recipe, schedule = start.recipe, start.schedule
        pack = cls(
            start.family,
            recipe,
            start.member.stream.seeds,
            start.transforms,
            trained.average,
            trained.halfway,
            schedule,
            start.mean,
            start.covariance,
            trained.losses,
            trained.held_out,
            trained.seconds,
        )
        if recipe.blend == "gaussian":
            rest = (start.judged, start.family, schedule, pack.seeds, recipe.n_draws)
            pack.blend, pack.halfway_blend = (
                fit_blend(network, pack.gaussian, *rest)
                for network in (pack.network(), pack.network(halfway=True))
            )
        return pack

    def model(self, halfway: bool = False) -> NoiseModel:
        """The pack as a noise model: its network, blended with the Gaussian if so trained.

        Arguments:
            halfway: As it was after half of the training.
        """
        blend = self.halfway_blend if halfway else self.blend
        if blend is None:
            return self.network(halfway)
        return Blended(self.network(halfway), self.gaussian, blend)

    @property
    def gaussian(self) -> GaussianNoise:
        """The exact score of the Gaussian of the training data's mean and covariance."""
        return GaussianNoise(self.covariance, self.family, self.schedule, self.mean)

    def network(self, halfway: bool = False) -> PackedScore:
        """The trained network alone, or as it was after half of the training."""
        precondition = Precondition(
            self.recipe.precondition, self.family, self.schedule, self.covariance
        )
        network = make_network(self.family, self.recipe)
        parameters = self.halfway if halfway else self.parameters
        return PackedScore(
            network, parameters, self.family, self.recipe, self.schedule, precondition
        )

    def read_out(
        self,
        samples: Sequence[Array],
        measure: Measure,
        sigma_refs: Sequence[float] = (1.0,),
        halfway: bool = False,
        train: Sequence[Array] | None = None,
    ) -> dict[str, Readout]:
        """Read a measure out on test samples a copy, each (N, D); see ``readout.read_out``.

        Arguments:
            samples: Test rows a copy.
            measure: What to compute.
            sigma_refs: Reference widths of the outside read-out.
            halfway: Of the networks as they were after half of the training.
            train: Training rows a copy, for the recipe's control variate.
        """
        device = self.covariance.device
        data = stack([f(x) for f, x in zip(self.transforms, samples, strict=True)], device)

        def read(model: NoiseModel, sigma_refs: Sequence[float]) -> dict[str, Readout]:
            return read_out(
                model,
                data,
                self.family,
                measure,
                self.schedule,
                self.seeds,
                n_draws=self.recipe.n_draws,
                sigma_refs=sigma_refs,
                importance=self.recipe.importance,
                antithetic=self.recipe.antithetic,
            )

        out = read(self.model(halfway), sigma_refs)
        if train is None or not self.recipe.control_variate:
            return out
        known = stack([f(x) for f, x in zip(self.transforms, train, strict=True)], device)
        control = fit_control(known, entropy_terms(measure, self.family.dims))
        if control is None:
            return out
        exact = GaussianNoise(control.covariance, self.family, self.schedule, control.mean)
        gaussian = read(exact.to(data.device, data.dtype), ())["gap"].pointwise
        controls = control.values(data, gaussian)
        return {name: control.apply(readout, controls) for name, readout in out.items()}
