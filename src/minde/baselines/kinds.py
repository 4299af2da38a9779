"""Kinds of baselines: options, label, module and group, in the order of the paper's tables.

Light to import, for the job graph. Each kind's module has
``run(kind, train, test, options, seed) -> float``, nats, where ``train`` and ``test`` are x (n,
dim_x) and y (n, dim_y) each and ``options`` is an object of the kind's class below; where labels
are ``kinds``, also the kinds of both sides' columns. It is imported only where the estimate is
made. A new kind is a class and a line of KINDS here, and its module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from minde.declare import Bounds, Count, Positive, option

AtLeast2 = Annotated[int, Bounds(minimum=2)]
AtLeast10 = Annotated[int, Bounds(minimum=10)]
AtLeast20 = Annotated[int, Bounds(minimum=20)]
Layers = Literal["minde", "official"] | Annotated[tuple[Count, ...], Bounds(size=1, repeats=True)]
_LAYERS = (
    '"minde": three layers of MINDE\'s width (the paper\'s text); "official": the public '
    "script's (32, 32, 8), or (128, 128, 8) above 10 dimensions; or a list of widths."
)


@dataclass(frozen=True)
class CriticOptions:
    """A neural critic of bmi."""

    batch_size: AtLeast2 = option(256, "Samples per step.")
    max_n_steps: Count = option(200_000, "Steps at most.")
    test_every_n_steps: Count = option(250, "Steps between held-out evaluations.")
    learning_rate: Positive = option(0.001, "Adam's rate.")
    hidden_layers: Layers = option("minde", _LAYERS)
    max_train: AtLeast2 = option(100_000, "Training points used.")
    max_test: AtLeast2 = option(10_000, "Test points used; the evaluation grows as n².")


@dataclass(frozen=True)
class FitOptions:
    """A network of ours with early stopping (``minde.baselines.fit``)."""

    batch_size: AtLeast2 = option(256, "Samples per step.")
    max_n_steps: Count = option(20_000, "Steps at most.")
    test_every_n_steps: Count = option(250, "Steps between held-out checks.")
    patience: Count = option(10, "Checks without improvement before stopping.")
    learning_rate: Positive = option(0.001, "Adam's rate.")
    clip_norm: Positive | None = option(None, "Limit of the gradient's norm.")
    max_train: AtLeast20 = option(100_000, "Training points used.")


@dataclass(frozen=True)
class DoeOptions(FitOptions):
    """Difference of entropies."""

    batch_size: AtLeast2 = 128
    max_n_steps: Count = 10_000
    clip_norm: Positive | None = 1.0
    hidden_layers: Layers = option("minde", _LAYERS)


@dataclass(frozen=True)
class SmileOptions(FitOptions):
    """SMILE."""

    learning_rate: Positive = 0.0005
    hidden_layers: Layers = option("minde", _LAYERS)
    tau: Positive = option(5.0, "Clip of the critic.")
    max_test: AtLeast2 = option(10_000, "Test points used.")


@dataclass(frozen=True)
class SmileConvOptions(FitOptions):
    """SMILE with a convolutional critic on images themselves: consistency tests alone."""

    batch_size: AtLeast2 = 100
    test_every_n_steps: Count = 500
    learning_rate: Positive = 0.0001
    tau: Positive = option(5.0, "Clip of the critic.")
    max_train: AtLeast20 = 60_000
    max_test: AtLeast2 = option(10_000, "Test images used.")


@dataclass(frozen=True)
class KsgOptions:
    """Kraskov's nearest-neighbour estimator."""

    n_neighbors: Count = option(10, "Neighbours k.")
    max_test: AtLeast10 = option(10_000, "Points used; the cost grows as n².")


@dataclass(frozen=True)
class CcaOptions:
    """Canonical correlations (Gaussian)."""


@dataclass(frozen=True)
class KdeOptions:
    """Kernel density of the entropies."""

    kernel: Literal["gaussian", "tophat", "epanechnikov", "exponential", "linear", "cosine"] = (
        option("gaussian", "Kernel.")
    )
    bandwidth: Literal["scott", "silverman"] | Positive = option(
        "scott", "A rule, or a number, on standardised data."
    )
    max_test: AtLeast10 = option(10_000, "Points used.")


@dataclass(frozen=True)
class HistogramOptions:
    """Plug-in value of a joint histogram."""

    points_per_cell: Positive = option(
        5, "As many equal bins per axis as leave this many points to a cell on average."
    )
    max_test: AtLeast10 = option(10_000, "Points used.")


@dataclass(frozen=True)
class MixtureOptions:
    """A mixture of Gaussians fitted to normal scores: few rows alone."""


@dataclass(frozen=True)
class MutualInfoOptions:
    """scikit-learn's mutual_info_classif and _regression, of one column a side.

    Suite mixed, and tables with kinds.
    """

    n_neighbors: Count = option(3, "Neighbours k.")
    max_points: AtLeast10 = option(10_000, "Points used, of both splits.")


@dataclass(frozen=True)
class MixedKsgOptions(MutualInfoOptions):
    """Nearest neighbours that count ties (Gao et al., 2017): suite mixed, and tables with kinds."""

    n_neighbors: Count = 5


@dataclass(frozen=True)
class ImportOptions:
    """Any class with estimate(x, y)."""

    import_: Annotated[str, Bounds(pattern="^[^:]+:[^:]+$")] = option(
        description="Your own estimator, as package.module:Class (docs/own-estimator.md)."
    )
    points: Literal["test", "train", "all"] = option(
        description="Points that your own gets: test, train, or all (train before test)."
    )
    arguments: dict[str, Any] = option(
        {}, 'Arguments of its constructor; the value "seed" stands for the seed.'
    )
    max_points: AtLeast2 | None = option(None, "Points that your own gets at most.")


@dataclass(frozen=True)
class BaselineKind:
    """Label in tables, module that runs it, class of its options, and its group.

    Table 4 shows the classic ones. One that is ``only`` for images runs in the consistency tests
    alone, one for mixed columns where kinds are told, one for few rows in ``small_n``. What reads
    the test rows alone is given all rows where these are all that there are. Of columns that are
    not continuous ``labels`` says what it takes: none of them; with indicators in the place of
    labels, as a critic does; the levels' numbers, as one of the user's own does; or these with the
    kinds of all columns.
    """

    label: str
    module: str
    options: type
    group: Literal["neural", "classic", "imported"] = "neural"
    only: Literal["", "images", "mixed", "few"] = ""
    labels: Literal["none", "indicators", "codes", "kinds"] = "none"
    test_alone: bool = False


_CRITIC = ("minde.baselines.bmi_critics", CriticOptions)
_DOE = ("minde.baselines.doe", DoeOptions)
_CLASSIC = "minde.baselines.bmi_classic"
_NEIGHBOURS = "minde.baselines.neighbours"

KINDS: dict[str, BaselineKind] = {
    "mine": BaselineKind("MINE", *_CRITIC, labels="indicators"),
    "infonce": BaselineKind("InfoNCE", *_CRITIC, labels="indicators"),
    "donsker_varadhan": BaselineKind("D-V", *_CRITIC, labels="indicators"),
    "nwj": BaselineKind("NWJ", *_CRITIC, labels="indicators"),
    "doe_gaussian": BaselineKind("DoE (Gaussian)", *_DOE),
    "doe_logistic": BaselineKind("DoE (Logistic)", *_DOE),
    "smile": BaselineKind("SMILE", "minde.baselines.smile", SmileOptions, labels="indicators"),
    "ksg": BaselineKind("KSG", _CLASSIC, KsgOptions, "classic", test_alone=True),
    "cca": BaselineKind("CCA", _CLASSIC, CcaOptions, "classic", test_alone=True),
    "kde": BaselineKind("KDE", _CLASSIC, KdeOptions, "classic", test_alone=True),
    "histogram": BaselineKind("Histogram", _CLASSIC, HistogramOptions, "classic", test_alone=True),
    "mixture_of_gaussians": BaselineKind(
        "mixture of Gaussians",
        "minde.baselines.gaussians",
        MixtureOptions,
        "classic",
        only="few",
    ),
    "smile_conv": BaselineKind(
        "SMILE (images)", "minde.baselines.smile_conv", SmileConvOptions, only="images"
    ),
    "mutual_info": BaselineKind(
        "scikit-learn", _NEIGHBOURS, MutualInfoOptions, "classic", only="mixed", labels="kinds"
    ),
    "mixed_ksg": BaselineKind(
        "KSG (mixed)", _NEIGHBOURS, MixedKsgOptions, "classic", only="mixed", labels="kinds"
    ),
    "import": BaselineKind(
        "", "minde.baselines.imported", ImportOptions, "imported", labels="codes"
    ),
}
