"""Another tenant, and logins of the tenant that holds `returns`."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from headrace import Document, Pipeline
from headrace.resources.postgres.tenants import logins
from support.databases import connected

SECRET = "xylophone"


@pytest.fixture
def other(rag: Pipeline, tenant: str) -> str:
    """Another tenant, with documents that nobody else may see; its name."""
    name = f"{tenant}-other"
    text = f"The vault opens with the word {SECRET} (XV)."
    documents = [Document(f"{n}", "Vault", text, "b.txt", {"label": SECRET}) for n in range(20)]
    rag.ingest(documents, name)
    return name


@pytest.fixture
def role(admin, tenant) -> Iterator[str]:
    name = f"reader_{uuid.uuid4().hex[:8]}"
    logins.create_login(admin, name, tenant)
    yield name
    if any(login.role == name for login in logins.logins(admin)):
        logins.drop_login(admin, name)


@pytest.fixture
def reader(rag, admin, returns, other, role) -> Iterator[psycopg.Connection]:
    """A connection as the login of the tenant that holds `returns`."""
    with connected(rag, role) as connection:
        yield connection


@pytest.fixture
def writer(rag, admin, returns, other, role) -> Iterator[psycopg.Connection]:
    """The same, as a login that may change rows."""
    logins.create_login(admin, role, returns, writes=True)
    with connected(rag, role) as connection:
        yield connection
