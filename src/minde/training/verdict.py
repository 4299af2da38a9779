"""What the networks on all rows tell those on half of them: whether there is anything to learn.

Where no network of a job adds anything to its experts (``minde.training.worth``), those on half of
its rows do not either. They then stay as they are drawn, whatever was trained until it was known,
and the read-outs of the halves tell what chance does to the experts.
"""

from __future__ import annotations

import threading


class Verdict:
    """On one job, told by the loops that train its members, in any thread.

    Arguments:
        members: Of the job.
    """

    def __init__(self, members: int) -> None:
        self._waits, self._adds, self._lock = members, False, threading.Lock()

    def tell(self, members: int, nothing: bool) -> None:
        """Note that some members have ended, and whether every one of them added nothing."""
        with self._lock:
            self._waits -= members
            self._adds |= not nothing

    @property
    def nothing(self) -> bool:
        """Whether all have ended, and none added anything."""
        return self._waits <= 0 and not self._adds
