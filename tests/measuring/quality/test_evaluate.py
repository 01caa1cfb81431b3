"""run.py evaluate from end to end, on the collection that comes with Headrace."""

import json
from pathlib import Path

import pytest
import pytrec_eval

from headrace.commands import main
from headrace.errors import SourceError
from headrace.measuring.quality.asking import Asker
from headrace.measuring.quality.run import evaluate_collections
from headrace.measuring.quality.sample import sample_collection
from headrace.pipeline import Pipeline

PYTREC = {"nDCG@10": "ndcg_cut_10", "Recall@20": "recall_20"}
NODES = (
    "semantic_hits",
    "keyword_hits",
    "fused_hits",
    "linked_hits",
    "reranked_hits",
    "context",
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory, data_dir) -> tuple[dict, Path]:
    """The sample, through the command: its JSON, and the folder of all that it wrote."""
    folder = tmp_path_factory.mktemp("measured")
    collection = str(sample_collection(folder / "ferry"))
    written = ["--json", str(folder / "r.json"), "--html", str(folder / "r.html")]
    written += ["--runs", str(folder / "runs")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADRACE_DATA_DIR", str(data_dir))
        assert main(["evaluate", collection, "--set", "reranking=off", *written]) == 0
    return json.loads((folder / "r.json").read_text()), folder


@pytest.fixture(autouse=True)
def _data_dir(data_dir, monkeypatch):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))


def test_the_report_has_what_its_contract_names(measured):
    report, folder = measured
    assert report["version"] == 1
    (collection,) = report["collections"].values()
    assert collection["queries"] == 20
    assert collection["failed"] == []
    assert {"span_recall", "span_precision", "tokens_mean"} == set(collection["context"])
    assert collection["answers"]["citations_verbatim"] == 1.0
    assert collection["answers"]["citations"] > 10
    assert {"precision", "recall", "auroc", "recall_at_10_false"} <= set(collection["declining"])
    assert 0 <= sum(collection["waterfall"].values()) < 1
    assert report["settings"]["keyword"] == "bm25"
    assert "database_url" not in report["settings"]
    assert report["environment"]["seed"] == 0
    assert report["environment"]["cores"] >= 1
    assert "<svg" in (folder / "r.html").read_text()


def test_every_node_is_timed_and_every_ranking_measured(measured):
    report, _ = measured
    collection = report["collections"]["ferry"]
    nodes = collection["nodes"]
    assert {"tenant_facts", "query_embeddings", *NODES, "answer"} <= set(nodes)
    assert [node for node in nodes if "nDCG@10" in nodes[node]] == [*NODES]
    for node in NODES:
        figures = nodes[node]
        for name in ("nDCG@10", "Recall@20", "MRR@10", "full_recall"):
            assert 0 <= figures[name] <= 1
        assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["p99_ms"]
    assert collection["total"]["p50_ms"] > max(figures["p50_ms"] for figures in nodes.values())


def test_the_reports_figures_are_those_of_trec_eval_on_its_run_files(measured):
    report, folder = measured
    judgements: dict[str, dict[str, int]] = {}
    for line in (folder / "ferry" / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        judgements.setdefault(query, {})[document] = int(grade)
    for node in NODES:
        with (folder / "runs" / f"ferry.{node}.run").open() as file:
            run = pytrec_eval.parse_run(file)
        theirs = pytrec_eval.RelevanceEvaluator(judgements, set(PYTREC.values())).evaluate(run)
        ours = report["collections"]["ferry"]["nodes"][node]
        for name, measure in PYTREC.items():
            expected = sum(found[measure] for found in theirs.values()) / len(judgements)
            assert ours[name] == pytest.approx(expected, abs=5e-5)


def test_retrieval_on_the_sample_is_better_than_luck(measured):
    report, _ = measured
    assert report["collections"]["ferry"]["nodes"]["fused_hits"]["nDCG@10"] > 0.7


def test_a_stopped_measurement_continues_where_it_was(sample, rag, monkeypatch):
    asked = []
    ask = Asker.ask

    def stops_at_the_seventh(self, question):
        if len(asked) == 6:
            raise KeyboardInterrupt
        asked.append(question.query_id)
        return ask(self, question)

    monkeypatch.setattr(Asker, "ask", stops_at_the_seventh)
    with pytest.raises(KeyboardInterrupt):
        evaluate_collections([sample], rag.settings)
    monkeypatch.setattr(Asker, "ask", ask)
    (first,) = evaluate_collections([sample], rag.settings).report["collections"].values()
    (second,) = evaluate_collections([sample], rag.settings).report["collections"].values()
    assert (first["resumed"], second["resumed"]) == (6, 0)
    assert first["nodes"]["fused_hits"]["nDCG@10"] == second["nodes"]["fused_hits"]["nDCG@10"]


def test_the_corpus_is_stored_once(sample, rag, monkeypatch):
    evaluate_collections([sample], rag.settings)
    monkeypatch.setattr(Pipeline, "ingest", lambda *_, **__: pytest.fail("it is there already"))
    evaluate_collections([sample], rag.settings)


def test_a_question_that_cannot_be_asked_is_listed_and_the_exit_code_is_1(
    tmp_path, write_collection, capsys
):
    write_collection(
        tmp_path,
        [{"_id": "d", "text": "The warranty lasts two years."}],
        [{"_id": "1", "text": "How long?"}, {"_id": "2", "text": "???"}],
        "1\td\t1\n2\td\t1\n",
    )
    report = tmp_path / "r.json"
    arguments = [str(tmp_path), "--set", "reranking=off", "--json", str(report)]
    assert main(["evaluate", *arguments]) == 1
    (collection,) = json.loads(report.read_text())["collections"].values()
    assert [failure["id"] for failure in collection["failed"]] == ["2"]
    assert "QuestionError" in collection["failed"][0]["error"]
    assert collection["nodes"]["fused_hits"]["nDCG@10"] == 0.5
    assert "failed: 2: QuestionError" in capsys.readouterr().out


def test_a_collection_whose_questions_all_fail_has_a_report(tmp_path, write_collection, capsys):
    document = {"_id": "d", "text": "The warranty lasts two years."}
    write_collection(tmp_path, [document], [{"_id": "1", "text": "???"}])
    page = tmp_path / "r.html"
    arguments = [str(tmp_path), "--set", "reranking=off", "--html", str(page)]
    assert main(["evaluate", *arguments]) == 1
    assert "failed: 1: QuestionError" in capsys.readouterr().out
    assert "Failed questions" in page.read_text()


def test_a_folder_that_is_no_collection_is_named_before_another_is_measured(
    sample, tmp_path, rag, monkeypatch
):
    monkeypatch.setattr(Pipeline, "open", lambda *_, **__: pytest.fail("too early"))
    with pytest.raises(SourceError, match="corpus.jsonl is missing"):
        evaluate_collections([sample, tmp_path], rag.settings)


def test_two_collections_of_one_name_are_refused(sample, tmp_path, rag):
    other = sample_collection(tmp_path / "elsewhere" / "ferry")
    with pytest.raises(SourceError, match="two collections are named ferry"):
        evaluate_collections([sample, other], rag.settings)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--limit", "0"], "at least 1"),
        (["--json", "no/such/folder/r.json"], "there is no folder"),
        (["--queries", "other.jsonl"], "there is no other.jsonl"),
    ],
)
def test_wrong_use_is_said_before_anything_is_asked(sample, capsys, arguments, complaint):
    assert main(["evaluate", str(sample), *arguments]) == 2
    assert complaint in capsys.readouterr().err


def test_a_collection_that_is_not_there_is_named(capsys):
    assert main(["evaluate", "nowhere"]) == 2
    assert "corpus.jsonl is missing" in capsys.readouterr().err


def test_the_evaluations_dataflow_can_be_looked_at(capsys):
    assert main(["graph", "--evaluation"]) == 0
    drawn = capsys.readouterr().out
    assert "folder([folder])" in drawn
    assert "traces --> waterfall" in drawn
