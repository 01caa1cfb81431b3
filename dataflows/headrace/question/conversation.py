"""The question cleaned, told from a greeting or thanks, and made to stand alone."""

import re
import unicodedata
from collections.abc import Sequence
from typing import cast

from hamilton.function_modifiers import config, tag

from headrace.errors import QuestionError
from headrace.text.asking.courtesies import courtesy_in, without_courtesy
from headrace.text.asking.following import following, topic_of
from headrace.text.asking.languages import language_of
from headrace.text.asking.pasted import excerpt
from headrace.text.terms import read_syntax
from headrace.text.visible import visible
from headrace.types import Change, Courtesy, QuestionAnalysis, RewrittenQuery, TenantFacts
from headrace.types.questions import CourtesyKind

_MOST_EXCLUDED = 32


@tag(stage="query expansion")
def normalized_query(question: str, max_question_characters: int = 16_000) -> str:
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


@config.when(understanding="off")
@tag(stage="query expansion")
def courtesy__off() -> Courtesy:
    """No courtesy: everything is searched for."""
    return Courtesy()


@config.when_in(understanding=["rules", "llm"])
@tag(stage="query expansion")
def courtesy__rules(normalized_query: str) -> Courtesy:
    """The greeting or thanks that was said instead of a question; mostly none.

    Nothing is then searched for.
    Example: "Thanks for your help!" -> thanks, in English.
    """
    kind, language = courtesy_in(normalized_query)
    return Courtesy(cast(CourtesyKind, kind), language) if kind else Courtesy()


@tag(stage="query expansion")
def question_language(
    normalized_query: str, tenant_facts: TenantFacts, history: Sequence[str] = ()
) -> str:
    """The language that the question is asked in, as PostgreSQL names it.

    Of two equally likely languages, it is the one that documents are in. A question
    that is too short to tell has the language of the user's earlier turns. "" if they
    do not tell it either.

    Example: "Wie lange dauert die Elternzeit?" -> "german".
    """
    language = language_of(normalized_query, tenant_facts.languages)
    if language or not history:
        return language
    asked = " ".join([*list(history)[::2], normalized_query])
    return language_of(asked, tenant_facts.languages)


@config.when(understanding="off")
@tag(stage="query expansion")
def searched_query__off(normalized_query: str) -> str:
    """The whole question."""
    return normalized_query


@config.when_in(understanding=["rules", "llm"])
@tag(stage="query expansion")
def searched_query__excerpt(question: str, normalized_query: str) -> str:
    """The part of the question to search for: all of it, unless it is long or pasted.

    A greeting or thanks before it is left out. What is kept of a log, a stack trace or
    a long question: `text.asking.pasted.excerpt`.
    """
    text = unicodedata.normalize("NFC", question.encode("utf-8", "replace").decode())
    found = without_courtesy(excerpt("\n".join(map(visible, text.splitlines()))))
    return found if any(map(str.isalnum, found)) else normalized_query


@config.when(conversation="off")
@tag(stage="query expansion")
def standalone_query__off(searched_query: str) -> RewrittenQuery:
    """The question as it is."""
    return RewrittenQuery(searched_query)


@config.when(conversation="rules")
@tag(stage="query expansion")
def standalone_query__rules(searched_query: str, history: Sequence[str] = ()) -> RewrittenQuery:
    """The question, completed from earlier turns if it depends on them.

    A fragment asks the question before it about something else: after "What is the
    allowance in Norway?", "And in Finland?" is "What is the allowance in Finland?". A
    question that refers back gets the words of the topic before it. How both are
    recognised: `text.asking.following`.

    Args:
        history: earlier turns, oldest first; the user's and the assistant's alternate,
            and the first is the user's.
    Example: history ["Who wrote Hamlet?", "Shakespeare [1]"], "When was it written?" ->
        "wrote Hamlet Shakespeare when was it written?".
    """
    return _by_rules(searched_query, history)


@config.when(conversation="llm")
@tag(stage="query expansion")
def standalone_by_rules(searched_query: str, history: Sequence[str] = ()) -> RewrittenQuery:
    """The question made to stand alone by rules, used when the language model fails."""
    return _by_rules(searched_query, history)


@config.when(conversation="llm")
@tag(stage="query expansion")
def standalone_query__llm(
    searched_query: str,
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
    if not has_history or not text or text == searched_query:
        return RewrittenQuery(searched_query)
    reason = "made to stand alone by the language model"
    return RewrittenQuery(text, (Change("follow-up", searched_query, text, reason),))


@config.when(conversation="off")
@tag(stage="query expansion")
def topic__off() -> list[str]:
    """No words: the turns before the question are not read."""
    return []


@config.when_in(conversation=["rules", "llm"])
@tag(stage="query expansion")
def topic__turns(standalone_query: RewrittenQuery, history: Sequence[str] = ()) -> list[str]:
    """What earlier turns were about, if the question does not depend on them.

    It may still have the same topic: "Where do I apply?" The words are from the user's
    latest questions, as written. A question that was made to stand alone has them
    already, so the list is empty.
    """
    asked = _asked(history)
    return [] if standalone_query.changes or not asked else topic_of(asked)


def _by_rules(question: str, history: Sequence[str]) -> RewrittenQuery:
    text = following(question, _asked(history), _last_answer(history)).text
    if text == question:
        return RewrittenQuery(question)
    reason = "the question leans on the turns before it"
    return RewrittenQuery(text, (Change("follow-up", question, text, reason),))


def _asked(history: Sequence[str]) -> list[str]:
    """The user's questions among the turns, with single spaces; without greetings."""
    asked = [without_courtesy(" ".join(turn.split())) for turn in list(history)[::2]]
    return [question for question in asked if question and not courtesy_in(question)[0]]


def _last_answer(history: Sequence[str]) -> str:
    """What the user's last question was answered with; "" for none."""
    turns = list(history)
    for question, answer in reversed(list(zip(turns[::2], turns[1::2], strict=False))):
        if not courtesy_in(question)[0]:
            return answer
    return ""
