"""Types of settings: how the text of an environment variable becomes a value."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

#: USD per million input and output tokens, by model, in October 2026;
#: https://platform.claude.com/docs/en/about-claude/pricing
PRICES: dict[str, tuple[float, float]] = {
    "claude-haiku-5-5": (0.1, 0.5),
    "claude-sonnet-5-5": (2.0, 10.0),
    "claude-opus-5-5": (4.0, 20.0),
    "claude-haiku-4-5": (1.0, 5.0),
    "claude-haiku-4-5-20251001": (1.0, 5.0),
}

#: A function of the user's own that makes a part: "package.module:factory".
_FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_LOGIN = r"(?:[^\s/@]*@)?"
_HOST = r"(?:\[[0-9A-Za-z:.%]+\]|[^\s/?@\[\]:,]*)(?::\d*)?"
_DATABASE = r"(?:/[^\s?@]*)?"
_OPTION = r"[a-z_]+=[^\s&=]*"
_URL = re.compile(
    rf"postgres(?:ql)?://{_LOGIN}{_HOST}(?:,{_HOST})*{_DATABASE}(?:\?{_OPTION}(?:&{_OPTION})*)?"
)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_QUOTED = r"'(?:\\.|[^'\\])*'\s*"
_BARE = r"(?!')(?:\\.|[^\s\\])+(?:\s+|$)"
#: "host=... password=..."
_KEYWORDS = re.compile(rf"\s*(?:[a-z_]+\s*=\s*(?:{_QUOTED}|{_BARE}))+")


def readable_address(address: str) -> str:
    """The address of a PostgreSQL as it is, if libpq can read it; "" is none.

    libpq's errors repeat parts of an address that it cannot read, and a password may be
    among them. So it is looked at before libpq does.

    Raises ValueError, which shows nothing of it, for any other.
    """
    is_url = _URL.fullmatch(address) and not _BAD_ESCAPE.search(address)
    if address and not (is_url or _KEYWORDS.fullmatch(address)):
        raise ValueError(
            "it is no address of PostgreSQL: write postgresql://user:password@host:5432/database, "
            "with @ / % and blanks of a password as %40 %2F %25 %20"
        )
    return address


def split(value: Any) -> Any:
    """Text as a list: parts between blanks, commas or semicolons."""
    return re.split(r"[\s,;]+", value.strip(" []")) if isinstance(value, str) else value


def is_factory(value: str) -> bool:
    """Whether a setting names a function of the user's own."""
    return bool(_FACTORY.fullmatch(value))


Switch = Literal["on", "off"]
Address = Annotated[str, AfterValidator(readable_address)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]
SixNumbers = Annotated[
    tuple[float, float, float, float, float, float], NoDecode, BeforeValidator(split)
]
