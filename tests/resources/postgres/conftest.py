"""A login that owns the tables, and an empty database, for the tests of this folder."""

from collections.abc import Iterator

import psycopg
import pytest

from headrace import Pipeline
from support.databases import empty_database


@pytest.fixture
def admin(rag: Pipeline) -> Iterator[psycopg.Connection]:
    """A connection as the superuser of the embedded server, to the tests' database."""
    with psycopg.connect(rag.database.admin_uri, autocommit=True) as connection:
        yield connection


@pytest.fixture
def address(rag: Pipeline) -> Iterator[str]:
    """An empty database on the tests' server."""
    with empty_database(rag.database.admin_uri, "own") as address:
        yield address
