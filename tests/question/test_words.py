"""What questions are read with: slips, phrases, definitions, general words.

The modules are in `headrace.text` and `headrace.resources.models.word_lists`.
"""

import gzip
import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.resources.models.word_lists import GeneralWords
from headrace.text.abbreviations import find_definitions
from headrace.text.phrases import content_words, phrases_of, tokens_of
from headrace.text.slips import slip_cost

WORDS = st.text(st.characters(codec="utf-8", categories=["Ll"]), max_size=12)


@pytest.mark.parametrize(
    ("easy", "hard", "meant"),
    [
        ("comittee", "comwittee", "committee"),  # a double letter is left out
        ("definately", "definxtely", "definitely"),  # a vowel for another
    ],
)
def test_easy_slips_cost_less(easy, hard, meant):
    assert slip_cost(easy, meant) < slip_cost(hard, meant)


def test_a_swap_is_one_slip():
    assert slip_cost("retrun", "return") < 2 * slip_cost("retun", "return")


@given(WORDS, WORDS)
def test_a_slip_costs_nothing_only_where_nothing_slipped(typed, meant):
    assert (slip_cost(typed, meant) == 0) == (typed == meant)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("recieve", "receive"),
        ("xonstitution", "constitution"),
        ("wharehouse", "warehouse"),
        ("sylinder", "cylinder"),
    ],
)
def test_general_words_near_a_typo_are_found_whatever_letter_is_wrong(typed, meant):
    assert meant in GeneralWords().near(typed, ["english"], 2)


@pytest.mark.parametrize(("language", "code"), [("english", "en"), ("russian", "ru")])
def test_each_general_word_has_its_share_of_the_text_counted(language, code):
    packed = files("spellchecker") / "resources" / f"{code}.json.gz"
    counts = json.loads(gzip.decompress(packed.read_bytes()))
    words = GeneralWords()
    total = sum(counts.values())
    for word, count in [*counts.items()][::97]:
        assert words.frequency(word, [language]) == count / total
        assert words.frequency(f"{word}zq", [language]) == words.frequency("", [language]) == 0


def test_languages_without_a_list_have_no_words():
    words = GeneralWords()
    assert words.near("recieve", ["klingon"], 2) == []
    assert words.frequency("the", ["klingon"]) == 0 < words.frequency("the", ["english"])


@pytest.mark.parametrize(
    "text",
    [
        "You can [create a new question](https://example.com/new) at any time.",
        "See [the handbook](handbook.md) (in German) or :ref:`cli <command_line>`.",
        "Copyright (C) 2024, file names (e.g. enforced globally), levels: Lead (L4).",
        "```\nreciprocal rank fusion (RRF)\n```\n",
        "| reciprocal rank fusion (RRF) |\n",
        "- Add a package\n- Install (AP)",
        "the file to store (FileStorage), the attributes [Attr], the setup (setup.py)",
    ],
)
def test_links_code_and_tables_define_nothing(text):
    assert find_definitions(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "By **reciprocal rank fusion** ([RRF](rrf.md)) hits are joined.",
        "By `reciprocal rank fusion <https://example.com>`_ (RRF) hits are joined.",
        "By :term:`reciprocal rank fusion` (`RRF`) hits are joined.",
        "To use:\n\n- reciprocal rank fusion (RRF)\n- others",
    ],
)
def test_definitions_are_read_through_marks_of_markup(text):
    assert find_definitions(text) == [("RRF", "reciprocal rank fusion")]


def test_capitals_inside_a_long_form_count_as_beginnings_of_words():
    found = find_definitions("They support Server-Sent Events (SSE).")
    assert found == [("SSE", "Server-Sent Events")]


def test_phrases_have_their_places_and_no_function_words_at_their_ends():
    text = "Who wrote for the Daily Planet?"
    found = phrases_of(text)
    assert [text[start:end] for start, end in found["daily planet"]] == ["Daily Planet"]
    assert "the daily" not in found and "wrote for the daily" in found


def test_possessives_and_capitals():
    assert "reuters" in phrases_of("Reuters' report") and "wired" in phrases_of("Wired's view")
    assert "it" not in phrases_of("does it run") and "it" in phrases_of("the IT department")
    assert content_words("what is a Ferry") == ["ferry"]
    assert tokens_of("C++, v1.2.") == ["c++", "v1.2"]


@given(st.text(max_size=80))
def test_every_phrase_stands_where_it_says(text):
    for places in phrases_of(text).values():
        assert all(0 <= start < end <= len(text) for start, end in places)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("We use reciprocal rank fusion (RRF) here.", [("RRF", "reciprocal rank fusion")]),
        ("heat shock transcription factor (HSF)", [("HSF", "heat shock transcription factor")]),
        ("The result (see below) is fine (2019).", []),
        ("Gamma (GX) rays", []),
        ("mean average precision (MAP; higher is better)", [("MAP", "mean average precision")]),
    ],
)
def test_definitions_are_found_as_schwartz_and_hearst_do(text, pairs):
    assert find_definitions(text) == pairs


@given(st.text(max_size=200))
def test_finding_definitions_never_raises(text):
    for short, long in find_definitions(text):
        assert short and long
