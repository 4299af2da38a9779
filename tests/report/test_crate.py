"""A run as an RO-Crate and as a deposition: every file named is there and is what is said."""

import csv
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from minde.errors import InputError
from minde.report.crate import write_crate
from minde.report.deposit import make_deposit

rocrate = pytest.importorskip("rocrate.rocrate")
ROOT = Path(__file__).resolve().parents[2]
CONFIG = {"run": "small", "benchmark": {"seeds": 1}}
RUN = {
    "report.html": "<html>",
    "tables/table1.csv": "a,b\n1,2\n",
    "figures/table1.png": "png",
    "samples/bmi/t/n5-seed0.parquet": "samples",
    "scores/bmi/t/c.safetensors": "weights",
    "logs/train.log": "a log",
    "checkpoints/a.safetensors": "half",
}


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def crate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    run = folder / "results/small"
    for name, text in RUN.items():
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(text)
    (folder / "own.csv").write_text("x,y\n")
    outputs = [str(run / name) for name in ("tables/table1.csv", "figures/table1.png")]
    tables = [str(folder / "own.csv")]
    path = run / "crate.zip"
    write_crate(ROOT / "Snakefile", run / "report.html", outputs, tables, CONFIG, path)
    return path


@pytest.fixture(scope="module")
def unpacked(crate, tmp_path_factory):
    folder = tmp_path_factory.mktemp("crate")
    with zipfile.ZipFile(crate) as archive:
        archive.extractall(folder)
    return folder, rocrate.ROCrate(folder)


def test_every_file_it_names_is_there_with_its_digest_and_no_other_is(unpacked):
    folder, found = unpacked
    named = set()
    for entity in found.data_entities:
        data = (folder / entity.id).read_bytes()
        assert entity["sha256"] == digest(data), entity.id
        assert int(entity["contentSize"]) == len(data)
        named.add(entity.id)
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert there == named | {"ro-crate-metadata.json"}
    assert {"report.html", "tables/table1.csv", "figures/table1.png"} <= named
    assert {"workflow/Snakefile", "workflow/workflow/rules/train.smk"} <= named
    assert {"workflow/requirements.txt", "workflow/CITATION.cff"} <= named
    assert not [name for name in named if "__pycache__" in name or name.startswith("samples")]


def test_it_says_what_made_what(unpacked):
    folder, found = unpacked
    (action,) = found.get_by_type("CreateAction")
    assert action["instrument"].id == found.mainEntity.id == "workflow/Snakefile"
    assert "ComputationalWorkflow" in found.mainEntity.type
    assert {e.id for e in action["object"]} == {"config.json", "versions.json", "digests.csv"}
    results = {e.id for e in action["result"]}
    assert results == {"report.html", "tables/table1.csv", "figures/table1.png"}
    assert json.loads((folder / "config.json").read_text()) == CONFIG
    versions = json.loads((folder / "versions.json").read_text())
    import torch

    assert versions["packages"]["torch"] == torch.__version__.partition("+")[0]
    assert len(versions["code"]) == 12
    assert found.root_dataset["datePublished"]
    assert found.root_dataset["license"]


def test_of_what_is_large_and_of_the_users_tables_it_holds_the_digests(unpacked, crate):
    folder, _ = unpacked
    rows = list(csv.DictReader((folder / "digests.csv").open()))
    run = crate.parent
    expected = [run.parents[1] / "own.csv"]
    expected += [run / name for name in RUN if name.startswith(("samples", "scores"))]
    assert [row["path"] for row in rows] == [str(path) for path in expected]
    for row, path in zip(rows, expected, strict=True):
        assert row["sha256"] == digest(path.read_bytes())
        assert int(row["bytes"]) == path.stat().st_size


def test_the_deposition_is_whole(crate, tmp_path):
    folder = tmp_path / "deposition"
    make_deposit(crate, folder)
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True)
    assert done.returncode == 0
    assert done.stdout.count(b": OK") == 3
    assert (folder / "crate.zip").read_bytes() == crate.read_bytes()
    known = json.loads((folder / ".zenodo.json").read_text())
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert known["creators"] == [{"name": "The minde developers"}]
    assert (known["version"], known["license"]) == (citation["version"], citation["license"])
    assert known["title"].startswith("Run small of minde ")
    assert known["references"] == [
        "Franzese, Giulio, Bounoua, Mustapha, Michiardi, Pietro (2024). MINDE: Mutual Information "
        "Neural Diffusion Estimation. International Conference on Learning Representations (ICLR)"
    ]
    with pytest.raises(InputError, match="is there already"):
        make_deposit(crate, folder)


def test_another_citation_names_other_people(crate, tmp_path):
    given = {"authors": [{"family-names": "A", "given-names": "B", "orcid": "https://x/0-1"}]}
    given |= {"license": "CC-BY-4.0", "version": 2}
    (tmp_path / "c.cff").write_text(yaml.safe_dump(given))
    make_deposit(crate, tmp_path / "d", tmp_path / "c.cff")
    known = json.loads((tmp_path / "d/.zenodo.json").read_text())
    assert known["creators"] == [{"name": "A, B", "orcid": "0-1"}]
    assert (known["license"], known["version"], known["references"]) == ("CC-BY-4.0", "2", [])
    (tmp_path / "c.cff").write_text("license: MIT\n")
    with pytest.raises(InputError, match="the citation file names no authors, version"):
        make_deposit(crate, tmp_path / "e", tmp_path / "c.cff")
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize("damage", [b"", b"PK no zip", None])
def test_what_is_no_crate_is_one_line_and_nothing_is_written(damage, tmp_path):
    path = tmp_path / "crate.zip"
    if damage is not None:
        path.write_bytes(damage)
    command = [sys.executable, "-m", "minde.report.deposit", str(path), str(tmp_path / "d")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"minde: error: deposit: cannot read {path}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "d").exists()
