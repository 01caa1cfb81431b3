"""Chunks, hits and answers to look into, made by hand."""

from collections.abc import Iterable, Mapping

from headrace.types import Arm, Chunk, Found, Hit


def chunk(
    chunk_id: int,
    text: str = "text",
    *,
    document: str = "",
    title: str = "title",
    start: int = 0,
    ordinal: int = 0,
) -> Chunk:
    """A chunk of the document `d<chunk_id>`, or of the one named."""
    name = document or f"d{chunk_id}"
    return Chunk(chunk_id, name, title, "source", text, start, start + len(text), ordinal)


def ranking(arm: Arm, sub_query: int, *chunk_ids: int) -> list[Hit]:
    """The hits of one search, best first, with scores 1, 1/2, 1/3 and so on."""
    scores = {chunk_id: 1.0 / rank for rank, chunk_id in enumerate(chunk_ids, start=1)}
    return scored(arm, sub_query, scores)


def scored(arm: Arm, sub_query: int | None, scores: Mapping[int, float]) -> list[Hit]:
    """The hits of one search, best first: scores by chunk id."""
    hits = []
    for rank, (chunk_id, score) in enumerate(scores.items(), start=1):
        hits.append(Hit(chunk(chunk_id), score, rank, arm, sub_query))
    return hits


def found(arm: Arm, sub_query: int | None, rank: int) -> tuple[Found]:
    """Where the one search that has a hit found it."""
    return (Found(arm, sub_query, rank),)


def ids(hits: Iterable[Hit]) -> list[int]:
    return [hit.chunk_id for hit in hits]


def documents(hits: Iterable[Hit]) -> list[str]:
    return [hit.chunk.document_id for hit in hits]


def scores_by_id(hits: Iterable[Hit]) -> dict[int, float]:
    return {hit.chunk_id: hit.score for hit in hits}


def of_sub_query(hits: Iterable[Hit], sub_query: int = 0) -> list[Hit]:
    return [hit for hit in hits if hit.sub_query == sub_query]
