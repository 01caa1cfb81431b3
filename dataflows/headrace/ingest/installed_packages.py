"""The Python packages installed here as documents.

They are real text with real metadata, and every machine has some.
"""

import re
from importlib import metadata

from headrace.types import Document, Markup

_OSI_LICENSE = "License :: OSI Approved ::"
_LICENSE_CHARACTERS = 80
#: The first character after the name that a requirement begins with.
_NAME_END = re.compile(r"[^\w.-]")
#: A requirement that only an extra has.
_EXTRA = re.compile(r";.*\bextra\s*==")


def installed_packages(most: int | None = None) -> list[Document]:
    """One document per installed distribution that describes itself, sorted by name.

    The description is its text. Headrace itself is left out, because its description
    shows the questions and answers of this demo.

    Args:
        most: how many at most: first those that Headrace needs.
    """
    documents: dict[str, Document] = {}
    for distribution in metadata.distributions():
        name = _value(distribution.metadata, "Name")
        text = _description(distribution.metadata)
        if name and text and name not in ("headrace", *documents):
            documents[name] = _document(name, text, distribution)
    places = {name: place for place, name in enumerate(_needed("headrace"))}
    by_need = sorted(documents, key=lambda name: (places.get(_plain(name), len(places)), name))
    return [documents[name] for name in sorted(by_need[:most])]


def _needed(name: str) -> list[str]:
    """What a distribution needs, and what that needs in turn, the nearest first."""
    found = [_plain(name)]
    for distribution in found:
        try:
            requirements = metadata.requires(distribution) or []
        except metadata.PackageNotFoundError:  # for another system, or not installed
            continue
        for requirement in requirements:
            other = _plain(_NAME_END.split(requirement)[0])
            if not _EXTRA.search(requirement) and other not in found:
                found.append(other)
    return found


def _plain(name: str) -> str:
    """A distribution's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _document(name: str, text: str, distribution: metadata.Distribution) -> Document:
    content_type = _value(distribution.metadata, "Description-Content-Type")
    markup: Markup = "markdown" if "markdown" in content_type else "plain"
    return Document(
        document_id=f"package:{name}",
        title=f"{name} {distribution.version}",
        text=text,
        source=f"{name}/METADATA",
        metadata=_fields(distribution),
        markup=markup,
    )


def _description(about: metadata.PackageMetadata) -> str:
    """The body of the metadata; the header "Description" when the body is empty.

    `importlib.metadata` appends the body to the headers of that name.
    """
    descriptions = about.get_all("Description")
    return descriptions[-1].strip() if descriptions else ""


def _fields(distribution: metadata.Distribution) -> dict[str, str | list[str]]:
    about = distribution.metadata
    author = re.sub(r"\s*<[^>]*>", "", _value(about, "Author-email"))
    keywords = re.split(r"[,\s]+", _value(about, "Keywords"))
    given = {
        "name": _value(about, "Name"),
        "version": distribution.version,
        "summary": _value(about, "Summary"),
        "license": _license(about),
        "author": _value(about, "Author") or author,
        "requires_python": _value(about, "Requires-Python"),
        "keywords": [word for word in keywords if word],
    }
    return {name: value for name, value in given.items() if value}


def _license(about: metadata.PackageMetadata) -> str:
    """The license in a word or two.

    It is the SPDX expression, or else what a classifier says, as in most packages that
    have no expression, or else the first line of the header "License".
    """
    expression = _value(about, "License-Expression")
    if expression:
        return expression
    name = _value(about, "License").strip().partition("\n")[0]
    for classifier in about.get_all("Classifier") or []:
        if classifier.startswith(_OSI_LICENSE):
            name = classifier.rpartition(" :: ")[2]
            break
    return re.sub(r"\s+(?:Software\s+)?License$", "", name)[:_LICENSE_CHARACTERS]


def _value(about: metadata.PackageMetadata, header: str) -> str:
    return str(about[header]) if header in about else ""
