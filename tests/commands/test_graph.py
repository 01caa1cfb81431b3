import shutil

import pytest


def test_mermaid_is_the_default(run):
    ran = run("graph")
    assert ran.code == 0
    assert ran.out.startswith("flowchart TD")


def test_dot_of_what_one_node_needs(run):
    ran = run("graph", "--format", "dot", "--until", "fused_hits")
    assert ran.out.startswith("digraph")
    assert "answerability" not in ran.out


def test_without_the_program_dot_svg_says_what_to_install(run, monkeypatch):
    monkeypatch.setenv("PATH", "")
    ran = run("graph", "--format", "svg")
    assert ran.code == 2
    assert "install graphviz" in ran.err


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs the program dot")
def test_svg_has_tooltips_and_a_legend(run):
    drawn = run("graph", "--format", "svg").out
    assert "<svg" in drawn
    assert "One ranking from" in drawn or "xlink:title" in drawn
    assert "cluster_legend" in drawn


@pytest.mark.parametrize("drawing", ["mermaid", "dot"])
def test_inputs_are_drawn_when_asked_for(run, drawing):
    with_inputs = run("graph", "--inputs", "--format", drawing).out
    assert "encoder" in with_inputs
    assert "encoder" not in run("graph", "--format", drawing).out


def test_ingestion_and_evaluation_have_graphs_too(run):
    assert "stored_documents" in run("graph", "--ingestion").out
    assert "collection_report" in run("graph", "--evaluation").out
