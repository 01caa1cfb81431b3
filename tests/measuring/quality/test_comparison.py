"""Two settings compared: rows and questions by hand, and run.py compare."""

import json

import pytest

from headrace.commands import main
from headrace.commands.compare import markdown
from headrace.measuring.quality import comparison
from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.measuring.quality.run import Selection
from headrace.resources.models.encoders import minilm

FUSED = ("fused_hits", "nDCG@10")
RERANKED = ("reranked_hits", "nDCG@10")
CONTEXT = ("context", "nDCG@10")
VALUES = {"a": 0.2, "b": 0.5, "c": 1.0}


def test_rows_have_means_wins_and_losses_and_only_what_both_have():
    baseline = {FUSED: VALUES, ("answer", "citation_precision"): {"a": 1.0}}
    candidate = {
        FUSED: {"a": 0.4, "b": 0.1, "c": 1.0},
        ("answer", "citation_precision"): {"b": 1.0},
    }
    (row,) = comparison.rows([(baseline, candidate)])
    assert (row.node, row.measure, row.queries) == (*FUSED, 3)
    assert (row.baseline, row.candidate, row.difference) == pytest.approx((1.7 / 3, 0.5, -0.2 / 3))
    assert (row.wins, row.losses, row.ties, row.verdict) == (1, 1, 1, "")


def test_measures_that_do_not_differ_do_not_weigh_on_those_that_do():
    same = {f"q{number}": 0.5 for number in range(12)}
    better = dict.fromkeys(same, 0.9)
    pair = ({("a", "m"): same, ("b", "m"): same}, {("a", "m"): same, ("b", "m"): better})
    rows = comparison.rows([pair])
    assert [(row.p_holm == row.p, row.verdict) for row in rows] == [(True, ""), (True, "better")]
    assert rows[0].p == 1.0


def test_collections_count_alike_and_a_measure_that_one_lacks_is_left_out():
    first = {FUSED: {"a": 0.0}, CONTEXT: {"a": 0.5}}
    second = {FUSED: dict.fromkeys("abcd", 1.0)}
    (row,) = comparison.rows([(first, first), (second, second)])
    assert (row.node, row.queries, row.baseline) == ("fused_hits", 5, 0.5)


# ---------------------------------------------------------------------------
# the questions that moved most


def moved(baseline, candidate):
    questions = [LabelledQuestion(name, f"{name}?", {}) for name in "abcd"]
    found = comparison.moved(baseline, candidate, questions)
    return [(item["id"], item["node"]) for item in found]


def test_the_questions_that_moved_most_come_first_and_ties_by_id():
    old = {FUSED: dict.fromkeys("abcd", 0.5), RERANKED: dict.fromkeys("abcd", 0.5)}
    new = {**old, RERANKED: {"a": 0.5, "b": 0.4, "c": 0.9, "d": 0.6}}
    assert moved(old, new) == [
        ("c", "reranked_hits"),
        ("b", "reranked_hits"),
        ("d", "reranked_hits"),
    ]
    assert moved(old, old) == []


def test_questions_move_after_the_context_where_they_move_nowhere_else():
    old = {FUSED: dict.fromkeys("abcd", 0.5), CONTEXT: dict.fromkeys("abcd", 0.5)}
    in_context = {**old, CONTEXT: {**old[CONTEXT], "a": 0.0}}
    assert moved(old, in_context) == [("a", "context")]
    in_both = {**in_context, FUSED: {**old[FUSED], "b": 0.0}}
    assert moved(old, in_both) == [("b", "fused_hits")]


# ---------------------------------------------------------------------------
# from end to end


@pytest.fixture
def compare(data_dir, monkeypatch):
    """Runs run.py compare without reranking: its exit code."""
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))

    def run(folder, *arguments) -> int:
        return main(["compare", str(folder), "--set", "reranking=off", *arguments])

    return run


def test_nodes_before_the_first_difference_are_computed_once(sample, rag, monkeypatch):
    # The corpus is stored from here on.
    comparison.compare_collections([sample], rag.settings, rag.settings)
    encoded = []
    encode = minilm.encode
    monkeypatch.setattr(
        minilm, "encode", lambda self, texts: encoded.extend(texts) or encode(self, texts)
    )
    settings = rag.settings.model_copy(update={"keyword": "ts_rank", "generation": "extractive"})
    report = comparison.compare_collections(
        [sample], rag.settings, settings, Selection(answers=False)
    )
    questions = [text for text in encoded if text.endswith("?")]
    assert len(questions) == len(set(questions)) >= 16
    rows = {(row["node"], row["measure"]): row for row in report["collections"]["ferry"]["rows"]}
    assert rows["semantic_hits", "nDCG@10"]["ties"] == 16
    assert rows["keyword_hits", "nDCG@10"]["ties"] < 16


def test_settings_compared_with_themselves_differ_nowhere(sample, tmp_path, compare, capsys):
    path = tmp_path / "c.json"
    assert compare(sample, "--gate", "--json", str(path)) == 0
    assert "no difference" in capsys.readouterr().out
    report = json.loads(path.read_text())
    rows = report["collections"]["ferry"]["rows"]
    assert all(row["ties"] == row["queries"] and row["p"] == 1.0 for row in rows)
    assert {"answer", "context", "fused_hits"} <= {row["node"] for row in rows}
    assert report["baseline"] == report["candidate"]
    assert report["version"] == 1


def test_the_gate_is_shut_by_a_candidate_that_is_worse(sample, compare, capsys):
    arguments = ("--no-answers", "--candidate", "token_budget=50")
    assert compare(sample, *arguments, "--gate", "fused_hits") == 0
    assert "worse" in capsys.readouterr().out
    assert compare(sample, *arguments, "--gate", "context") == 1
    complaint = "gate: significantly worse: ferry: context Recall@20 -"
    assert complaint in capsys.readouterr().err


def test_the_gate_stands_after_a_node_that_is_measured(sample, compare, capsys):
    assert compare(sample, "--gate", "nonsense") == 2
    assert "nonsense" in capsys.readouterr().err


def test_a_wrong_setting_is_named(sample, compare, capsys):
    assert compare(sample, "--candidate", "keyword=bm26") == 2
    assert "keyword" in capsys.readouterr().err


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
        {**row, "node": "semantic_hits", "wins": 0, "losses": 0},
        {**row, "node": "keyword_hits"},
        {**row, "node": "boosted_hits", "verdict": ""},
    ]
    lines = markdown({"collections": {"one": {"rows": rows}}}).splitlines()
    assert lines[0] == "| collection | questions | semantic_hits | keyword_hits | boosted_hits |"
    assert lines[2] == "| one | 30 | 0.250 | 0.500 → **0.250** | 0.500 → 0.250 |"
