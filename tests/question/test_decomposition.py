"""The texts that are searched for, and the kind of a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.question.decomposition import (
    parts_by_rules,
    sub_queries__llm,
    sub_queries__off,
    sub_queries__rules,
    sub_queries__whole,
)
from headrace.question.question_kinds import kind_of, parts
from headrace.text.terms import read_syntax
from headrace.types import (
    Change,
    Courtesy,
    Filter,
    Note,
    QueryFilters,
    QuestionAnalysis,
    RewrittenQuery,
    SubQuery,
    TenantFacts,
)


def searched(question: str, filters: QueryFilters | None = None) -> list[SubQuery]:
    return sub_queries__rules(question, RewrittenQuery(question), filters or QueryFilters())


def texts(sub_queries: list[SubQuery]) -> list[str]:
    return [query.text for query in sub_queries]


def test_a_compound_question_is_split_and_the_original_comes_first():
    question = "What is the licence of tokenizers, and who wrote httpx?"
    queries = searched(question)
    asked = ["What is the licence of tokenizers", "who wrote httpx?"]
    assert texts(queries) == [question, *asked]
    assert [query.role for query in queries] == ["original", "sub-question", "sub-question"]


def test_a_comparison_is_searched_for_both_its_sides():
    queries = searched("What is the difference between exact search and HNSW?")
    assert texts(queries)[1:] == ["exact search", "HNSW"]


def test_a_simple_question_with_an_and_in_it_is_not_split():
    question = "Where do supply and demand meet?"
    assert texts(searched(question)) == [question]


def test_a_question_that_only_points_at_the_one_before_it_is_none_of_its_own():
    pointing = "What is a gauge for a weir? What is the difference here?"
    assert parts(pointing) == []
    assert parts("Shut the gate, or lift it? What's the difference here?") == []
    assert parts("Who built the Aurora and in what year?") == []
    assert parts("When was the Aurora built, and who designed it?")[1] == "who designed it?"


def test_years_side_by_side_are_a_question_each():
    assert parts("How many came in 2023 and in 2024?") == [
        "How many came in 2023?",
        "How many came in 2024?",
    ]
    asked = parts("What was the revenue of Ostia for FY2021, FY2022 and FY2023 in dollars?")
    assert len(asked) == 3 and asked[2].endswith("Ostia for FY2023 in dollars?")
    assert parts("Wie viele kamen 2023 und 2024?")[0] == "Wie viele kamen 2023?"


@pytest.mark.parametrize(
    "question",
    [
        "Who lived there between the years 1975 and 1982?",
        "Who ran it from 1911 to 1913 and 1920?",
        "Is it 1911 and 2.4 that matter?",
        "Which release of 2023 and which gate?",
    ],
)
def test_the_time_between_two_years_is_one_question(question):
    assert parts(question) == []


def test_what_stands_behind_an_or_is_the_same_question():
    assert parts("Is the gate shut at night, or is it left open?") == []
    assert len(parts("Is the gate shut or is it open, and who shuts it at night?")) == 2


def test_what_asks_nothing_is_no_part():
    assert parts("How do I call prune so that it fits? We are on a recent version.") == []
    assert parts("The gates are old and where they leak it never works. What is wrong?") == []
    told = (
        "I run a mill. If the flood comes, am I obliged to stop the wheel, and how is it stopped?"
    )
    assert len(parts(told)) == 2
    assert parts("One file has a ? at the left. What does that tell me?") == []
    assert len(parts("What is the gate made of? Explain the use of the drum.")) == 2
    assert len(parts("Quand a-t-il été construit ? Où se trouve-t-il donc ?")) == 2


@given(st.text(min_size=1, max_size=200), st.text(max_size=200), st.integers(1, 6))
def test_whatever_is_asked_the_original_is_the_first_and_no_text_comes_twice(
    question, rewritten, most
):
    queries = sub_queries__rules(question, RewrittenQuery(rewritten), QueryFilters(), most)
    assert queries[0].text == read_syntax(question).text
    assert 1 <= len(queries) <= most
    assert len({text.lower() for text in texts(queries)}) == len(queries)


def test_words_that_became_a_filter_are_not_searched_for_again_except_in_the_original():
    question = "Which package with license MIT draws progress bars?"
    queries = searched(question, QueryFilters(consumed=("license MIT",)))
    assert texts(queries) == [question, "Which package draws progress bars?"]


@pytest.mark.parametrize(
    ("change", "is_as_asked"),
    [
        (Change("abbreviation", "RRF", "reciprocal rank fusion", ""), True),
        (Change("typo", "fusoin", "fusion", ""), False),
    ],
)
def test_preferred_documents_are_searched_for_the_text_of_the_larger_weight(change, is_as_asked):
    as_asked = "How does RRF fusoin add ranks of many searches?"
    rewritten = "How does RRF (reciprocal rank fusion) add ranks?"
    wired = Filter("source", "in", ("wired",))
    query = RewrittenQuery(rewritten, (change,))
    *_, preferred = sub_queries__rules(as_asked, query, QueryFilters(preferred=(wired,)))
    assert preferred.role == "preferred" and preferred.filters == (wired,)
    assert preferred.text == (as_asked if is_as_asked else rewritten)


@pytest.mark.parametrize(
    ("kind", "as_asked", "as_rewritten"),
    [("follow-up", 0.5, 1.0), ("typo", 0.25, 1.0), ("abbreviation", 1.0, 0.5)],
)
def test_the_question_as_typed_counts_less_where_the_rewritten_one_says_more(
    kind, as_asked, as_rewritten
):
    question = "How does RRF add the ranks of documents?"
    change = Change(kind, "RRF", "reciprocal rank fusion", "so it is")
    rewritten = RewrittenQuery("How does fusion add the ranks of documents?", (change,))
    queries = sub_queries__rules(question, rewritten, QueryFilters())
    assert [query.role for query in queries] == ["original", "rewritten"]
    assert [query.weight for query in queries] == [as_asked, as_rewritten]


def test_a_question_with_a_typo_and_an_abbreviation_is_searched_for_as_without_the_typo():
    typed = "How does RRF fusoin add the ranks of many documents?"
    corrected = "How does RRF fusion add the ranks of many documents?"
    written_out = corrected.replace("RRF", "RRF (reciprocal rank fusion)")
    typo = Change("typo", "fusoin", "fusion", "")
    meaning = Change("abbreviation", "RRF", "reciprocal rank fusion", "")
    with_typo = sub_queries__rules(
        typed, RewrittenQuery(written_out, (typo, meaning)), QueryFilters()
    )
    without = sub_queries__rules(corrected, RewrittenQuery(written_out, (meaning,)), QueryFilters())
    assert [(query.text, query.weight) for query in with_typo[1:]] == [
        (query.text, query.weight) for query in without
    ]
    assert (with_typo[0].text, with_typo[0].weight) == (typed, 0.25)


def test_a_question_that_was_not_rewritten_counts_in_full():
    (query,) = searched("How does RRF add the ranks of documents?")
    assert (query.role, query.weight) == ("original", 1.0)


def test_with_understanding_off_the_question_is_searched_for_alone():
    question = "a b, and what is c?"
    assert texts(sub_queries__off(RewrittenQuery(question))) == [question]


def test_the_language_models_sub_questions_are_searched_for_or_without_them_the_rules_parts():
    question = "What is the licence of tokenizers, and who wrote httpx?"
    given = question, RewrittenQuery(question), QueryFilters()
    rules = parts_by_rules(*given[1:])
    analysis = QuestionAnalysis(sub_questions=("licence of tokenizers",))
    assert texts(sub_queries__llm(*given, analysis, rules)) == [question, "licence of tokenizers"]
    failed = QuestionAnalysis(note=Note("understanding", "rules stand in", is_passing=True))
    assert texts(sub_queries__llm(*given, failed, rules)) == [question, *rules]


# -------------------------------------------------------------------------------- kinds


KINDS = {
    "comparison": (
        "Which film came out first, Heat or The Tide?",
        "Do both rivers rise in the same country and end there?",
        "Is A older than B or not?",
        "How many more goals did Ada score than Bo?",
        "How many years longer did it last?",
        "How many years after the first edition came the second?",
        "How long was it between the two floods?",
    ),
    "bridging": (
        "Who is the mother of the director of film Heat?",
        "When did John's father die?",
        "Where was the author of Emma born?",
        "When was the company that made the Tide lamp founded?",
        "Who was Ida's grandmother?",
        "What country is in the Alps and has a lake?",
    ),
    "check": (
        "Could a llama give birth twice during a war?",
        "In 1990, was Poland a republic?",
        "If it rains, does the pump stop?",
    ),
    "several": (
        "where is the ferry and when does it leave",
        "Who wrote Emma? When was it printed?",
    ),
    "simple": (
        "who wrote emma",
        "What is the capital of Norway?",
        "How long is the warranty?",
        "How many pages are there?",
        "How much is it, and for whom?",
        "What are salt and pepper?",
        "what is the effect of heat on a wing",
        "RRF",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_wording_of_a_question_says_its_kind(kind):
    for question in KINDS[kind]:
        assert kind_of(question) == kind, question


@given(st.text(max_size=400))
def test_every_question_has_a_kind(text):
    assert kind_of(text) in KINDS


# --------------------------------------------------------------- conversations


def with_topic(question: str, topic: list[str]) -> list[SubQuery]:
    return sub_queries__rules(question, RewrittenQuery(question), QueryFilters(), topic=topic)


def test_the_topic_of_earlier_turns_is_searched_for_beside_the_question():
    question, beside = with_topic("Where do I apply for leave?", ["parental", "leave"])
    assert (question.text, question.role, question.weight) == (
        "Where do I apply for leave?",
        "original",
        1.0,
    )
    assert beside.text == "parental Where do I apply for leave?"
    assert (beside.role, beside.weight) == ("topic", 0.5)


def test_a_question_with_all_words_of_the_topic_is_searched_for_once():
    assert len(with_topic("How long is parental leave?", ["Parental", "leave"])) == 1


def test_the_topic_is_the_last_text_and_counts_among_the_most():
    question = "What is a weir, and what is a sluice?"
    expanded = RewrittenQuery(question)
    all_of_them = with_topic(question, ["basin"])
    assert [query.role for query in all_of_them][-1] == "topic"
    two = sub_queries__rules(question, expanded, QueryFilters(), 2, ["basin"])
    assert [query.role for query in two] == ["original", "sub-question"]


def test_a_greeting_is_not_searched_for():
    greeting = Courtesy("greeting")
    asked = ("Hello", RewrittenQuery("Hello"), QueryFilters())
    assert sub_queries__rules(*asked, courtesy=greeting) == []
    assert sub_queries__whole(*asked, courtesy=greeting) == []
    assert sub_queries__llm(*asked, QuestionAnalysis(), [], courtesy=greeting) == []


# --------------------------------------------------------------- other languages


ENGLISH = TenantFacts("v", 3, 3, ("english",), ())


def keywords(question: str, language: str, facts: TenantFacts = ENGLISH) -> list[str | None]:
    rewritten = RewrittenQuery(question)
    asked = {"question_language": language, "tenant_facts": facts}
    return [
        one.keywords for one in sub_queries__rules(question, rewritten, QueryFilters(), **asked)
    ]


@pytest.mark.parametrize(
    ("question", "language", "kept"),
    [
        ("Wie alt ist die Rechnung INV-2031 von Ada Lind?", "german", "Rechnung INV-2031 Ada Lind"),
        ("¿Para qué sirve check_same_thread=False?", "spanish", "check_same_thread=False"),
        ("Qui a écrit la version 2.4 de Sluice ?", "french", "2.4 Sluice"),
        ("FastAPI 怎么用 WebSocket？", "chinese", "FastAPI WebSocket"),
        ("comment installer", "french", ""),
    ],
)
def test_over_documents_in_another_language_only_names_numbers_and_codes_are_searched_for(
    question, language, kept
):
    assert keywords(question, language) == [kept]


def test_over_documents_in_its_own_language_all_words_of_a_question_are_searched_for():
    assert keywords("Wie alt ist Ada Lind?", "german", TenantFacts("v", 1, 1, ("german",), ())) == [
        None
    ]
    assert keywords("How old is Ada Lind?", "english") == [None]
    assert keywords("Ada Lind", "") == [None]


def test_keywords_of_a_chinese_question_are_not_what_asks():
    chinese = TenantFacts("v", 1, 1, ("simple",), ())
    assert keywords("MSSP 是什么", "chinese", chinese) == ["MSSP"]
    assert keywords("托管安全服务", "chinese", chinese) == [None]
    assert keywords("是什么？", "chinese", chinese) == ["？"]
    assert keywords("是什么", "chinese", chinese) == [None]


def test_the_keyword_search_counts_less_over_documents_in_another_language():
    question = "Wie alt ist Ada Lind?"
    asked = {"question_language": "german", "tenant_facts": ENGLISH}
    (query,) = sub_queries__whole(question, RewrittenQuery(question), QueryFilters(), **asked)
    assert query.keyword_weight < 0.5
    assert (query.text, query.searched_words) == (question, "Ada Lind")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Was ist eine Schleuse, und wie lange dauert die Durchfahrt?",
            ["Was ist eine Schleuse", "wie lange dauert die Durchfahrt?"],
        ),
        (
            "Wer hat httpx geschrieben und in welchem Jahr erschien es zuerst?",
            ["Wer hat httpx geschrieben", "in welchem Jahr erschien es zuerst?"],
        ),
        ("Wann und wo findet das statt?", []),
        (
            "Qu'est-ce qu'une écluse, et combien de temps dure le passage ?",
            ["Qu'est-ce qu'une écluse", "combien de temps dure le passage ?"],
        ),
        ("Quels rapports parlent de moulins et qui sont récents ?", []),
        (
            "¿Qué es una esclusa y cuánto dura el paso?",
            ["¿Qué es una esclusa", "cuánto dura el paso?"],
        ),
        (
            "¿Qué es una esclusa? ¿Cuánto dura el paso?",
            ["¿Qué es una esclusa", "¿Cuánto dura el paso?"],
        ),
        ("船闸是什么？通过需要多长时间？", ["船闸是什么", "通过需要多长时间？"]),
        ("Was ist der Unterschied zwischen PUT und PATCH?", ["PUT", "PATCH"]),
        ("Quelle est la différence entre PUT et PATCH ?", ["PUT", "PATCH"]),
        ("¿Cuál es la diferencia entre PUT y PATCH?", ["PUT", "PATCH"]),
        ("PUT和PATCH有什么区别？", ["PUT", "PATCH"]),
        ("Wie lange dauert die Elternzeit für Mütter und Väter?", []),
        ("¿Cómo instalo y configuro el servidor?", []),
    ],
)
def test_compound_questions_are_split_in_other_languages_too(question, expected):
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Was ist der Unterschied zwischen PUT und PATCH?",
        "Quelle est la différence entre PUT et PATCH ?",
        "¿Cuál es la diferencia entre PUT y PATCH?",
        "PUT和PATCH有什么区别？",
    ],
)
def test_a_comparison_is_one_in_other_languages_too(question):
    assert kind_of(question) == "comparison"


@pytest.mark.parametrize(
    ("languages", "said"),
    [(("english", "german"), "german"), (("german",), ""), (("english",), "")],
)
def test_a_query_says_its_language_where_documents_are_in_it_and_in_others(languages, said):
    question = "Wie alt ist Ada Lind?"
    facts = TenantFacts("v", 2, 2, languages, ())
    asked = {"question_language": "german", "tenant_facts": facts}
    (query,) = sub_queries__rules(question, RewrittenQuery(question), QueryFilters(), **asked)
    assert query.language == said
