"""Documents and chunks as the parameters of statements: mostly one list per column."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np

from headrace.metadata.field_kinds import names_of
from headrace.metadata.filters import field_number, field_text
from headrace.text import folding
from headrace.text.abbreviations import find_definitions
from headrace.text.markup.plain_lines import lead_words
from headrace.text.terms import searched
from headrace.text.titles import folded_title
from headrace.types import ChunkDraft, Document, PreparedDocument, heading_words

_MAX_VALUE_CHARACTERS = 300
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_MONTH = re.compile(r"\d{4}-\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: What PostgreSQL may take for the beginning of a tag.
_TAG = re.compile(r"<[^\s\d=]")
_DATE_FIELD = re.compile(r"year|date", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DraftedDocument:
    """A document to store, and its chunks in reading order."""

    prepared: PreparedDocument
    chunks: Sequence[ChunkDraft]

    @property
    def document(self) -> Document:
        return self.prepared.document

    @property
    def document_id(self) -> str:
        return self.prepared.document.document_id

    @property
    def language(self) -> str:
        return self.prepared.language


@dataclass(frozen=True, slots=True)
class AddedChunk:
    """A chunk that is not stored yet; its document's id and language."""

    document_id: str
    language: str
    chunk: ChunkDraft


class FieldValue(NamedTuple):
    """A value of a document's metadata as filters see it; `folded` in small letters."""

    document_id: str
    field: str
    folded: str
    text: str
    date: date | None
    number: float | None


def document_parameters(drafted: Sequence[DraftedDocument]) -> dict[str, list]:
    """The documents' rows, for `store_documents`."""
    documents = [one.document for one in drafted]
    return {
        "document_ids": [document.document_id for document in documents],
        "titles": [document.title for document in documents],
        "folded_titles": [folded_title(document.title) for document in documents],
        "sources": [document.source for document in documents],
        "texts": [document.text for document in documents],
        "languages": [one.language for one in drafted],
        "metadata": [json.dumps(document.metadata, ensure_ascii=False) for document in documents],
        "page_starts": [_array(document.page_starts) for document in documents],
        "content_hashes": [one.prepared.content_hash for one in drafted],
    }


def _array(numbers: Sequence[int]) -> str:
    """An array as PostgreSQL writes it; arrays of arrays must be rectangular there."""
    return f"{{{','.join(map(str, numbers))}}}"


def word_parameters(
    drafted: Sequence[DraftedDocument], vectors: Mapping[bytes, np.ndarray]
) -> dict[str, list[str]]:
    """The texts that may bring new words, each with its language, for `store_words`.

    Args:
        vectors: of the new chunks, by content hash; other chunks have only known words.
    """
    texts: dict[str, list[str]] = {}
    for one in drafted:
        new = [_read(chunk) for chunk in one.chunks if chunk.content_hash in vectors]
        texts.setdefault(one.language, []).extend([one.document.title, *new])
    languages: list[str] = []
    plain: list[str] = []
    for language, parts in texts.items():
        pieces = _each_once([folding.folded(part) for part in parts])
        languages += [language] * len(pieces)
        plain += pieces
    return {"languages": languages, "texts": plain}


def _each_once(texts: Sequence[str]) -> list[str]:
    """Texts with the same words as these, most of them only once.

    Blanks separate words. But to PostgreSQL, a tag of HTML with its blanks is one word,
    so a text that may have one stays as it is.
    """
    words: dict[bytes, None] = {}
    whole = []
    for text in texts:
        if _TAG.search(text):
            whole.append(text)
        else:
            words |= dict.fromkeys(text.encode().split())
    return [b" ".join(words).decode(), *whole]


def name_parameters(documents: Sequence[Document]) -> dict[str, list[str]]:
    """Other names of the documents' field values, sorted, for `store_value_names`."""
    values = {(value.field, value.folded, value.text) for value in _field_values(documents)}
    rows = set()
    for field, folded, written in values:
        for name in names_of(field, folded, written):
            rows.add((name[:_MAX_VALUE_CHARACTERS], field, folded))
    rows = sorted(rows)
    return {
        "names": [name for name, _, _ in rows],
        "fields": [field for _, field, _ in rows],
        "folded": [folded for _, _, folded in rows],
    }


def move_parameters(kept: Mapping[int, ChunkDraft]) -> dict[str, list]:
    """The new places of stored chunks, given by chunk_id, for `move_chunks`."""
    return {"chunk_ids": list(kept), **_places(list(kept.values()))}


def chunk_parameters(
    added: Sequence[AddedChunk], vectors: Mapping[bytes, np.ndarray]
) -> dict[str, Any]:
    """The rows of one chunk or more, for `store_chunks`.

    Args:
        vectors: of all of them, by content hash.
    """
    chunks = [one.chunk for one in added]
    return {
        "document_ids": [one.document_id for one in added],
        "languages": [one.language for one in added],
        **_places(chunks),
        "above": [chunk.above for chunk in chunks],
        "texts": [chunk.text for chunk in chunks],
        "searched_titles": [searched(chunk.title) for chunk in chunks],
        "searched_texts": [searched(_read(chunk)) for chunk in chunks],
        "content_hashes": [chunk.content_hash for chunk in chunks],
        "embeddings": np.array([vectors[chunk.content_hash] for chunk in chunks], np.float32),
    }


def _read(chunk: ChunkDraft) -> str:
    """What the keyword search reads of a chunk besides its title."""
    above = [*heading_words(chunk.above), lead_words(chunk.above), chunk.text]
    return "\n".join(filter(None, above))


def field_parameters(documents: Sequence[Document]) -> dict[str, list]:
    """The documents' metadata as filters see it, for `store_fields`."""
    values = _field_values(documents)
    return {
        "stored_ids": [document.document_id for document in documents],
        "document_ids": [value.document_id for value in values],
        "fields": [value.field for value in values],
        "folded": [value.folded for value in values],
        "field_values": [value.text for value in values],
        "value_dates": [value.date for value in values],
        "value_numbers": [value.number for value in values],
    }


def definition_parameters(documents: Sequence[Document]) -> dict[str, list[str]]:
    """The abbreviations that the documents define, for `store_definitions`."""
    rows = []
    for document in documents:
        for short, long in find_definitions(document.text):
            rows.append((document.document_id, short, long))
    return {
        "stored_ids": [document.document_id for document in documents],
        "document_ids": [document_id for document_id, _, _ in rows],
        "short_forms": [short for _, short, _ in rows],
        "long_forms": [long for _, _, long in rows],
    }


def _places(chunks: Sequence[ChunkDraft]) -> dict[str, list]:
    return {
        "ordinals": [chunk.ordinal for chunk in chunks],
        "starts": [chunk.start for chunk in chunks],
        "ends": [chunk.end for chunk in chunks],
        "pages": [chunk.page for chunk in chunks],
    }


def _field_values(documents: Sequence[Document]) -> list[FieldValue]:
    """The values that documents can be filtered by, one per document, field and value.

    Nested objects and texts of more than 300 characters are left out.
    """
    values: dict[tuple[str, str, str], FieldValue] = {}
    for document in documents:
        for field, given in document.metadata.items():
            for value in given if isinstance(given, list) else [given]:
                if value is None or isinstance(value, dict | list):
                    continue
                text = field_text(value)
                if 0 < len(text) <= _MAX_VALUE_CHARACTERS:
                    key = document.document_id, field, text.lower()
                    day = _date(field, value)
                    values[key] = FieldValue(*key, text, day, field_number(value))
    return list(values.values())


def _date(field: str, value: Any) -> date | None:
    """The day that a value names; None when it names none.

    It is the day of an ISO date or time, or the first day of a month ("2019-04"). If
    the field's name has "year" or "date", it may also be the first day of a year.
    """
    text = str(value)
    if _YEAR.fullmatch(text):
        return date(int(text), 1, 1) if _DATE_FIELD.search(field) else None
    if _MONTH.fullmatch(text):
        text = f"{text}-01"
    try:
        return datetime.fromisoformat(text).date() if _DAY.match(text) else None
    except ValueError:
        return None
