"""Small files to read, and the one outcome of reading each."""

from pathlib import Path

from headrace.ingest.readers import Limits, Remark, Unreadable, clean_text, read_source
from headrace.types import Document


def written(folder: Path, name: str, content: bytes | str) -> Path:
    """The path of a new file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def document_of(path: Path, **limits: float) -> Document:
    """The document of a file that gives one, and nothing else; its text is clean."""
    (document,) = [one for one in read_source(path, Limits(**limits)) if type(one) is not Remark]
    assert isinstance(document, Document), document
    assert clean_text(document.text) == document.text
    return document


def reason_of(path: Path, **limits: float) -> str:
    """Why a file gives no document."""
    (outcome,) = read_source(path, Limits(**limits))
    assert isinstance(outcome, Unreadable), outcome
    assert outcome.source == str(path)
    return outcome.reason
