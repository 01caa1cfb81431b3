"""The Python packages installed here, as documents: real text with real metadata that is on every machine."""

import re
from importlib import metadata

from headrace.types import Document


def installed_packages() -> list[Document]:
    """One document per installed distribution that describes itself, by name; the description is its text.

    Headrace itself is left out: its description shows this demo's questions and answers.
    """
    documents: dict[str, Document] = {}
    for distribution in metadata.distributions():
        about = distribution.metadata
        name, text = (
            str(about["Name"] or ""),
            str(about.get_payload() or about.get("Description") or "").strip(),
        )
        if name and text and name not in ("headrace", *documents):
            markup = (
                "markdown"
                if "markdown" in str(about.get("Description-Content-Type") or "")
                else "plain"
            )
            title = f"{name} {distribution.version}"
            documents[name] = Document(
                f"package:{name}",
                title,
                text,
                f"{name}/METADATA",
                _fields(distribution),
                markup=markup,
            )
    return [documents[name] for name in sorted(documents)]


def _fields(distribution: metadata.Distribution) -> dict[str, str | list[str]]:
    about = distribution.metadata
    given = {
        "name": about.get("Name"),
        "version": distribution.version,
        "summary": about.get("Summary"),
        "license": _license(about),
        "author": about.get("Author") or re.sub(r"\s*<[^>]*>", "", about.get("Author-email") or ""),
        "requires_python": about.get("Requires-Python"),
        "keywords": [word for word in re.split(r"[,\s]+", about.get("Keywords") or "") if word],
    }
    return {name: value for name, value in given.items() if value}


def _license(about: metadata.PackageMetadata) -> str:
    """The licence in a word or two: its SPDX name where there is one, as most packages that have none still say it in a classifier."""
    if about.get("License-Expression"):
        return about["License-Expression"]
    named = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or []
        if line.startswith("License :: OSI Approved ::")
    ]
    stated = (about.get("License") or "").strip().partition("\n")[0]
    name = named[0] if named else stated
    return re.sub(r"\s+(?:Software\s+)?License$", "", name)[:80]
