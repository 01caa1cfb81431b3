"""What stands before a quotation, so that it can be understood."""

import pytest

from support.contexts import hit
from support.quoting import quoted_from, quoted_from_hits

FRENCH = "Analyst. Speaks French and Spanish."


@pytest.mark.parametrize("question", ["Who speaks French?", "Wer spricht French?"])
def test_who_it_is_may_be_said_by_the_heading_alone(question):
    (answer,) = quoted_from(question, f"# Cleo Marin\n\n{FRENCH}")
    assert answer.startswith("Cleo Marin: ") and "French" in answer


def test_the_name_of_an_option_that_is_a_page_of_its_own_is_said():
    told = "Requests start at this pace, ten in a minute."
    (answer,) = quoted_from("At what pace do requests start?", f"# `--rate`\n\n{told}")
    assert answer == f"--rate: {told}"
    paged = [hit(1, told, "d1", title="--rate")]
    assert quoted_from_hits("At what pace do requests start?", paged) == [f"--rate: {told}"]
    paged = [hit(1, told, "d1", title="Pace")]
    assert quoted_from_hits("At what pace do requests start?", paged) == [told]


@pytest.mark.parametrize(
    ("told", "begins"),
    [
        ("On Sundays, this feature makes pauses longer.", "Quiet Times: On"),
        ("Sonntags macht diese Funktion Pausen auf Sundays.", "Quiet Times: Sonntags"),
        ("On Sundays, these pauses are longer.", "On"),
    ],
)
def test_the_heading_names_what_is_called_this_feature(told, begins):
    (answer,) = quoted_from("Are pauses longer on Sundays?", f"# Quiet Times\n\n{told}")
    assert answer.startswith(begins)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Where is French spoken?", f"# Cleo Marin\n\n{FRENCH}"),
        ("Who speaks French?", f"# Languages of our people\n\n{FRENCH}"),
        ("Who speaks French?", "# Cleo Marin\n\nThe analyst Marin speaks French."),
    ],
)
def test_other_headings_and_names_that_are_said_stand_not_before_it(question, text):
    (answer,) = quoted_from(question, text)
    assert not answer.startswith(("Cleo Marin: ", "Languages of our people: "))
