"""Stage `write_crate`: a run as an RO-Crate, one zip file with what it was made by and of.

Tables, figures, the report, the configuration and the workflow's own files are in it; of what is
large (samples, weights, single estimates) and of the user's tables, the names and digests.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from minde.errors import InputError
from minde.experiments.options import Config
from minde.io.files import atomic_write
from minde.runtime.digest import ROOT, source_digest

#: Of the workflow's folder, what belongs to the workflow.
WORKFLOW = ("workflow", "config", "environment.yml", "requirements.txt", "CITATION.cff", "LICENSE")
#: Of the run's folder, what says nothing of the results.
LEFT_OUT = ("logs", "benchmarks", "checkpoints", "deposition")


def write_crate(
    snakefile: str | Path,
    report: str | Path,
    outputs: Sequence[str],
    tables: Sequence[str],
    config: Config,
    crate: str | Path,
) -> None:
    """Gather a run as an RO-Crate 1.1.

    Arguments:
        snakefile: The workflow's main file; the rest lies beside it.
        report: The report page, in the run's folder.
        outputs: Tables and figures, which are in the run's folder too.
        tables: The user's tables: of them the digest alone.
        config: The whole configuration.
        crate: Output zip.

    Raises:
        InputError: If rocrate is not installed.
    """
    try:
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise InputError("crate: needs rocrate; install minde[crate]") from None
    run, workflow = Path(report).parent, Path(snakefile).resolve().parent
    made = ROCrate(version="1.1")
    made.name = f"Run {config['run']} of minde {metadata.version('minde')}"
    made.description = (
        "Mutual information from diffusion models (MINDE): tables, figures and report of a run of "
        "the workflow, with its configuration, versions and digests of all files behind them."
    )
    made.license = "Of the workflow: workflow/LICENSE. Of the results: for who ran it to say."
    with tempfile.TemporaryDirectory() as scratch:
        notes = Path(scratch)
        (notes / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True))
        (notes / "versions.json").write_text(json.dumps(_versions(), indent=2))
        known = {Path(p) for p in (report, *outputs)}
        behind = {*_files(run, LEFT_OUT)} - known - {Path(crate)}
        (notes / "digests.csv").write_text(_digests([*map(Path, tables), *sorted(behind)]))
        words = {
            "config.json": "The whole configuration.",
            "versions.json": "Python, the platform, every installed package, digest of the code.",
            "digests.csv": "SHA-256 of the user's tables and of all files of the run not in here.",
        }
        given = [_add(made, notes / name, name, text) for name, text in words.items()]
        results = [_add(made, p, str(p.relative_to(run))) for p in sorted(known)]
        for path in (p for name in WORKFLOW for p in _files(workflow / name)):
            _add(made, path, f"workflow/{path.relative_to(workflow)}")
        main = made.add_workflow(
            snakefile,
            "workflow/Snakefile",
            main=True,
            lang="snakemake",
            lang_version=metadata.version("snakemake"),
            properties=_facts(Path(snakefile)),
        )
        words = {"name": f"Run {config['run']}"}
        made.add_action(main, object=given, result=results, properties=words)
        whole = notes / "crate.zip"
        made.write_zip(whole)
        atomic_write(crate, whole.read_bytes())


def sha256(path: Path) -> str:
    """Digest of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add(crate: Any, path: Path, name: str, description: str = "") -> Any:
    words = {"description": description} if description else {}
    return crate.add_file(path, name, properties=_facts(path) | words)


def _facts(path: Path) -> dict[str, str]:
    return {"sha256": sha256(path), "contentSize": str(path.stat().st_size)}


def _files(root: Path, left_out: Sequence[str] = ()) -> Iterator[Path]:
    """A file, or all files below a folder; none where there is nothing."""
    if root.is_file():
        yield root
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in left_out and f != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _digests(paths: Sequence[Path]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["path", "bytes", "sha256"])
    rows.writerows([p.as_posix(), p.stat().st_size, sha256(p)] for p in paths)
    return text.getvalue()


def _versions() -> dict[str, Any]:
    found = {d.metadata["Name"]: d.version for d in metadata.distributions()}
    paths = (p.relative_to(ROOT).with_suffix("") for p in ROOT.rglob("*.py"))
    modules = (".".join(("minde", *p.parts)).removesuffix(".__init__") for p in paths)
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "code": source_digest(*modules),
        "packages": dict(sorted(found.items(), key=lambda item: item[0].lower())),
    }
