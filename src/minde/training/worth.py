r"""Whether a network in training adds anything to the experts that it is blended with.

Where the data are nearly Gaussian, or a mixture, all that a training ends with is a network that
weighs nothing. What it adds is measured on the rows that judge, by halves: with the weights that
are best on one half, and with those of the experts alone, the denoising losses of the other half
differ by

.. math::
    \Delta = \tfrac12 \int \mathbb{E}\, \|\epsilon - \hat\epsilon_{experts}\|^2
    - \mathbb{E}\, \|\epsilon - \hat\epsilon_{blend}\|^2 \; d\lambda

nats, summed over the patterns. A member gives up once :math:`\Delta` was less, CHECKS times in a
row, than ADDS times :math:`1 / \sqrt n` of n rows that judge, and a job ends where all of its
members do. What a member adds is known to some 0.005 nats only, so that those that go on are reason
enough for all: of 10,000 rows of X and X + 0.75 U, uniform both, two of five gave up, and with
their weights as they were then the value was 0.303 for 0.313 of 0.333. Networks that have something
to learn show it long before they have learned it: on 5,000 rows the sign of a product of three
columns adds 0.1 nats after a third of the steps, and a product with noise, of which mixtures know
most, 0.01. Mixtures of very many rows know more: 256 components on 90,000 rows of two spirals are
ahead of a network for a third of its steps, which adds 0.09 nats to them in the end. There nothing
is concluded before LATE_SHARE of the steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from minde.diffusion.denoiser import TrainedNoise
from minde.diffusion.experts import experts_of
from minde.diffusion.points import Diffuser
from minde.io.checkpoint import below
from minde.nn.stacked import Parameters
from minde.seeding import generator
from minde.training.blend import edges_of, least, lost, sums
from minde.training.mixture import fitted_to_all
from minde.training.prepared import PreparedJob
from minde.training.validation import Validator
from minde.types import NoiseModel

#: Steps before which nothing is concluded, and their share of all steps, where mixtures are of very
#: many rows too. Trainings that are not twice as long, or have fewer rows to judge by, are not
#: looked at.
LEAST_STEPS, LEAST_SHARE, LATE_SHARE, LEAST_ROWS = 250, 1 / 8, 3 / 8, 150
#: Noisy points of each half and member at most, draws of a row at most.
POINTS, DRAWS = 4000, 10
#: Standard errors of one nat's spread below which nothing is added, and checks in a row.
ADDS, CHECKS = 0.1, 2


class Worth:
    """Watches one job; what the experts predict is computed once.

    Arguments:
        job: With rows to judge by.
    """

    def __init__(self, job: PreparedJob) -> None:
        self.job = job
        device = job.judged.device
        n_steps = job.recipe.training.n_steps
        _, trained, dim = job.train.data.shape
        many = fitted_to_all(trained, dim) and job.maps.laws.mixture is not None
        share = LATE_SHARE if many else LEAST_SHARE
        self.first, self.last = max(LEAST_STEPS, int(n_steps * share)), n_steps // 2
        self.halves: list[_Half] = []
        weights, n = job.judged_weights, job.judged.shape[1]
        #: As many as the rows that judge tell, of the member with the fewest.
        self.rows = n if weights is None else float((n**2 / weights.square().sum(1)).min())
        #: Checks in a row at which nothing was added, (E,), and which members have given up.
        self.waited = torch.zeros(len(job.train.seeds), dtype=torch.long, device=device)
        self.given_up = torch.zeros_like(self.waited, dtype=torch.bool)
        #: Weights of members when they gave up.
        self.kept: Parameters = {}

    def check(self, step: int, average: Parameters, validator: Validator) -> None:
        """Check after ``step`` steps which members' networks add nothing.

        Arguments:
            step: Steps done.
            average: The networks, stacked over members.
            validator: Knows the best weights so far, and which members have stopped by themselves.
        """
        if self.first > min(step, self.last) or self.rows < LEAST_ROWS or self.ended:
            return
        little = self.adds(average) < ADDS / math.sqrt(self.rows)
        self.waited = torch.where(little, self.waited + 1, 0)
        new = (self.waited >= CHECKS) & ~self.given_up & ~validator.stopped
        if not self.kept:
            self.kept = {name: value.clone() for name, value in validator.best.items()}
        for name, value in validator.best.items():
            self.kept[name][new] = value[new]
        self.given_up = self.given_up | new

    @property
    def ended(self) -> bool:
        """Whether all networks of the job have given up since they add nothing."""
        return bool(self.given_up.all())

    def state(self) -> Parameters:
        """What a resumed training needs."""
        kept = {f"kept/{name}": value for name, value in self.kept.items()}
        return kept | {"waited": self.waited, "given_up": self.given_up}

    def load(self, tensors: Parameters) -> None:
        """Take the state back from :meth:`state`."""
        self.kept = below(tensors, "kept/")
        self.waited, self.given_up = tensors["waited"], tensors["given_up"]

    @torch.no_grad()
    def adds(self, average: Parameters) -> Tensor:
        r""":math:`\Delta` of each member, (E,), nats."""
        if not self.halves:
            self.halves = self._halves()
        network = TrainedNoise(self.job.denoiser, average)
        products = [half.products(network) for half in self.halves]
        total = torch.zeros_like(products[0][:, 0, 0, 0, 0])
        for fitted, other in (products, products[::-1]):
            blend = lost(least(fitted), other)
            alone = lost(least(fitted[..., 1:, 1:]), other[..., 1:, 1:])
            total += (alone - blend).sum(dim=(1, 2))
        # The mean over the halves of half of their points' integration weight.
        return 0.25 * self.job.maps.schedule.z * total

    def _halves(self) -> list[_Half]:
        """Both halves; experts are only made where a training is looked at."""
        job, schedule = self.job, self.job.maps.schedule
        laws = job.maps.laws.to(job.judged.device)
        experts = experts_of(job.covariance, job.mean, laws, job.family, schedule)
        return [_Half(job, experts, k) for k in (0, 1)]


class _Half:
    """Every second row that judges, diffused, with the errors of the experts there."""

    def __init__(self, job: PreparedJob, experts: Sequence[NoiseModel], k: int) -> None:
        rows = job.judged[:, k::2]
        draws = min(DRAWS, max(1, POINTS // rows.shape[1]))
        streams = [generator(s, "worth", k, device=rows.device) for s in job.train.seeds]
        self.diffuser = Diffuser(job.family, job.maps.schedule, rows.device)
        self.points = self.diffuser.draw(rows.repeat(1, draws, 1), streams)
        edges = edges_of(self.diffuser)[1:-1].to(self.points.t)
        self.cell = torch.bucketize(self.points.t, edges)
        weights = job.judged_weights
        self.weights = None if weights is None else weights[:, k::2].repeat(1, draws)
        patterns = range(len(job.family.patterns))
        self.values = [self.diffuser.values(self.points, p) for p in patterns]
        self.known = [[self._error(m, p) for m in experts] for p in patterns]

    def _error(self, model: NoiseModel, pattern: int) -> Tensor:
        predicted = model(self.values[pattern], pattern, self.points.t)
        return self.diffuser.mask(pattern) * (self.diffuser.noise(self.points) - predicted)

    def products(self, network: NoiseModel) -> Tensor:
        """Means of products of errors, (E, patterns, bins, M, M), the network first."""
        found = [
            sums([self._error(network, p), *known], self.cell, self.weights)
            for p, known in enumerate(self.known)
        ]
        return torch.stack(found, dim=1) / self.points.t.shape[1]
