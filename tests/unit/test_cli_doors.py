"""The doors of the command line, each in a process of its own, and what it loads."""

import os
import subprocess
import sys

import pytest

BUFFERED = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize("module", ["minde", "minde.cli.main"])
def test_python_m_runs_the_command_line(module):
    done = python("-m", module, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: minde [OPTIONS] COMMAND")
    done = python("-m", module, "entropy", "none.csv", "--x", "a")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "minde: error: none.csv: no such file\n"


@pytest.mark.parametrize("line", [["--help"], ["estimate", "--help"], ["nope"], ["kl", "none.csv"]])
def test_help_and_mistakes_load_no_torch(line):
    code = (
        "import sys\nfrom minde.cli.main import main\n"
        f"sys.argv = ['minde', *{line}]\n"
        "try:\n    main()\nexcept SystemExit:\n    print('LOADED', *sys.modules)"
    )
    loaded = python("-c", code).stdout.rpartition("LOADED")[2].split()
    assert "minde.cli.commands" in loaded
    assert not {"torch", "pandas", "pyarrow"} & set(loaded)


def test_a_missing_package_is_one_line():
    hide = "import sys; sys.modules['typer'] = None; from minde.cli.main import main; main()"
    done = python("-c", hide)
    assert done.returncode == 2
    assert done.stderr == "minde: error: needs the package 'typer'; pip install 'minde[cli]'\n"


def test_a_fault_of_ours_is_a_plain_traceback():
    fault = (
        "import sys; from minde.cli import main, options\n"
        "def read_table(path): raise RuntimeError('ours')\n"
        "options.read_table = read_table\n"
        "sys.argv = ['minde', 'entropy', 't.csv', '--x', 'a']; main.main()"
    )
    done = python("-c", fault)
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert done.stderr.endswith("RuntimeError: ours\n")
    assert "─" not in done.stderr  # rich would draw a box


@pytest.mark.parametrize(
    ("end", "code", "error"),
    [("pass", 0, ""), ("sys.exit(3)", 3, ""), ("sys.exit('no')", 1, "no\n"), ("1 / 0", 1, None)],
)
def test_a_process_that_ends_at_once_loses_nothing(end, code, error):
    text = (
        "import atexit, sys\nfrom minde.cli.process import run\n"
        "atexit.register(lambda: print('tidied'))\n"
        f"def main():\n    print('said', end=' ')\n    {end}\n"
        "run(main)"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, env=BUFFERED
    )
    assert (done.returncode, done.stdout) == (code, "said tidied\n")
    assert done.stderr == error if error is not None else "ZeroDivisionError" in done.stderr


def test_output_that_cannot_be_written_is_no_success():
    text = "from minde.cli.process import run\nrun(lambda: print('said'))"
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", text], stdout=full, stderr=subprocess.PIPE, env=BUFFERED
        )
    assert done.returncode == 120
    assert b"No space left" in done.stderr
