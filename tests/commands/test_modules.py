import json
from pathlib import Path

import pytest

from headrace.measuring.quality.sample import sample_collection

LAST_FIRST = """
from headrace.types import Hit


def reranked_hits(ranked_hits: list[Hit]) -> list[Hit]:
    return [hit._replace(rank=rank) for rank, hit in enumerate(reversed(ranked_hits), start=1)]
"""
NO_KEYWORDS = """
from headrace.types import Hit


def fused_hits(semantic_hits: list[Hit], keyword_hits: list[Hit]) -> list[Hit]:
    return [hit._replace(rank=rank) for rank, hit in enumerate(reversed(semantic_hits), start=1)]
"""
OTHER_TEXTS = """
from headrace.types import Document, PreparedDocument


def prepared_documents(documents: list[Document]) -> list[PreparedDocument]:
    raise RuntimeError("my own preparation ran")
"""


@pytest.fixture
def stages(tmp_path: Path) -> Path:
    path = tmp_path / "stages.py"
    path.write_text(LAST_FIRST)
    return path


def test_ask_runs_the_stages_of_a_module(run, returns, stages):
    ask = ("ask", "How long does the warranty last?", "--tenant", returns, "--json")
    answer = json.loads(run(*ask, "--module", stages).out)
    assert answer["settings"]["own_nodes"] == ["reranked_hits"]


def test_batch_runs_them_too(run, returns, stages, tmp_path):
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"id": 1, "question": "How long is the warranty?"}))
    out = tmp_path / "answers.jsonl"
    ran = run("batch", questions, "--out", out, "--tenant", returns, "--module", stages)
    assert ran.code == 0
    assert json.loads(out.read_text())["settings"]["own_nodes"] == ["reranked_hits"]


def test_the_graph_shows_which_stages_are_your_own(run, stages):
    assert "your own" in run("graph", "--module", stages).out
    assert "your own" not in run("graph").out


def test_ingest_runs_stages_of_the_ingestion(run, folder, tenant, tmp_path):
    path = tmp_path / "preparing.py"
    path.write_text(OTHER_TEXTS)
    with pytest.raises(RuntimeError, match="my own preparation ran"):
        run("ingest", folder, "--tenant", tenant, "--module", path)


def test_a_stage_that_does_not_fit_is_explained(run, returns, tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text("def reranked_hits(ranked_hits: list) -> str:\n    return ''\n")
    ran = run("ask", "How long?", "--tenant", returns, "--module", path)
    assert ran.code == 2
    assert 'node "reranked_hits" of wrong returns str' in ran.err


def test_one_line_compares_a_stage_of_your_own_with_ours(run, tmp_path):
    stages = tmp_path / "fusing.py"
    stages.write_text(NO_KEYWORDS)
    collection = sample_collection(tmp_path / "ferry")
    report = tmp_path / "report.json"
    ran = run("compare", collection, "--candidate-module", stages, "--json", report)
    assert ran.code == 0, ran.err
    (part,) = json.loads(report.read_text())["collections"].values()
    ranks = {row["node"]: row for row in part["rows"] if row["measure"] == "MRR@10"}
    assert ranks["semantic_hits"]["difference"] == 0
    assert ranks["fused_hits"]["difference"] < 0


def test_a_module_for_both_sides_makes_no_difference(run, stages, tmp_path):
    collection = sample_collection(tmp_path / "ferry")
    ran = run("compare", collection, "--module", stages, "--limit", "3")
    assert ran.code == 0, ran.err
    assert "no difference" in ran.out


def test_evaluate_measures_the_stages_of_a_module(run, stages, tmp_path):
    collection = sample_collection(tmp_path / "ferry")
    ran = run("evaluate", collection, "--module", stages, "--limit", "3", "--no-answers")
    assert ran.code == 0, ran.err
    assert "reranked_hits" in ran.out
