"""Values of cells as a spreadsheet shows them, by the format of the cell."""

import functools
import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from headrace.ingest.readers.cleaning import one_line

_SECTIONS = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)[^\]]*\]|'
    r"(?P<condition>\[[<>=][^\]]*\])|\[[^\]]*\]|"
    r"(?P<digits>[#0?][#0?,]*(?:\.[#0?]*)?,*|\.[#0?]+)|(?P<other>.)"
)
_DATE_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$[^\]]*\]|(?P<noon>AM/PM|A/P)|'
    r"(?P<letters>y+|m+|d+|h+|s+(?:\.0+)?)|[_*].|(?P<other>.)",
    re.IGNORECASE,
)
#: Formats of dates that every computer shows in its own way.
_LOCAL_DATES = {"mm-dd-yy", "m/d/yy", "General", "@"}
_LETTERS = {
    "yyyy": "%Y",
    "yy": "%y",
    "mmmm": "%B",
    "mmm": "%b",
    "dddd": "%A",
    "ddd": "%a",
}


def shown(value: Any, code: str) -> str:
    """A value as text.

    Args:
        value: what openpyxl gives: a number, text, date or time.
        code: the format of the cell, such as "0.0%" or "dd/mm/yyyy". What is written
            in a way not known here is shown in full: 0.125, 2024-05-01.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime | date | time):
        return _date(value, code)
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, int | float):
        return _number(Decimal(repr(value)), code)
    return one_line(str(value))


def _number(value: Decimal, code: str) -> str:
    if not value.is_finite():
        return ""
    if code == "General":
        return _in_full(value)
    sections = _sections(code)
    if value < 0 and len(sections) > 1:
        section, value = sections[1], -value
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    else:
        section = sections[0]
    tokens = _tokens(section)
    digits = [token["digits"] for token in tokens if token["digits"]]
    others = "".join(token["other"] or "" for token in tokens)
    unknown = re.search(r"[/?Ee@]" if digits else r"[@A-Za-z]", others + "".join(digits))
    if unknown or len(digits) > 1 or any(token["condition"] for token in tokens):
        return _in_full(value)
    if "%" in others:
        value *= 100
    sign, value = "-" if value < 0 else "", abs(value)
    pieces = [sign]
    for token in tokens:
        if token["digits"]:
            pieces.append(_by_digits(value, token["digits"]))
        else:
            pieces.append(
                token["quoted"] or token["escaped"] or token["currency"] or token["other"] or ""
            )
    return one_line("".join(pieces))


@functools.lru_cache(maxsize=1000)
def _sections(code: str) -> list[str]:
    """The parts of a format for positive, negative and other values."""
    return _SECTIONS.split(code)


@functools.lru_cache(maxsize=1000)
def _tokens(section: str) -> list[re.Match[str]]:
    return list(_TOKEN.finditer(section))


def _by_digits(value: Decimal, code: str) -> str:
    """A number of 0 or more by a code such as "#,##0.00"."""
    scale = len(code) - len(code.rstrip(","))
    whole, _, places = code.rstrip(",").partition(".")
    value = (value / 1000**scale).quantize(Decimal(1).scaleb(-len(places)), ROUND_HALF_UP)
    before, _, after = f"{value:f}".partition(".")
    before = before.zfill(whole.count("0"))
    if "," in whole:
        before = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", before)
    least = len(places.rstrip("#"))
    after = after[:least] + after[least:].rstrip("0")
    return f"{before}.{after}" if after else before


def _in_full(value: Decimal) -> str:
    """Up to eleven digits, as in cells without a format."""
    text = f"{Decimal(f'{value:.11g}'):f}" if abs(value) < 10**15 else f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(value: datetime | date | time, code: str) -> str:
    section = _sections(code)[0]
    if section in _LOCAL_DATES or isinstance(value, time):
        return _iso(value)
    tokens = list(_DATE_TOKEN.finditer(section))
    has_noon = any(token["noon"] for token in tokens)
    pieces, previous = [], ""
    for place, token in enumerate(tokens):
        letters = (token["letters"] or "").lower()
        following = next((one["letters"] for one in tokens[place + 1 :] if one["letters"]), "")
        if letters:
            is_minute = previous.startswith("h") or following.lower().startswith("s")
            pieces.append(_date_part(value, letters, is_minute=is_minute, has_noon=has_noon))
            previous = letters
        elif token["noon"]:
            pieces.append(f"{value:%p}")
        else:
            pieces.append(token["quoted"] or token["escaped"] or token["other"] or "")
    return one_line("".join(pieces)) if previous else _iso(value)


def _date_part(value: date, letters: str, *, is_minute: bool, has_noon: bool) -> str:
    letter, width = letters[0], len(letters)
    if letters in _LETTERS:
        return value.strftime(_LETTERS[letters])
    code = {"y": "%Y", "m": "%M" if is_minute else "%m", "d": "%d", "s": "%S"}.get(letter)
    text = value.strftime(code or ("%I" if has_noon else "%H"))
    return text if width > 1 else text.lstrip("0") or "0"


def _iso(value: datetime | date | time) -> str:
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat(" ", "minutes")
    return value.isoformat("minutes") if isinstance(value, time) else value.isoformat()


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
