"""What a question names by its number: a clause, a section, a release."""

import pytest

from support.quoting import quoted_from

LEASE = """\
# Lease

## 2. Rent

2.1 Rent is due on the first day of each month.

2.2 Late rent bears interest at 4 percent a year. Interest is due at once.

2.3 Rent may be raised once a year.
"""
RULES = """\
# House rules

## 2.3 Noise

Quiet hours begin at ten. They end at six.

## 2.4 Pets

Pets need consent.
"""
HISTORY = """\
# History

## v2.4.0 (2031-05-06)

### Highlights

The gauge now reads metres.

- A valve can be renamed.

## v2.3.0 (2030-04-05)

The gauge came out with a date: it was new on 3 March 2030.
"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "What does clause 2.2 say?",
            "2.2 Late rent bears interest at 4 percent a year. Interest is due at once.",
        ),
        ("What does section 2.3 of the house rules say?", "Quiet hours begin at ten."),
        ("Was steht in Klausel 2.1 zu Rent?", "2.1 Rent is due on the first day of each month."),
    ],
)
def test_a_clause_or_section_is_quoted_from_its_beginning_and_no_other(question, answer):
    (found,) = quoted_from(question, LEASE, RULES)
    assert answer in found
    assert "2.4" not in found and "Pets" not in found and found.count("2.") == 1


def test_what_is_new_in_a_release_is_quoted_from_the_beginning_of_its_section():
    (found,) = quoted_from("What is new in 2.4.0?", HISTORY)
    assert found.startswith("v2.4.0 (2031-05-06):")
    assert "The gauge now reads metres." in found and "2030" not in found


def test_the_date_of_a_release_stands_in_its_heading():
    (found,) = quoted_from("When did 2.4.0 come out?", HISTORY)
    assert found == "v2.4.0 (2031-05-06): The gauge now reads metres."


def test_a_year_of_the_question_in_a_heading_is_no_answer():
    text = "# Company\n\n## Events of 2021\n\nThe mills were merged. Nobody left."
    (found, *_) = quoted_from("When were the mills merged in 2021?", text)
    assert found != "Events of 2021: The mills were merged."
