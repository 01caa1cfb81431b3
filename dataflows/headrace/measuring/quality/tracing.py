"""Runs the graph for labelled questions, and keeps what each leaves behind."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from headrace.errors import raise_interruption
from headrace.execution.recording import Recording
from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.measuring.quality.labelled.spans import Span
from headrace.measuring.quality.rankings import CONTEXT, DEPTH, FOUND, PASSED, Rankings
from headrace.measuring.quality.traces import Quotation, Trace
from headrace.measuring.quality.understood import found_understanding
from headrace.pipeline import Pipeline
from headrace.search.fusion import fused_hits__convex
from headrace.types import Answer, Context, Hit, SubQuery

_MOST_CANDIDATES = 1000
_UNDERSTANDING = ("standalone_query", "corrected_query", "query_filters", "question_kind")
#: What rules know beside it.
_RULES = ("tenant_facts", "known_words")
#: Given to a second search: reading the question again may cost money.
_READ_ONCE = ("sub_queries", "query_filters", "question_kind")


class Tracer:
    """Runs the graph once for each question of a tenant.

    Args:
        documents: how many the tenant holds. Without any, a question is understood and
            nothing is searched for.
        answers: whether the graph runs to its end, or to the context.
    """

    def __init__(self, rag: Pipeline, tenant: str, *, documents: int, answers: bool):
        self._rag = rag
        self._tenant = tenant
        self._documents = documents
        self._rankings = Rankings.of(rag.driver)
        self._understanding = [*_UNDERSTANDING]
        if rag.settings.understanding != "off":
            self._understanding += _RULES
        rankings = self._rankings
        hits = dict.fromkeys((*rankings.of_hits, rankings.whole_order, FOUND, PASSED))
        self._wanted = [*self._understanding, *hits, CONTEXT, "sub_queries", "answerability"]
        if answers:
            self._wanted.append("answer")

    def trace(self, question: LabelledQuestion) -> Trace:
        """What the question left behind.

        A question that fails is a trace with an error. Where a ranking has fewer than
        `DEPTH` documents, the searches are repeated, untimed, with more candidates.
        """
        given = question.inputs() | {"tenant": self._tenant}
        try:
            if not self._documents:
                wanted = [*self._understanding, "sub_queries"]
                values, recording = self._rag.recorded_run(wanted, **given)
                understood = found_understanding(values)
                return Trace(question.query_id, understood=understood, **_times(recording))
            values, recording = self._rag.recorded_run(self._wanted, **given)
            rankings = self._deepened(given, values)
        except Exception as error:  # a failed question counts as zero, and is listed
            raise_interruption(error)
            return Trace(question.query_id, error=f"{type(error).__name__}: {error}")
        return self._trace(question, values, rankings, recording)

    def _trace(
        self,
        question: LabelledQuestion,
        values: Mapping[str, Any],
        rankings: Mapping[str, tuple[str, ...]],
        recording: Recording,
    ) -> Trace:
        context: Context = values[CONTEXT]
        found: list[Hit] = []
        for name in (*self._rankings.searches, FOUND):
            found += values[name]
        in_context = _distinct(passage.document_id for passage in context.passages)
        return Trace(
            question.query_id,
            {**rankings, CONTEXT: in_context},
            understood=found_understanding(values),
            found=_documents(found),
            read=_documents(values[FOUND][: self._rag.settings.rerank_count]),
            passed=_documents(values[PASSED]),
            context=_context_spans(context),
            context_tokens=context.tokens,
            answerability=values["answerability"],
            **_times(recording),
            **_answer_parts(values.get("answer")),
        )

    def _ranked(self, values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        """The documents of each ranking node, best first."""
        rankings = {}
        for name in self._rankings.of_hits:
            hits = values[name]
            if name == PASSED:
                hits = self._with_the_rest(values)
            if name in self._rankings.searches:
                hits = _merged(hits, values["sub_queries"])
            rankings[name] = _documents(hits)
        return rankings

    def _with_the_rest(self, values: Mapping[str, Any]) -> list[Hit]:
        """What `reranked_hits` passes on, as far as it reorders, then the rest."""
        whole = values[self._rankings.whole_order]
        return [*values[PASSED], *whole] if self._rankings.is_reordered else whole

    def _deepened(
        self, given: Mapping[str, Any], values: Mapping[str, Any]
    ) -> dict[str, tuple[str, ...]]:
        """The rankings, continued by what is found with more candidates.

        That is done while one of them has fewer than `DEPTH` documents and there are
        more to be found. What comes after `linked_hits` is continued by these.
        """
        rankings = self._ranked(values)
        wanted = min(DEPTH, self._documents)
        candidates = self._rag.settings.candidate_count
        understood = {name: values[name] for name in _READ_ONCE}
        again = list(dict.fromkeys((*self._rankings.until_found, FOUND)))
        while (
            min(map(len, rankings.values())) < wanted
            and candidates < _MOST_CANDIDATES
            and self._most_found(values) >= candidates
        ):
            candidates = min(4 * candidates, _MOST_CANDIDATES)
            found = self._rag.run(again, **given, candidate_count=candidates, overrides=understood)
            after = dict.fromkeys((*self._rankings.of_hits, self._rankings.whole_order, PASSED))
            values = {**dict.fromkeys(after, found[FOUND]), **understood, **found}
            for name, deeper in self._ranked(values).items():
                rankings[name] = _distinct([*rankings[name], *deeper])
        return rankings

    def _most_found(self, values: Mapping[str, Sequence[Hit]]) -> int:
        """How many hits the longest list has, over all searches and sub-queries."""
        most = 0
        for name in self._rankings.searches:
            most = max(most, max((hit.rank for hit in values[name]), default=0))
        return most


def traced(
    rag: Pipeline, tenant: str, documents: int, answers: bool, question: LabelledQuestion
) -> Trace:
    """What a question left behind, as of a `Tracer`; one piece of an evaluation."""
    return _tracer(rag, tenant, documents, answers).trace(question)


@lru_cache(maxsize=8)
def _tracer(rag: Pipeline, tenant: str, documents: int, answers: bool) -> Tracer:
    return Tracer(rag, tenant, documents=documents, answers=answers)


def _merged(hits: list[Hit], sub_queries: Sequence[SubQuery]) -> list[Hit]:
    """The hits of one search for all sub-queries as one ranking, by weighted scores.

    Where no score is above 0, none can be weighted, and the order stays as it is.
    """
    if all(hit.score <= 0 for hit in hits):
        return hits
    return fused_hits__convex(hits, [], semantic_weight=1, sub_queries=sub_queries)


def _times(recording: Recording) -> dict[str, Any]:
    stages = sorted(recording.stages, key=lambda stage: stage.start_ms)
    return {
        "stages_ms": {stage.node: stage.ms for stage in stages},
        "total_ms": recording.total_ms,
    }


def _answer_parts(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    citations = []
    for citation in answer.citations:
        span = Span(citation.document_id, citation.start, citation.end)
        citations.append(Quotation(span, citation.quote))
    return {
        "answer": answer.text if answer.answered else "",
        "citations": tuple(citations),
        "usage": dict(answer.usage),
        "cost_usd": answer.cost_usd,
    }


def _context_spans(context: Context) -> tuple[Span, ...]:
    """Every sentence of the context, where it stands."""
    spans = []
    for passage in context.passages:
        for sentence in passage.sentences:
            spans.append(Span(passage.document_id, sentence.start, sentence.end))
    return tuple(spans)


def _documents(hits: Iterable[Hit]) -> tuple[str, ...]:
    return _distinct(hit.chunk.document_id for hit in hits)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
