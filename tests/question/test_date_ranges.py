"""When documents appeared, as questions say it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.question.date_ranges import published

TODAY = date(2026, 11, 15)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("papers published in 2019", date(2019, 1, 1), date(2020, 1, 1)),
        ("articles published between March 2004 and 2006", date(2004, 3, 1), date(2007, 1, 1)),
        (
            "articles published between 10 and 20 November 2023",
            date(2023, 11, 10),
            date(2023, 11, 21),
        ),
        ("news from 3rd to 9th of May 2020", date(2020, 5, 3), date(2020, 5, 10)),
        ("papers published no later than 2005", None, date(2006, 1, 1)),
        ("papers by R. W. Floyd since 1967", date(1967, 1, 1), None),
        ("articles authored by Parnas before 1975 on modules", None, date(1975, 1, 1)),
        ("research from 2009 about asthma", date(2009, 1, 1), date(2010, 1, 1)),
        ("reports since 2015", date(2015, 1, 1), None),
        ("posts written before 2010-05-06", None, date(2010, 5, 6)),
        ("documents after June 2011", date(2011, 7, 1), None),
        ("articles from 3 April 2020", date(2020, 4, 3), date(2020, 4, 4)),
        ("news of the past 90 days", date(2026, 8, 18), date(2026, 11, 16)),
        ("news from the past two weeks", date(2026, 11, 2), date(2026, 11, 16)),
        ("articles of the past year", date(2025, 11, 16), date(2026, 11, 16)),
        ("articles published yesterday", date(2026, 11, 14), date(2026, 11, 15)),
        ("papers from the 1960s", date(1960, 1, 1), date(1970, 1, 1)),
        ("papers published in the nineties", date(1990, 1, 1), date(2000, 1, 1)),
        (
            "stories published from October 5 to October 9, 2023",
            date(2023, 10, 5),
            date(2023, 10, 10),
        ),
        ("papers published in 1969 or 1970", date(1969, 1, 1), date(1971, 1, 1)),
        ("papers published in 1963 on random numbers", date(1963, 1, 1), date(1964, 1, 1)),
        ("papers from 1963 on", date(1963, 1, 1), None),
        ("filings of Q3 2024", date(2024, 7, 1), date(2024, 10, 1)),
        ("articles of last year", date(2025, 1, 1), date(2026, 1, 1)),
        ("papers from last quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("reports of this month", date(2026, 11, 1), date(2026, 12, 1)),
        ("papers of last month", date(2026, 10, 1), date(2026, 11, 1)),
        ("what changed last year?", date(2025, 1, 1), date(2026, 1, 1)),
        ("Was geschah im letzten Jahr?", date(2025, 1, 1), date(2026, 1, 1)),
        ("Berichte der vergangenen 3 Monate", date(2026, 8, 16), date(2026, 11, 16)),
    ],
)
def test_dates_of_publication_are_read(text, low, high):
    (found,) = published(text, TODAY)
    assert (found.low, found.high) == (low, high)
    assert found.words in text


def test_words_of_publication_give_one_range_not_two():
    (found,) = published("articles published on October 26, 2023", TODAY)
    assert (found.low, found.high) == (date(2023, 10, 26), date(2023, 10, 27))


def test_of_dates_a_few_words_after_a_document_only_a_day_is_its_own():
    (found,) = published("the article from The Verge on October 26, 2023")
    assert found.low == date(2023, 10, 26) and not found.is_clear
    assert published("the article from The Verge on October 2023") == []


@pytest.mark.parametrize(
    "text",
    [
        "who was king in 1815?",
        "what happened in March 2004?",
        "the war of 1812",
        "papers published on 31 June 2020",
        "articles of last year",
        "what did the article by Ada Lovelace say in 1843?",
        "stories about 10 to 20 November elections",
        "annual report 2021: how many employees?",
        "the report of 2021 on floods",
        "the report by Business Today on floods",
    ],
)
def test_dates_that_a_question_is_about_or_that_need_today_are_not_filters(text):
    assert published(text, today=None) == []


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("reports of fiscal Q3 2024", date(2024, 4, 1), date(2024, 7, 1)),
        ("reports of the first fiscal quarter of 2024", date(2023, 10, 1), date(2024, 1, 1)),
        ("filings of FY 2024", date(2023, 10, 1), date(2024, 10, 1)),
        ("reports of last fiscal quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("reports of this fiscal year", date(2026, 10, 1), date(2027, 10, 1)),
        ("reports of Q3 2024", date(2024, 7, 1), date(2024, 10, 1)),
    ],
)
def test_fiscal_years_begin_when_they_are_said_to_and_are_named_for_their_end(text, low, high):
    (found,) = published(text, TODAY, fiscal_year_start=10)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("text", "is_clear"),
    [
        ("papers published in 2019", True),
        ("the report written in 2019", True),
        ("articles from 2019", True),
        ("reports since 2019", True),
        ("papers between 2017 and 2019", True),
        ("news of last week", True),
        ("the article of 3 April 2020", True),
        ("papers in 2019", False),
        ("reports of fiscal Q3 2024", False),
        ("the report from 2019", False),
        ("what changed last year?", False),
    ],
)
def test_only_words_about_publication_make_a_date_clear(text, is_clear):
    (found,) = published(text, TODAY)
    assert found.is_clear == is_clear


@pytest.mark.parametrize(
    "text",
    [
        "the last week of June",
        "the last year of his life",
        "what is used today?",
        "Apple's revenue in the last quarter",
        "the margin of last fiscal year",
    ],
)
def test_last_may_be_the_end_of_something_else(text):
    assert published(text, TODAY) == []


@pytest.mark.parametrize(
    "text",
    [
        "papers not published in 2020",
        "papers that weren't published in 2020",
        "not published in 2020: papers",
        "excluding papers from 2020",
    ],
)
def test_a_negated_date_is_negated(text):
    (found,) = published(text)
    assert found.negated and found.low == date(2020, 1, 1)


@given(st.text(max_size=200))
def test_reading_dates_never_raises(text):
    published(text, date(2026, 1, 1))
