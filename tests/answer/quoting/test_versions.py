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
    assert found == ["Loan rules (2019-04-02): Objects are insured by the lender."]


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


DATES = {"d1": {"date": "2021-03-01"}, "d2": {"date": "2024-09-15"}}
PETS = "Pets are welcome. Cots are free.", "Breakfast is at eight."


def test_one_of_two_documents_of_the_same_title_is_told_by_its_date():
    assert quoted_from("Are pets welcome?", *PETS, **DATES)[0].startswith("T (2021-03-01): Pets")
    assert quoted_from("Are pets welcome?", *PETS)[0].startswith("Pets")
    hits = [hit(number, text, f"d{number}", title=text[:4]) for number, text in enumerate(PETS, 1)]
    assert quoted_from_hits("Are pets welcome?", hits, **DATES)[0].startswith("Pets")


def test_values_beside_what_is_asked_do_not_make_documents_differ():
    """Where the sentence alone is shown that differs, the motor would be left out."""
    pumps = [f"Pump P7 delivers {n} litres a second. Its motor has 55 kW." for n in (40, 46)]
    found = quoted_from("How strong is the motor of pump P7?", *pumps)
    assert "55 kW" in found[0]
    assert (
        quoted_from("How many litres does pump P7 deliver?", *pumps)[0] == "The documents differ:"
    )


def test_the_newest_version_is_quoted_alone_where_it_is_asked_for():
    texts = "Refunds are paid in coins.", "Buyers of boxes get refunds."
    hits = [hit(n, text, f"d{n}", title="Rules") for n, text in enumerate(texts, 1)]
    newer = {"d1": {"date": "2024-09-15"}, "d2": {"date": "2021-03-01"}}
    assert len(quoted_from_hits("What are the rules on refunds?", hits, **newer)) == 2
    assert len(quoted_from_hits("What are the current rules on refunds?", hits, **newer)) == 1
    # The older one fits better here, and the newer one follows.
    assert len(quoted_from_hits("What are the current rules on refunds?", hits, **DATES)) == 2


def test_of_versions_in_a_list_the_newest_comes_first():
    borne = "Shipping is borne by the buyer.", "Shipping is borne by the shop."
    found = quoted_from("Which costs of shipping are borne?", *borne, **DATES)
    assert [text[:17] for text in found] == ["\n- T (2024-09-15)", "\n- T (2021-03-01)"]


def test_times_of_the_day_are_compared_whole():
    hours = "Breakfast is served from 6:30 to 9:30.", "Breakfast is served from 7:00 to 10:30."
    assert quoted_from("When is breakfast?", *hours)[0] == "The documents differ:"
