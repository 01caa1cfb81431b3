"""Citations that can be trusted: each is compared with the stored text first."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from headrace.answer.claims.comparing import disagreement
from headrace.text.sentences import sentence_spans
from headrace.text.visible import visible
from headrace.types import (
    Answer,
    Citation,
    CitationEvent,
    CitedText,
    Context,
    Listener,
    Note,
    Passage,
    Sentence,
    SentenceRange,
    TenantDatabase,
    TextEvent,
    Unsupported,
)

#: Characters between two sentences that are quoted as one: more may hide text.
_MOST_GAP = 3


@dataclass
class CitedAnswer:
    """An answer being put together, part by part.

    Its text has [n] after what citation n supports. A citation that is not in the
    stored document, letter by letter, is left out and counted in `refused`. A place
    that is cited twice keeps its number.
    """

    context: Context
    database: TenantDatabase
    listener: Listener | None = None
    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    refused: int = 0
    _parts: list["_Part"] = field(default_factory=list)

    def add_text(self, text: str) -> None:
        """The next piece of the answer's text, which the listener gets at once."""
        self.text += text
        if self.listener and text:
            self.listener(TextEvent(text))

    def add_citations(self, ranges: Sequence[SentenceRange], *, is_quotation: bool = False) -> None:
        """Ends a part: the numbers of the ranges that hold follow the text so far."""
        start = self._parts[-1].marks_end if self._parts else 0
        end = len(self.text)
        claimed: list[Citation] = []
        for claim in ranges:
            claimed.extend(self._claimed(claim))
        numbers = [self._numbered(citation) for citation in self._that_hold(claimed)]
        if numbers:
            space = "" if not self.text or self.text[-1].isspace() else " "
            self.add_text(space + "".join(f"[{number}]" for number in dict.fromkeys(numbers)))
        self._parts.append(_Part(start, end, len(self.text), frozenset(numbers), is_quotation))

    def add_part(self, part: CitedText) -> None:
        """A quotation as it is shown, set apart from the text before it."""
        is_apart = not self.text or self.text[-1].isspace() or part.text[:1].isspace()
        self.add_text(part.text if is_apart else f" {part.text}")
        self.add_citations(part.ranges, is_quotation=True)

    def notes(self) -> list[Note]:
        """What the reader should know about citations that did not hold."""
        if not self.refused:
            return []
        citations = "citations" if self.refused > 1 else "citation"
        text = f"{self.refused} {citations} could not be verified and left out"
        return [Note("generate", text, is_passing=True)]

    def answer(self, question: str, notes: Iterable[Note]) -> Answer:
        """The finished answer."""
        return Answer(
            question,
            self.text.strip(),
            True,
            tuple(self.citations),
            self.unsupported(question),
            tuple(notes),
        )

    def unsupported(self, question: str = "") -> tuple[Unsupported, ...]:
        """The sentences that no citation supports, each with the reason.

        There was no citation, or none held, or the sentence says another number, unit,
        date or name than what it cites, or denies it. Sentences that only announce what
        follows (":") are not among them.
        """
        cited = [part for part in self._parts if part.marks_end > part.end]
        text = self.text
        for part in cited:
            blank = " " * (part.marks_end - part.end)
            text = text[: part.end] + blank + text[part.marks_end :]
        found = []
        for start, end in sentence_spans(text):
            parts = [part for part in cited if part.start < end and start < part.end]
            says_something = re.search(r"\w", text[start:end]) and text[end - 1] != ":"
            reason = self._fault(text[start:end], parts, question) if says_something else ""
            if reason:
                found.append(Unsupported(self.text[start:end], reason))
        return tuple(found)

    def _fault(self, sentence: str, parts: Sequence["_Part"], question: str) -> str:
        """Why the citations of these parts do not support a sentence; "" if they do."""
        if not parts:
            return "no citation supports it"
        if all(part.is_quotation for part in parts):
            return ""
        numbers = frozenset[int]().union(*(part.citations for part in parts))
        cited = [citation for citation in self.citations if citation.number in numbers]
        quotes = "\n".join(citation.quote for citation in cited)
        places = "\n".join(f"{citation.name}\n{citation.lead}" for citation in cited)
        return disagreement(sentence, quotes, places, question)

    def _claimed(self, claim: SentenceRange) -> Iterator[Citation]:
        """The places that a range claims, one per unbroken run of sentences.

        A range that points at nothing has none, and is counted as refused.
        """
        passages = self.context.passages
        passage = passages[claim.passage] if 0 <= claim.passage < len(passages) else None
        sentences: tuple[Sentence, ...] = ()
        if passage and 0 <= claim.first < claim.last <= len(passage.sentences):
            sentences = passage.sentences[claim.first : claim.last]
        if passage is None or not sentences or not _says(claim, passage):
            self.refused += 1
            return
        for run in _unbroken(sentences):
            yield Citation(
                number=0,
                document_id=passage.document_id,
                title=passage.title,
                source=passage.source,
                chunk_id=run[0].chunk_id,
                start=run[0].start,
                end=run[-1].end,
                page=run[0].page,
                quote=_joined(run),
                headings=run[0].headings,
                lead=run[0].lead,
            )

    def _that_hold(self, claimed: list[Citation]) -> list[Citation]:
        """Those that the stored document has; they then quote exactly what it says."""
        if not claimed:
            return []
        spans = {
            "document_ids": [citation.document_id for citation in claimed],
            "starts": [citation.start for citation in claimed],
            "ends": [citation.end for citation in claimed],
        }
        stored = {}
        for number, *span in self.database.query("stored_spans", spans):
            stored[number] = _StoredSpan(*span)
        holding = []
        for number, citation in enumerate(claimed, start=1):
            span = stored.get(number)
            if span is not None and _letters(span.text) == _letters(citation.quote):
                holding.append(_as_stored(citation, span))
            else:
                self.refused += 1
        return holding

    def _numbered(self, citation: Citation) -> int:
        """The number of the citation's place, or else the next, which is announced."""
        place = (citation.document_id, citation.start, citation.end)
        for known in self.citations:
            if (known.document_id, known.start, known.end) == place:
                return known.number
        citation = replace(citation, number=len(self.citations) + 1)
        self.citations.append(citation)
        if self.listener:
            self.listener(CitationEvent(citation))
        return citation.number


class _StoredSpan(NamedTuple):
    """A row of the statement `stored_spans`, without its number."""

    text: str
    first_page: int | None
    last_page: int | None


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a part of the answer is in its text.

    It goes from `start` to before `end`; its marks, the numbers of its citations,
    follow to before `marks_end`. A quotation is made from what it cites, and is not
    checked.
    """

    start: int
    end: int
    marks_end: int
    citations: frozenset[int]
    is_quotation: bool


def _as_stored(citation: Citation, span: _StoredSpan) -> Citation:
    """The citation with the stored text and its pages.

    A document that was stored without its pages has the page of the chunk.
    """
    if span.first_page is None:
        return replace(citation, quote=span.text)
    last = span.last_page if span.last_page != span.first_page else None
    return replace(citation, quote=span.text, page=span.first_page, last_page=last)


def _unbroken(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """The sentences in runs with at most three characters between two of them."""
    runs = [[sentences[0]]]
    for sentence in sentences[1:]:
        if 0 <= sentence.start - runs[-1][-1].end <= _MOST_GAP:
            runs[-1].append(sentence)
        else:
            runs.append([sentence])
    return runs


def _says(claim: SentenceRange, passage: Passage) -> bool:
    """Whether a passage says what is claimed, with headings and leads or without."""
    letters = _letters(claim.quote)
    if letters == _letters(_joined(passage.sentences[claim.first : claim.last])):
        return True
    return letters == _letters(" ".join(passage.shown[claim.first : claim.last]))


def _joined(sentences: Sequence[Sentence]) -> str:
    return " ".join(sentence.text for sentence in sentences)


def _letters(text: str) -> str:
    """The text without white space and without what cannot be seen.

    Services join sentences with or without a space, documents with line ends, and a
    model is sent the visible characters alone.
    """
    return re.sub(r"\s+", "", visible(text))
