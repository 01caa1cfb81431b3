"""The owner of the tables is no superuser, as on every managed PostgreSQL."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from headrace import Document, Pipeline
from headrace.resources.postgres.encoder_register import EncoderRegister
from headrace.resources.postgres.tenants import blockers, logins, rights
from support.databases import empty_database


@pytest.fixture(scope="module")
def owned(rag) -> Iterator[str]:
    """The address of a database for its owner, who may make roles and nothing else.

    A superuser has put pgvector into it.
    """
    owner = f"owner_{uuid.uuid4().hex[:8]}"
    superuser = rag.database.admin_uri
    with psycopg.connect(superuser, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {owner} LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS")
        with empty_database(superuser, "owned") as address:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION vector")
                connection.execute(f"ALTER DATABASE {connection.info.dbname} OWNER TO {owner}")
            yield make_conninfo(address, user=owner)
        admin.execute(f"DROP ROLE {owner}")


@pytest.fixture(scope="module")
def rag_of_owner(owned) -> Iterator[Pipeline]:
    with Pipeline.open(database_url=owned, reranking="off", generation="extractive") as pipeline:
        pipeline.ingest([Document("a", "", "The walrus sleeps on ice.", "a.txt")], "walrus")
        pipeline.ingest([Document("b", "", "The seal sleeps on sand.", "b.txt")], "seal")
        yield pipeline


@pytest.fixture
def owner(rag_of_owner, owned) -> Iterator[psycopg.Connection]:
    with psycopg.connect(owned, autocommit=True) as connection:
        yield connection


@pytest.fixture
def role(owner) -> Iterator[str]:
    name = f"walrus_{uuid.uuid4().hex[:8]}"
    logins.create_login(owner, name, "walrus", writes=True)
    yield name
    if any(login.role == name for login in logins.logins(owner)):
        logins.drop_login(owner, name)


def test_an_owner_that_may_make_roles_makes_logins_that_see_one_tenant(
    rag_of_owner, owned, owner, role
):
    assert rag_of_owner.ask("Where does the walrus sleep?", "walrus").answered
    with psycopg.connect(make_conninfo(owned, user=role), autocommit=True) as login:
        for named in ("seal", "walrus", ""):
            login.execute(f"SET headrace.tenant = '{named}'")
            assert login.execute("SELECT tenant_id FROM chunks").fetchall() == [("walrus",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login.execute("SELECT * FROM public.chunks")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login.execute("CREATE TEMPORARY TABLE mine ()")
        assert login.execute("UPDATE documents SET title = 'Walrus'").rowcount == 1
        assert login.execute("DELETE FROM embeddings").rowcount == 1
    (found,) = logins.logins(owner)
    assert (found.role, found.tenant, found.writes) == (role, "walrus", True)
    logins.drop_login(owner, role)
    assert logins.logins(owner) == []


def test_what_such_an_owner_cannot_take_from_logins_is_said(owner, role):
    locks, commands = rights.left_to_all(owner)
    assert locks.startswith("it may take advisory locks and make large objects: a superuser")
    assert commands.startswith("it may wait for the lock of a table, and others behind it")


def test_a_login_with_objects_and_an_open_transaction_holds_up_nobody(
    owned, owner, role, monkeypatch
):
    monkeypatch.setattr(blockers, "PATIENCE_S", 0)
    with closing(psycopg.connect(make_conninfo(owned, user=role), autocommit=True)) as login:
        login.execute("SELECT lo_create(0)")
        login.execute("BEGIN")
        login.execute("SELECT count(*) FROM tenant_statistics")
        with blockers.unblocked(owner), owner.transaction():
            owner.execute("SET LOCAL lock_timeout = '60s'")
            owner.execute("LOCK TABLE tenant_statistics IN ACCESS EXCLUSIVE MODE")
    logins.drop_login(owner, role)
    assert owner.execute("SELECT to_regrole(%s)", [role]).fetchone() == (None,)


def test_while_a_database_is_being_made_nobody_is_said_to_hold_it_up(rag, monkeypatch, caplog):
    monkeypatch.setattr(blockers, "_LOOK_S", 0)
    with (
        empty_database(rag.database.admin_uri, "made") as address,
        psycopg.connect(address) as made,
    ):
        blockers._watch(made, threading.Event())
    assert caplog.messages == []


def test_tenants_are_listed_while_a_login_reads(owned, rag_of_owner, role):
    with psycopg.connect(make_conninfo(owned, user=role)) as login:
        login.execute("SELECT count(*) FROM tenant_statistics")
        with EncoderRegister(owned, alone=False) as register:
            assert register.tenant_versions().keys() == {"walrus", "seal"}


def test_the_application_lists_no_tenant_but_its_own(rag_of_owner):
    with rag_of_owner.database.for_tenant("seal").transaction() as transaction:
        assert transaction.execute("SELECT tenant_id FROM tenant_statistics") == [("seal",)]


def test_a_schema_that_everyone_may_create_in_is_closed_when_the_database_is_opened(owned, owner):
    owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    with Pipeline.open(database_url=owned, reranking="off", generation="extractive"):
        pass
    granted = "SELECT has_schema_privilege('pg_monitor', 'public', 'CREATE')"
    assert owner.execute(granted).fetchone() == (False,)
