"""A context of one short document, and the database that holds it."""

from collections.abc import Mapping
from typing import Any

from headrace.answer.citations import CitedAnswer
from headrace.types import CitedText, Context, Listener, Passage, Sentence, SentenceRange

TEXT = "The warranty lasts two years. It covers faults. The battery is excluded."
QUESTION = "How long does the warranty last?"
#: The sentences of `TEXT`: where each begins and ends.
_SPANS = ((0, 29), (30, 47), (48, 72))
TWO_YEARS = SentenceRange(0, 0, 1, TEXT[0:29])
FAULTS = SentenceRange(0, 1, 2, TEXT[30:47])


def passage() -> Passage:
    sentences = [Sentence(TEXT[start:end], start, end, 1) for start, end in _SPANS]
    return Passage(1, "d", "Warranty", "d.txt", tuple(sentences))


def context() -> Context:
    return Context((passage(),), "text", 10, 2000)


class Stored:
    """A tenant's database that holds one document, `d`."""

    tenant = "t"
    fingerprint = ""

    def __init__(self, text: str = TEXT):
        self.text = text

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        assert statement == "stored_spans" and parameters is not None
        starts, ends = parameters["starts"], parameters["ends"]
        rows = []
        for index, document_id in enumerate(parameters["document_ids"]):
            if document_id == "d":
                text = self.text[starts[index] : ends[index]]
                rows.append((index + 1, text, None, None))
        return rows


def database(text: str = TEXT) -> Any:
    """What nodes are given; the tests need no more than `query`."""
    return Stored(text)


def begun(text: str = TEXT, listener: Listener | None = None) -> CitedAnswer:
    """An answer with nothing in it yet; `text` is the stored document."""
    return CitedAnswer(context(), database(text), listener)


def two_years(text: str = "Two years.") -> CitedText:
    """A part of an answer that cites the first sentence."""
    return CitedText(text, (TWO_YEARS,))
