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
    assert absent_names("I lost it. Where is Oslo? (Please)", "") == (["Oslo"], 1)
    assert absent_names("Atlantis is where?", "") == ([], 0)


def test_capitals_tell_nothing_where_nearly_all_words_have_them():
    assert absent_names("HOW LONG IS THE WARRANTY PERIOD HERE", "") == ([], 0)
    assert absent_names("How Long Is The Warranty Period", "") == ([], 0)
    assert absent_names("WHAT DOES ERROR PST-1044 MEAN EXACTLY", "") == (["PST-1044"], 1)


def test_a_number_of_things_is_the_askers_own():
    assert absent_names("How many bytes does a vector with 1536 dimensions take?", "") == ([], 0)
    assert absent_names("What is the budget of project 057?", "") == (["057"], 1)
    assert absent_names("How high was the flood of 2015?", "") == (["2015"], 1)


def test_it_is_counted_how_many_there_are():
    assert absent_names("Did Ada meet Bert in Oslo?", "Oslo and Ada") == (["Bert"], 3)
    assert absent_names("and where?", "Oslo") == ([], 0)
