"""Looks at a tenant again and again: no document may ever be half there."""

import threading
from collections.abc import Mapping

from headrace.measuring.cluster.contents import documents
from headrace.pipeline import Pipeline

_PAUSE_S = 0.2


class Sightings:
    """What is seen of a tenant while others write. A context manager.

    Attributes:
        looks: how often it was looked at.
        half: documents that were seen in a state that nobody stored.
        gone: documents that were there before, and were seen to be missing.
    """

    def __init__(
        self, rag: Pipeline, tenant: str, before: Mapping[str, str], after: Mapping[str, str]
    ):
        """
        Args:
            before: the checksum of each document that is there, by its id.
            after: the same as they are to be.
        """
        self.looks = 0
        self.half: set[str] = set()
        self.gone: set[str] = set()
        self._rag = rag
        self._tenant = tenant
        self._before = before
        self._after = after
        self._error: Exception | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look_again, daemon=True)

    def __enter__(self) -> "Sightings":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._is_over.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _look_again(self) -> None:
        try:
            while not self._is_over.wait(_PAUSE_S):
                self._look()
        except Exception as error:
            self._error = error

    def _look(self) -> None:
        seen = documents(self._rag, self._tenant)
        self.looks += 1
        for name, checksum in seen.items():
            if checksum not in (self._before.get(name), self._after.get(name)):
                self.half.add(name)
        self.gone |= self._before.keys() - seen.keys()
