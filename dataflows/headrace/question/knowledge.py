"""What the tenant's documents know of the question's words."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from hamilton.function_modifiers import cache, config, tag
from rapidfuzz.distance import OSA

from headrace.metadata.field_kinds import kind_of
from headrace.metadata.periods import spellings_of_periods
from headrace.metadata.tenant_facts import read_tenant_facts
from headrace.question.mentions import NAMED_ANYWHERE, announced_names, places_of
from headrace.question.spellings.guesses import Guesses, TypedWords, guesses_of, typed_words
from headrace.text.asking.languages import configuration_of, is_foreign
from headrace.types import (
    KnownName,
    KnownWords,
    LookedUp,
    RewrittenQuery,
    Spelling,
    TenantDatabase,
    TenantFacts,
    WordLists,
)

#: Shorter names are not taken for misspelt ones.
_LEAST_NAME = 5
#: From this many characters on, a name may be two slips away.
_LONG_NAME = 9
#: A value that a larger share of the documents have does not tell them apart.
_MOST_SHARED = 0.5
#: A name is also used in other documents if more chunks have it than this many times
#: the chunks of its own documents.
_MOST_SAID = 3
#: How many spellings of a word are kept: the nearest, then the most frequent.
_MOST_SPELLINGS = 12
_SHORT_FORM = re.compile(r"[^\W_][\w.&/+-]*\w|[^\W\d_]")


@cache(behavior="recompute")
@tag(stage="filter extraction")
def tenant_facts(database: TenantDatabase) -> TenantFacts:
    """What the tenant holds at this moment.

    Its `version` changes with the tenant's documents and with the SQL that reads them.
    Every node that reads the database takes it, so that Hamilton's cache never gives an
    answer from older documents.
    """
    return read_tenant_facts(database)


@config.when_in(understanding=["rules", "llm"])
@tag(stage="query expansion")
def known_words(
    standalone_query: RewrittenQuery,
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    word_lists: WordLists,
    question_language: str = "",
    today: date | None = None,
) -> KnownWords:
    """How many chunks have the question's words, and other spellings of unknown ones.

    Words of four letters and more are looked up, except quoted words and words with a
    digit. A word is unknown if neither the documents nor a general word list have it.

    Other spellings are words of the tenant (one slip away, some two), words of the
    general list (two slips away, three from nine letters on), the word cut in two, and
    the word joined with a neighbour. For British spelling it is the American one, and
    the other way round. For a name, which has a capital inside the question, only words
    of the documents count. If the documents have a word with other marks ("Zurich",
    "Zürich"), that is its spelling. A question in a language that no document is in has
    no other spellings.

    The same round trip asks for what `known_names` needs. It is used unless a word is
    corrected in between.
    """
    languages = list(tenant_facts.languages)
    text = standalone_query.text
    typed = typed_words(text, languages)
    looked_up = _looked_up(text, typed, question_language, tenant_facts, database, today)
    chunks = {}
    for word, candidate, count in looked_up.words:
        if candidate is None and word in typed.words:
            chunks[word] = count
    if is_foreign(question_language, tenant_facts.languages):
        return KnownWords(chunks, {}, looked_up)
    guesses = guesses_of(typed, text, looked_up, languages, word_lists)
    spellings = {}
    if guesses:
        spellings = _spellings(guesses, tenant_facts, database, word_lists)
    return KnownWords(chunks, spellings, looked_up)


@config.when_in(understanding=["rules", "llm"])
@tag(stage="query expansion")
def known_names(
    corrected_query: RewrittenQuery,
    known_words: KnownWords,
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    word_lists: WordLists,
    today: date | None = None,
) -> list[KnownName]:
    """What the words and phrases of the question mean to the tenant's documents.

    Phrases have up to six words. They may be abbreviations, long forms of these, and
    values of the metadata or other names of such values. A name that no document has
    may be near one that a document has: one slip away, or two from nine characters on.
    Years and quarters are looked up as documents may write them: "FY18" finds "2018".

    A value that is neither a person nor a source also has the frequency of its name as
    a word, and whether it is telling. It is if at most half of the documents have it,
    and other documents hardly use the name: at most three times as many chunks have it
    as its own documents have chunks. The latter is not required of a name of several
    words that several documents share.

    Returns:
        By kind and phrase; those that the user gave come first, then those of most
        documents. The near names follow.
    """
    text = corrected_query.text
    before = known_words.looked_up
    rows = before.names
    if text != before.text:
        rows = database.query("known_names", _asked_names(text, before.language, today))
    names = [KnownName(*row) for row in rows]
    names = _judged(names, tenant_facts, database, word_lists)
    known = {name.phrase for name in names if name.kind in ("value", "name")}
    return [*names, *_near_names(text, known, tenant_facts, database)]


# ---------------------------------------------------------------------------
# words


def _own_language(question_language: str, tenant_facts: TenantFacts) -> str:
    """The configuration of the question's language, where documents are in others too.

    A long form in another language would lead to documents in that one.
    """
    own = configuration_of(question_language)
    is_one_of_several = own in tenant_facts.languages and len(tenant_facts.languages) > 1
    return own if is_one_of_several else ""


def _looked_up(
    text: str,
    typed: TypedWords,
    question_language: str,
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    today: date | None,
) -> LookedUp:
    """What the database has of the words and names of a text, in one round trip."""
    languages = list(tenant_facts.languages)
    asked_in = _own_language(question_language, tenant_facts)
    asked = [("known_names", _asked_names(text, asked_in, today))]
    if words := typed.to_look_up():
        parameters = {"words": words, "languages": languages, "with_candidates": True}
        asked.append(("known_words", parameters))
    names, *of_words = database.query_all(asked)
    return LookedUp(text, *of_words, names=names, language=asked_in)


def _spellings(
    guesses: Sequence[Guesses],
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    word_lists: WordLists,
) -> dict[str, tuple[Spelling, ...]]:
    """The other spellings of each word."""
    languages = list(tenant_facts.languages)
    words: set[str] = set()
    for guess in guesses:
        words |= guess.to_look_up()
    looked_up = _chunks_with(sorted(words), languages, database) if words else {}
    chunks = {word: count for word, count in looked_up.items() if count > 0}
    found = {}
    for guess in guesses:
        general = [word for word in guess.general if word in chunks or not guess.is_word]
        near = {**guess.own, **{word: chunks.get(word, 0) for word in general}}
        spellings = []
        for word, count in near.items():
            frequency = word_lists.frequency(word, languages)
            spellings.append(Spelling(guess.word, word, count, frequency))
        spellings = _nearest(spellings)
        for half, other in guess.halves:
            if half in chunks and other in chunks:
                by_chance = chunks[half] * chunks[other] // max(tenant_facts.chunks, 1)
                spellings.append(Spelling(guess.word, f"{half} {other}", by_chance))
        for first, second in guess.pairs:
            if first + second in chunks:
                joined = first + second
                spellings.append(Spelling(f"{first} {second}", joined, chunks[joined]))
        found[guess.word] = tuple(spellings)
    return found


def _nearest(spellings: Sequence[Spelling]) -> list[Spelling]:
    """Those with the fewest slips, then in the most chunks, then the most frequent."""

    def order(one: Spelling) -> tuple[int, int, float, str]:
        return OSA.distance(one.typed, one.meant), -one.chunks, -one.frequency, one.meant

    return sorted(spellings, key=order)[:_MOST_SPELLINGS]


def _chunks_with(
    words: Sequence[str], languages: Sequence[str], database: TenantDatabase
) -> dict[str, int]:
    """How many chunks have each word, in any inflection. Stop words are left out."""
    parameters = {"words": words, "languages": languages, "with_candidates": False}
    rows = database.query("known_words", parameters)
    return {word: count for word, _, count in rows}


# ---------------------------------------------------------------------------
# names


def _asked_names(text: str, language: str, today: date | None) -> dict[str, Any]:
    """What `known_names.sql` is given for a question."""
    short_forms = sorted(set(_SHORT_FORM.findall(text)))
    phrases = {*places_of(text), *spellings_of_periods(text, today)}
    return {"short_forms": short_forms, "phrases": sorted(phrases), "language": language}


def _judged(
    names: Sequence[KnownName],
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    word_lists: WordLists,
) -> list[KnownName]:
    """The names; those that count anywhere in a question with how telling they are."""
    languages = list(tenant_facts.languages)
    words: set[str] = set()
    for name in names:
        if _may_be_named(name):
            words.update(name.phrase.split())
    if not words:
        return list(names)
    chunks = _chunks_with(sorted(words), languages, database)
    chunks_of_document = tenant_facts.chunks / max(tenant_facts.documents, 1)
    judged = []
    for name in names:
        if _may_be_named(name):
            said = min(chunks.get(word, 0) for word in name.phrase.split())
            is_shared = name.documents > tenant_facts.documents * _MOST_SHARED
            is_elsewhere = said > _MOST_SAID * name.documents * chunks_of_document
            is_group = name.documents > 1 and " " in name.phrase
            is_telling = not is_shared and (is_group or not is_elsewhere)
            frequency = word_lists.frequency(name.phrase, languages)
            name = name._replace(frequency=frequency, is_telling=is_telling)
        judged.append(name)
    return judged


def _may_be_named(name: KnownName) -> bool:
    return name.kind in ("value", "name") and kind_of(name.field) in NAMED_ANYWHERE


def _near_names(
    text: str, known: set[str], tenant_facts: TenantFacts, database: TenantDatabase
) -> list[KnownName]:
    """Values whose names are near those that the question announces: "by Ada Lovlace".

    A name that a document has, or whose words are all in the documents, is left alone.
    """
    phrases = []
    for beginnings in announced_names(text):
        if known.isdisjoint(beginnings):
            phrases += [phrase for phrase in beginnings if len(phrase) >= _LEAST_NAME]
    phrases = _with_unknown_word(phrases, tenant_facts, database)
    if not phrases:
        return []
    near: dict[str, list[str]] = {}
    for phrase, name in database.query("near_names", {"phrases": phrases}):
        if OSA.distance(phrase, name) <= (1 if len(phrase) < _LONG_NAME else 2):
            near.setdefault(name, []).append(phrase)
    if not near:
        return []
    found = []
    asked = {"short_forms": [], "phrases": sorted(near), "language": ""}
    for row in database.query("known_names", asked):
        name = KnownName(*row)
        if name.kind in ("value", "name"):
            for phrase in near[name.phrase]:
                found.append(name._replace(kind="near name", phrase=phrase))
    return found


def _with_unknown_word(
    phrases: Iterable[str], tenant_facts: TenantFacts, database: TenantDatabase
) -> list[str]:
    """The phrases that have a word that is in no document."""
    phrases = list(phrases)
    if not phrases:
        return []
    words = sorted(set(" ".join(phrases).split()))
    chunks = _chunks_with(words, list(tenant_facts.languages), database)
    unknown = {word for word, count in chunks.items() if count <= 0}
    return [phrase for phrase in phrases if not unknown.isdisjoint(phrase.split())]
