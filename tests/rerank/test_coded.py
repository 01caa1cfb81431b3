"""The chunks that hold a question's codes come first."""

from headrace.rerank.coded import codes_of, with_codes_first
from headrace.types import Hit
from support.hits import chunk, ids

QUESTION = "What is new in Sluice 0.5.1?"


def hits(*texts: str) -> list[Hit]:
    """Hits with chunk ids 1, 2 and so on, the first with score 1.0."""
    made = []
    for number, text in enumerate(texts, start=1):
        made.append(Hit(chunk(number, text), 1 / number, number, "fused"))
    return made


def test_codes_and_versions_are_told_from_numbers():
    assert codes_of(QUESTION) == {"0.5.1"}
    assert codes_of("Is PST-1044 in V2.9.12?") == {"pst-1044", "2.9.12"}
    assert codes_of("Are 1536 dimensions of 4w lamps in 2024 enough for well-known users?") == set()


def test_options_settings_and_operators_are_codes():
    assert codes_of("What does --dry-run do -- and -x?") == {"--dry-run"}
    assert codes_of("Is ef_search or <=> a well-known name?") == {"ef_search", "<=>"}


def test_a_chunk_with_the_option_or_the_setting_comes_first():
    told = hits("Runs dry.", "A run", "Pass `--dry-run` to see more.")
    assert ids(with_codes_first(told, "What does --dry-run do?")) == [3, 1, 2]
    told = hits("Search", "SET hnsw.ef_search = 9;")
    assert ids(with_codes_first(told, "What is ef_search?")) == [2, 1]


def test_a_chunk_with_the_version_comes_first_and_takes_score_and_rank_of_the_place():
    ranked = with_codes_first(hits("Sluice is new.", "Sluice news", "## 0.5.1\nDoors."), QUESTION)
    assert ids(ranked) == [3, 1, 2]
    assert [(hit.score, hit.rank) for hit in ranked] == [(1.0, 1), (1 / 2, 2), (1 / 3, 3)]


def test_a_heading_with_the_version_counts_more_than_a_mention():
    ranked = with_codes_first(hits("New", "Sluice needs 0.5.1 or later", "## v0.5.1\nD"), QUESTION)
    assert ids(ranked) == [3, 1, 2]


def test_of_several_products_with_the_version_the_one_asked_about_comes_first():
    ranked = with_codes_first(hits("New", "## Gate 0.5.1\nD", "## Sluice 0.5.1\nD"), QUESTION)
    assert ids(ranked) == [3, 2, 1]


def test_another_version_and_a_code_that_is_everywhere_change_nothing():
    others = hits("Sluice", "## 0.5.10\nDoors.", "## 0.5\nDoors.")
    assert with_codes_first(others, QUESTION) == others
    everywhere = hits("Sluice", *["Sluice 0.5.1"] * 9)
    assert with_codes_first(everywhere, QUESTION) == everywhere


def test_a_code_with_hardly_a_word_beside_it_comes_first_however_many_have_it():
    told = hits("A new computer.", *["`<=>` | distance"] * 9)
    for question in ("What does <=> compute?", "How is a new computer with <=> made?"):
        assert ids(with_codes_first(told, question))[:4] == [2, 3, 4, 1]
    told = hits("Old keys.", *["Pass --pk."] * 9)
    assert ids(with_codes_first(told, "What does --pk do?"))[:4] == [2, 3, 4, 1]
    assert with_codes_first(told, "Which old keys may be passed with --pk?") == told


def test_a_number_with_one_point_is_a_version_where_a_heading_has_it():
    question = "Which gates has Sluice 2.9?"
    mentioned = hits("Sluice", "The door is 2.9 metres wide.")
    assert with_codes_first(mentioned, question) == mentioned
    assert ids(with_codes_first(hits("Sluice", "## v2.9\nDoors."), question)) == [2, 1]
