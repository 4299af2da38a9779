"""A folder to deposit on Zenodo, made of a run's crate, as ``make deposit`` does.

Usage: python -m minde.report.deposit CRATE.zip FOLDER [--citation CITATION.cff]
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import yaml

from minde.errors import InputError, MindeError
from minde.report.crate import sha256

#: Where the crate holds the workflow's own citation file.
CITATION = "workflow/CITATION.cff"


def make_deposit(crate: str | Path, folder: str | Path, citation: str | Path | None = None) -> None:
    """Write the crate, the report, metadata and checksums side by side.

    Arguments:
        crate: Zip of stage ``write_crate``.
        folder: New folder: the crate, ``report.html``, ``.zenodo.json`` (title, creators, licence,
            the paper) and ``SHA256SUMS``.
        citation: A ``CITATION.cff`` to take the creators from; that in the crate if None.

    Raises:
        InputError: If the crate cannot be read, has no citation file, or the folder is there.
    """
    crate, folder = Path(crate), Path(folder)
    if folder.exists():
        raise InputError(f"deposit: {folder} is there already; remove it or name another folder")
    try:
        with zipfile.ZipFile(crate) as archive:
            report = archive.read("report.html")
            graph = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
            if citation is None:
                text = archive.read(CITATION).decode() if CITATION in archive.namelist() else ""
            else:
                text = Path(citation).read_text(encoding="utf-8")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"deposit: cannot read {citation or crate} ({error})") from None
    if not text:
        raise InputError(f"deposit: {crate} holds no {CITATION}; name one by --citation")
    known = zenodo_metadata(yaml.safe_load(text), next(e for e in graph if e["@id"] == "./"))
    folder.mkdir(parents=True)
    (folder / crate.name).write_bytes(crate.read_bytes())
    (folder / "report.html").write_bytes(report)
    (folder / ".zenodo.json").write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n")
    names = (crate.name, "report.html", ".zenodo.json")
    lines = [f"{sha256(folder / name)}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(lines))


def zenodo_metadata(citation: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Zenodo's words for a citation file and a crate's root data set.

    Raises:
        InputError: If the citation file lacks authors, licence or version.
    """
    missing = [k for k in ("authors", "license", "version") if k not in citation]
    if missing:
        raise InputError(f"deposit: the citation file names no {', '.join(missing)}")
    return {
        "upload_type": "dataset",
        "title": root["name"],
        "description": root["description"],
        "creators": [_person(author) for author in citation["authors"]],
        "license": citation["license"],
        "version": str(citation["version"]),
        "publication_date": root["datePublished"][:10],
        "keywords": citation.get("keywords", ["mutual information", "diffusion models"]),
        "references": [_reference(p) for k, p in citation.items() if k == "preferred-citation"],
    }


def _reference(work: dict[str, Any]) -> str:
    """A work as one line: who, when, what and where."""
    people = ", ".join(_person(author)["name"] for author in work["authors"])
    where = work.get("collection-title") or work.get("journal", "")
    return f"{people} ({work['year']}). {work['title']}. {where}"


def _person(author: dict[str, Any]) -> dict[str, Any]:
    """An author: ``Family, Given``, or the name of a body, with ORCID and affiliation if known."""
    parts = [author[k] for k in ("family-names", "given-names") if k in author]
    known: dict[str, Any] = {k: author[k] for k in ("affiliation", "orcid") if k in author}
    if "orcid" in known:
        known["orcid"] = known["orcid"].rpartition("/")[2]
    return {"name": ", ".join(parts) or author["name"], **known}


def main() -> None:
    """Make the folder, or say in one line why not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("crate")
    parser.add_argument("folder")
    parser.add_argument("--citation")
    args = parser.parse_args()
    try:
        make_deposit(args.crate, args.folder, args.citation)
    except MindeError as error:
        print(f"minde: error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
