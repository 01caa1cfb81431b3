"""Text of other formats as Markdown, in which none of it becomes markup by accident."""

import re

#: Lines of running text that Markdown would take for a heading or the edge of code.
_ACCIDENT = re.compile(
    r"^( {0,3})(?=#{1,6}(?:\s|$)|`{3}|~{3})|(?<=\n)( {0,3})(?=(?:=+|-{2,})[ \t]*$)", re.MULTILINE
)
_TICKS = re.compile("`+")
_SCHEME = re.compile(r"(?:mailto:|tel:|https?://)")


def running(text: str) -> str:
    """A text of which no line becomes a heading or code.

    Example: "# of doors" -> "\\# of doors".
    """
    return _ACCIDENT.sub(r"\1\2\\", text)


def linked(text: str, address: str) -> str:
    """A text with its address: "[the form](https://example.org/f)".

    An address that is its own text stands alone, and a place within the document is
    left out.
    """
    address = "".join(address.split())
    stripped = text.strip()
    if not address or address.startswith("#") or "](" in text:
        return text
    if not stripped or _bare(stripped) == _bare(address):
        return text or address
    before = text[: len(text) - len(text.lstrip())]
    after = text[len(text.rstrip()) :]
    target = f"<{address}>" if "(" in address or ")" in address else address
    return f"{before}[{stripped}]({target}){after}"


def fenced(text: str, language: str) -> str:
    """A text as a block of code, between fences that are longer than any in it."""
    ticks = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
    return f"{ticks}{language}\n{text}\n{ticks}"


def _bare(address: str) -> str:
    return _SCHEME.sub("", address.lower()).rstrip("/")
