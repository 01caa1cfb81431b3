"""How long work says how far it is."""

from collections.abc import Callable
from typing import TypedDict

from headrace.types.documents import Outcome

#: Told what is being done, how much of it is done, and of how much. It may be called
#: from another thread than the one that works.
Progress = Callable[[str, int, int], None]


class IngestListeners(TypedDict, total=False):
    """Who listens to an ingest.

    Attributes:
        on_outcome: called with each outcome as soon as it is certain.
        on_progress: told what is being done, how much of how much is done.
    """

    on_outcome: Callable[[Outcome], None] | None
    on_progress: Progress | None
