"""Whether what a question returns was stored when it was asked, for its tenant."""

from collections.abc import Iterable
from typing import NamedTuple

from headrace.measuring.kills.check import Violation
from headrace.measuring.stalls.history import History, text_of
from headrace.types import Answer, Hit


class Quote(NamedTuple):
    """Text that is said to be characters `start` to before `end` of a document."""

    document_id: str
    start: int
    end: int
    text: str


class Asked(NamedTuple):
    """A question: of which tenant, and when it began and ended."""

    tenant: str
    began: float
    ended: float


def quotes_of_answer(answer: Answer) -> list[Quote]:
    """What an answer cites."""
    return [Quote(one.document_id, one.start, one.end, one.quote) for one in answer.citations]


def quotes_of_hits(hits: Iterable[Hit]) -> list[Quote]:
    """The chunks that a search found."""
    chunks = [hit.chunk for hit in hits]
    return [Quote(one.document_id, one.start, one.end, one.text) for one in chunks]


def untrue(quotes: Iterable[Quote], asked: Asked, history: History) -> list[Violation]:
    """What is quoted and was not there: another tenant's, or nobody's at that time."""
    violations = []
    for quote in quotes:
        states = history.held(asked.tenant, quote.document_id, asked.began, asked.ended)
        if any(text_of(state)[quote.start : quote.end] == quote.text for state in states):
            continue
        owners = _owners(quote, history)
        what = f"a question of {asked.tenant} was given {quote.document_id} {quote.text!r}"
        if owners and asked.tenant not in owners:
            violations.append(Violation("foreign", f"{what}, of {sorted(owners)}"))
        else:
            violations.append(Violation("wrong", f"{what}, not stored at that time"))
    return violations


def _owners(quote: Quote, history: History) -> set[str]:
    """The tenants that were ever to have what is quoted."""
    states = history.ever(quote.document_id)
    return {tenant for tenant, state in states if quote.text in text_of(state)}
