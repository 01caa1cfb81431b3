"""The values of metadata that a question mentions, and whether it asks for them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from headrace.metadata.field_kinds import first_names, kind_of, surname
from headrace.question import mention_cues as cues
from headrace.question.mention_cues import Place
from headrace.text.function_words import FUNCTION_WORDS
from headrace.text.phrases import phrases_of, tokens_of
from headrace.types import KnownName

_NAME_BEFORE = re.compile(r"([^\W\d_a-zß-ÿ][\w'’-]*)\.?\s*(?:[A-Z]\.\s*)*$")


@dataclass(frozen=True, slots=True)
class Mention:
    """Values of a field that words of a question may mean.

    Attributes:
        values: in small letters.
        start: where the words begin in the question.
        end: where they end; characters `start` to before `end`.
        announced: whether the words around them say that documents with such a value
            are wanted or, with `negated`, are not.
        words: all words that say so; "" where only a list could make this a mention.
    """

    field: str
    values: tuple[str, ...]
    start: int
    end: int
    announced: bool = False
    negated: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Named:
    """A phrase, and the values of a field that it names, or nearly names."""

    phrase: str
    field: str
    is_near: bool
    values: tuple[str, ...]


def mentions_of(text: str, names: Iterable[KnownName]) -> list[Mention]:
    """The mentions in a question, in its order; of overlapping ones, the longest.

    A value is mentioned

    - where its field is named beside it ("license: MIT", "in the sports category"),
    - where a preposition that fits its field stands before it ("by Ada Lovelace", "from
      Reuters", "under MIT"),
    - where it is listed with another mention.

    A source is also mentioned where its name is like no other word, or stands with a
    word for a document or for saying ("the Fortune article", "as Wired reported"). A
    person is where a first name or an initial fits. A name must be written with
    capitals, and words that are only near a name must be announced. Any other value is
    just a word.
    """
    places = phrases_of(text)
    possible = []
    for named in _grouped(names):
        for start, end in places.get(named.phrase, ()):
            read = _near if named.is_near else _possible
            mention = read(named, Place.of(text, start, end))
            if mention is not None:
                possible.append(mention)
    kept: list[Mention] = []
    for mention in sorted(possible, key=_precedence):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return _with_listed(text, sorted(kept, key=lambda mention: mention.start))


def announced_names(text: str) -> list[list[str]]:
    """The names behind "by" or "from", which begin with capitals.

    Each is given as the phrases that begin it, in small letters, longest first.
    Example: "papers by Ada Lovlace" -> [["ada lovlace", "ada"]].
    """
    names = []
    for run in cues.announced_runs(text):
        beginnings = [phrase for phrase, places in phrases_of(run).items() if places[0][0] == 0]
        names.append(sorted(beginnings, key=len, reverse=True))
    return names


def _grouped(names: Iterable[KnownName]) -> list[_Named]:
    """The names of values, with all values of a field that a phrase may mean."""
    values: dict[tuple[str, str, bool], list[str]] = {}
    for name in names:
        if name.kind in ("value", "name", "near name"):
            key = (name.phrase, name.field, name.kind == "near name")
            values.setdefault(key, []).append(name.meaning)
    return [_Named(*key, tuple(meanings)) for key, meanings in values.items()]


def _precedence(mention: Mention) -> tuple[int, bool, bool, bool, int, str]:
    """The order in which overlapping mentions are kept: the first one stays."""
    return (
        mention.start - mention.end,
        not mention.words,
        not mention.announced,
        kind_of(mention.field) == "person",
        mention.start,
        mention.field,
    )


def _possible(named: _Named, place: Place) -> Mention | None:
    """What the words may say of a field; None for nothing."""
    kind = kind_of(named.field)
    values: Sequence[str] = named.values
    naming = cues.naming(place, named.field)
    is_cued = cues.is_cued(place, kind)
    is_spoken_of = kind == "source" and cues.is_spoken_of(place)
    is_name = cues.is_proper(place.written) or kind in ("licence", "language")
    fits = False
    if kind == "person":
        is_cued = is_cued or cues.is_of_author(place)
        is_name = is_name or (is_cued and len(tokens_of(place.written)) > 1)
        values, fits = _persons(named.values, place)
    elif kind == "source":
        fits = is_spoken_of or cues.is_distinctive(place.written)
    if not values or (not naming and (not is_name or cues.is_cut_short(place.after))):
        return None
    is_mentioned = bool(naming) or is_cued or fits
    if not is_mentioned and kind not in ("person", "source"):
        return None
    is_negated, is_refuted = _negation(place, naming)
    return Mention(
        named.field,
        tuple(dict.fromkeys(values)),
        start=len(place.before),
        end=len(place.before) + len(place.written),
        announced=(bool(naming) or is_cued or is_spoken_of) and not is_refuted,
        negated=is_negated,
        words=(naming or place.written) if is_mentioned else "",
    )


def _negation(place: Place, naming: str) -> tuple[bool, bool]:
    """Whether a negation is about documents, and whether it is about something else.

    Args:
        naming: the words with those that name the field; a negation stands before
            these.
    """
    before = place.before
    if naming.endswith(place.written):
        before = before[: len(before) - len(naming) + len(place.written)]
    negation = cues.negation_before(before)
    if negation is None:
        return False, False
    is_negated = cues.is_of_documents(before[: negation.start()])
    return is_negated, not is_negated


def _near(named: _Named, place: Place) -> Mention | None:
    """What words mean that are near a name, where a name is announced.

    It is a guess, and so only a mention.
    """
    is_cued = cues.is_cued(place, kind_of(named.field))
    if not is_cued or cues.negation_before(place.before):
        return None
    end = len(place.before) + len(place.written)
    values = tuple(dict.fromkeys(named.values))
    return Mention(named.field, values, len(place.before), end, words=place.written)


def _with_listed(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions that have words, and those listed with one of the same field.

    Example: "by Prieve or Pooch".
    """
    found = list(mentions)
    for index in range(1, len(found)):
        found[index] = _listed_with(found[index - 1], found[index], text)
    for index in range(len(found) - 2, -1, -1):
        found[index] = _listed_with(found[index + 1], found[index], text)
    return [mention for mention in found if mention.words]


def _listed_with(other: Mention, mention: Mention, text: str) -> Mention:
    """The mention, which says what its neighbour says if they are listed."""
    between = text[min(mention.end, other.end) : max(mention.start, other.start)]
    is_same_field = mention.field == other.field
    if not other.words or not is_same_field or not cues.is_listing(between):
        return mention
    return replace(
        mention,
        words=mention.words or text[mention.start : mention.end],
        announced=mention.announced or other.announced,
        negated=mention.negated or other.negated,
    )


def _persons(values: Sequence[str], place: Place) -> tuple[list[str], bool]:
    """The persons that the words may mean, and whether their first names say so."""
    written = place.written.lower()
    if len(tokens_of(place.written)) > 1 and any(surname(value) != written for value in values):
        return list(values), True
    match = _NAME_BEFORE.search(place.before)
    if not match or match.group(1).lower() in FUNCTION_WORDS:
        return [value for value in values if surname(value) == written], False
    initial = match.group(1)[0].lower()
    fitting = []
    for value in values:
        first = first_names(value)
        if first and first[0][0] == initial:
            fitting.append(value)
    return fitting, bool(fitting)
