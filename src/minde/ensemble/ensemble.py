"""An ensemble: E trained networks over one family, with what they are read out by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from minde.diffusion.denoiser import Denoiser, TrainedNoise
from minde.diffusion.experts import Laws, experts_of
from minde.diffusion.gaussian import GaussianNoise
from minde.diffusion.points import Diffuser
from minde.diffusion.roles import Family
from minde.diffusion.schedule import VPSchedule
from minde.ensemble.halves import read_halves, with_halves
from minde.nn.stacked import Parameters
from minde.options import ReadoutOptions
from minde.preprocessing.transforms import Transform
from minde.readout.control_variate import LEAST_TEST_ROWS
from minde.readout.fit_control import control_of
from minde.readout.measures import Measure
from minde.readout.reading import Reading
from minde.readout.readout import Readout, read_out_each, with_scaled
from minde.readout.remembered import Remembered
from minde.recipe import Recipe
from minde.training.blend import Blend, Blended, fit_blends
from minde.training.job import Fold
from minde.training.prepared import PreparedJob, make_network, stacked, weights_of
from minde.training.trained import Trained
from minde.types import Array, NoiseModel

#: Weights of test rows, and of training rows, per member.
SplitWeights = tuple[Sequence[Array], Sequence[Array]]


@dataclass(frozen=True)
class Weights:
    """Networks at one moment of the training.

    Attributes:
        parameters: Average of the weights, stacked.
        blend: Weights of the experts beside the networks, where the recipe blends.
    """

    parameters: Parameters
    blend: Blend | None = None


@dataclass
class Ensemble:
    """E trained members.

    Attributes:
        family: Patterns.
        recipe: Options.
        seeds: One per member.
        transforms: Fitted map per member, over all variables' columns.
        final: The trained networks.
        halfway: The networks after half of the training.
        schedule: The diffusion.
        mean: Training mean per member, (E, D), after the transform, in double.
        covariance: Training covariance per member, (E, D, D), after the transform, in double.
        losses: Training loss per block and member.
        validation_loss: At each check, (checks, 1 + E), first column the step.
        seconds: Training time of the whole ensemble.
        unresolved: Nats of structure in the training rows too fine for networks and Gaussian.
        folds: Rows that trained and those that test, where the samples were split; members run
            over seeds, and within a seed over folds.
        laws: Of the training rows after the transform, where one Gaussian is not as good.
        half: The like trained on half of the rows, by which read-outs are extrapolated.
        idle: Members whose training ended early since no network adds anything to the experts.
    """

    family: Family
    recipe: Recipe
    seeds: tuple[int, ...]
    transforms: list[Transform]
    final: Weights
    halfway: Weights
    schedule: VPSchedule
    mean: Tensor
    covariance: Tensor
    losses: Tensor
    validation_loss: Tensor
    seconds: float
    unresolved: float = 0.0
    folds: tuple[Fold, ...] = ()
    laws: Laws = field(default_factory=Laws)
    half: Ensemble | None = None
    idle: int = 0

    @classmethod
    def of(cls, job: PreparedJob, trained: Trained, folds: tuple[Fold, ...]) -> Ensemble:
        """The ensemble of a finished training, with its blend where the recipe asks for one."""
        ensemble = cls(
            job.family,
            job.recipe,
            job.train.seeds,
            job.maps.transforms,
            Weights(trained.average),
            Weights(trained.halfway),
            job.maps.schedule,
            job.mean,
            job.covariance,
            trained.losses,
            trained.validation_loss,
            trained.seconds,
            job.maps.unresolved,
            folds,
        )
        ensemble.laws = job.maps.laws.to(ensemble.device)
        ensemble.idle = len(job.train.seeds) if trained.idle else 0
        if job.recipe.training.blend != "none":
            kept = ensemble.final, ensemble.halfway
            blends = fit_blends(
                [ensemble.network(weights) for weights in kept],
                ensemble.experts,
                job.judged,
                ensemble.diffuser(),
                ensemble.seeds,
                job.recipe.readout.n_draws,
                weights=job.judged_weights,
            )
            ensemble.final, ensemble.halfway = (
                replace(weights, blend=blend) for weights, blend in zip(kept, blends, strict=True)
            )
        return ensemble

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.covariance.device

    @property
    def gaussian(self) -> GaussianNoise:
        """The exact score of the Gaussian of the training rows' mean and covariance."""
        return GaussianNoise(self.covariance, self.family, self.schedule, self.mean)

    @property
    def experts(self) -> list[NoiseModel]:
        """What the networks are blended with; each remembers what it was last asked."""
        found = experts_of(self.covariance, self.mean, self.laws, self.family, self.schedule)
        return [Remembered(expert) for expert in found]

    def diffuser(self, importance: bool = True) -> Diffuser:
        """Draws noisy points under the family's patterns."""
        return Diffuser(self.family, self.schedule, self.device, importance)

    def network(self, weights: Weights | None = None) -> TrainedNoise:
        """The networks alone; the trained ones if none are given."""
        options = self.recipe.network
        network = make_network(self.family, options)
        denoiser = Denoiser(
            network, self.family, options, self.schedule, self.covariance, self.device
        )
        return TrainedNoise(denoiser, (weights or self.final).parameters)

    def model(self, weights: Weights | None = None) -> NoiseModel:
        """The networks, blended with experts if so trained, as a noise model."""
        return self.models([weights or self.final])[0]

    def models(
        self, moments: Sequence[Weights], given: Sequence[NoiseModel] = ()
    ) -> list[NoiseModel]:
        """The like at several moments of the training; its experts are asked once for all."""
        experts, networks = given or self.experts, [(self.network(w), w.blend) for w in moments]
        return [
            Blended(network, experts, blend) if blend else network for network, blend in networks
        ]

    def read(
        self,
        samples: Sequence[Array],
        measure: Measure,
        train: Sequence[Array] | None = None,
        options: ReadoutOptions | None = None,
        halfway: bool = True,
        weights: SplitWeights | None = None,
    ) -> Reading:
        """Read a measure out on test rows per member, each (N, D).

        Arguments:
            samples: Test rows per member.
            measure: What to compute.
            train: Training rows per member, for the recipe's control variate.
            options: Of the read-out; the recipe's if omitted.
            halfway: Also as the networks were after half of the training.
            weights: Of the test rows and of the training rows per member, where they differ.
        """
        options, family = options or self.recipe.readout, self.family
        data = stacked(self.transforms, samples, self.device)
        own, others = (weights_of(part, self.device) for part in weights or (None, None))
        control, enough = None, options.control_variate and data.shape[1] >= LEAST_TEST_ROWS
        if enough and train is not None:
            known = stacked(self.transforms, train, self.device, double=True)
            laws = self.laws.mixture, self.schedule, self.recipe.training.gap
            control = control_of(measure, family.dims, known, others, *laws)
        halves = self.half and read_halves(self.half, self.seeds, samples, measure, options, own)
        experts = self.experts
        models = self.models([self.final, self.halfway] if halfway else [self.final], experts)
        exact = control.models(family, self.schedule, experts[1:]) if control else []
        diffuser = self.diffuser(options.importance)
        asked, seeds = [*models, *exact], self.seeds
        raw = read_out_each(asked, data, diffuser, measure, seeds, options, weights=own)
        gaps = [out["gap"].pointwise for out in raw[len(models) :]]
        values = control.values(data, gaps, own) if control else None

        def corrected(out: dict[str, Readout]) -> dict[str, Readout]:
            gap = out["gap"]
            if control is not None and values is not None:
                out = with_scaled({k: control.apply(v, values) for k, v in out.items()}, measure)
            return with_halves(out, gap, *halves, self.rows_of_half) if halves else out

        final, *before = map(corrected, raw[: len(models)])
        told, given = (1.0, math.inf, math.inf), diffuser.clean.bool().any(dim=1)
        if (blend := self.final.blend) is not None:
            told = blend.told(given, final["gap"].integrand, self.schedule.z)
        # Labels bound what they can tell themselves.
        columns = 2 if family.n_labels else family.dim
        return Reading(final, before[0] if before else {}, told[0], columns, *told[1:])

    @property
    def rows_of_half(self) -> float:
        """Rows that a network of the half is trained on, to those of one here."""
        assert self.half is not None, "asked of ensembles with a half"
        return len(self.half.folds[0].train) / len(self.folds[0].train)

    @property
    def n_seeds(self) -> int:
        """Seeds among the members."""
        return len(self.seeds) // max(1, len(self.folds))

    @property
    def cross_fitted(self) -> bool:
        """Whether all rows are both trained on and tested, by turns."""
        return len(self.folds) > 1

    def test_rows(self, samples: Array) -> list[Array]:
        """Test rows per member of the samples that were split."""
        return [samples[fold.test] for _ in range(self.n_seeds) for fold in self.folds]

    def train_rows(self, samples: Array) -> list[Array]:
        """Training rows per member of the samples that were split."""
        return [samples[fold.train] for _ in range(self.n_seeds) for fold in self.folds]

    def split_weights(self, weights: Array | None) -> SplitWeights | None:
        """Weights of the samples that were split, as :meth:`read` takes them."""
        return None if weights is None else (self.test_rows(weights), self.train_rows(weights))

    def read_folds(self, samples: Array, measure: Measure, weights: Array | None) -> Reading:
        """Read the samples that were split, each member on its test rows, by weights if given."""
        tests, trains = self.test_rows(samples), self.train_rows(samples)
        return self.read(tests, measure, trains, weights=self.split_weights(weights))

    def history(self) -> list[list[float]]:
        """Validation loss over training: (step, mean loss over members) at each check."""
        return [[float(row[0]), float(row[1:].mean())] for row in self.validation_loss]
