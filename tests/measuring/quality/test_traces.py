"""What is kept of a question that was asked for an evaluation: interruptions, and the file that a stopped evaluation goes on from."""

import pytest

from headrace.measuring.quality.collections import LabelledQuestion
from headrace.measuring.quality.spans import Span
from headrace.measuring.quality.traces import (
    RANKING_NODES,
    Quotation,
    Trace,
    append_trace,
    read_traces,
    trace_question,
)
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
    with pytest.raises(SystemExit, match="143"):
        trace_question(
            rag, LabelledQuestion("q", "who?", {"a": 1}), tenant, documents=1, answers=False
        )


def test_traces_survive_the_disk_and_a_cut_off_line(tmp_path):
    trace = Trace(
        "q",
        dict.fromkeys(RANKING_NODES, ("a", "b")),
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


def test_the_reranked_order_is_kept_whole_and_what_went_on_apart(rag, returns):
    one = Pipeline(
        rag.settings.model_copy(update={"reranking": "off", "answer_passages": 1}),
        rag.encoder,
        rag.database,
    )
    question = LabelledQuestion(
        "q", "How long does the warranty last, and when can I return an item?", {"warranty": 1}
    )
    trace = trace_question(one, question, returns, documents=3, answers=False)
    assert len(trace.passed) == 1 < len(trace.rankings["linked_hits"])
    assert trace.rankings["reranked_hits"] == trace.rankings["linked_hits"]
