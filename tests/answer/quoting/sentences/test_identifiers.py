"""Codes, versions, years and numbers, whole."""

import pytest

from headrace.answer.quoting.sentences.identifiers import (
    held_identifiers,
    identifiers,
    numbered_words,
    years,
)
from support.quoting import quoted_from


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What does error PST-1044 mean?", {"pst-1044"}),
        ("What is new in v0.9.3?", {"0.9.3"}),
        ("What is the budget of project 057?", {"057"}),
        ("All I get is probe_success 0. Why?", set()),
        ("What does ticket 4711 say?", {"4711"}),
        ("How large is a vector with 1536 dimensions?", set()),
        ("What was the turnover in 2022?", {"2022"}),
        ("Who knows PostgreSQL?", set()),
        ("有多少人参加了AS-206的试飞?", {"as-206"}),
        ("截至2015年3月有多少人口？", {"2015"}),
    ],
)
def test_what_names_one_of_many_is_an_identifier(question, found):
    assert identifiers(question) == found


def test_identifiers_are_held_whole():
    assert held_identifiers("PST-1043, 0.9.31 and FY2022 (2021-03-01)") >= {"pst-1043", "2022"}
    assert not held_identifiers("PST-10440 and 0.9.31") & {"pst-1044", "0.9.3"}


def test_years_are_no_parts_of_numbers():
    assert years("2021, 12022 and 3.2021, v2.2020; 1999") == [2021, 1999]


def test_a_number_is_numbered_by_the_word_before_it():
    asked = "Newest Python that NetBox v3.7 supports, says ticket 4711 with 20 users?"
    assert numbered_words(asked) == {"3.7": "netbox", "4711": "ticket"}


def test_the_number_of_a_word_stands_in_the_column_of_that_word():
    table = (
        "| Weir version | Python from | Python to |\n|---|---|---|\n"
        "| 3.0 | 3.7 | 3.9 |\n| 3.1 | 3.7 | 3.10 |\n| 3.7 | 3.8 | 3.11 |\n"
    )
    answer = quoted_from("What is the newest Python that Weir 3.7 supports?", table)[0]
    assert "Weir version: 3.7" in answer and "3.11" in answer
    elsewhere = quoted_from("Which Weir supports Python 3.10?", table)[0]
    assert "Weir version: 3.1;" in elsewhere
