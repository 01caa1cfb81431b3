"""From a folder to a collection: the folders that `run.py evaluate` takes.

They have the layout of BEIR, each file gzipped or not:

    corpus.jsonl.gz     {"_id", "title", "text", "metadata"} a line
    queries.jsonl.gz    {"_id", "text", "metadata"} a line
    qrels.tsv           query-id, corpus-id, score; with a heading line

Of a query's metadata these are read:

    relevant        the ids of the relevant documents, or each with its grade; used for
                    a question that qrels.tsv does not have
    answers         the gold answers, any of which counts
    answerable      false when the documents do not answer the question: the right
                    reply is to decline
    spans           gold evidence: [{"doc_id", "start", "end", "text"}], in characters
                    of the document's text
    evidence        the same by sentence: [{"doc_id", "sentences": [indices]}], where
                    the document's metadata holds its `sentences`
    gold_sentences  the same in words: sentences (or one list of them per annotator)
                    that stand in a relevant document
    history         earlier turns, the user's first: ["text", ...] or
                    [{"speaker": "user", "text": ...}, ...]
    today           the day on which the question is asked, 2026-01-31
    corrected       the question without its typos (also `original`)
    filters         what the question asks of the documents' metadata, as `run.py ask
                    --filter` takes it; or the values of a field under the field's
                    name, with or without an s
    sub_questions   the questions it takes to answer it
    rewrite         the question made to stand alone

Of a document's metadata, `abbreviations` are the [short form, long form] pairs that its
text defines. A folder with nothing but queries.jsonl.gz measures what is understood of
the questions by general words and rules.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Collection as Container
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from headrace.errors import QuestionError, SourceError, json_fault
from headrace.ingest.readers import Unreadable, read_source
from headrace.measuring.quality.labelled.evidence import gold_spans
from headrace.measuring.quality.labelled.labels import Collection, LabelledQuestion
from headrace.measuring.quality.understood import gold_understanding
from headrace.metadata.filters import parse_filters
from headrace.types import Document, Filter


class CollectionFiles(NamedTuple):
    """The files of a folder; without corpus and qrels there are questions only."""

    corpus: Path | None
    queries: Path
    qrels: Path | None


def read_collection(folder: Path, queries: str | None = None) -> Collection:
    """The collection in a folder.

    Args:
        queries: another file of questions under the same judgements, by its path or its
            name in the folder.
    Raises SourceError when a file is missing, or says which line cannot be used.
    """
    files = collection_files(folder)
    if queries is not None:
        files = files._replace(queries=_queries_file(folder, queries))
    documents = _documents(files.corpus, folder)
    fields: set[str] = set()
    for document in documents.values():
        fields |= document.metadata.keys()
    reader = _QuestionReader(
        judgements=_judgements(files.qrels) if files.qrels else {},
        documents=documents,
        fields=fields,
    )
    questions = []
    for number, entry in _entries(files.queries):
        questions.append(reader.question(entry, f"{files.queries}:{number}"))
    _check_ids(questions, files.queries)
    hashes = [hashlib.sha256(_content(path) if path else b"").hexdigest() for path in files]
    return Collection(
        folder.resolve().name,
        files.corpus,
        documents,
        tuple(questions),
        corpus_hash=hashes[0],
        content_hash=hashlib.sha256("".join(hashes).encode()).hexdigest(),
    )


def collection_files(folder: Path) -> CollectionFiles:
    """The files of a collection; SourceError when one is missing."""
    names = {path.name.removesuffix(".gz") for path in folder.glob("*")}
    if "queries.jsonl" in names and not names & {"corpus.jsonl", "qrels.tsv"}:
        return CollectionFiles(None, _file(folder, "queries.jsonl"), None)
    return CollectionFiles(
        corpus=_file(folder, "corpus.jsonl"),
        queries=_file(folder, "queries.jsonl"),
        qrels=_file(folder, "qrels.tsv"),
    )


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
    """The lines of a file, cut at line feeds alone.

    JSON may hold other line ends inside a text.
    """
    try:
        return _content(path).decode("utf-8-sig").split("\n")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise SourceError(f"reading {path} failed: {error}") from None


# ---------------------------------------------------------------------------
# documents and judgements


def _documents(corpus: Path | None, folder: Path) -> dict[str, Document]:
    if corpus is None:
        return {}
    documents = {}
    for item in read_source(corpus):
        if not isinstance(item, Unreadable):
            documents[item.document_id] = item
    if not documents:
        raise SourceError(
            f"reading the collection {folder} failed: {corpus.name} holds no document"
        )
    return documents


def _judgements(path: Path) -> dict[str, dict[str, int]]:
    """Query id -> document id -> grade, of the relevant documents (above 0)."""
    found: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(path), start=1):
        fields = line.rstrip("\r").split("\t")
        is_heading = number == 1 and not fields[-1].strip().lstrip("-").isdigit()
        if not line.strip() or is_heading:
            continue
        try:
            query_id, document_id, grade = fields
            if int(grade) > 0:
                found.setdefault(query_id, {})[document_id] = int(grade)
        except ValueError:
            raise SourceError(
                f"{path}:{number} is not a judgement: query-id, corpus-id and a whole number are "
                "expected, with tabs between them"
            ) from None
    return found


# ---------------------------------------------------------------------------
# questions


def _entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON object of each line that is not blank, with its number."""
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise SourceError(f"{path}:{number} is not JSON: {json_fault(error)}") from None
        if not _is_question(entry):
            raise SourceError(
                f'{path}:{number} is not a question: {{"_id", "text", "metadata"}} is expected'
            )
        yield number, entry


def _is_question(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    return isinstance(entry.get("text"), str) and entry.get("_id") is not None


class _QuestionReader:
    """Makes questions of the lines of queries.jsonl.

    Args:
        judgements: query id -> document id -> grade.
        documents: the corpus, by id.
        fields: of the documents' metadata.
    """

    def __init__(
        self,
        judgements: Mapping[str, Mapping[str, int]],
        documents: Mapping[str, Document],
        fields: Container[str],
    ):
        self._judgements = judgements
        self._documents = documents
        self._fields = fields

    def question(self, entry: dict[str, Any], place: str) -> LabelledQuestion:
        """The question of a line; SourceError that names `place` if it is of no use."""
        try:
            return self._question(str(entry["_id"]), entry["text"], entry.get("metadata") or {})
        except (KeyError, TypeError, ValueError, IndexError, QuestionError) as error:
            raise SourceError(
                f"{place}: its metadata cannot be used: {type(error).__name__}: {error}"
            ) from None

    def _question(self, query_id: str, text: str, metadata: dict[str, Any]) -> LabelledQuestion:
        relevant = self._judgements.get(query_id) or _relevant(metadata)
        today = metadata.get("today")
        return LabelledQuestion(
            query_id,
            text,
            relevant,
            answers=tuple(str(answer) for answer in metadata.get("answers") or ()),
            answerable=metadata.get("answerable"),
            spans=gold_spans(metadata, relevant, self._documents),
            history=_turns(metadata.get("history") or ()),
            today=date.fromisoformat(today) if today else None,
            known=gold_understanding(metadata, *_known_filters(metadata, self._fields)),
        )


def _relevant(metadata: Mapping[str, Any]) -> dict[str, int]:
    given = metadata.get("relevant") or {}
    grades = given if isinstance(given, dict) else dict.fromkeys(given, 1)
    return {str(name): int(grade) for name, grade in grades.items() if int(grade) > 0}


def _known_filters(
    metadata: Mapping[str, Any], fields: Container[str]
) -> tuple[tuple[Filter, ...] | None, tuple[str, ...] | None]:
    """What a question asks of the metadata, and of which fields that is known.

    The fields are None where all of it is known, the filters where none of it is, as
    with an unanswerable question that names no values.
    """
    if "filters" in metadata:
        return parse_filters(metadata["filters"]), None
    wanted: dict[str, list] = {}
    for key, values in metadata.items():
        field = key if key in fields else key.removesuffix("s")
        if isinstance(values, list) and field in fields:
            wanted[field] = values
    if not wanted or (metadata.get("answerable") is False and not any(wanted.values())):
        return None, None
    named = {field: values for field, values in wanted.items() if values}
    return parse_filters(named), tuple(wanted)


def _turns(history: Sequence[Any]) -> tuple[str, ...]:
    """The turns as texts, the user's and the assistant's in turn, the user's first.

    Turns that one speaker took in a row become one.
    """
    turns: list[str] = []
    last_is_user = False
    for index, turn in enumerate(history):
        is_user = index % 2 == 0 if isinstance(turn, str) else turn["speaker"] == "user"
        text = turn if isinstance(turn, str) else turn["text"]
        if not turns and not is_user:
            turns.append("")
        elif turns and is_user == last_is_user:
            text = f"{turns.pop()} {text}"
        turns.append(text)
        last_is_user = is_user
    return tuple(turns)


def _check_ids(questions: Sequence[LabelledQuestion], path: Path) -> None:
    """Raises SourceError when there are no questions, or two with one id."""
    if not questions:
        raise SourceError(f"reading the questions {path} failed: it holds none")
    seen: set[str] = set()
    for question in questions:
        if question.query_id in seen:
            raise SourceError(
                f"reading the questions {path} failed: the id {question.query_id!r} is there twice"
            )
        seen.add(question.query_id)
