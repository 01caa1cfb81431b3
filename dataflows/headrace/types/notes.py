"""What an answer's reader should know about how it was made."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

NoteStage = Literal[
    "ingest", "understanding", "spelling", "filter extraction", "rerank", "generate"
]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that ran below its best, or that was read otherwise than typed.

    Attributes:
        stage: where it happened.
        text: what happened, for people.
        is_passing: whether another run may do better although it is given the same: a
            deadline was missed, a service failed. Such a result is not cached.
        is_standing: whether it is so for every question until something is installed.
            `doctor` says it, and no single answer.
    """

    stage: NoteStage
    text: str
    is_passing: bool = False
    is_standing: bool = False

    def __str__(self) -> str:
        return f"{self.stage}: {self.text}"


def any_passing(notes: Iterable[Note | None]) -> bool:
    """Whether one of the notes says that another run may do better."""
    return any(note is not None and note.is_passing for note in notes)
