"""A pipeline with drawn vectors, and a tenant of which everything is known."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest

from headrace import Pipeline, load_settings
from headrace.measuring.kills.documents import Version, opened, source
from support.known_documents import FIRST, SECOND


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Iterator[Pipeline]:
    """A pipeline with drawn vectors, on a server of its own."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("checked"), understanding="off")
    with opened(settings) as rag:
        yield rag


@pytest.fixture
def held(small, tenant) -> str:
    """A tenant with two documents, one updated, and one more removed; its name."""
    gone = Version(0, 3, 2, ((0, 2),))
    older = replace(FIRST, paragraphs=((0, 5), (1, 3), (2, 5)))
    small.ingest([older.document, SECOND.document, gone.document], tenant)
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
