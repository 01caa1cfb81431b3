"""The whole dataflow against a real HTTP server that behaves, and misbehaves."""

from typing import Any

import pytest

from headrace import CitationEvent, Document, Pipeline, ResetEvent, TextEvent
from support.message_events import citation, location
from support.messages_server import (
    MODEL,
    Cut,
    Fails,
    Hang,
    Malformed,
    Reply,
    Stall,
    Status,
    answer_from_request,
    messages_server,
)
from support.warranty import QUESTION

FAULTS = [
    Status(529),
    Status(500),
    Status(429, retry_after_s=60),
    Hang(),
    Stall(after=4),
    Cut(after=4),
    Malformed(after=5),
    Fails(after=4),
    Reply(parts=()),
]


def name_of(fault: object) -> str:
    return f"{type(fault).__name__}{getattr(fault, 'status', '')}"


def since_the_last_reset(events: list) -> list:
    began = 0
    for place, event in enumerate(events, start=1):
        if isinstance(event, ResetEvent):
            began = place
    return events[began:]


def assert_streamed_as_answered(events: list) -> Any:
    """What was streamed and not withdrawn is the answer, with its citations."""
    *streamed, answer = events
    kept = since_the_last_reset(streamed)
    text = "".join(event.text for event in kept if isinstance(event, TextEvent))
    citations = [event.citation for event in kept if isinstance(event, CitationEvent)]
    assert text == answer.text
    assert tuple(citations) == answer.citations
    return answer


def assert_quoted_instead(events: list) -> None:
    """The answer quotes the documents word for word, and says what failed."""
    answer = assert_streamed_as_answered(events)
    assert answer.text.startswith("The warranty lasts two years.")
    assert answer.citations and answer.unsupported == ()
    (note,) = answer.degraded
    assert note.stage == "generate" and note.text.startswith("claude-haiku")
    assert note.is_passing


def test_with_a_key_the_answer_is_written_cited_and_streamed(asked):
    events, requests = asked(answer_from_request)
    answer = assert_streamed_as_answered(events)
    assert answer.answered and answer.citations
    assert answer.settings["generation"] == "anthropic"
    assert answer.settings["language_model"] == MODEL
    assert answer.degraded == ()
    assert answer.usage["input_tokens"] > 0 and answer.cost_usd > 0
    assert requests[0].body["model"] == MODEL


def test_a_citation_out_of_range_is_left_out_of_the_answer(asked):
    def reply(body):
        inside, outside = citation(body, 0, 0, 1), location(9, 0, 1, "nowhere")
        return Reply([("Two years.", [inside]), (" Ten.", [outside])])

    events, _ = asked(reply)
    answer = assert_streamed_as_answered(events)
    assert len(answer.citations) == 1
    assert "could not be verified" in answer.degraded[0].text
    assert [one.sentence for one in answer.unsupported] == ["Ten."]


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
def test_a_fault_of_the_service_gives_the_extractive_answer_and_says_why(asked, fault):
    events, _ = asked(fault, generation_timeout_s=1)
    assert_quoted_instead(events)


def test_a_service_that_is_not_there_gives_the_extractive_answer_and_says_why(
    monkeypatch, data_dir, returns
):
    with messages_server([]) as gone:
        environment = gone.environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with Pipeline.open(data_dir=data_dir, reranking="off", generation_timeout_s=1) as written:
        assert_quoted_instead(list(written.stream(QUESTION, returns)))


def test_an_answer_cut_at_its_longest_is_shown_and_says_so(asked):
    def reply(body):
        parts = [("Two years,", [citation(body, 0, 0, 1)]), (" and", [])]
        return Reply(parts, stop_reason="max_tokens")

    events, _ = asked(reply)
    assert events[-1].text == "Two years, [1] and"
    assert "cut (max_tokens)" in events[-1].degraded[0].text


def test_a_full_queue_is_waited_for_as_the_service_asks(asked):
    events, requests = asked(Status(429, retry_after_s=0.01), answer_from_request)
    assert len(requests) == 2
    assert events[-1].answered and events[-1].degraded == ()


def test_without_a_key_the_answer_is_extractive(rag, returns):
    settings = rag.ask(QUESTION, returns).settings
    assert settings["generation"] == "extractive"
    assert "language_model" not in settings


def test_anthropic_without_a_key_says_which_variable_to_set(data_dir, rag, returns):
    with Pipeline.open(data_dir=data_dir, reranking="off", generation="anthropic") as keyless:
        answer = keyless.ask(QUESTION, returns)
    assert answer.answered
    assert "ANTHROPIC_API_KEY" in answer.degraded[0].text


def test_a_model_whose_price_is_not_known_has_a_cost_of_null_and_a_note(asked):
    events, _ = asked(answer_from_request, language_model="claude-opus-9")
    answer = events[-1]
    assert answer.answered and answer.cost_usd is None
    (note,) = answer.degraded
    assert "claude-opus-9 in HEADRACE_PRICES" in note.text and not note.is_passing


def test_the_model_sees_title_headings_and_date_of_each_passage(served, tenant):
    text = "# Terms\n\n## Finland\n\nThe warranty of pumps lasts two years in Finland.\n"
    document = Document("t", "Terms", text, "t.md", {"updated": "2024-05-31"}, markup="markdown")
    with served(answer_from_request) as (written, server):
        written.ingest([document], tenant)
        answer = written.ask("How long does the warranty of pumps last in Finland?", tenant)
    assert answer.answered and answer.unsupported == ()
    (result, _) = server.requests[0].body["messages"][0]["content"]
    assert result["title"] == "Terms > Finland (2024-05-31)"


def test_an_answer_that_says_another_number_than_its_citation_is_flagged(asked):
    def reply(body):
        return Reply([("The warranty lasts three years.", [citation(body, 0, 0, 1)])])

    events, _ = asked(reply)
    (unsupported,) = events[-1].unsupported
    assert unsupported.sentence.startswith("The warranty lasts three years.")
    assert 'what it cites says "two years"' in unsupported.reason
    assert events[-1].answered and len(events[-1].citations) == 1
