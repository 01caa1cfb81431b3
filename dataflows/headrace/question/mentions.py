"""Where a question speaks of values that documents have in their metadata, and how clearly it asks for documents that have them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from headrace.metadata.field_kinds import first_names, kind_of, surname
from headrace.text.phrases import FUNCTION_WORDS, phrases_of, tokens_of
from headrace.types import KnownName

#: Words in front of a value that announce one of a field of this kind.
_CUES = {
    "person": r"by|(?-i:von)|author|authors|writer|editor",
    "source": r"from|by|in|on|at|per|via|to|according to|von|aus|laut",
    "licence": r"under",
    "language": r"in",
}
#: What else a field of this kind is called behind its value: "in the sports section".
_CALLED = {"person": ("authors?",), "topic": ("section", "category")}
_OPENING, _CLOSING = r"(?:the\s+)?[\"'‘“]?", r"[\"'’”]?"
_DOCUMENT = r"(?:articles?|reports?|stor(?:y|ies)|posts?|pieces?|coverage|reporting|reviews?|interviews?|papers?|documents?|news|publications?|editorials?)"
_SAYING = r"(?:report|sa(?:y|id)|writes?|wrote|suggest|claim|mention|describe|discuss|highlight|publish|indicate|state|note|cover|feature|attribute)(?:e?s|e?d|ing)?"
_NEGATION = re.compile(
    r"(?:\b(?:not|never|no|except(?:ing)?|excluding|other than|without|nicht|außer|ohne)|n['’]t)\s+"
    rf"(?:(?:those|any|ones?|the|written|published|{_DOCUMENT}|from|by|in|of|for|von|aus)\s+)*{_OPENING}$",
    re.IGNORECASE,
)
#: What may be wanted or not by who made it.
_WANTED = re.compile(
    rf"\b(?:{_DOCUMENT}|stud(?:y|ies)|files?|sources?|any(?:thing)?|every(?:thing)?|all|Artikel|Berichte?|Dokumente?)\b",
    re.IGNORECASE,
)
#: What has a person as its subject: "has Forsythe written", "did L. Lamport publish".
_WRITES_BEFORE = re.compile(
    rf"\b(?:has|have|had|did|does)\s+(?:[\w.]+\s+){{0,3}}?{_OPENING}$", re.IGNORECASE
)
_WRITES_AFTER = re.compile(
    r"\s+(?:ever\s+|also\s+)?(?:write|written|publish|published)\b", re.IGNORECASE
)
_OWN_DOCUMENT = re.compile(
    rf"['’]s?\s+(?:[\w-]+\s+){{0,2}}?{_DOCUMENT}\b", re.IGNORECASE
)  # "Wirth's papers", "Hopper's first article"
_BETWEEN = re.compile(
    rf"{_CLOSING},?\s*(?:and|or|&|und|oder)?\s*(?:from\s+|by\s+)?{_OPENING}", re.IGNORECASE
)
_NAME_BEFORE = re.compile(r"([^\W\d_a-zß-ÿ][\w'’-]*)\.?\s*(?:[A-Z]\.\s*)*$")
_NEAR = 40  # characters
_ANNOUNCED_NAME = re.compile(
    r"\b(?:by|from|von|aus|laut|according to)\s+[\"'‘“]?(?:[Tt]he\s+)?(?=((?:[A-ZÀ-Þ][\w.'’&-]*\s?){1,4}))"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Values of one field, in small letters, that the words from `start` to before `end` of a question may mean.

    `announced`: the words around them say that documents with such a value are wanted, or, `negated`, are not. `words`: all that said so.
    """

    field: str
    values: tuple[str, ...]
    start: int
    end: int
    announced: bool = False
    negated: bool = False
    words: str = ""


def mentions_of(text: str, names: Iterable[KnownName]) -> list[Mention]:
    """The mentions in a question, in its order; of words that overlap, the longest.

    A value is mentioned where its field is named beside it ("license: MIT", "in the sports category"), where a preposition that suits its field
    stands before it ("by Ada Lovelace", "from Reuters", "under MIT"), and in what is enumerated with one. A source, too, where its name is like
    no other word, or stands with a word for a document or for saying ("the Fortune article", "as Wired reported"); a person where a first name
    or an initial suits. What is only near a name has to be announced. Names have to be written with capitals. Any other value is only a word.
    """
    places = phrases_of(text)
    grouped: dict[tuple[str, str, bool], list[str]] = {}
    for name in names:
        if name.kind in ("value", "name", "near name"):
            grouped.setdefault((name.phrase, name.field, name.kind == "near name"), []).append(
                name.meaning
            )
    possible = [
        mention
        for (phrase, field, near), values in grouped.items()
        for start, end in places.get(phrase, ())
        if (
            mention := _near(text, field, values, start, end)
            if near
            else _possible(text, field, values, start, end)
        )
    ]
    kept: list[Mention] = []
    for mention in sorted(
        possible,
        key=lambda m: (
            m.start - m.end,
            not m.words,
            not m.announced,
            kind_of(m.field) == "person",
            m.start,
            m.field,
        ),
    ):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return _with_enumerated(text, sorted(kept, key=lambda mention: mention.start))


def _possible(text: str, field: str, values: Sequence[str], start: int, end: int) -> Mention | None:
    """What these words may say of this field; without `words` where only being enumerated with another would make it one; None for none."""
    before, written, after = text[:start], text[start:end], text[end:]
    kind, proper, named = kind_of(field), _is_proper(written), _named(field, before, written, after)
    cued = kind in _CUES and bool(
        re.search(rf"\b(?:{_CUES[kind]})\s+{_OPENING}$", before, re.IGNORECASE)
    )
    if kind == "person":
        cued = (
            cued
            or bool(_WRITES_BEFORE.search(before) and _WRITES_AFTER.match(after))
            or bool(_OWN_DOCUMENT.match(after))
        )
        proper = proper or (cued and len(tokens_of(written)) > 1)
    if not named and (not (proper or kind in ("licence", "language")) or _goes_on(after)):
        return None
    if kind == "person":
        values, sure = _suiting(values, written, before)
        mentioned = bool(values) and (sure or cued or bool(named))
    elif kind == "source":
        mentioned = named or cued or _is_spoken_of(before, after) or _is_distinctive(written)
    else:
        mentioned = named or cued
    if not values or not (mentioned or kind in ("person", "source")):
        return None
    announced = (
        bool(named)
        or cued
        or (kind == "source" and bool(mentioned) and _is_spoken_of(before, after))
    )
    negation = _NEGATION.search(
        before[: len(before) - len(named) + len(written)] if named.endswith(written) else before
    )
    negated = bool(negation) and _is_of_documents(before[: negation.start()])
    announced = announced and (negated or not negation)
    return Mention(
        field,
        tuple(dict.fromkeys(values)),
        start,
        end,
        announced,
        negated,
        (named or written) if mentioned else "",
    )


def _near(text: str, field: str, values: Sequence[str], start: int, end: int) -> Mention | None:
    """What words mean that are a slip away from a name, where such a name is announced: never more than mentioned, since it is a guess."""
    cue = _CUES.get(kind_of(field), r"(?!)")
    cued = re.search(
        rf"\b(?:{cue})\s+{_OPENING}$", text[:start], re.IGNORECASE
    ) and not _NEGATION.search(text[:start])
    return (
        Mention(field, tuple(dict.fromkeys(values)), start, end, words=text[start:end])
        if cued
        else None
    )


def announced_names(text: str) -> list[list[str]]:
    """What stands behind "by" or "from" and is written like a name: each as the phrases that begin it, in small letters, the longest first."""
    runs = [
        text[match.end() : match.end() + len(match.group(1))]
        for match in _ANNOUNCED_NAME.finditer(text)
    ]
    return [
        sorted(
            (phrase for phrase, places in phrases_of(run).items() if places[0][0] == 0),
            key=len,
            reverse=True,
        )
        for run in runs
    ]


def _is_of_documents(before: str) -> bool:
    """Whether a "not" behind these words is said of documents: "articles about rent, not from Wired", and not "he was praised, but not by Wired"."""
    return not before.strip() or bool(_WANTED.search(before))


def _with_enumerated(text: str, mentions: list[Mention]) -> list[Mention]:
    """The mentions that have words for them, and those that stand in a row with one of the same field: "by Prieve or Pooch"."""
    kept = [bool(mention.words) for mention in mentions]
    for order in (range(1, len(mentions)), range(len(mentions) - 2, -1, -1)):
        step = -1 if order.step > 0 else 1
        for index in order:
            one, other = mentions[index], mentions[index + step]
            first, second = sorted((one, other), key=lambda mention: mention.start)
            if (
                kept[index + step]
                and one.field == other.field
                and _BETWEEN.fullmatch(text[first.end : second.start])
            ):
                words = one.words or text[one.start : one.end]
                mentions[index] = replace(
                    one,
                    words=words,
                    announced=one.announced or other.announced,
                    negated=one.negated or other.negated,
                )
                kept[index] = True
    return [mention for mention, is_kept in zip(mentions, kept, strict=True) if is_kept]


def _named(field: str, before: str, written: str, after: str) -> str:
    """The value with the words beside it that name its field; "" where none do."""
    own = re.escape(re.sub(r"[_-]+", " ", field.lower())).rstrip("s") + "(?:s|ies)?"
    name = "|".join([own, *_CALLED.get(kind_of(field), ())])
    link = r"(?:\s+(?:terms?|headings?|tags?))?(?:\s+(?:is|are|of|named|called))?\s*[:=,]?\s*"
    if match := re.search(rf"\b{own}{link}{_OPENING}$", before, re.IGNORECASE):
        return match.group() + written
    match = re.match(rf"{_CLOSING}\s+(?:as\s+(?:an?|the)\s+)?(?:{name})\b", after, re.IGNORECASE)
    return written + match.group() if match else ""


def _suiting(values: Sequence[str], written: str, before: str) -> tuple[list[str], bool]:
    """The persons that the words may mean, and whether a first name or an initial says so."""
    if len(tokens_of(written)) > 1 and any(surname(value) != written.lower() for value in values):
        return list(values), True
    match = _NAME_BEFORE.search(before)
    if not match or match.group(1).lower() in FUNCTION_WORDS:
        return [value for value in values if surname(value) == written.lower()], False
    initial = match.group(1)[0].lower()
    suiting = [
        value for value in values if (first := first_names(value)) and first[0][0] == initial
    ]
    return suiting, bool(suiting)


def _is_proper(written: str) -> bool:
    """Whether it is written like a name: every word that is no function word with a capital or a digit first."""
    return all(
        word[0].isupper() or word[0].isdigit()
        for word in re.findall(r"\w[\w.'’&-]*", written)
        if word.lower() not in FUNCTION_WORDS
    )


def _is_distinctive(written: str) -> bool:
    """Whether a name is like no other word: of several words, or with a capital or a point inside."""
    return " " in written.strip() or bool(re.search(r"\w[A-Z.]\w", written))


def _is_spoken_of(before: str, after: str) -> bool:
    """Whether words for a document, or for saying, stand by a name."""
    return bool(
        re.match(
            rf"{_CLOSING}(?:['’]s?)?{_CLOSING}\s+(?:[\w-]+\s+){{0,2}}?(?:{_DOCUMENT}|{_SAYING})\b",
            after,
            re.IGNORECASE,
        )
        or re.search(rf"\b(?:{_DOCUMENT}|{_SAYING})\b[^.?!]{{0,{_NEAR}}}$", before, re.IGNORECASE)
    )


def _goes_on(after: str) -> bool:
    """Whether a longer name goes on behind it: "in Business Standard"."""
    return bool(re.match(rf"\s+[A-Z](?!{_DOCUMENT[3:-1]})", after)) and not re.match(
        rf"\s+{_DOCUMENT}\b", after, re.IGNORECASE
    )
