"""The question cleaned, and made to stand alone where it follows others."""

import re
import unicodedata
from collections.abc import Sequence

from hamilton.function_modifiers import config, tag

from headrace.errors import QuestionError
from headrace.text.terms import read_syntax
from headrace.text.visible import visible
from headrace.types import Change, QuestionAnalysis, RewrittenQuery

_REFERS_BACK = re.compile(
    r"\b(it|its|they|them|their|theirs|he|she|him|her|his|that|those|these|this one"
    r"|the same|there)\b",
    re.IGNORECASE,
)
#: A pronoun only counts among this many words at the beginning of a question.
_OPENING_WORDS = 8
_CONTINUES = re.compile(
    r"^(and|but|or|also|what about|how about|why not|really|so)\b", re.IGNORECASE
)
#: A question of up to this many words needs the turn before it.
_FEW_WORDS = 3
_MOST_EXCLUDED = 32


@tag(stage="query expansion")
def normalized_query(question: str, max_question_characters: int = 4000) -> str:
    """The question in Unicode NFC, without invisible characters, white space folded.

    Raises QuestionError when no letter or digit is left, when more than
    `max_question_characters` characters are, and when the question excludes more than
    32 words and phrases.
    Example: "What\\u200b is  RRF?\\n" -> "What is RRF?".
    """
    text = visible(unicodedata.normalize("NFC", question.encode("utf-8", "replace").decode()))
    text = re.sub(r"\s+", " ", text).strip()
    if not any(character.isalnum() for character in text):
        raise QuestionError("the question is empty: ask in at least one word")
    if len(text) > max_question_characters:
        raise QuestionError(
            f"the question has {len(text):,} characters, more than {max_question_characters:,}: "
            "shorten it, or raise HEADRACE_MAX_QUESTION_CHARACTERS"
        )
    excluded = len(read_syntax(text).excluded)
    if excluded > _MOST_EXCLUDED:
        raise QuestionError(
            f"the question excludes {excluded} words and phrases, more than {_MOST_EXCLUDED}: "
            "leave some out"
        )
    return text


@config.when(conversation="off")
@tag(stage="query expansion")
def standalone_query__off(normalized_query: str) -> RewrittenQuery:
    """The question as it is."""
    return RewrittenQuery(normalized_query)


@config.when(conversation="rules")
@tag(stage="query expansion")
def standalone_query__rules(normalized_query: str, history: Sequence[str] = ()) -> RewrittenQuery:
    """The question, with the user's previous one before it if it leans on that.

    A question leans on the turn before it when a pronoun near its beginning refers
    back, when it begins like a continuation ("and", "what about"), or when it has three
    words at most.

    Args:
        history: earlier turns, oldest first; the user's and the assistant's alternate,
            and the first is the user's.
    Example: history ["Who wrote Hamlet?", "Shakespeare [1]"], "When was it written?" ->
        "Who wrote Hamlet? When was it written?".
    """
    return _after_previous_question(normalized_query, history)


@config.when(conversation="llm")
@tag(stage="query expansion")
def standalone_by_rules(normalized_query: str, history: Sequence[str] = ()) -> RewrittenQuery:
    """The question made to stand alone by rules, used when the language model fails."""
    return _after_previous_question(normalized_query, history)


@config.when(conversation="llm")
@tag(stage="query expansion")
def standalone_query__llm(
    normalized_query: str,
    question_analysis: QuestionAnalysis,
    standalone_by_rules: RewrittenQuery,
    history: Sequence[str] = (),
) -> RewrittenQuery:
    """The question as the language model made it stand alone.

    Without earlier turns, it is unchanged. Without an analysis, it is what the rules
    make of it.
    """
    if question_analysis.note is not None:
        return standalone_by_rules
    text = question_analysis.standalone
    has_history = any(turn.strip() for turn in history)
    if not has_history or not text or text == normalized_query:
        return RewrittenQuery(normalized_query)
    reason = "made to stand alone by the language model"
    return RewrittenQuery(text, (Change("follow-up", normalized_query, text, reason),))


def _after_previous_question(question: str, history: Sequence[str]) -> RewrittenQuery:
    asked = [turn.strip() for turn in list(history)[::2] if turn.strip()]
    if not asked or not _leans_back(question):
        return RewrittenQuery(question)
    text = f"{asked[-1]} {question}"
    reason = "the question leans on the turn before it"
    return RewrittenQuery(text, (Change("follow-up", question, text, reason),))


def _leans_back(question: str) -> bool:
    """Whether a question needs the turn before it."""
    words = question.split()
    opening = " ".join(words[:_OPENING_WORDS])
    if _REFERS_BACK.search(opening) or _CONTINUES.search(question):
        return True
    return len(words) <= _FEW_WORDS
