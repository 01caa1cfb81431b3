"""What the processes of a run tell it."""

from typing import NamedTuple

from headrace.measuring.kills.operations import Operation


class Begun(NamedTuple):
    """A writer is about to ask this of the pipeline."""

    writer: int
    operation: Operation


class Done(NamedTuple):
    """The call returned; `complaint` says what is wrong with its answer, or is ""."""

    writer: int
    complaint: str


class Failed(NamedTuple):
    """The call raised, and the writer stopped."""

    writer: int
    reason: str


class Ended(NamedTuple):
    """All writers have stopped."""


class Seen(NamedTuple):
    """A search showed a document with these markers, for the first time."""

    tenant: str
    node: str
    document_id: str
    markers: tuple[str, ...]


class Unread(NamedTuple):
    """A search raised."""

    reason: str


class Searched(NamedTuple):
    """The reader's answer to any question.

    Attributes:
        searches: since the last question.
        of_two_moments: those that showed a document in two versions.
    """

    searches: int
    of_two_moments: int


WorkerMessage = Begun | Done | Failed | Ended
ReaderMessage = Seen | Unread | Searched
