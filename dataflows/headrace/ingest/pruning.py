"""Which stored documents have vanished from the disk."""

from collections.abc import Iterable
from pathlib import Path

from headrace.ingest.readers.files import stored_name
from headrace.types import Outcome, TenantDatabase


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
