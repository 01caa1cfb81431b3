"""Citations that can be trusted: each compared, letter by letter, with the stored text before anyone sees it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from headrace.text.sentences import sentence_spans
from headrace.text.visible import visible
from headrace.types import (
    Citation,
    CitationEvent,
    CitedText,
    Context,
    Database,
    Listener,
    Sentence,
    SentenceRange,
    TextEvent,
)


@dataclass
class CitedAnswer:
    """An answer being put together, part by part: its text with [n] behind what is cited, and the citations that hold.

    A citation that does not stand in the stored document, word for word, is left out and counted in `refused`. The same place cited
    twice keeps its number.
    """

    context: Context
    database: Database
    tenant: str
    listener: Listener | None = None
    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    refused: int = 0
    _parts: list["_Part"] = field(default_factory=list)

    def add_text(self, text: str) -> None:
        self.text += text
        if self.listener and text:
            self.listener(TextEvent(text))

    def add_citations(self, ranges: Sequence[SentenceRange]) -> None:
        """Ends a part: verifies each of its ranges and puts the numbers of those that hold behind the text so far."""
        start, end = self._parts[-1].marks_end if self._parts else 0, len(self.text)
        claimed = [citation for claim in ranges for citation in self._claimed(claim)]
        marks = dict.fromkeys(self._numbered(citation) for citation in self._that_hold(claimed))
        if marks:
            space = "" if not self.text or self.text[-1].isspace() else " "
            self.add_text(space + "".join(f"[{number}]" for number in marks))
        self._parts.append(_Part(start, end, len(self.text)))

    def add_part(self, part: CitedText) -> None:
        """A whole part, apart from what stands before it: its text, then its citations."""
        self.add_text(f" {part.text}" if self.text else part.text)
        self.add_citations(part.ranges)

    def note(self) -> tuple[str, ...]:
        """What the reader should know about citations that did not hold."""
        if not self.refused:
            return ()
        return (
            f"generate: {self.refused} citation{'s' * (self.refused > 1)} could not be verified and left out",
        )

    def unsupported(self) -> tuple[str, ...]:
        """The sentences no part of which a citation stands behind, in order: none was given, or none held. Not those that only announce (":")."""
        cited = [part for part in self._parts if part.marks_end > part.end]
        text = self.text
        for part in cited:
            text = text[: part.end] + " " * (part.marks_end - part.end) + text[part.marks_end :]
        sentences = [
            (start, end)
            for start, end in sentence_spans(text)
            if re.search(r"\w", text[start:end]) and text[end - 1] != ":"
        ]
        return tuple(
            text[start:end]
            for start, end in sentences
            if not any(part.start < end and start < part.end for part in cited)
        )

    def _claimed(self, claim: SentenceRange) -> Iterable[Citation]:
        """The places a range claims, one per unbroken run of sentences; none (and counted) when it points at nothing."""
        passages = self.context.passages
        passage = passages[claim.passage] if 0 <= claim.passage < len(passages) else None
        sentences = (
            passage.sentences[claim.first : claim.last]
            if passage and 0 <= claim.first < claim.last <= len(passage.sentences)
            else ()
        )
        if not sentences or _letters(claim.quote) != _letters(
            " ".join(sentence.text for sentence in sentences)
        ):
            self.refused += 1
            return
        for run in _unbroken(sentences):
            quote = " ".join(sentence.text for sentence in run)
            first = run[0]
            yield Citation(
                0,
                passage.document_id,
                passage.title,
                passage.source,
                first.chunk_id,
                first.start,
                run[-1].end,
                first.page,
                quote,
            )

    def _that_hold(self, claimed: list[Citation]) -> list[Citation]:
        """Those whose place in the stored document says what they quote; their quote becomes exactly what stands there."""
        if not claimed:
            return []
        spans = {
            "document_ids": [citation.document_id for citation in claimed],
            "starts": [citation.start for citation in claimed],
            "ends": [citation.end for citation in claimed],
        }
        stored = dict(self.database.query(self.tenant, "stored_spans", spans))
        holding = []
        for number, citation in enumerate(claimed, start=1):
            if _letters(stored.get(number, "")) == _letters(citation.quote):
                holding.append(replace(citation, quote=stored[number]))
            else:
                self.refused += 1
        return holding

    def _numbered(self, citation: Citation) -> int:
        """The citation's number: the one its place already has, else the next, and then the listener is told."""
        place = (citation.document_id, citation.start, citation.end)
        for known in self.citations:
            if (known.document_id, known.start, known.end) == place:
                return known.number
        citation = replace(citation, number=len(self.citations) + 1)
        self.citations.append(citation)
        if self.listener:
            self.listener(CitationEvent(citation))
        return citation.number


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a part of the answer stands in its text: from `start` to before `end`, and then its marks, if any, to before `marks_end`."""

    start: int
    end: int
    marks_end: int


def _unbroken(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """The sentences in runs with nothing but white space between them (at most three characters: more may hide text)."""
    runs = [[sentences[0]]]
    for sentence in sentences[1:]:
        if 0 <= sentence.start - runs[-1][-1].end <= 3:
            runs[-1].append(sentence)
        else:
            runs.append([sentence])
    return runs


def _letters(text: str) -> str:
    """The text without white space and what cannot be seen: services join sentences with or without a space, documents with line ends, and a
    model is sent the visible characters alone."""
    return re.sub(r"\s+", "", visible(text))
