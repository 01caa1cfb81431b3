"""What reading a file gives: its content, or the reason why there is none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from headrace.ingest.readers.kinds.names import FileType

Markup = Literal["plain", "markdown"]
BlockKind = Literal["", "item", "row"]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that did not become a document.

    `source` is the path of a file, or "path:LINE" for one of its lines. `is_in_part`:
    it is part of the document that came just before, which has the same source.
    """

    source: str
    reason: str
    is_in_part: bool = False


@dataclass(frozen=True, slots=True)
class Empty(Unreadable):
    """A file, or a part of one, in which there is no text. Nothing is wrong with it.

    `kind` says it of several such files.
    """

    kind: str = "without text"


@dataclass(frozen=True, slots=True)
class Remark(Unreadable):
    """What is to be known of a document that was read, and comes just before."""


@dataclass(frozen=True, slots=True)
class Content:
    """What the reader of a format found in one file; every string in it is clean.

    `title` is "" when the file holds none. `lost` says in words which part could not be
    read, "" when everything was, and `remark` what else is to be known of it.
    `page_starts` and `markup` are those of `Document`. `parts` are documents of their
    own: then there is no text beside them.
    """

    text: str
    title: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    page_starts: tuple[int, ...] = ()
    markup: Markup = "plain"
    lost: str = ""
    parts: tuple["Part", ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One of several documents in a file: a mail of a mailbox, a file of a .zip.

    `name` tells it from the others. `outcome` is its content, or why there is none.
    """

    name: str
    kind: "FileType"
    outcome: Content | str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row.

    `prefix` is its Markdown ("## ", "- "). `kind` is "" for paragraphs and headings. A
    block without text ends a run of items or rows.
    """

    text: str
    prefix: str = ""
    kind: BlockKind = ""


def joined_blocks(blocks: Iterable[Block]) -> str:
    """Blocks as one text, with a blank line between them.

    Two items, or two rows, have no blank line between them unless an empty block stands
    there.
    """
    pieces: list[str] = []
    previous: BlockKind = ""
    for block in blocks:
        if block.text:
            gap = "\n" if block.kind and block.kind == previous else "\n\n"
            pieces.append((gap if pieces else "") + block.prefix + block.text)
        previous = block.kind
    return "".join(pieces)
