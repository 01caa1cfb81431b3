"""Abbreviations written out, and long forms with their abbreviations."""

import re
from collections.abc import Iterable, Sequence

from hamilton.function_modifiers import config, tag

from headrace.text.words import stems
from headrace.types import Change, KnownName, QuestionAnalysis, RewrittenQuery

#: The share of documents from which one sense of several is clear (DECISIONS.md,
#: "senses of an abbreviation").
_CLEAR = 0.75
#: How many senses are added when none is clear.
_MOST_SENSES = 2
#: Definitions in documents with a shorter short form, or a shorter long form, say too
#: little: some document abbreviates "patients" as P.
_LEAST_LETTERS = 2
_LEAST_WORDS = 2


@config.when(expansion="off")
@tag(stage="query expansion")
def expanded_query__off(corrected_query: RewrittenQuery) -> RewrittenQuery:
    """The question as it is."""
    return corrected_query


@config.when(expansion="rules")
@tag(stage="query expansion")
def expanded_query__rules(
    corrected_query: RewrittenQuery, known_names: list[KnownName]
) -> RewrittenQuery:
    """The question with abbreviations written out.

    The long form is put after an abbreviation, and the abbreviation after a long form
    of several words. The given glossary decides; without an entry there, the
    definitions in the documents do. An abbreviation that the question itself defines is
    left alone.

    If there are several senses, the one that shares words with the question is meant;
    else the one that three quarters of the documents mean; else the two most frequent
    are added.

    Example: glossary RRF = reciprocal rank fusion, "How does RRF score?" -> "How does
        RRF (reciprocal rank fusion) score?".
    """
    return _expanded(corrected_query, known_names)


@config.when(expansion="llm")
@tag(stage="query expansion")
def expanded_by_rules(
    corrected_query: RewrittenQuery, known_names: list[KnownName]
) -> RewrittenQuery:
    """The question with the abbreviations that the tenant knows written out."""
    return _expanded(corrected_query, known_names)


@config.when(expansion="llm")
@tag(stage="query expansion")
def expanded_query__llm(
    expanded_by_rules: RewrittenQuery, question_analysis: QuestionAnalysis
) -> RewrittenQuery:
    """The question expanded by rules, and by what the language model knows.

    What the glossary and the documents define goes before what the model knows.
    """
    text = expanded_by_rules.text
    changes = list(expanded_by_rules.changes)
    done = {change.before.lower() for change in changes if change.kind == "abbreviation"}
    for term, meaning in question_analysis.expansions:
        if not term.strip() or not meaning.strip() or term.lower() in done or _has(text, meaning):
            continue
        written = re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text)
        if written:
            text = _with_meaning(text, written, meaning)
            changes.append(Change("abbreviation", term, meaning, "so the language model says"))
    return RewrittenQuery(text, tuple(changes))


def _expanded(corrected_query: RewrittenQuery, names: Iterable[KnownName]) -> RewrittenQuery:
    text = corrected_query.text
    changes = list(corrected_query.changes)
    for phrase, senses in _by_phrase(names).items():
        is_short = senses[0].kind == "short form"
        if is_short and re.search(rf"\(\s*{re.escape(phrase)}\s*\)", text):
            continue
        reason = "in the given glossary" if senses[0].given else "defined so in the documents"
        flags = 0 if is_short else re.IGNORECASE
        for meaning in _meant(phrase, senses, corrected_query.text):
            written = re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, flags)
            if written and not _has(text, meaning):
                text = _with_meaning(text, written, meaning)
                changes.append(Change("abbreviation", written.group(), meaning, reason))
    return RewrittenQuery(text, tuple(changes))


def _with_meaning(text: str, written: re.Match[str], meaning: str) -> str:
    """The text with the meaning in brackets after what is written."""
    return f"{text[: written.end()]} ({meaning}){text[written.end() :]}"


def _by_phrase(names: Iterable[KnownName]) -> dict[str, list[KnownName]]:
    """The abbreviations and long forms among the names, by phrase."""
    found: dict[str, list[KnownName]] = {}
    for name in names:
        if name.kind in ("short form", "long form") and (name.given or _says_enough(name)):
            found.setdefault(name.phrase, []).append(name)
    return found


def _says_enough(name: KnownName) -> bool:
    """Whether what documents abbreviate is long enough to be believed."""
    is_short = name.kind == "short form"
    short_form = name.phrase if is_short else name.meaning
    if sum(map(str.isalnum, short_form)) < _LEAST_LETTERS:
        return False
    return is_short or len(name.phrase.split()) >= _LEAST_WORDS


def _meant(phrase: str, names: Sequence[KnownName], question: str) -> list[str]:
    """The meanings to add."""
    if names[0].given:
        return [names[0].meaning]
    senses = _senses(names)
    if len(senses) == 1:
        return list(senses)
    words = stems(question) - stems(phrase)
    related = {meaning: len(words & stems(meaning)) for meaning in senses}
    closest = max(related, key=related.__getitem__)
    if related[closest]:
        return [closest]
    by_frequency = sorted(senses, key=senses.__getitem__, reverse=True)
    first = by_frequency[0]
    if senses[first] >= _CLEAR * sum(senses.values()):
        return [first]
    return by_frequency[:_MOST_SENSES]


def _senses(names: Sequence[KnownName]) -> dict[str, int]:
    """How many documents mean each meaning.

    "Odds ratios" and "odds-ratio" are one meaning, under the spelling that comes first.
    """
    senses: dict[str, int] = {}
    written: dict[str, str] = {}
    for name in names:
        key = name.meaning
        if name.kind == "short form":
            key = re.sub(r"s\b|[\W_]", "", name.meaning.lower())
        meaning = written.setdefault(key, name.meaning)
        senses[meaning] = senses.get(meaning, 0) + max(name.documents, 1)
    return senses


def _has(text: str, phrase: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE))
