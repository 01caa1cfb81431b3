"""Rows of a table of which a column says yes or no."""

import pytest

from support.quoting import quoted_from

ROOMS = """\
# Rooms

| Room | Beds | Balcony | Sea view |
|---|---|---|---|
| 101 | 1 | no | ✓ |
| 102 | 2 | no | |
| 201 | 2 | yes | ✓ |
| 202 | 3 | yes | |
"""


@pytest.mark.parametrize(
    ("question", "rooms"),
    [
        ("Which rooms have a balcony?", ["201", "202"]),
        ("Which rooms have no balcony?", ["101", "102"]),
        ("Which rooms have a sea view and a balcony?", ["201"]),
        ("Which rooms lack a sea view?", ["102", "202"]),
    ],
)
def test_the_rows_are_listed_of_which_the_columns_say_so(question, rooms):
    found = quoted_from(question, ROOMS)
    assert [text.split(";")[0] for text in found] == [f"\n- Room: {room}" for room in rooms]


def test_a_column_of_other_values_chooses_no_rows():
    assert "Room: 101" in "".join(quoted_from("Which rooms have how many beds?", ROOMS))


def test_rows_of_lists_that_were_not_asked_for_stay():
    assert "Room: 101" in "".join(quoted_from("Does room 101 have a balcony?", ROOMS))


def test_a_row_of_another_number_is_not_added():
    """Both rows have the number, but only the first after the word that it numbers."""
    asked, other = "Project 100: budget 1000 coins", "Project 010: budget 100 coins"
    found = quoted_from("What is the budget of project 100?", f"- {asked}", f"- {other}")
    assert found == [asked]
    assert f"\n- T: {other}" in quoted_from("What is a budget?", f"- {asked}", f"- {other}")
