"""Which document an id belongs to, and which documents are stored under another id."""

import filecmp
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from headrace.ingest.finding.identity import CONTENT_PREFIX, Identities
from headrace.ingest.readers import Limits, read_source
from headrace.ingest.readers.files import file_type, is_file, is_there
from headrace.text.storable import storable
from headrace.types import Document, Outcome, TenantDatabase


@dataclass(frozen=True, slots=True)
class Claimed:
    """The documents to store, and the ids of those that are then to be removed.

    `others` are documents that are not stored, usually because their id is taken.
    `superseded` are stored documents, by id, each with the id of the document that
    takes its place: it has the same file, or, if that file is gone, the same text.
    """

    documents: list[Document]
    others: list[Outcome]
    superseded: dict[str, str]


class Claims:
    """Which file an id belongs to, for one run.

    A line may move to another file, and a file may be renamed. But while the first file
    is still there (and, for lines, still has a line with this id), the two documents
    would replace each other with every run.

    Args:
        identities: None for documents that do not come from files: they replace
            whatever has their id.
    """

    def __init__(
        self, database: TenantDatabase, limits: Limits, identities: Identities | None = None
    ):
        self._database = database
        self._limits = limits
        self._identities = identities
        self._ids: dict[str, set[str]] = {}

    def sorted_out(self, documents: Sequence[Document]) -> Claimed:
        """What is to be done with documents that were read together."""
        holders = self._holders(documents)
        claimed = Claimed([], [], {})
        for document in documents:
            if self._is_of_a_file(document):
                document, superseded = self._known(document, holders)  # noqa: PLW2901
                claimed.superseded.update(dict.fromkeys(superseded, document.document_id))
            holder = holders.get(document.document_id, document.source)
            if self._is_taken(document, holder):
                claimed.others.append(_taken(document, holder))
            else:
                claimed.documents.append(document)
        claimed.superseded.update(self._moved(claimed.documents))
        return claimed

    def _holders(self, documents: Sequence[Document]) -> dict[str, str]:
        """The sources of the stored documents that matter here, by id."""
        asked: set[str] = set()
        for document in documents:
            if self._is_of_a_file(document):
                asked.update((document.document_id, *_forms(document.source)))
            elif _is_of_a_line(document.source):
                asked.add(document.document_id)
        if not asked:
            return {}
        return dict(self._database.query("id_holders", {"document_ids": sorted(asked)}))

    def _is_of_a_file(self, document: Document) -> bool:
        """Whether a document's id was made from the file that it was read from."""
        return self._identities is not None and _is_made(document.document_id, document.source)

    def _known(
        self, document: Document, holders: Mapping[str, str]
    ) -> tuple[Document, Sequence[str]]:
        """The document with the id to store it under, and the ids that its file had.

        A relative id that it has already stays: a folder may have been named before,
        and now one below it.
        """
        forms = [one for one in _forms(document.source) if holders.get(one) == document.source]
        if self._identities and self._identities.id_by == "relative":
            kept = [one for one in forms if one != document.source]
            if kept and document.document_id not in kept:
                document = replace(document, document_id=kept[0])
        return document, [one for one in forms if one != document.document_id]

    def _moved(self, documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
        """Stored documents whose file is gone, each with one of these of its text."""
        of_files = [document for document in documents if self._is_of_a_file(document)]
        if not of_files:
            return
        ids = {document.document_id for document in of_files}
        texts = {"texts": [storable(document.text) for document in of_files]}
        for position, document_id, source in self._database.query("same_texts", texts):
            if document_id not in ids and _is_made(document_id, source) and _is_gone(source):
                ids.add(document_id)
                yield document_id, of_files[position - 1].document_id

    def _is_taken(self, document: Document, holder: str) -> bool:
        if holder == document.source or not Path(holder).is_absolute():
            return False
        if _is_of_a_line(document.source):
            return self._is_of_another_line(document, holder)
        if not self._is_of_a_file(document) or _is_gone(holder):
            return False
        return not _is_same_file(_file_of(holder), _file_of(document.source))

    def _is_of_another_line(self, document: Document, holder: str) -> bool:
        if not _is_of_a_line(holder):
            return False
        if not is_file(Path(holder)) or _is_same_file(holder, document.source):
            return False
        if holder not in self._ids:
            read = read_source(Path(holder), self._limits)
            self._ids[holder] = {one.document_id for one in read if isinstance(one, Document)}
        return document.document_id in self._ids[holder]


def _is_made(document_id: str, source: str) -> bool:
    """Whether an id may have been made from the path of a file, or from its text."""
    if not Path(source).is_absolute() or _is_of_a_line(source):
        return False
    is_path = document_id == source or source.endswith(f"/{document_id}")
    return is_path or document_id.startswith(CONTENT_PREFIX)


def _forms(source: str) -> list[str]:
    """The ids that a file's document may have: its path, and the ends of it.

    Example: "/docs/a.md" -> ["/docs/a.md", "docs/a.md", "a.md"]
    """
    forms = [source]
    rest = source
    while "/" in rest:
        rest = rest.partition("/")[2]
        forms.append(rest)
    return [form for form in forms if form]


def _file_of(source: str) -> str:
    """The file of a source that may name a place in it: "a.zip:b.md" -> "a.zip"."""
    path = source
    while ":" in path and not is_there(Path(path)):
        path = path.rpartition(":")[0]
    return path if is_there(Path(path)) else source


def _is_gone(source: str) -> bool:
    """Whether the file of a source is certainly gone."""
    try:
        return not stat.S_ISREG(Path(_file_of(source)).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _is_of_a_line(source: str) -> bool:
    return file_type(Path(source)) == "jsonl" and Path(source).is_absolute()


def _is_same_file(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _is_copy(one: str, other: str) -> bool:
    """Whether the files of two sources have the same bytes, as below two mounts."""
    try:
        return filecmp.cmp(_file_of(one), _file_of(other), shallow=False)
    except OSError:
        return False


def _taken(document: Document, holder: str) -> Outcome:
    identifier = document.document_id
    is_line = _is_of_a_line(document.source)
    if identifier.startswith(CONTENT_PREFIX) or not is_line and _is_copy(document.source, holder):
        return Outcome(identifier, document.source, "unchanged")
    if is_line:
        reason = (
            f'its id "{identifier}" is also the id of a line in {holder}, which was kept; give '
            f"one of them another id, or remove {holder}"
        )
    else:
        reason = (
            f'its id "{identifier}" is also the id of {holder}, which was kept; name both folders '
            "in one call, or take --id path or another tenant"
        )
    return Outcome(identifier, document.source, "failed", reason=reason)
