"""Which addresses of links are worth writing down."""

import re
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

_SCHEMES = ("http", "https", "mailto", "tel", "ftp")
_PAGE_ENDING = re.compile(r"(?:\.(?:x?html?|php\d?|aspx?|jsp|cgi|md|do))?", re.IGNORECASE)
_FILE_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_PICTURE_ENDING = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|avif|ico)$", re.IGNORECASE)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Address:
    """Where a link leads; `is_page` for a page of the same site."""

    text: str
    is_page: bool


class Addresses:
    """The addresses of a page's links.

    Args:
        base: what relative addresses are relative to; "" when the page does not say.
        is_part: the page is a part of a book, whose other parts have no address.
    """

    def __init__(self, base: str, *, is_part: bool = False) -> None:
        self._base = base if base.startswith(("http://", "https://")) else ""
        self._is_part = is_part

    def of(self, given: str) -> Address | None:
        """Where a link leads; None if that is this page, a picture, or only noise."""
        given = "".join(given.split())
        try:
            address = urljoin(self._base, given) if self._base else given
            parts = urlsplit(address)
        except ValueError:  # an address that no browser could follow either
            return None
        if not given or given.startswith("#") or len(address) > _LONGEST:
            return None
        if parts.scheme and parts.scheme not in _SCHEMES:
            return None
        if self._base and urldefrag(address).url == urldefrag(self._base).url:
            return None
        if _PICTURE_ENDING.search(parts.path):
            return None
        is_elsewhere = bool(parts.netloc) and parts.netloc != urlsplit(self._base).netloc
        ending = _FILE_ENDING.search(parts.path)
        is_file = ending is not None and not _PAGE_ENDING.fullmatch(ending[0])
        is_page = not is_file and (not is_elsewhere and parts.scheme not in ("mailto", "tel"))
        if self._is_part and not parts.scheme:
            return None
        return Address(address, is_page)
