"""The floor under the dataflow's time: the same retrieval written by hand, for one recipe, without Hamilton, nodes, pool or hit objects.

It sends the same SQL as the same login over two connections of its own, in the same number of round trips, runs the same ONNX model, searches
by meaning and by words at the same time in two threads, and fuses in dictionaries: what the dataflow returns, it returns too (a test, and every
benchmark, compares them). The rules that understand a question, and what packs the context, are called as the plain functions they are.
What the dataflow takes longer is the price of its graph: names, types, replaceable and timed stages.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
import psycopg

from headrace.context.packing import context__evidence
from headrace.metadata.filters import filters_of
from headrace.pipeline import Pipeline
from headrace.question import conversation, decomposition, expansion, filtering, knowledge, spelling
from headrace.rerank.placing import placed
from headrace.resources.postgres.arrays import register_arrays
from headrace.resources.postgres.database import PLANS_FOR_VALUES, PostgresDatabase, setting_tenant
from headrace.resources.postgres.statements import has_one_plan
from headrace.search import bm25
from headrace.settings import Settings
from headrace.text.terms import searched
from headrace.text.titles import names_in
from headrace.types import Chunk, TenantFacts, Hit, QueryFilters, RewrittenQuery, SubQuery, leading

#: Columns of a hit, as the statements return them.
_ID, _DOCUMENT, _TITLE, _SOURCE, _TEXT, _START, _END, _ORDINAL, _PAGE, _SCORE = range(10)


@dataclass
class Found:
    """What one question found: the chunks of the context, best first, the context, and how long each stage took."""

    chunk_ids: list[int] = field(default_factory=list)
    text: str = ""
    tokens: int = 0
    stages: dict[str, float] = field(default_factory=dict)

    @property
    def result(self) -> tuple[list[int], str, int]:
        """What was found, without how long it took."""
        return self.chunk_ids, self.text, self.tokens


class Floor:
    """Answers questions up to the context, one at a time; every thread needs one of its own. Close it, or use it in a `with`."""

    def __init__(self, rag: Pipeline, tenant: str):
        self._settings, self._encoder, self._counter, self._tenant = (
            rag.settings,
            rag.encoder,
            rag.token_counter,
            tenant,
        )
        self._word_lists = rag.word_lists
        resource = {"cross_encoder": "reranker", "late_interaction": "late_interaction"}.get(
            rag.settings.reranking
        )
        self._reranker = getattr(rag, resource) if resource else None
        self._here, self._there = _Connection(rag.database), _Connection(rag.database)
        self._thread = ThreadPoolExecutor(1)
        self._stages: dict[str, float] = {}

    def close(self) -> None:
        self._thread.shutdown()
        self._here.close()
        self._there.close()

    def __enter__(self) -> "Floor":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def ask(self, question: str) -> Found:
        """What the node `context` holds for this question, with the stages under their nodes' names."""
        self._stages = {}
        queries, filters, kind, corpus = self._understood(question)
        conditions = [filters_of(query, filters) for query in queries]
        by_words = self._thread.submit(self._keyword, queries, conditions, corpus)
        vectors = self._timed("query_embeddings", self._embedded, [query.text for query in queries])
        semantic = self._timed(
            "semantic_hits", self._semantic, queries, vectors, conditions, corpus.result()
        )
        streams = [*semantic, *by_words.result()]
        rows, scores = self._timed("fused_hits", self._fused, streams, queries)
        hop = self._linked if kind != "simple" and self._settings.hop == "on" else _unlinked
        rows, scores = self._timed(
            "linked_hits", hop, rows, scores, queries, vectors, conditions, corpus.result()
        )
        rows, scores = self._timed("passage_hits", self._placed, rows, scores, queries)
        logits = self._timed("rerank_scores", self._reranked, queries[0].text, rows)
        order = self._timed(
            "ranked_hits", _blended, rows, scores, logits, self._settings.rerank_weight
        )
        best = self._timed("reranked_hits", self._best, order, queries, streams)
        text, tokens = self._timed("context", self._context, best, order, queries)
        return Found([row[_ID] for row, _ in best], text, tokens, self._stages)

    def found(self, question: str) -> tuple[list[int], str, int]:
        """As `ask`, without the times."""
        return self.ask(question).result

    def _timed(self, stage: str, function: Callable, *arguments: Any) -> Any:
        began = perf_counter()
        result = function(*arguments)
        self._stages[stage] = (perf_counter() - began) * 1000
        return result

    def _understood(
        self, question: str
    ) -> tuple[list[SubQuery], QueryFilters, str, Future[TenantFacts]]:
        """What is searched for, and the question's kind; without rules the embedding need not wait for the corpus, which is then read in the
        other thread.
        """
        settings, timed, asked = self._settings, self._timed, (self._here, self._tenant)
        normalized = timed(
            "normalized_query",
            conversation.normalized_query,
            question,
            settings.max_question_characters,
        )
        if settings.understanding == "off":
            reading = self._thread.submit(
                timed, "tenant_facts", knowledge.corpus, self._there, self._tenant
            )
            return (
                decomposition.sub_queries__off(RewrittenQuery(normalized)),
                QueryFilters(),
                "simple",
                reading,
            )
        corpus = timed("tenant_facts", knowledge.corpus, *asked)
        standalone = timed("standalone_query", conversation.standalone_query__rules, normalized)
        words = timed(
            "known_words", knowledge.known_words, standalone, corpus, *asked, self._word_lists
        )
        corrected = timed(
            "corrected_query", spelling.corrected_query__rules, standalone, words, corpus
        )
        names = timed("known_names", knowledge.known_names, corrected, corpus, *asked)
        expanded = timed("expanded_query", expansion.expanded_query__rules, corrected, names)
        filters = timed(
            "query_filters", filtering.query_filters__rules, corrected, names, corpus, *asked
        )
        queries = timed(
            "sub_queries",
            decomposition.sub_queries__rules,
            normalized,
            expanded,
            filters,
            settings.max_sub_queries,
        )
        return (
            queries,
            filters,
            timed("question_kind", decomposition.question_kind__rules, expanded),
            _ready(corpus),
        )

    def _embedded(self, texts: list[str]) -> np.ndarray:
        distinct = list(dict.fromkeys(texts))
        return self._encoder.encode(distinct)[[distinct.index(text) for text in texts]]

    def _semantic(
        self,
        queries: list[SubQuery],
        vectors: np.ndarray,
        filters: list[str | None],
        corpus: TenantFacts,
    ) -> list[list[tuple]]:
        top_k = self._settings.candidate_count
        asked = [
            {
                "query_embedding": vector,
                "excluded": bm25.excluded_phrases(query),
                "filters": conditions,
                "languages": list(corpus.languages),
                "top_k": top_k,
            }
            for query, vector, conditions in zip(queries, vectors, filters, strict=True)
        ]
        exact = {conditions: self._is_exact(conditions, corpus) for conditions in set(filters)}
        found: list[list[tuple]] = [[] for _ in asked]
        for statement, wanted in (("semantic_hits_exact", True), ("semantic_hits_index", False)):
            numbers = [
                number for number, conditions in enumerate(filters) if exact[conditions] is wanted
            ]
            if numbers:
                for number, rows in zip(
                    numbers,
                    self._here.query_each(self._tenant, statement, [asked[n] for n in numbers]),
                    strict=True,
                ):
                    found[number] = rows
        for number, rows in enumerate(found):
            if not exact[filters[number]] and len(rows) < top_k:  # the index gave up
                found[number] = self._here.query(self._tenant, "semantic_hits_exact", asked[number])
        return found

    def _is_exact(self, filters: str | None, corpus: TenantFacts) -> bool:
        limit = self._settings.exact_search_chunks
        if not corpus.indexed or corpus.chunks <= limit or filters is None:
            return not corpus.indexed or corpus.chunks <= limit
        ((_, chunks),) = self._here.query(
            self._tenant, "filtered_chunks", {"filters": filters, "count_limit": limit + 1}
        )
        return chunks <= limit

    def _keyword(
        self, queries: list[SubQuery], filters: list[str | None], corpus: Future[TenantFacts]
    ) -> list[list[tuple]]:
        languages, top_k = list(corpus.result().languages), self._settings.candidate_count
        if self._settings.keyword == "bm25":
            return self._timed(
                "keyword_hits",
                self._there.read,
                self._tenant,
                lambda reader: bm25.search(reader, queries, languages, filters, top_k),
            )
        asked = [
            {
                "query": searched(query.text),
                "excluded": bm25.excluded_phrases(query),
                "filters": conditions,
                "languages": languages,
                "top_k": top_k,
            }
            for query, conditions in zip(queries, filters, strict=True)
        ]
        return self._timed(
            "keyword_hits", self._there.query_each, self._tenant, "keyword_hits_ts_rank", asked
        )

    def _fused(
        self, streams: list[list[tuple]], queries: list[SubQuery]
    ) -> tuple[list[tuple], list[float]]:
        """The distinct rows of all streams, best first, and their scores."""
        weights = [query.weight for query in queries]
        if self._settings.fusion == "rrf":
            scores = _reciprocal(
                ([row[_ID] for row in stream] for stream in streams),
                self._settings.rrf_k,
                weights * 2,
            )
        else:
            scores = _convex(streams, weights, leading(queries), self._settings)
        rows = {row[_ID]: row for stream in streams for row in stream}
        order = _by_score(scores)
        return [rows[chunk_id] for chunk_id in order], [scores[chunk_id] for chunk_id in order]

    def _linked(
        self,
        rows: list[tuple],
        scores: list[float],
        queries: list[SubQuery],
        vectors: np.ndarray,
        filters: list[str | None],
        corpus: TenantFacts,
    ) -> tuple[list[tuple], list[float]]:
        """The rows with those of the documents that the best four of them name."""
        naming: dict[str, tuple[tuple, float]] = {}
        for row, score in zip(rows, scores, strict=True):
            naming.setdefault(row[_DOCUMENT], (row, score))
            if len(naming) == 4:
                break
        names = {document: names_in(row[_TEXT]) for document, (row, _) in naming.items()}
        main = leading(queries)
        asked = {
            "names": sorted({name for found in names.values() for name in found}),
            "query_embedding": vectors[main],
            "filters": filters[main],
            "excluded": bm25.excluded_phrases(queries[main]),
            "languages": list(corpus.languages),
        }
        linked = self._here.query(self._tenant, "linked_hits", asked) if asked["names"] else []
        found, best = (
            {row[_ID]: row for row in rows},
            dict(zip((row[_ID] for row in rows), scores, strict=True)),
        )
        for document, (_, score) in naming.items():
            of_this = {
                row[1]: row[1:]
                for row in linked
                if row[0] in names[document] and row[2] != document
            }
            for chunk_id, row in of_this.items() if len(of_this) <= 6 else ():
                found.setdefault(chunk_id, (*row, 0.0))
                best[chunk_id] = max(best.get(chunk_id, 0.0), 0.85 * score)
        order = _by_score(best)
        return [found[chunk_id] for chunk_id in order], [best[chunk_id] for chunk_id in order]

    def _placed(
        self, rows: list[tuple], scores: list[float], queries: list[SubQuery]
    ) -> tuple[list[tuple], list[float]]:
        """The rows, each document's in the order of their sentences; the scores are those of the places."""
        if self._settings.passages == "fused":
            return rows, scores
        main, texts = queries[leading(queries)].text, [row[_TEXT] for row in rows]
        order = placed(
            [row[_DOCUMENT] for row in rows], scores, texts, main, self._settings.answer_passages
        )
        return [rows[index] for index in order], scores

    def _reranked(self, question: str, rows: list[tuple]) -> np.ndarray:
        if self._reranker is None or not rows:
            return np.empty(0)
        texts = [
            f"{row[_TITLE]}\n{row[_TEXT]}" if row[_TITLE] else row[_TEXT]
            for row in rows[: self._settings.rerank_count]
        ]
        return self._reranker.score(question, texts, self._settings.rerank_deadline_s)

    def _best(
        self, order: list[tuple[tuple, float]], queries: list[SubQuery], streams: list[list[tuple]]
    ) -> list[tuple[tuple, float]]:
        """The rows for the context with their scores: the best, and that of each sub-question among them."""
        leaders = [
            _leader(order, (streams[number], streams[number + len(queries)]))
            for number, query in enumerate(queries)
            if query.role == "sub-question" and order
        ]
        kept = set(
            list(dict.fromkeys([*leaders, *(row[_ID] for row, _ in order)]))[
                : self._settings.answer_passages
            ]
        )
        return [(row, score) for row, score in order if row[_ID] in kept]

    def _context(
        self,
        best: list[tuple[tuple, float]],
        order: list[tuple[tuple, float]],
        queries: list[SubQuery],
    ) -> tuple[str, int]:
        hits, ranked = (
            [Hit(Chunk(*row[:9]), score) for row, score in pairs] for pairs in (best, order)
        )
        made = context__evidence(
            hits,
            ranked,
            queries,
            self._counter,
            self._settings.token_budget,
            self._settings.duplicates,
        )
        return made.text, made.tokens


class _Connection:
    """One connection, as the application's login; what the understanding rules need of a database."""

    def __init__(self, database: PostgresDatabase):
        self.fingerprint, self._text = database.fingerprint, database.text
        self._connection = psycopg.connect(database.uri, options=database.options, autocommit=True)
        register_arrays(self._connection)

    def query(
        self, tenant: str, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> list[tuple]:
        return self.query_each(tenant, statement, [parameters or {}])[0]

    def query_each(
        self, tenant: str, statement: str, parameters: Iterable[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        """BEGIN, the tenant, the statements and COMMIT in one round trip."""
        text = self._text(statement)
        with self._connection.pipeline():
            self._connection.execute("BEGIN")
            self._connection.execute(setting_tenant(tenant), prepare=False)
            if not has_one_plan(statement):
                self._connection.execute(PLANS_FOR_VALUES)
            cursors = [
                self._connection.execute(text, {**values, "tenant_id": tenant})
                for values in parameters
            ]
            self._connection.execute("COMMIT")
        return [cursor.fetchall() for cursor in cursors]

    def read(self, tenant: str, work: Callable[[Any], Any]) -> Any:
        """What `work` makes of what it reads, all of one moment."""
        with self._connection.pipeline():
            self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._connection.execute(setting_tenant(tenant), prepare=False)
            result = work(_Reader(self._connection, tenant, self._text))
            self._connection.execute("COMMIT")
        return result

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True)
class _Reader:
    """What keyword search reads through."""

    connection: psycopg.Connection
    tenant: str
    text: Callable[[str], str]

    def query(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple]:
        if not has_one_plan(statement):
            self.connection.execute(PLANS_FOR_VALUES)
        return self.connection.execute(
            self.text(statement), {**parameters, "tenant_id": self.tenant}, binary=True
        ).fetchall()


def _unlinked(
    rows: list[tuple], scores: list[float], *_: object
) -> tuple[list[tuple], list[float]]:
    return rows, scores


def _ready(corpus: TenantFacts) -> Future[TenantFacts]:
    future: Future[TenantFacts] = Future()
    future.set_result(corpus)
    return future


def _reciprocal(
    rankings: Iterable[Iterable[int]], rrf_k: int, weights: Iterable[float]
) -> dict[int, float]:
    scores: dict[int, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, chunk_id in enumerate(ranking, start=1):
            scores[chunk_id] = scores.get(chunk_id, 0.0) + weight / (rrf_k + rank)
    return scores


def _convex(
    streams: list[list[tuple]], weights: list[float], main: int, settings: Settings
) -> dict[int, float]:
    """Each sub-query's two searches by the weighted sum of their scores, brought to 1 at best, in the one at `main` with the coverage of the query's
    words; the sub-queries by the weighted sum of these.
    """
    summed: dict[int, float] = {}
    for number, weight in enumerate(weights):
        semantic, keyword = streams[number], streams[len(weights) + number]
        share, nearest = (
            settings.semantic_weight,
            max(semantic[0][_SCORE], 0.0) if semantic else 0.0,
        )
        if nearest < settings.near_cosine and share < 1:
            share = share * nearest / settings.near_cosine
        scaled, unfound = [], 0.0
        covering = settings.coverage_weight * (1 - share) * weight if number == main else 0.0
        for part, stream in ((share * weight, semantic), ((1 - share) * weight, keyword)):
            factor = part / stream[0][_SCORE] if stream and stream[0][_SCORE] > 0 else 0.0
            least = (
                0.7 * factor * max(stream[-1][_SCORE], 0.0)
                if len(stream) >= settings.candidate_count
                else 0.0
            )
            scaled.append((stream, factor, least))
            unfound += least
        seen: set[int] = set()
        for stream, factor, least in scaled:
            for row in stream:
                start = 0.0 if row[_ID] in seen else unfound
                covered = row[_SCORE + 1] * covering if len(row) > _SCORE + 1 else 0.0
                summed[row[_ID]] = (
                    summed.get(row[_ID], 0.0)
                    + start
                    + (row[_SCORE] * factor if row[_SCORE] > 0 else 0.0)
                    - least
                    + covered
                )
            seen.update(row[_ID] for row in stream)
    return summed


def _by_score(scores: dict[int, float]) -> list[int]:
    return sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))


def _blended(
    rows: list[tuple], scores: list[float], logits: np.ndarray, weight: float
) -> list[tuple[tuple, float]]:
    fused = list(zip(rows, scores, strict=True))
    scored = np.flatnonzero(~np.isnan(logits))
    if not len(scored):
        return fused
    blend = weight * _unit(1 / (1 + np.exp(-logits[scored].astype(np.float64)))) + (
        1 - weight
    ) * _unit(np.array(scores)[scored])
    first, read = (
        [(rows[scored[index]], blend[index]) for index in np.argsort(-blend, kind="stable")],
        set(scored.tolist()),
    )
    return first + [pair for number, pair in enumerate(fused) if number not in read]


def _unit(values: np.ndarray) -> np.ndarray:
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread else np.ones(len(values))


def _leader(order: list[tuple[tuple, float]], streams: tuple[list[tuple], list[tuple]]) -> int:
    """The chunk that a sub-question's two searches rank highest together."""
    scores = _reciprocal(([row[_ID] for row in stream] for stream in streams), 60, (1, 1))
    return max((row[_ID] for row, _ in order), key=lambda chunk_id: scores.get(chunk_id, 0.0))
