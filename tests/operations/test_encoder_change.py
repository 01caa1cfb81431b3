"""Changing the encoder: vectors of two encoders are never compared."""

from pathlib import Path

import pytest

from headrace import Document
from headrace.resources.models.encoders import BUNDLED
from support.databases import semantic_values
from support.half_encoder import HALF, HalfEncoder
from support.migrating import QUESTION, migrate, opened, roles, semantic_ids, vectors, walruses
from support.samples import RETURNS

LONG_TITLE = "A very long title that goes on and on about everything in the world " * 8
DOCUMENTS = [
    RETURNS[0],
    Document("long", LONG_TITLE, "Walruses sleep on ice. " * 50, "s"),
    Document("only title", "Walruses sleep", "Walruses sleep", "s"),
    Document("no title", "", "Penguins walk.", "s"),
]


def test_the_second_encoder_of_these_tests_is_a_real_one(rag):
    half = HalfEncoder(rag.encoder)
    found = half.encode(["The warranty lasts two years.", QUESTION, "Penguins walk."])
    assert found.shape == (3, 192) and found[1] @ found[0] > found[1] @ found[2]


def test_questions_are_answered_all_the_way_and_in_the_end_every_vector_is_of_the_new_encoder(
    address, half
):
    """Documents are added, changed and removed between the first blocks."""
    gone = Path("d5.md").resolve()
    same = []
    with opened(address) as old:
        old.ingest(RETURNS, "a")
        old.ingest([*walruses(5), Document("d5", "", "Walrus five sleeps.", str(gone))], "b")
        before = semantic_ids(old, "a")

        def report(what: str, done: int, total: int) -> None:
            same.append(semantic_ids(old, "a") == before)
            if len(same) > 4:
                return
            assert old.ask(QUESTION, "a").answered
            added = Document(f"new{done}", "", f"Seal {done} swims.", "s")
            changed = Document("d0", "", f"Walrus zero, version {done}.", "s")
            old.ingest([added, changed], "b")
            old.remove([gone], "b")

        migrate(address, report=report)
        assert len(same) >= 5 and all(same)
    assert roles(address) == {BUNDLED: "kept", HALF: "active"}
    with opened(address, HALF) as new:
        assert new.ask(QUESTION, "a").answered
        for tenant in "ab":
            stored = vectors(new, tenant)
            assert {len(vector) for vector in stored[1].values()} == {384}
            assert {len(vector) for vector in stored[2].values()} == {192}
            assert stored[1].keys() == stored[2].keys()
            assert len(semantic_ids(new, tenant)) == len(stored[2])
        assert "d5" not in semantic_ids(new, "b")


def test_migrated_vectors_are_those_of_a_first_ingest_with_the_new_encoder(address, half):
    with opened(address) as old:
        old.ingest(DOCUMENTS, "t")
    migrate(address)
    with opened(address, HALF) as new:
        new.ingest(DOCUMENTS, "first")
        migrated = vectors(new, "t")[2]
        first = vectors(new, "first")[2]
    assert migrated.keys() == first.keys() and len(first) > len(DOCUMENTS)
    assert min(float(migrated[text] @ first[text]) for text in first) > 0.999


def test_hits_have_the_cosines_of_their_own_encoder_before_and_after(address, half, rag):
    with opened(address) as old:
        old.ingest(RETURNS, "t")
        migrate(address)
        with opened(address, HALF) as new:
            for pipeline, encoder in ((old, rag.encoder), (new, half)):
                values = pipeline.run(["semantic_hits"], question=QUESTION, tenant="t")
                hits = values["semantic_hits"]
                texts = [f"{hit.chunk.title}\n{hit.chunk.text}" for hit in hits]
                cosines = encoder.encode(texts) @ encoder.encode([QUESTION])[0]
                scores = [hit.score for hit in hits]
                assert scores == pytest.approx(cosines.tolist(), abs=5e-3)


def test_both_ways_of_semantic_search_find_the_same_after_the_change(address, half):
    with opened(address) as old:
        old.ingest(walruses(24), "t")
    migrate(address)
    values = semantic_values(half, "floe 42")
    with opened(address, HALF) as new:
        database = new.database.for_tenant("t")
        with database.transaction() as transaction:
            transaction.execute("SET LOCAL enable_seqscan = off")
            plan = transaction.explain("semantic_hits_index", values)
        exact = [row[0] for row in database.query("semantic_hits_exact", values)]
        index = [row[0] for row in database.query("semantic_hits_index", values)]
    assert exact == index and "embeddings_hnsw_2" in plan
