"""The gold evidence of a question, found in the documents."""

from collections.abc import Iterator, Mapping
from typing import Any

from headrace.measuring.quality.labelled.spans import Span
from headrace.types import Document


def gold_spans(
    metadata: Mapping[str, Any], relevant: Mapping[str, int], documents: Mapping[str, Document]
) -> tuple[Span, ...]:
    """The gold evidence of a question, in whichever form its metadata gives it.

    `labelled.reading` describes the forms. What stands in no document is left out.
    """
    found = [
        *_by_place(metadata.get("spans") or (), documents),
        *_by_sentence(metadata.get("evidence") or (), documents),
        *_in_words(metadata.get("gold_sentences") or (), relevant, documents),
    ]
    return tuple(dict.fromkeys(found))


def _by_place(given: Any, documents: Mapping[str, Document]) -> Iterator[Span]:
    for span in given:
        document = documents.get(span["doc_id"])
        if document:
            yield from _placed(span.get("text"), int(span["start"]), int(span["end"]), document)


def _by_sentence(given: Any, documents: Mapping[str, Document]) -> Iterator[Span]:
    for item in given:
        if not isinstance(item, dict) or item.get("doc_id") not in documents:
            continue
        document = documents[item["doc_id"]]
        sentences = document.metadata.get("sentences") or []
        for index in item.get("sentences") or ():
            if index < len(sentences):
                yield from _found(sentences[index], document)


def _in_words(
    given: Any, relevant: Mapping[str, int], documents: Mapping[str, Document]
) -> Iterator[Span]:
    for annotated in given:
        for sentence in [annotated] if isinstance(annotated, str) else annotated:
            for document_id in relevant:
                if document_id in documents:
                    yield from _found(sentence, documents[document_id])


def _placed(text: str | None, start: int, end: int, document: Document) -> Iterator[Span]:
    """The span as given.

    Reading may have changed the document's characters; then it is the nearest place
    that says the same.
    """
    if text is None or document.text[start:end] == text:
        yield Span(document.document_id, start, min(end, len(document.text)))
        return
    places = list(_places(text, document.text))
    if places:
        nearest = min(places, key=lambda place: abs(place - start))
        yield Span(document.document_id, nearest, nearest + len(text))


def _found(sentence: str, document: Document) -> Iterator[Span]:
    sentence = sentence.strip()
    start = document.text.find(sentence) if sentence else -1
    if start >= 0:
        yield Span(document.document_id, start, start + len(sentence))


def _places(text: str, within: str) -> Iterator[int]:
    start = within.find(text) if text else -1
    while start >= 0:
        yield start
        start = within.find(text, start + 1)
