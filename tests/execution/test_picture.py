"""The graph as a picture: boxes, tooltips, a legend, inputs and settings on demand."""

import re
from pathlib import Path

import pytest
from hamilton import driver

from headrace.drivers import ingestion_driver, query_driver
from headrace.errors import SettingsError
from headrace.execution.picture import STAGE_COLOURS, DrawnNode, dot, drawn_nodes, mermaid
from headrace.settings import load_settings
from support.graphs import driver_of, loaded

OWN_NODE = '''
from headrace.types import Hit


def hit_count(fused_hits: list[Hit], least: float = 0.5) -> int:
    """The number of hits. Those below `least` do not count."""
    return len(fused_hits)
'''


@pytest.fixture(scope="module")
def graph() -> driver.Driver:
    return query_driver(load_settings(generation="extractive"))


@pytest.fixture
def own_graph(tmp_path: Path) -> driver.Driver:
    """The query dataflow with a node of the user's own."""
    return query_driver(
        load_settings(generation="extractive"), modules=[loaded(tmp_path, OWN_NODE)]
    )


def box(dr: driver.Driver, name: str, inputs: bool = False) -> DrawnNode:
    (found,) = [node for node in drawn_nodes(dr, inputs=inputs) if node.name == name]
    return found


def dot_attributes(source: str, name: str) -> dict[str, str]:
    """The attributes of a box in DOT, without the quotation marks around them."""
    (line,) = re.findall(rf"^\t+{name} \[(.*)\]$", source, re.MULTILINE)
    pairs = re.findall(r'(\w+)=(<.*?>(?= \w+=|$)|"[^"]*"|\S+)', line)
    return {key: value.strip('"') for key, value in pairs}


# --------------------------------------------------------------- boxes


def test_a_box_says_stage_type_first_sentence_and_what_it_is_made_from(graph):
    assert box(graph, "reranked_hits") == DrawnNode(
        name="reranked_hits",
        stage="rerank",
        type_name="list[Hit]",
        summary="The best of the hits, with a seat for each sub-question.",
        needed=("ranked_hits", "sub_queries"),
    )


def test_each_box_comes_after_those_that_it_is_made_from(graph):
    drawn: set[str] = set()
    for node in drawn_nodes(graph):
        assert drawn >= set(node.needed), node.name
        drawn.add(node.name)


def test_the_question_is_the_one_input_that_has_a_box(graph):
    inputs = [node for node in drawn_nodes(graph) if node.stage == "input"]
    assert [node.name for node in inputs] == ["question"]
    assert inputs[0].summary == "" and inputs[0].needed == ()


def test_another_graph_starts_with_its_own_input():
    drawn = drawn_nodes(ingestion_driver(), start="documents")
    assert [node.name for node in drawn if node.stage == "input"] == ["documents"]


def test_inputs_and_settings_are_said_on_demand(graph):
    assert box(graph, "semantic_hits").given == ()
    assert box(graph, "semantic_hits", inputs=True).given == (
        "database",
        "candidate_count = 100",
        "exact_search_chunks = 3000",
        "hnsw_ef_search = 0",
    )
    assert box(graph, "fused_hits", inputs=True).given == (
        "semantic_weight = 0.65",
        "coverage_weight = 1.0",
        "cosine_scale",
        "candidate_count = 100",
    )


def test_until_cuts_what_does_not_lead_there(graph):
    names = {node.name for node in drawn_nodes(graph, until="fused_hits")}
    assert {"question", "semantic_hits", "keyword_hits", "fused_hits"} <= names
    assert not {"linked_hits", "reranked_hits", "answer"} & names


def test_an_unknown_node_is_refused_with_the_ones_it_may_mean(graph):
    with pytest.raises(SettingsError, match="unknown node: fused_hit, did you mean fused_hits"):
        drawn_nodes(graph, until="fused_hit")


# --------------------------------------------------------------- the user's own


def test_a_node_of_the_users_own_is_drawn(own_graph):
    assert box(own_graph, "hit_count", inputs=True) == DrawnNode(
        name="hit_count",
        stage="your own",
        type_name="int",
        summary="The number of hits.",
        needed=("fused_hits",),
        given=("least = 0.5",),
    )
    assert "fused_hits --> hit_count" in mermaid(own_graph)
    assert "fused_hits -> hit_count" in dot(own_graph).source


def test_a_node_without_a_docstring_or_a_stage_is_drawn_too():
    def number(start: int) -> "dict[str, list[Path]]":
        return {}

    dr = driver_of(number)
    assert box(dr, "number").summary == ""
    assert box(dr, "number").type_name == "dict[str, list[Path]]"


# --------------------------------------------------------------- Mermaid


def test_mermaid_has_every_node_and_every_arrow(graph):
    text = mermaid(graph)
    for node in drawn_nodes(graph):
        assert re.search(rf"^    {node.name}\b.*:::\w+$", text, re.MULTILINE), node.name
        if node.needed:
            assert f"    {' & '.join(node.needed)} --> {node.name}\n" in text
    assert text.startswith("flowchart TD\n")
    assert "\n    question([question]):::input\n" in text


def test_mermaid_has_a_legend_with_a_colour_for_each_stage(graph):
    text = mermaid(graph)
    legend = text.partition("subgraph legend")[2]
    for stage in {node.stage for node in drawn_nodes(graph)} - {"input"}:
        name = stage.replace(" ", "_")
        assert f"legend_{name}[{stage}]:::{name}" in legend
        assert f"classDef {name} fill:{STAGE_COLOURS[stage]}," in legend


def test_mermaid_says_inputs_and_settings_on_demand(graph):
    assert "rerank_weight" not in mermaid(graph)
    box = 'ranked_hits["<b>ranked_hits</b><br/>rerank_weight = 0.3"]:::rerank\n'
    assert box in mermaid(graph, inputs=True)


# --------------------------------------------------------------- Graphviz


def test_dot_has_every_node_and_every_arrow(graph):
    source = dot(graph).source
    for node in drawn_nodes(graph):
        assert dot_attributes(source, node.name)["fillcolor"] == node.colour
        for needed in node.needed:
            assert f"\t{needed} -> {node.name}\n" in source


def test_dot_has_types_in_boxes_and_first_sentences_in_tooltips(graph):
    attributes = dot_attributes(dot(graph).source, "reranked_hits")
    label = '<reranked_hits<br/><font point-size="9">list[Hit]</font>>'
    assert attributes["label"] == label
    summary = "The best of the hits, with a seat for each sub-question."
    assert attributes["tooltip"] == f"rerank: {summary}"


def test_dot_says_inputs_and_settings_on_demand(graph):
    setting = '<font point-size="9">rerank_weight = 0.3</font>'
    assert setting not in dot(graph).source
    assert setting in dot_attributes(dot(graph, inputs=True).source, "ranked_hits")["label"]


def test_the_legend_is_no_wider_than_a_few_stages(graph):
    source = dot(graph).source
    hidden = re.findall(r'"legend ([^"]+)" -> "legend ([^"]+)" \[style=invis\]', source)
    stages = list(dict.fromkeys(re.findall(r'"legend ([^"]+)" \[label', source)))
    assert stages[3:] == [below for _, below in hidden]


def test_dot_has_a_legend_with_a_colour_for_each_stage(graph):
    legend = dot(graph).source.partition("subgraph cluster_legend")[2]
    for stage in {node.stage for node in drawn_nodes(graph)} - {"input"}:
        assert re.search(rf'"legend {stage}" \[.*fillcolor="{STAGE_COLOURS[stage]}"', legend)


def marked(start: int, mark: str = '<"&>') -> int:
    return start


def test_a_setting_that_looks_like_html_is_shown_as_it_is():
    source = dot(driver_of(marked), start="start", inputs=True).source
    assert "mark = &lt;&quot;&amp;&gt;</font>" in source


def test_a_setting_that_looks_like_html_does_not_end_a_label_in_mermaid():
    text = mermaid(driver_of(marked), start="start", inputs=True)
    (label,) = re.findall(r"marked\[(.*)\]:::", text)
    assert '"' not in label[1:-1] and "<&" not in label
