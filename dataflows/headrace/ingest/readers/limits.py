"""How large a document may be, and what reading it may take."""

from dataclasses import dataclass

from headrace.errors import SourceError

BYTES_PER_MB = 1_000_000
#: Memory that a parser may take for any document, and more for each byte of a large
#: one: a parsed page or Word file takes about twenty times its size.
_LEAST_MEMORY_BYTES = 512 * BYTES_PER_MB
_MEMORY_PER_BYTE = 24


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take.

    Attributes:
        max_document_mb: the size of a file (of the kinds that are a zip: also unpacked)
            or of a line of a .jsonl, in units of 1,000,000 bytes.
        max_document_s: seconds for reading one file in a process of its own.
    """

    max_document_mb: float = 64
    max_document_s: float = 60

    @property
    def max_bytes(self) -> int:
        return int(self.max_document_mb * BYTES_PER_MB)

    @property
    def memory_bytes(self) -> int:
        """Memory for reading one file in a process of its own; 2 GB for 64 MB."""
        return _LEAST_MEMORY_BYTES + _MEMORY_PER_BYTE * self.max_bytes

    def size_error(self, size_bytes: int, what: str = "") -> SourceError:
        """The error for what is too large; it names both sizes and the setting.

        `what` stands before the size in the message, such as "a line of ".
        """
        size_mb = size_bytes / BYTES_PER_MB
        size = f"{size_mb:,.1f}" if size_mb >= 1 else f"{size_mb:.2g}"
        return SourceError(
            f"too large: {what}{size} MB, over the limit of {self.max_document_mb:g} MB; "
            "split it, or raise HEADRACE_MAX_DOCUMENT_MB"
        )
