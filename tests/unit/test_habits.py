"""CI of the forge, issue templates, changelog and release: files that nothing else reads."""

import re
from pathlib import Path

import pytest
import yaml

import minde

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))
CI = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
TEMPLATES = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))


def commands_of(job):
    """The lines that a job runs, its matrix filled in."""
    lines = [step["run"] for step in job["steps"] if "run" in step]
    for name, values in job.get("strategy", {}).get("matrix", {}).items():
        filled = [[line.replace(f"${{{{ matrix.{name} }}}}", v) for v in values] for line in lines]
        lines = [line for each in filled for line in each]
    return lines


COMMANDS = [line for job in CI["jobs"].values() for line in commands_of(job)]


def test_the_forge_runs_targets_that_exist_and_those_of_ci():
    assert COMMANDS
    assert all(line.startswith("make ") for line in COMMANDS)
    run = {line.split()[1] for line in COMMANDS}
    assert run <= TARGETS
    own = re.findall(r"^make ([a-z-]+)", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert own
    assert set(own) <= run


def test_every_job_of_the_forge_can_be_run():
    assert True in CI or "on" in CI  # YAML 1.1 reads the word as true
    for job in CI["jobs"].values():
        assert job["runs-on"] == "ubuntu-latest"
        assert job["timeout-minutes"] > 0
        for step in job["steps"]:
            assert len({"uses", "run"} & set(step)) == 1
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1"))


def test_the_forge_tries_every_python_that_the_package_claims():
    text = (ROOT / "pyproject.toml").read_text()
    least = re.search(r'requires-python = ">=3\.(\d+)"', text)[1]
    tried = CI["jobs"]["wheel"]["strategy"]["matrix"]["python"]
    minors = [int(version.partition(".")[2]) for version in tried]
    assert minors == [*range(int(least), max(minors) + 1)]
    claimed = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text)
    assert claimed == tried


def test_the_makefile_names_what_is_there():
    phony = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split())
    assert phony == TARGETS
    core = re.search(r"addprefix (tests/unit/test_),([^)]*)", MAKEFILE)
    for name in core[2].split():
        assert (ROOT / (core[1] + name)).exists()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_issue_templates_are_forms(path):
    form = yaml.safe_load(path.read_text())
    if path.name == "config.yml":
        assert set(form) <= {"blank_issues_enabled", "contact_links"}
        return
    assert form["name"]
    assert form["description"]
    assert set(form) <= {"name", "description", "labels", "body"}
    names = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert len(names) == len(set(names)) > 0
    for field in form["body"]:
        assert field["type"] in {"markdown", "textarea", "input", "dropdown", "checkboxes"}
        assert set(field) <= {"type", "id", "attributes", "validations"}
        needed = "value" if field["type"] == "markdown" else "label"
        assert field["attributes"][needed]


def test_the_changelog_is_one_that_is_kept():
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", v) for v in versions[1:])
    kinds = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert kinds
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_one_version_is_named_everywhere():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]
    assert cited == minde.__version__
