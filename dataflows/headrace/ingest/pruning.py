"""Which stored documents are to be removed: those that vanished, or those named."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.files import stored_name
from headrace.metadata.documents import unknown_document
from headrace.types import Outcome, TenantDatabase

_NO_PATH = (
    "no stored document came from this path. Documents that were given in Python are removed by "
    "ids=[...] or sources=[...]"
)
_NO_SOURCE = "no stored document has this source, or one beneath it"
#: What no text in PostgreSQL holds.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def vanished_documents(
    roots: Iterable[Path], outcomes: Iterable[Outcome], database: TenantDatabase
) -> list[str]:
    """The ids of documents that are stored from these places and were not met again.

    A source that could not be read has not vanished.

    Args:
        roots: files, and folders with everything beneath them, as absolute paths.
        outcomes: of the ingest that has just read these places.
    """
    met: set[str] = set()
    failed: set[str] = set()
    for outcome in outcomes:
        met.add(outcome.document_id)
        if outcome.status == "failed":
            failed.update((outcome.source, _file_of(outcome.source)))
    vanished = []
    for root in roots:
        for document_id, source in database.query("stored_sources", {"root": stored_name(root)}):
            is_failed = source in failed or _file_of(source) in failed
            if document_id not in met and not is_failed and not _is_beside(source, root):
                vanished.append(document_id)
    return vanished


def _is_beside(source: str, root: Path) -> bool:
    """Whether a source is a file of its own, whose path only begins like a root's.

    With the root "docs", that is "docs:old/a.md", unless a reader calls places so.
    """
    return source.startswith(f"{stored_name(root)}:") and Path(source).exists()


def _file_of(source: str) -> str:
    """The file of a source that names a place in it: "a.mbox:12" -> "a.mbox"."""
    return source.rpartition(":")[0] or source


@dataclass(frozen=True, slots=True)
class Chosen:
    """Documents to remove, each once; and a failure for all that chose none."""

    document_ids: list[str]
    missing: list[Outcome]


def chosen_documents(
    database: TenantDatabase,
    paths: Iterable[str | Path],
    ids: Sequence[str] = (),
    sources: Sequence[str] = (),
) -> Chosen:
    """The documents that are named by any of these.

    Args:
        paths: files, and folders with everything beneath them, there or not.
        ids: of documents.
        sources: of documents, and places with all sources beneath them, such as
            "s3://bucket/docs".
    Raises SourceError for what is no list of texts.
    """
    places = []
    for path in paths:
        given = os.fsencode(path).decode("utf-8", "backslashreplace")
        places.append((given, stored_name(Path(path).resolve()), _NO_PATH))
    for source in _checked("sources", sources):
        places.append((source, source.rstrip("/") or source, _NO_SOURCE))
    chosen: dict[str, None] = {}
    missing = []
    for given, root, reason in places:
        found = database.query("stored_sources", {"root": root})
        chosen.update(dict.fromkeys(document_id for document_id, _ in found))
        if not found:
            missing.append(Outcome("", given, "failed", reason=reason))
    wanted = _checked("ids", ids)
    hashes = database.query("stored_hashes", {"document_ids": wanted}) if wanted else []
    known = {document_id for document_id, _ in hashes}
    for document_id in wanted:
        if document_id in known:
            chosen[document_id] = None
        else:
            reason = unknown_document(database, document_id)
            missing.append(Outcome(document_id, "", "failed", reason=reason))
    return Chosen(list(chosen), missing)


def _checked(name: str, texts: Any) -> list[str]:
    if isinstance(texts, Iterable) and not isinstance(texts, str | bytes):
        given = list(texts)
        if all(isinstance(text, str) and not _UNSTORABLE.search(text) for text in given):
            return given
    raise SourceError(f"remove: {name} is {texts!a:.60}, it must be a list of texts")
