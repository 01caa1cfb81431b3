"""The audit of a tenant: what semantic search returns, against comparing every chunk.

A question is, by turns, a sentence of a stored chunk, encoded as a question is, and a
stored chunk's own vector with noise. It is searched three ways: as the application
routes it, with every chunk in question compared, and by the HNSW index.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from headrace.errors import DatabaseError
from headrace.measuring.environment import describe_environment
from headrace.measuring.recall.advice import recall_advice
from headrace.measuring.recall.searches import FIRST, Search, TenantSearches
from headrace.measuring.recall.selectivities import (
    Selectivity,
    real_selectivities,
    simulated_selectivities,
)
from headrace.measuring.statistics import share_interval
from headrace.measuring.timing import percentiles
from headrace.pipeline import Pipeline
from headrace.resources.postgres.tenant_database import PostgresTenant
from headrace.types import Progress

VERSION = 1
#: Shares of a tenant's chunks that filters leave; 1: no filter.
SHARES = (1.0, 0.5, 0.1, 0.01, 0.001)

#: Numbers of HNSW candidates that are tried where recall is too low.
_TRIED = (300, 400, 600, 800, 1000)
_REPORTED = (50, 99)
_SETTINGS = ("exact_search_chunks", "hnsw_ef_search", "candidate_count", "encoder")


def audit_recall(
    rag: Pipeline,
    tenant: str,
    *,
    sample: int,
    seed: int,
    at_least: float,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The report that `run.py recall --help` describes.

    Raises SourceError for a tenant without chunks, DatabaseError where filters cannot
    be simulated.
    """
    searches = TenantSearches(rag, tenant)
    questions = searches.questions(sample, seed)
    audit = _Audit(searches, questions, at_least, progress or _silent)
    shares = audit.entries(seed)
    settings = {name: getattr(rag.settings, name) for name in _SETTINGS}
    return {
        "version": VERSION,
        "tenant": tenant,
        "documents": searches.facts.documents,
        "chunks": searches.facts.chunks,
        "indexed": searches.facts.indexed,
        "questions": len(questions),
        "seed": seed,
        "at_least": at_least,
        "passed": all(entry["routed"]["recall"] >= at_least for entry in shares),
        "selectivities": shares,
        "advice": recall_advice(shares, at_least),
        "settings": settings,
        "environment": describe_environment(rag.database.versions),
    }


class _Audit:
    """The questions of one audit, asked under one filter after the other."""

    def __init__(
        self,
        searches: TenantSearches,
        questions: Sequence[np.ndarray],
        at_least: float,
        progress: Progress,
    ):
        self._searches = searches
        self._questions = questions
        self._at_least = at_least
        self._progress = progress

    def entries(self, seed: int) -> list[dict[str, Any]]:
        """The report's entry of each share that a filter leaves, in their order."""
        tenant = self._searches.tenant
        facts = self._searches.facts
        database = self._searches.rag.database
        selectivities = {1.0: Selectivity(1.0, None, facts.chunks)}
        selectivities |= real_selectivities(database.for_tenant(tenant), SHARES[1:], facts.chunks)
        entries = {}
        with database.session() as session:
            for share, selectivity in selectivities.items():
                entries[share] = self._entry(session.for_tenant(tenant), selectivity)
        missing = [share for share in SHARES if share not in selectivities]
        with (
            database.session() as session,
            simulated_selectivities(
                session.for_tenant(tenant), missing, facts.documents, seed
            ) as simulated,
        ):
            for share, selectivity in simulated.items():
                entries[share] = self._entry(session.for_tenant(tenant), selectivity)
        return [entries[share] for share in SHARES if share in entries]

    def _entry(self, database: PostgresTenant, selectivity: Selectivity) -> dict[str, Any]:
        share = selectivity.share
        what = "all chunks" if share == 1 else f"{share:.1%} of the chunks"
        search = self._searches.three_ways
        # No question is blamed for what a session does once.
        search(database, self._questions[0], selectivity.filters)
        searched = []
        for number, question in enumerate(self._questions, start=1):
            searched.append(search(database, question, selectivity.filters))
            self._progress(what, number, len(self._questions))
        exact = [ways.exact for ways in searched]
        check_simulation(selectivity, exact, self._searches.rag.settings.candidate_count)
        path = searched[0].routed.path
        routed = _figures([ways.routed for ways in searched], exact)
        is_too_low = path == "index" and routed["recall"] < self._at_least
        return {
            "share": share,
            "chunks": selectivity.chunks,
            "filter": None if selectivity.filter is None else str(selectivity.filter),
            "simulated": selectivity.simulated,
            "path": path,
            "routed": routed,
            "exact": percentiles([search.ms for search in exact], _REPORTED),
            "index": _figures([ways.index for ways in searched], exact),
            "tried": self._tried(database, selectivity, exact) if is_too_low else [],
        }

    def _tried(
        self, database: PostgresTenant, selectivity: Selectivity, exact: Sequence[Search]
    ) -> list[dict[str, Any]]:
        """The index with more and more candidates, until recall is high enough.

        It is what raising the setting would bring.
        """
        usual = self._searches.candidates
        tried = []
        for candidates in _TRIED:
            if candidates <= usual:
                continue
            found = []
            for question in self._questions:
                wider = self._searches.by_index(
                    database, question, selectivity.filters, hnsw_ef_search=candidates
                )
                found.append(wider)
            figures = _figures(found, exact)
            tried.append({"hnsw_ef_search": candidates, **figures})
            if figures["recall"] >= self._at_least:
                break
        return tried


def check_simulation(selectivity: Selectivity, exact: Sequence[Search], top_k: int) -> None:
    """Raises DatabaseError where a simulated filter does not leave what it should.

    Were filters kept in another table, statements would not see the simulated one:
    nothing would be left, or everything.
    """
    expected = min(top_k, selectivity.chunks)
    if selectivity.simulated and any(len(search.scores) != expected for search in exact):
        raise DatabaseError(
            f"simulating a filter of {selectivity.chunks:,} chunks failed: semantic search does "
            "not read it"
        )


def _silent(what: str, done: int, total: int) -> None:
    """A progress that is not reported."""


def _figures(found: Sequence[Search], exact: Sequence[Search]) -> dict[str, float | int]:
    """Recall with its 95 % interval, counts of rows, and the time."""
    recalls = []
    rows = []
    short = 0
    is_compared = False
    for search, right in zip(found, exact, strict=True):
        recalls.append(search.recall(right))
        rows.append(min(FIRST, len(search.scores)))
        short += rows[-1] < min(FIRST, len(right.scores))
        is_compared = is_compared or search is not right
    # Exact search is certain.
    low, high = share_interval(recalls, FIRST) if is_compared else (1.0, 1.0)
    return {
        "recall": round(float(np.mean(recalls)), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "rows": min(rows),
        "short": short,
        "completed": sum(search.completed for search in found),
        **percentiles([search.ms for search in found], _REPORTED),
    }
