"""Labelled questions over a corpus: the folders that `run.py evaluate` takes.

A folder holds `corpus.jsonl.gz` ({"_id", "title", "text", "metadata"} a line), `queries.jsonl.gz` ({"_id", "text", "metadata"}) and
`qrels.tsv` (query-id, corpus-id, score, with a heading line); the layout of BEIR, gzipped or not. Of a query's metadata these are read:

    relevant        the ids of the relevant documents, or each with its grade; for a question that qrels.tsv does not have
    answers         the gold answers, any of which counts
    answerable      false when the documents do not answer the question: the right reply is to decline
    spans           gold evidence: [{"doc_id", "start", "end", "text"}], characters of the document's text
    evidence        the same by sentence: [{"doc_id", "sentences": [indices]}], where the document's metadata holds its `sentences`
    gold_sentences  the same in words: sentences (or one list of them per annotator) that stand in a relevant document
    history         earlier turns: ["text", ...] or [{"speaker": "user", "text": ...}, ...], the user's first
    today           the day the question is asked, 2026-01-31
    corrected       the question without its typos (also `original`)
    filters         what the question asks of the documents' metadata, as `run.py ask --filter` takes it; or the values of a field under the
                    field's name, with or without an s
    sub_questions   the questions it takes to answer it
    rewrite         the question made to stand alone

Of a document's metadata, `abbreviations` are the [short form, long form] pairs that its text defines. A folder of `queries.jsonl.gz` alone
measures what is understood of the questions, by general words and rules.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Collection as Container
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from headrace.errors import QuestionError, SourceError
from headrace.ingest.readers import Unreadable, read_source
from headrace.measuring.quality.spans import Span
from headrace.measuring.quality.understood import Understanding, gold_understanding
from headrace.metadata.filters import parse_filters
from headrace.types import Document, Filter


@dataclass(frozen=True)
class LabelledQuestion:
    """A question and what is known of its answer.

    `relevant` has the grade, 1 or more, of each relevant document; it is empty for a question that is not judged. `answerable` is None
    where the collection does not say.
    """

    query_id: str
    text: str
    relevant: Mapping[str, int]
    answers: tuple[str, ...] = ()
    answerable: bool | None = None
    spans: tuple[Span, ...] = ()
    history: tuple[str, ...] = ()
    today: date | None = None
    known: Understanding = Understanding()

    def inputs(self) -> dict[str, Any]:
        """What the query dataflow is given for it, the tenant apart."""
        return {"question": self.text, "history": self.history, "today": self.today}


@dataclass(frozen=True)
class Collection:
    """A corpus and its labelled questions, in the order of their file.

    `corpus_hash` and `content_hash` change with what is in the corpus, and in all three files; not with how they are packed.
    """

    name: str
    corpus: Path | None
    documents: Mapping[str, Document]
    questions: tuple[LabelledQuestion, ...]
    corpus_hash: str
    content_hash: str

    @cached_property
    def judged(self) -> tuple[LabelledQuestion, ...]:
        """The questions with a relevant document."""
        return tuple(question for question in self.questions if question.relevant)


def read_collection(folder: Path, queries: str | None = None) -> Collection:
    """The collection of a folder.

    Args:
        queries: another file of questions under the same judgements, by its path or its name in the folder.
    Raises SourceError when a file is missing or a line of it is not what it should be.
    """
    corpus, asked, qrels = collection_files(folder)
    asked = asked if queries is None else _queries_file(folder, queries)
    documents = (
        {item.document_id: item for item in read_source(corpus) if not isinstance(item, Unreadable)}
        if corpus
        else {}
    )
    if corpus and not documents:
        raise SourceError(
            f"reading the collection {folder} failed: {corpus.name} holds no document"
        )
    judgements = _judgements(qrels) if qrels else {}
    fields = {field for document in documents.values() for field in document.metadata}
    questions = tuple(
        _question(entry, judgements, documents, fields, f"{asked}:{number}")
        for number, entry in _entries(asked)
    )
    _check(questions, asked)
    hashes = [
        hashlib.sha256(_content(path) if path else b"").hexdigest()
        for path in (corpus, asked, qrels)
    ]
    return Collection(
        folder.resolve().name,
        corpus,
        documents,
        questions,
        hashes[0],
        hashlib.sha256("".join(hashes).encode()).hexdigest(),
    )


def collection_files(folder: Path) -> tuple[Path | None, Path, Path | None]:
    """The corpus, the questions and the judgements of a folder, or the questions alone; SourceError when one is missing."""
    names = {path.name.removesuffix(".gz") for path in folder.glob("*")}
    if "queries.jsonl" in names and not names & {"corpus.jsonl", "qrels.tsv"}:
        return None, _file(folder, "queries.jsonl"), None
    return _file(folder, "corpus.jsonl"), _file(folder, "queries.jsonl"), _file(folder, "qrels.tsv")


def _file(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise SourceError(
        f"reading the collection {folder} failed: {name} is missing (also gzipped, {name}.gz); "
        "a collection holds corpus.jsonl.gz, queries.jsonl.gz and qrels.tsv"
    )


def _queries_file(folder: Path, name: str) -> Path:
    for path in (folder / name, Path(name)):
        if path.is_file():
            return path
    raise SourceError(
        f"reading the questions of {folder} failed: there is no {name}, neither in it nor here"
    )


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _lines(path: Path) -> list[str]:
    """The lines of a file, by its line feeds alone: JSON may hold other line ends inside a text."""
    try:
        return _content(path).decode("utf-8-sig").split("\n")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise SourceError(f"reading {path} failed: {error}") from None


def _entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON object of each line that is not blank, with its number."""
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise SourceError(f"{path}:{number} is not JSON: {error}") from None
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("text"), str)
            or entry.get("_id") is None
        ):
            raise SourceError(
                f'{path}:{number} is no question: {{"_id", "text", "metadata"}} is expected'
            )
        yield number, entry


def _judgements(path: Path) -> dict[str, dict[str, int]]:
    """Query id -> document id -> grade, of those that are relevant (above 0)."""
    found: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(path), start=1):
        fields = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and not fields[-1].strip().lstrip("-").isdigit()):
            continue
        try:
            query_id, document_id, grade = fields
            if int(grade) > 0:
                found.setdefault(query_id, {})[document_id] = int(grade)
        except ValueError:
            raise SourceError(
                f"{path}:{number} is no judgement: query-id, corpus-id and a whole number are expected, tabs between them"
            ) from None
    return found


def _question(
    entry: dict[str, Any],
    judgements: Mapping[str, dict[str, int]],
    documents: Mapping[str, Document],
    fields: Container[str],
    where: str,
) -> LabelledQuestion:
    metadata = entry.get("metadata") or {}
    try:
        relevant = judgements.get(str(entry["_id"])) or _relevant(metadata)
        return LabelledQuestion(
            str(entry["_id"]),
            entry["text"],
            relevant,
            answers=tuple(str(answer) for answer in metadata.get("answers") or ()),
            answerable=metadata.get("answerable"),
            spans=tuple(dict.fromkeys(_spans(metadata, relevant, documents))),
            history=_turns(metadata.get("history") or ()),
            today=date.fromisoformat(metadata["today"]) if metadata.get("today") else None,
            known=gold_understanding(metadata, *_known_filters(metadata, fields)),
        )
    except (KeyError, TypeError, ValueError, IndexError, QuestionError) as error:
        raise SourceError(
            f"{where}: its metadata cannot be used: {type(error).__name__}: {error}"
        ) from None


def _relevant(metadata: Mapping[str, Any]) -> dict[str, int]:
    given = metadata.get("relevant") or {}
    grades = (
        given.items() if isinstance(given, dict) else [(document_id, 1) for document_id in given]
    )
    return {str(document_id): int(grade) for document_id, grade in grades if int(grade) > 0}


def _known_filters(
    metadata: Mapping[str, Any], fields: Container[str]
) -> tuple[tuple[Filter, ...] | None, tuple[str, ...] | None]:
    """What the question asks of the documents' metadata, and of which fields this is known (None: of all); None where it is not known, as of an
    unanswerable question that names no values."""
    if "filters" in metadata:
        return parse_filters(metadata["filters"]), None
    named = {
        key if key in fields else key.removesuffix("s"): values
        for key, values in metadata.items()
        if isinstance(values, list)
    }
    wanted = {field: values for field, values in named.items() if field in fields}
    if not wanted or (metadata.get("answerable") is False and not any(wanted.values())):
        return None, None
    return parse_filters({field: values for field, values in wanted.items() if values}), tuple(
        wanted
    )


def _check(questions: Sequence[LabelledQuestion], path: Path) -> None:
    if not questions:
        raise SourceError(f"reading the questions {path} failed: it holds none")
    seen: set[str] = set()
    for question in questions:
        if question.query_id in seen:
            raise SourceError(
                f"reading the questions {path} failed: the id {question.query_id!r} is there twice"
            )
        seen.add(question.query_id)


def _turns(history: Sequence[Any]) -> tuple[str, ...]:
    """The turns as texts, the user's and the assistant's in turn, the user's first; turns that one speaker took in a row become one."""
    turns: list[tuple[bool, str]] = []
    for index, turn in enumerate(history):
        is_user = index % 2 == 0 if isinstance(turn, str) else turn["speaker"] == "user"
        text = turn if isinstance(turn, str) else turn["text"]
        if turns and turns[-1][0] == is_user:
            turns[-1] = (is_user, f"{turns[-1][1]} {text}")
        else:
            turns.append((is_user, text))
    return tuple(text for _, text in (turns if not turns or turns[0][0] else [(True, ""), *turns]))


# -------------------------------------------------------------------------------------------------------- gold evidence


def _spans(
    metadata: Mapping[str, Any], relevant: Mapping[str, int], documents: Mapping[str, Document]
) -> Iterator[Span]:
    """The gold evidence, in whichever of the three forms it is given. What stands in no document is left out."""
    for span in metadata.get("spans") or ():
        if span["doc_id"] in documents:
            yield from _placed(
                span.get("text"), int(span["start"]), int(span["end"]), documents[span["doc_id"]]
            )
    for item in metadata.get("evidence") or ():
        if isinstance(item, dict) and item.get("doc_id") in documents:
            document = documents[item["doc_id"]]
            sentences = document.metadata.get("sentences") or []
            for index in item.get("sentences") or ():
                yield from _found(sentences[index] if index < len(sentences) else "", document)
    for given in metadata.get("gold_sentences") or ():
        for sentence in [given] if isinstance(given, str) else given:
            for document_id in relevant:
                if document_id in documents:
                    yield from _found(sentence, documents[document_id])


def _placed(text: str | None, start: int, end: int, document: Document) -> Iterator[Span]:
    """The span as given; where reading has changed the document's characters, the place nearest to it that says the same."""
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
