"""Names, codes and numbers of a question, and whether a text has them."""

import pytest

from headrace.answer.names import absent_names


def absent(question: str, text: str) -> list[str]:
    return absent_names(question, text)[0]


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("PST-1044", "PST-1043 and PST-10440"),
        ("CVE-2024-24762", "CVE-2024-1234"),
        ("0.9.3", "0.9.2, 0.9.31 and 10.9.3"),
        ("2.3", "2.3.1"),
        ("max_flow", "max_flows and max"),
        ("Oslo", "Olso"),
        ("Norway", "Normandy"),
    ],
)
def test_what_is_nearly_the_same_is_another_thing(asked, held):
    assert absent(f"What is {asked}?", held) == [asked]
    assert absent(f"What is {asked}?", f"{held} and {asked}.") == []


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("GPT-4", "gpt4"),
        ("GPT4", "GPT 4"),
        ("v2.3", "## 2.3 (2024-02-20)"),
        ("Norwegian", "the Norwegians' river"),
        ("Norway's", "NORWAY"),
        ("1,536", "1536"),
        ("10GB", "10 GB"),
    ],
)
def test_one_thing_is_written_in_several_ways(asked, held):
    assert absent(f"What is {asked}?", held) == []


def test_a_word_that_begins_a_sentence_is_no_name():
    assert absent("I lost it. Where is Oslo? (Please)", "") == ["Oslo"]
    assert absent("Atlantis is where?", "") == []


def test_capitals_tell_nothing_where_nearly_all_words_have_them():
    assert absent("HOW LONG IS THE WARRANTY PERIOD HERE", "") == []
    assert absent("How Long Is The Warranty Period", "") == []
    assert absent("WHAT DOES ERROR PST-1044 MEAN EXACTLY", "") == ["PST-1044"]


def test_a_number_of_things_is_the_askers_own():
    assert absent("How many bytes does a vector with 1536 dimensions take?", "") == []
    assert absent("What is the budget of project 057?", "") == ["057"]
    assert absent("How high was the flood of 2015?", "") == ["2015"]


def test_what_is_absent_weighs_more_the_more_it_is():
    """Of n names and numbers k absent ones weigh k / (n + 1)."""
    assert absent_names("Did Ada meet Bert in Oslo?", "Oslo and Ada") == (["Bert"], 1 / 4)
    assert absent_names("Did Ada meet Bert in Oslo?", "") == (["Ada", "Bert", "Oslo"], 3 / 4)
    assert absent_names("and where?", "Oslo") == ([], 0.0)


def test_a_code_weighs_three_times_as_much_as_a_name_or_a_number():
    assert absent_names("What is PST-1044?", "") == (["PST-1044"], 3 / 4)
    assert absent_names("What is PST-1044 to Ada?", "Ada") == (["PST-1044"], 3 / 5)
    assert absent_names("What is it to Ada on the 21st?", "Ada") == (["21st"], 1 / 3)
