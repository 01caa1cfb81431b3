"""The question cleaned, and made to stand alone where it follows others."""

import re
import unicodedata
from collections.abc import Sequence

from hamilton.function_modifiers import config, tag

from headrace.errors import QuestionError
from headrace.text.visible import visible
from headrace.types import Change, QuestionAnalysis, RewrittenQuery


@tag(stage="query expansion")
def normalized_query(question: str, max_question_characters: int = 4000) -> str:
    """The question in Unicode NFC, without control and zero-width characters, white space folded.

    Raises QuestionError when nothing is left, or more than `max_question_characters` characters.
    Example: "What\\u200b is  RRF?\\n" -> "What is RRF?".
    """
    text = visible(unicodedata.normalize("NFC", question.encode("utf-8", "replace").decode()))
    text = re.sub(r"\s+", " ", text).strip()
    if not any(character.isalnum() for character in text):
        raise QuestionError("the question is empty: ask in at least one word")
    if len(text) > max_question_characters:
        raise QuestionError(
            f"the question has {len(text):,} characters, more than {max_question_characters:,}: shorten it, or raise HEADRACE_MAX_QUESTION_CHARACTERS"
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
    return RewrittenQuery(
        text,
        (Change("follow-up", normalized_query, text, "the question leans on the turn before it"),),
    )


@config.when(conversation="llm")
@tag(stage="query expansion")
def standalone_query__llm(
    normalized_query: str, question_analysis: QuestionAnalysis, history: Sequence[str] = ()
) -> RewrittenQuery:
    """The question as the language model made it stand alone, where there are turns before it; without an analysis, as the rules do."""
    if question_analysis.note:
        return standalone_query__rules(normalized_query, history)
    text = question_analysis.standalone
    if not any(turn.strip() for turn in history) or not text or text == normalized_query:
        return RewrittenQuery(normalized_query)
    return RewrittenQuery(
        text,
        (Change("follow-up", normalized_query, text, "made to stand alone by the language model"),),
    )


_REFERS_BACK = re.compile(
    r"\b(it|its|they|them|their|theirs|he|she|him|her|his|that|those|these|this one|the same|there)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^(and|but|or|also|what about|how about|why not|really|so)\b", re.IGNORECASE
)


def _leans_back(question: str) -> bool:
    """Whether a question needs the turn before it: it refers back early on, continues, or is of three words at most."""
    opening = " ".join(question.split()[:8])
    return (
        bool(_REFERS_BACK.search(opening) or _CONTINUES.search(question))
        or len(question.split()) <= 3
    )
