"""The bytes of a page to its text, in the encoding in which a browser reads them."""

import codecs
import re
from typing import Any

from headrace.ingest.readers.cleaning import clean_text
from headrace.ingest.readers.decoding import decoded_text, replaced_characters

#: How far browsers look for a declaration.
_LOOKED_THROUGH_BYTES = 1024
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARATION = re.compile(
    rb"<(?:meta\b[^>]*?\bcharset|\?xml\b[^>]*?\bencoding)\s*=\s*[\"']?\s*([\w:.+-]+)", re.IGNORECASE
)
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Python's codecs for what browsers mean by these names: supersets of what they say.
_CODECS = {
    "shift_jis": "cp932",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-8-i": "iso8859_8",
    "x-user-defined": "cp1252",
    # A declaration that could be read is none of UTF-16.
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
}
#: Names that browsers no longer read, and Python does.
_OLD = {"hz-gb-2312": "hz", "iso-2022-kr": "iso2022_kr", "utf-7": "utf-7"}


def page_text(data: bytes) -> tuple[str, dict[str, Any]]:
    """The clean text of a page, and metadata as that of `decoded_text`.

    A byte order mark decides, then what the page declares in its first 1,024 bytes. But
    bytes that are valid UTF-8 are that: a server may have said so, whose word is lost.
    """
    encoding = _declared(data)
    if encoding is None or data.startswith(_MARKS) or _is_utf8(data):
        return decoded_text(data)
    metadata = {"encoding": encoding, **replaced_characters(data, encoding)}
    return clean_text(data.decode(encoding, "replace")), metadata


def _declared(data: bytes) -> str | None:
    """The Python name of the encoding that a page declares; None without one."""
    import webencodings

    start = _COMMENT.sub(b"", data[:_LOOKED_THROUGH_BYTES])
    found = _DECLARATION.search(start)
    label = found[1].decode("ascii", "replace").lower() if found else ""
    if label in _OLD:
        return _OLD[label]
    known = webencodings.lookup(label) if label else None
    if known is None:
        return None
    name = codecs.lookup(_CODECS.get(known.name, known.codec_info.name)).name
    return None if name == "utf-8" else name


def _is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8 beyond ASCII."""
    try:
        return not data.isascii() and bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False
