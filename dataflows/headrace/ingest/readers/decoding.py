"""Bytes to text: UTF-8 first, then what a byte order mark says, then the likeliest older encoding."""

import codecs
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text

_MARKS = {  # UTF-32 first: its little-endian mark begins with UTF-16's
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

# The encodings of the web (WHATWG), most used first. Left to all it knows, charset-normalizer reads a short Latin text as
# EBCDIC or as UTF-16 without a mark; among equally likely ones it takes the alphabet's first, so that French becomes cp1250.
_OLDER_NAMES = (
    "cp1252 cp1251 cp1250 gb18030 cp932 euc_kr cp949 big5hkscs euc_jp iso8859_2 cp1254 cp1253 cp1256 cp1255 cp1257 cp1258 cp874 koi8_r koi8_u"
    " iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_3 iso8859_4 iso8859_10 iso8859_13 iso8859_14 iso8859_15 iso8859_16 cp866"
    " mac_roman mac_cyrillic"
)
_OLDER = _OLDER_NAMES.split()


def decoded_text(data: bytes) -> tuple[str, dict[str, Any]]:
    """The clean text of a file's bytes, and metadata saying how it was read.

    Returns:
        The text, and {} for sound UTF-8; else "encoding" (when it was not UTF-8) and "replaced_characters" (how many
        U+FFFD stand for bytes that mean nothing in that encoding, when there are any).
    Raises:
        SourceError: the bytes are not text.
    """
    if data.count(0) > max(8, len(data) // 10) and not data.startswith(tuple(_MARKS)):
        raise SourceError(
            "not text: it is full of NUL bytes, as binary files and UTF-16 without a byte order mark are"
        )
    encoding = _encoding(data)
    text = data.decode(encoding, "replace")
    metadata = {} if encoding == "utf-8-sig" else {"encoding": encoding}
    replaced = (
        text.count("\ufffd") - data.decode(encoding, "ignore").count("\ufffd")
        if "\ufffd" in text
        else 0
    )
    return clean_text(text), metadata | ({"replaced_characters": replaced} if replaced else {})


def _encoding(data: bytes) -> str:
    """The Python name of the encoding to read `data` with; "utf-8-sig" for all UTF-8."""
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
    """True for UTF-8, and for UTF-8 with a few broken bytes, which any older encoding would turn into letter salad.

    Texts in an older encoding almost never hold a valid UTF-8 sequence, so twice as many valid as broken ones decide.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        sound = data.decode("utf-8", "ignore")
        not_ascii = len(sound) - len(sound.encode("ascii", "ignore"))
        return not_ascii >= 2 * data.decode("utf-8", "replace").count("\ufffd")
    return True


def _likeliest_older_encoding(data: bytes) -> str | None:
    import charset_normalizer

    matches = charset_normalizer.from_bytes(data, cp_isolation=_OLDER)
    best = matches.best()
    if best is None:
        return None
    equals = [
        match for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence)
    ]
    return min((name for match in equals for name in match.could_be_from_charset), key=_OLDER.index)
