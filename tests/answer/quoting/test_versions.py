"""Versions of a document: which is meant, which is newer, and how that is said."""

from support.contexts import hit
from support.quoting import quoted_from, quoted_from_hits

DAYS = "Goods may be returned within 14 days.", "Goods may be returned within 30 days."
ASKED = "Within how many days may goods be returned?"


def test_the_rules_of_a_year_are_not_those_that_mention_the_rules_of_that_year():
    new = "Objects are insured by us. These rules replace the loan rules of 2 April 2019."
    hits = [
        hit(1, new, "new", title="Loan rules"),
        hit(2, "Objects are insured by the lender.", "old", title="Loan rules"),
    ]
    dates = {"new": {"date": "2023-10-19"}, "old": {"date": "2019-04-02"}}
    found = quoted_from_hits("What do the loan rules of 2019 say of objects?", hits, **dates)
    assert found == ["Objects are insured by the lender."]


def test_without_dates_the_document_that_replaces_the_other_comes_first():
    found = quoted_from(ASKED, DAYS[0], f"{DAYS[1]} This policy supersedes the old one.")
    assert [text[-8:] for text in found[1:]] == ["30 days.", "14 days."]
    found = quoted_from(ASKED, *DAYS)
    assert [text[-8:] for text in found[1:]] == ["14 days.", "30 days."]


def test_that_documents_differ_is_said_in_the_language_of_the_question():
    days = [f"Waren können binnen {number} Tagen zurückgegeben werden." for number in (14, 30)]
    found = quoted_from("Innerhalb wie vieler Tage können die Waren zurückgegeben werden?", *days)
    assert found[0] == "Die Dokumente sagen Verschiedenes:"
    assert quoted_from(ASKED, *DAYS)[0] == "The documents differ:"


def test_what_two_documents_say_of_other_things_does_not_differ():
    ports = "By default, Alba listens on port 8080.", "By default, Brio listens on port 9090."
    other = "The Corsa gateway is a service of its own."
    asked = "Which port does the Corsa gateway listen on by default?"
    assert not quoted_from(asked, *ports, other)[0].startswith("The documents differ")
    unknown = quoted_from("Which port does the Dalla gateway listen on by default?", *ports, other)
    assert unknown[0].startswith("The documents differ")
