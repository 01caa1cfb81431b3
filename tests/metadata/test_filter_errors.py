"""Filters that are refused, and how filters are shown and written."""

import pytest

from headrace.commands.arguments import filters_of
from headrace.errors import QuestionError
from headrace.metadata.filters import known_filters, parse_filters
from headrace.types import Filter, TenantFacts


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"year": {"after": 2019}}, '"year": "after" is not an operator; possible forms'),
        ({"year": {}}, '"year": nothing is wanted'),
        ({"year": []}, '"year": no value is given'),
        ({"year": [[1]]}, r'"year": \[1\] is not a value'),
        ({"year": None}, '"year": null is not a value'),
        (
            {"year": {"from": "soon"}},
            '"year": "soon" is neither a date like 2019-01-31 nor a number',
        ),
        ({"year": {"from": "2019-06-31"}}, "is neither a date"),
        ({"year": {"from": True}}, "is neither a date"),
        ({"year": {"from": float("nan")}}, "is neither a date"),
        ({"year": {"from": None}}, "a range needs at least one end"),
        (
            {"year": {"from": 20, "before": "2020-01-01"}},
            "one end of the range is a date and the other a number",
        ),
        ({"year": {"from": 20, "before": 10}}, r"the range from 20.0 to before 10.0 is empty"),
        ({"year": {"exists": "yes"}}, '"exists" takes true or false'),
        ({"year": {"not": {"not": 1}}}, '"not" cannot hold another'),
        ({"year": {"not": {"exists": True, "in": [1]}}}, '"not" takes one condition'),
        ([Filter("year", "like", ("a",))], '"like" is not an operator'),
        ([Filter("year", "in", (1,))], "values must be one text or several"),
        ([Filter("year", "range", low="a")], "neither dates nor numbers"),
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
    facts = TenantFacts("v", 1, 1, (), tuple(f"field {number:02}" for number in range(30)))
    with pytest.raises(QuestionError, match=r"field 19 and 10 more \(run.py facets\)"):
        known_filters([Filter("zzz", "exists")], facts)


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


# ------------------------------------------------------------------ on the command line


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
    with pytest.raises(QuestionError, match="it takes FIELD=VALUE|possible forms"):
        filters_of([text])
