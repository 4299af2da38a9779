"""The options of the commands, each declared once, in the groups that commands share."""

from __future__ import annotations

import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import minde
from minde.cli.files import check_writable
from minde.cli.show import progress_bar
from minde.errors import InputError
from minde.io.tables import read_table
from minde.questions.asking import LOCAL_DRAWS, Answer
from minde.questions.table import AskedTable

if TYPE_CHECKING:
    from minde.cli.kinds import KindOptions
    from minde.readout.estimate import MIEstimate
    from minde.types import Progress

#: Kinds of pictures.
PICTURES = (".png", ".pdf", ".svg")
_COLUMNS = "Columns: names and globs, comma-separated."

FileArgument = Annotated[
    Path, typer.Argument(help="CSV, TSV, parquet (a file or a folder), feather, npy, npz or xlsx.")
]
XOption = Annotated[str, typer.Option("--x", help=_COLUMNS)]
YOption = Annotated[str, typer.Option("--y", help=_COLUMNS)]
ZOption = Annotated[str, typer.Option("--z", help=_COLUMNS)]


@dataclass(frozen=True)
class FitOptions:
    """How to fit, on one split."""

    recipe: Annotated[str, typer.Option(help="fast or paper.")] = "fast"
    seeds: Annotated[int, typer.Option(help="Networks from different seeds.", min=1)] = 2
    steps: Annotated[int, typer.Option(help="Training steps; 0 chooses by size.", min=0)] = 0
    random_state: Annotated[int, typer.Option(help="Seed of everything.")] = 0
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto"
    time: Annotated[
        bool, typer.Option("--time", help="Rows come in time, and those near one another depend.")
    ] = False

    def settings(self, progress: Progress | None) -> minde.Settings:
        """The same, as every measure takes it.

        Raises:
            InputError: If there is no such device.
        """
        from minde.device import pick_device

        pick_device(self.device)  # before a training, not at its start
        return minde.Settings(
            recipe=self.recipe,
            n_seeds=self.seeds,
            device=self.device,
            random_state=self.random_state,
            options={"n_steps": self.steps} if self.steps else {},
            progress=progress,
            order="time" if self.time else None,
        )


@dataclass(frozen=True)
class ManyOptions(FitOptions):
    """How to fit for many values: by their number unless asked otherwise."""

    seeds: Annotated[int | None, typer.Option(help="Networks from different seeds.", min=1)] = None  # type: ignore[assignment]
    folds: Annotated[
        int | None, typer.Option(help="Cross-fitting folds; 1 is one split.", min=1)
    ] = None

    def given(self, progress: Progress | None) -> dict[str, Any]:
        """Fields of settings, without those that follow from the number of values."""
        chosen = vars(replace(self, seeds=self.seeds or 1).settings(progress))
        kept = {k: chosen[k] for k in ("recipe", "device", "random_state", "progress", "order")}
        if self.seeds or self.folds or self.steps:
            kept |= {k: chosen[k] for k in ("n_seeds", "options")}
            kept["folds"] = self.folds or 5
        return kept


@dataclass(frozen=True)
class AllRowsOptions(FitOptions):
    """How to fit, by cross-fitting unless asked otherwise."""

    seeds: Annotated[int, typer.Option(help="Networks from different seeds.", min=1)] = 1
    folds: Annotated[int, typer.Option(help="Cross-fitting folds; 1 is one split.", min=1)] = 5

    def settings(self, progress: Progress | None) -> minde.Settings:
        """The same, as every measure takes it."""
        return replace(super().settings(progress), folds=self.folds)


@dataclass(frozen=True)
class StoreOptions:
    """Where a fitted estimator is kept."""

    save: Annotated[Path | None, typer.Option(help="Folder for the fitted estimator.")] = None
    load: Annotated[
        Path | None, typer.Option(help="Folder of a fitted estimator to read out; no training.")
    ] = None

    def prepare(self) -> None:
        """Make the folder for ``save`` now, before a training that it would waste.

        Raises:
            InputError: If it cannot be made or written to, or there is nothing to save.
        """
        if self.save is None:
            return
        if self.load is not None:
            raise InputError("--save: with --load nothing is fitted; leave one of them out")
        try:
            self.save.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.save):
                pass
        except OSError as error:
            raise InputError(
                f"--save: {self.save} cannot be made or written to ({error.strerror}); name "
                "another folder"
            ) from error


@dataclass(frozen=True)
class OutputOptions:
    """How to print, and whether to draw a bar."""

    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False
    bits: Annotated[bool, typer.Option("--bits", help="Print bits instead of nats.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False

    @property
    def unit(self) -> Literal["nats", "bits"]:
        """``nats`` unless asked for the other."""
        return "bits" if self.bits else "nats"

    @property
    def format(self) -> Literal["text", "json", "csv"]:
        """``text`` unless asked for another."""
        return "json" if self.json else "csv" if self.csv else "text"

    def progress(self) -> AbstractContextManager[Progress | None]:
        """A bar for people who watch; programs that read the output get none."""
        return progress_bar(self.quiet or self.format != "text")


@dataclass(frozen=True)
class TableOptions(OutputOptions):
    """Which rows of a table are used, and how to print what follows from them."""

    drop_missing: Annotated[
        bool, typer.Option("--drop-missing", help="Drop rows that miss a value; else refuse.")
    ] = False

    @property
    def reading(self) -> dict[str, Any]:
        """The same, as the functions that read variables take it."""
        missing = "drop" if self.drop_missing else "refuse"
        return {"missing": missing, "option": "--drop-missing"}

    def open(self, file: Path, kinds: KindOptions) -> AskedTable:
        """The table, of which columns can be asked for."""
        columns, of_rows = kinds.taken(read_table(file))
        return AskedTable(columns, kinds.of, self.reading, of_rows=of_rows)


@dataclass(frozen=True)
class InformationOptions(TableOptions):
    """The same, of mutual information."""

    normalised: Annotated[
        bool,
        typer.Option(
            "--normalised", help="Also from 0 to 1: as a correlation, and of discrete entropies."
        ),
    ] = False


@dataclass(frozen=True)
class RowOptions(InformationOptions):
    """The same, row by row."""

    rows: Annotated[Path | None, typer.Option(help="CSV file to write what each row adds to.")] = (
        None
    )

    @property
    def draws(self) -> dict[str, int]:
        """Recipe options under which the value of a single row is worth writing."""
        return {"n_draws": LOCAL_DRAWS} if self.rows else {}

    def write_rows(self, found: MIEstimate, kept: Any) -> None:
        """Write the local values of an estimate, if asked for.

        Arguments:
            found: In the unit to write.
            kept: Numbers of the rows of the table that were read.
        """
        if self.rows is not None:
            values = minde.local_values(found, kept)
            self.rows.write_text(values.to_csv(float_format="%.6f", lineterminator="\n"))


@dataclass(frozen=True)
class PlotOptions(TableOptions):
    """The same, with a picture."""

    plot: Annotated[
        Path | None, typer.Option(help="File for a picture: png, pdf or svg, by its name.")
    ] = None

    def prepare(self) -> None:
        """Raise InputError if the picture cannot be written, before there is one."""
        if self.plot is None:
            return
        check_writable(self.plot, "--plot")
        if self.plot.suffix.lower() not in PICTURES:
            raise InputError(
                f"--plot: {self.plot} is no {', '.join(PICTURES)}; name a file that ends so"
            )
        import minde.questions.figures  # noqa: F401  # a missing package is told now

    def draw(self, answer: Answer) -> None:
        """Write the picture of an answer, if asked for."""
        if self.plot is None:
            return
        from minde.experiments.figures import use_style
        from minde.questions.figures import draw

        use_style()
        draw(answer.ask, answer.records, [str(self.plot)])


@dataclass(frozen=True)
class PairsOptions(PlotOptions, InformationOptions):
    """The same, of mutual information, with a picture."""
