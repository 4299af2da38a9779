"""Writes the parts of docs/results.md that follow from the archive, between their markers.

Usage, in the root of the repository, after `snakemake published`: python -m minde.report.results
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from minde.declare import plain
from minde.experiments.archive.draw import Publication, publish
from minde.experiments.archive.rows import SUMS, read_archive
from minde.experiments.archive.status import COLUMNS, FOLDER, all_expected, counts
from minde.experiments.benchmark.bound import bound
from minde.experiments.benchmark.paper import compare
from minde.experiments.benchmark.ranks import ranks
from minde.experiments.benchmark.tables import table1, table5
from minde.experiments.options import FigureOptions, Table1Options
from minde.experiments.tables import markdown, row_order
from minde.report.claims import claims_table

PAGE, IMAGES = Path("docs/results.md"), Path("docs/images/published")
PAPER = Path("config/paper_table1.csv")
SUITE, _NONE = "bmi", "No rows yet.\n"
_PART = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->\n)", re.DOTALL)


def bound_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Errors as multiples of the efficiency bound from all rows, over tasks, by estimator.

    An error is the root mean square over seeds.
    """
    kept = frame[frame["reported"].astype(bool) & frame["mi_estimate"].notna()]
    square = (kept["mi_estimate"] - kept["mi_true"]) ** 2
    least = [
        bound(task, truth, n)
        for task, truth, n in zip(
            kept["task"], kept["mi_true"], kept["n_train"] + kept["n_test"], strict=True
        )
    ]
    error = kept.assign(square=square, least=least).groupby(["label", "task"])
    multiple = np.sqrt(error["square"].mean()) / error["least"].first()
    by = multiple.groupby("label")
    table = pd.DataFrame(
        {
            "median": by.median().map("{:.1f}".format),
            "least": by.min().map("{:.1f}".format),
            "most": by.max().map("{:.1f}".format),
            "tasks": by.size(),
        }
    )
    return table.reindex([label for label in row_order(frame) if label in table.index])


def parts(archive: str | Path, paper: str | Path = PAPER) -> dict[str, str]:
    """Markdown of every part of the page, by the name in its markers.

    Arguments:
        archive: Folder of the archive.
        paper: The paper's Table 1.
    """
    rows, chosen = read_archive(archive), Table1Options()
    found = Publication.of(archive, plain(FigureOptions()))
    table = counts(all_expected(), rows)
    names = (table["experiment"] + ": " + table["estimator"] + " " + table["recipe"]).str.strip()
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        frames = {}
        for name in found.frames:
            publish(Path(archive) / SUMS, name, at / f"{name}.parquet")
            frames[name] = pd.read_parquet(at / f"{name}.parquet")
        estimates, md = at / "benchmark.parquet", at / "part.md"

        def made(stage: Callable[..., None], **options: object) -> str:
            if "benchmark" not in frames:
                return _NONE
            stage(estimates, suite=SUITE, csv=at / "part.csv", markdown=md, **options)
            return md.read_text()

        quantum, sigma = {"quantum": chosen.quantum}, {"sigma_ref": chosen.sigma_ref}
        tex = {"latex": at / "part.tex"}
        bounds = bound_table(frames["benchmark"]) if "benchmark" in frames else None
        drawn = sorted(Path(p).stem for p in found.files("") if p.endswith(".png"))
        pictures = [f"![{stem}](images/published/{stem}.png)\n" for stem in drawn]
        return {
            "status": markdown(table.set_index(names)[COLUMNS], "estimates"),
            "claims": markdown(claims_table(frames), "claim"),
            "ranks": made(ranks, **quantum),
            "table1": made(table1, **quantum, **sigma, **tex),
            "table1_paper": made(compare, paper=paper, **sigma),
            "table5": made(table5, **sigma, **tex),
            "bound": _NONE if bounds is None else markdown(bounds, "estimator"),
            "figures": "".join(pictures) or _NONE,
        }


def with_parts(page: str, made: dict[str, str]) -> str:
    """A page with what stands between its markers written anew."""
    return _PART.sub(lambda part: f"{part[1]}{made[part[2]]}{part[3]}", page)


def main() -> None:
    """Write the page, and take the figures that `snakemake published` has drawn."""
    made = parts(FOLDER)
    PAGE.write_text(with_parts(PAGE.read_text(), made))
    shutil.rmtree(IMAGES, ignore_errors=True)
    for name in re.findall(r"images/published/([^)]+)\)", made["figures"]):
        IMAGES.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path("results/published/figures") / name, IMAGES / name)


if __name__ == "__main__":
    main()
