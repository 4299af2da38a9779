"""What every workflow script does around its work: log to a file, fail with one line."""

from __future__ import annotations

import contextlib
import errno
import logging
import sys
from collections.abc import Iterator

from minde.errors import MindeError, StoppedError
from minde.runtime.interrupt import EXIT_CODE
from minde.runtime.progress import log_to

logger = logging.getLogger("minde.job")

#: The disk's fault, not ours: full, over quota, read-only, not allowed.
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


@contextlib.contextmanager
def job(log_path: str | None) -> Iterator[None]:
    """Log to ``log_path``; turn an error of ours into one line and exit code 2.

    A job that a signal stopped after it wrote its checkpoint exits with 75 (try again later).

    Other errors are bugs: their traceback goes to the log and to standard error.
    """
    log_to(log_path)
    try:
        yield
    except MindeError as error:
        logger.error("error: %s", error)
        print(f"minde: error: {error}", file=sys.stderr)
        raise SystemExit(EXIT_CODE if isinstance(error, StoppedError) else 2) from None
    except OSError as error:
        if error.errno not in DISK:
            logger.exception("failed")
            raise
        line = (
            f"files: cannot write {error.filename or 'a result'}: {error.strerror}; "
            "make room or choose another folder, then run again"
        )
        logger.error("error: %s", line)
        print(f"minde: error: {line}", file=sys.stderr)
        raise SystemExit(2) from None
    except Exception:
        logger.exception("failed")
        raise
    logger.info("done")
