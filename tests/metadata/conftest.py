"""Five documents with fields of all kinds."""

import pytest

from headrace import Document

BOOKS = [
    Document(
        "a",
        "",
        "Alpha says something.",
        "a",
        {
            "author": "Ada Byron",
            "year": 2019,
            "price": 10,
            "tags": ["Red", "blue"],
            "isbn": "978-1",
        },
    ),
    Document(
        "b",
        "",
        "Beta says something.",
        "b",
        {"author": "GRACE  Hopper", "year": "2020", "price": 19.5, "tags": "red", "draft": True},
    ),
    Document(
        "c",
        "",
        "Gamma says something.",
        "c",
        {"author": ["Ada Byron", "Alan"], "year": 2021, "price": "20", "draft": False},
    ),
    Document(
        "d",
        "",
        "Delta says something.",
        "d",
        {"source": "Reuters", "published": "2020-02-29", "price": -5},
    ),
    Document(
        "e",
        "",
        "Epsilon says something.",
        "e",
        {"published": "2021-01-01T10:00:00", "price": "on request", "isbn": "", "tags": []},
    ),
]


@pytest.fixture
def books(rag, tenant) -> str:
    """A tenant that holds the documents; its name."""
    assert {outcome.status for outcome in rag.ingest(BOOKS, tenant)} == {"new"}
    return tenant
