"""What a metadata field's name says about its values; other names of such values."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from headrace.text.function_words import FUNCTION_WORDS
from headrace.text.phrases import tokens_of

#: "source": who published a document. "person": who made it. "topic": what it is about.
FieldKind = Literal["source", "person", "licence", "language", "topic", "other"]

#: What fields of each kind are called.
_NAMES: Mapping[FieldKind, tuple[str, ...]] = {
    "source": (
        r"source",
        r"publisher",
        r"outlet",
        r"journal",
        r"news ?paper",
        r"magazine",
        r"(web ?)?site",
        r"publication",
        r"venue",
        r"channel",
        r"feed",
        r"broadcaster",
        r"agency",
    ),
    "person": (
        r"authors?",
        r"creators?",
        r"writers?",
        r"maintainers?",
        r"editors?",
        r"speakers?",
        r"artists?",
        r"contributors?",
        r"inventors?",
        r"reporters?",
        r"sender",
        r"by",
    ),
    "licence": (r"licen[sc]es?",),
    "language": (r"lang(uage)?s?",),
    "topic": (
        r"(sub)?categor(y|ies)",
        r"tags?",
        r"keywords?",
        r"topics?",
        r"subjects?",
        r"sections?",
        r"mesh",
        r"genres?",
        r"types?",
        r"departments?",
        r"collections?",
        r"products?",
        r"areas?",
    ),
}
#: What stands between the name of a source and an addition to it.
_HEAD = re.compile(r"(?<!\s)\s+[|–—-]\s+|:\s+|(?<!\s)\s+\(")
_ENDINGS = "com|org|net|edu|gov|io|ai|co|de|uk|fr|es"
_DOMAIN = re.compile(
    rf"^(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)*?)\.(?:{_ENDINGS})(?:\.\w\w)?/?$"
)
#: Shorter names are left out.
_LEAST_LETTERS = 3
#: Parts of a person's name that are not the last name.
_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))


def kind_of(field: str) -> FieldKind:
    """The kind of a field, by its name.

    One word may stand before that name, and "name" after it.
    Example: "author_name" -> "person".
    """
    name = re.sub(r"[_-]+", " ", field.lower()).strip()
    for kind, patterns in _NAMES.items():
        if re.fullmatch(rf"(?:\w+ )?(?:{'|'.join(patterns)})(?: name)?", name):
            return kind
    return "other"


def names_of(field: str, folded: str) -> set[str]:
    """Other names of a value, as `phrases_of` would find them in a question.

    They have no punctuation around words, no articles, and at least three characters.
    A source also has the part before a separator, and a site's name without its ending.
    A person also has the last name, alone and after the first names or their initials.
    Of a source and a person, the value itself is one of the names.

    Args:
        folded: the value in small letters.
    Example: ("authors", "pooch, u. w.") -> {"pooch", "u pooch", "u w pooch",
        "u.w pooch", "pooch u w"}.
    """
    kind = kind_of(field)
    written = {folded}
    if kind == "source":
        written.add(_HEAD.split(folded)[0])
        domain = _DOMAIN.match(folded)
        if domain:
            written.add(domain.group(1))
    elif kind == "person":
        written.update(_person_names(folded))
    names = {name for name in map(_plain, written) if len(name) >= _LEAST_LETTERS}
    return names if kind in ("source", "person") else names - {folded}


def surname(folded: str) -> str:
    """The last name in a person's name, without "jr." and similar suffixes.

    It may stand first, before a comma.
    """
    if "," in folded:
        return _plain(" ".join(_without_suffix(tokens_of(folded.split(",")[0]))))
    words = _without_suffix(tokens_of(folded))
    return words[-1] if words else ""


def first_names(folded: str) -> list[str]:
    """A person's names before the last one, or their initials."""
    if "," in folded:
        return _without_suffix(tokens_of(folded.split(",", 1)[1]))
    return _without_suffix(tokens_of(folded))[:-1]


def _without_suffix(words: list[str]) -> list[str]:
    """The words of a name without suffixes like "jr", unless there are no others."""
    return [word for word in words if word not in _SUFFIXES] or words


def _person_names(folded: str) -> Iterator[str]:
    """The ways to call a person."""
    last = surname(folded)
    yield last
    first = []
    for name in first_names(folded):
        first += [part for part in name.split(".") if part]
    if first:
        yield f"{' '.join(first)} {last}"
        yield f"{first[0]} {last}"
        yield f"{first[0][0]} {last}"
        yield f"{'.'.join(name[0] for name in first)} {last}"


def _plain(name: str) -> str:
    """The words of a name, without function words at its ends."""
    words = tokens_of(name)
    telling = [place for place, word in enumerate(words) if word not in FUNCTION_WORDS]
    return " ".join(words[telling[0] : telling[-1] + 1]) if telling else ""
