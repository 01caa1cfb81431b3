"""From a question to what is searched for: the nodes of `question/`, called in turn."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property

from headrace.measuring.speed.by_hand.clock import Clock
from headrace.metadata.filters import filters_of
from headrace.question import conversation, decomposition, expansion, filtering, knowledge, spelling
from headrace.settings import Settings
from headrace.types import (
    QueryFilters,
    QuestionKind,
    RewrittenQuery,
    SubQuery,
    TenantDatabase,
    TenantFacts,
    WordLists,
    leading,
)


@dataclass(frozen=True)
class Understood:
    """What is searched for.

    Attributes:
        question: as asked, cleaned.
        filters: of each query, as the search statements take them.
        reading: of the tenant's facts, which may still go on in another thread.
    """

    question: str
    queries: list[SubQuery]
    filters: list[str | None]
    kind: QuestionKind
    reading: Future[TenantFacts]

    @cached_property
    def facts(self) -> TenantFacts:
        """What the tenant holds; waited for until it is read."""
        return self.reading.result()

    @property
    def main(self) -> int:
        """The index of the leading query."""
        return leading(self.queries)


def cleaned(question: str, settings: Settings, clock: Clock) -> str:
    """The question without invisible characters, white space folded."""
    normalize = conversation.normalized_query
    limit = settings.max_question_characters
    return clock.timed("normalized_query", normalize, question, limit)


def read_facts(database: TenantDatabase, clock: Clock) -> TenantFacts:
    """What the tenant holds."""
    return clock.timed("tenant_facts", knowledge.tenant_facts, database)


def as_asked(question: str, reading: Future[TenantFacts]) -> Understood:
    """With understanding = off: the cleaned question is the only text."""
    queries = decomposition.sub_queries__off(RewrittenQuery(question))
    return _understood(question, queries, QueryFilters(), "simple", reading)


def by_rules(
    question: str,
    settings: Settings,
    database: TenantDatabase,
    word_lists: WordLists,
    clock: Clock,
    begin: Callable[[str], None],
) -> Understood:
    """With understanding = rules: every rule is applied to the cleaned question.

    Args:
        begin: told the text that is searched for in any case.
    """
    timed = clock.timed
    facts = read_facts(database, clock)
    timed("courtesy", conversation.courtesy__rules, question)
    language = timed("question_language", conversation.question_language, question, facts)
    searched = timed("searched_query", conversation.searched_query__excerpt, question, question)
    begin(searched)
    standalone = timed("standalone_query", conversation.standalone_query__rules, searched)
    topic = timed("topic", conversation.topic__turns, standalone)
    parts = (facts, database, word_lists)
    words = timed("known_words", knowledge.known_words, standalone, *parts, language)
    correct = spelling.corrected_query__rules
    corrected = timed("corrected_query", correct, standalone, words, facts)
    names = timed("known_names", knowledge.known_names, corrected, words, *parts)
    expanded = timed("expanded_query", expansion.expanded_query__rules, corrected, names)
    filters = timed(
        "query_filters",
        filtering.query_filters__rules,
        corrected,
        names,
        facts,
        database,
        fiscal_year_start=settings.fiscal_year_start,
    )
    split = decomposition.sub_queries__rules
    limit = settings.max_sub_queries
    spoken = {"question_language": language, "tenant_facts": facts}
    queries = timed("sub_queries", split, searched, expanded, filters, limit, topic, **spoken)
    kind = timed("question_kind", decomposition.question_kind__rules, expanded)
    reading: Future[TenantFacts] = Future()
    reading.set_result(facts)
    return _understood(question, queries, filters, kind, reading)


def _understood(
    question: str,
    queries: list[SubQuery],
    filters: QueryFilters,
    kind: QuestionKind,
    reading: Future[TenantFacts],
) -> Understood:
    of_queries = [filters_of(query, filters) for query in queries]
    return Understood(question, queries, of_queries, kind, reading)
