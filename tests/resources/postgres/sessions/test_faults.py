"""What errors of PostgreSQL are called."""

import psycopg
import pytest

from headrace.resources.postgres.sessions.faults import away, fault

UNPREPARED = [
    psycopg.errors.DuplicatePreparedStatement('prepared statement "_pg3_0" already exists'),
    psycopg.errors.InvalidSqlStatementName('prepared statement "_pg3_0" does not exist'),
]


@pytest.mark.parametrize("error", UNPREPARED, ids=lambda error: error.sqlstate)
def test_a_pooler_that_keeps_no_prepared_statements_is_told_by_what_it_says(error):
    """When the session is opened, and when it is used."""
    for named in (away("postgresql://me@here/x", error), fault(error, "reading")):
        assert "HEADRACE_POOLER=transaction" in str(named)


def test_a_server_without_disk_space_is_not_blamed_on_the_address():
    full = psycopg.OperationalError("FATAL:  could not write init file: No space left on device")
    told = str(away("postgresql://me@here/x", full, answers=True))
    assert told.endswith("Free space on the server's disk") and "DATABASE_URL" not in told
