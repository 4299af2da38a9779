"""``python -m minde`` is the command line."""

from minde.cli.main import program

if __name__ == "__main__":
    program()
