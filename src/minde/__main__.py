"""``python -m minde`` is the command line."""

from minde.cli.main import main

if __name__ == "__main__":
    main()
