"""The two searches, and the documents that the best hits name."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from headrace.measuring.speed.by_hand.rows import DOCUMENT, ID, TEXT, Ranking, Row, by_score
from headrace.measuring.speed.by_hand.understanding import Understood
from headrace.search import bm25
from headrace.search.crossing import moved
from headrace.search.kept_chunks import FoundRows, with_chunks
from headrace.search.routing import candidates, most_compared
from headrace.search.statements import excluded_phrases
from headrace.settings import Settings
from headrace.text.terms import searched
from headrace.text.titles import names_in
from headrace.types import Encoder, SubQuery, TenantDatabase, TenantFacts, encoded_queries

#: As in search/linking.py.
_READ_DOCUMENTS = 4
_MOST_NAMED = 6
_LINKED_SHARE = 0.85


def query_vectors(
    encoder: Encoder, queries: Sequence[SubQuery], known: dict[str, np.ndarray]
) -> np.ndarray:
    """(n_queries, dimension) float32; a text that is not known is encoded once."""
    texts = [query.text for query in queries]
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    if missing:
        vectors = encoded_queries(encoder, missing)
        known = {**known, **dict(zip(missing, vectors, strict=True))}
    found = np.array([known[text] for text in texts])
    return moved(found, encoder, queries[0].crossing)


def semantic_rows(
    database: TenantDatabase, asked: Understood, vectors: np.ndarray, settings: Settings
) -> list[list[Row]]:
    """The rows of the search by meaning, for each query."""
    top_k = settings.candidate_count
    parameters = []
    for number, vector in enumerate(vectors):
        parameters.append(_search(asked, number, query_embedding=vector, top_k=top_k))
    facts = asked.facts
    limit = most_compared(settings.exact_search_chunks, facts.chunks, facts.vectors)
    exact = {filters: _is_exact(database, filters, facts, limit) for filters in set(asked.filters)}
    walked = database.with_candidates(candidates(settings.hnsw_ef_search, top_k, facts.vectors))
    found: list[list[Row]] = [[] for _ in parameters]

    def run(asked_of: TenantDatabase, statement: str, numbers: list[int]) -> None:
        if numbers:
            rows = asked_of.query_each(statement, [parameters[number] for number in numbers])
            for number, of_query in zip(numbers, rows, strict=True):
                found[number] = of_query

    every = range(len(parameters))
    by_index = [number for number in every if not exact[asked.filters[number]]]
    run(database, "semantic_hits_exact", [number for number in every if number not in by_index])
    run(walked, "semantic_hits_index", by_index)
    # Where the index gave up early, every chunk is compared after all.
    short = [number for number in by_index if len(found[number]) < top_k]
    run(database, "semantic_hits_exact", short)
    return _flat(with_chunks(database, facts.version, found))


def keyword_rows(
    database: TenantDatabase, asked: Understood, settings: Settings
) -> list[list[Row]]:
    """The rows of the search by words, for each query."""
    top_k = settings.candidate_count
    if settings.keyword == "bm25":
        search = (asked.queries, asked.facts.languages, asked.filters, top_k, asked.facts.version)
        return _flat(database.read(lambda reader: bm25.search(reader, *search)))
    parameters = []
    for number, query in enumerate(asked.queries):
        parameters.append(_search(asked, number, query=searched(query.text), top_k=top_k))
    rows = database.query_each("keyword_hits_ts_rank", parameters)
    return _flat(with_chunks(database, asked.facts.version, rows))


def with_linked(
    database: TenantDatabase, asked: Understood, vectors: np.ndarray, ranking: Ranking
) -> Ranking:
    """The ranking with the chunks of documents that its best four documents name."""
    naming: dict[str, tuple[Row, float]] = {}
    for row, score in ranking:
        naming.setdefault(row[DOCUMENT], (row, score))
        if len(naming) == _READ_DOCUMENTS:
            break
    names = {document: names_in(row[TEXT]) for document, (row, _) in naming.items()}
    every_name = sorted(set().union(*names.values()))
    if not every_name:
        return ranking
    main = asked.main
    parameters = _search(asked, main, query_embedding=vectors[main], names=every_name)
    linked = database.query("linked_hits", parameters)
    rows = {row[ID]: row for row, _ in ranking}
    scores = {row[ID]: score for row, score in ranking}
    for document, (_, score) in naming.items():
        named: dict[int, Row] = {}
        for name, *columns in linked:
            if name in names[document] and columns[DOCUMENT] != document:
                named[columns[ID]] = tuple(columns)
        if len(named) <= _MOST_NAMED:
            for chunk_id, row in named.items():
                rows.setdefault(chunk_id, row)
                scores[chunk_id] = max(scores.get(chunk_id, 0.0), _LINKED_SHARE * score)
    return by_score(rows, scores)


def _flat(found: FoundRows) -> list[list[Row]]:
    """What each query found, every chunk's columns before its scores."""
    rows = []
    for of_query in found.rows:
        rows.append([(*found.chunks[chunk_id], *scores) for chunk_id, *scores in of_query])
    return rows


def _search(asked: Understood, number: int, **more: Any) -> dict[str, Any]:
    """The parameters of a search for one of the queries.

    Every search statement takes the first three; `more` is what this one takes too.
    """
    return {
        "excluded": excluded_phrases(asked.queries[number]),
        "filters": asked.filters[number],
        "languages": list(asked.facts.languages),
        **more,
    }


def _is_exact(
    database: TenantDatabase, filters: str | None, facts: TenantFacts, limit: int
) -> bool:
    """Whether every chunk is compared: so few are left, or there is no index."""
    if not facts.indexed or facts.chunks <= limit:
        return True
    if filters is None:
        return False
    counted = {"filters": filters, "count_limit": limit + 1}
    ((_, chunks),) = database.query("filtered_chunks", counted)
    return chunks <= limit
