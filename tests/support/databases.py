"""Databases of a test's own on the tests' server, and values for statements."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from headrace import Pipeline
from headrace.types import Encoder


@contextmanager
def empty_database(admin_uri: str, prefix: str) -> Iterator[str]:
    """Yield the address of a new database.

    It is dropped at the end, with the login of its application.
    """
    name = f"{prefix}_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(admin_uri, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield make_conninfo(admin_uri, dbname=name)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            admin.execute(f"DROP ROLE IF EXISTS {name}_app")


def connected(rag: Pipeline, role: str) -> psycopg.Connection:
    """A connection to the tests' database as another login."""
    return psycopg.connect(make_conninfo(rag.database.admin_uri, user=role), autocommit=True)


def documents_of(rag: Pipeline, tenant: str) -> int:
    """How many documents a tenant has."""
    return rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"].documents


def semantic_values(encoder: Encoder, text: str, top_k: int = 10) -> dict[str, Any]:
    """What the statements of semantic search take, without filters."""
    return {
        "query_embedding": encoder.encode([text])[0],
        "filters": None,
        "top_k": top_k,
        "excluded": None,
        "languages": ["english"],
    }
