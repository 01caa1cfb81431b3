"""Filters in SQL: every operator worked out by hand, and compared with Python."""

import json
import random
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest

from headrace import Document
from headrace.metadata.filters import field_number, field_text, filters_json, parse_filters
from headrace.types import TenantDatabase

#: The index may miss all of fewer than these.
_FEW = 8


def found(rag, tenant: str, filters: Any) -> str:
    """The ids of the documents that exact search finds, in order.

    The index finds no others, and most of many: it promises no more.
    """
    database = rag.database.for_tenant(tenant).with_candidates(1_000)
    given = filters_json(parse_filters(filters))
    parameters = {
        "query_embedding": rag.encoder.encode(["something"])[0],
        "excluded": None,
        "languages": ["english"],
        "filters": given,
        "top_k": 1000,
    }
    exact, index = (
        documents_of(database, [chunk_id for chunk_id, _ in database.query(statement, parameters)])
        for statement in ("semantic_hits_exact", "semantic_hits_index")
    )
    counting = {"filters": given, "count_limit": 1000}
    ((documents, _),) = database.query("filtered_chunks", counting)
    most_are_found = len(index) >= len(exact) / 2 or len(exact) < _FEW
    assert index <= exact and most_are_found and len(exact) == documents
    return "".join(sorted(exact))


def documents_of(database: TenantDatabase, chunk_ids: Sequence[int]) -> set[str]:
    chunks = database.query("found_chunks", {"chunk_ids": np.array(chunk_ids, np.int64)})
    return {row[1] for row in chunks}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"author": "ada byron"}, "ac"),
        ({"author": "  Grace \n Hopper"}, "b"),
        ({"author": ["ALAN", "grace hopper"]}, "bc"),
        ({"tags": ["red", "blue"]}, "ab"),
        ({"tags": "re"}, ""),
        ({"draft": True}, "b"),
        ({"draft": "FALSE"}, "c"),
        ({"year": 2020}, "b"),
        ({"price": 10.0}, "a"),
        ({"year": {"from": "2019-01-01", "before": "2021-01-01"}}, "ab"),
        ({"year": {"from": 2020}}, "bc"),
        ({"year": {"from": date(2020, 1, 1)}}, "bc"),
        ({"published": {"from": "2020-02-29", "before": "2021-01-01"}}, "d"),
        ({"published": {"before": "2020-02-29"}}, ""),
        ({"published": {"from": "2020-03-01"}}, "e"),
        ({"price": {"from": 10, "before": 20}}, "ab"),
        ({"price": {"from": "19.5"}}, "bc"),
        ({"price": {"before": 0.0}}, "d"),
        ({"isbn": {"exists": True}}, "a"),
        ({"isbn": {"exists": False}}, "bcde"),
        ({"source": {"not": "Reuters"}}, "abce"),
        ({"author": {"not": ["alan", "GRACE HOPPER"]}}, "ade"),
        ({"price": {"not": {"from": 10, "before": 20}}}, "cde"),
        ({"isbn": {"not": {"exists": False}}}, "a"),
        ({"author": {"exists": True, "not": "alan"}}, "ab"),
        ({"tags": {"in": ["red"], "not": "blue"}}, "b"),
        ({"author": "ada byron", "year": {"before": 2021}}, "a"),
        ({"price": {"from": 0}, "draft": {"exists": False}, "tags": "blue"}, "a"),
        ({"author": {"not": "alan"}, "source": {"exists": False}}, "abe"),
        ({}, "abcde"),
    ],
)
def test_every_operator_finds_the_documents_worked_out_by_hand(rag, books, filters, expected):
    if filters:
        assert found(rag, books, filters) == expected
    given = {"question": "Who says something?", "tenant": books, "filters": filters}
    hits = rag.run(["fused_hits"], **given)["fused_hits"]
    assert "".join(sorted({hit.chunk.document_id for hit in hits})) == expected


VALUES = [
    "a",
    "B",
    "ß",
    "x  y",
    "İ",
    "a'b",
    'q"',
    "%",
    True,
    False,
    1,
    1.0,
    10,
    10.5,
    "10.5",
    "007",
    1e300,
    -3,
    "2020",
    "2020-05-05",
    date(2021, 7, 1),
    "1e3",
]


FIELDS = ("f", "year", "G h")
NUMBERS = (-5, 0, 1, 10, 10.5, 1000, 2020, 2021)
DAYS = (
    "2019-01-01",
    "2019-07-01",
    "2020-01-01",
    "2020-07-01",
    "2021-01-01",
    "2021-07-01",
    "2022-01-01",
    "2022-07-01",
)


def metadata(draw: random.Random) -> dict[str, Any]:
    fields = {}
    for name in FIELDS:
        is_single = draw.random() < 0.6
        fields[name] = draw.choice(VALUES) if is_single else draw.sample(VALUES, draw.randint(0, 4))
    return {name: value for name, value in fields.items() if draw.random() < 0.8}


def condition(draw: random.Random) -> Any:
    if draw.random() < 0.3:
        return {"not": plain_condition(draw)}
    return plain_condition(draw)


def plain_condition(draw: random.Random) -> Any:
    kind = draw.choice(["one", "any", "numbers", "dates", "exists"])
    if kind == "one":
        return draw.choice(VALUES)
    if kind == "any":
        return draw.sample(VALUES, 3)
    if kind == "exists":
        return {"exists": draw.random() < 0.5}
    low, high = sorted(draw.sample(NUMBERS if kind == "numbers" else DAYS, 2))
    return draw.choice([{"from": low}, {"before": high}, {"from": low, "before": high}])


def meets(given: dict[str, Any], field: str, wanted: Any) -> bool:
    """The meaning of a filter, written once more without SQL."""
    values = given.get(field, [])
    if not isinstance(values, list):
        values = [values]
    values = [json.loads(json.dumps(value, default=str)) for value in values]
    if not isinstance(wanted, dict):
        wanted = wanted if isinstance(wanted, list) else [wanted]
        texts = [field_text(value).lower() for value in wanted]
        return any(field_text(value).lower() in texts for value in values)
    if "not" in wanted:
        return not meets(given, field, wanted["not"])
    if "exists" in wanted:
        return bool(values) == wanted["exists"]
    if isinstance(wanted.get("from", wanted.get("before")), str):
        return is_in_days(values, field, wanted)
    return is_in_numbers(values, wanted)


def is_in_days(values: Sequence[Any], field: str, wanted: dict[str, str]) -> bool:
    """Whether a value is a day in the range. In "year", 2020 is its first day."""
    for value in map(str, values):
        day = "2020-01-01" if field == "year" and value == "2020" else value
        is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", day)
        if is_day and wanted.get("from", "") <= day < wanted.get("before", "9"):
            return True
    return False


def is_in_numbers(values: Sequence[Any], wanted: dict[str, float]) -> bool:
    for number in map(field_number, values):
        low, high = wanted.get("from", -1e308), wanted.get("before", 1.6e308)
        if number is not None and low <= number < high:
            return True
    return False


def test_random_filters_over_random_metadata_mean_in_sql_what_they_mean_in_python(rag, tenant):
    draw = random.Random(7)
    given = {f"d{number}": metadata(draw) for number in range(60)}
    documents = []
    for name, fields in given.items():
        documents.append(Document(name, "", f"Text of {name}.", "s", fields))
    rag.ingest(documents, tenant)
    for _ in range(150):
        fields = draw.sample(FIELDS, draw.randint(1, 3))
        filters = {field: condition(draw) for field in fields}
        expected = []
        for name, held in given.items():
            if all(meets(held, field, wanted) for field, wanted in filters.items()):
                expected.append(name)
        assert found(rag, tenant, filters) == "".join(sorted(expected)), filters


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE documents; --",
        "') OR TRUE --",
        "$1 %(tenant_id)s {encoder_id} %s",
        '"}]',
        "\\u0000",
        "\ud800",
    ],
)
def test_sql_in_fields_and_values_is_only_text(rag, tenant, text):
    one = Document("a", "", "One text.", "s", {"label": text, text: "x"})
    other = Document("b", "", "Two texts.", "s", {"label": "x"})
    rag.ingest([one, other], tenant)
    stored = field_text(text)
    assert found(rag, tenant, {"label": text}) == "a"
    assert found(rag, tenant, {stored: {"exists": True}}) == "a"
    assert found(rag, tenant, {"label": {"not": text}}) == "b"
    assert found(rag, tenant, {stored: {"not": "x"}}) == "b"
    assert rag.facets(tenant, "label")[0].documents == 1
    assert {facet.field for facet in rag.facets(tenant)} == {"label", stored}


def test_a_filter_of_one_tenant_meets_nothing_of_another(rag, books, tenant):
    other = f"{tenant}-other"
    rag.ingest([Document("z", "", "Zeta.", "s", {"author": "Ada Byron"})], other)
    assert found(rag, other, {"author": "ada byron"}) == "z"
    assert found(rag, other, {"author": {"not": "x"}}) == "z"
