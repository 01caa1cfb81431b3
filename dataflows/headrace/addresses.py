"""Addresses of PostgreSQL: whether libpq can read one.

libpq's errors repeat parts of an address that it cannot read, and a password may be
among them. So an address is looked at before libpq is.
"""

import re

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
    """The address as it is, if libpq can read it; "" is one that is not given.

    Raises ValueError, which shows nothing of it, for any other.
    """
    is_url = _URL.fullmatch(address) and not _BAD_ESCAPE.search(address)
    if address and not (is_url or _KEYWORDS.fullmatch(address)):
        raise ValueError(
            "it is no address of PostgreSQL: write postgresql://user:password@host:5432/database, "
            "with @ / % and blanks of a password as %40 %2F %25 %20"
        )
    return address
