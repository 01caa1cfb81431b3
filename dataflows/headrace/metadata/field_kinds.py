"""What a metadata field's name says about its values; other names of such values."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from headrace.text.function_words import FUNCTION_WORDS
from headrace.text.phrases import tokens_of, without_possessive

#: "source": who published a document. "person": who made it. "handler": who deals with
#: it. "period": the year or quarter it reports on. "date":
#: when it appeared. "topic": labels of what it is about.
#: "title": what it or a part of it is called. "format": how its file is written.
#: "version": of the thing it describes.
FieldKind = Literal[
    "source",
    "person",
    "handler",
    "licence",
    "language",
    "period",
    "date",
    "topic",
    "title",
    "format",
    "version",
    "other",
]
#: The kinds of fields that hold names of people.
PEOPLE: tuple[FieldKind, ...] = ("person", "handler")

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
        r"teachers?",
        r"lecturers?",
        r"instructors?",
        r"reporters?",
        r"sender",
        r"by",
    ),
    "handler": (
        r"assignees?",
        r"assigned( to)?",
        r"owners?",
        r"reviewers?",
        r"approvers?",
        r"requesters?",
        r"contacts?",
        r"managers?",
        r"leads?",
    ),
    "licence": (r"licen[sc]es?",),
    "language": (r"lang(uage)?s?",),
    "topic": (
        r"(sub)?categor(y|ies)",
        r"tags?",
        r"keywords?",
        r"topics?",
        r"subjects?",
        r"mesh",
        r"genres?",
        r"departments?",
        r"collections?",
        r"areas?",
    ),
    "period": (
        r"(fiscal|financial|reporting|business) year",
        r"fy",
        r"periods?",
        r"quarters?",
    ),
    "date": (
        r"dates?",
        r"years?",
        r"months?",
        r"(week)?days?",
        r"(published|created|released|updated|modified)( (on|at))?",
    ),
    "title": (
        r"titles?",
        r"pages?",
        r"headings?",
        r"sections?",
        r"slugs?",
        r"ur[li]s?",
        r"links?",
        r"paths?",
        r"files?",
        r"ids?",
    ),
    "format": (r"(file|mime|content) type", r"formats?", r"extensions?", r"encodings?"),
    "version": (r"versions?", r"releases?", r"builds?"),
}
#: What stands between the name of a source and an addition to it.
_HEAD = re.compile(r"(?<!\s)\s+[|–—-]\s+|:\s+|(?<!\s)\s+\(")
_ENDINGS = "com|org|net|edu|gov|io|ai|co|de|uk|fr|es"
_DOMAIN = re.compile(
    rf"^(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)*?)\.(?:{_ENDINGS})(?:\.\w\w)?/?$"
)
#: Shorter names are left out.
_LEAST_LETTERS = 3
#: Of a longer value there are no shorter names.
_MOST_WORDS = 6
#: A value of this many words and a full stop is a sentence.
_SENTENCE_WORDS = 4
#: What companies add to their names.
_LEGAL_FORMS = frozenset(
    "inc incorporated corp corporation co company companies ltd limited llc llp plc group holding "
    "holdings gmbh ag se kg mbh sa nv bv oy ab spa".split()
)
#: What is no capital of a word that has small letters as well: "JPMorgan" -> "JPM".
_INITIALS = re.compile(r"[^A-Z]+|^[A-Z\W\d_]+$")
_VERSION_MARK = re.compile(r"^(?:v|version\s+|release\s+)(?=\d)")
_NUMBERED = re.compile(r"\d+\.\d")
#: What `squeezed` leaves out: marks and spaces, but between two digits.
_BETWEEN_CHARACTERS = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")
#: Parts of a person's name that are not the last name.
_SUFFIXES = frozenset("jr sr ii iii iv dr prof mr mrs ms".split())


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


def names_of(field: str, folded: str, original: str = "") -> set[str]:
    """Other names of a value, as `phrases_of` would find them in a question.

    They have no punctuation around words, no articles, and at least three characters.
    A source also has the part before a separator, and a site's name without its ending.
    A person also has the last name, alone and after the first names or their initials.
    Any other value has its name without a legal form, its first word, its initials and
    a version without its mark. Of a source and a person, the value itself is one of the
    names.

    Args:
        folded: the value in small letters.
        original: the value as a document writes it: capitals in a word are initials.
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
    elif kind in PEOPLE:
        written.update(_person_names(folded))
    names = {name for name in map(_plain, written) if len(name) >= _LEAST_LETTERS}
    if kind in ("source", *PEOPLE):
        return names
    if kind in ("other", "version"):
        names.update(_other_names(folded))
        names.update(_INITIALS.sub("", word).lower() for word in original.split()[:1])
    return {name for name in names - {folded} if len(name) >= _LEAST_LETTERS}


def is_part_of_name(name: str, folded: str) -> bool:
    """Whether a name is the first of several words of a value.

    Examples: "activision" of "activision blizzard" is, "adobe" of "adobe inc." is not.
    """
    words = _proper_words(folded)
    return len(words) > 1 and name == words[0]


def squeezed(phrase: str) -> str:
    """The letters and digits of a phrase alone: "coca-cola", "coca cola" -> "cocacola".

    Points and other marks between digits stay.
    """
    return _BETWEEN_CHARACTERS.sub("", phrase)


def _other_names(folded: str) -> Iterator[str]:
    """What a company, a product or any other thing may be called for short."""
    yield _VERSION_MARK.sub("", folded)
    if _NUMBERED.match(folded):
        yield f"v{folded}"
    words = _proper_words(folded)
    is_name = 0 < len(words) <= _MOST_WORDS and "/" not in folded
    if not is_name or _is_sentence(folded) or not any(map(str.isalpha, folded)):
        return
    whole = " ".join(words)
    yield from (whole, squeezed(whole), squeezed(folded))
    if len(words) == 1:
        return
    yield words[0]
    if len(words) > 2:
        yield "".join(word[0] for word in words)
    elif any(f"{words[0]}{link}{words[1]}" in folded for link in (" & ", "&", " and ")):
        yield f"{words[0]} and {words[1]}"
        yield from (f"{words[0][0]}{link}{words[1][0]}" for link in "&n")
    elif all(map(str.isalpha, words)):
        yield words[0][:2] + words[1][:2]


def _is_sentence(folded: str) -> bool:
    """Whether a value is a sentence, which has no shorter name: "the song is old ." """
    words = folded.rstrip(" .!?").split()
    has_end = len(folded.rstrip(" .!?")) < len(folded.rstrip())
    return has_end and len(words) >= _SENTENCE_WORDS and words[-1] not in _LEGAL_FORMS


def _proper_words(folded: str) -> list[str]:
    """The words of a name without its legal form: "adobe inc." -> ["adobe"]."""
    words = [without_possessive(word) for word in tokens_of(folded)]
    words = [word for word in words if word not in FUNCTION_WORDS]
    while len(words) > 1 and words[-1].replace(".", "") in _LEGAL_FORMS:
        words.pop()
    return words


def surname(folded: str) -> str:
    """The last name in a person's name, without "jr.", "dr." and similar words.

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
