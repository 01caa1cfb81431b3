"""The second hop: scores by hand, and the node on PostgreSQL."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest

from headrace import Document, Pipeline
from headrace.search.linking import linked_hits__off, linked_hits__on
from headrace.types import Arm, Chunk, Found, Hit, QueryFilters, SubQuery, TenantFacts
from support.hits import chunk, documents, found, scored

FILMS = [
    Document(
        "film",
        "The Tide (1950 film)",
        "The Tide is a 1950 film directed by Amable Quist. It was shot in Bergen.",
        "film.md",
        {"kind": "film"},
    ),
    Document(
        "quist",
        "Amable Quist",
        "Amable Quist was a painter, born on 3 March 1911 in Tromsø.",
        "quist.md",
        {"kind": "person"},
    ),
    Document(
        "other",
        "The Director",
        "What was the birthday of the director of the company? "
        "The director was born in a hospital.",
        "other.md",
    ),
]
ASKED = "When was the director of the film The Tide born?"
FACTS = TenantFacts("v", 1, 1, ("english",), ())


class Titles:
    """A database that answers `linked_hits` from a list of rows."""

    tenant = "t"
    fingerprint = ""

    def __init__(self, chunks: Mapping[str, list[Chunk]]):
        self._chunks = chunks

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        assert statement == "linked_hits" and parameters is not None
        rows = []
        for name, chunks in self._chunks.items():
            if name in parameters["names"]:
                rows += [(name, *one) for one in chunks]
        return rows


class Linked(NamedTuple):
    """What the tests look at in a hit."""

    chunk_id: int
    score: float
    rank: int
    arm: Arm


def linked(hits: list[Hit], named: dict[str, list[Chunk]], kind: str = "bridging") -> list[Hit]:
    """The hits and those that they link to.

    Args:
        named: the chunks of the documents with each title.
    """
    database: Any = Titles(named)
    question_kind: Any = kind
    return linked_hits__on(
        hits,
        question_kind,
        [SubQuery("q")],
        np.zeros((1, 3)),
        QueryFilters(),
        FACTS,
        database,
    )


def seen(hits: list[Hit]) -> list[Linked]:
    return [Linked(hit.chunk_id, round(hit.score, 6), hit.rank, hit.arm) for hit in hits]


def three_hits() -> list[Hit]:
    """Three fused hits; the best names Amable Quist."""
    first, *others = scored("fused", None, {1: 1.0, 2: 0.9, 3: 0.5})
    return [first._replace(chunk=chunk(1, "Directed by Amable Quist.")), *others]


def test_a_named_document_scores_a_share_of_the_hit_that_names_it():
    hits = linked(three_hits(), {"amable quist": [chunk(9)]})
    assert seen(hits) == [
        Linked(1, 1.0, 1, "fused"),
        Linked(2, 0.9, 2, "fused"),
        Linked(9, 0.85, 3, "linked"),
        Linked(3, 0.5, 4, "fused"),
    ]
    assert hits[2].found_by == found("linked", None, 1)


def test_a_hit_that_is_there_keeps_the_better_score_and_says_what_linked_to_it():
    hits = linked(three_hits(), {"amable quist": [chunk(2)], "directed": [chunk(3)]})
    assert seen(hits) == [
        Linked(1, 1.0, 1, "fused"),
        Linked(2, 0.9, 2, "fused"),
        Linked(3, 0.85, 3, "fused"),
    ]
    assert [hit.found_by for hit in hits] == [(), (), found("linked", None, 1)]
    assert str(hits[2].found_by[0]) == "linked #1"


def test_hits_that_are_not_ordered_by_score_keep_their_order():
    """As of a fusion that takes the hits of either search in turns."""
    first, second, third = three_hits()
    hits = [first, second._replace(score=12.0, rank=2), third._replace(rank=3)]
    assert seen(linked(hits, {"amable quist": [chunk(9)]})) == [
        Linked(1, 1.0, 1, "fused"),
        Linked(2, 12.0, 2, "fused"),
        Linked(9, 0.85, 3, "linked"),
        Linked(3, 0.5, 4, "fused"),
    ]


def test_a_list_of_many_names_links_to_none_of_them():
    names = [f"Name{letter}" for letter in "abcdefg"]
    (hit,) = scored("fused", None, {1: 1.0})
    hits = [hit._replace(chunk=chunk(1, " and ".join(names)))]
    named = {name.lower(): [chunk(10 + number)] for number, name in enumerate(names)}
    assert len(linked(hits, named)) == 1
    del named["namea"]
    assert len(linked(hits, named)) == 7


def test_a_document_does_not_link_to_itself():
    hits = three_hits()
    assert linked(hits, {"amable quist": [chunk(1)]}) == hits


def test_a_simple_question_has_one_hop():
    hits = three_hits()
    assert linked(hits, {"amable quist": [chunk(9)]}, kind="simple") is hits
    assert linked_hits__off(hits) is hits


def test_nothing_found_links_to_nothing():
    assert linked([], {}) == []


# --------------------------------------------------------------- real PostgreSQL


@pytest.fixture
def films(rag: Pipeline, tenant: str) -> str:
    """A tenant that holds the film, its director and another document; its name."""
    rag.ingest(FILMS, tenant)
    return tenant


def test_the_second_hop_finds_what_the_first_one_names(rag, films):
    nodes = ["question_kind", "linked_hits", "reranked_hits"]
    values = rag.run(nodes, question=ASKED, tenant=films, candidate_count=1)
    assert values["question_kind"] == "bridging"
    hits = {hit.chunk.document_id: hit for hit in values["linked_hits"]}
    assert hits["quist"].arm == "linked"
    assert hits["quist"].found_by == (Found("linked", None, hits["film"].rank),)
    assert "quist" in documents(values["reranked_hits"])


def linked_documents(rag: Pipeline, tenant: str, question: str = ASKED, **given: Any) -> set[str]:
    hits = rag.run(["linked_hits"], question=question, tenant=tenant, **given)["linked_hits"]
    return set(documents(hits))


def test_what_is_linked_to_meets_the_filters(rag, films):
    assert linked_documents(rag, films, filters={"kind": "film"}) == {"film"}


def test_what_is_linked_to_is_not_excluded(rag, films):
    assert "quist" in linked_documents(rag, films)
    assert "quist" not in linked_documents(rag, films, f"{ASKED} -painter")


def test_another_tenants_titles_are_not_linked_to(rag, films, tenant):
    other = f"{tenant}-other"
    rag.ingest(FILMS[:1], other)
    assert linked_documents(rag, other) == {"film"}
