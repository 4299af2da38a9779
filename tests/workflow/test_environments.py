"""Every recipe of an environment says the same, and the images' steps are those of `make`."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.txt").read_text().split("\n")
INSTALL = (ROOT / "containers/install.sh").read_text()


def read(name):
    return (ROOT / name).read_text()


def test_the_rules_environment_is_the_lock():
    """After an edit of the lock: make lock."""
    found = yaml.safe_load(read("workflow/envs/minde.yaml"))
    *plain, pip = found["dependencies"]
    assert pip == {"pip": [line for line in LOCK if line.strip()]}
    assert plain == ["python=3.11", "pip"]
    # pip reads each line as it stands, markers too.
    from packaging.requirements import Requirement

    names = {Requirement(line).name for line in pip["pip"]}
    assert {"torch", "snakemake", "pandas", "pyarrow", "torchvision", "benchmark-mi"} <= names
    assert {"seaborn", "pytest"} <= names
    assert found["channels"] == yaml.safe_load(read("environment.yml"))["channels"]


def test_every_recipe_takes_the_same_python():
    told = {
        "environment.yml": r"python=(3\.\d+)",
        "workflow/envs/minde.yaml": r"python=(3\.\d+)",
        "Dockerfile": r"FROM python:(3\.\d+)-slim-bookworm\n",
        "containers/minde.def": r"From: python:(3\.\d+)-slim-bookworm\n",
        "containers/install.sh": r"need Python (3\.\d+)",
        "pyproject.toml": r'python_version = "(3\.\d+)"',
    }
    assert {name: re.search(p, read(name))[1] for name, p in told.items()} == dict.fromkeys(
        told, "3.11"
    )


def test_both_images_run_one_script_and_carry_the_whole_folder():
    for name, copied in (("Dockerfile", "COPY . /opt/minde"), ("containers/minde.def", ". /opt/m")):
        assert copied in read(name)
        assert "sh /opt/minde/containers/install.sh" in read(name)
        assert "/opt/venv/bin:$PATH" in read(name)
    # The steps of `make env`, in a folder of another name.
    made = re.search(r"^\$\(STAMP\):.*?\n\n", read("Makefile"), re.MULTILINE | re.DOTALL)[0]
    for step in ("--requirement requirements.txt", "--no-deps --no-build-isolation"):
        assert step in made
        assert step in INSTALL
    for script in ("install.sh", "try.sh"):
        checked = subprocess.run(["sh", "-n", str(ROOT / "containers" / script)])
        assert checked.returncode == 0


def test_the_catalogue_promises_nothing_that_was_not_tried():
    usage = yaml.safe_load(read(".snakemake-workflow-catalog.yml"))["usage"]
    assert usage["software-stack-deployment"] == {"conda": False, "apptainer": False}
    # No rule names an image, since none is published.
    rules = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    assert "container:" not in rules
    assert usage["report"] is True
    assert "report:" in read("Snakefile")


SCRIPT = """
import sys, types
sys.path = [p for p in sys.path if not __import__("os").path.isdir(p + "/minde")]
sys.meta_path = [f for f in sys.meta_path if "editable" not in repr(f)]
assert __import__("importlib.util").util.find_spec("minde") is None
job = types.SimpleNamespace(scriptdir={scripts!r}, log=[{log!r}])
source = open({scripts!r} + "/stage.py").read()
exec(compile(source, "stage.py", "exec"), {{"__name__": "imported", "snakemake": job}})
import minde
print(minde.__file__)
"""


def test_a_job_finds_the_package_beside_its_rules(tmp_path):
    scripts = str(ROOT / "workflow/scripts")
    text = SCRIPT.format(scripts=scripts, log=str(tmp_path / "log"))
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == ROOT / "src/minde/__init__.py"


def test_the_versions_of_the_docs_are_the_locks():
    rows = re.findall(r"^\| `(\.venv[a-z-]*)` \| (.*) \|$", read("docs/reuse.md"), re.MULTILINE)
    assert [name for name, _ in rows] == [".venv", ".venv-current"]
    files = ("requirements.txt", "requirements-current.txt")
    for (_, told), lock in zip(rows, files, strict=True):
        names = ("numpy", "pandas", "pyarrow", "torch", "snakemake")
        for name, version in zip(names, told.split(" | ")[1:], strict=True):
            assert re.search(rf"^{name}=={re.escape(version)}( ;.*)?$", read(lock), re.MULTILINE)
