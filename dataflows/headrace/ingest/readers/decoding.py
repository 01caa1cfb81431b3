"""Bytes to text: by byte order mark, as UTF-8, or as the likeliest other encoding."""

import codecs
import re
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text

_MARKS = {  # UTF-32 first: its little-endian mark begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

#: The encoding that holds all of another one, under the Python name of that.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}
#: Encodings of machines that nobody takes files from any more. Short texts look as if
#: they were in one of them.
_EXCLUDED = (
    "cp037 cp273 cp424 cp500 cp875 cp1026 cp1140 cp1006 cp1125 cp720 cp856 cp858 cp864 cp869 "
    "hp-roman8 kz1048 ptcp154 johab utf-7"
).split()
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
#: With fewer bytes beyond ASCII, an older encoding is a guess.
_TELLING_BYTES = 40
_READ_BYTES = 200_000
_CONTROLS = re.compile("[\x80-\x84\x86-\x9f]")
#: Greek, Cyrillic, Hebrew and Arabic letters; and such a letter in a Latin word.
_OTHER_SCRIPTS = re.compile("[\u0370-\u06ff]")
_MIXED = re.compile("(?<=[A-Za-z])[\u0370-\u06ff]|[\u0370-\u06ff](?=[A-Za-z])")
_BEYOND_ASCII = [bytes((byte,)) for byte in range(128, 256)]


def decoded_text(data: bytes) -> tuple[str, dict[str, Any]]:
    """The clean text of a file's bytes, and metadata that says how it was decoded.

    Returns:
        The text, and a dict that is empty for sound UTF-8. It may hold "encoding", when
        that is not UTF-8; "encoding_guessed" (True), when too little text tells which
        one it is; and "replaced_characters", the number of U+FFFD put in place of bytes
        that are not valid in the encoding.
    Raises:
        SourceError: the bytes are not text.
    """
    encoding, is_guess = _encoding(data)
    metadata: dict[str, Any] = replaced_characters(data, encoding)
    if encoding != "utf-8-sig":
        metadata["encoding"] = encoding
    if is_guess:
        metadata["encoding_guessed"] = True
    return clean_text(data.decode(encoding, "replace").removeprefix("\ufeff")), metadata


def replaced_characters(data: bytes, encoding: str) -> dict[str, int]:
    """How many U+FFFD stand in place of invalid bytes, as metadata; {} for none."""
    # The text itself may hold U+FFFD: those are there without replacement, too.
    replaced = data.decode(encoding, "replace").count("\ufffd")
    if replaced:
        replaced -= data.decode(encoding, "ignore").count("\ufffd")
    return {"replaced_characters": replaced} if replaced else {}


def _encoding(data: bytes) -> tuple[str, bool]:
    """The encoding, as Python calls it, and whether it is a guess.

    Any UTF-8 is "utf-8-sig".

    Raises:
        SourceError: the bytes are not text.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding, False
    nulls = data.count(0)
    if nulls and (encoding := _wide_encoding(data)):
        return encoding, False
    if nulls > max(8, len(data) // 10):
        raise SourceError("not text: it is full of NUL bytes, as binary files are")
    if _is_mostly_utf8(data):
        return "utf-8-sig", False
    encoding = _likeliest(data)
    if encoding is None:
        raise SourceError("not text: neither UTF-8 nor an older encoding fits its bytes")
    telling = sum(map(data.count, _BEYOND_ASCII))
    return encoding, encoding not in _WIDE and telling < _TELLING_BYTES


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, if the bytes are that and hold a text."""
    encoding = _likeliest(data[: _READ_BYTES - _READ_BYTES % 4])
    if encoding not in _WIDE:
        return None
    text = data.decode(encoding, "replace")
    odd = sum(not character.isprintable() and not character.isspace() for character in text)
    is_text = odd <= len(text) // 100 and len(set(text)) > 2
    return encoding if is_text else None


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


def _is_odd(data: bytes, encoding: str) -> bool:
    """Whether it makes control characters, or words of two scripts: "perchй"."""
    text = data.decode(encoding, "replace")
    return bool(_CONTROLS.search(text)) or 2 * len(_MIXED.findall(text)) > len(
        _OTHER_SCRIPTS.findall(text)
    )


def _likeliest(data: bytes) -> str | None:
    """The Python name of the likeliest encoding; None when the bytes fit none."""
    import chardet

    found = chardet.detect_all(
        data, compat_names=False, exclude_encodings=_EXCLUDED, max_bytes=_READ_BYTES
    )
    names = [codecs.lookup(one["encoding"]).name for one in found if one["encoding"]]
    if not names:
        return None
    start = data[:_READ_BYTES]
    name = next((name for name in names if not _is_odd(start, name)), names[0])
    name = _SUPERSETS.get(name, name.replace("iso8859-", "iso8859_").replace("koi8-", "koi8_"))
    is_western = data.decode(name, "replace") == data.decode("cp1252", "replace")
    return "cp1252" if is_western else name
