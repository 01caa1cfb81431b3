"""The states that each document may have had, and when."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from headrace.measuring.kills.documents import Version
from headrace.measuring.kills.operations import Operation

Possible = dict[str, list[Version | None]]


@dataclass
class _Span:
    """A state, and when a document may have been in it; None: not there."""

    state: Version | None
    since: float
    until: float = inf


class History:
    """What was asked for, from several threads; each document is of one thread.

    A state is possible from the moment that a call begins which stores it, until a
    later call has returned which replaced it. A call that raised may have done its
    work or not. Times are of `time.monotonic`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spans: dict[tuple[str, str], list[_Span]] = {}

    def begin(self, operation: Operation, now: float) -> None:
        """Note that an operation is about to be asked for."""
        with self._lock:
            for name, state in operation.changes.items():
                place = (operation.tenant, name)
                spans = self._spans.setdefault(place, [_Span(None, -inf)])
                spans.append(_Span(state, now))

    def done(self, operation: Operation, now: float) -> None:
        """Note that an operation has returned: its states alone are possible now."""
        with self._lock:
            for name in operation.changes:
                *earlier, _ = self._spans[operation.tenant, name]
                for span in earlier:
                    span.until = min(span.until, now)

    def possible(self, tenant: str) -> Possible:
        """The states that each document of a tenant may have now; None: not there."""
        found: Possible = {}
        with self._lock:
            for (of_tenant, name), spans in self._spans.items():
                if of_tenant == tenant:
                    found[name] = [span.state for span in spans if span.until == inf]
        return found

    def is_certain(self, tenant: str, state: Version) -> bool:
        """Whether a document can be in no other state than this one."""
        with self._lock:
            spans = self._spans.get((tenant, state.document_id), [])
            return all(span.state == state for span in spans if span.until == inf)

    def held(self, tenant: str, document_id: str, began: float, ended: float) -> list[Version]:
        """The states that a document may have had at any moment between two."""
        with self._lock:
            found = []
            for span in self._spans.get((tenant, document_id), []):
                if span.state and span.since <= ended and span.until >= began:
                    found.append(span.state)
            return found

    def ever(self, document_id: str) -> Iterator[tuple[str, Version]]:
        """Each state that a document was ever to have, with its tenant, of any."""
        with self._lock:
            places = {place: list(spans) for place, spans in self._spans.items()}
        for (tenant, name), spans in places.items():
            if name == document_id:
                for span in spans:
                    if span.state:
                        yield tenant, span.state


@lru_cache(maxsize=4096)
def text_of(state: Version) -> str:
    """The text of a document in this state."""
    return state.document.text
