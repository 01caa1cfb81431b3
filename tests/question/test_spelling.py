"""Typos corrected by the tenant's own words and by general ones."""

import pytest

from headrace.question.spelling import corrected_query__llm, corrected_query__rules
from headrace.question.spellings.likelihood import likeliest, likeliest_first
from headrace.types import (
    Change,
    Document,
    KnownWords,
    Note,
    QuestionAnalysis,
    RewrittenQuery,
    Spelling,
    TenantFacts,
)

FACTS = TenantFacts("v", 3, 3, ("english",), ())


def test_the_tenants_own_words_go_before_general_ones():
    general = Spelling("warantee", "warranted", 0, 1e-6)
    own = Spelling("warantee", "warrantee", 40, 0.0)
    assert likeliest_first([general, own], 100)[0] is own
    assert likeliest([general, own], 100) is own


def test_the_easier_slip_goes_before_the_more_frequent_word():
    easier = Spelling("recieve", "receive", 1)
    frequent = Spelling("recieve", "relieve", 5)
    assert likeliest_first([frequent, easier], 100)[0] is easier


def test_of_the_forms_of_a_word_the_usual_one_was_meant():
    usual = Spelling("informatins", "information", 46, 9.2e-5)
    seldom = Spelling("informatins", "information's", 46, 7.0e-7)
    assert likeliest([seldom, usual], 1000) is usual


def test_what_is_too_far_from_any_word_is_nobodys_typo():
    assert likeliest([Spelling("xyzzyx", "syzygy", 5, 0.0)], 100) is None
    assert likeliest([], 100) is None


def test_the_longer_a_word_the_more_slips_it_may_have():
    assert likeliest([Spelling("aec", "ace", 5), Spelling("aec", "bed", 5)], 9).meant == "ace"
    two_slips = Spelling("engery", "energy", 5)
    assert likeliest([two_slips], 9) is two_slips
    assert likeliest([Spelling("nregy", "energy", 5)], 9) is None
    assert likeliest([Spelling("perigenital", "perinatal", 5)], 9) is None


@pytest.mark.parametrize(
    ("typed", "meant", "frequency"), [("wich", "which", 7.6e-4), ("waht", "what", 1.0e-2)]
)
def test_a_frequent_word_in_haste_needs_no_document(typed, meant, frequency):
    frequent = Spelling(typed, meant, 0, frequency)
    assert likeliest([Spelling(typed, "want", 9, 3.6e-3), frequent], 2000) is frequent
    assert likeliest([Spelling(typed, meant, 0, 2e-6)], 2000) is None


@pytest.mark.parametrize(("typed", "meant"), [("wasm", "was"), ("doas", "does")])
def test_an_unknown_short_word_is_no_other_one_than_in_haste(typed, meant):
    assert likeliest([Spelling(typed, meant, 0, 2e-3)], 2000) is None


def test_a_correction_keeps_the_capital_and_says_why():
    spellings = {"waranty": (Spelling("waranty", "warranty", 2),)}
    query = RewrittenQuery("Waranty of two years")
    corrected = corrected_query__rules(query, KnownWords({"waranty": 0}, spellings), FACTS)
    assert corrected.text == "Warranty of two years"
    reason = 'no document has "waranty", and 2 chunks have "warranty"'
    assert corrected.changes == (Change("typo", "Waranty", "Warranty", reason),)


@pytest.mark.parametrize("typed", ["ware house", "ware-house"])
def test_a_word_written_as_two_is_joined(typed):
    joined = Spelling("ware house", "warehouse", 40)
    known = KnownWords({"ware": 0}, {"ware": (joined,)})
    corrected = corrected_query__rules(RewrittenQuery(f"Is the {typed} open?"), known, FACTS)
    assert corrected.text == "Is the warehouse open?"


def test_the_language_models_typos_are_corrected_if_no_document_has_the_word():
    analysis = QuestionAnalysis(typos=(("waranty", "warranty"), ("lasts", "costs")))
    known = KnownWords({"waranty": 0, "lasts": 2})
    query = RewrittenQuery("how long the waranty lasts")
    corrected = corrected_query__llm(query, analysis, RewrittenQuery("never used"), known)
    assert corrected.text == "how long the warranty lasts"


def test_without_an_analysis_the_question_is_as_the_rules_correct_it():
    analysis = QuestionAnalysis(note=Note("understanding", "rules stand in", is_passing=True))
    rules = RewrittenQuery("by rules")
    assert corrected_query__llm(RewrittenQuery("x"), analysis, rules, KnownWords()) == rules


# ------------------------------------------------------------------ with real documents


def test_a_typo_is_corrected_by_the_tenants_own_words(rag, returns):
    question = "How long does the waranty last?"
    query = rag.run(["corrected_query"], question=question, tenant=returns)["corrected_query"]
    assert query.text == "How long does the warranty last?"
    assert [(change.before, change.after) for change in query.changes] == [("waranty", "warranty")]


def test_question_words_are_corrected_though_no_index_has_them(rag, returns):
    question = "Waht is the warranty, and wher?"
    query = rag.run(["corrected_query"], question=question, tenant=returns)["corrected_query"]
    assert query.text == "What is the warranty, and where?"


@pytest.mark.parametrize("word", ["warranties", '"waranty"', "xyzzyx", "covers"])
def test_inflections_quotations_and_unknown_words_are_left_alone(rag, returns, word):
    question = f"What about the {word} here?"
    query = rag.run(["corrected_query"], question=question, tenant=returns)["corrected_query"]
    assert query.text == question


@pytest.fixture(scope="module")
def places(rag):
    text = (
        "The Zürich office is led by José Müller, that in Łódź by Ada Kowalczyk. "
        "Monitoring runs on Prometheus. Visitors write a résumé. The Muenchen branch has a "
        "kitchen with a table."
    )
    rag.ingest([Document("offices", "Offices", text, "offices.md")], "places")
    return "places"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("What runs on Promethues?", "What runs on Prometheus?"),
        ("Where is Ada Kowalzyk?", "Where is Ada Kowalczyk?"),
        ("Who leads the Zurich office?", "Who leads the Zürich office?"),
        ("Who leads the Zuerich office?", "Who leads the Zürich office?"),
        ("Who is Jose Muller?", "Who is José Müller?"),
        ("Who writes a resume?", "Who writes a résumé?"),  # an English word, too
        ("What does the München branch have?", "What does the Muenchen branch have?"),
    ],
)
def test_misspelt_names_and_marks_left_out_are_corrected(rag, places, asked, meant):
    query = rag.run(["corrected_query"], question=asked, tenant=places)["corrected_query"]
    assert query.text == meant
    assert len(query.changes) == len(set(asked.split()) - set(meant.split()))


def test_the_answer_says_which_words_were_read_as_others(rag, places):
    told = 'spelling: "Jose" was read as "José", "Muller" was read as "Müller"'
    answer = rag.ask("Who is Jose Muller?", places)
    assert [note for note in answer.notes if note.startswith(told)]
    assert not [note for note in rag.ask("Who is José Müller?", places).notes if told[:8] in note]


@pytest.mark.parametrize(
    "asked",
    [
        "Who is Mr. Mullen?",  # a name of its own
        "Where is Kovalczik?",  # too many slips
        "Who is Zürcher?",
        "Who is Tably?",  # short
        "Who is Mr. Kichetne?",  # two slips away from an ordinary word
    ],
)
def test_other_names_are_left_alone(rag, places, asked):
    query = rag.run(["corrected_query"], question=asked, tenant=places)["corrected_query"]
    assert query.text == asked
