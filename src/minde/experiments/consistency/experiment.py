"""Self-consistency on images (Figure 2), and the autoencoders behind it."""

from __future__ import annotations

from typing import Any

from minde.experiments.base import Exhibit, Experiment
from minde.experiments.consistency.tasks import PIXELS, SUITE, consistency_tasks, parse
from minde.experiments.estimators import is_minde, takes_pixels
from minde.experiments.options import Config, family_options
from minde.experiments.task import TaskInfo

#: Shown where our own estimators run: it is made of their integrands.
_NOISE = "consistency_noise"


class Consistency(Experiment):
    """Every test at every number of rows."""

    name = SUITE
    extras = ("images",)
    exhibits = (
        Exhibit(
            "consistency",
            "Self-consistency",
            "Figure 2. A is an image and B its first r rows, as codes of autoencoders. (a) "
            "I(A;B)/I(A;A) rises from 0 to 1; (b) a function of B adds nothing: 1; (c) two "
            "independent images hold twice as much: 2; dashed: the ideal. Codes lose something, so "
            "(b) need not be exact. The paper: MINDE does well in all three, others fail in (c).",
            table=("csv", "md"),
            figure=True,
        ),
        Exhibit(
            _NOISE,
            "What it rests on",
            "An image determines its rows, so without noise the information is infinite. "
            "Information and ratios against the smallest noise that counts, in deviations of the "
            "codes; one training tells all of them, by its integrand.",
            figure=True,
            needs=("minde-j", "minde-c"),
        ),
        Exhibit(
            "codes",
            "Autoencoders",
            "Reconstruction error, mean square per pixel of images in [0, 1], beside the error of "
            "the mean image.",
            table=("csv", "md"),
            beside="autoencoders",
        ),
        Exhibit(
            "reconstructions",
            "What comes back",
            "Test images with rows kept, and below each what its autoencoder brings back.",
            figure=True,
            beside="autoencoders",
        ),
        Exhibit(
            "traversal",
            "What a code's coordinates do",
            "The mean code of full images, decoded with one coordinate (a line each) moved by -2 "
            "to 2 deviations.",
            figure=True,
            beside="autoencoders",
        ),
    )

    def suffices(self, tasks: set[str]) -> bool:
        """Ratios are to the baseline."""
        return any(parse(task).test == "baseline" for task in tasks)

    def suite(self, config: Config, estimator: str = "") -> str:
        """Codes, or the images themselves for an estimator that takes them."""
        return PIXELS if estimator and takes_pixels(config, estimator) else SUITE

    def tasks(self, config: Config) -> list[TaskInfo]:
        """Named after test and rows."""
        section = config["consistency"]
        return consistency_tasks(section["rows"], section["autoencoder"]["latent"])

    def sizes(self, config: Config) -> list[str]:
        """All training images."""
        return ["all"]

    def shown(self, config: Config) -> list[Exhibit]:
        """Without the noise where none of ours is among the estimators."""
        shown = super().shown(config)
        ours = bool(shown) and any(is_minde(name) for name in self.estimators(config))
        return [x for x in shown if ours or x.name != _NOISE]

    def training_options(self, config: Config, family: str, n: str, dim: int) -> dict[str, Any]:
        """With options of its own over the common ones."""
        common = super().training_options(config, family, n, dim)
        return {**common, **family_options(config["consistency"], family)}
