"""The values of metadata that a question mentions, and whether it asks for them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from headrace.metadata.field_kinds import (
    PEOPLE,
    FieldKind,
    first_names,
    is_part_of_name,
    kind_of,
    squeezed,
    surname,
)
from headrace.question import mention_cues as cues
from headrace.question.mention_cues import Place
from headrace.text.asking.languages import language_of
from headrace.text.function_words import FUNCTION_WORDS
from headrace.text.phrases import phrases_of, tokens_of
from headrace.types import KnownName

#: Kinds of fields whose values may be named anywhere in a question: "Adobe's revenue".
NAMED_ANYWHERE: tuple[FieldKind, ...] = ("other", "version")
#: A word with a larger share of running text is no sign of a name by itself
#: (DECISIONS.md, "names of values").
_ORDINARY = 1e-6
#: Fewer letters are no name without a capital.
_LEAST_SMALL = 4
#: A French article or preposition that has lost its vowel: "d'Ada", "l'Inde".
_ELISION = re.compile(r"[dl]['’](?=[^\W\d_]{2})")
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
        named: whether the words name a thing by which the field tells documents apart;
            such a thing needs no announcement: "the revenue of Adobe".
        words: all words that say so; "" if only a list could make this a mention.
    """

    field: str
    values: tuple[str, ...]
    start: int
    end: int
    announced: bool = False
    negated: bool = False
    named: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Named:
    """A phrase, and the values of a field that it names, or nearly names."""

    phrase: str
    field: str
    is_near: bool
    names: tuple[KnownName, ...]
    is_only_field: bool

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(name.meaning for name in self.names)


def mentions_of(text: str, names: Iterable[KnownName]) -> list[Mention]:
    """The mentions in a question, in its order; of overlapping ones, the longest.

    A value is mentioned if

    - its field is named next to it ("license: MIT", "in the sports category"),
    - a preposition that fits its field comes before it ("by Ada Lovelace", "from
      Reuters", "under MIT"), or
    - it is listed with another mention.

    A source is also mentioned if its name cannot be an ordinary word, or is next to a
    word for a document or for saying ("the Fortune article", "as Wired reported"); a
    person, if a first name or an initial fits. A name must be written with capitals.
    Words that are only near a name must be announced.

    A thing such as a company, a product or a version is mentioned wherever it is named
    (`_of_thing`), and if it describes records ("open tickets"). Any other value is just
    a word.
    """
    grouped = _grouped(names)
    if not grouped:  # as of most questions
        return []
    places = places_of(text)
    has_capital_nouns = language_of(text) == "german"
    possible = []
    for named in grouped:
        for start, end in places.get(named.phrase, ()):
            read = _near if named.is_near else _possible
            mention = read(named, Place.of(text, start, end, has_capital_nouns))
            if mention is not None:
                possible.append(mention)
    kept: list[Mention] = []
    for mention in sorted(possible, key=_precedence):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return _with_listed(text, sorted(kept, key=lambda mention: mention.start))


def announced_names(text: str) -> list[list[str]]:
    """The names after "by" or "from", which begin with capitals.

    Each is given as the phrases that begin it, in small letters, longest first.
    Example: "papers by Ada Lovlace" -> [["ada lovlace", "ada"]].
    """
    names = []
    for run in cues.announced_runs(text):
        beginnings = [phrase for phrase, places in phrases_of(run).items() if places[0][0] == 0]
        names.append(sorted(beginnings, key=len, reverse=True))
    return names


def places_of(text: str) -> dict[str, list[tuple[int, int]]]:
    """The phrases of a text, as `phrases_of`, and their squeezed forms.

    Example: "Coca Cola" is found as "coca cola" and as "cocacola", "d'Ada Lind" as "ada
    lind" too.
    """
    places = phrases_of(text)
    found: dict[str, list[tuple[int, int]]] = {}
    for phrase, spans in places.items():
        for form in {phrase, squeezed(phrase)} - {""}:
            found.setdefault(form, []).extend(spans)
        elided = _ELISION.match(phrase)
        if elided:
            length = elided.end()
            within = [(start + length, end) for start, end in spans]
            found.setdefault(phrase[length:], []).extend(within)
    return found


def _grouped(names: Iterable[KnownName]) -> list[_Named]:
    """The names of values, with all values of a field that a phrase may mean."""
    grouped: dict[tuple[str, str, bool], list[KnownName]] = {}
    fields: dict[str, set[str]] = {}
    for name in names:
        if name.kind in ("value", "name", "near name"):
            key = (name.phrase, name.field, name.kind == "near name")
            grouped.setdefault(key, []).append(name)
            if kind_of(name.field) in NAMED_ANYWHERE:
                fields.setdefault(name.phrase, set()).add(name.field)
    found = []
    for key, values in grouped.items():
        found.append(_Named(*key, tuple(values), len(fields.get(key[0], ())) == 1))
    return found


def _precedence(mention: Mention) -> tuple[int, bool, bool, bool, bool, int, int, str]:
    """The order in which overlapping mentions are kept: the first one stays."""
    return (
        mention.start - mention.end,
        not mention.words,
        not mention.announced,
        not mention.named,
        kind_of(mention.field) in PEOPLE,
        -len(mention.words),
        mention.start,
        mention.field,
    )


def _possible(named: _Named, place: Place) -> Mention | None:
    """What the words may say about a field; None for nothing."""
    kind = kind_of(named.field)
    if kind in NAMED_ANYWHERE:
        mention = _of_thing(named, place)
        if mention is not None:
            return mention
    values: Sequence[str] = named.values
    naming = cues.naming(place, named.field)
    if kind in NAMED_ANYWHERE and not naming and cues.is_of_record(place):
        naming = place.written
    is_cued = cues.is_cued(place, kind)
    is_spoken_of = kind == "source" and cues.is_spoken_of(place)
    is_name = cues.is_proper(place.written) or kind in ("licence", "language")
    fits = False
    if kind in PEOPLE:
        is_cued = is_cued or (kind == "person" and cues.is_of_author(place))
        is_name = is_name or (is_cued and len(tokens_of(place.written)) > 1)
        values, fits = _persons(named.values, place)
    elif kind == "source":
        is_cued = is_cued or cues.is_documents_of(place)
        fits = is_spoken_of or cues.is_distinctive(place.written)
    if not values or (not naming and (not is_name or cues.is_cut_short(place.after))):
        return None
    is_mentioned = bool(naming) or is_cued or fits
    if not is_mentioned and kind not in ("source", *PEOPLE):
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


def _of_thing(named: _Named, place: Place) -> Mention | None:
    """The thing that the words name; None if they name none.

    They name one if they are written like a name, or could hardly be anything else, and
    are not part of a longer name. In small letters, they name one if no word list has
    them, or if the question has no capitals. An ordinary word needs a capital that is
    not due to the beginning of the question. The first word of a longer name must mean
    one value only.

    Such a mention needs no announcement if the value is telling (`KnownName`) and the
    words belong to no other field. Labels ("tags") and titles are not such things: few
    documents have all labels that fit them, and the search itself reads titles.
    """
    name = named.names[0]
    is_part = all(is_part_of_name(named.phrase, value) for value in named.values)
    if not _is_of_thing(named, place, is_part):
        return None
    is_negated, is_refuted = False, False
    if not cues.is_owner(place.after):
        is_negated, is_refuted = _negation(place, "")
    if is_refuted:
        return None
    is_proper = cues.is_proper(place.written) or kind_of(named.field) == "version"
    is_clear = is_proper and named.is_only_field and all(one.is_telling for one in named.names)
    is_clear = is_clear and not cues.is_compared(place.before)
    is_clear = is_clear and (not is_part or name.documents > 1)
    start = len(place.before)
    return Mention(
        named.field,
        tuple(dict.fromkeys(named.values)),
        start,
        end=start + len(place.written),
        announced=is_clear and is_negated,
        named=is_clear and not is_negated,
        negated=is_negated,
        words=place.written,
    )


def _is_of_thing(named: _Named, place: Place, is_part: bool) -> bool:
    """Whether the words name one of the values."""
    if cues.naming(place, named.field):
        return False
    name = named.names[0]
    is_word = name.frequency >= _ORDINARY
    if is_part and (len(set(named.values)) > 1 or is_word):
        return False
    if named.phrase.replace(".", "").isdigit():
        is_version = kind_of(named.field) == "version" and "." in named.phrase
        return is_version and not place.after[:2].strip().startswith("%")
    is_several = len(named.phrase.split()) > 1
    if any(map(str.isdigit, named.phrase)):
        return True
    if not cues.is_proper(place.written):
        is_typed_small = f"{place.before}{place.after}".islower() and not is_word
        is_unknown = name.frequency == 0 or is_typed_small
        return name.kind == "value" and is_unknown and len(named.phrase) >= _LEAST_SMALL
    if is_several and not is_part:
        return True
    if is_word and not cues.has_own_capital(place):
        return False
    return not ((is_word or is_part) and cues.is_in_longer_name(place))


def _negation(place: Place, naming: str) -> tuple[bool, bool]:
    """Whether a negation is about documents, and whether it is about something else.

    Args:
        naming: the words with those that name the field; a negation comes before these.
    """
    before = place.before
    if naming.endswith(place.written):
        before = before[: len(before) - len(naming) + len(place.written)]
    negation = cues.negation_before(before)
    if negation is None:
        return False, False
    is_negated = cues.is_exception(negation.group())
    is_negated = is_negated or cues.is_of_documents(before[: negation.start()])
    return is_negated, not is_negated


def _near(named: _Named, place: Place) -> Mention | None:
    """What words mean that are near a name, if a name is announced.

    It is a guess, so it is only mentioned, not announced.
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
    """The persons that the words may mean, and whether a first name confirms it."""
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
