"""Section `consistency` of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from minde.declare import Bounds, Text, option
from minde.errors import ConfigError
from minde.experiments.consistency.tasks import SIDES
from minde.experiments.options import (
    Config,
    FamilyOptions,
    Names,
    RecipeOptions,
    Seeds,
    family_options,
    minde_options,
)
from minde.images.options import CodeOptions
from minde.recipe import make_recipe

_ALL = "everything of Figure 2"
_RECIPE = {
    "network": "residual",
    "width": 256,
    "levels": 1,
    "batch_size": 64,
    "lr": 0.001,
    "n_steps": 390_000,
}


@dataclass(frozen=True)
class ConsistencyOptions:
    """Figure 2: self-consistency on images (section 5.2). No rows: not run."""

    dataset: Annotated[str, Bounds(choices=tuple(SIDES))] = option(
        "mnist", "mnist, or digits (8x8, shipped with scikit-learn).", _ALL
    )
    root: Text = option(
        "data",
        "Folder above MNIST/raw; the environment variable MINDE_MNIST_ROOT goes before it.",
        _ALL,
    )
    download: bool = option(True, "Fetch MNIST there with torchvision if it is missing.", _ALL)
    rows: tuple[Annotated[int, Bounds(minimum=0, maximum=max(SIDES.values()))], ...] = option(
        (0, 3, 5, 10, 15, 20, 25, 28), "Rows that B keeps of the image A.", "jobs of new rows"
    )
    autoencoder: CodeOptions = option(
        CodeOptions(),
        "Codes are what estimators see: an autoencoder for each number of rows and one for full "
        "images.",
        "autoencoders and what they feed",
    )
    latent_noise: Annotated[float, Bounds(minimum=0)] = option(
        0,
        "Deviation of noise on A's standardised codes. A determines B, so at 0 the truth is "
        "infinite.",
        "what is drawn from codes; no autoencoder",
    )
    pairings: Annotated[int, Bounds(minimum=1, maximum=100)] = option(
        1,
        "Additivity test: images that every training image is paired with, in codes.",
        "the additivity test",
    )
    seeds: Seeds = option(5, "Number of seeds.", "jobs of new seeds")
    estimators: Names = option(
        ("minde-j", "minde-c", "mine", "infonce", "smile", "smile_conv"),
        '"all", or names of estimators.',
        "jobs of new estimators",
    )
    options: RecipeOptions = option(
        _RECIPE,
        "Recipe options of both families, over those of section minde: one network serves all "
        "tests.",
        "its trainings",
    )
    family_options: FamilyOptions = option(
        FamilyOptions(), "Then those of one family.", "its trainings of that family"
    )

    @staticmethod
    def check(config: Config) -> None:
        """Images must have the rows that are kept; recipe options must make a recipe."""
        section = config["consistency"]
        side = SIDES[section["dataset"]]
        if max(section["rows"], default=0) > side:
            raise ConfigError(
                f"config: consistency.rows: images of {section['dataset']} have {side} rows, "
                f"got {max(section['rows'])}"
            )
        for family in config["minde"]["families"]:
            options = {**minde_options(config, family), **family_options(section, family)}
            make_recipe(config["minde"]["recipe"], family, 2, **options)
