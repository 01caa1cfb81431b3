"""Comparing two settings: the statistics against answers worked out by hand, what is shared between the two runs, and run.py compare."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from headrace import load_settings
from headrace.commands import main
from headrace.commands.compare import markdown
from headrace.measuring import statistics
from headrace.measuring.quality import comparison
from headrace.measuring.quality.collections import LabelledQuestion
from headrace.measuring.quality.sample import sample_collection
from headrace.resources.models.encoders import OnnxMiniLM

VALUES = {"a": 0.2, "b": 0.5, "c": 1.0}


def test_the_p_value_of_few_questions_is_that_of_all_sign_flips():
    differences = np.array([0.3, 0.1, -0.05, 0.2, 0.4])
    sums = [abs(np.dot(signs, differences)) for signs in itertools.product((1, -1), repeat=5)]
    by_hand = np.mean([total >= abs(differences.sum()) - 1e-12 for total in sums])
    assert statistics.paired([differences]).p == pytest.approx(by_hand)


def test_many_questions_agree_with_the_t_test_where_that_holds():
    differences = np.random.default_rng(1).normal(0.02, 0.2, 400)
    found = statistics.paired([differences])
    assert found.p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.02)
    low, high = stats.ttest_1samp(differences, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.003)


def test_each_collection_counts_alike():
    few, many = np.full(4, 0.5), np.zeros(100)
    assert statistics.paired([few, many]).difference == pytest.approx(0.25)


def test_ties_alone_are_no_difference_and_one_question_proves_nothing():
    assert statistics.paired([np.zeros(9)]) == statistics.Paired(0.0, 0.0, 0.0, 1.0)
    assert statistics.paired([np.array([0.0, 0.7, 0.0])]).p == 1.0
    assert statistics.paired([np.array([0.7])]) == statistics.Paired(0.7, 0.7, 0.7, 1.0)


def test_holm_by_hand():
    assert statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm([0.5, 0.6]) == [1.0, 1.0]
    assert statistics.holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_never_makes_a_p_value_smaller_and_keeps_their_order(p_values):
    adjusted = statistics.holm(p_values)
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert all(np.diff(np.array(adjusted)[order]) >= 0) and all(value <= 1 for value in adjusted)


def test_rows_have_means_wins_and_losses_and_only_what_both_have():
    baseline = {("fused_hits", "nDCG@10"): VALUES, ("answer", "citation_precision"): {"a": 1.0}}
    candidate = {
        ("fused_hits", "nDCG@10"): {"a": 0.4, "b": 0.1, "c": 1.0},
        ("answer", "citation_precision"): {"b": 1.0},
    }
    (row,) = comparison.rows([(baseline, candidate)])
    assert (row.node, row.measure, row.queries) == ("fused_hits", "nDCG@10", 3)
    assert (row.baseline, row.candidate, row.difference) == pytest.approx((1.7 / 3, 0.5, -0.2 / 3))
    assert (row.wins, row.losses, row.ties, row.verdict) == (1, 1, 1, "")


def test_measures_that_do_not_differ_do_not_weigh_on_those_that_do():
    same = {f"q{number}": 0.5 for number in range(12)}
    better = dict.fromkeys(same, 0.9)
    rows = comparison.rows(
        [({("a", "m"): same, ("b", "m"): same}, {("a", "m"): same, ("b", "m"): better})]
    )
    assert [(row.p_holm == row.p, row.verdict) for row in rows] == [(True, ""), (True, "better")]
    assert rows[0].p == 1.0


def test_the_questions_that_moved_most_come_first_and_ties_by_id():
    questions = [LabelledQuestion(name, f"{name}?", {}) for name in "abcd"]
    old = {
        ("fused_hits", "nDCG@10"): dict.fromkeys("abcd", 0.5),
        ("reranked_hits", "nDCG@10"): dict.fromkeys("abcd", 0.5),
    }
    new = old | {("reranked_hits", "nDCG@10"): {"a": 0.5, "b": 0.4, "c": 0.9, "d": 0.6}}
    moved = comparison.moved(old, new, questions)
    assert [(item["id"], item["node"]) for item in moved] == [
        ("c", "reranked_hits"),
        ("b", "reranked_hits"),
        ("d", "reranked_hits"),
    ]
    assert comparison.moved(old, old, questions) == []


def test_nodes_before_the_first_difference_are_computed_once(tmp_path, rag, monkeypatch):
    folder, encoded = sample_collection(tmp_path / "ferry"), []
    comparison.compare_collections(
        [folder], rag.settings, rag.settings
    )  # the corpus is stored from here on
    encode = OnnxMiniLM.encode
    monkeypatch.setattr(
        OnnxMiniLM, "encode", lambda self, texts: encoded.extend(texts) or encode(self, texts)
    )
    settings = rag.settings.model_copy(update={"keyword": "ts_rank", "generation": "extractive"})
    report = comparison.compare_collections(
        [folder], rag.settings, settings, comparison.run.Selection(answers=False)
    )
    assert len(encoded) == len(set(encoded)) >= 20
    rows = {(row["node"], row["measure"]): row for row in report["collections"]["ferry"]["rows"]}
    assert rows["semantic_hits", "nDCG@10"]["ties"] == 16
    assert rows["keyword_hits", "nDCG@10"]["ties"] < 16


def test_a_setting_compared_with_itself_differs_nowhere(tmp_path, data_dir, monkeypatch, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    folder = sample_collection(tmp_path / "ferry")
    assert (
        main(
            [
                "compare",
                str(folder),
                "--set",
                "reranking=off",
                "--gate",
                "--json",
                str(tmp_path / "c.json"),
            ]
        )
        == 0
    )
    assert "no difference" in capsys.readouterr().out
    report = json.loads((tmp_path / "c.json").read_text())
    assert {
        row["ties"] == row["queries"] and row["p"] == 1.0
        for row in report["collections"]["ferry"]["rows"]
    } == {True}
    assert {"answer", "context", "fused_hits"} <= {
        row["node"] for row in report["collections"]["ferry"]["rows"]
    }
    assert report["baseline"] == report["candidate"] and report["version"] == 1


def test_the_gate_is_shut_by_a_candidate_that_is_worse(tmp_path, data_dir, monkeypatch, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    folder = sample_collection(tmp_path / "ferry")
    arguments = [
        "compare",
        str(folder),
        "--set",
        "reranking=off",
        "--no-answers",
        "--candidate",
        "token_budget=50",
    ]
    assert main(arguments) == 0
    assert "worse" in capsys.readouterr().out
    assert main([*arguments, "--gate", "fused_hits"]) == 0
    assert main([*arguments, "--gate", "context"]) == 1
    assert "gate: significantly worse: ferry: context Recall@20 -0." in capsys.readouterr().err
    assert main([*arguments, "--gate"]) == 1
    assert main([*arguments, "--gate", "nonsense"]) == 2


def test_the_markdown_table_has_a_line_per_collection_and_bold_where_it_is_sure():
    row = {
        "measure": "nDCG@10",
        "queries": 30,
        "baseline": 0.5,
        "candidate": 0.25,
        "wins": 1,
        "losses": 9,
        "verdict": "worse",
    }
    rows = [
        {**row, "node": "keyword_hits"},
        {**row, "node": "fused_hits", "verdict": ""},
        {**row, "node": "semantic_hits", "wins": 0, "losses": 0},
    ]
    lines = markdown({"collections": {"one": {"rows": rows}}}).splitlines()
    assert (
        lines[0]
        == "| collection | questions | semantic_hits | keyword_hits | fused_hits | linked_hits | reranked_hits | context |"
    )
    assert lines[2] == "| one | 30 | 0.250 | 0.500 → **0.250** | 0.500 → 0.250 |  |  |  |"


def test_a_wrong_setting_is_named(tmp_path, capsys):
    assert (
        main(["compare", str(sample_collection(tmp_path / "ferry")), "--candidate", "keyword=bm26"])
        == 2
    )
    assert "HEADRACE_KEYWORD" in capsys.readouterr().err


def test_the_evaluations_dataflow_can_be_looked_at(capsys):
    assert main(["graph", "--evaluation"]) == 0
    drawn = capsys.readouterr().out
    assert "folder([folder])" in drawn and "traces --> waterfall" in drawn


def test_settings_of_other_models_share_nothing():
    settings = load_settings(reranking="off")
    assert comparison._caches(settings, settings.model_copy(update={"reranker": "another"})) == (
        False,
        False,
    )
    first, second = comparison._caches(settings, settings)
    assert first.result_store is second.result_store
