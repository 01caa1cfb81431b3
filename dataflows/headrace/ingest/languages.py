"""The language of a document, as PostgreSQL's text search calls it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from headrace.errors import SettingsError, did_you_mean
from headrace.ingest.recognition import Recognised, classified
from headrace.text.asking.languages import configuration_of, language_of
from headrace.text.markup.prose import prose_of
from headrace.text.titles import titled
from headrace.types import Document

#: A recognised language needs this probability (DECISIONS.md, "language probability").
#: With less, a title of a few words passes for any language, and a tenant's questions
#: are then stemmed in all of its languages.
_LEAST_PROBABILITY = 0.95
_READ_CHARACTERS = 2000
#: The prose among these is read: half of a page on programming is code, which looks
#: like English.
_LOOKED_AT_CHARACTERS = 12000
_NO_WORDS = re.compile(r"`[^`\n]*`|https?://\S+|\{[^{}\n]*\}")
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
    2,000 characters of prose, without code and addresses. If the result is uncertain,
    the script or the function words of the text must confirm it; if they do not, it is
    `default`. A language for which PostgreSQL has no configuration is "simple".

    Raises SettingsError when `default` is neither a code nor a configuration.
    """
    default = _CONFIGURATIONS.get(default.lower(), default.lower())
    if default not in CONFIGURATIONS:
        raise SettingsError(
            f"setting default_language = {default!a:.60}{did_you_mean(default, CONFIGURATIONS)}"
        )
    languages = [_given_language(document.metadata) for document in documents]
    unknown = [number for number, language in enumerate(languages) if not language]
    texts = []
    for number in unknown:
        document = documents[number]
        texts.append(titled(document.title, _prose(document.text)))
    for number, text, recognised in zip(unknown, texts, classified(texts), strict=True):
        languages[number] = _believed(recognised, text) or default
    return languages


def _prose(text: str) -> str:
    """The beginning of a text without code and addresses, unless nothing is left."""
    prose = _NO_WORDS.sub(" ", prose_of(text[:_LOOKED_AT_CHARACTERS]))
    return (prose if prose.strip() else text)[:_READ_CHARACTERS]


def _believed(recognised: Recognised, text: str) -> str:
    """The text search configuration of a recognised language; "" if it is in doubt."""
    found = _CONFIGURATIONS.get(recognised.code, _WITHOUT_CONFIGURATION)
    if recognised.probability >= _LEAST_PROBABILITY:
        return found
    return found if configuration_of(language_of(text)) == found else ""


def _given_language(metadata: Mapping[str, Any]) -> str:
    """The configuration that the metadata names; "" if it names none."""
    given = str(metadata.get("language") or metadata.get("lang") or "").lower()
    if not given or given in _CONFIGURATIONS.values():
        return given
    return _CONFIGURATIONS.get(given[:2], _WITHOUT_CONFIGURATION)
