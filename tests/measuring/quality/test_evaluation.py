"""Measuring: the evaluation's nodes against answers worked out by hand and against trec_eval, and run.py evaluate from end to end."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from headrace.commands import main
from headrace.errors import SourceError
from headrace.measuring.quality import evaluation, judging, spans
from headrace.measuring.quality.asking import Asker
from headrace.measuring.quality.collections import LabelledQuestion, read_collection
from headrace.measuring.quality.run import evaluate_collections
from headrace.measuring.quality.sample import sample_collection
from headrace.measuring.quality.spans import Span
from headrace.measuring.quality.traces import RANKING_NODES, Quotation, Trace
from headrace.measuring.timing import percentiles, quantiles
from headrace.pipeline import Pipeline, evaluation_driver
from support.places import SHARED

COLLECTIONS = sorted(path.parent for path in SHARED.glob("*/qrels.tsv"))
PYTREC = {"nDCG@10": "ndcg_cut_10", "Recall@20": "recall_20"}

A_QUESTION = LabelledQuestion(
    "q", "who?", {"a": 1, "b": 1}, answers=("Ada Lovelace",), answerable=True
)
A_TRACE = Trace(
    "q",
    dict.fromkeys(RANKING_NODES, ("a", "x", "b")),
    found=("a", "x", "b"),
    read=("a", "x", "b"),
    passed=("a", "x", "b"),
    answerability=0.9,
    stages_ms={"tenant_facts": 1.0},
    total_ms=2.0,
)


@pytest.fixture
def sample(tmp_path) -> Path:
    return sample_collection(tmp_path / "ferry")


@pytest.fixture(scope="module")
def measured(tmp_path_factory, data_dir):
    """The sample collection, through the command: what it printed, its JSON and the folder of its run files."""
    folder = tmp_path_factory.mktemp("measured")
    collection = sample_collection(folder / "ferry")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADRACE_DATA_DIR", str(data_dir))
        arguments = [
            str(collection),
            "--set",
            "reranking=off",
            "--json",
            str(folder / "r.json"),
            "--html",
            str(folder / "r.html"),
        ]
        assert main(["evaluate", *arguments, "--runs", str(folder / "runs")]) == 0
    return json.loads((folder / "r.json").read_text()), folder


# ------------------------------------------------------------------------------------------------- against trec_eval


@pytest.mark.parametrize("folder", COLLECTIONS, ids=lambda folder: folder.name)
def test_measures_are_those_of_trec_eval_on_every_collection(folder):
    collection = read_collection(folder)
    rankings = random_rankings(collection)
    ours = evaluation.ranking_values({"fused_hits": rankings}, list(collection.judged))[
        "fused_hits"
    ]
    judgements = {question.query_id: dict(question.relevant) for question in collection.judged}
    run = {
        query: {document: float(-rank) for rank, document in enumerate(ranking)}
        for query, ranking in rankings.items()
        if ranking
    }
    theirs = pytrec_eval.RelevanceEvaluator(judgements, set(PYTREC.values())).evaluate(run)
    assert len(theirs) < len(judgements)  # some found nothing: those count as zero, here as there
    for name, measure in PYTREC.items():
        expected = sum(found[measure] for found in theirs.values()) / len(judgements)
        assert np.mean(list(ours[name].values())) == pytest.approx(expected, abs=5e-5)


def random_rankings(collection) -> dict[str, tuple[str, ...]]:
    """Rankings of 0 to 40 documents per judged question, relevant ones among them, by a seed; the first finds nothing."""
    random = np.random.default_rng(7)
    documents = np.array(sorted(collection.documents))
    rankings = {}
    for question in collection.judged:
        drawn = [
            str(name)
            for name in random.choice(
                documents, size=min(len(documents), int(random.integers(1, 40))), replace=False
            )
        ]
        mixed = list(dict.fromkeys([*drawn, *question.relevant]))
        rankings[question.query_id] = tuple(random.permutation(mixed).tolist())
    rankings[next(iter(rankings))] = ()
    return rankings


def test_the_reports_figures_are_those_of_trec_eval_on_its_run_files(measured):
    report, folder = measured
    with (folder / "ferry" / "qrels.tsv").open() as file:
        judgements: dict = {}
        for query, document, grade in (line.split("\t") for line in file.read().splitlines()[1:]):
            judgements.setdefault(query, {})[document] = int(grade)
    for node in RANKING_NODES:
        with (folder / "runs" / f"ferry.{node}.run").open() as file:
            run = pytrec_eval.parse_run(file)
        theirs = pytrec_eval.RelevanceEvaluator(judgements, set(PYTREC.values())).evaluate(run)
        for name, measure in PYTREC.items():
            expected = sum(found[measure] for found in theirs.values()) / len(judgements)
            assert report["collections"]["ferry"]["nodes"][node][name] == pytest.approx(
                expected, abs=5e-5
            )


# ------------------------------------------------------------------------------------------------------ worked by hand


def test_rankings_are_judged_by_hand():
    rankings = {"fused_hits": {"q": ("x", "a", "b")}}
    values = evaluation.ranking_values(rankings, [A_QUESTION])["fused_hits"]
    ideal = 1 + 1 / np.log2(3)
    assert values["nDCG@10"]["q"] == pytest.approx((1 / np.log2(3) + 1 / np.log2(4)) / ideal)
    assert values["Recall@20"]["q"] == 1.0
    assert values["MRR@10"]["q"] == 0.5


def test_full_recall_wants_all_relevant_documents_among_the_first_twenty():
    filler = tuple(f"x{number}" for number in range(18))
    rankings = {
        "fused_hits": {"q": ("a", *filler, "b")},
        "context": {"q": ("a", *filler, "x", "b")},
    }
    assert evaluation.full_recall_values(rankings, [A_QUESTION]) == {
        "fused_hits": {"q": 1.0},
        "context": {"q": 0.0},
    }


def test_each_lost_document_is_laid_to_the_node_that_lost_it():
    question = replace(A_QUESTION, relevant=dict.fromkeys("abcde", 1))
    trace = replace(
        A_TRACE,
        rankings=A_TRACE.rankings | {"context": ("a",)},
        passed=("a", "b"),
        read=("a", "b", "c"),
        found=("a", "b", "c", "d"),
    )
    lost = evaluation.waterfall([question], [trace])
    assert lost == {
        "semantic_hits+keyword_hits": 0.2,
        "fused_hits": 0.2,
        "reranked_hits": 0.2,
        "context": 0.2,
    }


@pytest.mark.parametrize(
    ("answer", "gold", "exact", "f1", "contained"),
    [
        ("Ada Lovelace.", "Ada Lovelace", 1, 1, 1),
        ("It was Ada Lovelace. [1]", "Ada Lovelace", 0, 2 * 2 / 6, 1),
        ("The Normans", "normans", 1, 1, 1),
        ("The 1300s", "300", 0, 0, 0),
        ("", "Ada Lovelace", 0, 0, 0),
    ],
)
def test_answers_are_compared_as_squad_does(answer, gold, exact, f1, contained):
    assert judging.answer_values(answer, [gold, "nobody else"]) == pytest.approx(
        {"exact_match": exact, "f1": f1, "contains_answer": contained}
    )


def test_spans_are_counted_in_characters_each_once():
    question = replace(A_QUESTION, spans=(Span("a", 0, 10), Span("a", 5, 20), Span("b", 0, 20)))
    trace = replace(A_TRACE, context=(Span("a", 0, 15), Span("a", 10, 30), Span("c", 0, 10)))
    assert judging.context_values(trace, question) == {
        "span_recall": 20 / 40,
        "span_precision": 20 / 40,
    }


def test_citations_are_held_against_the_gold_spans_and_else_against_the_relevant_documents():
    cited = (
        Quotation(Span("a", 0, 10), "x"),
        Quotation(Span("a", 50, 60), "y"),
        Quotation(Span("b", 0, 5), "z"),
    )
    with_spans = replace(A_QUESTION, spans=(Span("a", 5, 8), Span("a", 90, 99)))
    assert judging.citation_values(replace(A_TRACE, citations=cited), with_spans) == {
        "citation_precision": 1 / 3,
        "citation_recall": 1 / 2,
        "citation_f1": 0.4,
    }
    assert judging.citation_values(replace(A_TRACE, citations=cited[:2]), A_QUESTION) == {
        "citation_precision": 1.0,
        "citation_recall": 1 / 2,
        "citation_f1": pytest.approx(2 / 3),
    }
    assert judging.citation_values(A_TRACE, A_QUESTION) == {
        "citation_recall": 0.0,
        "citation_f1": 0.0,
    }


def test_declining_by_hand():
    scores = [
        ("a1", True, 0.9),
        ("a2", True, 0.8),
        ("a3", True, 0.3),
        ("u1", False, 0.5),
        ("u2", False, 0.1),
    ]
    found = judging.declining(
        [
            judging.Confidence(name, answerable, score, score < 0.4)
            for name, answerable, score in scores
        ]
    )
    assert found["precision"] == 1 / 2 and found["recall"] == 1 / 2
    assert found["auroc"] == pytest.approx(5 / 6)
    assert (
        found["recall_at_10_false"] == 1 / 2
    )  # none of three may be refused: only what is below 0.3
    assert found["risk_coverage"] == [
        [0.2, 0.0],
        [0.4, 0.0],
        [0.6, 0.3333],
        [0.8, 0.25],
        [1.0, 0.4],
    ]


def test_declining_needs_questions_of_both_kinds():
    assert judging.declining([judging.Confidence("a", True, 0.5, False)]) == {}


def test_a_failed_question_counts_as_zero_everywhere_and_is_listed(sample):
    collection = read_collection(sample)
    questions = list(collection.questions)
    traces = [
        replace(
            A_TRACE,
            query_id=questions[0].query_id,
            answer="x",
            rankings=dict.fromkeys(A_TRACE.rankings, tuple(questions[0].relevant)),
        )
    ]
    traces += [Trace(question.query_id, error="DatabaseError: gone") for question in questions[1:]]
    values = evaluation_driver().execute(
        ["collection_report"],
        inputs={"folder": sample},
        overrides={"collection": collection, "questions": questions, "traces": traces},
    )
    report = values["collection_report"]
    judged = len(collection.judged)
    assert report["nodes"]["fused_hits"]["nDCG@10"] == pytest.approx(1 / judged)
    assert report["answers"]["citation_recall"] == 0.0 and report["answers"]["questions"] == judged
    assert (
        report["declining"]["recall"] == 0.0
    )  # an unanswerable question that fails was not declined
    assert (
        len(report["failed"]) == len(questions) - 1
        and report["failed"][0]["error"] == "DatabaseError: gone"
    )
    assert report["waterfall"]["failed"] > 0.5


def test_percentiles_are_of_what_was_measured():
    assert percentiles(range(101)) == {"p50_ms": 50, "p95_ms": 95, "p99_ms": 99}
    assert quantiles(range(101)) == list(range(0, 101, 5))


span = st.builds(
    lambda name, start, size: Span(name, start, start + size),
    st.sampled_from("ab"),
    st.integers(0, 30),
    st.integers(0, 9),
)
span_lists = st.lists(span)


@given(span_lists, span_lists)
def test_spans_count_as_sets_of_characters_do(some, others):
    first, second = (
        {(span.document_id, at) for span in spans_ for at in range(span.start, span.end)}
        for spans_ in (some, others)
    )
    assert spans.length(some) == len(first)
    assert spans.common(some, others) == len(first & second)


# --------------------------------------------------------------------------------------------------------- collections


def test_gold_evidence_is_read_in_its_three_forms(tmp_path):
    text = "One is here. Two is there. Three."
    write_collection(
        tmp_path,
        [
            {
                "_id": "d",
                "title": "",
                "text": text,
                "metadata": {"sentences": ["One is here.", "Two is there.", "Three."]},
            }
        ],
        [
            {
                "_id": "1",
                "text": "a?",
                "metadata": {
                    "spans": [{"doc_id": "d", "start": 0, "end": 12, "text": "One is here."}]
                },
            },
            {
                "_id": "2",
                "text": "b?",
                "metadata": {"evidence": [{"doc_id": "d", "sentences": [1]}]},
            },
            {
                "_id": "3",
                "text": "c?",
                "metadata": {"gold_sentences": [["Three."], ["Not there."]]},
            },
            {
                "_id": "4",
                "text": "d?",
                "metadata": {
                    "spans": [{"doc_id": "d", "start": 2, "end": 14, "text": "One is here."}]
                },
            },
        ],
        "query-id\tcorpus-id\tscore\n3\td\t1\n3\te\t0\n",
    )
    questions = read_collection(tmp_path).questions
    assert [question.spans for question in questions] == [
        (Span("d", 0, 12),),
        (Span("d", 13, 26),),
        (Span("d", 27, 33),),
        (Span("d", 0, 12),),
    ]
    assert [dict(question.relevant) for question in questions] == [{}, {}, {"d": 1}, {}]


def test_questions_may_bring_their_own_judgements_where_there_are_no_others(tmp_path):
    given = [{"relevant": ["d", 7]}, {"relevant": {"d": 2, "e": 0}}, {"relevant": ["d"]}, {}]
    queries = [
        {"_id": str(number), "text": "a?", "metadata": metadata}
        for number, metadata in enumerate(given)
    ]
    write_collection(
        tmp_path, [{"_id": "d", "text": "x y"}], queries, "query-id\tcorpus-id\tscore\n2\te\t3\n"
    )
    questions = read_collection(tmp_path).questions
    assert [dict(question.relevant) for question in questions] == [
        {"d": 1, "7": 1},
        {"d": 2},
        {"e": 3},
        {},
    ]


def test_a_conversation_becomes_turns_of_the_user_and_the_assistant(tmp_path):
    history = [
        {"speaker": "agent", "text": "Hello."},
        {"speaker": "user", "text": "Hi."},
        {"speaker": "user", "text": "What is RRF?"},
    ]
    query = {"_id": "1", "text": "And it?", "metadata": {"history": history, "today": "2026-01-31"}}
    write_collection(tmp_path, [{"_id": "d", "text": "x y"}], [query])
    (question,) = read_collection(tmp_path).questions
    assert question.history == ("", "Hello.", "Hi. What is RRF?")
    assert question.today.isoformat() == "2026-01-31"


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("queries.jsonl", None, "queries.jsonl is missing"),
        ("queries.jsonl", '{"_id": "1", "text": "a?"}\nnonsense\n', "queries.jsonl:2 is not JSON"),
        ("queries.jsonl", '{"text": "a?"}\n', "queries.jsonl:1 is no question"),
        (
            "queries.jsonl",
            '{"_id": "1", "text": "a?"}\n{"_id": "1", "text": "b?"}\n',
            "'1' is there twice",
        ),
        ("queries.jsonl", "\n", "holds none"),
        (
            "queries.jsonl",
            '{"_id": "1", "text": "a?", "metadata": {"spans": [{"doc_id": "d"}]}}',
            "its metadata cannot be used: KeyError",
        ),
        (
            "queries.jsonl",
            '{"_id": "1", "text": "a?", "metadata": {"relevant": {"d": "high"}}}',
            "its metadata cannot be used: ValueError",
        ),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\n1\td\thigh\n", "qrels.tsv:2 is no judgement"),
        ("corpus.jsonl", "\n", "holds no document"),
    ],
)
def test_a_collection_that_cannot_be_used_says_where(tmp_path, file, content, complaint):
    write_collection(tmp_path, [{"_id": "d", "text": "x y"}], [{"_id": "1", "text": "a?"}])
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(content)
    with pytest.raises(SourceError, match=complaint.replace("(", "\\(")):
        read_collection(tmp_path)


def test_the_hash_is_of_the_content_and_not_of_how_it_is_packed(sample, tmp_path):
    before = read_collection(sample)
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    for name in ("corpus.jsonl", "queries.jsonl"):
        (unpacked / name).write_bytes(gzip.decompress((sample / f"{name}.gz").read_bytes()))
    (unpacked / "qrels.tsv").write_bytes((sample / "qrels.tsv").read_bytes())
    assert read_collection(unpacked).content_hash == before.content_hash
    with (unpacked / "queries.jsonl").open("a") as file:
        file.write('{"_id": "one more", "text": "When?"}\n')
    after = read_collection(unpacked)
    assert after.content_hash != before.content_hash and after.corpus_hash == before.corpus_hash


def test_questions_are_drawn_by_seed_in_the_order_of_their_file(sample):
    collection = read_collection(sample)
    drawn = evaluation.questions(collection, limit=5, seed=3)
    assert (
        drawn
        == evaluation.questions(collection, limit=5, seed=3)
        != evaluation.questions(collection, limit=5, seed=4)
    )
    positions = [collection.questions.index(question) for question in drawn]
    assert positions == sorted(positions) and len(set(positions)) == 5


# ----------------------------------------------------------------------------------------------------------- end to end


def test_the_report_keeps_its_contract(measured):
    report, folder = measured
    assert report["version"] == 1
    (collection,) = report["collections"].values()
    assert collection["queries"] == 20 and collection["failed"] == []
    assert {"tenant_facts", "query_embeddings", *RANKING_NODES, "answer"} <= set(collection["nodes"])
    for node in RANKING_NODES:
        figures = collection["nodes"][node]
        assert all(
            0 <= figures[name] <= 1 for name in ("nDCG@10", "Recall@20", "MRR@10", "full_recall")
        )
        assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["p99_ms"]
    assert collection["total"]["p50_ms"] > max(
        measures["p50_ms"] for measures in collection["nodes"].values()
    )
    assert {"span_recall", "span_precision", "tokens_mean"} == set(collection["context"])
    assert (
        collection["answers"]["citations_verbatim"] == 1.0
        and collection["answers"]["citations"] > 10
    )
    assert {"precision", "recall", "auroc", "recall_at_10_false"} <= set(collection["declining"])
    assert 0 <= sum(collection["waterfall"].values()) < 1
    assert report["settings"]["keyword"] == "bm25" and "database_url" not in report["settings"]
    assert report["environment"]["seed"] == 0 and report["environment"]["cores"] >= 1
    assert "<svg" in (folder / "r.html").read_text()


def test_retrieval_on_the_sample_is_better_than_luck(measured):
    report, _ = measured
    assert report["collections"]["ferry"]["nodes"]["fused_hits"]["nDCG@10"] > 0.7


def test_what_was_stopped_goes_on_where_it_was(sample, rag, monkeypatch):
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
    monkeypatch.setattr(
        Pipeline, "ingest", lambda *arguments, **others: pytest.fail("it is there already")
    )
    evaluate_collections([sample], rag.settings)


def test_a_question_that_cannot_be_asked_is_listed_and_the_exit_code_is_1(
    tmp_path, data_dir, monkeypatch, capsys
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    write_collection(
        tmp_path,
        [{"_id": "d", "text": "The warranty lasts two years."}],
        [{"_id": "1", "text": "How long?"}, {"_id": "2", "text": "???"}],
        "1\td\t1\n2\td\t1\n",
    )
    assert (
        main(
            [
                "evaluate",
                str(tmp_path),
                "--set",
                "reranking=off",
                "--json",
                str(tmp_path / "r.json"),
            ]
        )
        == 1
    )
    (collection,) = json.loads((tmp_path / "r.json").read_text())["collections"].values()
    assert [failure["id"] for failure in collection["failed"]] == ["2"]
    assert "QuestionError" in collection["failed"][0]["error"]
    assert collection["nodes"]["fused_hits"]["nDCG@10"] == 0.5
    assert "failed: 2: QuestionError" in capsys.readouterr().out


def test_a_folder_that_is_no_collection_is_named_before_another_is_measured(
    sample, tmp_path, rag, monkeypatch
):
    monkeypatch.setattr(
        Pipeline, "open", lambda *arguments, **others: pytest.fail("nothing may be measured yet")
    )
    with pytest.raises(SourceError, match="corpus.jsonl is missing"):
        evaluate_collections([sample, tmp_path], rag.settings)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "corpus.jsonl is missing"),
        (["--limit", "0"], "at least 1"),
        (["--json", "no/such/folder/r.json"], "there is no folder"),
        (["--queries", "other.jsonl"], "there is no other.jsonl"),
    ],
)
def test_wrong_use_is_said_before_anything_is_asked(
    sample, data_dir, monkeypatch, capsys, arguments, complaint
):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    assert main(["evaluate", *([] if arguments == ["nowhere"] else [str(sample)]), *arguments]) == 2
    assert complaint in capsys.readouterr().err


def write_collection(
    folder: Path,
    corpus: list[dict],
    queries: list[dict],
    qrels: str = "query-id\tcorpus-id\tscore\n",
) -> None:
    (folder / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in corpus))
    (folder / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in queries))
    (folder / "qrels.tsv").write_text(qrels)
