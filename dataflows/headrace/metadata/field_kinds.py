"""What a metadata field's name says about its values, and the names that people call such values by."""

import re
from collections.abc import Iterator

from headrace.text.phrases import FUNCTION_WORDS, tokens_of

#: Kinds of fields by their names. "source": who published a document; "person": who made it; "topic": what it is about.
_KINDS = {
    "source": r"source|publisher|outlet|journal|news ?paper|magazine|(web ?)?site|publication|venue|channel|feed|broadcaster|agency",
    "person": r"authors?|creators?|writers?|maintainers?|editors?|speakers?|artists?|contributors?|inventors?|reporters?|sender|by",
    "licence": r"licen[sc]es?",
    "language": r"lang(uage)?s?",
    "topic": r"(sub)?categor(y|ies)|tags?|keywords?|topics?|subjects?|sections?|mesh|genres?|types?|departments?|collections?|products?|areas?",
}
_HEAD = re.compile(r"\s+[|–—-]\s+|:\s+|\s+\(")
_DOMAIN = re.compile(
    r"^(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)*?)\.(?:com|org|net|edu|gov|io|ai|co|de|uk|fr|es)(?:\.\w\w)?/?$"
)
_LEAST_LETTERS = 3
_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))


def kind_of(field: str) -> str:
    """ "source", "person", "licence", "language", "topic", or "other"."""
    name = re.sub(r"[_-]+", " ", field.lower()).strip()
    return next(
        (
            kind
            for kind, pattern in _KINDS.items()
            if re.fullmatch(rf"(?:\w+ )?(?:{pattern})(?: name)?", name)
        ),
        "other",
    )


def names_of(field: str, folded: str) -> set[str]:
    """Other names of a value (given in small letters), as `phrases_of` would find them in a question; of a source or a person also the value itself.

    Without punctuation and articles; of a source what stands before a separator, and a site without its ending; of a person the surname, alone and
    behind the first names or their initials.
    Example: ("authors", "pooch, u. w.") -> {"pooch", "u pooch", "u w pooch", "u.w pooch", "pooch u w"}.
    """
    names, kind = {folded}, kind_of(field)
    if kind == "source":
        names.add(_HEAD.split(folded)[0])
        names |= {domain.group(1) for domain in [_DOMAIN.match(folded)] if domain}
    elif kind == "person":
        names |= set(_person_names(folded))
    plain = {_plain(name) for name in names}
    return {
        name
        for name in plain
        if len(name) >= _LEAST_LETTERS and (name != folded or kind in ("source", "person"))
    }


def surname(folded: str) -> str:
    """The last name in a person's name, which may stand first, before a comma; "jr." and the like are no part of it."""
    if "," in folded:
        return _plain(" ".join(_without_suffix(tokens_of(folded.split(",")[0]))))
    return (_without_suffix(tokens_of(folded)) or [""])[-1]


def first_names(folded: str) -> list[str]:
    """A person's names before the last one, or their initials."""
    if "," in folded:
        return _without_suffix(tokens_of(folded.split(",", 1)[1]))
    return _without_suffix(tokens_of(folded))[:-1]


def _without_suffix(words: list[str]) -> list[str]:
    """The words of a name; "jr" and the like, which are never its only word, left out."""
    return [word for word in words if word not in _SUFFIXES] or words


def _person_names(folded: str) -> Iterator[str]:
    last, first = (
        surname(folded),
        [part for name in first_names(folded) for part in name.split(".") if part],
    )
    yield last
    if first:
        yield f"{' '.join(first)} {last}"
        yield f"{first[0]} {last}"
        yield f"{first[0][0]} {last}"
        yield f"{'.'.join(name[0] for name in first)} {last}"


def _plain(name: str) -> str:
    """The words of a name, without function words at its ends."""
    words = tokens_of(name)
    while words and words[0] in FUNCTION_WORDS:
        words.pop(0)
    while words and words[-1] in FUNCTION_WORDS:
        words.pop()
    return " ".join(words)
