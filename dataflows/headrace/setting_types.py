"""Types of settings: how the text of an environment variable becomes a value."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

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

#: How the name of an encoder begins that is served: "openai:text-embedding-3-small".
SERVED = "openai:"
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


def readable_addresses(value: Any) -> Any:
    """Text as addresses of PostgreSQL, with semicolons between them.

    Raises ValueError for what is none.
    """
    if value is None:
        return ()
    several = value.split(";") if isinstance(value, str) else value
    return tuple(readable_address(one.strip()) for one in several if one.strip())


def web_address(address: str) -> str:
    """The address of a service without a slash at its end, if it is one.

    Raises ValueError for any other.
    """
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_one = False
    if not is_one or re.search(r"\s", address):
        raise ValueError("it is no address of a service: write http://host:port/v1")
    return address.rstrip("/")


def split(value: Any) -> Any:
    """Text as a list: parts between blanks, commas or semicolons."""
    return re.split(r"[\s,;]+", value.strip(" []")) if isinstance(value, str) else value


def rising(values: tuple[float, float]) -> tuple[float, float]:
    """Two numbers as they are. Raises ValueError unless the second is the larger."""
    if not values[0] < values[1]:
        raise ValueError("the second number must be larger than the first")
    return values


def is_factory(value: str) -> bool:
    """Whether a setting names a function of the user's own, and no served model."""
    return bool(_FACTORY.fullmatch(value)) and not value.startswith(SERVED)


Switch = Literal["on", "off"]
Address = Annotated[str, AfterValidator(readable_address)]
Addresses = Annotated[tuple[str, ...], NoDecode, BeforeValidator(readable_addresses)]
WebAddress = Annotated[str, AfterValidator(web_address)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]
SixNumbers = Annotated[
    tuple[float, float, float, float, float, float], NoDecode, BeforeValidator(split)
]
#: Two, the second above the first.
TwoNumbers = Annotated[
    tuple[float, float], NoDecode, BeforeValidator(split), AfterValidator(rising)
]
