"""Whether a database holds exactly what it should: every damage is found."""

from dataclasses import replace

import pytest

from headrace import Pipeline
from headrace.measuring.kills.check import check
from headrace.measuring.kills.documents import Version
from headrace.resources.postgres.tenant_database import PostgresTenant
from support.known_documents import FIRST, SECOND

STORED = {FIRST.document_id: [FIRST], SECOND.document_id: [SECOND]}
HELD = {FIRST.document_id: FIRST, SECOND.document_id: SECOND}


def kinds(rag: Pipeline, tenant: str, possible: dict | None = None) -> set[str]:
    """The kinds of violation that are found."""
    possible = STORED if possible is None else possible
    return {violation.kind for violation in check(rag, tenant, possible, possible)[1]}


def test_a_sound_tenant_has_no_violation_and_its_documents_are_in_the_states_they_should_be(
    small, held
):
    assert check(small, held, STORED, STORED) == (HELD, [])


def test_an_interrupted_change_may_be_there_or_not(small, held):
    newer = replace(FIRST, paragraphs=((0, 5), (1, 6), (2, 5)))
    never = Version(0, 4, 1, ((0, 1),))
    possible = {**STORED, FIRST.document_id: [FIRST, newer], never.document_id: [None, never]}
    assert check(small, held, possible, possible) == (HELD, [])
    small.ingest([newer.document, never.document], held)
    states, _ = check(small, held, possible, possible)
    assert states == {**HELD, FIRST.document_id: newer, never.document_id: never}


def test_a_lost_document_a_removed_one_that_is_back_and_another_version_have_different_names(
    small, held
):
    missing = Version(0, 9, 1, ((0, 1),))
    later = Version(0, 2, 8, ((0, 8),))
    assert kinds(small, held, {**STORED, missing.document_id: [missing]}) == {"lost"}
    assert kinds(small, held, {FIRST.document_id: [FIRST]}) == {"back"}
    assert kinds(small, held, {**STORED, SECOND.document_id: [None]}) == {"back"}
    assert kinds(small, held, {**STORED, SECOND.document_id: [later]}) == {"version"}


#: Of every statement here, the tenant is a parameter.
FIRST_CHUNK = "(SELECT min(chunk_id) FROM chunks WHERE tenant_id = %(tenant)s)"
IS_FIRST_CHUNK = f"tenant_id = %(tenant)s AND chunk_id = {FIRST_CHUNK}"
IS_FIRST_DOCUMENT = "tenant_id = %(tenant)s AND document_id = 'w0d1'"
IS_ONE_POSTING = """tenant_id = %(tenant)s AND (level, term, segment) = (
    SELECT level, term, segment FROM postings WHERE tenant_id = %(tenant)s LIMIT 1)"""
COLUMNS = (
    "tenant_id, document_id, ordinal, start_at, end_at, page, text, content_hash, lexemes, length"
)
#: What is done, and the kind of violation that it is.
DAMAGES = {
    "a document without its row": ("lost", f"DELETE FROM documents WHERE {IS_FIRST_DOCUMENT}"),
    "an old text": ("version", f"UPDATE documents SET text = 'old' WHERE {IS_FIRST_DOCUMENT}"),
    "a lost chunk": ("half", f"DELETE FROM chunks WHERE {IS_FIRST_CHUNK}"),
    "a doubled chunk": (
        "half",
        f"INSERT INTO chunks ({COLUMNS}) SELECT {COLUMNS} FROM chunks WHERE {IS_FIRST_CHUNK}",
    ),
    "a chunk in another's place": (
        "half",
        f"UPDATE chunks SET ordinal = 7 WHERE {IS_FIRST_CHUNK}",
    ),
    "a lost vector": ("embeddings", f"DELETE FROM embeddings WHERE {IS_FIRST_CHUNK}"),
    "another text's vector": (
        "embeddings",
        f"""UPDATE embeddings SET embedding = (
            SELECT embedding FROM embeddings
            WHERE tenant_id = %(tenant)s AND chunk_id <> {FIRST_CHUNK} LIMIT 1)
        WHERE {IS_FIRST_CHUNK}""",
    ),
    "a vector without its chunk": (
        "embeddings",
        """INSERT INTO embeddings SELECT tenant_id, 999999, encoder_id, embedding
        FROM embeddings WHERE tenant_id = %(tenant)s LIMIT 1""",
    ),
    "a vector of an encoder that is not active": (
        "embeddings",
        """INSERT INTO embeddings SELECT tenant_id, chunk_id, 99, embedding
        FROM embeddings WHERE tenant_id = %(tenant)s LIMIT 1""",
    ),
    "a lost filter value": (
        "fields",
        f"DELETE FROM document_fields WHERE {IS_FIRST_DOCUMENT} AND field = 'version'",
    ),
    "an abbreviation of nobody's": (
        "fields",
        "INSERT INTO definitions VALUES (%(tenant)s, 'XY', 'xeno yak', 'w0d1')",
    ),
    "a doubled posting": (
        "postings",
        """INSERT INTO postings
        SELECT tenant_id, level, term, segment + 1000, part, chunks, entries
        FROM postings WHERE tenant_id = %(tenant)s LIMIT 1""",
    ),
    "a doubled posting in one row": (
        "postings",
        f"UPDATE postings SET entries = entries || entries WHERE {IS_ONE_POSTING}",
    ),
    "a lost posting": ("postings", f"DELETE FROM postings WHERE {IS_ONE_POSTING}"),
    "what is taken back, lost": (
        "postings",
        "DELETE FROM postings WHERE tenant_id = %(tenant)s AND chunks < 0",
    ),
    "a term counted wrongly": (
        "postings",
        f"UPDATE postings SET chunks = chunks + 1 WHERE {IS_ONE_POSTING}",
    ),
    "a segment that is not listed": (
        "segments",
        """DELETE FROM segments WHERE tenant_id = %(tenant)s AND segment = (
            SELECT min(segment) FROM segments WHERE tenant_id = %(tenant)s)""",
    ),
    "a chunk counted twice": (
        "statistics",
        "UPDATE tenant_statistics SET chunks = chunks + 1 WHERE tenant_id = %(tenant)s",
    ),
    "a term not counted": (
        "statistics",
        "UPDATE tenant_statistics SET length = length - 1 WHERE tenant_id = %(tenant)s",
    ),
    "a word without its spelling": (
        "words",
        "DELETE FROM spellings WHERE tenant_id = %(tenant)s AND word = 'walrus'",
    ),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_every_damage_is_found(small, held, damage, what):
    kind, statement = DAMAGES[what]
    assert kinds(small, held) == set()
    damage(statement)
    assert kind in kinds(small, held)


def test_a_chunk_that_a_search_misses_or_invents_is_found(small, held, damage):
    damage("DELETE FROM postings WHERE tenant_id = %(tenant)s")
    assert "keyword search" in kinds(small, held)
    damage("DELETE FROM embeddings WHERE tenant_id = %(tenant)s")
    assert "semantic search" in kinds(small, held)


def test_an_index_that_does_not_lead_to_a_chunk_is_found(small, held, monkeypatch):
    query_each = PostgresTenant.query_each

    def without_index(database: PostgresTenant, statement: str, given: list) -> list[list[tuple]]:
        rows = query_each(database, statement, given)
        return [[] for _ in rows] if statement == "semantic_hits_index" else rows

    monkeypatch.setattr(PostgresTenant, "query_each", without_index)
    assert kinds(small, held) == {"semantic index"}
