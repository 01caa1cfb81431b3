"""A tenant's semantic searches: as routed, with every chunk compared, and by the index.

Each goes through the node `semantic_hits` as it stands in the graph, with the
statements, session and routing of every question.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal, TypeVar

import numpy as np

from headrace.errors import SourceError
from headrace.measuring.recall.questions import AuditedChunk, vectors_to_ask
from headrace.pipeline import Pipeline
from headrace.search.routing import candidates
from headrace.types import (
    Filter,
    QueryFilters,
    Statements,
    SubQuery,
    TenantDatabase,
    TenantFacts,
)

T = TypeVar("T")

#: As many rows as are reranked by default.
FIRST = 20
#: How much farther than the last exact row a right one may be: scores are rounded.
_TIE = 1e-6

Path = Literal["exact", "index"]


@dataclass(frozen=True)
class Search:
    """What one search returned.

    The index may come back with too few rows, and exact search complete them: those are
    two statements, of which the first is the path chosen.

    Attributes:
        statements: the names of those that ran, in order.
        scores: best first.
        ms: milliseconds that the database took.
    """

    statements: tuple[str, ...]
    scores: tuple[float, ...]
    ms: float

    @property
    def path(self) -> Path:
        return "exact" if self.statements[0] == "semantic_hits_exact" else "index"

    @property
    def completed(self) -> bool:
        """Whether the index had too few rows."""
        return len(self.statements) > 1

    def recall(self, exact: "Search") -> float:
        """The share of the first 20 exact rows that are among its own first 20.

        A row is right when it is at least as near as the last of the exact rows: equal
        chunks may take each other's place.
        """
        wanted = min(FIRST, len(exact.scores))
        least = exact.scores[wanted - 1] - _TIE
        return sum(score >= least for score in self.scores[:wanted]) / wanted


@dataclass(frozen=True)
class Searched:
    """One question, searched three ways."""

    routed: Search
    exact: Search
    index: Search


class TenantSearches:
    """The searches of one tenant.

    Raises SourceError for a tenant without chunks.

    Attributes:
        facts: what the tenant holds.
    """

    def __init__(self, rag: Pipeline, tenant: str):
        self.rag = rag
        self.tenant = tenant
        self.facts: TenantFacts = rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"]
        if not self.facts.chunks:
            raise SourceError(
                f"the tenant {tenant} has no chunks to audit: check its name, or ingest its "
                "documents first"
            )

    @property
    def candidates(self) -> int:
        """How many a walk of the index keeps with the settings as they are."""
        chosen = self.rag.settings
        return candidates(chosen.hnsw_ef_search, chosen.candidate_count, self.facts.vectors)

    def questions(self, sample: int, seed: int) -> list[np.ndarray]:
        """Questions made of stored chunks that the seed draws, as vectors."""
        drawn = {"seed": seed, "sample": sample}
        rows = self.rag.database.for_tenant(self.tenant).query("audited_chunks", drawn)
        return vectors_to_ask([AuditedChunk(*row) for row in rows], self.rag.encoder, seed)

    def three_ways(
        self, database: TenantDatabase, question: np.ndarray, filters: tuple[Filter, ...]
    ) -> Searched:
        """The question as routed, exactly, and by the index.

        The way that the router chose is not searched again.
        """
        routed = self.search(database, question, filters)
        exact = index = routed
        if routed.path == "index":
            chunks = self.facts.chunks
            exact = self.search(database, question, filters, exact_search_chunks=chunks)
        else:
            index = self.by_index(database, question, filters)
        return Searched(routed, exact, index)

    def by_index(
        self,
        database: TenantDatabase,
        question: np.ndarray,
        filters: tuple[Filter, ...],
        **parameters: Any,
    ) -> Search:
        """The question by the HNSW index, however few chunks there are."""
        return self.search(database, question, filters, exact_search_chunks=0, **parameters)

    def search(
        self,
        database: TenantDatabase,
        question: np.ndarray,
        filters: tuple[Filter, ...],
        **parameters: Any,
    ) -> Search:
        """What the node `semantic_hits` returns under these filters.

        Args:
            database: of a session, where what that session sets should hold.
            parameters: of the node.
        """
        watched = _Watched(database)
        overrides = {
            "sub_queries": [SubQuery("")],
            "query_embeddings": question[None],
            "query_filters": QueryFilters(filters),
            "tenant_facts": self.facts,
        }
        given = {"tenant": self.tenant, "database": watched, **parameters}
        values = self.rag.run(["semantic_hits"], overrides=overrides, **given)
        scores = tuple(hit.score for hit in values["semantic_hits"])
        return Search(tuple(watched.searches), scores, watched.ms)


class _Watched:
    """A tenant's database that notes the searches chosen, and the time they took."""

    def __init__(self, database: TenantDatabase):
        self._database = database
        self.tenant = database.tenant
        self.fingerprint = database.fingerprint
        self.searches: list[str] = []
        self._taken_ms: list[float] = []

    @property
    def ms(self) -> float:
        """Milliseconds that all of them took."""
        return sum(self._taken_ms)

    def with_candidates(self, count: int) -> "_Watched":
        """The same, whose notes are kept here too."""
        same = copy(self)
        same._database = self._database.with_candidates(count)
        return same

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        return self.query_each(statement, [parameters or {}])[0]

    def query_each(
        self, statement: str, parameters: Iterable[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        began = perf_counter()
        found = self._database.query_each(statement, parameters)
        self._taken_ms.append((perf_counter() - began) * 1000)
        if statement.startswith("semantic_hits_"):
            self.searches.append(statement)
        return found

    def query_all(self, asked: Iterable[tuple[str, Mapping[str, Any]]]) -> list[list[tuple]]:
        return self._database.query_all(asked)

    def read(self, work: Callable[[Statements], T]) -> T:
        return self._database.read(work)

    def write(self, work: Callable[[Statements], T]) -> T:
        return self._database.write(work)

    def transaction(self) -> AbstractContextManager[Statements]:
        return self._database.transaction()
