"""Stretches of documents, and how much two sets of them share."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters `start` to before `end` of a document's text."""

    document_id: str
    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Whether the two have a character in common."""
        if self.document_id != other.document_id:
            return False
        return self.start < other.end and other.start < self.end

    def shared(self, other: "Span") -> int:
        """How many characters the two have in common."""
        if self.document_id != other.document_id:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))


def union(spans: Iterable[Span]) -> list[Span]:
    """The same characters as spans that neither overlap nor touch.

    They are ordered by document and place. Example: 0-4, 2-6, 8-9 -> 0-6, 8-9.
    """
    joined: list[Span] = []
    for span in sorted(spans):
        last = joined[-1] if joined else None
        if last and last.document_id == span.document_id and span.start <= last.end:
            joined[-1] = Span(span.document_id, last.start, max(last.end, span.end))
        else:
            joined.append(span)
    return joined


def length(spans: Iterable[Span]) -> int:
    """How many characters the spans hold, each counted once."""
    return sum(span.end - span.start for span in union(spans))


def common(some: Iterable[Span], others: Iterable[Span]) -> int:
    """How many characters both sets hold."""
    others = union(others)
    return sum(sum(span.shared(other) for other in others) for span in union(some))
