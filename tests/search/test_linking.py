"""The second hop: names read from texts, scores by hand, the node through the driver and on PostgreSQL, plans."""

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace import Document
from headrace.search.linking import linked_hits__off, linked_hits__on
from headrace.text.titles import folded_title, names_in
from headrace.types import Chunk, TenantFacts, Hit, QueryFilters, SubQuery

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
        "What was the birthday of the director of the company? The director was born in a hospital.",
        "other.md",
    ),
]
ASKED = "When was the director of the film The Tide born?"


class Titles:
    """A database that answers `linked_hits` from a list of rows, and keeps what was asked."""

    fingerprint = ""

    def __init__(self, *rows: tuple):
        self.rows, self.asked = list(rows), []

    def query(self, tenant, statement, parameters):
        self.asked.append((statement, parameters["names"]))
        return [row for row in self.rows if row[0] in parameters["names"]]


def chunk(number: int, text: str = "") -> Chunk:
    return Chunk(number, f"d{number}", f"Title {number}", "s", text, 0, len(text), 0, None)


def linked(
    hits: list[Hit], *rows: tuple, kind: str = "bridging"
) -> list[tuple[int, float, int, str]]:
    database = Titles(*rows)
    found = linked_hits__on(
        hits,
        kind,
        [SubQuery("q")],
        np.zeros((1, 3)),
        QueryFilters(),
        TenantFacts("v", 1, 1, ("english",), ()),
        database,
        "t",
    )
    return [(hit.chunk_id, round(hit.score, 6), hit.rank, hit.stream) for hit in found]


def test_a_title_is_folded_without_what_tells_it_from_others():
    assert folded_title("Heat  (1995 film)") == "heat"
    assert folded_title("(Untitled)") == ""
    assert len(folded_title("x" * 500)) == 200


def test_names_begin_and_end_like_a_name_and_do_not_cross_a_sentence():
    found = names_in("It was made by Amable Quist of Oslo. Quist's wife died")
    assert {"amable quist", "quist", "oslo", "amable quist of oslo"} <= set(found)
    assert "oslo. quist" not in found or found["amable quist"] < found["quist"]
    assert not {"made", "by amable", "quist of"} & set(found)
    assert found["amable quist"] == 15


@given(st.text(max_size=300))
def test_names_stand_where_they_are_said_to(text):
    for name, place in names_in(text).items():
        assert (
            0 <= place < len(text)
            and (text[place].isupper() or text[place].isdigit())
            and len(name) >= 3
        )


def test_a_named_document_scores_a_share_of_the_hit_that_names_it():
    hits = [
        Hit(chunk(1, "Directed by Amable Quist."), 1.0, 1, "fused"),
        Hit(chunk(2), 0.9, 2, "fused"),
        Hit(chunk(3), 0.5, 3, "fused"),
    ]
    assert linked(hits, ("amable quist", *chunk(9))) == [
        (1, 1.0, 1, "fused"),
        (2, 0.9, 2, "fused"),
        (9, 0.85, 3, "linked"),
        (3, 0.5, 4, "fused"),
    ]


def test_a_hit_that_is_there_keeps_the_better_score_and_says_what_linked_to_it():
    hits = [
        Hit(chunk(1, "Directed by Amable Quist."), 1.0, 1, "fused"),
        Hit(chunk(2), 0.9, 2, "fused"),
        Hit(chunk(3), 0.5, 3, "fused"),
    ]
    rows = [("amable quist", *chunk(2)), ("directed", *chunk(3))]
    assert linked(hits, *rows) == [
        (1, 1.0, 1, "fused"),
        (2, 0.9, 2, "fused"),
        (3, 0.85, 3, "fused"),
    ]


def test_a_list_of_many_names_links_to_none_of_them():
    names = [f"Name{letter}" for letter in "abcdefg"]
    hits = [Hit(chunk(1, " and ".join(names)), 1.0, 1, "fused")]
    rows = [(name.lower(), *chunk(10 + number)) for number, name in enumerate(names)]
    assert len(linked(hits, *rows)) == 1
    assert len(linked(hits, *rows[:6])) == 7


def test_a_document_does_not_link_to_itself_and_a_simple_question_to_nothing():
    hits = [Hit(chunk(1, "Title is told of Amable Quist"), 1.0, 1, "fused")]
    assert linked(hits, ("amable quist", *chunk(1))) == [(1, 1.0, 1, "fused")]
    assert linked(hits, ("amable quist", *chunk(9)), kind="simple") == [(1, 1.0, 1, "fused")]
    assert linked([], kind="bridging") == []
    assert linked_hits__off(hits) is hits


@pytest.fixture
def films(rag) -> str:
    tenant = f"films-{uuid.uuid4().hex[:8]}"
    rag.ingest(FILMS, tenant)
    return tenant


def test_the_second_hop_finds_what_the_first_one_names(rag, films):
    found = rag.run(
        ["question_kind", "linked_hits", "reranked_hits"],
        question=ASKED,
        tenant=films,
        candidate_count=1,
    )
    assert found["question_kind"] == "bridging"
    hits = {hit.chunk.document_id: hit for hit in found["linked_hits"]}
    assert hits["quist"].stream == "linked" and hits["quist"].found_by == (
        ("linked", hits["film"].rank),
    )
    assert "quist" in {hit.chunk.document_id for hit in found["reranked_hits"]}


def test_what_is_linked_to_meets_the_filters_and_is_not_excluded(rag, films):
    filtered = rag.run(["linked_hits"], question=ASKED, tenant=films, filters={"kind": "film"})[
        "linked_hits"
    ]
    assert {hit.chunk.document_id for hit in filtered} == {"film"}
    excluded = rag.run(["linked_hits"], question=f"{ASKED} -painter", tenant=films)["linked_hits"]
    assert "quist" not in {hit.chunk.document_id for hit in excluded}


def test_another_tenants_titles_are_not_linked_to(rag, films, tenant):
    rag.ingest(FILMS[:1], tenant)
    hits = rag.run(["linked_hits"], question=ASKED, tenant=tenant)["linked_hits"]
    assert {hit.chunk.document_id for hit in hits} == {"film"}


def test_titles_are_looked_up_in_their_index(rag, films):
    asked = {
        "names": ["amable quist"],
        "query_embedding": np.zeros(384, np.float32),
        "filters": None,
        "excluded": None,
        "languages": ["english"],
    }
    with rag.database.for_tenant(films).transaction() as transaction:
        transaction.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = transaction.explain("linked_hits", asked)
    assert "documents_title" in plan and "Seq Scan" not in plan
