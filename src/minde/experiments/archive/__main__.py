"""The archive's commands.

`status` says what is there, `files` lists a slice's estimate files, `add` takes another archive's
rows in, `check` makes random rows again.

Usage, in the root of the repository: python -m minde.experiments.archive status
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence

from minde.errors import MindeError
from minde.experiments.archive.check import check
from minde.experiments.archive.expected import GRIDS, Slice, load_config
from minde.experiments.archive.merge import add
from minde.experiments.archive.rows import read_archive
from minde.experiments.archive.status import FOLDER, show


def _seeds(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def _files(args: argparse.Namespace) -> None:
    config = load_config(tuple(args.configfile))
    chosen = Slice(tuple(args.experiment), tuple(args.estimators), tuple(args.tasks), args.seeds)
    run = f"results/{config['run']}"
    print("\n".join(dict.fromkeys(cell.path(run) for _, cell in chosen.cells(config))))


def _add(args: argparse.Namespace) -> None:
    for other in args.other:
        what = add(read_archive(args.archive), read_archive(other), args.archive)
        print(f"{other}: {what['what'].value_counts().to_dict()}")


def _check(args: argparse.Namespace) -> None:
    seed = secrets.randbelow(1 << 31) if args.seed is None else args.seed
    if not check(read_archive(args.archive), args.rows, seed):
        raise SystemExit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m minde.experiments.archive", description=__doc__
    )
    commands = parser.add_subparsers(dest="command", required=True)
    status = commands.add_parser("status", help="estimates expected and present")
    status.set_defaults(run=lambda args: print(show(args.archive)))
    files = commands.add_parser("files", help="estimate files of a slice, for Snakemake")
    files.add_argument("--configfile", nargs="+", default=[*GRIDS[0]])
    files.add_argument("--experiment", nargs="+", default=[])
    files.add_argument("--estimators", nargs="+", default=[])
    files.add_argument("--tasks", nargs="+", default=[])
    files.add_argument("--seeds", type=_seeds, help="one, or first-last")
    files.set_defaults(run=_files)
    add_ = commands.add_parser("add", help="rows of other archives into this one")
    add_.add_argument("other", nargs="+", help="folders of archives")
    add_.set_defaults(run=_add)
    check_ = commands.add_parser("check", help="random rows made again from scratch")
    check_.add_argument("--rows", type=int, default=3)
    check_.add_argument("--seed", type=int, help="of the draw; a new one each time by default")
    check_.set_defaults(run=_check)
    for command in (status, add_, check_):
        command.add_argument("--archive", default=FOLDER, help="folder of the archive")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; a mistake is one line and exit code 2."""
    args = _parser().parse_args(arguments)
    try:
        args.run(args)
    except MindeError as error:
        print(f"minde: error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
