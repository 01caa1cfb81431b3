"""Nodes of the user's own, measured: they are reported, compared and kept apart."""

import json

import pytest

from headrace.commands import main
from headrace.execution.modules import load_module
from headrace.measuring.quality import comparison
from headrace.measuring.quality.asking import Asker, tenant_of
from headrace.measuring.quality.labelled import read_collection
from headrace.measuring.quality.run import Selection, evaluate_collections
from headrace.resources.models.encoders import minilm

IMPORTS = "from hamilton.function_modifiers import tag\nfrom headrace.types import Hit\n\n"
BOOSTED = (
    IMPORTS
    + '''
@tag(stage="rerank")
def boosted_hits(ranked_hits: list[Hit]) -> list[Hit]:
    """The hits, the last first."""
    return ranked_hits[::-1]
'''
)
WORST_FIRST = (
    IMPORTS
    + '''
@tag(stage="RRF")
def fused_hits(semantic_hits: list[Hit], keyword_hits: list[Hit]) -> list[Hit]:
    """What the semantic search found, the last first."""
    return [hit._replace(rank=n) for n, hit in enumerate(semantic_hits[::-1], start=1)]
'''
)
LAST_FIRST = (
    IMPORTS
    + '''
@tag(stage="rerank")
def reranked_hits(ranked_hits: list[Hit]) -> list[Hit]:
    """The first eight hits, the last of them first."""
    return ranked_hits[:8][::-1]
'''
)
#: The same node; what it does is in a helper.
BY_A_HELPER = (
    IMPORTS
    + '''
def _ordered(hits):
    return sorted(hits, key=lambda hit: {sign}hit.score)


@tag(stage="RRF")
def fused_hits(semantic_hits: list[Hit], keyword_hits: list[Hit]) -> list[Hit]:
    """What the semantic search found."""
    return [hit._replace(rank=n) for n, hit in enumerate(_ordered(semantic_hits), start=1)]
'''
)
NO_CHUNKS = '''
from headrace.types import ChunkDraft


def document_chunks(changed_documents: list, chunk_tokens: int = 256) -> list[list[ChunkDraft]]:
    """None at all."""
    return [[] for _ in changed_documents]
'''
WITHOUT_ANSWERS = Selection(answers=False)


@pytest.fixture
def module(tmp_path):
    """Loads a module of the user's own from its text."""

    def load(text: str, name: str):
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        return load_module(path)

    return load


@pytest.fixture
def evaluated(sample, rag):
    """Evaluates the sample with some modules: its report and its run files."""

    def evaluate(*modules):
        found = evaluate_collections([sample], rag.settings, WITHOUT_ANSWERS, modules=modules)
        return found.report["collections"]["ferry"], found.run_files["ferry"]

    return evaluate


def test_a_ranking_node_is_in_the_report_by_itself(evaluated, module):
    report, runs = evaluated(module(BOOSTED, "boosting"))
    order = ["semantic_hits", "keyword_hits", "fused_hits", "linked_hits", "reranked_hits"]
    assert list(runs) == [*order, "boosted_hits", "context"]
    boosted = report["nodes"]["boosted_hits"]
    assert boosted["nDCG@10"] < report["nodes"]["reranked_hits"]["nDCG@10"]
    assert boosted["p50_ms"] >= 0
    assert report["failed"] == []


def test_a_replaced_node_is_measured_in_the_place_of_ours(evaluated, module):
    usual, _ = evaluated()
    report, runs = evaluated(module(WORST_FIRST, "worst_first"))
    assert "boosted_hits" not in runs
    assert report["nodes"]["semantic_hits"]["nDCG@10"] == usual["nodes"]["semantic_hits"]["nDCG@10"]
    assert report["nodes"]["fused_hits"]["nDCG@10"] < usual["nodes"]["fused_hits"]["nDCG@10"]


def test_an_order_of_the_last_hits_of_the_users_own_is_measured(evaluated, module):
    usual, _ = evaluated()
    report, _ = evaluated(module(LAST_FIRST, "last_first"))
    assert report["nodes"]["linked_hits"]["nDCG@10"] == usual["nodes"]["linked_hits"]["nDCG@10"]
    assert report["nodes"]["reranked_hits"]["nDCG@10"] < usual["nodes"]["reranked_hits"]["nDCG@10"]


def test_a_candidate_with_a_module_is_compared_and_shares_only_what_is_the_same(
    sample, rag, module, monkeypatch
):
    evaluate_collections([sample], rag.settings, WITHOUT_ANSWERS)  # the corpus is stored
    encoded = []
    encode = minilm.encode
    monkeypatch.setattr(
        minilm, "encode", lambda self, texts: encoded.extend(texts) or encode(self, texts)
    )
    report = comparison.compare_collections(
        [sample],
        rag.settings,
        rag.settings,
        WITHOUT_ANSWERS,
        candidate_modules=[module(WORST_FIRST, "worst_candidate")],
    )
    questions = [text for text in encoded if text.endswith("?")]
    assert len(questions) == len(set(questions)) >= 16
    rows = {(row["node"], row["measure"]): row for row in report["collections"]["ferry"]["rows"]}
    assert rows["semantic_hits", "nDCG@10"]["ties"] == 16
    assert rows["fused_hits", "nDCG@10"]["losses"] > 8
    assert rows["context", "nDCG@10"]["verdict"] == "worse"


def test_two_modules_that_differ_in_a_helper_do_not_share_results(sample, rag, module):
    best_first = module(BY_A_HELPER.format(sign="-"), "best_by_helper")
    worst_first = module(BY_A_HELPER.format(sign=""), "worst_by_helper")
    report = comparison.compare_collections(
        [sample],
        rag.settings,
        rag.settings,
        WITHOUT_ANSWERS,
        baseline_modules=[best_first],
        candidate_modules=[worst_first],
    )
    rows = {(row["node"], row["measure"]): row for row in report["collections"]["ferry"]["rows"]}
    assert rows["fused_hits", "nDCG@10"]["verdict"] == "worse"


def test_the_same_module_on_both_sides_differs_nowhere(sample, rag, module):
    both = module(WORST_FIRST, "worst_on_both")
    report = comparison.compare_collections(
        [sample],
        rag.settings,
        rag.settings,
        WITHOUT_ANSWERS,
        baseline_modules=[both],
        candidate_modules=[both],
    )
    rows = report["collections"]["ferry"]["rows"]
    assert all(row["ties"] == row["queries"] for row in rows)


def test_a_stopped_measurement_is_not_continued_with_another_module(
    sample, rag, module, monkeypatch
):
    ask = Asker.ask
    asked = []

    def stops_at_the_third(self, question):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(question)
        return ask(self, question)

    monkeypatch.setattr(Asker, "ask", stops_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        evaluate_collections([sample], rag.settings, WITHOUT_ANSWERS)
    monkeypatch.setattr(Asker, "ask", ask)
    modules = [module(WORST_FIRST, "worst_after_a_stop")]
    other = evaluate_collections([sample], rag.settings, WITHOUT_ANSWERS, modules=modules)
    assert other.report["collections"]["ferry"]["resumed"] == 0
    same = evaluate_collections([sample], rag.settings, WITHOUT_ANSWERS)
    assert same.report["collections"]["ferry"]["resumed"] == 2


def test_only_modules_that_join_the_ingestion_store_the_corpus_anew(sample, rag, module):
    collection = read_collection(sample)
    usual = tenant_of(collection, rag.settings)
    assert tenant_of(collection, rag.settings, [module(BOOSTED, "boosting_tenants")]) == usual
    cutting = module(NO_CHUNKS, "cutting_in_another_way")
    assert tenant_of(collection, rag.settings, [cutting]) != usual


def test_modules_are_given_on_the_command_line(sample, tmp_path, data_dir, monkeypatch):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    path = tmp_path / "command_line_stages.py"
    path.write_text(BOOSTED)
    report = tmp_path / "r.json"
    arguments = [str(sample), "--no-answers", "--set", "reranking=off", "--json", str(report)]
    assert main(["evaluate", *arguments, "--module", str(path)]) == 0
    nodes = json.loads(report.read_text())["collections"]["ferry"]["nodes"]
    assert "nDCG@10" in nodes["boosted_hits"]
    assert main(["compare", *arguments, "--candidate-module", str(path)]) == 0
