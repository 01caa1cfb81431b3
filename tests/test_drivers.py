"""Which nodes make which graph, in every variant, and who joins it."""

import inspect
from pathlib import Path
from typing import Any

import pytest
from hamilton import driver

from headrace.drivers import (
    INGEST_NODES,
    QUERY_NODES,
    by_graph,
    decided,
    ingestion_driver,
    query_driver,
    reembedding_driver,
)
from headrace.errors import SettingsError
from headrace.pipeline import QUESTION_INPUTS, RESOURCES
from headrace.settings import (
    GRAPH_SETTINGS,
    NODE_SETTINGS,
    UNDERSTANDING_PARTS,
    Settings,
    load_settings,
)
from support.graphs import cell, loaded

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
VARIANTS: list[dict[str, Any]] = [
    {},
    {"understanding": "off"},
    {"understanding": "llm"},
    *({part: "off"} for part in UNDERSTANDING_PARTS),
    *({"understanding": "llm", part: "off"} for part in UNDERSTANDING_PARTS),
    {"keyword": "ts_rank"},
    {"fusion": "rrf"},
    {"hop": "off"},
    {"passages": "fused"},
    {"packing": "greedy"},
    {"reranking": "off"},
    {"reranking": "late_interaction"},
    {"generation": "anthropic"},
    {"generation": "extractive"},
]


def inputs_of(dr: driver.Driver) -> set[str]:
    variables = dr.list_available_variables()
    return {variable.name for variable in variables if variable.is_external_input}


@pytest.mark.parametrize(
    "dr",
    [query_driver(load_settings(generation="anthropic")), ingestion_driver(), reembedding_driver()],
    ids=["query", "ingestion", "re-embedding"],
)
def test_every_node_says_what_it_is_and_belongs_to_a_stage(dr):
    nodes = [one for one in dr.list_available_variables() if not one.is_external_input]
    assert nodes
    for node in nodes:
        assert node.tags["stage"] in STAGES, node.name
        assert node.originating_functions[0].__doc__, node.name


@pytest.mark.parametrize("choices", VARIANTS, ids=lambda choices: str(choices) or "default")
def test_every_variant_makes_a_graph_without_a_missing_node(choices):
    settings = load_settings(**choices)
    given = {*RESOURCES, *QUESTION_INPUTS, *NODE_SETTINGS, *GRAPH_SETTINGS}
    if settings.understanding != "llm":
        given.add("question_analysis")  # taken where there is one
    if settings.understanding == "off":
        given.add("known_words")  # likewise
    assert inputs_of(query_driver(settings)) <= given


@pytest.mark.parametrize("generation", ["anthropic", "extractive"])
@pytest.mark.parametrize("packing", ["evidence", "greedy"])
def test_settings_and_node_parameters_have_the_same_defaults(generation, packing):
    compared = set()
    for node in query_driver(
        load_settings(generation=generation, packing=packing)
    ).list_available_variables():
        for function in node.originating_functions or ():
            for name, parameter in inspect.signature(function).parameters.items():
                if name in NODE_SETTINGS:
                    default = Settings.model_fields[name].default
                    assert parameter.default == default, f"{function.__name__}: {name}"
                    compared.add(name)
    assert "answerability_weights" in compared


def test_the_decided_generation_follows_credentials_and_a_model_of_the_users_own(monkeypatch):
    assert decided(load_settings()).generation == "extractive"
    assert decided(load_settings(), own_model=True).generation == "anthropic"
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    assert decided(load_settings()).generation == "anthropic"
    assert decided(load_settings(generation="extractive")).generation == "extractive"


# --------------------------------------------------------------- the user's own modules

QUERY_NODE = """
from headrace.types import Hit

def fused_hits(semantic_hits: list[Hit]) -> list[Hit]:
    return semantic_hits
"""
NEW_NODE = """
from headrace.types import Hit

def hit_count(fused_hits: list[Hit]) -> int:
    return len(fused_hits)
"""
INGEST_NODE = """
from headrace.ingest import preparation
from headrace.types import Document, PreparedDocument

def prepared_documents(documents: list[Document]) -> list[PreparedDocument]:
    return preparation.prepared_documents(documents)
"""


def test_a_module_joins_the_graph_whose_nodes_it_replaces(tmp_path: Path):
    query, ingestion = loaded(tmp_path, QUERY_NODE), loaded(tmp_path, INGEST_NODE)
    new = loaded(tmp_path, NEW_NODE)
    assert by_graph([query, ingestion, new]) == ([query, new], [ingestion])
    functions = (
        ingestion_driver([ingestion]).graph.nodes["prepared_documents"].originating_functions
    )
    assert functions and functions[0].__module__ == ingestion.__name__


def test_a_module_without_nodes_is_refused():
    module = cell("FACTOR = 3\n\ndef _helper(number):\n    return number\n", "without_nodes")
    with pytest.raises(SettingsError, match="without_nodes has no nodes: a node is a function"):
        by_graph([module])


def test_a_module_with_nodes_of_both_graphs_is_refused_with_their_names(tmp_path: Path):
    module = loaded(tmp_path, QUERY_NODE + INGEST_NODE)
    with pytest.raises(SettingsError) as caught:
        by_graph([module])
    message = str(caught.value)
    assert "(fused_hits, prepared_documents): make two modules of it" in message


def test_ours_and_the_users_nodes_are_in_one_graph(tmp_path: Path):
    modules = [loaded(tmp_path, NEW_NODE)]
    settings = load_settings(generation="extractive")
    names = set(query_driver(settings, modules=modules).graph.nodes)
    assert names == {*query_driver(settings).graph.nodes, "hit_count"}


def test_the_stages_are_listed_in_the_order_of_the_flow():
    folders = [module.__name__.split(".")[1] for module in QUERY_NODES]
    order = ["question", "search", "rerank", "context", "answer"]
    assert list(dict.fromkeys(folders)) == order
    assert {module.__name__.split(".")[1] for module in INGEST_NODES} <= {"ingest", "metadata"}
