"""The floor under the dataflow's time: the same retrieval written by hand.

It is for one recipe, without Hamilton, nodes, a pool of connections or hit objects. It
sends the same SQL as the same login, over two connections of its own, in the same
number of round trips. It runs the same ONNX models, searches by meaning and by words at
the same time in two threads, and fuses in dictionaries. It returns what the dataflow
returns: a test compares them, and so does every benchmark. The rules that understand a
question, and what packs the context, are called as the functions they are.

What the dataflow takes longer is the price of its graph: stages that have names and
types, can be replaced and are timed.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from headrace.context.packing import context__evidence
from headrace.measuring.speed.by_hand import fusion, searches, understanding
from headrace.measuring.speed.by_hand.clock import Clock
from headrace.measuring.speed.by_hand.rows import CHUNK, ID, TEXT, TITLE, Ranking, Row
from headrace.measuring.speed.by_hand.understanding import Understood
from headrace.pipeline import Pipeline
from headrace.resources.postgres.bare_connection import BareConnection
from headrace.search import semantic
from headrace.text.titles import titled
from headrace.types import Chunk, Context, Hit, Reranker, SubQuery

#: What was found: the chunks of the context, best first, the context and its tokens.
Result = tuple[list[int], str, int]


@dataclass(frozen=True)
class Found:
    """What one question found, and how many milliseconds each stage took."""

    chunk_ids: list[int]
    context: Context
    stages: dict[str, float] = field(default_factory=dict)

    @property
    def result(self) -> Result:
        """What was found, without the times."""
        return self.chunk_ids, self.context.text, self.context.tokens


class Floor:
    """Answers questions up to the context, one at a time; each thread needs its own.

    Use it as a context manager, or `close()` it.
    """

    def __init__(self, rag: Pipeline, tenant: str):
        self._settings = rag.settings
        self._encoder = rag.encoder
        self._counter = rag.models.token_counter
        self._word_lists = rag.models.word_lists
        self._reranker = _reranker(rag)
        self._here = BareConnection(rag.database, tenant)
        self._there = BareConnection(rag.database, tenant)
        self._thread = ThreadPoolExecutor(1)
        self._clock = Clock()
        self._encoding: Future[dict[str, np.ndarray]] | None = None

    def close(self) -> None:
        self._thread.shutdown()
        self._here.close()
        self._there.close()

    def __enter__(self) -> "Floor":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def ask(self, question: str) -> Found:
        """What the node `context` holds for this question.

        The stages have the names of their nodes.
        """
        self._clock = Clock()
        self._encoding = None
        timed = self._clock.timed
        settings = self._settings
        asked = self._understood(question)
        by_words = self._thread.submit(self._by_words, asked)
        known = self._encoding.result() if self._encoding else {}
        given = (self._encoder, asked.queries, known)
        vectors = timed("query_embeddings", searches.query_vectors, *given)
        asked.reading.result()  # no stage is blamed for waiting
        semantic = timed(
            "semantic_hits", searches.semantic_rows, self._here, asked, vectors, settings
        )
        keyword = by_words.result()
        ranking = timed("fused_hits", fusion.fused, asked.queries, semantic, keyword, settings)
        ranking = timed("linked_hits", self._linked, asked, vectors, ranking)
        ranking = timed("passage_hits", self._placed, asked, ranking)
        logits = timed("rerank_scores", self._scored, asked.question, ranking)
        ranking = timed("ranked_hits", fusion.blended, ranking, logits, settings.rerank_weight)
        best = timed("reranked_hits", self._best, asked, semantic, keyword, ranking)
        context = timed("context", self._context, best, ranking, asked.queries)
        return Found([row[ID] for row, _ in best], context, self._clock.stages)

    def found(self, question: str) -> Result:
        """As `ask`, without the times."""
        return self.ask(question).result

    def _understood(self, question: str) -> Understood:
        """What is searched for.

        With understanding = off, the embedding need not wait for the tenant's facts,
        which are then read in the other thread.
        """
        clock = self._clock
        cleaned = understanding.cleaned(question, self._settings, clock)
        if self._settings.understanding == "off":
            reading = self._thread.submit(understanding.read_facts, self._there, clock)
            return understanding.as_asked(cleaned, reading)
        given = (self._settings, self._here, self._word_lists, clock, self._begin)
        return understanding.by_rules(cleaned, *given)

    def _begin(self, searched: str) -> None:
        """Begin to encode the question, while it is understood."""
        encode = semantic.question_embedding
        given = ("question_embedding", encode, searched, self._encoder)
        self._encoding = self._thread.submit(self._clock.timed, *given)

    def _by_words(self, asked: Understood) -> list[list[Row]]:
        given = (self._there, asked, self._settings)
        return self._clock.timed("keyword_hits", searches.keyword_rows, *given)

    def _linked(self, asked: Understood, vectors: np.ndarray, ranking: Ranking) -> Ranking:
        if asked.kind == "simple" or self._settings.hop == "off":
            return ranking
        return searches.with_linked(self._here, asked, vectors, ranking)

    def _placed(self, asked: Understood, ranking: Ranking) -> Ranking:
        if self._settings.passages == "fused":
            return ranking
        query = asked.queries[asked.main].text
        return fusion.best_passages_first(ranking, query, self._settings.answer_passages)

    def _scored(self, question: str, ranking: Ranking) -> np.ndarray:
        """The reranker's scores of the first rows; none without a reranker."""
        if self._reranker is None or not ranking:
            return np.empty(0)
        first = ranking[: self._settings.rerank_count]
        texts = [titled(row[TITLE], row[TEXT]) for row, _ in first]
        return self._reranker.score(question, texts, self._settings.rerank_deadline_s)

    def _best(
        self,
        asked: Understood,
        semantic: list[list[Row]],
        keyword: list[list[Row]],
        ranking: Ranking,
    ) -> Ranking:
        leaders = fusion.leaders(asked.queries, semantic, keyword, ranking)
        return fusion.best(ranking, leaders, self._settings.answer_passages)

    def _context(self, best: Ranking, ranking: Ranking, queries: list[SubQuery]) -> Context:
        settings = self._settings
        return context__evidence(
            _hits(best),
            _hits(ranking),
            queries,
            self._counter,
            settings.token_budget,
            settings.duplicates,
            settings.answer_passages,
            settings.chunk_tokens,
        )


def _reranker(rag: Pipeline) -> Reranker | None:
    """The reranker of the pipeline's settings; None where nothing is reranked."""
    if rag.settings.reranking == "off":
        return None
    if rag.settings.reranking == "late_interaction":
        return rag.models.late_interaction
    return rag.models.reranker


def _hits(ranking: Ranking) -> list[Hit]:
    return [Hit(Chunk(*row[CHUNK]), score) for row, score in ranking]
