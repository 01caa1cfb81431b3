"""What can be filtered by: every operator by hand and against Python, errors, plans, facets."""

import json
import random
import re
from datetime import date

import pytest

from headrace import Document
from headrace.commands.arguments import filters_of
from headrace.errors import QuestionError
from headrace.metadata.filters import (
    field_number,
    field_text,
    filters_json,
    known_filters,
    parse_filters,
)
from headrace.types import Corpus, Facet, Filter

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
    assert {outcome.status for outcome in rag.ingest(BOOKS, tenant)} == {"new"}
    return tenant


def found(rag, tenant: str, filters) -> str:
    """The ids of the documents that both searches by meaning find under these filters, in alphabetical order."""
    embedding = rag.encoder.encode(["something"])[0]
    values = {
        "query_embedding": embedding,
        "excluded": None,
        "languages": ["english"],
        "filters": filters_json(parse_filters(filters)),
    }
    values |= {"top_k": 1000}
    exact, index = (
        {row[1] for row in rag.database.query(tenant, statement, values)}
        for statement in ("semantic_hits_exact", "semantic_hits_index")
    )
    ((documents, _),) = rag.database.query(
        tenant, "filtered_chunks", {"filters": values["filters"], "count_limit": 1000}
    )
    assert exact == index and len(exact) == documents
    return "".join(sorted(exact))


# ----------------------------------------------------------------------------------------------------------- operators


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
    hits = rag.run(["fused_hits"], question="Who says something?", tenant=books, filters=filters)[
        "fused_hits"
    ]
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


def metadata(draw: random.Random) -> dict:
    fields = {
        name: draw.choice(VALUES)
        if draw.random() < 0.6
        else draw.sample(VALUES, draw.randint(0, 4))
        for name in ("f", "year", "G h")
    }
    return {name: value for name, value in fields.items() if draw.random() < 0.8}


def condition(draw: random.Random, negatable: bool = True) -> object:
    kind = draw.choice(
        ["one", "any", "numbers", "dates", "exists", *(["not"] * 2 if negatable else [])]
    )
    if kind == "not":
        return {"not": condition(draw, negatable=False)}
    if kind in ("numbers", "dates"):
        ends = sorted(
            draw.sample(
                [-5, 0, 1, 10, 10.5, 1000, 2020, 2021]
                if kind == "numbers"
                else [
                    f"{year}-{month}-01"
                    for year in (2019, 2020, 2021, 2022)
                    for month in ("01", "07")
                ],
                2,
            )
        )
        return draw.choice(
            [{"from": ends[0]}, {"before": ends[1]}, {"from": ends[0], "before": ends[1]}]
        )
    return {
        "one": draw.choice(VALUES),
        "any": draw.sample(VALUES, 3),
        "exists": {"exists": draw.random() < 0.5},
    }[kind]


def meets(given: dict, field: str, wanted: object) -> bool:
    """The meaning of a filter, written down once more without SQL."""
    values = given.get(field, [])
    values = [
        json.loads(json.dumps(value, default=str))
        for value in (values if isinstance(values, list) else [values])
    ]
    if isinstance(wanted, dict) and "not" in wanted:
        return not meets(given, field, wanted["not"])
    if isinstance(wanted, dict) and "exists" in wanted:
        return bool(values) == wanted["exists"]
    if not isinstance(wanted, dict):
        texts = [
            field_text(value).lower()
            for value in (wanted if isinstance(wanted, list) else [wanted])
        ]
        return any(field_text(value).lower() in texts for value in values)
    ends = [end for end in (wanted.get("from"), wanted.get("before")) if end is not None]
    if isinstance(ends[0], str):
        days = [
            str(value)
            if len(str(value)) == 10
            else f"{value}-01-01"
            if field == "year" and str(value) == "2020"
            else ""
            for value in values
        ]
        return any(
            wanted.get("from", "") <= day < wanted.get("before", "9")
            for day in days
            if re.fullmatch(r"\d{4}-\d\d-\d\d", day)
        )
    numbers = [field_number(value) for value in values]
    return any(
        wanted.get("from", -1e308) <= number < wanted.get("before", 2e307 * 8)
        for number in numbers
        if number is not None
    )


def test_random_filters_over_random_metadata_mean_in_sql_what_they_mean_in_python(rag, tenant):
    draw = random.Random(7)
    given = {f"d{number}": metadata(draw) for number in range(60)}
    rag.ingest(
        [Document(name, "", f"Text of {name}.", "s", fields) for name, fields in given.items()],
        tenant,
    )
    for _ in range(150):
        filters = {
            field: condition(draw)
            for field in draw.sample(["f", "year", "G h"], draw.randint(1, 3))
        }
        expected = {
            name
            for name, fields in given.items()
            if all(meets(fields, field, wanted) for field, wanted in filters.items())
        }
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
    rag.ingest(
        [
            Document("a", "", "One text.", "s", {"label": text, text: "x"}),
            Document("b", "", "Two texts.", "s", {"label": "x"}),
        ],
        tenant,
    )
    stored = field_text(text)
    assert (
        found(rag, tenant, {"label": text}) == found(rag, tenant, {stored: {"exists": True}}) == "a"
    )
    assert (
        found(rag, tenant, {"label": {"not": text}})
        == found(rag, tenant, {stored: {"not": "x"}})
        == "b"
    )
    assert rag.facets(tenant, "label")[0].documents == 1 and {
        facet.field for facet in rag.facets(tenant)
    } == {"label", stored}


def test_a_filter_of_one_tenant_meets_nothing_of_another(rag, books, tenant):
    other = f"{tenant}-other"
    rag.ingest([Document("z", "", "Zeta.", "s", {"author": "Ada Byron"})], other)
    assert (
        found(rag, other, {"author": "ada byron"}) == "z"
        and found(rag, other, {"author": {"not": "x"}}) == "z"
    )
    assert [facet.field for facet in rag.facets(other)] == ["author"]


# -------------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"year": {"after": 2019}}, '"year": "after" is no operator; possible are'),
        ({"year": {}}, '"year": nothing is wanted'),
        ({"year": []}, '"year": no value is given'),
        ({"year": [[1]]}, r'"year": \[1\] is no value'),
        ({"year": None}, '"year": null is no value'),
        (
            {"year": {"from": "soon"}},
            '"year": "soon" is neither a date like 2019-01-31 nor a number',
        ),
        ({"year": {"from": "2019-06-31"}}, "is neither a date"),
        ({"year": {"from": True}}, "is neither a date"),
        ({"year": {"from": float("nan")}}, "is neither a date"),
        ({"year": {"from": None}}, "one end at least"),
        (
            {"year": {"from": 20, "before": "2020-01-01"}},
            "one end of the range is a date and the other a number",
        ),
        ({"year": {"from": 20, "before": 10}}, r"nothing is from 20.0 and before 10.0"),
        ({"year": {"exists": "yes"}}, '"exists" takes true or false'),
        ({"year": {"not": {"not": 1}}}, '"not" cannot hold another'),
        ({"year": {"not": {"exists": True, "in": [1]}}}, '"not" takes one condition'),
        ([Filter("year", "like", ("a",))], '"like" is no operator'),
        ([Filter("year", "in", (1,))], "values are one text or several"),
        ([Filter("year", "range", low="a")], "no dates and no numbers"),
        (["year"], "not of a known form"),
        ({"colour": "red"}, 'no document has the field "colour"; there are: author, draft'),
        ({"Autor": "ada"}, 'no document has the field "Autor", did you mean author?'),
        (
            {"price": {"from": "2019-01-01"}},
            r"a range of dates is asked for, but it holds numbers \(written 20",
        ),
        (
            {"published": {"from": "2019"}},
            r"a range of numbers is asked for, but it holds dates \(written 2019-01-31\)",
        ),
        ({"author": {"before": 3}}, "neither dates nor numbers"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name_with_what_is_possible(
    rag, books, filters, message
):
    with pytest.raises(QuestionError, match=message):
        rag.run(["query_filters"], question="something", tenant=books, filters=filters)


def test_of_many_fields_the_error_names_the_first_and_how_many_more():
    corpus = Corpus("v", 1, 1, (), tuple(f"field {number:02}" for number in range(30)))
    with pytest.raises(QuestionError, match=r"field 19 and 10 more \(run.py facets\)"):
        known_filters([Filter("zzz", "exists")], corpus)


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"a": ["x", "Y"]}, "a = x or Y"),
        ({"a": {"not": "x"}}, "a is not x"),
        ({"a": {"from": 1, "before": 2.5}}, "a from 1 to before 2.5"),
        ({"a": {"not": {"from": 0}}}, "a not from 0"),
        ({"a": {"before": "2019-01-01"}}, "a before 2019-01-01"),
        ({"a": {"exists": True}}, "any a"),
        ({"a": {"exists": False}}, "no a"),
    ],
)
def test_a_filter_says_in_words_what_it_asks_for(filters, told):
    assert [str(made) for made in parse_filters(filters)] == [told]


# ------------------------------------------------------------------------------------------------------------ commands


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["a=x", "b=1..2", "a=y"], {"b": {"from": 1, "before": 2}, "a": ["x", "y"]}),
        (["a=2019-01-01.."], {"a": {"from": "2019-01-01"}}),
        (["a!=..3"], {"a": {"not": {"before": 3}}}),
        (["a!=x", "a!=y"], {"a": {"not": ["x", "y"]}}),
        (["a?"], {"a": {"exists": True}}),
        (["! a"], {"a": {"exists": False}}),
        (["a = what? = yes!"], {"a": "what? = yes!"}),
    ],
)
def test_conditions_of_the_command_line_are_those_of_python(conditions, expected):
    assert filters_of(conditions) == parse_filters(expected)


@pytest.mark.parametrize("text", ["a", "", "?", "!", "!a?", "a=..", "a=x..y"])
def test_a_condition_of_no_known_form_is_refused(text):
    with pytest.raises(QuestionError, match="possible are"):
        filters_of([text])


# -------------------------------------------------------------------------------------------------------------- facets


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


def test_facets_of_nothing_are_none_and_of_an_unknown_field_an_error(rag, books, tenant):
    assert rag.facets(f"{tenant}-empty") == []
    with pytest.raises(
        QuestionError, match=r'no document has the field "autor", did you mean author\?'
    ):
        rag.facets(books, "autor")
    with pytest.raises(QuestionError, match="limit is 0"):
        rag.facets(books, limit=0)
    with pytest.raises(QuestionError, match="no tenant was named"):
        rag.facets(" ")
