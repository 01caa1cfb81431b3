import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from headrace import Document, Pipeline, load_settings
from headrace.errors import DatabaseError, ModelError
from headrace.resources.postgres import migrations, statements
from headrace.resources.postgres.database import open_database
from support.places import SCRIPTS

SECRET = "The vault of tenant B opens with the word zylophorm."
ANY_VALUES = {
    "query": "zylophorm vault",
    "languages": ["english"],
    "filters": None,
    "top_k": 100,
    "document_ids": ["secret"],
    "starts": [0],
    "ends": [40],
    "words": ["zylophrm"],
    "short_forms": ["XV"],
    "phrases": ["secret value", "b"],
    "count_limit": 1000,
    "root": "b.txt",
    "document_id": "secret",
    "field": "label",
    "queries": ["zylophorm vault"],
    "excluded": ["nothing"],
    "with_candidates": True,
}
READING = (
    "corpus",
    "keyword_postings",
    "keyword_hits_bm25",
    "keyword_hits_ts_rank",
    "semantic_hits_exact",
    "semantic_hits_index",
    "stored_hashes",
    "stored_chunks",
    "stored_sources",
    "stored_spans",
    "known_words",
    "known_names",
    "field_coverage",
    "lock_document",
    "facet_fields",
    "facet_values",
    "near_names",
)


@pytest.fixture
def admin(rag: Pipeline):
    """A connection as the superuser of the embedded server."""
    with psycopg.connect(rag.database._server.admin_uri, autocommit=True) as connection:
        yield connection


@pytest.fixture
def secret_of_b(rag: Pipeline, tenant: str) -> str:
    """Tenant B, with a document, a filter value and an abbreviation that nobody else may see; its name."""
    other = f"{tenant}-b"
    rag.ingest(
        [
            Document(
                "secret",
                "Vault",
                SECRET + " Xylophone vault (XV).",
                "b.txt",
                {"label": "secret value", "author": "secret value"},
            )
        ],
        other,
    )
    rag.store_glossary([("XV", "zylophorm vault")], other)
    return other


# ------------------------------------------------------------------------------------------------------------- tenants


def test_nothing_of_b_is_visible_to_a_through_any_node(rag, returns, secret_of_b):
    question = 'What opens the zylophorn vault XV with label "secret value"?'
    nodes = [
        variable.name
        for variable in rag.driver.list_available_variables()
        if not variable.is_external_input
    ]
    values = rag.run(nodes, question=question, tenant=returns)
    assert (
        SECRET not in repr(values)
        and "b.txt" not in repr(values)
        and "zylophorm" not in repr(values).lower().replace("zylophorn", "")
    )


@pytest.mark.parametrize("statement", READING)
def test_nothing_of_b_is_visible_to_a_through_any_statement(rag, returns, secret_of_b, statement):
    chunk_ids = [
        row[1]
        for row in rag.database.query(secret_of_b, "stored_chunks", {"document_ids": ["secret"]})
    ]
    ones = [1.0] * len(chunk_ids)
    values = {
        **ANY_VALUES,
        "query_embedding": rag.encoder.encode(["zylophorm vault"])[0],
        "chunk_ids": chunk_ids,
        "scores": ones,
        "coverages": ones,
    }
    as_b, as_a = (
        repr(rag.database.query(whose, statement, values)).lower()
        for whose in (secret_of_b, returns)
    )
    assert "zylophorm" not in as_a and "secret" not in as_a and "b.txt" not in as_a
    assert as_b != as_a  # the same call as B does find something


@pytest.mark.parametrize(
    "forged",
    [
        "' OR tenant_id <> '",
        "%",
        "tenant-%",
        "*",
        "'; SET headrace.tenant = 'x",
        "{b}' --",
        "{B}",
        " {b}",
        "{b} ",
        "{b}\n",
    ],
)
def test_a_forged_tenant_sees_nothing(rag, secret_of_b, forged):
    forged = forged.replace("{b}", secret_of_b).replace("{B}", secret_of_b.upper())
    values = rag.run(["corpus", "fused_hits"], question="zylophorm vault", tenant=forged)
    assert values["corpus"].documents == 0 and values["fused_hits"] == []


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE documents; --",
        "') OR TRUE --",
        "$1 %(tenant_id)s {encoder_id} %s",
        "\\'; SELECT pg_sleep(9)",
        "zylophorm:*|a&!b",
    ],
)
def test_sql_in_any_text_is_only_text(rag, secret_of_b, tenant, text):
    rag.ingest(
        [Document(text, text, f"{text} walrus", text, {"label": text, text[:20]: "x"})], tenant
    )
    rag.store_glossary([(text, text)], tenant)
    hits = rag.run(
        ["fused_hits"], question=f"walrus {text}", tenant=tenant, filters={"label": text}
    )["fused_hits"]
    assert [hit.chunk.document_id for hit in hits] == [text]
    assert rag.run(["corpus"], tenant=secret_of_b)["corpus"].documents == 1


def test_a_transaction_without_a_tenant_sees_and_writes_nothing(rag, secret_of_b):
    with rag.database._connection() as connection:
        tables = (
            "documents",
            "chunks",
            "embeddings",
            "postings",
            "segments",
            "words",
            "spellings",
            "document_fields",
            "glossary",
            "definitions",
        )
        assert [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables
        ] == [0] * len(tables)
        for refused in (
            "",
            "anyone",
        ):  # '' is what the setting becomes once a transaction that set it is over
            with pytest.raises(
                (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)
            ):
                connection.execute("INSERT INTO glossary VALUES (%s, 'a', 'b')", [refused])
            connection.rollback()


def test_a_connection_that_served_b_serves_a_without_a_trace_of_it(data_dir, returns, secret_of_b):
    """One connection in all, and prepared statements (psycopg prepares after five runs)."""
    with Pipeline.open(
        data_dir=data_dir, connections=2, reranking="off", generation="extractive"
    ) as rag:
        for _ in range(8):
            assert rag.run(["fused_hits"], question="zylophorm vault", tenant=secret_of_b)[
                "fused_hits"
            ]
            assert "zylophorm" not in repr(
                rag.run(["fused_hits"], question="zylophorm vault", tenant=returns)
            )


def test_a_cannot_write_into_b(rag, returns, secret_of_b):
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        rag.database.transaction(returns) as transaction,
    ):
        transaction.execute(f"INSERT INTO glossary VALUES ('{secret_of_b}', 'a', 'b')")
    with rag.database.transaction(returns) as transaction:
        transaction.execute(f"DELETE FROM documents WHERE tenant_id = '{secret_of_b}'")
    assert rag.run(["corpus"], tenant=secret_of_b)["corpus"].documents == 1


def test_a_document_id_of_one_tenant_is_free_for_another(rag, returns, secret_of_b):
    rag.ingest([Document("secret", "", "My own secret.", "a.txt")], returns)
    assert rag.run(["keyword_hits"], question="zylophorm", tenant=secret_of_b)["keyword_hits"]


def test_queries_run_as_a_login_that_row_level_security_binds(rag, admin):
    with rag.database._connection() as connection:
        role = connection.execute("SELECT session_user").fetchone()[0]
    assert (
        admin.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s", [role]
        ).fetchone()
        == (False,) * 3
    )


def test_row_level_security_is_forced_on_every_table_with_a_tenant_and_every_key_starts_with_it(
    admin,
):
    rows = admin.execute("""
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
               (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND i.indisprimary)
        FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace""").fetchall()
    assert len(rows) == 12 and all(forced and first == "tenant_id" for _, forced, first in rows)


# ---------------------------------------------------------------------------------------------------------- migrations


@pytest.fixture
def fresh(admin):
    """The address of an empty database on the embedded server, by a DATABASE_URL."""
    admin.execute("CREATE DATABASE other")
    yield make_conninfo(admin.info.dsn, dbname="other")
    admin.execute("DROP DATABASE other WITH (FORCE)")
    admin.execute("DROP ROLE IF EXISTS other_app")


def test_a_database_by_its_address_is_migrated_and_used(fresh, data_dir):
    with Pipeline.open(
        data_dir=data_dir, database_url=fresh, reranking="off", generation="extractive"
    ) as rag:
        rag.ingest([Document("d", "", "The walrus sleeps on ice.", "s")], "t")
        assert rag.ask("Where does the walrus sleep?", "t").answered and not rag.database.embedded


def test_migrations_are_applied_once_in_order(fresh):
    with psycopg.connect(fresh, autocommit=True) as connection:
        assert migrations.migrate(connection) == migrations.migrate(connection) == "other_app"
        applied = connection.execute(
            "SELECT number, name FROM schema_migrations ORDER BY number"
        ).fetchall()
    assert applied == [(number, name) for number, name, _ in statements.migrations()]


def test_numbers_stored_before_there_were_any_are_filled_in_though_row_level_security_binds_the_owner(
    fresh,
):
    from headrace.metadata.filters import field_number

    texts = [
        "1",
        "-2.50",
        "+3",
        "1e3",
        "0.5",
        "007",
        "1.",
        ".5",
        "12a",
        "v1",
        "1,000",
        "1e999",
        "9" * 18,
        "9" * 19,
        "nan",
        "infinity",
        "1 2",
        "²",
    ]
    texts_of = {number: text for number, _, text in statements.migrations()}
    role = "other_app"
    with psycopg.connect(fresh, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}")
        connection.execute(statements.filled(texts_of[1], {"application_role": role}))
        connection.execute(
            "INSERT INTO documents VALUES ('t', 'd', '', '', '', 'english', '{}', '')"
        )
        for text in texts:
            connection.execute(
                "INSERT INTO document_fields VALUES ('t', 'f', %s, 'd', %s, NULL)", [text, text]
            )
        connection.execute(
            f"ALTER TABLE document_fields OWNER TO {role}; ALTER FUNCTION filtered_documents OWNER TO {role}; SET ROLE {role}"
        )
        connection.execute(statements.filled(texts_of[3], {"application_role": role}))
        assert connection.execute("SELECT count(*) FROM document_fields").fetchone() == (0,)
        connection.execute("RESET ROLE")
        filled = dict(
            connection.execute("SELECT value, value_number FROM document_fields").fetchall()
        )
    assert filled == {text: field_number(text) for text in texts}


def test_several_processes_may_migrate_at_once(fresh):
    from concurrent.futures import ThreadPoolExecutor

    def migrate(_: int) -> str:
        with psycopg.connect(fresh, autocommit=True) as connection:
            return migrations.migrate(connection)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(migrate, range(4))) == {"other_app"}


def test_a_database_newer_than_the_code_is_refused(fresh):
    with psycopg.connect(fresh, autocommit=True) as connection:
        migrations.migrate(connection)
        connection.execute(
            "INSERT INTO schema_migrations (number, name) VALUES (999, 'of the future')"
        )
        with pytest.raises(
            DatabaseError, match=r"migration 999, this Headrace knows \d+: newer code made it"
        ):
            migrations.migrate(connection)


def test_another_encoder_than_the_databases_is_refused_with_the_way_out(rag, data_dir):
    class Other:
        name, dimension, max_tokens, tokenizer = "another-model", 768, 512, None

    with pytest.raises(
        ModelError, match=r"holds vectors of all-MiniLM.*another-model.*HEADRACE_ENCODER=all-MiniLM"
    ):
        open_database(load_settings(data_dir=data_dir), Other())


def test_an_address_where_nothing_answers_is_a_clear_error(tmp_path, rag):
    with pytest.raises(DatabaseError, match="DATABASE_URL"):
        open_database(
            load_settings(data_dir=tmp_path, database_url="postgresql://nobody@127.0.0.1:9/none"),
            rag.encoder,
        )


def test_a_backend_that_dies_between_two_questions_is_replaced(rag, returns, admin):
    assert rag.ask("How long does the warranty last?", returns).answered
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'headrace_app'"
    )
    assert rag.ask("How long does the warranty last?", returns).answered


# ------------------------------------------------------------------------------------------------------ embedded server


def visitor(data_dir: Path, name: str) -> tuple[subprocess.Popen, int]:
    """A process that has opened the embedded database and stays; and the server's process id, as it sees it."""
    command = [sys.executable, str(SCRIPTS / "visitor.py"), str(data_dir), name]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    word, pid = process.stdout.readline().split()
    assert word == "ready"
    return process, int(pid)


def leave(process: subprocess.Popen) -> None:
    process.communicate(timeout=60)


def running(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_two_processes_share_one_server_and_the_death_of_one_leaves_it_to_the_other(
    tmp_path_factory,
):
    data_dir = tmp_path_factory.mktemp("shared")
    first, server = visitor(data_dir, "ice")
    second, same = visitor(data_dir, "sand")
    assert server == same
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=60)
    assert running(server)
    with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive") as rag:
        assert rag.run(["corpus"], tenant="shared")["corpus"].documents == 2
    assert running(server)  # the second process still uses it
    leave(second)
    assert not running(server)  # the killed process does not keep it alive


def kill_server(pid: int) -> None:
    import psutil

    for victim in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        victim.kill()


def test_a_killed_server_is_started_again_with_all_that_was_stored(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("killed")
    process, server = visitor(data_dir, "ice")
    kill_server(server)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive") as rag:
        assert rag.run(["corpus"], tenant="shared")["corpus"].documents == 1


def test_the_notes_of_a_killed_server_that_nobody_has_reaped_are_removed_and_those_of_a_living_one_are_not(
    tmp_path,
):
    """Its socket's note would otherwise keep the next server from starting, as long as the dead process is listed."""
    from headrace.resources.postgres.embedded_server import _forget_dead_server

    notes = tmp_path / "postmaster.pid", tmp_path / ".s.PGSQL.5432.lock"
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        os.waitid(
            os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT
        )  # it has ended and stays listed until Popen asks for its exit code
        for pid, left in ((os.getpid(), 2), (dead.pid, 0)):
            for note in notes:
                note.write_text(f"{pid}\n{tmp_path}\n1\n5432\n{tmp_path}\n\n1 2\nready\n")
            _forget_dead_server(tmp_path)
            assert sum(note.exists() for note in notes) == left


def test_a_server_that_takes_no_connections_yet_is_waited_for(monkeypatch):
    """After a crash it first repeats what was written last."""
    from psycopg.pq import Ping

    from headrace.resources.postgres import embedded_server

    states, pauses = iter([Ping.REJECT, Ping.REJECT, Ping.OK]), []
    monkeypatch.setattr(embedded_server, "PGconn", SimpleNamespace(ping=lambda uri: next(states)))
    monkeypatch.setattr(embedded_server.time, "sleep", pauses.append)
    embedded_server._await_recovery("postgresql://")
    assert len(pauses) == 2 and next(states, None) is None


def test_a_server_that_another_process_started_again_is_stopped_by_the_last_that_leaves(
    tmp_path_factory,
):
    data_dir = tmp_path_factory.mktemp("again")
    first, server = visitor(data_dir, "ice")
    kill_server(server)
    second, other = visitor(data_dir, "sand")
    leave(second)
    assert other != server and running(other)  # the first process still uses it
    leave(first)
    assert not running(other)


def test_a_second_pipeline_of_a_process_starts_a_killed_server_for_both(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("both")
    choices = {"data_dir": data_dir, "reranking": "off", "generation": "extractive"}
    with Pipeline.open(**choices) as first:
        first.ingest([Document("d", "", "The walrus sleeps on ice.", "s")], "t")
        kill_server(first.database._server._server.get_pid())
        with Pipeline.open(**choices) as second:
            assert second.run(["corpus"], tenant="t")["corpus"].documents == 1
        server = first.database._server._server.get_pid()
        assert running(server) and first.run(["corpus"], tenant="t")["corpus"].documents == 1
    assert not running(server)


def test_two_pipelines_of_one_process_close_without_taking_the_server_from_each_other(
    data_dir, rag, returns
):
    with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive"):
        pass
    assert rag.ask("How long does the warranty last?", returns).answered


def test_the_server_may_keep_a_quarter_of_the_memory_at_hand_also_in_a_container_and_no_more_than_4_gb(
    admin, tmp_path, monkeypatch
):
    from headrace.resources.postgres import embedded_server

    (shown,) = admin.execute(
        "SELECT setting::int * 8 / 1024 FROM pg_settings WHERE name = 'shared_buffers'"
    ).fetchone()
    assert shown == embedded_server._shared_mb()
    monkeypatch.setattr(
        embedded_server.psutil, "virtual_memory", lambda: SimpleNamespace(total=8 << 30)
    )
    monkeypatch.setattr(embedded_server, "_CONTAINER_LIMIT", tmp_path / "memory.max")
    for limit, expected in (
        (None, 2147),
        ("max", 2147),
        (str(2 << 30), 536),
        ("1000000", 128),
        (str(64 << 30), 2147),
    ):
        if limit is not None:
            (tmp_path / "memory.max").write_text(limit + "\n")
        assert embedded_server._shared_mb() == expected
    monkeypatch.setattr(
        embedded_server.psutil, "virtual_memory", lambda: SimpleNamespace(total=256 << 30)
    )
    assert embedded_server._shared_mb() == 4096


def test_a_worker_that_ended_meanwhile_does_not_hide_the_servers_memory(rag, monkeypatch):
    import psutil

    with subprocess.Popen([sys.executable, "-c", ""]) as worker:
        ended = psutil.Process(worker.pid)
    monkeypatch.setattr(psutil.Process, "children", lambda process: [ended])
    assert rag.database.memory_mb() > 1


def test_the_connection_that_came_back_last_is_lent_first(rag, tenant):
    pool = rag.database._pool
    first, second = pool.getconn(), pool.getconn()
    pool.putconn(second)
    pool.putconn(first)
    for _ in range(3):
        with pool.connection() as lent:
            assert lent is first
