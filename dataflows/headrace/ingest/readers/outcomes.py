"""What reading a file can give: its content, or the reason why it gave none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headrace.errors import SourceError

BYTES_PER_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that did not become a document: `source` is a file's path, or "path:LINE" for a line of one."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a format's reader found in one file; `text`, and all else, is clean.

    `title` is "" when the format holds none. `lost` says in words which part could not be read, "" when none was.
    `page_starts` and `markup` are as in `Document`.
    """

    text: str
    title: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    page_starts: tuple[int, ...] = ()
    markup: str = "plain"
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row. `prefix` is its markdown ("## ", "- "); `kind` is "item", "row" or ""."""

    text: str
    prefix: str = ""
    kind: str = ""


def joined_blocks(blocks: Iterable[Block]) -> str:
    """Blocks as one text: a blank line between them, none between two items or two rows; an empty block ends a run of these."""
    pieces: list[str] = []
    previous = ""
    for block in blocks:
        if block.text:
            gap = "\n" if block.kind and block.kind == previous else "\n\n"
            pieces.append((gap if pieces else "") + block.prefix + block.text)
        previous = block.kind
    return "".join(pieces)


def size_error(size_bytes: int, max_document_mb: float, what: str = "") -> SourceError:
    """The error for something over the limit, naming both sizes and the setting. One MB is 1,000,000 bytes."""
    size_mb = size_bytes / BYTES_PER_MB
    size = f"{size_mb:,.1f}" if size_mb >= 1 else f"{size_mb:.2g}"
    return SourceError(
        f"too large: {what}{size} MB, over the limit of {max_document_mb:g} MB; split it, or raise HEADRACE_MAX_DOCUMENT_MB"
    )
