"""Fiscal years and quarters, as questions name them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.metadata.periods import Period, meant_by, periods_of, spellings_of_periods

TODAY = date(2026, 11, 15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("capex of 3M in FY2018", [(2018, None)]),
        ("the quick ratio for FY22", [(2022, None)]),
        ("FY '21 results", [(2021, None)]),
        ("fiscal year 2019", [(2019, None)]),
        ("im Geschäftsjahr 2020", [(2020, None)]),
        ("Q2 of FY2023", [(2023, 2)]),
        ("Q2 FY23", [(2023, 2)]),
        ("in Q22023", [(2023, 2)]),
        ("as of Q2'2023", [(2023, 2)]),
        ("As of FY2023Q1", [(2023, 1)]),
        ("in 2021 Q1", [(2021, 1)]),
        ("the third quarter of 2021", [(2021, 3)]),
        ("second fiscal quarter of 2023", [(2023, 2)]),
        ("growth in 2022", [(2022, None)]),
        ("from FY2016 to FY2018", [(2016, None), (2017, None), (2018, None)]),
        ("FY2017 - FY2018 average", [(2017, None), (2018, None)]),
        ("between 2015 and 2017", [(2015, None), (2016, None), (2017, None)]),
        ("2015 and 2017", [(2015, None), (2017, None)]),
        ("founded in 1902, FY2020 revenue after the crisis of 2008", [(2020, None)]),
        ("revenue last year", [(2025, None)]),
        ("last quarter's margin", [(2026, 3)]),
        ("notes due 2024", []),
        ("$2022 and 2,018.5 units", []),
        ("the last year of his life", []),
    ],
)
def test_periods_are_read(text, expected):
    assert [(period.year, period.quarter) for period in periods_of(text, TODAY)] == expected


def test_without_today_last_year_is_not_read():
    assert periods_of("revenue last year") == []


@pytest.mark.parametrize("value", ["2023", "fy23", "fy2023", "2023q2", "q2 2023", "2023-q2"])
def test_a_quarter_is_found_by_its_year_and_by_itself_however_it_is_written(value):
    assert value in spellings_of_periods("revenue in Q2 FY2023")


def test_a_number_is_a_quarter_only_in_a_field_of_quarters():
    periods = [Period(2023, 2, is_fiscal=True, start=0, end=5)]
    assert meant_by(periods, "2", "fiscal_quarter") == periods
    assert meant_by(periods, "2", "period") == []


@given(st.text(max_size=100))
def test_reading_periods_never_raises(text):
    periods_of(text, TODAY)
