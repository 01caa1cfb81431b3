"""The question on its way to the search: cleaned, made to stand alone, corrected, expanded, filtered, split.

Every node leaves the user's own words searchable: the question as asked is always the first stream of `sub_queries`, and every change
is recorded with its reason. With `understanding=off` the question goes through untouched.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import date

from hamilton.function_modifiers import cache, config, tag
from rapidfuzz.distance import OSA

from dataflows import date_ranges
from dataflows.analysis import read_syntax
from dataflows.errors import QuestionError
from dataflows.filters import filters_json, known_filters
from dataflows.types import Change, Corpus, Database, Filter, QueryFilters, RewrittenQuery, SubQuery

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@tag(stage="query expansion")
def normalized_query(question: str, max_question_characters: int = 4000) -> str:
    """The question in Unicode NFC, without control and zero-width characters, white space folded.

    Raises QuestionError when nothing is left, or more than `max_question_characters` characters.
    Example: "What\\u200b is  RRF?\\n" -> "What is RRF?".
    """
    text = unicodedata.normalize("NFC", question.encode("utf-8", "replace").decode())
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text if unicodedata.category(c) != "Cf")
    text = re.sub(r"\s+", " ", text).strip()
    if not any(character.isalnum() for character in text):
        raise QuestionError("the question is empty: ask in at least one word")
    if len(text) > max_question_characters:
        raise QuestionError(
            f"the question has {len(text):,} characters, more than {max_question_characters:,}: shorten it, or raise HEADRACE_MAX_QUESTION_CHARACTERS"
        )
    return text


@cache(behavior="recompute")
@tag(stage="filter extraction")
def corpus(database: Database, tenant: str) -> Corpus:
    """What the tenant holds at this moment; `version` changes with its documents, and with the SQL that reads them.

    Every node that reads the database takes it, so that Hamilton's cache never serves an answer of older documents.
    """
    ((version, documents, chunks, languages, *fields, indexed),) = database.query(tenant, "corpus")
    version = f"{tenant}:{version}:{database.fingerprint}"
    return Corpus(version, documents, chunks, tuple(languages) or ("english",), *map(tuple, fields), indexed)


@config.when(understanding="off")
@tag(stage="query expansion")
def standalone_query__off(normalized_query: str) -> RewrittenQuery:
    """The question as it is."""
    return RewrittenQuery(normalized_query)


@config.when(understanding="rules")
@tag(stage="query expansion")
def standalone_query__rules(normalized_query: str, history: Sequence[str] = ()) -> RewrittenQuery:
    """A follow-up question with the user's previous question put before it, when it leans on it; else unchanged.

    It leans on it when it has a pronoun that refers back, begins like a continuation ("and", "what about"), or has hardly a word
    of its own.

    Args:
        history: earlier turns, oldest first, the user's and the assistant's in turn, the user's first.
    Example: history ["Who wrote Hamlet?", "Shakespeare [1]"], "When was it written?" -> "Who wrote Hamlet? When was it written?".
    """
    asked = [turn.strip() for turn in list(history)[::2] if turn.strip()]
    if not asked or not _leans_back(normalized_query):
        return RewrittenQuery(normalized_query)
    text = f"{asked[-1]} {normalized_query}"
    return RewrittenQuery(text, (Change("follow-up", normalized_query, text, "the question leans on the turn before it"),))


@config.when(understanding="off")
@tag(stage="query expansion")
def corrected_query__off(standalone_query: RewrittenQuery) -> RewrittenQuery:
    """The question as it is."""
    return standalone_query


@config.when(understanding="rules")
@tag(stage="query expansion")
def corrected_query__rules(standalone_query: RewrittenQuery, corpus: Corpus, database: Database, tenant: str) -> RewrittenQuery:
    """Typos mended against the tenant's own words.

    A word is only touched when no document of the tenant has it in any inflection, it is written in small letters (names and codes
    are not), is not quoted, and a word of the tenant is one edit away (two for nine letters and more). The most frequent such word wins.
    """
    words = sorted({match.group() for match in _WORD.finditer(_unquoted(standalone_query.text)) if _may_be_typo(match.group())})
    if not words:
        return standalone_query
    rows = database.query(tenant, "corrected_query", {"words": words, "languages": list(corpus.languages)})
    text, changes = standalone_query.text, list(standalone_query.changes)
    for word in words:
        best = _best_spelling(word, [(candidate, chunks) for asked, candidate, chunks in rows if asked == word])
        if best:
            text = re.sub(rf"\b{re.escape(word)}\b", best, text)
            changes.append(Change("typo", word, best, f'no document has "{word}", and "{best}" is one slip away'))
    return RewrittenQuery(text, tuple(changes))


@config.when(understanding="off")
@tag(stage="query expansion")
def expanded_query__off(corrected_query: RewrittenQuery) -> RewrittenQuery:
    """The question as it is."""
    return corrected_query


@config.when(understanding="rules")
@tag(stage="query expansion")
def expanded_query__rules(corrected_query: RewrittenQuery, corpus: Corpus, database: Database, tenant: str) -> RewrittenQuery:
    """Abbreviations with their long form behind them, from the given glossary first, else as the documents mostly define them.

    Example: glossary RRF = reciprocal rank fusion, "How does RRF score?" -> "How does RRF (reciprocal rank fusion) score?".
    """
    tokens = sorted(set(re.findall(r"[^\W_][\w.&/+-]*\w", corrected_query.text)))
    rows = database.query(tenant, "expanded_query", {"short_forms": tokens}) if tokens else []
    text, changes = corrected_query.text, list(corrected_query.changes)
    for short, (long, given) in _best_long_forms(rows).items():
        if long.lower() not in text.lower():
            text = re.sub(rf"(?<!\w){re.escape(short)}(?!\w)", lambda m, long=long: f"{m.group()} ({long})", text, count=1)
            changes.append(Change("abbreviation", short, long, "in the given glossary" if given else "defined so in the documents"))
    return RewrittenQuery(text, tuple(changes))


@config.when(understanding="off")
@tag(stage="filter extraction")
def query_filters__off(corpus: Corpus, filters: Sequence[Filter] = ()) -> QueryFilters:
    """The given filters and no others. Raises QuestionError for a field that the tenant's documents do not have."""
    return QueryFilters(known_filters(filters, corpus))


@config.when(understanding="rules")
@tag(stage="filter extraction")
def query_filters__rules(
    corrected_query: RewrittenQuery,
    corpus: Corpus,
    database: Database,
    tenant: str,
    filters: Sequence[Filter] = (),
    today: date | None = None,
) -> QueryFilters:
    """The given filters, and those that the question words clearly: a field with a value the documents have, a date of publication.

    A value counts when its field stands beside it ("licence MIT", "license: MIT", "by Ada Lovelace" for an author); a date when the
    words say that the documents are from then ("published in 2019", "articles since March 2020"). A question that speaks of several
    documents ("the article from A, while the one from B ...", "by A and B") is not filtered: what holds for one need not hold for the other.
    Filters read from the question that would leave no document are given up, and said so in `relaxed`; given ones never are.

    Args:
        filters: conditions given beside the question. Raises QuestionError for a field that the tenant's documents do not have.
        today: what "last year" and the like count from; without it they are not read.
    """
    given = known_filters(filters, corpus)
    text = corrected_query.text
    found = _value_filters(text, corpus, database, tenant) + _date_filters(text, corpus, today)
    found = [] if _speaks_of_several(text) else [(condition, words) for condition, words in found if not _is_enumerated(words, text)]
    kept, relaxed = list(found), []
    while kept and not _documents_left(given + tuple(condition for condition, _ in kept), database, tenant):
        relaxed.append(kept.pop())
    return QueryFilters(
        given + tuple(condition for condition, _ in kept), tuple(condition for condition, _ in relaxed), tuple(words for _, words in kept)
    )


@config.when(understanding="off")
@tag(stage="decomposition")
def sub_queries__off(expanded_query: RewrittenQuery) -> list[SubQuery]:
    """The question alone."""
    asked = read_syntax(expanded_query.text)
    return [SubQuery(asked.text, phrases=asked.phrases, excluded=asked.excluded)]


@config.when(understanding="rules")
@tag(stage="decomposition")
def sub_queries__rules(
    normalized_query: str, expanded_query: RewrittenQuery, query_filters: QueryFilters, max_sub_queries: int = 4
) -> list[SubQuery]:
    """What is searched for: the question as asked first, as rewritten if it was, and the parts of a compound question.

    The rewritten question and the parts go without the words that became filters: every document left meets those. Quoted phrases, and
    words excluded by a hyphen in front of them at the end, are read by `analysis.read_syntax`.

    Returns:
        One to `max_sub_queries` streams, no text twice.
    Example: "What is tokenizers licensed under, and who wrote httpx?" -> itself, "What is tokenizers licensed under", "who wrote httpx?".
    """
    excluded = read_syntax(normalized_query).excluded
    rewritten = read_syntax(_without(query_filters.consumed, expanded_query.text)).text
    texts = [(normalized_query, "original"), (rewritten, "rewritten"), *((part, "sub-question") for part in _parts(rewritten))]
    streams = [SubQuery((asked := read_syntax(text)).text, role, asked.phrases, excluded) for text, role in texts]
    distinct = {stream.text.lower(): stream for stream in reversed(streams)}
    return list(reversed(distinct.values()))[:max_sub_queries]


# ---------------------------------------------------------------------------------------------------------- follow-ups

_REFERS_BACK = re.compile(r"\b(it|its|they|them|their|theirs|he|she|him|her|his|that|those|these|this one|the same|there)\b", re.IGNORECASE)
_CONTINUES = re.compile(r"^(and|but|or|also|what about|how about|why not|really|so)\b", re.IGNORECASE)


def _leans_back(question: str) -> bool:
    """Whether a question needs the turn before it: it refers back early on, continues, or is of three words at most."""
    opening = " ".join(question.split()[:8])
    return bool(_REFERS_BACK.search(opening) or _CONTINUES.search(question)) or len(question.split()) <= 3


# --------------------------------------------------------------------------------------------------------------- typos


def _unquoted(text: str) -> str:
    return re.sub(r'"[^"]*"', " ", text)


def _may_be_typo(word: str) -> bool:
    return len(word) >= 5 and word.islower() and word.isalpha()


def _best_spelling(word: str, candidates: list[tuple[str, int]]) -> str | None:
    """The candidate meant: within the distance allowed, nearest first, then the most frequent, then alphabetical."""
    allowed = 2 if len(word) >= 9 else 1
    near = [(OSA.distance(word, candidate), -chunks, candidate) for candidate, chunks in candidates if chunks and candidate[0] == word[0]]
    near = [entry for entry in near if 0 < entry[0] <= allowed]
    return min(near)[2] if near else None


# ------------------------------------------------------------------------------------------------------- abbreviations


def _best_long_forms(rows: list[tuple]) -> dict[str, tuple[str, bool]]:
    """Per short form the long form to use: the rows come with the given ones first, then the most defined."""
    best: dict[str, tuple[str, bool]] = {}
    for short, long, given, _ in rows:
        best.setdefault(short, (long, given))
    return best


# ------------------------------------------------------------------------------------------------------------- filters

_SEVERAL = re.compile(r"\b(both|between|while|whereas|unlike|compared|respectively)\b", re.IGNORECASE)
_A_DOCUMENT = re.compile(r"\b(articles?|reports?|stor(?:y|ies)|posts?|pages?|papers?|documents?|according to|reported by)\b", re.IGNORECASE)

#: Words that announce a value of a field, by the kind of field; the field's own name always does.
_CUES = {
    "by": ("author", "authors", "creator", "maintainer", "writer"),
    "from": ("source", "publisher", "outlet", "author", "department", "category"),
    "under": ("license", "licence"),
    "in": ("language",),
}


def _speaks_of_several(question: str) -> bool:
    return bool(_SEVERAL.search(question)) or len(_A_DOCUMENT.findall(question)) > 1


def _is_enumerated(words: str, question: str) -> bool:
    """Whether these words are followed by another name of their kind: "by Engadget and Polygon", "from A, B, and C"."""
    return bool(re.search(rf"{re.escape(words)}['’\"]?(?:,|\s+and|\s+or)\s+(?:and\s+|or\s+)?['‘\"]?[A-Z]", question))


def _value_filters(text: str, corpus: Corpus, database: Database, tenant: str) -> list[tuple[Filter, str]]:
    """Filters on values, each with the words it came from; one per field, the longest value first."""
    words = re.findall(r"[\w.+#/-]*\w", text)
    phrases = sorted({" ".join(words[i:j]).lower() for i in range(len(words)) for j in range(i + 1, min(i + 6, len(words)) + 1)})
    rows = database.query(tenant, "query_filters", {"phrases": phrases}) if corpus.fields else []
    found: dict[str, tuple[Filter, str]] = {}
    fields = Counter(folded for folded, *_ in rows)
    for folded, field, _, _ in rows:
        cue = _cue(folded, field, text, certain=fields[folded] == 1)
        if cue and field not in found:
            found[field] = (Filter(field, "in", (folded,)), cue)
    return list(found.values())


def _cue(folded: str, field: str, text: str, certain: bool) -> str | None:
    """The words of the question that ask for this value of this field, or None when it is merely mentioned.

    A preposition announces it only where no other field has the value (`certain`), and never a part of a longer name ("in Business Standard").
    """
    name = re.escape(field.replace("_", " ").lower()).rstrip("s") + "s?"
    announced = [rf"{name}(?:\s+(?:is|of|named|called))?\s*[:=]?"] + [cue for cue, fields in _CUES.items() if certain and field.lower() in fields]
    value = re.sub(r"(\\ | )+", r"\\s+", re.escape(folded))
    pattern = rf"\b(?:{'|'.join(announced)})\s*[\"']?(?:the\s+)?{value}\b|\b{value}[\"']?\s+{name}\b"
    match = re.search(pattern, text, re.IGNORECASE)
    return match.group() if match and not re.match(r"\s+[A-Z]", text[match.end() :]) else None


def _date_filters(text: str, corpus: Corpus, today: date | None) -> list[tuple[Filter, str]]:
    """At most one filter on the documents' date, with the words it came from."""
    field = _date_field(corpus.date_fields)
    found = date_ranges.published(text, today) if field else None
    return [(Filter(field, "range", low=found.low, high=found.high), found.words)] if field and found else []


def _date_field(fields: Sequence[str]) -> str | None:
    """The field that tells when a document appeared: the only date there is, or the one named for it."""
    named = [field for field in fields if re.search(r"publish|date|year|created|released", field, re.IGNORECASE)]
    return fields[0] if len(fields) == 1 else (named or [None])[0]


def _documents_left(filters: tuple[Filter, ...], database: Database, tenant: str) -> int:
    ((documents, _),) = database.query(tenant, "filtered_chunks", {"filters": filters_json(filters), "count_limit": 1})
    return documents


# ------------------------------------------------------------------------------------------------------- sub-questions

#: What a question begins with: a question word, or a verb with its subject behind it ("and is accused of" goes on with the sentence before).
_QUESTION_WORD = (
    r"(?:(?:what|which|who|whom|whose|when|where|why|how)|(?:is|are|was|were|do|does|did|can|could|should|will|would|has|have)"
    r"(?=\s+(?:i|you|we|he|she|it|they|there|this|that|these|those|my|your|our|his|her|its|their)\b))"
)
_ASKS = rf"(?:(?:in|within|for|on|at|to|from|by|with|of|since|until)\s+)?{_QUESTION_WORD}\b"
_BOUNDARY = re.compile(rf"\?\s+(?=\S)|[,;]?\s+(?:and|but|or)\s+(?:also\s+)?(?={_ASKS})|;\s+(?={_ASKS})", re.IGNORECASE)
_DIFFERENCE = re.compile(
    r"\b(?:difference|differences|compare|comparison)\b.*?(?:\b(?:between|of)\s+|\s)"
    r"(?P<a>(?!between\b|of\b)[^?,]+?)\s+(?:and|with|to|vs\.?)\s+(?P<b>[^?,]+)",
    re.IGNORECASE,
)


def _without(phrases: Sequence[str], question: str) -> str:
    """The question without these words of it; the whole of it when hardly a word would be left."""
    rest = question
    for phrase in phrases:
        rest = re.sub(rf"\b(?:with|by|from|under|in)?\s*{re.escape(phrase)}", " ", rest, count=1, flags=re.IGNORECASE)
    rest = re.sub(r"\s+", " ", rest).strip(" ,;")
    return rest if len(rest.split()) >= 3 else question


def _parts(question: str) -> list[str]:
    """The questions inside a compound one, or the sides of a comparison; [] for a simple question."""
    parts = [part.strip(" ,;") for part in _BOUNDARY.split(question)]
    parts = [part for part in parts if len(part.split()) >= 3]
    if len(parts) > 1:
        return parts
    match = _DIFFERENCE.search(question)
    return [match["a"].strip(), match["b"].strip()] if match else []
