import inspect
import threading
from functools import partial

import pandas as pd
import pytest

from headrace import Answer, Pipeline, TextEvent, load_settings, to_frame
from headrace.errors import SettingsError, SourceError
from headrace.execution.picture import mermaid
from headrace.pipeline import (
    QUERY_MODULES,
    QUESTION_INPUTS,
    RESOURCES,
    ingestion_driver,
    query_driver,
)
from headrace.settings import GRAPH_SETTINGS, NODE_SETTINGS, UNDERSTANDING_PARTS, Settings
from headrace.types import Chunk, Document, Hit

QUESTION = "How long does the warranty last?"
STAGES = {
    "query expansion",
    "decomposition",
    "filter extraction",
    "semantic search",
    "keyword search",
    "RRF",
    "rerank",
    "compile",
    "generate",
    "ingest",
}


# ------------------------------------------------------------------------------------------------------------ the graph


def test_every_node_says_what_it_is_and_belongs_to_a_stage():
    nodes = [
        *query_driver(Settings(generation="anthropic")).list_available_variables(),
        *ingestion_driver().list_available_variables(),
    ]
    for node in (node for node in nodes if not node.is_external_input):
        assert node.tags["stage"] in STAGES, node.name
        assert node.originating_functions[0].__doc__, node.name


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"understanding": "off"},
        {"understanding": "llm"},
        *({part: "off"} for part in UNDERSTANDING_PARTS),
        *({"understanding": "llm", part: "off"} for part in UNDERSTANDING_PARTS),
        {"keyword": "ts_rank"},
        {"reranking": "off"},
        {"generation": "anthropic"},
        {"generation": "extractive"},
    ],
)
def test_every_variant_makes_a_graph_without_a_missing_node(choices):
    settings = Settings(**choices)
    inputs = {
        node.name
        for node in query_driver(settings).list_available_variables()
        if node.is_external_input
    }
    absent = (
        {"question_analysis"} if settings.understanding != "llm" else set()
    )  # taken where there is one
    assert inputs <= {*RESOURCES, *QUESTION_INPUTS, *NODE_SETTINGS, *GRAPH_SETTINGS, *absent}


def test_settings_and_node_parameters_have_the_same_defaults():
    for settings in (Settings(generation="anthropic"), Settings(generation="extractive")):
        for node in query_driver(settings).list_available_variables():
            for function in node.originating_functions or ():
                for name, parameter in inspect.signature(function).parameters.items():
                    if name in NODE_SETTINGS:
                        assert parameter.default == Settings.model_fields[name].default, (
                            f"{function.__name__}: {name}"
                        )


def test_the_mermaid_text_has_every_node_and_until_cuts_it():
    whole, part = (mermaid(query_driver(Settings()), until) for until in (None, "fused_hits"))
    assert (
        "ranked_hits --> reranked_hits" in whole
        and "reranked_hits" not in part
        and "semantic_hits --> fused_hits" in part
    )


def test_importing_the_package_touches_nothing(tmp_path):
    import subprocess
    import sys

    code = "import sys; import headrace.pipeline; print({'torch', 'sentence_transformers', 'anthropic'} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "PATH": ""},
        timeout=60,
    )
    assert run.stdout.strip() == "set()" and list(tmp_path.iterdir()) == []


# -------------------------------------------------------------------------------------------------------------- running


def test_any_node_can_be_asked_for_and_another_replaced(rag, returns):
    hit = Hit(
        Chunk(1, "d", "T", "s", "The warranty of ours lasts ten years.", 0, 37),
        0.9,
        1,
        "semantic 0",
    )
    values = rag.run(
        ["fused_hits", "context"],
        question=QUESTION,
        tenant=returns,
        overrides={"semantic_hits": [hit], "keyword_hits": []},
    )
    assert [item.chunk_id for item in values["fused_hits"]] == [1] and "ten years" in values[
        "context"
    ].text


@pytest.mark.parametrize(
    ("nodes", "given", "complaint"),
    [
        (["fused_hit"], {}, "unknown node: fused_hit; there are: .*fused_hits"),
        (
            ["fused_hits"],
            {"overrides": {"semantic_hit": []}},
            "unknown node to override: semantic_hit",
        ),
        (
            ["fused_hits"],
            {"near_cosin": 0.5},
            "unknown input: near_cosin; there are: .*near_cosine",
        ),
    ],
)
def test_a_misspelt_name_is_refused_instead_of_ignored(rag, returns, nodes, given, complaint):
    with pytest.raises(SettingsError, match=complaint):
        rag.run(nodes, question=QUESTION, tenant=returns, **given)


def test_a_parameter_of_a_node_may_be_given_with_the_question(rag, returns):
    hits = rag.run(["semantic_hits"], question=QUESTION, tenant=returns, candidate_count=1)[
        "semantic_hits"
    ]
    assert len(hits) == 1
    assert rag.ask(QUESTION, returns, token_budget=60).settings["token_budget"] == 60


def test_a_failed_stage_says_which_node_it_was(rag, returns):
    class Broken:
        name, dimension, max_tokens, tokenizer = "broken", 384, 256, None

        def encode(self, texts):
            raise RuntimeError("the model fell over")

        def count_tokens(self, text):
            return 0

    with pytest.raises(RuntimeError, match="the model fell over") as caught:
        rag.ask(QUESTION, returns, encoder=Broken())
    assert 'in node "query_embeddings" (stage: semantic search)' in caught.value.__notes__


def test_every_stage_is_timed_in_every_answer(rag, returns):
    answer = rag.ask(QUESTION, returns)
    names = [stage.node for stage in answer.stages]
    assert len(names) == len(set(names)) and {
        "normalized_query",
        "semantic_hits",
        "keyword_hits",
        "fused_hits",
        "context",
        "answer",
    } <= set(names)
    assert all(
        0 <= stage.ms <= answer.total_ms and 0 <= stage.start_ms <= answer.total_ms
        for stage in answer.stages
    )


def test_a_stream_yields_typed_events_and_last_the_answer(rag, returns):
    *events, answer = rag.stream(QUESTION, returns)
    assert (
        isinstance(answer, Answer)
        and "".join(event.text for event in events if isinstance(event, TextEvent)) == answer.text
    )


def test_an_error_in_a_stream_reaches_the_caller(rag, returns):
    with pytest.raises(Exception, match="empty"):
        list(rag.stream("?", returns))


def test_many_questions_at_once_all_get_their_own_answer(rag, returns):
    questions = {
        "How long does the warranty last?": "warranty",
        "Within how many days may I return an item?": "refunds",
    }
    found: list[bool] = []

    def ask(question: str, document: str) -> None:
        for _ in range(5):
            answer = rag.ask(question, returns)
            found.append(
                answer.question == question
                and answer.citations[0].document_id == document
                and len(answer.stages) >= 15
            )

    threads = [threading.Thread(target=ask, args=item) for item in list(questions.items()) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 40 and all(found)


@pytest.mark.parametrize("tenant", ["", "  ", None])
def test_a_question_without_a_tenant_is_refused(rag, tenant):
    with pytest.raises(Exception, match="tenant"):
        rag.ask(QUESTION, tenant)


@pytest.mark.parametrize("understanding", ["rules", "off"])
@pytest.mark.parametrize("keyword", ["bm25", "ts_rank"])
def test_every_variant_answers(data_dir, rag, returns, understanding, keyword):
    with Pipeline.open(
        data_dir=data_dir,
        understanding=understanding,
        keyword=keyword,
        reranking="off",
        generation="extractive",
    ) as other:
        assert other.ask(QUESTION, returns).citations[0].document_id == "warranty"


def test_without_weights_the_answer_says_not_reranked(data_dir, rag, returns):
    with Pipeline.open(data_dir=data_dir, generation="extractive") as other:
        answer = other.ask(QUESTION, returns)
    assert answer.answered and any(
        "not reranked" in note and "doctor" in note for note in answer.degraded
    )


# ------------------------------------------------------------------------------------------------------------- display


def test_hits_context_and_answer_are_frames_and_html(rag, returns):
    values = rag.run(["fused_hits", "context"], question=QUESTION, tenant=returns)
    answer = rag.ask(QUESTION, returns)
    frames = [
        to_frame(values["fused_hits"]),
        values["fused_hits"][0].to_frame(),
        values["context"].to_frame(),
        answer.to_frame(),
    ]
    assert all(isinstance(frame, pd.DataFrame) and len(frame) for frame in frames)
    assert list(frames[0]["rank"]) == list(range(1, len(frames[0]) + 1))
    for shown in (values["fused_hits"][0], values["context"], answer):
        assert shown._repr_html_().count("<table>") == 1


def test_html_shows_text_and_never_runs_it(rag, tenant):
    from headrace import Document

    rag.ingest(
        [Document("d", "<script>alert(1)</script>", "The walrus <b>sleeps</b> on thick ice.", "s")],
        tenant,
    )
    assert "<script>" not in rag.ask("Where does the walrus sleep?", tenant)._repr_html_()


# ------------------------------------------------------------------------------------------------------------ settings


def test_a_wrong_setting_is_named_with_what_it_takes(monkeypatch):
    monkeypatch.setenv("HEADRACE_KEYWORD", "tfidf")
    monkeypatch.setenv("HEADRACE_TOKEN_BUDGET", "lots")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "HEADRACE_KEYWORD = 'tfidf'" in str(caught.value) and "'bm25' or 'ts_rank'" in str(
        caught.value
    )
    assert "HEADRACE_TOKEN_BUDGET = 'lots'" in str(caught.value)


def test_an_unknown_setting_lists_the_known_ones():
    with pytest.raises(SettingsError, match="unknown setting token_bugdet; known: .*token_budget"):
        load_settings(token_bugdet=3)


def test_settings_come_from_the_environment_and_choices_go_before_it(monkeypatch):
    monkeypatch.setenv("HEADRACE_TOKEN_BUDGET", "700")
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@y/z")
    assert (load_settings().token_budget, load_settings(token_budget=900).token_budget) == (
        700,
        900,
    )
    assert load_settings().database_url == "postgresql://x@y/z"


def test_no_node_module_knows_a_resource():
    import ast
    import inspect

    from headrace.ingest import ingestion

    for module in (*QUERY_MODULES, ingestion):
        imported = {
            node.module
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.ImportFrom)
        }
        assert not {
            name
            for name in imported
            if name.startswith(("headrace.resources", "headrace.pipeline", "psycopg"))
        }, module.__name__


@pytest.mark.parametrize(
    "sources",
    [["a.txt", Document("d", "", "text", "s")], [Document("d", "", "text", "s"), "a.txt"], [7]],
)
def test_paths_and_documents_in_one_call_are_refused(rag, tenant, sources):
    with pytest.raises(SourceError, match="each in a call of its own"):
        rag.ingest(sources, tenant)


def test_the_kept_way_through_the_graph_is_that_of_what_is_asked_and_given(rag, returns):
    graph = rag.driver.graph
    asked = [
        (["tenant_facts"], {}, {}),
        (["fused_hits"], {}, {}),
        (["fused_hits"], {}, {"keyword_hits": []}),
        (["tenant_facts"], None, None),
    ]
    for wanted, given, replaced in asked:
        kept, anew = (
            find(wanted, given, replaced)
            for find in (graph.get_upstream_nodes, partial(type(graph).get_upstream_nodes, graph))
        )
        assert kept == anew == graph.get_upstream_nodes(wanted, given, replaced)
