"""A count as Word writes it: a number, a letter, a Roman numeral or a word."""

_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщыэюя"
_HAN = "〇一二三四五六七八九"
_HAN_FORMATS = (
    "chineseCounting",
    "chineseCountingThousand",
    "japaneseCounting",
    "taiwaneseCounting",
)
_CHICAGO = "*†‡§"
_MOST_LETTERS = 30
_MOST_ROMAN = 32767


def label(count: int, number_format: str) -> str:
    """A count in one of Word's number formats; unknown ones give plain numbers.

    Examples: 28, "lowerLetter" -> "bb"; 4, "upperRoman" -> "IV"; 2, "ordinal" -> "2nd".
    """
    if number_format in ("none", "bullet"):
        return ""
    if count > 0 and number_format in _HAN_FORMATS and count < 100:
        return _han(count)
    if count > 0 and number_format in _WRITERS:
        return _WRITERS[number_format](count)
    return str(count)


def _letters(count: int, alphabet: str) -> str:
    turns, place = divmod(count - 1, len(alphabet))
    return alphabet[place] * min(turns + 1, _MOST_LETTERS)


def _latin(count: int) -> str:
    return _letters(count, "abcdefghijklmnopqrstuvwxyz")


def _roman(count: int) -> str:
    if count > _MOST_ROMAN:
        return str(count)
    written = ""
    for worth, sign in _ROMAN:
        times, count = divmod(count, worth)
        written += sign * times
    return written


def _ordinal(count: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{'th' if count % 100 in (11, 12, 13) else ending}"


def _cardinal_text(count: int) -> str:
    if count < len(_CARDINALS):
        return _CARDINALS[count].capitalize()
    if count >= 100:
        return str(count)
    tens, ones = divmod(count, 10)
    return (_TENS[tens] + (f"-{_CARDINALS[ones]}" if ones else "")).capitalize()


def _ordinal_text(count: int) -> str:
    if count >= 100:
        return _ordinal(count)
    tens, hyphen, last = _cardinal_text(count).lower().rpartition("-")
    ending = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return (tens + hyphen + _ORDINALS.get(last, ending)).capitalize()


def _han(count: int) -> str:
    tens, ones = divmod(count, 10)
    before = "" if not tens else ("" if tens == 1 else _HAN[tens]) + "十"
    return before + (_HAN[ones] if ones else "")


_WRITERS = {
    "decimalZero": "{:02}".format,
    "lowerLetter": _latin,
    "upperLetter": lambda count: _latin(count).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda count: _roman(count).upper(),
    "ordinal": _ordinal,
    "cardinalText": _cardinal_text,
    "ordinalText": _ordinal_text,
    "russianLower": lambda count: _letters(count, _CYRILLIC),
    "russianUpper": lambda count: _letters(count, _CYRILLIC).upper(),
    "chicago": lambda count: _letters(count, _CHICAGO),
    "hex": "{:X}".format,
    "numberInDash": "- {} -".format,
    "decimalEnclosedParen": "({})".format,
    "decimalEnclosedFullstop": "{}.".format,
    "decimalEnclosedCircle": lambda count: chr(0x245F + count) if count <= 20 else str(count),
}
