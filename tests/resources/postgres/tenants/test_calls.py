"""Nobody can put a function or an operator in the place of one that our SQL means.

PostgreSQL looks a call up in every schema of the search path. Of several candidates it
takes the one whose argument types are exactly those given, and among these the one of
its own schema. So a call is safe, whoever may create in `public`, when it needs no cast.
"""

import re
from collections.abc import Iterator

import psycopg
import pytest

from headrace import Document
from headrace.resources.postgres import statements
from support.parse_trees import ParseTrees, prepared

#: Their tables are made by the programs that run them, or they call no function.
NOT_STATEMENTS = ("encoder_index", "simulated_filter")
STATEMENTS = sorted(
    path.stem
    for path in statements.folder().rglob("*.sql")
    if path.parent.name not in ("migrations", "scaling") and path.stem not in NOT_STATEMENTS
)
OURS = """
    SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
      AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql') AND NOT prosecdef"""
#: Whether a function is PostgreSQL's, pgvector's, or one that a migration made.
WHOSE = """
    SELECT p.oid::regprocedure::text,
           p.pronamespace = 'pg_catalog'::regnamespace
           OR d.objid IS NOT NULL
           OR p.proname = ANY (%s)
    FROM pg_proc p
    LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
    WHERE p.oid = %s"""
MADE_HERE = re.findall(
    r"FUNCTION (\w+)\(", "".join(migration.text for migration in statements.migrations())
)


@pytest.fixture
def trees(admin) -> Iterator[ParseTrees]:
    yield ParseTrees(admin)


def check(admin: psycopg.Connection, calls: list[tuple[int, bool]]) -> None:
    assert calls
    for function, exact in set(calls):
        ((name, is_known),) = admin.execute(WHOSE, [MADE_HERE, function]).fetchall()
        assert is_known, f"{name} is of another schema"
        assert exact, f"an argument of {name} is cast: write the cast out"


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_call_of_a_statement_has_exactly_the_types_of_a_known_function(
    rag, admin, trees, name
):
    calls = trees.calls(prepared(rag, admin, name))
    admin.execute("DEALLOCATE looked_at")
    if calls:
        check(admin, calls)


def test_each_call_of_our_functions_has_exactly_the_types_of_a_known_function(admin, trees):
    functions = admin.execute(OURS).fetchall()
    assert len(functions) >= 8
    for _, definition in functions:
        with admin.transaction(force_rollback=True):
            calls = trees.calls(definition)
        check(admin, calls)


HIJACKED = (
    "log(integer, bigint) RETURNS numeric",
    "log(integer, numeric) RETURNS numeric",
    "hashtextextended(text, integer) RETURNS bigint",
    "round(integer) RETURNS integer",
    "ln(integer) RETURNS float8",
)


def test_functions_that_others_made_in_the_schema_are_not_called(rag, admin, tenant):
    """As in a database of PostgreSQL 14 that was upgraded, where everyone may make them."""
    body = "LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$"
    for function in HIJACKED:
        admin.execute(f"CREATE FUNCTION public.{function} {body}".encode())
    operator = "CREATE OPERATOR public.{} (FUNCTION = public.{}, LEFTARG = {}, RIGHTARG = {})"
    made = (("-", "minus", "integer", "float8"), (">", "more", "numeric", "smallint"))
    for symbol, name, left, right in made:
        admin.execute(f"CREATE FUNCTION public.{name}({left}, {right}) RETURNS int {body}".encode())
        admin.execute(operator.format(symbol, name, left, right).encode())
    try:
        text = "The vault of Tallinn opens at noon."
        for number in range(9):  # enough to merge segments
            rag.ingest([Document(f"{number}", "Vault", f"{text} {number}", "s")], tenant)
        assert rag.ask("When does the vault open?", tenant).answered
        assert rag.ingest([Document("8", "Vault", "Closed.", "s")], tenant)[0].status == "changed"
    finally:
        for function in HIJACKED:
            admin.execute(f"DROP FUNCTION public.{function.partition(' RETURNS')[0]}".encode())
        for _, name, left, right in made:
            admin.execute(f"DROP FUNCTION public.{name}({left}, {right}) CASCADE".encode())
