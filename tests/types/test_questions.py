"""What is said of the filters of a question."""

from headrace.types import Filter, QueryFilters


def test_preferring_what_is_searched_alone_is_not_said():
    names = Filter("name", "in", ("psycopg", "rapidfuzz"))
    parts = (Filter("name", "in", ("psycopg",)), Filter("name", "in", ("rapidfuzz",)))
    assert QueryFilters((names,), parts).notes == (
        "filter: only documents with name = psycopg or rapidfuzz were searched",
    )
    other = Filter("lang", "in", ("de",))
    _, preferred = QueryFilters((names,), (other,)).notes
    assert preferred == "filter: documents with lang = de were preferred"
