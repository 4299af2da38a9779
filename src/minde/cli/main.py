"""``minde``: information measures of a table's columns, from the shell."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

import minde
from minde.cli.show import progress_bar, show, show_pairs
from minde.errors import InputError, MindeError
from minde.io.tables import pick, pick_names, read_table
from minde.readout.estimate import MIEstimate
from minde.types import Progress

app = typer.Typer(
    help="Mutual information, entropy and KL divergence from diffusion models, in nats.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

FileArgument = Annotated[Path, typer.Argument(help="Parquet, CSV, TSV or npz.")]
XOption = Annotated[str, typer.Option("--x", help="Columns: names and globs, comma-separated.")]
YOption = Annotated[str, typer.Option("--y", help="Columns: names and globs, comma-separated.")]
ZOption = Annotated[str, typer.Option("--z", help="Columns: names and globs, comma-separated.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress bar.")]
SeedsOption = Annotated[int, typer.Option(help="Networks from different seeds.", min=1)]
StepsOption = Annotated[int, typer.Option(help="Training steps; 0 chooses by size.", min=0)]
StateOption = Annotated[int, typer.Option(help="Seed of everything.")]
FoldsOption = Annotated[int, typer.Option(help="Cross-fitting folds; 1 is one split.", min=1)]
RecipeOption = Annotated[str, typer.Option(help="fast or paper.")]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


@dataclass(frozen=True)
class Output:
    """How to print, and whether to draw a bar."""

    json: bool
    csv: bool
    quiet: bool

    def run(self, title: str, compute: Callable[[Progress | None], MIEstimate]) -> None:
        """Compute with a bar, then print."""
        with progress_bar(self.quiet or self.json or self.csv) as progress:
            estimate = compute(progress)
        show(estimate, title, "json" if self.json else "csv" if self.csv else "text")


def _options(steps: int) -> dict[str, Any]:
    return {"n_steps": steps} if steps else {}


def _settings(
    recipe: str, seeds: int, steps: int, device: str, random_state: int, progress: Progress | None
) -> minde.Settings:
    return minde.Settings(
        recipe=recipe,
        n_seeds=seeds,
        device=device,
        random_state=random_state,
        options=_options(steps),
        progress=progress,
    )


@app.command()
def estimate(
    file: FileArgument,
    x: XOption,
    y: YOption,
    family: Annotated[str, typer.Option(help="c (conditional) or j (joint).")] = "c",
    categorical: Annotated[bool, typer.Option(help="y is a label.")] = False,
    recipe: RecipeOption = "fast",
    seeds: SeedsOption = 2,
    steps: StepsOption = 0,
    folds: FoldsOption = 1,
    random_state: StateOption = 0,
    device: DeviceOption = "auto",
    save: Annotated[Path | None, typer.Option(help="Folder for the fitted estimator.")] = None,
    load: Annotated[
        Path | None, typer.Option(help="Folder of a fitted estimator to read out; no training.")
    ] = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    quiet: QuietOption = False,
) -> None:
    """Mutual information I(X; Y) between columns of a table."""
    columns = read_table(file)
    first, second = pick(columns, x, "--x"), pick(columns, y, "--y")

    def compute(progress: Progress | None) -> MIEstimate:
        if load is not None:
            return minde.MINDE.load(load, device).mutual_information(first, second)
        model = minde.MINDE(
            family=family,  # type: ignore[arg-type]
            recipe=recipe,  # type: ignore[arg-type]
            n_seeds=seeds,
            y_kind="categorical" if categorical else "continuous",
            folds=folds,
            device=device,
            random_state=random_state,
            options=_options(steps),
            progress=progress,
        )
        result = model.fit(first, second).mutual_information()
        if save is not None:
            model.save(save)
        return result

    Output(json, csv, quiet).run(f"I({x}; {y})", compute)


@app.command()
def pairs(
    file: FileArgument,
    x: XOption = "*",
    recipe: RecipeOption = "fast",
    seeds: SeedsOption = 2,
    steps: StepsOption = 0,
    random_state: StateOption = 0,
    device: DeviceOption = "auto",
    json: JsonOption = False,
    csv: CsvOption = False,
    quiet: QuietOption = False,
) -> None:
    """Mutual information of every pair of single columns of a table, the most first."""
    columns = read_table(file)
    chosen = {name: columns[name] for name in pick_names(columns, x, "--x")}
    with progress_bar(quiet or json or csv) as progress:
        settings = _settings(recipe, seeds, steps, device, random_state, progress)
        found = minde.pairwise_mutual_information(chosen, settings=settings)
    show_pairs(found.to_records(), "json" if json else "csv" if csv else "text")


@app.command()
def entropy(
    file: FileArgument,
    x: XOption,
    sigma_ref: Annotated[float, typer.Option(help="Width of the reference.", min=1e-3)] = 1.0,
    recipe: RecipeOption = "fast",
    seeds: SeedsOption = 2,
    steps: StepsOption = 0,
    random_state: StateOption = 0,
    device: DeviceOption = "auto",
    json: JsonOption = False,
    csv: CsvOption = False,
    quiet: QuietOption = False,
) -> None:
    """Differential entropy H(X) of columns of a table."""
    values = pick(read_table(file), x, "--x")

    def compute(progress: Progress | None) -> MIEstimate:
        settings = _settings(recipe, seeds, steps, device, random_state, progress)
        return minde.entropy(values, sigma_ref, settings=settings)

    Output(json, csv, quiet).run(f"H({x})", compute)


@app.command()
def kl(
    p: FileArgument,
    q: FileArgument,
    x: XOption = "*",
    recipe: RecipeOption = "fast",
    seeds: SeedsOption = 2,
    steps: StepsOption = 0,
    random_state: StateOption = 0,
    device: DeviceOption = "auto",
    json: JsonOption = False,
    csv: CsvOption = False,
    quiet: QuietOption = False,
) -> None:
    """KL divergence KL[P || Q] between the same columns of two tables."""
    first, second = pick(read_table(p), x, "--x"), pick(read_table(q), x, "--x")

    def compute(progress: Progress | None) -> MIEstimate:
        settings = _settings(recipe, seeds, steps, device, random_state, progress)
        return minde.kl_divergence(first, second, settings=settings)

    Output(json, csv, quiet).run(f"KL[{p.name} || {q.name}]", compute)


@app.command()
def interaction(
    file: FileArgument,
    x: XOption,
    y: YOption,
    z: ZOption,
    recipe: RecipeOption = "fast",
    seeds: SeedsOption = 2,
    steps: StepsOption = 0,
    random_state: StateOption = 0,
    device: DeviceOption = "auto",
    json: JsonOption = False,
    csv: CsvOption = False,
    quiet: QuietOption = False,
) -> None:
    """Interaction information I(X; Y) - I(X; Y | Z) of columns of a table."""
    columns = read_table(file)
    parts = [pick(columns, v, o) for v, o in ((x, "--x"), (y, "--y"), (z, "--z"))]

    def compute(progress: Progress | None) -> MIEstimate:
        settings = _settings(recipe, seeds, steps, device, random_state, progress)
        return minde.interaction_information(*parts, settings=settings)

    Output(json, csv, quiet).run(f"I({x}; {y}; {z})", compute)


def main() -> None:
    """Run the command line; a mistake is one line on standard error and exit code 2."""
    try:
        app()
    except MindeError as error:
        print(f"minde: error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except ImportError as error:  # pragma: no cover - depends on the installation
        hint = InputError(f"needs the package '{error.name}'; pip install 'minde[cli]'")
        print(f"minde: error: {hint}", file=sys.stderr)
        raise SystemExit(2) from None
