"""The fields and values that there are to filter by."""

import pytest

from headrace import Document
from headrace.errors import QuestionError
from headrace.types import Facet


def test_facets_are_the_fields_with_how_many_documents_have_them_and_the_ranges_they_take(
    rag, books
):
    assert rag.facets(books) == [
        Facet("price", 5, kinds=("numbers",)),
        Facet("author", 3),
        Facet("year", 3, kinds=("dates", "numbers")),
        Facet("draft", 2),
        Facet("published", 2, kinds=("dates",)),
        Facet("tags", 2),
        Facet("isbn", 1),
        Facet("source", 1),
    ]
    assert len(rag.facets(books, limit=3)) == 3


def test_facets_of_a_field_are_its_values_as_written_most_frequent_first(rag, books):
    assert rag.facets(books, "author") == [
        Facet("author", 2, "Ada Byron"),
        Facet("author", 1, "Alan"),
        Facet("author", 1, "GRACE Hopper"),
    ]
    assert rag.facets(books, "author", limit=1) == [Facet("author", 2, "Ada Byron")]


def test_facets_are_those_of_one_tenant(rag, books, tenant):
    other = f"{tenant}-other"
    rag.ingest([Document("z", "", "Zeta.", "s", {"author": "Ada Byron"})], other)
    assert [facet.field for facet in rag.facets(other)] == ["author"]
    assert rag.facets(f"{tenant}-empty") == []


def test_facets_of_an_unknown_field_are_an_error_that_names_what_is_near(rag, books):
    message = r'no document has the field "autor", did you mean author\?'
    with pytest.raises(QuestionError, match=message):
        rag.facets(books, "autor")


def test_facets_need_a_tenant_and_a_limit_above_0(rag, books):
    with pytest.raises(QuestionError, match="limit is 0, it must be a whole number"):
        rag.facets(books, limit=0)
    with pytest.raises(QuestionError, match="no tenant was named"):
        rag.facets(" ")
