"""understanding = llm: one call with structured output, over real HTTP.

The nodes take what the model found, and the rules stand in when it fails.
"""

import json
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace import Pipeline
from headrace.drivers import query_driver
from headrace.question.analysis_schema import SCHEMA, read_analysis
from headrace.settings import Settings
from headrace.types import Filter, QuestionAnalysis, RewrittenQuery, TenantFacts
from support.messages_server import Cut, Hang, Reply, Status, messages_server

FACTS = TenantFacts("1", 3, 3, ("english",), ("author", "published"), ("published",))
NOTHING = {"standalone": "", "typos": [], "expansions": [], "filters": [], "sub_questions": []}
NODES = [
    "standalone_query",
    "corrected_query",
    "expanded_query",
    "query_filters",
    "sub_queries",
    "degraded",
]


def reply(**parts: object) -> Reply:
    return Reply(((json.dumps(NOTHING | parts), ()),))


def condition(
    field: str,
    values: tuple[str, ...] = (),
    first_day: str = "",
    day_after: str = "",
    negated: bool = False,
    words: str = "",
) -> dict:
    return {
        "field": field,
        "values": list(values),
        "first_day": first_day,
        "day_after": day_after,
        "negated": negated,
        "words": words,
    }


@pytest.fixture
def understood(data_dir, returns, monkeypatch):
    """Runs the nodes against a server that behaves as given; values and requests."""

    def run(behaviour, question, timeout_s=10.0, **inputs):
        with messages_server([behaviour]) as server:
            monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
            monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
            settings = {
                "understanding": "llm",
                "generation": "extractive",
                "reranking": "off",
                "analysis_timeout_s": timeout_s,
            }
            with Pipeline.open(data_dir=data_dir, **settings) as rag:
                return rag.run(NODES, question=question, tenant=returns, **inputs), server.requests

    return run


def test_one_call_feeds_all_five_nodes(understood):
    behaviour = reply(
        standalone="How long does the waranty of the battery last under the EULA?",
        typos=[{"typed": "waranty", "meant": "warranty"}],
        expansions=[{"term": "EULA", "meaning": "end user licence agreement"}],
        filters=[
            condition("author", ["Hopper"], words="by Hopper"),
            condition("published", first_day="2021-01-01", day_after="2022-01-01"),
        ],
        sub_questions=["How long does the warranty last?", "Is the battery covered?"],
    )
    found, requests = understood(
        behaviour,
        "How long does it last?",
        history=["Tell me about the battery.", "It is covered [1]."],
    )
    assert found["expanded_query"].text == (
        "How long does the warranty of the battery last "
        "under the EULA (end user licence agreement)?"
    )
    kinds = [change.kind for change in found["expanded_query"].changes]
    assert kinds == ["follow-up", "typo", "abbreviation"]
    author, published = found["query_filters"].applied
    assert author == Filter("author", "in", ("grace hopper",)) and published.low == date(2021, 1, 1)
    texts = [query.text for query in found["sub_queries"]]
    assert texts[0] == "How long does it last?"  # the user's own words first
    assert "Is the battery covered?" in texts and not found["degraded"]
    (request,) = requests
    assert request.body["output_config"]["format"] == {"type": "json_schema", "schema": SCHEMA}
    assert "author" in request.body["system"] and len(request.body["messages"]) == 3


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (Status(529), "529"),
        (Status(401), "ANTHROPIC_API_KEY"),
        (Hang(), "within 1 s"),
        (Cut(), "broke off"),
        (Reply((("no JSON", ()),)), "cannot be read"),
        (Reply((("[]", ()),)), "cannot be read"),
        (Reply((('{"standalone": "x"}', ()),)), "cannot be read"),
    ],
    ids=lambda case: type(case).__name__ if not isinstance(case, str) else case[:12],
)
def test_without_an_analysis_the_rules_stand_in_and_the_answer_says_so(understood, behaviour, said):
    question = "How long does the waranty last, by Grace Hopper?"
    found, _ = understood(behaviour, question, timeout_s=1.0)
    assert found["corrected_query"].text == "How long does the warranty last, by Grace Hopper?"
    filters = found["query_filters"]
    assert Filter("author", "in", ("grace hopper",)) in (*filters.applied, *filters.preferred)
    note, corrected = found["degraded"]
    assert corrected.stage == "spelling"
    assert str(note).startswith("understanding: rules stand in") and said in note.text
    assert note.is_passing


def test_rules_that_a_user_replaces_stand_in_for_the_language_model(understood):
    own = {"corrected_by_rules": RewrittenQuery("How long is the guarantee?")}
    found, _ = understood(Status(529), "How long does the waranty last?", overrides=own)
    assert found["corrected_query"] == own["corrected_by_rules"]


@pytest.mark.parametrize("typed", ["warranty", "EULA", "XJ7", "Gracie", "quoted"])
def test_words_of_the_documents_names_codes_and_quotations_are_no_typos_whatever_the_model_says(
    understood, typed
):
    question = 'How long does the warranty of the XJ7 last, under the EULA, says Gracie "quoted"?'
    found, _ = understood(reply(typos=[{"typed": typed, "meant": "guarantee"}]), question)
    assert found["corrected_query"].changes == ()


def test_conditions_on_unknown_fields_and_values_filter_nothing(understood):
    behaviour = reply(
        filters=[
            condition("colour", ["red"]),
            condition("author", ["Nobody"]),
            condition("published", first_day="tomorrow"),
        ]
    )
    found, _ = understood(behaviour, "How long does the warranty last?")
    assert found["query_filters"].applied == () and found["query_filters"].relaxed == ()


def test_what_the_analysis_cost_is_part_of_the_answer(data_dir, returns, monkeypatch):
    with messages_server([reply()]) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        with Pipeline.open(
            data_dir=data_dir, understanding="llm", generation="extractive", reranking="off"
        ) as rag:
            answer = rag.ask("How long does the warranty last?", returns)
    assert answer.answered and answer.usage["input_tokens"] > 0 and answer.cost_usd > 0


def test_only_the_graph_that_asks_a_model_has_the_node():
    for understanding in ("llm", "rules", "off"):
        settings = Settings(understanding=understanding, generation="extractive")
        names = set()
        for variable in query_driver(settings).list_available_variables():
            if not variable.is_external_input:
                names.add(variable.name)
        has_model = understanding == "llm"
        assert ("question_analysis" in names) is has_model
        assert {"corrected_by_rules", "filters_by_rules"}.issubset(names) is has_model


def test_dates_values_and_negations_become_conditions():
    entries = [
        condition("published", first_day="2020-01-01", negated=True, words="not in 2020"),
        condition("author", ["Ada", "Bob"]),
    ]
    analysis = read_analysis(NOTHING | {"filters": entries}, FACTS)
    assert analysis.filters == (
        (Filter("published", "range", (), date(2020, 1, 1), None, negated=True), "not in 2020"),
        (Filter("author", "in", ("Ada", "Bob")), ""),
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
entries = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(condition(""), json_values) | {"field": st.sampled_from(FACTS.fields)}
    ),
    max_size=2,
)


@given(
    st.fixed_dictionaries(
        dict.fromkeys(NOTHING, json_values)
        | {"standalone": st.text(max_size=9), "filters": entries | json_values}
    )
)
def test_whatever_a_model_sends_is_read_or_refused(sent):
    with suppress(TypeError, ValueError, KeyError):
        assert isinstance(read_analysis(sent, FACTS), QuestionAnalysis)
