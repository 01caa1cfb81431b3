"""What stands before a quotation, so that it can be understood."""

import pytest

from support.quoting import quoted_from

FRENCH = "Analyst. Speaks French and Spanish."


@pytest.mark.parametrize("question", ["Who speaks French?", "Wer spricht French?"])
def test_who_it_is_may_be_said_by_the_heading_alone(question):
    (answer,) = quoted_from(question, f"# Cleo Marin\n\n{FRENCH}")
    assert answer.startswith("Cleo Marin: ") and "French" in answer


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
