"""A database is brought up to date once, in order, whoever comes first."""

import base64
import hashlib
import hmac
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from headrace.errors import DatabaseError
from headrace.metadata.filters import field_number
from headrace.resources.postgres import migrations, statements
from headrace.resources.postgres.locks import lock_in_turn
from headrace.resources.postgres.tenants import logins


def application_of(address: str) -> str:
    return f"{conninfo_to_dict(address)['dbname']}_app"


def test_migrations_are_applied_once_in_order(address):
    with psycopg.connect(address, autocommit=True) as connection:
        assert migrations.migrate(connection) == application_of(address)
        assert migrations.migrate(connection) == application_of(address)
        register = "SELECT number, name FROM schema_migrations ORDER BY number"
        applied = connection.execute(register).fetchall()
    assert applied == [(each.number, each.name) for each in statements.migrations()]


def test_several_processes_may_migrate_at_once(address):
    def migrate(_: int) -> str:
        with psycopg.connect(address, autocommit=True) as connection:
            return migrations.migrate(connection)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(migrate, range(4))) == {application_of(address)}


def test_who_waits_for_another_process_that_migrates_says_so(address, caplog):
    def migrate() -> str:
        with psycopg.connect(address, autocommit=True) as connection:
            return migrations.migrate(connection)

    with psycopg.connect(address, autocommit=True) as first, ThreadPoolExecutor(1) as pool:
        migrations._create_register(first)
        with first.transaction():
            lock_in_turn(first, migrations._REGISTER, "nobody")
            waiting = pool.submit(migrate)
            while "waiting for another process that migrates" not in caplog.text:
                assert not waiting.done()
                time.sleep(0.01)
        assert waiting.result() == application_of(address)


def test_a_database_newer_than_the_code_is_refused(address):
    newer = "INSERT INTO schema_migrations (number, name) VALUES (999, 'of the future')"
    refusal = r"migration 999, this Headrace knows \d+: newer code made it"
    with psycopg.connect(address, autocommit=True) as connection:
        migrations.migrate(connection)
        connection.execute(newer)
        with pytest.raises(DatabaseError, match=refusal):
            migrations.migrate(connection)


@pytest.mark.parametrize("password", ["plain", "with blank", "it's", "back\\slash", "a=b"])
def test_the_applications_password_is_the_one_that_its_address_gets(address, password):
    """The login gets it from the connection, the address from that of the owner."""
    admin_uri = make_conninfo(address, password=password)
    with psycopg.connect(admin_uri, autocommit=True) as connection:
        role = migrations.migrate(connection)
        verifier = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
        (before,) = connection.execute(verifier, [role]).fetchone()
        derived = migrations.application_password(admin_uri, role)
    assert scram_matches(before, derived)


def test_the_applications_password_stands_in_no_statement(address, monkeypatch):
    """A server logs statements that fail, and every one where it is told to."""
    sent = []
    execute = psycopg.Connection.execute

    def noted(connection, query, *given, **options):
        sent.append(query if isinstance(query, str | bytes) else query.as_string(connection))
        return execute(connection, query, *given, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", noted)
    admin_uri = make_conninfo(address, password="word")
    with psycopg.connect(admin_uri, autocommit=True) as connection:
        role = migrations.migrate(connection)
    assert migrations.application_password(admin_uri, role) not in str(sent)
    assert any("PASSWORD" in str(statement) for statement in sent)


def scram_matches(verifier: str, password: str) -> bool:
    """Whether a SCRAM verifier of PostgreSQL is that of the password."""
    _, iterations_and_salt, keys = verifier.split("$")
    iterations, salt = iterations_and_salt.split(":")
    salted = hashlib.pbkdf2_hmac(
        "sha256", password.encode(), base64.b64decode(salt), int(iterations)
    )
    client_key = hmac.new(salted, b"Client Key", hashlib.sha256).digest()
    stored_key = base64.b64encode(hashlib.sha256(client_key).digest()).decode()
    return keys.split(":")[0] == stored_key


NUMBERS_AND_OTHERS = (
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
)


def test_numbers_stored_before_there_were_any_are_filled_in_though_the_owner_is_bound(address):
    """Row-level security binds the owner of the tables, unless it is a superuser."""
    texts_of = {migration.number: migration.text for migration in statements.migrations()}
    role = application_of(address)
    filling = statements.filled(texts_of[3], {"application_role": role})
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}")
        connection.execute(statements.filled(texts_of[1], {"application_role": role}))
        connection.execute(
            "INSERT INTO documents VALUES ('t', 'd', '', '', '', 'english', '{}', '')"
        )
        for text in NUMBERS_AND_OTHERS:
            field = "INSERT INTO document_fields VALUES ('t', 'f', %s, 'd', %s, NULL)"
            connection.execute(field, [text, text])
        connection.execute(f"ALTER TABLE document_fields OWNER TO {role}")
        connection.execute(f"ALTER FUNCTION filtered_documents OWNER TO {role}")
        connection.execute(f"SET ROLE {role}")
        connection.execute(filling)
        assert connection.execute("SELECT count(*) FROM document_fields").fetchone() == (0,)
        connection.execute("RESET ROLE")
        rows = connection.execute("SELECT value, value_number FROM document_fields").fetchall()
    assert dict(rows) == {text: field_number(text) for text in NUMBERS_AND_OTHERS}


def test_words_stored_before_are_found_without_marks_though_the_owner_is_bound(address):
    texts_of = {migration.number: migration.text for migration in statements.migrations()}
    role = application_of(address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}")
        connection.execute(statements.filled(texts_of[1], {"application_role": role}))
        connection.execute("INSERT INTO words VALUES ('t', 'zürich', 7), ('t', 'zurch', 8)")
        connection.execute(f"ALTER TABLE words OWNER TO {role}")
        connection.execute(f"ALTER TABLE spellings OWNER TO {role}")
        connection.execute(f"SET ROLE {role}")
        connection.execute(texts_of[18])
        connection.execute("RESET ROLE")
        asking = "SELECT word FROM spellings WHERE tenant_id = 't' AND deletion = %s"
        for plain in ("zurich", "zuerich"):
            (key,) = connection.execute("SELECT hashtextextended(%s, 0)", [plain]).fetchone()
            assert connection.execute(asking, [key]).fetchall() == [("zürich",)]
        assert connection.execute("SELECT count(*) FROM spellings").fetchone() == (2,)


def test_logins_that_were_bound_by_policies_become_rows_of_a_table(address):
    """Until migration 11 everyone could read the tenant's name in such a policy."""
    with psycopg.connect(address, autocommit=True) as connection:
        role = application_of(address)
        login = role.replace("_app", "_reader")
        database = connection.info.dbname
        connection.execute(f"CREATE ROLE {role} LOGIN; CREATE ROLE {login} LOGIN".encode())
        migrations._create_register(connection)
        for migration in statements.migrations():
            if migration.number <= 10:
                with connection.transaction():
                    migrations._apply(connection, migration, role)
        for table in ("documents", "chunks"):
            bind = f"""
                CREATE POLICY login_{login} ON {table} AS RESTRICTIVE TO {login}
                USING (tenant_id = 'walrus') WITH CHECK (tenant_id = 'walrus');
                GRANT SELECT, INSERT ON {table} TO {login}"""
            connection.execute(bind.encode())
        tenant = f"ALTER ROLE {login} IN DATABASE {database} SET headrace.tenant = 'walrus'"
        connection.execute(tenant.encode())
        connection.execute("INSERT INTO tenant_statistics VALUES ('walrus', 0, 7, 7, 7, 7)")
        migrations.migrate(connection)
        (made,) = logins.logins(connection)
        assert (made.role, made.tenant, made.writes) == (login, "walrus", True)
        policies = "SELECT FROM pg_policy WHERE polname = %s"
        assert connection.execute(policies, [f"login_{login}"]).fetchall() == []
        with psycopg.connect(make_conninfo(address, user=login), autocommit=True) as reader:
            counted = reader.execute("SELECT documents FROM tenant_statistics").fetchall()
            assert counted == [(7,)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("SELECT * FROM public.documents")
        logins.drop_login(connection, login)
