from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace import Pipeline
from headrace.errors import QuestionError
from headrace.question import date_ranges
from headrace.question.conversation import normalized_query, standalone_query__rules
from headrace.question.decomposition import sub_queries__off, sub_queries__rules
from headrace.question.expansion import expanded_query__rules
from headrace.question.filtering import query_filters__rules
from headrace.question.question_kinds import kind_of
from headrace.text.abbreviations import find_definitions
from headrace.text.terms import read_syntax
from headrace.types import Change, Corpus, Filter, QueryFilters, RewrittenQuery

EMPTY = Corpus("v", 0, 0, ("english",), ())


def test_control_and_zero_width_characters_go_and_white_space_folds():
    assert normalized_query("What\u200b is\x00  RRF?\n\tReally") == "What is RRF? Really"


def test_a_question_is_normalised_to_nfc():
    assert normalized_query("u\u0308ber") == "über"


@pytest.mark.parametrize("question", ["", "  ", "?!…", "\u200b\u200b", "\x00"])
def test_a_question_without_a_word_is_refused(question):
    with pytest.raises(QuestionError, match="empty"):
        normalized_query(question)


def test_a_question_of_100_000_characters_is_refused_with_the_setting_that_allows_it():
    with pytest.raises(QuestionError, match="HEADRACE_MAX_QUESTION_CHARACTERS"):
        normalized_query("a" * 100_000)


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing_more(text):
    try:
        once = normalized_query(text)
    except QuestionError:
        return
    assert normalized_query(once) == once


def test_a_follow_up_gets_the_previous_question_before_it_and_the_change_is_recorded():
    query = standalone_query__rules(
        "When was it written?", ["Who wrote Hamlet?", "Shakespeare [1]"]
    )
    assert query.text == "Who wrote Hamlet? When was it written?"
    assert query.changes[0].kind == "follow-up"


def test_a_question_that_stands_alone_ignores_the_history():
    question = "Which warranty do batteries of the second series have?"
    assert standalone_query__rules(question, ["Who wrote Hamlet?", "Shakespeare"]).text == question


def test_a_compound_question_is_split_and_the_original_comes_first():
    question = "What is the licence of tokenizers, and who wrote httpx?"
    queries = sub_queries__rules(question, RewrittenQuery(question), QueryFilters())
    assert [query.text for query in queries] == [
        question,
        "What is the licence of tokenizers",
        "who wrote httpx?",
    ]
    assert [query.role for query in queries] == ["original", "sub-question", "sub-question"]


def test_a_comparison_is_searched_for_both_its_sides():
    question = "What is the difference between exact search and HNSW?"
    assert [
        query.text
        for query in sub_queries__rules(question, RewrittenQuery(question), QueryFilters())
    ][1:] == ["exact search", "HNSW"]


def test_a_simple_question_with_an_and_in_it_is_not_split():
    question = "Where do supply and demand meet?"
    assert [
        query.text
        for query in sub_queries__rules(question, RewrittenQuery(question), QueryFilters())
    ] == [question]


@given(st.text(min_size=1, max_size=200), st.text(max_size=200), st.integers(1, 6))
def test_whatever_is_asked_the_original_is_the_first_stream_and_no_stream_comes_twice(
    question, rewritten, most
):
    queries = sub_queries__rules(question, RewrittenQuery(rewritten), QueryFilters(), most)
    texts = [query.text.lower() for query in queries]
    assert (
        queries[0].text == read_syntax(question).text
        and 1 <= len(queries) <= most
        and len(set(texts)) == len(texts)
    )


def test_words_that_became_a_filter_are_not_searched_for_again_except_in_the_original():
    question = "Which package with license MIT draws progress bars?"
    queries = sub_queries__rules(
        question, RewrittenQuery(question), QueryFilters(consumed=("license MIT",))
    )
    assert [query.text for query in queries] == [question, "Which package draws progress bars?"]


@pytest.mark.parametrize(
    ("change", "leading"),
    [
        (Change("abbreviation", "RRF", "reciprocal rank fusion", ""), "as asked"),
        (Change("typo", "fusoin", "fusion", ""), "as rewritten"),
    ],
)
def test_preferred_documents_are_searched_for_the_stream_that_leads(change, leading):
    texts = {
        "as asked": "How does RRF fusoin add ranks of many searches?",
        "as rewritten": "How does RRF (reciprocal rank fusion) add ranks?",
    }
    wired = Filter("source", "in", ("wired",))
    *_, preferred = sub_queries__rules(
        texts["as asked"],
        RewrittenQuery(texts["as rewritten"], (change,)),
        QueryFilters(preferred=(wired,)),
    )
    assert (
        preferred.role == "preferred"
        and preferred.filters == (wired,)
        and preferred.text == texts[leading]
    )


def test_with_understanding_off_one_stream_is_searched():
    assert [query.text for query in sub_queries__off(RewrittenQuery("a b, and what is c?"))] == [
        "a b, and what is c?"
    ]


# -------------------------------------------------------------------------------------------- against real documents


def test_a_typo_is_mended_by_the_tenants_own_words(rag, returns):
    query = rag.run(
        ["corrected_query"], question="How long does the waranty last?", tenant=returns
    )["corrected_query"]
    assert query.text == "How long does the warranty last?"
    assert [(change.before, change.after) for change in query.changes] == [("waranty", "warranty")]


@pytest.mark.parametrize("word", ["warranties", "Waranty", '"waranty"', "xyzzyx", "covers"])
def test_inflections_names_quotations_and_unknown_words_are_left_alone(rag, returns, word):
    question = f"What about the {word} here?"
    assert (
        rag.run(["corrected_query"], question=question, tenant=returns)["corrected_query"].text
        == question
    )


def test_an_abbreviation_defined_in_the_documents_is_expanded(rag, returns):
    query = rag.run(["expanded_query"], question="How does RRF add ranks?", tenant=returns)[
        "expanded_query"
    ]
    assert query.text == "How does RRF (reciprocal rank fusion) add ranks?"
    assert query.changes[-1].reason == "defined so in the documents"


def test_the_given_glossary_goes_before_what_documents_define(rag, returns):
    rag.store_glossary([("RRF", "really rapid fusion")], returns)
    query = rag.run(["expanded_query"], question="How does RRF add ranks?", tenant=returns)[
        "expanded_query"
    ]
    assert query.text == "How does RRF (really rapid fusion) add ranks?"


def test_a_glossary_of_one_tenant_means_nothing_to_another(rag, returns, tenant):
    rag.store_glossary([("RRF", "secret of tenant A")], returns)
    query = rag.run(
        ["expanded_query"], question="How does RRF add ranks?", tenant=f"{tenant}-other"
    )["expanded_query"]
    assert query.text == "How does RRF add ranks?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which document with license MIT speaks of fusion?", [Filter("license", "in", ("mit",))]),
        ("license: MIT what is merged?", [Filter("license", "in", ("mit",))]),
        (
            "What did the author Grace Hopper say about batteries?",
            [Filter("author", "in", ("grace hopper",))],
        ),
        (
            "What do documents by Grace Hopper say about batteries?",
            [Filter("author", "in", ("grace hopper",))],
        ),
        (
            "Which documents published in 2021 speak of batteries?",
            [Filter("published", "range", (), date(2021, 1, 1), date(2022, 1, 1))],
        ),
        (
            "Documents not by Grace Hopper on refunds",
            [Filter("author", "in", ("grace hopper",), negated=True)],
        ),
        (
            "Documents that aren't by Grace Hopper on refunds",
            [Filter("author", "in", ("grace hopper",), negated=True)],
        ),
        ("documents by grace hopper about batteries", [Filter("author", "in", ("grace hopper",))]),
        (
            "What has Grace Hopper written on batteries?",
            [Filter("author", "in", ("grace hopper",))],
        ),
        (
            "Documents not published in 2021 on refunds",
            [Filter("published", "range", (), date(2021, 1, 1), date(2022, 1, 1), negated=True)],
        ),
        ("Does Grace Hopper use MIT methods?", []),
        ("What happened to refunds in 2021?", []),
    ],
)
def test_filters_are_read_only_where_the_words_ask_for_them(rag, returns, question, expected):
    filters = rag.run(["query_filters"], question=question, tenant=returns)["query_filters"]
    assert list(filters.applied) == expected and not filters.relaxed


@pytest.mark.parametrize(
    ("question", "preferred"),
    [
        ("Documents by Grace Hoper on refunds", ("grace hopper",)),
        ("Documents by Hoppre on refunds", ("grace hopper",)),
        ("Documents by Grace Kelly on refunds", ()),
        ("Documents by Battery on refunds", ()),
        ("Documents by Hopper on refunds", ()),
        ("Grace Hoper on refunds", ()),
    ],
)
def test_documents_of_a_name_that_is_misspelt_are_preferred_and_not_required(
    rag, returns, question, preferred
):
    filters = rag.run(["query_filters"], question=question, tenant=returns)["query_filters"]
    assert filters.preferred == tuple(Filter("author", "in", (value,)) for value in preferred)


def test_a_filter_that_leaves_nothing_is_given_up_and_the_answer_says_so(rag, returns):
    answer = rag.ask("How long does the warranty last, in documents published in 1950?", returns)
    assert answer.answered
    assert any(
        "published from 1950-01-01" in note and "not applied" in note for note in answer.degraded
    )


def test_a_given_filter_is_never_given_up(rag, returns):
    answer = rag.ask("How long does the warranty last?", returns, filters={"license": "GPL"})
    assert not answer.answered and not answer.citations


def test_a_filter_on_an_unknown_field_says_which_there_are(rag, returns):
    with pytest.raises(
        QuestionError,
        match='no document has the field "colour"; there are: author, license, published',
    ):
        rag.ask("How long does the warranty last?", returns, filters={"colour": "red"})


@pytest.mark.parametrize(
    "filters",
    [
        ["license"],
        {"license": []},
        {"published": {"after": "2019"}},
        {"published": {"from": "soon"}},
        "MIT",
    ],
)
def test_a_malformed_filter_is_refused_with_the_forms_there_are(rag, returns, filters):
    with pytest.raises(QuestionError):
        rag.ask("How long does the warranty last?", returns, filters=filters)


def test_understanding_off_changes_nothing(rag, returns, data_dir):
    with Pipeline.open(
        data_dir=data_dir, understanding="off", reranking="off", generation="extractive"
    ) as plain:
        values = plain.run(
            ["sub_queries", "query_filters"],
            question="How does RRF wrk in license: MIT?",
            tenant=returns,
        )
    assert [query.text for query in values["sub_queries"]] == ["How does RRF wrk in license: MIT?"]
    assert values["query_filters"].applied == ()


PARTS = {
    "conversation": "follow-up",
    "spelling": "typo",
    "expansion": "abbreviation",
    "filtering": "filter",
    "decomposition": "sub-question",
}


@pytest.mark.parametrize("off", PARTS)
def test_each_part_of_understanding_can_be_switched_off_alone(rag, returns, off):
    """A follow-up with a slip, an abbreviation, a filter and two questions: what is made of it, without one of these."""
    switched = Pipeline(rag.settings.model_copy(update={off: "off"}), rag.encoder, rag.database)
    question = "How does it use RRF under license MIT, and what is mergd by it?"
    asked = {
        "question": question,
        "tenant": returns,
        "history": ["What is search?", "A way to find."],
    }
    values = switched.run(["expanded_query", "query_filters", "sub_queries"], **asked)
    kinds = {change.kind for change in values["expanded_query"].changes} | {
        query.role for query in values["sub_queries"]
    }
    kinds |= {"filter"} if values["query_filters"].applied else set()
    assert kinds & set(PARTS.values()) == set(PARTS.values()) - {PARTS[off]}
    assert values["sub_queries"][0].text == question


class NoDatabase:
    """Fails the test when a node asks the database although nothing has to be looked up."""

    fingerprint = "none"

    def query(self, tenant, statement, parameters=None):
        raise AssertionError(f"{statement} was asked for")


def test_a_question_without_a_date_or_field_asks_the_database_nothing():
    query = RewrittenQuery("how do wings fly")
    assert query_filters__rules(query, [], EMPTY, NoDatabase(), "t") == QueryFilters()
    assert expanded_query__rules(query, []) == query


# -------------------------------------------------------------------------------------------------- dates, definitions


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("papers published in 2019", date(2019, 1, 1), date(2020, 1, 1)),
        ("articles published between March 2004 and 2006", date(2004, 3, 1), date(2007, 1, 1)),
        (
            "articles published between 10 and 20 November 2023",
            date(2023, 11, 10),
            date(2023, 11, 21),
        ),
        ("news from 3rd to 9th of May 2020", date(2020, 5, 3), date(2020, 5, 10)),
        ("papers published no later than 2005", None, date(2006, 1, 1)),
        ("papers by R. W. Floyd since 1967", date(1967, 1, 1), None),
        ("articles authored by Parnas before 1975 on modules", None, date(1975, 1, 1)),
        ("research from 2009 about asthma", date(2009, 1, 1), date(2010, 1, 1)),
        ("reports since 2015", date(2015, 1, 1), None),
        ("posts written before 2010-05-06", None, date(2010, 5, 6)),
        ("documents after June 2011", date(2011, 7, 1), None),
        ("articles from 3 April 2020", date(2020, 4, 3), date(2020, 4, 4)),
        ("news of the past 90 days", date(2026, 8, 18), date(2026, 11, 16)),
        ("news from the past two weeks", date(2026, 11, 2), date(2026, 11, 16)),
        ("articles of the past year", date(2025, 11, 16), date(2026, 11, 16)),
        ("articles published yesterday", date(2026, 11, 14), date(2026, 11, 15)),
        ("papers from the 1960s", date(1960, 1, 1), date(1970, 1, 1)),
        ("papers published in the nineties", date(1990, 1, 1), date(2000, 1, 1)),
        (
            "stories published from October 5 to October 9, 2023",
            date(2023, 10, 5),
            date(2023, 10, 10),
        ),
        ("papers published in 1969 or 1970", date(1969, 1, 1), date(1971, 1, 1)),
        ("papers published in 1963 on random numbers", date(1963, 1, 1), date(1964, 1, 1)),
        ("papers from 1963 on", date(1963, 1, 1), None),
        ("filings of Q3 2024", date(2024, 7, 1), date(2024, 10, 1)),
        ("articles of last year", date(2025, 1, 1), date(2026, 1, 1)),
        ("papers from last quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("reports of this month", date(2026, 11, 1), date(2026, 12, 1)),
        ("papers of last month", date(2026, 10, 1), date(2026, 11, 1)),
    ],
)
def test_dates_of_publication_are_read(text, low, high):
    (found,) = date_ranges.published(text, today=date(2026, 11, 15))
    assert (found.low, found.high, found.words in text) == (low, high, True)


@pytest.mark.parametrize(
    "text",
    [
        "who was king in 1815?",
        "what happened in March 2004?",
        "the war of 1812",
        "papers published on 31 June 2020",
        "articles of last year",
        "what did the article by Ada Lovelace say in 1843?",
        "stories about 10 to 20 November elections",
    ],
)
def test_dates_that_a_question_is_about_or_that_need_today_are_not_filters(text):
    assert date_ranges.published(text, today=None) == []


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("reports of fiscal Q3 2024", date(2024, 4, 1), date(2024, 7, 1)),
        ("reports of the first fiscal quarter of 2024", date(2023, 10, 1), date(2024, 1, 1)),
        ("filings of FY 2024", date(2023, 10, 1), date(2024, 10, 1)),
        ("reports of last fiscal quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("reports of this fiscal year", date(2026, 10, 1), date(2027, 10, 1)),
        ("reports of Q3 2024", date(2024, 7, 1), date(2024, 10, 1)),
    ],
)
def test_fiscal_years_begin_when_they_are_said_to_and_are_named_for_their_end(text, low, high):
    (found,) = date_ranges.published(text, today=date(2026, 11, 15), fiscal_year_start=10)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "papers not published in 2020",
        "papers that weren't published in 2020",
        "not published in 2020: papers",
        "excluding papers from 2020",
    ],
)
def test_a_negated_date_is_negated(text):
    (found,) = date_ranges.published(text)
    assert found.negated and found.low == date(2020, 1, 1)


@given(st.text(max_size=200))
def test_reading_dates_and_definitions_never_raises(text):
    date_ranges.published(text, date(2026, 1, 1))
    for short, long in find_definitions(text):
        assert short and long in " ".join(text.split()) or long


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


KINDS = {
    "comparison": (
        "Which film came out first, Heat or The Tide?",
        "Do both rivers rise in the same country and end there?",
        "Is A older than B or not?",
    ),
    "bridging": (
        "Who is the mother of the director of film Heat?",
        "When did John's father die?",
        "Where was the author of Emma born?",
        "When was the company that made the Tide lamp founded?",
        "Who was Ida's grandmother?",
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
        "what is the effect of heat on a wing",
        "RRF",
    ),
}


@pytest.mark.parametrize(
    ("kind", "question"),
    [(kind, question) for kind, questions in KINDS.items() for question in questions],
)
def test_compound_questions_are_told_by_their_wording(kind, question):
    assert kind_of(question) == kind


@given(st.text(max_size=400))
def test_every_question_has_a_kind(text):
    assert kind_of(text) in KINDS


# ---------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "question",
    [
        "?!… — ab",
        "Гарантия warranty 保証 ضمان",
        "Wie lange gilt die Gewährleistung?",
        "保証期間はどのくらいですか",
        "warranty\x00\x1b[31m \u200b\u202elasts",
        "w" * 4000,
        "' OR 1=1; DROP TABLE chunks; --",
        "{question} %(tenant_id)s %s %% \\",
    ],
)
def test_odd_questions_have_an_outcome(rag, returns, question):
    found = rag.run(
        ["normalized_query", "sub_queries", "context"],
        question=question,
        tenant=returns,
        today=None,
    )
    assert (
        found["sub_queries"][0].text == read_syntax(found["normalized_query"]).text
        and found["context"].passages
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(min_size=1, max_size=120), st.lists(st.text(max_size=40), max_size=3))
def test_nothing_raises_and_the_original_is_never_lost(rag, returns, question, history):
    try:
        found = rag.run(
            ["normalized_query", "sub_queries", "query_filters"],
            question=question,
            history=history,
            tenant=returns,
        )
    except QuestionError as error:
        assert "the question is empty" in str(error)
        return
    assert found["sub_queries"][0].text == read_syntax(found["normalized_query"]).text
