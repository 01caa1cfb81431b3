"""What a question names by its number: a clause, a section, a release."""

import pytest

from support.contexts import hit
from support.quoting import quoted_from, quoted_from_hits

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


def test_a_change_log_may_bear_its_name_in_its_path_alone():
    hits = [hit(1, HISTORY.replace("metres", "feet"), "gauge"), hit(2, HISTORY, "valve")]
    sources = {"gauge": "docs/gauge/CHANGES.md", "valve": "docs/valve/CHANGES.md"}
    named = []
    for one in hits:
        chunk = one.chunk._replace(source=sources[one.chunk.document_id])
        named.append(one._replace(chunk=chunk))
    (found,) = quoted_from_hits("What is new in valve 2.4.0?", named)
    assert "metres" in found


def test_what_was_added_in_a_release_is_its_section():
    table = "| Function | Added |\n|---|---|\n| read | 2.4.0 |\n| write | 2.4.0 |"
    (found,) = quoted_from("What was added in 2.4.0?", table, HISTORY)
    assert "A valve can be renamed." in found


SYSTEMS = """\
# Systems

## Beacon

Beacon is where we keep the rota. Ask Maud for a key.

[beacon.example](https://beacon.example)

## Ledger

Ledger holds the bills. You can find Beacon there too.
"""


def test_where_a_thing_is_to_be_found_is_the_address_under_its_heading():
    assert quoted_from("Where do I find beacon?", SYSTEMS) == ["beacon.example"]
    assert quoted_from("Who has a key of beacon?", SYSTEMS) != ["beacon.example"]


def test_a_question_that_stands_as_a_heading_is_answered_from_the_beginning():
    text = (
        "# Help\n\n## Why does the pump not start?\n\nIts fuse may be gone. The cellar may be "
        "dry.\n\nYou can start a pump that does not start by hand.\n\n## Who pays?\n\nYou."
    )
    (found,) = quoted_from("Why doesn't the pump start?", text)
    assert "Its fuse may be gone." in found and "You." not in found


def test_a_summary_is_the_beginning_of_the_newest_document_of_that_name():
    hits = []
    for number, (name, litres) in enumerate((("old", 40), ("new", 46), ("other", 99)), start=1):
        title = "Harbour dues" if name == "other" else "Pump rules"
        text = f"# Rules\n\nThis page is {name}. A pump gives {litres} litres. Pump rules end here."
        hits.append(hit(number, text, name, title=title))
    dates = {"old": {"date": "2019-01-01"}, "new": {"date": "2024-01-01"}}
    for question in ("Summarise the pump rules", "Give me an overview of the pump rules"):
        (found,) = quoted_from_hits(question, hits, **dates)
        assert found.startswith("This page is new. A pump gives 46 litres.")


def test_what_a_sentence_points_at_is_quoted_in_its_place():
    text = (
        "# Help\n\n## The gate is stuck, what now?\n\nOil the hinge, then wait.\n\n"
        "## I see error 7 and the weir hums. Why?\n\nSee [The gate is stuck, what now?](#a).\n"
    )
    (answer,) = quoted_from("The weir hums with an error, I see 7 of them?", text)
    assert "Oil the hinge" in answer
    other = text.replace("See [The", "The weir hums with an error 7 if it is cold, see [The")
    assert "if it is cold" in " ".join(quoted_from("The weir hums with an error, I see 7?", other))
    plain = text.replace("I see error 7 and the weir hums. Why?", "Humming weirs")
    plain = plain.replace("stuck, what now?", "stuck again")
    (answer,) = quoted_from("Why do humming weirs hum?", plain)
    assert "Oil the hinge" in answer
