"""Two searches at once, by meaning and by words, and one ranking of the two."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np
from hamilton.function_modifiers import config, tag

from headrace.metadata.filters import filters_of
from headrace.search import bm25
from headrace.search.bm25 import excluded_phrases
from headrace.text.terms import searched
from headrace.types import Chunk, Corpus, Database, Encoder, Hit, QueryFilters, SubQuery, leading

_NOT_FOUND = (0.0, None, ())
#: What a chunk beyond the last hit has of that hit's score. Mean nDCG@10 of 17 collections: 0.8324 with 0, 0.8344 with 0.7, 0.8336 with 1; with
#: the chunk's real score 0.8345, for one more look into the database.
_UNFOUND = 0.7
#: Makes a named tuple of all its values: a question makes hundreds of hits, and Hit(...) takes twice as long.
_new = tuple.__new__
_CHUNK = len(Chunk._fields)


@tag(stage="semantic search", runs="concurrently")
def query_embeddings(sub_queries: list[SubQuery], encoder: Encoder) -> np.ndarray:
    """(n_sub_queries, encoder.dimension) float32, rows of norm 1, in order; one call for all, each text encoded once."""
    texts = [sub_query.text for sub_query in sub_queries]
    rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    return encoder.encode(list(rows))[[rows[text] for text in texts]]


@tag(stage="semantic search", runs="concurrently")
def semantic_hits(
    sub_queries: list[SubQuery],
    query_embeddings: np.ndarray,
    query_filters: QueryFilters,
    corpus: Corpus,
    database: Database,
    tenant: str,
    candidate_count: int = 100,
    exact_search_chunks: int = 15_000,
) -> list[Hit]:
    """The chunks nearest in meaning to each sub-query, by cosine similarity.

    Up to `exact_search_chunks` chunks in question (the tenant's, or what the filters leave) every one is compared, and so it is as long as
    there is no HNSW index (it is built at the end of the ingest that goes beyond that); otherwise the index is walked until
    `candidate_count` rows are found, and where it comes back with fewer, every one is compared after all. So as many hits as asked for
    come back whenever there are as many.

    Returns:
        Streams "semantic 0", "semantic 1", ... one after the other, each best first, scores in [-1, 1], ties by chunk_id.
    """
    asked = [
        {
            "query_embedding": embedding,
            "excluded": excluded_phrases(query),
            "filters": filters_of(query, query_filters),
            "languages": list(corpus.languages),
            "top_k": candidate_count,
        }
        for query, embedding in zip(sub_queries, query_embeddings, strict=True)
    ]
    exact = {
        filters: _is_exact(filters, corpus, database, tenant, exact_search_chunks)
        for filters in {values["filters"] for values in asked}
    }
    found: list[list[tuple]] = [[]] * len(asked)
    for statement, wanted in (("semantic_hits_exact", True), ("semantic_hits_index", False)):
        numbers = [
            number for number, values in enumerate(asked) if exact[values["filters"]] is wanted
        ]
        rows = (
            database.query_each(tenant, statement, [asked[number] for number in numbers])
            if numbers
            else []
        )
        for number, stream in zip(numbers, rows, strict=True):
            found[number] = stream
    return _hits("semantic", _completed(found, asked, exact, database, tenant))


@config.when(keyword="bm25")
@tag(stage="keyword search", runs="concurrently")
def keyword_hits__bm25(
    sub_queries: list[SubQuery],
    query_filters: QueryFilters,
    corpus: Corpus,
    database: Database,
    tenant: str,
    candidate_count: int = 100,
) -> list[Hit]:
    """The chunks that share words with each sub-query, ranked by BM25: any word may match, rare ones count more.

    Words are stemmed, and stop words left out, as in the languages of the tenant's documents. What is posted under the words of all
    sub-queries is read at once and added up here; the best chunks are then fetched, from the same moment's documents. To have what
    a sub-query quotes counts like a rare word; none has what it excludes.

    Returns:
        Streams "keyword 0", "keyword 1", ... one after the other, each best first, scores above 0, ties by chunk_id.
    Source: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; k1 1.2, b 0.6, k3 1.5.
    """
    filters = [filters_of(query, query_filters) for query in sub_queries]
    return _hits(
        "keyword",
        database.read(
            tenant,
            lambda reader: bm25.search(
                reader, sub_queries, corpus.languages, filters, candidate_count
            ),
        ),
    )


@config.when(keyword="ts_rank")
@tag(stage="keyword search", runs="concurrently")
def keyword_hits__ts_rank(
    sub_queries: list[SubQuery],
    query_filters: QueryFilters,
    corpus: Corpus,
    database: Database,
    tenant: str,
    candidate_count: int = 100,
) -> list[Hit]:
    """The usual recipe, kept as the baseline to compare with: any word may match, ranked by PostgreSQL's ts_rank.

    Returns:
        Streams "keyword 0", "keyword 1", ... one after the other, each best first, scores above 0, ties by chunk_id.
    """
    common = {"languages": list(corpus.languages), "top_k": candidate_count}
    asked = [
        {
            "query": searched(query.text),
            "excluded": excluded_phrases(query),
            "filters": filters_of(query, query_filters),
            **common,
        }
        for query in sub_queries
    ]
    return _hits("keyword", database.query_each(tenant, "keyword_hits_ts_rank", asked))


@config.when(fusion="rrf")
@tag(stage="RRF")
def fused_hits__rrf(
    semantic_hits: list[Hit],
    keyword_hits: list[Hit],
    rrf_k: int = 60,
    sub_queries: Sequence[SubQuery] = (SubQuery(""),),
) -> list[Hit]:
    """One ranking from all streams, by reciprocal rank fusion.

    A chunk scores the sum of weight / (rrf_k + rank) over the streams that hold it, the weight being the sub-query's; input scores are ignored.
    Example, rrf_k=60: semantic [a, b], keyword [b, c] -> [b 0.0325, a 0.0164, c 0.0161].

    Args:
        rrf_k: rank offset, 1 or more; larger flattens the gap between first and tenth.
    Returns:
        One hit per chunk, best first, ties by chunk_id; `found_by` says in which streams and at which ranks.
    Source: Cormack, Clarke & Buettcher, SIGIR 2009.
    """
    weights = {
        f"{arm} {number}": query.weight
        for number, query in enumerate(sub_queries)
        for arm in ("semantic", "keyword")
    }
    found: dict[int, tuple[float, Chunk, tuple]] = {}
    for chunk, _, rank, stream, *_ in [*semantic_hits, *keyword_hits]:
        score, _, found_by = found.get(chunk.chunk_id, _NOT_FOUND)
        found[chunk.chunk_id] = (
            score + weights.get(stream, 1.0) / (rrf_k + rank),
            chunk,
            (*found_by, (stream, rank)),
        )
    order = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    return [
        _new(Hit, (chunk, score, rank, "fused", found_by, 0.0))
        for rank, (_, (score, chunk, found_by)) in enumerate(order, start=1)
    ]


@config.when(fusion="convex")
@tag(stage="RRF")
def fused_hits__convex(
    semantic_hits: list[Hit],
    keyword_hits: list[Hit],
    semantic_weight: float = 0.55,
    near_cosine: float = 0.6,
    coverage_weight: float = 0.2,
    candidate_count: int = 100,
    sub_queries: Sequence[SubQuery] = (SubQuery(""),),
) -> list[Hit]:
    """One ranking from all streams, by a convex combination of normalised scores.

    For each sub-query, a chunk scores w * cosine / best cosine + (1 - w) * (BM25 / best BM25 + `coverage_weight` * coverage): the best BM25 of a
    question may be a good one or a poor one, and how many of its words a chunk has tells them apart. Coverage is that of the sub-query that
    weighs most: sub-questions are parts, and a chunk that has all of one may have little of the question. w is `semantic_weight`; where even the
    nearest chunk is far, at a cosine below `near_cosine`, the semantic search has little to say and w falls in proportion. A chunk that a search
    did not find has 0 there; 0.7 of the score of the last hit where it stopped at `candidate_count`, since then there are others just below.
    Over the sub-queries these scores are added up, each times the sub-query's weight.
    Example, weight 0.5: semantic [a 0.8, b 0.4], keyword [b 6.0, c 3.0], both without coverage -> [b 0.75, a 0.5, c 0.25].

    Args:
        semantic_weight: 1: the semantic scores alone; 0: the keyword scores alone.
        near_cosine: 0: the weight is always the same.
        coverage_weight: 0: BM25 alone. Mean nDCG@10 of 16 collections: +0.0010 with 0.15, +0.0013 with 0.2, +0.0016 with 0.25, where two lose more.
    Returns:
        One hit per chunk, best first, ties by chunk_id; `found_by` says in which streams and at which ranks.
    Source: Bruch, Gai & Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 2023 (arXiv 2210.11934).
    """
    streams = {
        stream: list(hits)
        for stream, hits in groupby([*semantic_hits, *keyword_hits], attrgetter("stream"))
    }
    summed: dict[int, float] = {}
    chunks: dict[int, Chunk] = {}
    found_by: dict[int, tuple] = {}
    main = str(leading(sub_queries))
    for number in dict.fromkeys(stream.partition(" ")[2] for stream in streams):
        semantic, keyword = (streams.get(f"{arm} {number}", []) for arm in ("semantic", "keyword"))
        share = _semantic_share(
            semantic[0].score if semantic else 0.0, semantic_weight, near_cosine
        )
        whole = (
            sub_queries[int(number)].weight
            if number.isdigit() and int(number) < len(sub_queries)
            else 1.0
        )
        arms = [
            (hits, *_scale(hits, part * whole, candidate_count))
            for hits, part in ((semantic, share), (keyword, 1 - share))
        ]
        unfound = sum(least for _, _, least in arms)
        covering = coverage_weight * (1 - share) * whole if number == main else 0.0
        seen: set[int] = set()
        for hits, factor, least in arms:
            for chunk, score, rank, stream, _, coverage in hits:
                chunk_id = chunk.chunk_id
                chunks[chunk_id] = chunk
                start = 0.0 if chunk_id in seen else unfound
                summed[chunk_id] = (
                    summed.get(chunk_id, 0.0)
                    + start
                    + (score * factor if score > 0 else 0.0)
                    - least
                    + coverage * covering
                )
                found_by[chunk_id] = (*found_by.get(chunk_id, ()), (stream, rank))
            seen.update(hit.chunk.chunk_id for hit in hits)
    order = [
        chunk_id
        for _, chunk_id in sorted([(-score, chunk_id) for chunk_id, score in summed.items()])
    ]
    return [
        _new(Hit, (chunks[key], summed[key], rank, "fused", found_by[key], 0.0))
        for rank, key in enumerate(order, start=1)
    ]


def _scale(hits: list[Hit], weight: float, candidate_count: int) -> tuple[float, float]:
    """What a search's scores are multiplied by, so that its best becomes `weight`, and what a chunk gets that it did not find."""
    if not hits or hits[0].score <= 0:
        return 0.0, 0.0
    factor = weight / hits[0].score
    return factor, _UNFOUND * factor * max(hits[-1].score, 0.0) if len(
        hits
    ) >= candidate_count else 0.0


def _semantic_share(best_cosine: float, semantic_weight: float, near_cosine: float) -> float:
    """The weight of the semantic scores, for the cosine of the nearest chunk. 1 and 0 stay what they are: one search alone."""
    best_cosine = max(best_cosine, 0.0)
    return (
        semantic_weight
        if best_cosine >= near_cosine or semantic_weight == 1
        else semantic_weight * best_cosine / near_cosine
    )


def _completed(
    found: list[list[tuple]],
    asked: list[dict],
    exact: dict[str | None, bool],
    database: Database,
    tenant: str,
) -> list[list[tuple]]:
    """The streams; those that the index gave up on before all that was asked for had come, by exact search."""
    short = [
        number
        for number, (rows, values) in enumerate(zip(found, asked, strict=True))
        if not exact[values["filters"]] and len(rows) < values["top_k"]
    ]
    complete = (
        database.query_each(tenant, "semantic_hits_exact", [asked[number] for number in short])
        if short
        else []
    )
    completed = dict(zip(short, complete, strict=True))
    return [completed.get(number, rows) for number, rows in enumerate(found)]


def _is_exact(
    filters: str | None, corpus: Corpus, database: Database, tenant: str, limit: int
) -> bool:
    """Whether a search under these filters compares all chunks in question: at most about `limit`, or where there is no index.

    Why `limit` is 15,000 by default: of 100,000 chunks, with 100 asked for, exact search takes 23 ms for 10,000, 31 for 15,000 and 39 for 20,000,
    and the index 33, 27 and 17 ms at a recall of 0.991, 0.999 and 0.999 (time of one core of the server; hnsw.ef_search 600). Without a
    filter, exact search takes 28 ms for all 100,000 and the index 6: there they meet at about 20,000.
    """
    if not corpus.indexed or corpus.chunks <= limit:
        return True
    if filters is None:
        return False
    ((_, chunks),) = database.query(
        tenant, "filtered_chunks", {"filters": filters, "count_limit": limit + 1}
    )
    return chunks <= limit


def _hits(arm: str, streams: Iterable[list[tuple]]) -> list[Hit]:
    """A row is a chunk's columns, in the order of `Chunk`'s fields, its score, and from BM25 its coverage."""
    return [
        _new(
            Hit,
            (
                _new(Chunk, row[:_CHUNK]),
                row[_CHUNK],
                rank,
                stream,
                (),
                row[-1] if len(row) > _CHUNK + 1 else 0.0,
            ),
        )
        for number, rows in enumerate(streams)
        for stream in [f"{arm} {number}"]
        for rank, row in enumerate(rows, start=1)
    ]
