"""Typos corrected."""

import re

from hamilton.function_modifiers import config, tag

from headrace.question.spellings.likelihood import likeliest
from headrace.types import (
    Change,
    KnownWords,
    QuestionAnalysis,
    RewrittenQuery,
    Spelling,
    TenantFacts,
)


@config.when(spelling="off")
@tag(stage="query expansion")
def corrected_query__off(standalone_query: RewrittenQuery) -> RewrittenQuery:
    """The question as it is."""
    return standalone_query


@config.when(spelling="rules")
@tag(stage="query expansion")
def corrected_query__rules(
    standalone_query: RewrittenQuery, known_words: KnownWords, tenant_facts: TenantFacts
) -> RewrittenQuery:
    """The question with its typos corrected.

    A typo is a word that neither the tenant's documents nor a general word list have,
    and that has a near spelling. The likeliest one replaces it: a frequent word of the
    documents, or else of general text, that is an easy slip away (`likelihood`).

    Example: "waranty" -> "warranty", with a change that says why.
    """
    return _corrected(standalone_query, known_words, tenant_facts)


@config.when(spelling="llm")
@tag(stage="query expansion")
def corrected_by_rules(
    standalone_query: RewrittenQuery, known_words: KnownWords, tenant_facts: TenantFacts
) -> RewrittenQuery:
    """The question corrected by rules, used when the language model fails."""
    return _corrected(standalone_query, known_words, tenant_facts)


@config.when(spelling="llm")
@tag(stage="query expansion")
def corrected_query__llm(
    standalone_query: RewrittenQuery,
    question_analysis: QuestionAnalysis,
    corrected_by_rules: RewrittenQuery,
    known_words: KnownWords,
) -> RewrittenQuery:
    """The question with the typos corrected that the language model found.

    Only words that `known_words` looked up and no document has are changed: names,
    codes, numbers and quoted words stay as typed. Without an analysis, it is the
    question corrected by rules.
    """
    if question_analysis.note is not None:
        return corrected_by_rules
    text = standalone_query.text
    changes = list(standalone_query.changes)
    reason = "the language model took it for a typo, and no document has it"
    for typed, meant in question_analysis.typos:
        if not _may_be_typo(typed, meant, known_words):
            continue
        match = re.search(rf"(?<!\w){re.escape(typed)}(?!\w)", text, re.IGNORECASE)
        if match:
            text = f"{text[: match.start()]}{meant}{text[match.end() :]}"
            changes.append(Change("typo", match.group(), meant, reason))
    return RewrittenQuery(text, tuple(changes))


def _may_be_typo(typed: str, meant: str, known_words: KnownWords) -> bool:
    """Whether a word was looked up, is in no document, and is not what was meant."""
    if not typed.strip() or not meant.strip() or typed.lower() == meant.lower():
        return False
    return known_words.chunks.get(typed.lower(), 1) <= 0


def _corrected(
    standalone_query: RewrittenQuery, known_words: KnownWords, tenant_facts: TenantFacts
) -> RewrittenQuery:
    text = standalone_query.text
    changes = list(standalone_query.changes)
    for word, spellings in known_words.spellings.items():
        best = likeliest(spellings, tenant_facts.chunks)
        if best is None:
            continue
        pattern = rf"\b{'[ -]'.join(map(re.escape, best.typed.split()))}\b"
        match = re.search(pattern, text, re.IGNORECASE)
        if match is None:
            continue
        meant = best.meant.capitalize() if match.group()[0].isupper() else best.meant
        text = re.sub(pattern, meant, text, flags=re.IGNORECASE)
        changes.append(Change("typo", match.group(), meant, _reason(word, best)))
    return RewrittenQuery(text, tuple(changes))


def _reason(word: str, best: Spelling) -> str:
    """Why a word is corrected, in words."""
    if best.chunks:
        having = "1 chunk has" if best.chunks == 1 else f"{best.chunks:,} chunks have"
        return f'no document has "{word}", and {having} "{best.meant}"'
    return f'no document has "{word}", and "{best.meant}" is a word'
