"""Whether semantic search finds what there is: what it returns on live data, against comparing every chunk.

A question is either a sentence of a stored chunk, encoded as a question is, or a stored chunk's own vector with noise (cosine to the chunk about
0.89), by turns. It goes through the node `semantic_hits` as it stands in the graph, three times: routed as the application routes it, with
every chunk in question compared, and by the HNSW index. A returned row is right when it is at least as near as the last of the exact rows, so
that equal chunks may stand for each other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from headrace.errors import DatabaseError, SourceError
from headrace.measuring.environment import describe_environment
from headrace.measuring.quality.asking import Progress
from headrace.measuring.recall.advice import recall_advice
from headrace.measuring.recall.selectivities import (
    Selectivity,
    real_selectivities,
    simulated_selectivities,
)
from headrace.measuring.statistics import share_interval
from headrace.measuring.timing import percentiles
from headrace.pipeline import Pipeline
from headrace.resources.postgres.database import PostgresDatabase
from headrace.text.sentences import sentence_spans
from headrace.types import TenantFacts, Encoder, Filter, QueryFilters, SubQuery

VERSION = 1
SHARES = (1.0, 0.5, 0.1, 0.01, 0.001)
FIRST = 20  # rows that recall is of: as many as are reranked
_NOISE = 0.5
_SENTENCE_WORDS = 4
_TIE = 1e-6
_TRIED = (300, 400, 600, 800, 1000)
_REPORTED = (50, 99)


@dataclass(frozen=True)
class Search:
    """What one search returned, best first, by which statements, and the milliseconds that the database took.

    The index may come back with too few rows, and exact search complete them: two statements, of which the first is the path chosen.
    """

    statements: tuple[str, ...]
    scores: tuple[float, ...]
    ms: float

    @property
    def path(self) -> str:
        """ "exact" or "index"."""
        return self.statements[0].removeprefix("semantic_hits_")

    @property
    def completed(self) -> bool:
        """Whether the index had too few rows."""
        return len(self.statements) > 1

    def recall(self, exact: "Search") -> float:
        """The share of the first 20 exact rows that this search has among its own first 20."""
        wanted = min(FIRST, len(exact.scores))
        return (
            sum(score >= exact.scores[wanted - 1] - _TIE for score in self.scores[:wanted]) / wanted
        )


@dataclass(frozen=True)
class Searched:
    """One question, searched three ways."""

    routed: Search
    exact: Search
    index: Search


class Audit:
    """The searches of one tenant. `ask` is bound to a session's database, so that what the session sets holds."""

    def __init__(self, rag: Pipeline, tenant: str):
        self.rag, self.tenant = rag, tenant
        self.corpus: TenantFacts = rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"]
        if not self.corpus.chunks:
            raise SourceError(
                f"the tenant {tenant} has no chunks to audit: check its name, or ingest its documents first"
            )

    def questions(self, sample: int, seed: int) -> list[np.ndarray]:
        """(dimension,) float32 of norm 1 each: sentences of stored chunks, and noisy vectors of others, by turns."""
        rows = self.rag.database.for_tenant(self.tenant).query("audited_chunks", {"seed": seed, "sample": sample}
        )
        return _questions(rows, self.rag.encoder, seed)

    def three(
        self, database: PostgresDatabase, question: np.ndarray, filters: tuple[Filter, ...]
    ) -> Searched:
        """The question routed, exactly and by the index; what was done already is not done again."""
        routed = self.search(database, question, filters)
        exact = (
            routed
            if routed.path == "exact"
            else self.search(database, question, filters, exact_search_chunks=self.corpus.chunks)
        )
        return Searched(
            routed,
            exact,
            routed if routed.path == "index" else self.by_index(database, question, filters),
        )

    def by_index(
        self, database: PostgresDatabase, question: np.ndarray, filters: tuple[Filter, ...]
    ) -> Search:
        """The question by the HNSW index, however few chunks there are."""
        return self.search(database, question, filters, exact_search_chunks=0)

    def search(
        self,
        database: PostgresDatabase,
        question: np.ndarray,
        filters: tuple[Filter, ...],
        **parameters: Any,
    ) -> Search:
        """What the node semantic_hits returns under these filters, and the time its statements took."""
        watch = _Watch(database)
        given = {
            "sub_queries": [SubQuery("")],
            "query_embeddings": question[None],
            "query_filters": QueryFilters(filters),
            "tenant_facts": self.corpus,
        }
        hits = self.rag.run(
            ["semantic_hits"], overrides=given, tenant=self.tenant, database=watch, **parameters
        )["semantic_hits"]
        return Search(tuple(watch.searches), tuple(hit.score for hit in hits), watch.ms)


def audit_recall(
    rag: Pipeline,
    tenant: str,
    *,
    sample: int,
    seed: int,
    at_least: float,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The JSON contract that `run.py recall --help` describes.

    Raises SourceError for a tenant without chunks, DatabaseError where filters cannot be simulated.
    """
    audit = Audit(rag, tenant)
    questions = audit.questions(sample, seed)
    report = progress or (lambda what, done, total: None)
    found: dict[float, dict[str, Any]] = {}

    def measured(database: PostgresDatabase, selectivity: Selectivity) -> None:
        found[selectivity.share] = _measured(
            audit, database, selectivity, questions, at_least, report
        )

    real = {1.0: Selectivity(1.0, None, audit.corpus.chunks)} | real_selectivities(
        rag.database, tenant, SHARES[1:], audit.corpus.chunks
    )
    with rag.database.session() as session:
        for selectivity in real.values():
            measured(session, selectivity)
    missing = [share for share in SHARES if share not in real]
    with simulated_selectivities(rag.database, tenant, missing, audit.corpus.documents, seed) as (
        session,
        simulated,
    ):
        for selectivity in simulated.values():
            measured(session, selectivity)
    settings = {
        name: getattr(rag.settings, name)
        for name in ("exact_search_chunks", "hnsw_ef_search", "candidate_count", "encoder")
    }
    shares = [found[share] for share in SHARES if share in found]
    return {
        "version": VERSION,
        "tenant": tenant,
        "documents": audit.corpus.documents,
        "chunks": audit.corpus.chunks,
        "indexed": audit.corpus.indexed,
        "questions": len(questions),
        "seed": seed,
        "at_least": at_least,
        "passed": all(entry["routed"]["recall"] >= at_least for entry in shares),
        "selectivities": shares,
        "advice": recall_advice(shares, settings, at_least),
        "settings": settings,
        "environment": describe_environment(rag.database.versions),
    }


def _measured(
    audit: Audit,
    database: PostgresDatabase,
    selectivity: Selectivity,
    questions: Sequence[np.ndarray],
    at_least: float,
    progress: Callable,
) -> dict[str, Any]:
    what = f"{selectivity.share:.4g} of the chunks".replace("1 of the chunks", "all chunks")
    audit.three(
        database, questions[0], selectivity.filters
    )  # what a session does once, no question should be blamed for
    searched = []
    for number, question in enumerate(questions, start=1):
        searched.append(audit.three(database, question, selectivity.filters))
        progress(what, number, len(questions))
    exact = [one.exact for one in searched]
    _check_simulation(selectivity, exact, audit.rag.settings.candidate_count)
    entry = {
        "share": selectivity.share,
        "chunks": selectivity.chunks,
        "filter": None if selectivity.filter is None else str(selectivity.filter),
        "simulated": selectivity.simulated,
        "path": searched[0].routed.path,
        "routed": _figures([one.routed for one in searched], exact),
        "exact": percentiles([one.ms for one in exact], _REPORTED),
        "index": _figures([one.index for one in searched], exact),
        "tried": [],
    }
    if entry["path"] == "index" and entry["routed"]["recall"] < at_least:
        entry["tried"] = _tried(audit, database, selectivity, questions, exact, at_least)
    return entry


def _tried(audit, database, selectivity, questions, exact, at_least) -> list[dict[str, Any]]:
    """The index with more and more candidates, until recall is reached: what raising the setting would bring, measured."""
    usual, tried = audit.rag.settings.hnsw_ef_search, []
    for candidates in (value for value in _TRIED if value > usual):
        _set_candidates(database, audit.tenant, candidates)
        found = [audit.by_index(database, question, selectivity.filters) for question in questions]
        tried.append({"hnsw_ef_search": candidates, **_figures(found, exact)})
        if tried[-1]["recall"] >= at_least:
            break
    _set_candidates(database, audit.tenant, usual)
    return tried


def _set_candidates(database: PostgresDatabase, tenant: str, candidates: int) -> None:
    with database.for_tenant(tenant).transaction() as transaction:
        transaction.execute(f"SET hnsw.ef_search = {int(candidates)}")


def _figures(found: Sequence[Search], exact: Sequence[Search]) -> dict[str, float | int]:
    """Recall with its interval, the fewest rows of 20, the questions that got fewer than there are, and the time."""
    recalls = [search.recall(right) for search, right in zip(found, exact, strict=True)]
    compared = any(search is not right for search, right in zip(found, exact, strict=True))
    low, high = (
        share_interval(recalls, FIRST) if compared else (1.0, 1.0)
    )  # exact search is certain
    rows = [min(FIRST, len(search.scores)) for search in found]
    short = sum(
        number < min(FIRST, len(right.scores)) for number, right in zip(rows, exact, strict=True)
    )
    recall = {
        "recall": round(float(np.mean(recalls)), 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }
    counts = {
        "rows": min(rows),
        "short": short,
        "completed": sum(search.completed for search in found),
    }
    return {**recall, **counts, **percentiles([search.ms for search in found], _REPORTED)}


def _check_simulation(selectivity: Selectivity, exact: Sequence[Search], top_k: int) -> None:
    """A simulated filter that the statements do not see would leave nothing, or everything."""
    expected = min(top_k, selectivity.chunks)
    if selectivity.simulated and any(len(search.scores) != expected for search in exact):
        raise DatabaseError(
            f"simulating a filter of {selectivity.chunks:,} chunks failed: semantic search does not read it"
        )


def _questions(rows: Sequence[tuple], encoder: Encoder, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    sentences = [
        _sentence(text, random) if number % 2 == 0 else "" for number, (text, _) in enumerate(rows)
    ]
    asked = [sentence for sentence in sentences if sentence]
    encoded = iter(encoder.encode(asked) if asked else ())
    return [
        next(encoded) if sentence else _noisy(vector, random)
        for sentence, (_, vector) in zip(sentences, rows, strict=True)
    ]


def _sentence(text: str, random: np.random.Generator) -> str:
    """One of the text's sentences, of some words if it has such; "" if it has none."""
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    askable = [
        sentence for sentence in sentences if len(sentence.split()) >= _SENTENCE_WORDS
    ] or sentences
    return askable[random.integers(len(askable))] if askable else ""


def _noisy(vector: Any, random: np.random.Generator) -> np.ndarray:
    stored = np.asarray(vector.to_list(), np.float32)
    moved = stored + random.normal(0, _NOISE / len(stored) ** 0.5, len(stored)).astype(np.float32)
    return moved / np.linalg.norm(moved)


class _Watch:
    """The database as the node sees it, noting the searches it chose and how long it waited for them."""

    def __init__(self, database: PostgresDatabase):
        self._database, self.fingerprint = database, database.fingerprint
        self.transaction, self.read = database.transaction, database.read
        self.searches, self.ms = list[str](), 0.0

    def query(self, tenant: str, statement: str, parameters: Any = None) -> list[tuple]:
        return self.query_each(tenant, statement, [parameters or {}])[0]

    def query_each(self, tenant: str, statement: str, parameters: Any) -> list[list[tuple]]:
        began = perf_counter()
        found = self._database.for_tenant(tenant).query_each(statement, parameters)
        self.ms += (perf_counter() - began) * 1000
        self.searches += [statement] if statement.startswith("semantic_hits_") else []
        return found
