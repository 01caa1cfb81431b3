"""The whole dataflow against a server that speaks OpenAI's API, and misbehaves."""

import json
from contextlib import contextmanager
from typing import Any

import pytest

from headrace import CitationEvent, Document, Pipeline, ResetEvent, TextEvent
from headrace.drivers import decided
from headrace.errors import SettingsError
from headrace.settings import load_settings
from support.messages_server import Cut, Fails, Hang, Malformed, Stall, Status
from support.openai_server import MODEL, ChatReply, numbered, openai_server, quote_first_sentence
from support.own_parts import ANALYSIS
from support.warranty import QUESTION

REPLY = ChatReply()
FAULTS = [
    Status(500),
    Status(429, retry_after_s=60),
    Hang(),
    Stall(after=3, reply=REPLY),
    Cut(after=3, reply=REPLY),
    Malformed(after=3, reply=REPLY),
    Fails(after=3, reply=REPLY),
    ChatReply(""),
    ChatReply("No.", finish_reason="content_filter"),
    ChatReply("", refusal="Harmful."),
]


@pytest.fixture
def asked(data_dir, rag, returns, monkeypatch):
    """Asks the warranty question of a service with the given behaviours."""
    monkeypatch.setenv("NO_PROXY", "*")

    @contextmanager
    def opened(server, **choices):
        settings: dict[str, Any] = {"reranking": "off", "generation": "openai"}
        settings |= {"language_model": MODEL, "language_model_url": server.address, **choices}
        with Pipeline.open(data_dir=data_dir, **settings) as written:
            yield written

    def ask(*behaviours, tenant=returns, documents=(), **choices):
        with openai_server(behaviours) as server, opened(server, **choices) as written:
            if documents:
                written.ingest(documents, tenant)
            events = list(written.stream(QUESTION, tenant))
        return events, server.requests

    return ask


def assert_streamed_as_answered(events: list) -> Any:
    """What was streamed and not withdrawn is the answer, with its citations."""
    *streamed, answer = events
    resets = [place for place, one in enumerate(streamed, start=1) if isinstance(one, ResetEvent)]
    kept = streamed[max(resets, default=0) :]
    assert "".join(one.text for one in kept if isinstance(one, TextEvent)) == answer.text
    citations = [one.citation for one in kept if isinstance(one, CitationEvent)]
    assert tuple(citations) == answer.citations
    return answer


def test_the_answer_is_written_cited_streamed_and_verified(asked):
    events, requests = asked(quote_first_sentence, prices={MODEL: (1.0, 5.0)})
    answer = assert_streamed_as_answered(events)
    assert answer.answered and answer.degraded == () and answer.unsupported == ()
    assert answer.text == "The warranty lasts two years. [1]"
    (citation,) = answer.citations
    assert citation.quote == "The warranty lasts two years."
    assert (answer.settings["generation"], answer.settings["language_model"]) == ("openai", MODEL)
    assert answer.usage["input_tokens"] == 1000 and answer.cost_usd == pytest.approx(0.002)
    assert len(requests) == 1


def test_a_service_that_does_not_stream_is_answered_from_too(asked):
    def whole(body):
        return ChatReply(quote_first_sentence(body).text, streams=False)

    assert assert_streamed_as_answered(asked(whole)[0]).citations


def test_what_is_not_in_the_passages_is_not_cited_and_what_is_not_cited_is_flagged(asked):
    text = "The warranty lasts two years [1]. It is renewed [99]. It is free."
    answer = assert_streamed_as_answered(asked(ChatReply(text))[0])
    assert len(answer.citations) == 1
    assert "1 citation could not be verified" in answer.degraded[-1].text
    assert [one.sentence for one in answer.unsupported] == ["It is renewed.", "It is free."]


def test_an_answer_that_says_another_number_than_it_cites_is_flagged(asked):
    answer = asked(ChatReply("The warranty lasts three years [1]."))[0][-1]
    (unsupported,) = answer.unsupported
    assert 'what it cites says "two years"' in unsupported.reason


def test_an_answer_without_citations_is_flagged_as_a_whole(asked):
    answer = asked(ChatReply("Two years. Or three."))[0][-1]
    assert answer.citations == ()
    assert [one.sentence for one in answer.unsupported] == ["Two years.", "Or three."]


def test_the_model_may_find_no_answer(asked):
    answer = assert_streamed_as_answered(asked(ChatReply("NO_ANSWER"))[0])
    assert not answer.answered and answer.text == ""
    assert answer.reason == "the language model found no answer"


def test_numbers_in_a_document_are_not_citations(asked, tenant):
    text = "The warranty lasts two years [7]. It covers [1] faults of the pump.\n"
    document = Document("t", "Terms", text, "t.md")
    events, requests = asked(quote_first_sentence, tenant=f"{tenant}-numbers", documents=[document])
    assert numbered(requests[0].body)[1] == "The warranty lasts two years (7)."
    (citation,) = events[-1].citations
    assert citation.quote == "The warranty lasts two years [7]."


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_gives_the_extractive_answer_and_says_why(asked, fault):
    events, _ = asked(fault, generation_timeout_s=1)
    answer = assert_streamed_as_answered(events)
    assert answer.text.startswith("The warranty lasts two years.")
    assert answer.citations and answer.unsupported == ()
    (note,) = answer.degraded
    assert note.stage == "generate" and note.text.startswith(f"{MODEL} gave no answer")
    assert note.is_passing


def test_an_answer_cut_at_its_longest_is_shown_and_says_so(asked):
    answer = asked(ChatReply("Two years [1], and", finish_reason="length"))[0][-1]
    assert answer.text == "Two years [1], and"
    assert "cut (max_tokens)" in answer.degraded[-1].text


def test_the_same_model_reads_the_question(asked):
    def behave(body):
        if "response_format" not in body:
            return quote_first_sentence(body)
        reading = ANALYSIS | {"standalone": "How long is the warranty of the pump?"}
        return ChatReply(json.dumps(reading))

    events, requests = asked(behave, understanding="llm", prices={MODEL: (1.0, 5.0)})
    assert events[-1].answered and events[-1].degraded == ()
    assert [len(one.body["messages"]) for one in requests] == [2, 2]
    assert events[-1].usage["input_tokens"] == 2000


def test_rules_read_the_question_where_the_model_cannot(asked):
    answer = asked(Status(500), analysis_timeout_s=0.5, understanding="llm")[0][-1]
    assert [note.stage for note in answer.degraded] == ["understanding", "generate"]
    assert answer.citations


# ------------------------------------------------------------------------- who writes


def test_an_address_alone_chooses_the_service(asked):
    events, requests = asked(quote_first_sentence, generation="auto")
    assert events[-1].settings["generation"] == "openai" and len(requests) == 1


def test_anthropic_stays_the_default_where_its_key_is_set(monkeypatch):
    settings = load_settings(language_model_url="http://127.0.0.1:9/v1")
    assert decided(settings).generation == "openai"
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")
    assert decided(settings).generation == "anthropic"
    assert decided(load_settings(generation="openai")).generation == "openai"


@pytest.mark.parametrize(
    "choices",
    [
        {"generation": "openai"},
        {"language_model_url": "http://127.0.0.1:9/v1"},
        {
            "language_model_url": "http://127.0.0.1:9/v1",
            "generation": "extractive",
            "understanding": "llm",
        },
    ],
)
def test_a_service_whose_model_has_no_name_is_refused_at_the_start(data_dir, choices):
    with pytest.raises(SettingsError, match="set HEADRACE_LANGUAGE_MODEL to the name"):
        Pipeline.open(data_dir=data_dir, reranking="off", **choices)


def test_a_models_name_may_look_like_a_factory(asked):
    events, requests = asked(quote_first_sentence, language_model="llama3:instruct")
    assert events[-1].citations and requests[0].body["model"] == "llama3:instruct"
