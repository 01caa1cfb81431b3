"""Typos mended."""

import re

from hamilton.function_modifiers import config, tag

from headrace.question.likelihood import likeliest
from headrace.types import Change, Corpus, KnownWords, QuestionAnalysis, RewrittenQuery


@config.when(spelling="off")
@tag(stage="query expansion")
def corrected_query__off(standalone_query: RewrittenQuery) -> RewrittenQuery:
    """The question as it is."""
    return standalone_query


@config.when(spelling="rules")
@tag(stage="query expansion")
def corrected_query__rules(
    standalone_query: RewrittenQuery, known_words: KnownWords, corpus: Corpus
) -> RewrittenQuery:
    """Typos mended: words that neither the tenant's documents nor a general word list know, where another spelling is clearly likelier.

    Of the spellings that are few enough slips away, the one is taken that is most likely: frequent in the tenant's documents, or else in general
    text, and an easy slip (a noisy channel; `likelihood`).

    Example: "waranty" -> "warranty", with a change that says why.
    """
    text, changes = standalone_query.text, list(standalone_query.changes)
    for word, spellings in known_words.spellings.items():
        best = likeliest(spellings, corpus.chunks)
        pattern = rf"\b{re.escape(best.typed).replace(' ', '[ -]')}\b" if best else ""
        if best and (match := re.search(pattern, text, re.IGNORECASE)):
            meant = best.meant.capitalize() if match.group()[0].isupper() else best.meant
            text = re.sub(pattern, meant, text, flags=re.IGNORECASE)
            known = (
                f'{best.chunks:,} chunks have "{best.meant}"'
                if best.chunks
                else f'"{best.meant}" is a word, though none of them has it'
            )
            changes.append(
                Change("typo", match.group(), best.meant, f'no document has "{word}", and {known}')
            )
    return RewrittenQuery(text, tuple(changes))


@config.when(spelling="llm")
@tag(stage="query expansion")
def corrected_query__llm(
    standalone_query: RewrittenQuery,
    question_analysis: QuestionAnalysis,
    known_words: KnownWords,
    corpus: Corpus,
) -> RewrittenQuery:
    """The typos that the language model found mended, of the words that `known_words` asked for and no document has: names, codes, numbers and what
    is quoted stay as typed. Without an analysis, as the rules do."""
    if question_analysis.note:
        return corrected_query__rules(standalone_query, known_words, corpus)
    text, changes = standalone_query.text, list(standalone_query.changes)
    for typed, meant in question_analysis.typos:
        match = (
            re.search(rf"(?<!\w){re.escape(typed)}(?!\w)", text, re.IGNORECASE)
            if typed.strip() and meant.strip()
            else None
        )
        if (
            match
            and typed.lower() != meant.lower()
            and known_words.chunks.get(typed.lower(), 1) <= 0
        ):
            text = f"{text[: match.start()]}{meant}{text[match.end() :]}"
            changes.append(
                Change(
                    "typo",
                    match.group(),
                    meant,
                    "the language model took it for a typo, and no document has it",
                )
            )
    return RewrittenQuery(text, tuple(changes))
