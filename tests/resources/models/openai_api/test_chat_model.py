"""A language model behind OpenAI's API: what it is sent, what its answer becomes."""

import pickle
import subprocess
import sys
from contextlib import closing

import pytest
from pydantic import SecretStr

from headrace.errors import GenerationError
from headrace.resources.models.openai_api.chat_model import OpenAIModel
from headrace.types import CitedText, Prompt
from support.language_model_parts import PROMPT, assert_nothing_runs, ignore, text_of
from support.openai_server import KEY, MODEL, ChatReply
from support.places import ROOT


def parts_of(completion) -> list[tuple[str, list[tuple[int, int, int]]]]:
    parts = []
    for part in completion.parts:
        places = [(place.passage, place.first, place.last) for place in part.ranges]
        parts.append((part.text, places))
    return parts


def test_words_around_an_object_are_left_out(answered):
    reply = ChatReply('Here it is:\n```json\n{"a": {"b": 1}}\n```')
    _, completion = answered(reply, prompt=Prompt("Read.", (), "What?", schema={"type": "object"}))
    assert [part.text for part in completion.parts] == ['{"a": {"b": 1}}']


@pytest.mark.parametrize("streams", [True, False])
def test_text_comes_piece_by_piece_and_each_citation_where_it_stands(answered, streams):
    text = "A headrace feeds it [1]. Water leaves, too [3][2]."
    said, completion = answered(ChatReply(text, streams=streams))
    assert parts_of(completion) == [
        ("A headrace feeds it", [(0, 0, 1)]),
        (".", []),
        (" Water leaves, too", [(1, 0, 1), (0, 1, 2)]),
        (".", []),
    ]
    assert text_of(said) == "A headrace feeds it. Water leaves, too."
    assert [item for item in said if isinstance(item, CitedText)] == list(completion.parts)
    assert completion.usage == {"input_tokens": 1000, "output_tokens": 200}
    assert (completion.model, completion.stop_reason) == (MODEL, "stop")


def test_a_citation_speaks_for_its_own_sentence_and_not_for_those_before_it(answered):
    text = 'Age\nIt is old. It "feeds!" it: yes.\n- So [1]\n\u6c34\u8def\u3002\u6c34 [2]'
    _, completion = answered(ChatReply(text))
    assert [(part.text, bool(part.ranges)) for part in completion.parts] == [
        ("Age", False),
        ("\nIt is old.", False),
        (' It "feeds!"', False),
        (" it:", False),
        (" yes.", False),
        ("\n- So", True),
        ("\n\u6c34\u8def\u3002", False),
        ("\u6c34", True),
    ]


def test_thoughts_before_the_answer_are_left_out(answered):
    said, _ = answered(ChatReply("\n<think>Well [1]. So </think>\n\nThe headrace [1]."))
    assert text_of(said) == "The headrace."


@pytest.mark.parametrize("text", ["<thin ice>", "<", "a <think>"])
def test_what_only_begins_like_a_thought_is_said(answered, text):
    assert text_of(answered(ChatReply(text))[0]) == text


def test_the_rules_say_how_to_cite_and_the_passages_stand_before_the_question(serve):
    server = serve(ChatReply())
    prompt = Prompt("Rules.", PROMPT.passages, "What?", history=("Who?", "", "Why?", "So [1][2]."))
    with closing(OpenAIModel(MODEL, url=server.address, max_output_tokens=99)) as model:
        model.complete(prompt, ignore, ignore)
    body = server.requests[0].body
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["system", "user", "user", "assistant", "user"]
    rules = body["messages"][0]["content"]
    assert rules.startswith("Rules.\n- Each sentence")
    assert "After each sentence that you write, put the numbers" in rules
    assert body["messages"][3]["content"] == "So."
    asked = body["messages"][-1]["content"]
    assert asked.endswith("[3] Water leaves by the tailrace.\n</search_result>\n\nWhat?")
    assert (body["model"], body["stream"], body["max_tokens"]) == (MODEL, True, 99)
    assert body["stream_options"] == {"include_usage": True}


def test_with_a_schema_the_reply_is_asked_for_in_that_form_and_brackets_are_text(serve):
    server = serve(ChatReply('{"numbers": [1]}'))
    schema = {"type": "object"}
    with closing(OpenAIModel(MODEL, url=server.address)) as model:
        completion = model.complete(Prompt("Read.", (), "What?", schema=schema), ignore, ignore)
    body = server.requests[0].body
    assert body["response_format"]["json_schema"]["schema"] == schema
    assert '{"type": "object"}' in body["messages"][0]["content"]
    assert "".join(part.text for part in completion.parts) == '{"numbers": [1]}'


def test_what_it_costs_is_known_by_the_price_of_the_model(answered):
    prices = {MODEL: (1.0, 5.0)}
    assert answered(ChatReply(), prices=prices)[1].cost_usd == pytest.approx(0.002)
    assert answered(ChatReply())[1].cost_usd is None


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": 3}, {"total_tokens": 3}])
def test_a_service_that_does_not_count_tokens_has_no_usage(answered, usage):
    completion = answered(ChatReply(usage=usage), prices={MODEL: (1.0, 5.0)})[1]
    assert (completion.usage, completion.cost_usd) == ({}, None)


def test_an_answer_cut_at_its_longest_says_so_in_the_words_of_the_others(answered):
    assert answered(ChatReply(finish_reason="length"))[1].stop_reason == "max_tokens"


# --------------------------------------------------------------------------- the key


def test_the_key_of_the_setting_is_sent_and_no_other(serve, environment):
    environment.setenv("OPENAI_API_KEY", "key-of-openai")
    server = serve(ChatReply())
    for key in (SecretStr(KEY), None):
        with closing(OpenAIModel(MODEL, url=server.address, key=key)) as model:
            model.complete(PROMPT, ignore, ignore)
    first, second = server.requests
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert second.headers["authorization"] == "Bearer none"
    assert "key-of-openai" not in str(second.headers)


def test_openais_own_variables_are_used_together(serve, environment):
    server = serve(ChatReply())
    environment.setenv("OPENAI_BASE_URL", server.address)
    environment.setenv("OPENAI_API_KEY", "key-of-openai")
    with closing(OpenAIModel(MODEL)) as model:
        model.complete(PROMPT, ignore, ignore)
    assert server.requests[0].headers["authorization"] == "Bearer key-of-openai"


def test_without_a_key_openai_is_not_asked(environment):
    with closing(OpenAIModel(MODEL)) as model, pytest.raises(GenerationError) as raised:
        model.complete(PROMPT, ignore, ignore)
    assert "set OPENAI_API_KEY, or HEADRACE_LANGUAGE_MODEL_URL" in str(raised.value)


def test_without_the_sdk_the_error_says_what_to_install(serve, environment):
    environment.setitem(sys.modules, "openai", None)
    from headrace.resources.models import connections

    connections.sdk.cache_clear()
    server = serve(ChatReply())
    model = OpenAIModel(MODEL, url=server.address)
    with pytest.raises(GenerationError, match=r"pip install 'headrace\[openai\]'"):
        model.complete(PROMPT, ignore, ignore)


# ------------------------------------------------------------------------- connections


def test_questions_one_after_the_other_use_one_connection(serve):
    server = serve(ChatReply(), keeps_connections=True)
    with closing(OpenAIModel(MODEL, url=server.address)) as model:
        for _ in range(3):
            model.complete(PROMPT, ignore, ignore)
    assert (len(server.requests), server.connections) == (3, 1)
    assert_nothing_runs()


def test_a_model_can_be_sent_to_another_process(serve):
    server = serve(ChatReply())
    sent = OpenAIModel(MODEL, url=server.address, timeout_s=9.0)
    with closing(pickle.loads(pickle.dumps(sent))) as model:
        assert model.timeout_s == 9.0
        assert model.complete(PROMPT, ignore, ignore).stop_reason == "stop"


def test_the_sdk_is_not_imported_before_the_first_question():
    code = (
        "import sys; from headrace.resources.models.loading import Models;"
        "from headrace.settings import load_settings;"
        "Models(load_settings(generation='openai', language_model='m')).language_model;"
        "sys.exit('openai' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
