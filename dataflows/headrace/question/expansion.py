"""Abbreviations and their long forms, each beside the other."""

import re
from collections.abc import Iterable, Sequence

from hamilton.function_modifiers import config, tag

from headrace.text.phrases import content_words
from headrace.types import Change, KnownName, QuestionAnalysis, RewrittenQuery

#: A sense that this share of the documents means is the one; of others, the two that most mean.
_CLEAR = 0.75
_MOST_SENSES = 2
#: A short form of one letter says too little, and so does a long form of one word: "patients" are called P somewhere.
_LEAST_LETTERS, _LEAST_WORDS = 2, 2


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
    """Abbreviations with their long form behind them, and long forms of several words with their abbreviation: from the given glossary first,
    else as the documents define them. An abbreviation that the question itself defines is left alone.

    Of several senses the one is meant that shares words with the question, else the one that three quarters of the documents mean, else the two
    that most mean.
    Example: glossary RRF = reciprocal rank fusion, "How does RRF score?" -> "How does RRF (reciprocal rank fusion) score?".
    """
    text, changes = corrected_query.text, list(corrected_query.changes)
    for phrase, names in _by_phrase(known_names).items():
        if names[0].kind == "short form" and re.search(rf"\(\s*{re.escape(phrase)}\s*\)", text):
            continue
        for meaning in _meant(phrase, names, corrected_query.text):
            written = re.search(
                rf"(?<!\w){re.escape(phrase)}(?!\w)",
                text,
                0 if names[0].kind == "short form" else re.IGNORECASE,
            )
            if written and not _has(text, meaning):
                text = f"{text[: written.end()]} ({meaning}){text[written.end() :]}"
                reason = (
                    "in the given glossary" if names[0].given else "defined so in the documents"
                )
                changes.append(Change("abbreviation", written.group(), meaning, reason))
    return RewrittenQuery(text, tuple(changes))


@config.when(expansion="llm")
@tag(stage="query expansion")
def expanded_query__llm(
    corrected_query: RewrittenQuery,
    known_names: list[KnownName],
    question_analysis: QuestionAnalysis,
) -> RewrittenQuery:
    """What the glossary and the documents define, as by rules; of other abbreviations, what the language model knows."""
    expanded = expanded_query__rules(corrected_query, known_names)
    text, changes = expanded.text, list(expanded.changes)
    done = {change.before.lower() for change in changes if change.kind == "abbreviation"}
    for term, meaning in question_analysis.expansions:
        written = (
            re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text)
            if term.strip() and meaning.strip()
            else None
        )
        if written and term.lower() not in done and not _has(text, meaning):
            text = f"{text[: written.end()]} ({meaning}){text[written.end() :]}"
            changes.append(Change("abbreviation", term, meaning, "so the language model says"))
    return RewrittenQuery(text, tuple(changes))


def _by_phrase(names: Iterable[KnownName]) -> dict[str, list[KnownName]]:
    """The abbreviations and long forms among the names, by phrase."""
    found: dict[str, list[KnownName]] = {}
    for name in names:
        if name.kind in ("short form", "long form") and (name.given or _says_enough(name)):
            found.setdefault(name.phrase, []).append(name)
    return found


def _says_enough(name: KnownName) -> bool:
    short_form = name.phrase if name.kind == "short form" else name.meaning
    return sum(map(str.isalnum, short_form)) >= _LEAST_LETTERS and (
        name.kind == "short form" or len(name.phrase.split()) >= _LEAST_WORDS
    )


def _meant(phrase: str, names: Sequence[KnownName], question: str) -> list[str]:
    """The meanings to add."""
    if names[0].given:
        return [names[0].meaning]
    senses = _senses(names)
    if len(senses) == 1:
        return list(senses)
    words = _stems(question) - _stems(phrase)
    related = {meaning: len(words & _stems(meaning)) for meaning in senses}
    closest = max(related.values())
    if closest:
        return [meaning for meaning in senses if related[meaning] == closest][:1]
    total = sum(senses.values())
    first = max(senses, key=senses.__getitem__)
    return (
        [first]
        if senses[first] >= _CLEAR * total
        else sorted(senses, key=senses.__getitem__, reverse=True)[:_MOST_SENSES]
    )


def _senses(names: Sequence[KnownName]) -> dict[str, int]:
    """Each meaning, as most documents write it, with how many documents mean it: "Odds ratios" and "odds-ratio" are one."""
    senses: dict[str, int] = {}
    written: dict[str, str] = {}
    for name in names:
        key = (
            re.sub(r"s\b|[\W_]", "", name.meaning.lower())
            if name.kind == "short form"
            else name.meaning
        )
        meaning = written.setdefault(key, name.meaning)
        senses[meaning] = senses.get(meaning, 0) + max(name.documents, 1)
    return senses


def _stems(text: str) -> set[str]:
    return {word[:6] for word in content_words(text)}


def _has(text: str, phrase: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE))
