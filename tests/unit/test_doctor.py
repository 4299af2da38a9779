"""`minde doctor` says what there is, and what is missing, with nothing but the standard library."""

import json
import subprocess
import sys
from importlib import metadata

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import minde
from minde.cli import doctor
from minde.cli.main import app, main


@pytest.fixture
def installed(monkeypatch):
    """Packages that seem to be there, by version, and what minde asks for."""
    versions = {"torch": "2.13.0+cpu", "numpy": "2.0", "safetensors": "0.5", "pyarrow": "15.0.0"}
    asked = [
        "torch>=2.4",
        "numpy>=1.26",
        "safetensors>=0.4 ; extra == 'io'",
        "pyarrow!=14.0.1,>=15; extra == 'io'",
        "pandas>=1.5; extra == 'io'",
        "minde[io]; extra == 'cli'",
        'typer>=0.12.5; extra == "cli"',
        "winloop>=1; sys_platform == 'win32' and extra == 'cli'",
    ]

    def version(name):
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(metadata, "requires", lambda name: asked)
    return versions


def test_what_extras_lack_is_told_with_those_they_build_on(installed):
    assert doctor._unmet("") == []
    assert doctor._unmet("io") == ["pandas is missing"]
    assert doctor._unmet("cli") == ["pandas is missing", "typer is missing"]
    installed |= {"pandas": "1.5.3", "typer": "0.12", "pyarrow": "14.0.1"}
    assert doctor._unmet("cli") == [
        "pyarrow is 14.0.1, not !=14.0.1,>=15",
        "typer is 0.12, not >=0.12.5",
    ]


def test_versions_are_compared_as_numbers(installed):
    assert doctor._numbers("2.13.0+cpu") == (2, 13)
    assert doctor._numbers("2.4") < doctor._numbers("2.13.0a1")
    installed["torch"] = "2.3.1"
    (line,) = doctor.report()["problems"]
    assert line == "torch is 2.3.1, not >=2.4; pip install --upgrade minde"


def test_a_missing_extra_is_no_fault_and_has_its_line(installed, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "_extras", lambda: ["io", "cli", "dev"])
    assert doctor.doctor(as_json=False) == 0
    out = capsys.readouterr().out
    assert "extra io: pandas is missing; pip install 'minde[io]'" in out
    assert out.endswith("all that is needed works\n")


def test_a_torch_that_cannot_compute_is_a_fault(monkeypatch, capsys):
    def broken(array):
        raise RuntimeError("Numpy is not available\nand more")

    monkeypatch.setattr(torch, "from_numpy", broken)
    assert doctor.doctor(as_json=False) == 1
    out = capsys.readouterr().out
    assert "broken: torch does not work here: RuntimeError: Numpy is not available\n" in out


def test_the_report_is_that_of_this_machine(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["minde", "doctor", "--json"])
    with pytest.raises(SystemExit) as stop:
        main()
    found = json.loads(capsys.readouterr().out)
    assert stop.value.code == 0
    assert found["minde"] == minde.__version__
    assert found["versions"] == {
        "torch": metadata.version("torch"),
        "numpy": np.__version__,
    }
    assert found["threads"] == torch.get_num_threads()
    assert 0 < found["most_bytes"] < found["free_bytes"]
    assert {"io", "cli", "workflow"} <= set(found["extras"])
    # The command of the help is the same.
    assert json.loads(CliRunner().invoke(app, ["doctor", "--json"]).output)["extras"]


def test_without_any_library_it_still_answers():
    block = "import sys; sys.modules.update(dict.fromkeys(['torch', 'numpy', 'typer', 'pandas']))"
    code = f"{block}; sys.argv = ['minde', 'doctor']; from minde.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "broken: torch does not work here" in done.stdout
    assert done.stderr == ""
