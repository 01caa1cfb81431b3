"""How long a question or an ingest may wait for PostgreSQL."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Allowance:
    """Seconds that the users of a database may wait for it, all of them together.

    Time in which two wait at once counts once. Time in which nobody waits, because a
    model works, does not count.

    Attributes:
        limit_s: the seconds in all.
        setting: the setting that they come from, for messages.
    """

    def __init__(self, limit_s: float, setting: str):
        self.limit_s = limit_s
        self.setting = setting
        self._spent_s = 0.0
        self._waiting = 0
        self._since = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[float]:
        """Count the time until this closes; yield when it will be used up.

        That is a time of `time.monotonic`.
        """
        with self._lock:
            now = time.monotonic()
            if self._waiting == 0:
                self._since = now
            self._waiting += 1
            deadline = self._since + self.limit_s - self._spent_s
        try:
            yield deadline
        finally:
            with self._lock:
                self._waiting -= 1
                if self._waiting == 0:
                    self._spent_s += time.monotonic() - self._since
