"""Bytes to text: by byte order mark, as UTF-8, or as the likeliest older encoding."""

import codecs
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text

_MARKS = {  # UTF-32 first: its little-endian mark begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

# The encodings of the web (WHATWG), most used first. With all the encodings it knows,
# charset-normalizer reads a short Latin text as EBCDIC, or as UTF-16 without a mark. Of
# equally likely ones it takes the first of the alphabet, so that French becomes cp1250.
_OLDER_ENCODINGS = [
    "cp1252",
    "cp1251",
    "cp1250",
    "gb18030",
    "cp932",
    "euc_kr",
    "cp949",
    "big5hkscs",
    "euc_jp",
    "iso8859_2",
    "cp1254",
    "cp1253",
    "cp1256",
    "cp1255",
    "cp1257",
    "cp1258",
    "cp874",
    "koi8_r",
    "koi8_u",
    "iso8859_5",
    "iso8859_6",
    "iso8859_7",
    "iso8859_8",
    "iso8859_3",
    "iso8859_4",
    "iso8859_10",
    "iso8859_13",
    "iso8859_14",
    "iso8859_15",
    "iso8859_16",
    "cp866",
    "mac_roman",
    "mac_cyrillic",
]


def decoded_text(data: bytes) -> tuple[str, dict[str, Any]]:
    """The clean text of a file's bytes, and metadata that says how it was decoded.

    Returns:
        The text, and a dict that is empty for sound UTF-8. It may hold "encoding", when
        that is not UTF-8, and "replaced_characters", the number of U+FFFD put in place
        of bytes that are not valid in the encoding.
    Raises:
        SourceError: the bytes are not text.
    """
    if data.count(0) > max(8, len(data) // 10) and not data.startswith(tuple(_MARKS)):
        raise SourceError(
            "not text: it is full of NUL bytes, as binary files and UTF-16 without "
            "a byte order mark are"
        )
    encoding = _encoding(data)
    metadata: dict[str, Any] = replaced_characters(data, encoding)
    if encoding != "utf-8-sig":
        metadata["encoding"] = encoding
    return clean_text(data.decode(encoding, "replace")), metadata


def replaced_characters(data: bytes, encoding: str) -> dict[str, int]:
    """How many U+FFFD stand in place of invalid bytes, as metadata; {} for none."""
    # The text itself may hold U+FFFD: those are there without replacement, too.
    replaced = data.decode(encoding, "replace").count("\ufffd")
    if replaced:
        replaced -= data.decode(encoding, "ignore").count("\ufffd")
    return {"replaced_characters": replaced} if replaced else {}


def _encoding(data: bytes) -> str:
    """The Python name of the encoding of `data`; "utf-8-sig" for any UTF-8."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    if _is_mostly_utf8(data):
        return "utf-8-sig"
    encoding = _likeliest_older_encoding(data)
    if encoding is None:
        raise SourceError("not text: neither UTF-8 nor an older encoding fits its bytes")
    return encoding


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8, perhaps with a few broken ones.

    An older encoding would turn such a file into letter salad. Texts in an older
    encoding almost never hold a valid UTF-8 sequence, so twice as many valid as broken
    ones are enough.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        sound = data.decode("utf-8", "ignore")
        not_ascii = len(sound) - len(sound.encode("ascii", "ignore"))
        return not_ascii >= 2 * data.decode("utf-8", "replace").count("\ufffd")
    return True


def _likeliest_older_encoding(data: bytes) -> str | None:
    """The most used of the equally likely encodings; None when the bytes fit none."""
    import charset_normalizer

    matches = charset_normalizer.from_bytes(data, cp_isolation=_OLDER_ENCODINGS)
    best = matches.best()
    if best is None:
        return None
    candidates: list[str] = []
    for match in matches:
        if (match.chaos, match.coherence) == (best.chaos, best.coherence):
            candidates += match.could_be_from_charset
    return min(candidates, key=_OLDER_ENCODINGS.index)
