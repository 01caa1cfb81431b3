import json
import re

import pytest

from headrace.commands.ask import _lines
from headrace.types import Filter, QueryFilters

#: The object of --json, as the README describes it.
KEYS = [
    "question",
    "answer",
    "answered",
    "citations",
    "unsupported",
    "degraded",
    "notes",
    "confidence",
    "reason",
    "nearest",
    "filters",
    "stages",
    "total_ms",
    "usage",
    "cost_usd",
    "settings",
]
CITATION_KEYS = [
    "number",
    "document_id",
    "title",
    "source",
    "chunk_id",
    "start",
    "end",
    "page",
    "quote",
    "last_page",
    "headings",
    "lead",
]
WARRANTY = "How long does the warranty last?"


def test_ask_prints_the_answer_its_citations_and_where_they_stand(run, returns):
    ran = run("ask", WARRANTY, "--tenant", returns)
    assert ran.code == 0
    assert "The warranty lasts two years." in ran.out
    assert "handbook/warranty.md, characters 0-" in ran.out


def test_the_tenant_may_be_a_setting(run, returns, monkeypatch):
    monkeypatch.setenv("HEADRACE_TENANT", returns)
    assert "The warranty lasts two years." in run("ask", WARRANTY).out


def test_without_a_tenant_it_is_said_how_to_name_one(run):
    ran = run("ask", WARRANTY)
    assert ran.code == 2
    assert "give --tenant T, or set HEADRACE_TENANT" in ran.err


def test_json_is_the_documented_object(run, returns):
    ran = run("ask", WARRANTY, "--tenant", returns, "--json")
    answer = json.loads(ran.out)
    assert ran.code == 0
    assert list(answer) == KEYS
    assert list(answer["citations"][0]) == CITATION_KEYS
    assert answer["answered"]
    assert {"node", "ms"} <= answer["stages"][0].keys()


def test_that_no_reranker_has_weights_is_said_in_json_and_under_no_answer(run, returns):
    asked = ("ask", WARRANTY, "--tenant", returns, "--set", "reranking=cross_encoder")
    assert "not reranked" not in run(*asked).out
    (note,) = json.loads(run(*asked, "--json").out)["degraded"]
    assert note.startswith("rerank: not reranked")


def test_a_declined_question_is_no_failure(run, returns):
    ran = run("ask", "How many moons does Jupiter have?", "--tenant", returns)
    assert ran.code == 0
    assert "The documents do not answer this." in ran.out


def test_a_declined_question_comes_with_its_reason_and_the_nearest_passages(run, returns):
    asked = ("ask", "How many moons does Jupiter have?", "--tenant", returns)
    text, _, nearest = run(*asked).out.partition("The nearest passages:\n")
    assert 'none of the passages has "Jupiter"' in text
    assert "[1]" in nearest and "characters" in nearest
    answer = json.loads(run(*asked, "--json").out)
    assert answer["nearest"] and list(answer["nearest"][0]) == CITATION_KEYS
    assert answer["confidence"] < 0.25 and "Jupiter" in answer["reason"]
    assert answer["citations"] == []


def test_a_tenant_whose_documents_were_all_removed_is_said_to_be_empty(run, rag, returns):
    rag.remove(ids=["refunds", "warranty", "ranking"], tenant=returns)
    ran = run("ask", WARRANTY, "--tenant", returns)
    assert ran.code == 0
    assert f'Tenant "{returns}" holds no documents.' in ran.out


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_an_unknown_tenant_is_a_typo_of_one_that_there_is(run, returns, how):
    ran = run("ask", WARRANTY, "--tenant", f"{returns}x", *how)
    assert ran.code == 2 and ran.out == ""
    assert f'stored for tenant "{returns}x", did you mean {returns}' in ran.err


def test_filters_of_every_kind_are_applied_and_a_wrong_one_is_explained(run, returns):
    ask = ("ask", WARRANTY, "--tenant", returns, "--until", "fused_hits")
    conditions = ("--filter", "published=2020-01-01..", "--filter", "license!=MIT")
    ran = run(*ask, *conditions, "--filter", "author?")
    assert ran.code == 0
    assert "warranty" in ran.out
    assert "refunds" not in ran.out
    assert "ranking" not in ran.out
    ran = run("ask", "How long?", "--tenant", returns, "--filter", "license")
    assert ran.code == 2
    possible = "it takes FIELD=VALUE, FIELD!=VALUE, FIELD=FROM..BEFORE, FIELD? and !FIELD"
    assert possible in ran.err


def test_filters_reach_the_node(run, returns):
    ask = ("ask", "Who covers faults?", "--tenant", returns, "--until", "query_filters")
    assert '"mit"' in run(*ask, "--filter", "license=MIT").out.lower()
    assert "2021-01-01" in run(*ask, "--filter", "published=2021-01-01..2022-01-01").out
    assert run(*ask, "--filter", "colour=red").code == 2


def test_until_stops_at_a_node_and_shows_it_as_a_table(run, returns):
    ran = run("ask", WARRANTY, "--tenant", returns, "--until", "fused_hits")
    assert ran.code == 0
    assert ran.out.startswith("fused: 3 hits")
    assert "found by" in ran.out
    assert "semantic 0 #1" in ran.out


def test_hits_are_shown_by_search_and_sub_query(run, returns):
    question = "How long does the warranty last, and what does RRF add up?"
    ran = run("ask", question, "--tenant", returns, "--until", "semantic_hits")
    assert "semantic 0: 3 hits" in ran.out
    assert "semantic 1: 3 hits" in ran.out
    assert "found by" not in ran.out


@pytest.mark.parametrize(
    "node",
    [
        "normalized_query",
        "sub_queries",
        "query_embeddings",
        "query_filters",
        "context",
        "prompt",
        "sentence_scores",
        "answer",
    ],
)
def test_until_shows_any_node(run, returns, node):
    ran = run("ask", WARRANTY, "--tenant", returns, "--until", node)
    assert ran.code == 0
    assert ran.out.strip()


def test_trace_shows_how_the_question_was_read_and_the_stages(run, returns):
    ran = run("ask", "How long does the waranty last?", "--tenant", returns, "--trace")
    assert "typo: waranty -> warranty" in ran.out
    assert "names that the passages lack: none" in ran.out
    assert re.search(r"answerability: 0\.[3-9]", ran.out)
    assert "semantic_hits" in ran.out.partition("the stages")[2]


def test_trace_shows_which_filters_are_applied_preferred_and_given_up():
    filters = [Filter("year", "in", (year,)) for year in ("2021", "2022", "2023")]
    applied, preferred, relaxed = ((one,) for one in filters)
    lines = _lines(QueryFilters(applied, preferred, relaxed))
    assert lines[:2] == ["year = 2021", "preferred: year = 2022"]
    assert lines[2] == "given up, no document has it: year = 2023"
