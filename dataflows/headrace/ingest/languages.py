"""The language of a document, as PostgreSQL's text search calls it."""

from collections.abc import Mapping, Sequence
from typing import Any

from headrace.ingest.recognition import classified
from headrace.text.titles import titled
from headrace.types import Document

#: The least probability at which a recognised language is believed (DECISIONS.md,
#: "language probability"). With less, a title of a few words passes for any language,
#: and a tenant's questions are then stemmed in all of its languages.
_LEAST_PROBABILITY = 0.95
_READ_CHARACTERS = 2000
_WITHOUT_CONFIGURATION = "simple"
#: Codes of languages (ISO 639-1) and their text search configurations.
_CONFIGURATIONS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
#: Every text search configuration that a document may have.
CONFIGURATIONS = frozenset([*_CONFIGURATIONS.values(), _WITHOUT_CONFIGURATION])


def document_languages(documents: Sequence[Document], default: str) -> list[str]:
    """The text search configuration for each document, such as "german".

    The metadata decides if it has a "language" or "lang": a code ("de", "de-AT") or a
    configuration. Otherwise the language is recognised from the title and the first
    2,000 characters; it is `default` if that leaves a doubt. A language for which
    PostgreSQL has no configuration is "simple".
    """
    languages = [_given_language(document.metadata) for document in documents]
    unknown = [number for number, language in enumerate(languages) if not language]
    texts = []
    for number in unknown:
        document = documents[number]
        texts.append(titled(document.title, document.text[:_READ_CHARACTERS]))
    for number, recognised in zip(unknown, classified(texts), strict=True):
        is_clear = recognised.probability >= _LEAST_PROBABILITY
        found = _CONFIGURATIONS.get(recognised.code, _WITHOUT_CONFIGURATION)
        languages[number] = found if is_clear else default
    return languages


def _given_language(metadata: Mapping[str, Any]) -> str:
    """The configuration that the metadata names; "" if it names none."""
    given = str(metadata.get("language") or metadata.get("lang") or "").lower()
    if not given or given in _CONFIGURATIONS.values():
        return given
    return _CONFIGURATIONS.get(given[:2], _WITHOUT_CONFIGURATION)
