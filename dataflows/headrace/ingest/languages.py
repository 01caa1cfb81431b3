"""The language of a document, as PostgreSQL's text search calls it."""

from functools import cache
from typing import Any

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


def document_language(document: Document, default: str) -> str:
    """The text search configuration for a document, such as "german".

    The metadata decides if it has a "language" or "lang": a code ("de", "de-AT") or a
    configuration. Otherwise the language is recognised from the title and the first
    2,000 characters; it is `default` if that leaves a doubt. A language for which
    PostgreSQL has no configuration is "simple".
    """
    metadata = document.metadata
    given = str(metadata.get("language") or metadata.get("lang") or "").lower()
    if given in _CONFIGURATIONS.values():
        return given
    if given:
        return _CONFIGURATIONS.get(given[:2], _WITHOUT_CONFIGURATION)
    text = titled(document.title, document.text[:_READ_CHARACTERS])
    code, probability = _identifier().classify(text)
    if probability < _LEAST_PROBABILITY:
        return default
    return _CONFIGURATIONS.get(code, _WITHOUT_CONFIGURATION)


@cache
def _identifier() -> Any:
    """The model that recognises languages; loading it takes a second."""
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
