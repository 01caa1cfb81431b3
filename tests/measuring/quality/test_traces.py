"""What is kept of a question: on its way through the graph, and on disk."""

import pytest

from headrace.errors import HeadraceError
from headrace.measuring.quality.labelled import LabelledQuestion
from headrace.measuring.quality.labelled.spans import Span
from headrace.measuring.quality.traces import Quotation, Trace, append_trace, read_traces
from headrace.measuring.quality.tracing import Tracer
from headrace.measuring.quality.understood import Understanding
from headrace.pipeline import Pipeline


def test_an_interruption_that_a_library_turned_into_its_own_error_ends_the_evaluation(
    rag, tenant, monkeypatch
):
    def interrupted(*_, **__):
        try:
            raise SystemExit(143)
        finally:
            assert tenant == "", "the connection was left half way"

    monkeypatch.setattr(Pipeline, "recorded_run", interrupted)
    question = LabelledQuestion("q", "who?", {"a": 1})
    with pytest.raises(SystemExit, match="143"):
        Tracer(rag, tenant, documents=1, answers=False).trace(question)


def test_a_question_that_fails_is_a_trace_with_the_error(rag, tenant):
    question = LabelledQuestion("q", "???", {})
    trace = Tracer(rag, tenant, documents=1, answers=False).trace(question)
    assert trace.error.startswith("QuestionError: ")
    assert trace.rankings == {}


def test_traces_survive_the_disk_and_a_cut_off_line(tmp_path):
    trace = Trace(
        "q",
        {"fused_hits": ("a", "b"), "context": ("a",)},
        understood=Understanding("x", filters=(("author", "ada", False),)),
        found=("a", "b"),
        stages_ms={"tenant_facts": 1.0},
        total_ms=2.0,
        context=(Span("a", 0, 3),),
        citations=(Quotation(Span("a", 0, 3), "One"),),
        answer="One [1]",
        usage={"n": 1},
    )
    path = tmp_path / "traces" / "t.jsonl"
    append_trace(path, trace)
    append_trace(path, Trace("failed", error="no"))
    with path.open("a") as file:
        file.write('{"query_id": "half')
    assert read_traces(path) == {"q": trace}
    append_trace(path, Trace("next"))
    assert read_traces(path) == {"q": trace, "next": Trace("next")}


def test_traces_that_cannot_be_written_are_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HeadraceError, match="writing the traces .* failed: .* kept: free disk"):
        append_trace(tmp_path / "file" / "t.jsonl", Trace("q"))


def test_the_reranked_order_is_kept_whole_and_what_went_on_is_kept_apart(rag, returns):
    settings = rag.settings.model_copy(update={"reranking": "off", "answer_passages": 1})
    one = Pipeline(settings, rag.encoder, rag.database)
    text = "How long does the warranty last, and when can I return an item?"
    question = LabelledQuestion("q", text, {"warranty": 1})
    trace = Tracer(one, returns, documents=3, answers=False).trace(question)
    assert len(trace.passed) == 1 < len(trace.rankings["linked_hits"])
    assert trace.rankings["reranked_hits"] == trace.rankings["linked_hits"]


def test_a_short_ranking_is_continued_by_a_search_for_more(rag, returns):
    few = Pipeline(
        rag.settings.model_copy(update={"candidate_count": 1}), rag.encoder, rag.database
    )
    question = LabelledQuestion("q", "What does the warranty cover?", {"warranty": 1})
    trace = Tracer(few, returns, documents=3, answers=False).trace(question)
    assert len(trace.found) < 3
    assert len(trace.rankings["semantic_hits"]) == len(trace.rankings["reranked_hits"]) == 3
