"""What every workflow script does around its work: log to a file, fail with one line."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator

from minde.errors import MindeError
from minde.pipeline.progress import log_to

logger = logging.getLogger("minde.job")


@contextlib.contextmanager
def job(log_path: str | None) -> Iterator[None]:
    """Log to ``log_path``; turn an error of ours into one line and exit code 2.

    Other errors are bugs: their traceback goes to the log and to standard error.
    """
    log_to(log_path)
    try:
        yield
    except MindeError as error:
        logger.error("error: %s", error)
        print(f"minde: error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except Exception:
        logger.exception("failed")
        raise
    logger.info("done")
