import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from headrace import Pipeline, load_settings
from headrace.commands import main
from headrace.measuring.kills import kills
from headrace.measuring.kills.check import KINDS, check
from headrace.measuring.kills.documents import (
    DrawnVectors,
    Version,
    disagree,
    documents_of,
    everything,
    opened,
    source,
)
from headrace.measuring.kills.processes import running_server
from support.places import ROOT

FIRST = Version(0, 1, 5, ((0, 5), (1, 5), (2, 5)))
SECOND = Version(0, 2, 7, ((0, 7), (1, 7)))
STORED = {FIRST.document_id: [FIRST], SECOND.document_id: [SECOND]}


# --------------------------------------------------------------------------------------------------------- the whole run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[int, dict, str, Path]:
    """run.py bench --kills 4, as a process of its own: its exit code, report, output and data folder."""
    folder = tmp_path_factory.mktemp("kills")
    report, data = folder / "report.json", folder / "data"
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [
        sys.executable,
        "-W",
        "error",
        str(ROOT / "run.py"),
        "bench",
        "--kills",
        "4",
        "--seed",
        "3",
        "--json",
        str(report),
    ]
    done = subprocess.run(
        command,
        env=environment | {"HEADRACE_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert report.exists(), done.stderr
    return done.returncode, json.loads(report.read_text()), done.stdout, data


def test_client_and_server_are_killed_and_nothing_is_lost_doubled_or_half_visible(run):
    code, report, out, _ = run
    assert report["violations"] == dict.fromkeys(KINDS, 0), report["examples"]
    assert code == 0 and "nothing lost, nothing doubled, nothing half visible" in out
    assert report["kills"] == dict.fromkeys(kills.VICTIMS, 1) and report["asked_kills"] == 4


def test_calls_were_under_way_when_it_was_killed_and_searches_beside_them(run):
    _, report, _, _ = run
    interrupted = report["interrupted"]
    ended = sum(interrupted[how] for how in ("whole", "absent", "partly", "questions"))
    assert (
        ended >= 1
        and sum(report["operations"].values()) > 0
        and report["searches"] > 0
        and report["checked_documents"] > 0
    )


def test_nothing_stays_behind(run):
    assert list(run[3].iterdir()) == []


# ---------------------------------------------------------------------------------------------------------- the checker


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Iterator[Pipeline]:
    """A pipeline with drawn vectors, on a server of its own."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("checked"), understanding="off")
    with opened(settings) as rag:
        yield rag


@pytest.fixture
def held(small, tenant) -> str:
    """A tenant with two documents, one of them updated and one more removed; its name."""
    gone = Version(0, 3, 2, ((0, 2),))
    small.ingest(
        [
            replace(FIRST, paragraphs=((0, 5), (1, 3), (2, 5))).document,
            SECOND.document,
            gone.document,
        ],
        tenant,
    )
    small.ingest([FIRST.document], tenant)
    small.remove([source(gone.document_id)], tenant)
    return tenant


@pytest.fixture
def damage(small, held) -> Callable[[str], None]:
    """Runs SQL as the superuser, whom no policy binds and no foreign key stops."""

    def run_sql(text: str) -> None:
        with psycopg.connect(small.database.admin_uri) as connection:
            connection.execute("SET session_replication_role = replica")
            assert connection.execute(text, {"tenant": held}).rowcount > 0

    return run_sql


def kinds(rag: Pipeline, tenant: str, possible: dict | None = None) -> set[str]:
    """The kinds of violation that are found."""
    possible = STORED if possible is None else possible
    return {violation.kind for violation in check(rag, tenant, possible, possible)[1]}


def test_a_sound_tenant_has_no_violation_and_its_documents_are_in_the_states_they_should_be(
    small, held
):
    assert check(small, held, STORED, STORED) == (
        {FIRST.document_id: FIRST, SECOND.document_id: SECOND},
        [],
    )


def test_an_interrupted_change_may_be_there_or_not(small, held):
    newer = replace(FIRST, paragraphs=((0, 5), (1, 6), (2, 5)))
    never = Version(0, 4, 1, ((0, 1),))
    possible = {**STORED, FIRST.document_id: [FIRST, newer], never.document_id: [None, never]}
    assert check(small, held, possible, possible) == (
        {FIRST.document_id: FIRST, SECOND.document_id: SECOND},
        [],
    )
    small.ingest([newer.document, never.document], held)
    assert check(small, held, possible, possible)[0] == {
        FIRST.document_id: newer,
        SECOND.document_id: SECOND,
        never.document_id: never,
    }


def test_a_lost_document_a_removed_one_that_is_back_and_another_version_are_told_apart(small, held):
    missing = Version(0, 9, 1, ((0, 1),))
    assert kinds(small, held, {**STORED, missing.document_id: [missing]}) == {"lost"}
    assert kinds(small, held, {FIRST.document_id: [FIRST]}) == {"back"}
    assert kinds(small, held, {**STORED, SECOND.document_id: [None]}) == {"back"}
    assert kinds(small, held, {**STORED, SECOND.document_id: [Version(0, 2, 8, ((0, 8),))]}) == {
        "version"
    }


FIRST_CHUNK = "(SELECT min(chunk_id) FROM chunks WHERE tenant_id = %(tenant)s)"
DAMAGES = {
    "a document without its row": (
        "DELETE FROM documents WHERE tenant_id = %(tenant)s AND document_id = 'w0d1'",
        "lost",
    ),
    "an old text": (
        "UPDATE documents SET text = 'old' WHERE tenant_id = %(tenant)s AND document_id = 'w0d1'",
        "version",
    ),
    "a lost chunk": (
        f"DELETE FROM chunks WHERE tenant_id = %(tenant)s AND chunk_id = {FIRST_CHUNK}",
        "half",
    ),
    "a doubled chunk": (
        "INSERT INTO chunks (tenant_id, document_id, ordinal, start_at, end_at, page, text, content_hash, lexemes, length) "
        "SELECT tenant_id, document_id, ordinal, start_at, end_at, page, text, content_hash, lexemes, length FROM chunks "
        f"WHERE tenant_id = %(tenant)s AND chunk_id = {FIRST_CHUNK}",
        "half",
    ),
    "a chunk in another's place": (
        f"UPDATE chunks SET ordinal = 7 WHERE tenant_id = %(tenant)s AND chunk_id = {FIRST_CHUNK}",
        "half",
    ),
    "a lost vector": (
        f"DELETE FROM embeddings WHERE tenant_id = %(tenant)s AND chunk_id = {FIRST_CHUNK}",
        "embeddings",
    ),
    "another text's vector": (
        f"UPDATE embeddings SET embedding = (SELECT embedding FROM embeddings WHERE tenant_id = %(tenant)s AND chunk_id <> {FIRST_CHUNK} LIMIT 1) "
        f"WHERE tenant_id = %(tenant)s AND chunk_id = {FIRST_CHUNK}",
        "embeddings",
    ),
    "a vector without its chunk": (
        "INSERT INTO embeddings SELECT tenant_id, 999999, encoder_id, embedding FROM embeddings WHERE tenant_id = %(tenant)s LIMIT 1",
        "embeddings",
    ),
    "a vector of an encoder that is not active": (
        "INSERT INTO embeddings SELECT tenant_id, chunk_id, 99, embedding FROM embeddings WHERE tenant_id = %(tenant)s LIMIT 1",
        "embeddings",
    ),
    "a lost filter value": (
        "DELETE FROM document_fields WHERE tenant_id = %(tenant)s AND document_id = 'w0d1' AND field = 'version'",
        "fields",
    ),
    "an abbreviation of nobody's": (
        "INSERT INTO definitions VALUES (%(tenant)s, 'XY', 'xeno yak', 'w0d1')",
        "fields",
    ),
    "a doubled posting": (
        "INSERT INTO postings SELECT tenant_id, level, term, segment + 1000, part, chunks, entries FROM postings "
        "WHERE tenant_id = %(tenant)s LIMIT 1",
        "postings",
    ),
    "a doubled posting in one row": (
        "UPDATE postings p SET entries = entries || entries WHERE tenant_id = %(tenant)s AND (level, term, segment) = "
        "(SELECT level, term, segment FROM postings WHERE tenant_id = %(tenant)s LIMIT 1)",
        "postings",
    ),
    "a lost posting": (
        "DELETE FROM postings WHERE tenant_id = %(tenant)s AND (level, term, segment) = "
        "(SELECT level, term, segment FROM postings WHERE tenant_id = %(tenant)s LIMIT 1)",
        "postings",
    ),
    "what is taken back, lost": (
        "DELETE FROM postings WHERE tenant_id = %(tenant)s AND chunks < 0",
        "postings",
    ),
    "a term counted wrongly": (
        "UPDATE postings SET chunks = chunks + 1 WHERE tenant_id = %(tenant)s AND (level, term, segment) = "
        "(SELECT level, term, segment FROM postings WHERE tenant_id = %(tenant)s LIMIT 1)",
        "postings",
    ),
    "a segment that is not listed": (
        "DELETE FROM segments WHERE tenant_id = %(tenant)s AND segment = (SELECT min(segment) FROM segments WHERE tenant_id = %(tenant)s)",
        "segments",
    ),
    "a chunk counted twice": (
        "UPDATE tenant_statistics SET chunks = chunks + 1 WHERE tenant_id = %(tenant)s",
        "statistics",
    ),
    "a term not counted": (
        "UPDATE tenant_statistics SET length = length - 1 WHERE tenant_id = %(tenant)s",
        "statistics",
    ),
    "a word without its spelling": (
        "DELETE FROM spellings WHERE tenant_id = %(tenant)s AND word = 'walrus'",
        "words",
    ),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_every_damage_is_found(small, held, damage, what):
    statement, kind = DAMAGES[what]
    assert kinds(small, held) == set()
    damage(statement)
    assert kind in kinds(small, held)


def test_a_chunk_that_a_search_misses_or_invents_is_found(small, held, damage):
    damage("DELETE FROM postings WHERE tenant_id = %(tenant)s")
    assert "keyword search" in kinds(small, held)
    damage("DELETE FROM embeddings WHERE tenant_id = %(tenant)s")
    assert "semantic search" in kinds(small, held)


def test_an_index_that_does_not_lead_to_a_chunk_is_found(small, held, monkeypatch):
    query_each = small.database.query_each
    answers = {"semantic_hits_index": lambda rows: [[] for _ in rows]}
    monkeypatch.setattr(
        small.database,
        "query_each",
        lambda tenant, name, given: answers.get(name, list)(query_each(tenant, name, given)),
    )
    assert kinds(small, held) == {"semantic index"}


# ----------------------------------------------------------------------------------------------------- what a reader sees


def test_a_search_that_matches_everything_shows_every_version_whole(small, held):
    found = everything(small, held)
    for node in ("semantic_hits", "keyword_hits"):
        assert dict(documents_of(found[node])) == {
            state.document_id: state.markers for state in (FIRST, SECOND)
        }


@pytest.fixture
def watching() -> kills.Run:
    """A run that has started nothing, and knows of one document in two versions."""
    made = object.__new__(kills.Run)
    made._ever = {("t", "d"): {("d1", "d2"), ("e1", "e2")}}
    made._counts, made._violations, made._examples = kills.Counter(), kills.Counter(), []
    return made


@pytest.mark.parametrize(
    "markers", [("d1", "e2"), ("d1",), ("d1", "d2", "d2"), ("d2", "d1"), ("d1", "d2", "e1", "e2")]
)
def test_a_mix_of_versions_a_part_and_a_chunk_seen_twice_are_violations(watching, markers):
    watching._look_at("t", "semantic_hits", "d", markers)
    assert (
        watching._violations == {"mixed": 1}
        and "semantic_hits of t showed d" in watching._examples[0]
    )


def test_a_whole_version_is_none(watching):
    watching._look_at("t", "keyword_hits", "d", ("e1", "e2"))
    assert not watching._violations


def test_two_searches_that_show_one_document_in_two_versions_are_of_two_moments():
    assert disagree({"a": ("a1",), "b": ("b1",)}, {"a": ("a2",)})
    assert not disagree({"a": ("a1",), "b": ("b1",)}, {"a": ("a1",), "c": ("c1",)})


def test_a_call_that_failed_while_the_server_was_there_is_a_violation(watching):
    watching._failures = {0: "OperationalError: deadlock detected"}
    watching._count_failures()
    assert watching._violations == {"refused": 1} and not watching._failures


def test_documents_that_nobody_was_asked_to_store_are_violations(watching):
    watching._look_at("t", "keyword_hits", "unknown", ("x",))
    assert watching._violations == {"mixed": 1}


def test_every_sentence_is_a_chunk_of_its_own_and_begins_with_its_marker(small, held):
    with small.database.for_tenant(held).transaction() as transaction:
        rows = transaction.execute("SELECT text FROM chunks ORDER BY document_id, ordinal")
    assert [text.split()[0] for (text,) in rows] == [*FIRST.markers, *SECOND.markers]


def test_drawn_vectors_have_norm_1_and_are_the_texts_own():
    vectors = DrawnVectors().encode(["a", "b", "a"])
    assert vectors.shape == (3, 32) and abs((vectors**2).sum(axis=1) - 1).max() < 1e-5
    assert (vectors[0] == vectors[2]).all() and (vectors[0] != vectors[1]).any()


# ---------------------------------------------------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["0"], "at least 1"),
        (["3", "--quick"], "one thing"),
        (["3", "--scale", "9"], "one thing"),
        (["3", "--words"], "one thing"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_started(
    arguments, said, tmp_path, monkeypatch, capfd
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    assert main(["bench", "--kills", *arguments]) == 2
    assert said in capfd.readouterr().err and not (tmp_path / "data").exists()


def test_a_server_that_is_not_its_own_is_never_killed(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@example.org/theirs")
    assert main(["bench", "--kills", "2"]) == 2
    assert "unset DATABASE_URL" in capfd.readouterr().err and not (tmp_path / "data").exists()


def test_only_the_server_of_its_own_folder_is_taken_for_it(small, tmp_path):
    folder = small.settings.data_dir
    assert running_server(folder).pid == int(
        (folder / "postgres" / "postmaster.pid").read_text().split()[0]
    )
    (tmp_path / "postgres").mkdir()
    for note in (
        "",
        "no number",
        str(os.getpid()),
    ):  # the last: a stranger's process with the number of a server that is gone
        (tmp_path / "postgres" / "postmaster.pid").write_text(note)
        assert running_server(tmp_path) is None
    assert running_server(tmp_path / "nowhere") is None


def test_a_violation_makes_the_exit_code_1_and_is_shown(monkeypatch, capfd, tmp_path):
    report = {
        "kills": {"client": 1, "server": 0, "postmaster": 0, "backend": 0},
        "asked_kills": 2,
        "operations": {"ingest": 3},
        "searches": 5,
        "checked_documents": 4,
        "interrupted": dict.fromkeys(
            ("whole", "absent", "partly", "questions", "documents_whole", "documents_absent"), 0
        ),
        "searches_of_two_moments": 0,
        "violations": {**dict.fromkeys(KINDS, 0), "lost": 1},
        "examples": ["w0d1 should be there"],
        "seed": 0,
        "wall_s": 1.0,
    }
    monkeypatch.setattr(kills, "measure", lambda *given: report)
    assert main(["bench", "--kills", "2", "--json", str(tmp_path / "report.json")]) == 1
    out = capfd.readouterr().out
    assert (
        "1 violations" in out
        and "w0d1 should be there" in out
        and json.loads((tmp_path / "report.json").read_text()) == report
    )
