"""What the tenant's documents know of the question's words: the only nodes of understanding that read the database."""

import re
from collections.abc import Sequence
from itertools import chain

from hamilton.function_modifiers import cache, config, tag
from rapidfuzz.distance import OSA

from headrace.question.mentions import announced_names
from headrace.text.phrases import phrases_of
from headrace.types import (
    Corpus,
    Database,
    KnownName,
    KnownWords,
    RewrittenQuery,
    Spelling,
    WordLists,
)

_LEAST_LETTERS = 4
_PART_LETTERS = 3
_LEAST_NAME, _LONG_NAME = (
    5,
    9,
)  # characters of a name that may be misspelt, and of one with two slips
#: Spellings of a word that are looked at closely: those of the fewest slips, of these the most frequent.
_MOST_SPELLINGS = 12
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SHORT_FORM = re.compile(r"[^\W_][\w.&/+-]*\w|[^\W\d_]")


@cache(behavior="recompute")
@tag(stage="filter extraction")
def corpus(database: Database, tenant: str) -> Corpus:
    """What the tenant holds at this moment; `version` changes with its documents, and with the SQL that reads them.

    Every node that reads the database takes it, so that Hamilton's cache never serves an answer of older documents.
    """
    ((version, documents, chunks, languages, *fields, indexed),) = database.query(tenant, "corpus")
    version = f"{tenant}:{version}:{database.fingerprint}"
    return Corpus(
        version, documents, chunks, tuple(languages) or ("english",), *map(tuple, fields), indexed
    )


@config.when_in(understanding=["rules", "llm"])
@tag(stage="query expansion")
def known_words(
    standalone_query: RewrittenQuery,
    corpus: Corpus,
    database: Database,
    tenant: str,
    word_lists: WordLists,
) -> KnownWords:
    """How often the documents have the question's words, and what else those may be that neither they nor a general word list know.

    Asked are words of four letters and more in small letters, the first word too, and in a language that writes nouns with capitals every
    word; not what is quoted or has a digit. Other spellings come from the tenant's own words (one slip away, and some of those two slips away)
    and from the general list (two slips, three for nine letters and more); two words in place of one; and one in place of it and a neighbour.
    """
    words = _askable(standalone_query.text, corpus.languages)
    if not words:
        return KnownWords()
    languages = list(corpus.languages)
    rows = database.query(
        tenant, "known_words", {"words": words, "languages": languages, "with_candidates": True}
    )
    chunks = {word: count for word, candidate, count in rows if candidate is None}
    unknown = [
        word
        for word, count in chunks.items()
        if count <= 0 and not word_lists.frequency(word, languages)
    ]
    if not unknown:
        return KnownWords(chunks)
    found = {
        word: {candidate: count for other, candidate, count in rows if other == word and candidate}
        for word in unknown
    }
    general = {
        word: word_lists.near(word, languages, 2 if len(word) < 9 else 3) for word in unknown
    }
    parts = {
        word: [
            (word[:cut], word[cut:]) for cut in range(_PART_LETTERS, len(word) - _PART_LETTERS + 1)
        ]
        for word in unknown
    }
    pairs = {word: _with_neighbours(word, standalone_query.text) for word in unknown}
    asked = {
        *chain(*general.values()),
        *chain(*chain(*parts.values())),
        *(a + b for a, b in chain(*pairs.values())),
    }
    rows = database.query(
        tenant,
        "known_words",
        {"words": sorted(asked), "languages": languages, "with_candidates": False},
    )
    counts = {word: count for word, candidate, count in rows if candidate is None and count > 0}
    spellings = {}
    for word in unknown:
        single = found[word] | {other: counts.get(other, 0) for other in general[word]}
        nearest = sorted(
            single, key=lambda other, word=word: (OSA.distance(word, other), -single[other], other)
        )[:_MOST_SPELLINGS]
        ways = [
            Spelling(word, other, single[other], word_lists.frequency(other, languages))
            for other in nearest
        ]
        ways += [
            Spelling(word, f"{a} {b}", _together(counts[a], counts[b], corpus.chunks))
            for a, b in parts[word]
            if a in counts and b in counts
        ]
        ways += [
            Spelling(f"{a} {b}", a + b, counts[a + b]) for a, b in pairs[word] if a + b in counts
        ]
        spellings[word] = tuple(ways)
    return KnownWords(chunks, spellings)


@config.when_in(understanding=["rules", "llm"])
@tag(stage="query expansion")
def known_names(
    corrected_query: RewrittenQuery, corpus: Corpus, database: Database, tenant: str
) -> list[KnownName]:
    """What the corrected question's words and phrases (of up to six words) are to the tenant's documents: abbreviations, long forms of them,
    values of their metadata; and the values that names may mean which no document knows, one slip away, or two for nine letters and more.

    Returns:
        By kind and phrase; given by the user first, then those of most documents.
    """
    text = corrected_query.text
    short_forms = sorted(set(_SHORT_FORM.findall(text)))
    names = _names(database, tenant, short_forms, sorted(phrases_of(text)))
    return [
        *names,
        *_near_names(
            text,
            {name.phrase for name in names if name.kind in ("value", "name")},
            corpus,
            database,
            tenant,
        ),
    ]


def _names(
    database: Database, tenant: str, short_forms: list[str], phrases: list[str]
) -> list[KnownName]:
    rows = database.query(tenant, "known_names", {"short_forms": short_forms, "phrases": phrases})
    return [
        KnownName(kind, phrase, field or "", meaning, given, documents)
        for kind, phrase, field, meaning, given, documents in rows
    ]


def _near_names(
    text: str, known: set[str], corpus: Corpus, database: Database, tenant: str
) -> list[KnownName]:
    """Values under names like those that the question announces and nobody has: "by Ada Lovlace". One that has a word of its own in the documents is
    left alone.
    """
    phrases = [
        phrase
        for phrases in announced_names(text)
        if known.isdisjoint(phrases)
        for phrase in phrases
        if len(phrase) >= _LEAST_NAME
    ]
    if not phrases:
        return []
    words = sorted({word for phrase in phrases for word in phrase.split()})
    rows = database.query(
        tenant,
        "known_words",
        {"words": words, "languages": list(corpus.languages), "with_candidates": False},
    )
    unknown = {word for word, _, chunks in rows if chunks <= 0}
    phrases = [phrase for phrase in phrases if not unknown.isdisjoint(phrase.split())]
    rows = database.query(tenant, "near_names", {"phrases": phrases}) if phrases else []
    near: dict[str, list[str]] = {}
    for phrase, name in rows:
        if OSA.distance(phrase, name) <= (1 if len(phrase) < _LONG_NAME else 2):
            near.setdefault(name, []).append(phrase)
    found = _names(database, tenant, [], sorted(near)) if near else []
    return [
        name._replace(kind="near name", phrase=phrase)
        for name in found
        if name.kind in ("value", "name")
        for phrase in near[name.phrase]
    ]


def _together(chunks: int, others: int, all_chunks: int) -> int:
    """How many chunks have two words, if they have nothing to do with each other."""
    return chunks * others // max(all_chunks, 1)


def _askable(text: str, languages: Sequence[str]) -> list[str]:
    """The words that may be typos, in small letters."""
    nouns = "german" in languages
    unquoted = re.sub(r'"[^"]*"|“[^”]*”|„[^“”]*[“”]', " ", text)
    found = set()
    for number, match in enumerate(_WORD.finditer(unquoted)):
        word, capitalised = match.group(), match.group().istitle()
        if (
            len(word) >= _LEAST_LETTERS
            and word.isalpha()
            and (word.islower() or (capitalised and (nouns or number == 0)))
        ):
            found.add(word.lower())
    return sorted(found)


def _with_neighbours(word: str, text: str) -> list[tuple[str, str]]:
    """The word with each of its neighbours in the text, in small letters."""
    words = [match.group().lower() for match in _WORD.finditer(text)]
    return list(dict.fromkeys(pair for pair in zip(words, words[1:], strict=False) if word in pair))
