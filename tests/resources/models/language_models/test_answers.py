"""Claims about the language models, over real HTTP to a local server that speaks the Messages API."""

import asyncio
import json
import os
import pickle
import queue
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import GenerationError
from headrace.resources.models.anthropic_model import AnthropicModel, _sdk
from headrace.resources.models.credentials import credentials_present
from headrace.resources.models.deadlines import _arriving, background
from headrace.resources.models.message_streams import SearchResults
from headrace.types import CitedText, Passage, Prompt, Sentence, SentenceRange
from support.messages_server import (
    MODEL,
    Cut,
    Ends,
    Fails,
    Hang,
    Malformed,
    Reply,
    Stall,
    Status,
    Trickle,
    answer_from_request,
    citation,
    location,
    messages_server,
    search_results,
)
from support.places import ROOT


def passage(*texts, title="Hydraulics", source="hydraulics.md", document_id="d1"):
    return Passage(
        1, document_id, title, source, tuple(Sentence(text, 0, len(text), 1) for text in texts)
    )


PROMPT = Prompt(
    system="Answer from the search results.",
    passages=(
        passage("A headrace feeds a turbine.", "It is a channel."),
        passage("Water leaves by the tailrace.", title="Rivers", source="rivers.md"),
    ),
    question="What feeds a turbine?",
)


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """No credentials and no address but the test's own, whatever the machine has."""
    for name in [name for name in os.environ if name.startswith("ANTHROPIC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    return monkeypatch


@pytest.fixture
def serve(environment):
    """A function from behaviours to a running server that the environment points to."""
    running = []

    def start(*behaviours):
        running.append(messages_server(behaviours))
        server = running[-1].__enter__()
        for name, value in server.environment.items():
            environment.setenv(name, value)
        return server

    yield start
    for context in running:
        context.__exit__(None, None, None)


def ask(prompt=PROMPT, timeout_s=30.0, **settings):
    """What was said, in order, and the completion or the GenerationError."""
    said = []
    try:
        result = AnthropicModel(timeout_s=timeout_s, **settings).complete(
            prompt, said.append, said.append
        )
    except GenerationError as error:
        result = error
    return said, result


def texts(said):
    return [item for item in said if isinstance(item, str)]


# -------------------------------------------------------------------------------------------------------- the request


def test_the_prompt_goes_as_search_results_with_one_block_per_sentence_then_the_question(serve):
    server = serve(Reply())
    ask(max_output_tokens=99)
    blocks = [
        {
            "type": "search_result",
            "source": source,
            "title": title,
            "content": [{"type": "text", "text": text} for text in sentences],
            "citations": {"enabled": True},
        }
        for source, title, sentences in [
            ("hydraulics.md", "Hydraulics", ["A headrace feeds a turbine.", "It is a channel."]),
            ("rivers.md", "Rivers", ["Water leaves by the tailrace."]),
        ]
    ]
    assert server.requests[0].body == {
        "model": MODEL,
        "max_tokens": 99,
        "stream": True,
        "system": "Answer from the search results.",
        "messages": [
            {
                "role": "user",
                "content": [*blocks, {"type": "text", "text": "What feeds a turbine?"}],
            }
        ],
    }


def test_earlier_turns_come_first_beginning_with_the_users_and_blank_ones_are_left_out(serve):
    server = serve(Reply())
    said, completion = ask(Prompt("", (), "And then?", history=("What?", "That.", "Why?", "")))
    assert completion.stop_reason == "end_turn"
    assert [
        (message["role"], message["content"]) for message in server.requests[0].body["messages"]
    ] == [
        ("user", "What?"),
        ("assistant", "That."),
        ("user", "Why?"),
        ("user", [{"type": "text", "text": "And then?"}]),
    ]


@pytest.mark.parametrize(
    ("names", "sent"),
    [
        ({"title": " ", "source": "a.md", "document_id": "d"}, ("a.md", "a.md")),
        ({"title": "A", "source": "", "document_id": "d"}, ("d", "A")),
        ({"title": "", "source": "\n", "document_id": ""}, ("unknown", "untitled")),
    ],
)
def test_source_and_title_are_never_empty(serve, names, sent):
    server = serve(Reply())
    said, completion = ask(Prompt("", (passage("Water.", **names),), "What?"))
    assert completion.stop_reason == "end_turn"
    block = server.requests[0].body["messages"][0]["content"][0]
    assert (block["source"], block["title"]) == sent


def test_the_key_of_the_environment_is_sent(serve):
    server = serve(Reply())
    ask()
    assert server.requests[0].headers["authorization"] == "Bearer test-key"


# --------------------------------------------------------------------------------------------------------- the answer


def test_text_streams_in_pieces_and_each_finished_part_follows_its_text(serve):
    first = ("A headrace does,", [location(0, 0, 1, "A headrace feeds a turbine.")])
    serve(Reply(parts=[first, (" as they say.", [])]))
    said, completion = ask()
    cited = (SentenceRange(0, 0, 1, "A headrace feeds a turbine."),)
    parts = (CitedText("A headrace does,", cited), CitedText(" as they say."))
    assert said == ["A headrace d", "oes,", parts[0], " as they say", ".", parts[1]]
    assert completion.parts == parts


def test_a_part_keeps_all_its_citations_in_order(serve):
    serve(lambda body: Reply(parts=[("Both.", [citation(body, 1, 0, 1), citation(body, 0, 0, 2)])]))
    said, completion = ask()
    assert completion.parts[0].ranges == (
        SentenceRange(1, 0, 1, "Water leaves by the tailrace."),
        SentenceRange(0, 0, 2, "A headrace feeds a turbine.It is a channel."),
    )


def test_any_document_can_be_answered_from_by_its_first_sentence(serve):
    serve(answer_from_request)
    said, completion = ask()
    assert completion.parts == (
        CitedText(
            "A headrace feeds a turbine.", (SentenceRange(0, 0, 1, "A headrace feeds a turbine."),)
        ),
    )


def test_blank_sentences_are_not_sent_and_citations_still_find_theirs(serve):
    server = serve(lambda body: Reply(parts=[("So.", [citation(body, 1, 1, 3)])]))
    prompt = Prompt(
        "",
        (passage("Zero."), passage(" ", ""), passage("One.", "\n", "Two.", "", "Three.")),
        "What?",
    )
    said, completion = ask(prompt)
    sent = search_results(server.requests[0].body)
    assert [[text["text"] for text in block["content"]] for block in sent] == [
        ["Zero."],
        ["One.", "Two.", "Three."],
    ]
    assert completion.parts[0].ranges == (SentenceRange(2, 2, 5, "Two.Three."),)


@given(st.lists(st.lists(st.sampled_from(["", " ", "filled"]), max_size=5), max_size=5))
def test_whatever_is_blank_every_block_sent_leads_back_to_its_sentence(documents):
    passages = [
        passage(*[f"{p} {s}" if text.strip() else text for s, text in enumerate(texts)])
        for p, texts in enumerate(documents)
    ]
    results = SearchResults(passages)
    for result, block in enumerate(results.blocks()):
        for n, text in enumerate(block["content"]):
            found = results.sentence_range(SimpleNamespace(**location(result, n, n + 1, text["text"])))
            assert passages[found.passage].sentences[found.first].text == text["text"]
            assert found.last == found.first + 1


@pytest.mark.parametrize(
    ("claimed", "handed_over"),
    [
        ((7, 0, 1), (8, 0, 1)),
        ((0, 1, 9), (0, 2, 10)),
        ((0, 5, 2), (0, 6, 3)),
        ((-1, -2, 0), (-1, -2, 0)),
        ((1, 0, 0), (2, 0, 0)),
    ],
)
def test_ranges_outside_what_was_sent_are_handed_over_and_stay_outside(serve, claimed, handed_over):
    serve(Reply(parts=[("So.", [location(*claimed, "never said")])]))
    said, completion = ask(
        Prompt("", (passage("One.", "", "Two."), passage(" "), passage("Three.")), "What?")
    )
    assert completion.parts == (CitedText("So.", (SentenceRange(*handed_over, "never said"),)),)


def test_citations_of_anything_but_search_results_are_left_out(serve):
    other = {
        "type": "char_location",
        "cited_text": "x",
        "document_index": 0,
        "start_char_index": 0,
        "end_char_index": 1,
    }
    serve(Reply(parts=[("So.", [other])]))
    said, completion = ask()
    assert completion.parts == (CitedText("So."),)


def test_the_completion_says_which_model_answered_with_how_many_tokens_at_what_cost(serve):
    serve(Reply(usage={"input_tokens": 1000, "output_tokens": 200}))
    said, completion = ask()
    assert (completion.model, completion.stop_reason) == (MODEL, "end_turn")
    assert completion.usage == {"input_tokens": 1000, "output_tokens": 200}
    assert completion.cost_usd == pytest.approx(1000 * 1e-6 + 200 * 5e-6)


def test_cached_tokens_are_counted_only_when_there_are_any_and_cost_their_share(serve):
    cached = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 1000}
    serve(Reply(usage={"input_tokens": 10, "output_tokens": 1, **cached}))
    said, completion = ask(prices={MODEL: (2.0, 10.0)})
    assert completion.usage == {
        "input_tokens": 10,
        "output_tokens": 1,
        "cache_read_input_tokens": 1000,
    }
    assert completion.cost_usd == pytest.approx((10 + 100) * 2e-6 + 1 * 10e-6)


def test_without_a_known_price_the_cost_is_unknown_not_zero(serve):
    serve(Reply())
    said, completion = ask(name="some-model")
    assert completion.cost_usd is None


def test_an_answer_cut_at_max_tokens_is_an_answer_that_says_so(serve):
    serve(Reply(parts=[("A headrace fe", [])], stop_reason="max_tokens"))
    said, completion = ask()
    assert (completion.stop_reason, completion.parts) == (
        "max_tokens",
        (CitedText("A headrace fe"),),
    )


def test_one_model_answers_several_threads_at_once(serve):
    serve(answer_from_request)
    model, answers = AnthropicModel(), []
    prompts = [Prompt("", (passage(f"Fact {n}."),), "What?") for n in range(8)]
    threads = [
        threading.Thread(target=lambda p=p: answers.append(model.complete(p, str, repr)))
        for p in prompts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.parts[0].text for answer in answers) == [f"Fact {n}." for n in range(8)]


def test_a_model_can_be_pickled_for_another_process(serve):
    serve(Reply())
    model = pickle.loads(pickle.dumps(AnthropicModel()))
    assert model.complete(PROMPT, str, repr).stop_reason == "end_turn"


# --------------------------------------------------------------------------------------------------------- the faults


class Unclosed(Reply):
    """A message that stops, with a part that does not."""

    def events(self, model):
        return [event for event in super().events(model) if event["type"] != "content_block_stop"]


@pytest.mark.parametrize(
    ("behaviour", "words", "partial"),
    [
        (Status(400, "prompt is too long"), "400, prompt is too long; correct", ""),
        (Status(401), "401, said the test; check ANTHROPIC_API_KEY", ""),
        (Status(404), "404, said the test; check the model's name", ""),
        (Cut(after=0), "the connection broke off", ""),
        (Cut(after=4), "the connection broke off", "The headrace"),
        (Ends(after=0), "the stream ended before the answer did", ""),
        (Ends(after=4), "the stream ended before the answer did", "The headrace"),
        (Malformed(after=5), "cannot be read (JSONDecodeError", "The headrace feeds the t"),
        (Fails(after=2), "529, Overloaded; ask again in a minute", ""),
        (Fails(after=4), "529, Overloaded; ask again in a minute", "The headrace"),
        (
            Reply(stop_reason=None),
            "the stream ended before the answer did",
            "The headrace feeds the turbine.",
        ),
        (Unclosed(), "the stream ended before the answer did", "The headrace feeds the turbine."),
        (Reply(parts=()), "the model said nothing (stop reason end_turn)", ""),
        (
            Reply(parts=[(" ", [])], stop_reason="max_tokens"),
            "the model said nothing (stop reason max_tokens)",
            " ",
        ),
        (Reply(parts=(), stop_reason="refusal"), "the model declined; ask differently", ""),
        (
            Reply(
                stop_reason="refusal", stop_details={"type": "refusal", "explanation": "Harmful."}
            ),
            "the model declined (Harmful.); ask differently",
            "The headrace feeds the turbine.",
        ),
        (Reply(parts=[("So.", [location("one", 0, 1, "x")])]), "cannot be read (TypeError", "So."),
    ],
)
def test_a_fault_says_what_happened_and_what_had_arrived_and_is_not_tried_again(
    serve, behaviour, words, partial
):
    server = serve(behaviour, Reply())
    said, error = ask()
    assert f"asking {MODEL}: " in str(error)
    assert words in str(error)
    assert (error.partial_text, "".join(texts(said))) == (partial, partial)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_refusal_that_may_pass_is_tried_again_and_the_answer_comes_once(serve, status):
    server = serve(Status(status, retry_after_s=0.01), Status(status, retry_after_s=0.01), Reply())
    said, completion = ask()
    assert len(server.requests) == 3
    assert "".join(texts(said)) == "The headrace feeds the turbine."


@pytest.mark.parametrize(
    ("status", "advice"),
    [(429, "fewer questions at once"), (500, "in a minute"), (529, "in a minute")],
)
def test_a_refusal_that_stays_is_reported_after_the_retries(serve, status, advice):
    server = serve(Status(status, retry_after_s=0.01))
    said, error = ask()
    assert f"{status}, said the test and asks to wait 0.01 s" in str(error)
    assert advice in str(error)
    assert (len(server.requests), said, error.partial_text) == (3, [], "")


def test_no_retries_can_be_asked_for(serve):
    server = serve(Status(529))
    ask(max_retries=0)
    assert len(server.requests) == 1


def test_a_refused_connection_names_the_address_and_its_setting(environment):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    environment.setenv("ANTHROPIC_BASE_URL", f"http://someone:secret@127.0.0.1:{port}")
    environment.setenv("ANTHROPIC_API_KEY", "test-key")
    said, error = ask(max_retries=0)
    assert f"no connection to 127.0.0.1:{port}" in str(error)
    assert "check the network and ANTHROPIC_BASE_URL" in str(error)
    assert "secret" not in str(error)


def test_without_credentials_nothing_is_asked_and_the_variable_is_named(serve, environment):
    server = serve(Reply())
    environment.delenv("ANTHROPIC_API_KEY")
    said, error = ask()
    assert "set ANTHROPIC_API_KEY" in str(error)
    assert server.requests == []


def test_a_profile_that_cannot_be_used_is_a_generation_error(environment, tmp_path):
    write_profile(tmp_path, "work", "not json")
    environment.setenv("ANTHROPIC_PROFILE", "work")
    said, error = ask()
    assert "the credentials cannot be used" in str(error)


def test_what_a_callback_raises_comes_through_unchanged_and_ends_the_call(serve):
    serve(Stall(after=4))
    with pytest.raises(ZeroDivisionError):
        AnthropicModel().complete(PROMPT, lambda text: 1 / 0, repr)
    assert_nothing_runs()


def test_callbacks_run_in_the_thread_that_asked(serve):
    serve(Reply())
    threads = []

    def note(_):
        threads.append(threading.get_ident())

    AnthropicModel().complete(PROMPT, note, note)
    assert set(threads) == {threading.get_ident()}


def test_a_notebooks_running_event_loop_is_no_obstacle(serve):
    serve(Reply())

    async def cell():
        return ask()

    said, completion = asyncio.run(cell())
    assert completion.stop_reason == "end_turn"


# ------------------------------------------------------------------------------------------------------- the deadline


def assert_nothing_runs():
    for thread in [thread for thread in threading.enumerate() if thread.name == "language model"]:
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def imported_sdk():
    """For short deadlines, which do not count the import."""
    _sdk()


@pytest.mark.parametrize(
    ("behaviour", "partial"),
    [
        (Hang(), ""),
        (Hang(trickle=True), ""),
        (Stall(after=0), ""),
        (Stall(after=4), "The headrace"),
        (Trickle(after=4), "The headrace"),
    ],
)
def test_nothing_holds_a_call_past_its_deadline(serve, imported_sdk, behaviour, partial):
    serve(behaviour)
    start = time.monotonic()
    said, error = ask(timeout_s=0.4)
    assert 0.4 <= time.monotonic() - start < 2
    assert "no whole answer within 0.4 s; ask again, or raise timeout_s" in str(error)
    assert error.partial_text == partial
    assert_nothing_runs()


def test_not_even_a_name_lookup_that_never_returns_holds_a_call_past_its_deadline(
    environment, imported_sdk
):
    looked_up, release = threading.Event(), threading.Event()

    def getaddrinfo(*_, **__):
        looked_up.set()
        release.wait()
        raise OSError("too late")

    environment.setenv("ANTHROPIC_API_KEY", "test-key")
    environment.setenv("ANTHROPIC_BASE_URL", "http://nowhere.invalid")
    environment.setattr(socket, "getaddrinfo", getaddrinfo)
    start = time.monotonic()
    try:
        said, error = ask(timeout_s=0.4)
    finally:
        release.set()
    assert looked_up.is_set()
    assert "no whole answer within 0.4 s" in str(error)
    assert time.monotonic() - start < 2
    assert_nothing_runs()


def test_a_wait_that_would_pass_the_deadline_is_not_begun(serve):
    server = serve(Status(429, retry_after_s=3600))
    start = time.monotonic()
    said, error = ask()
    assert time.monotonic() - start < 10
    assert "429, said the test and asks to wait 3600 s" in str(error)
    assert len(server.requests) == 1


def test_a_deadline_that_passes_between_retries_says_what_the_service_last_answered(
    serve, imported_sdk
):
    serve(Status(529), Hang())
    said, error = ask(timeout_s=1.0)
    assert "no whole answer within 1 s (the service last answered 529)" in str(error)


def test_what_arrives_after_the_deadline_is_not_handed_on_however_much_it_is():
    items = queue.SimpleQueue()
    items.put("too late")
    assert [type(item) for item in _arriving(items, time.monotonic())] == [TimeoutError]


def test_work_that_cannot_even_be_cancelled_is_left_behind():
    release = threading.Event()

    async def work(put):
        put("one")
        release.wait()

    start = time.monotonic()
    with background(work, start + 0.2) as items:
        arrived = list(items)
    release.set()
    assert time.monotonic() - start < 2
    assert (arrived[0], type(arrived[1])) == ("one", TimeoutError)
    assert_nothing_runs()


# -------------------------------------------------------------------------------------------------------- credentials


def write_profile(home, name, text='{"authentication": {"type": "user_oauth"}}'):
    folder = home / ".config" / "anthropic" / "configs"
    folder.mkdir(parents=True)
    (folder / f"{name}.json").write_text(text)
    (folder / f"{name}.json").chmod(0o600)
    return folder.parent


FEDERATION = {"ANTHROPIC_FEDERATION_RULE_ID": "r", "ANTHROPIC_ORGANIZATION_ID": "o"}


@pytest.mark.parametrize(
    ("variables", "present"),
    [
        ({}, False),
        ({"ANTHROPIC_API_KEY": "k"}, True),
        ({"ANTHROPIC_API_KEY": ""}, False),
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, True),
        ({**FEDERATION, "ANTHROPIC_IDENTITY_TOKEN": "t"}, True),
        ({**FEDERATION, "ANTHROPIC_IDENTITY_TOKEN_FILE": "/f"}, True),
        (FEDERATION, False),
        ({"ANTHROPIC_CUSTOM_HEADERS": "X-Team: a\nX-Api-Key: k"}, True),
        ({"ANTHROPIC_CUSTOM_HEADERS": "X-Team: a\nAuthorization:"}, False),
        ({"ANTHROPIC_PROFILE": "missing"}, False),
    ],
)
def test_credentials_are_present_exactly_when_the_sdk_finds_some_in_the_environment(
    environment, variables, present
):
    for name, value in variables.items():
        environment.setenv(name, value)
    assert (credentials_present(), sdk_finds_credentials()) == (present, present)


@pytest.mark.parametrize(
    ("profile", "variables", "pointer", "present"),
    [
        ("default", {}, None, True),
        ("work", {}, None, False),
        ("work", {"ANTHROPIC_PROFILE": "work"}, None, True),
        ("work", {}, "work\n", True),
        ("default", {}, "work", False),
    ],
)
def test_credentials_are_present_exactly_when_the_sdk_finds_a_profile(
    environment, tmp_path, profile, variables, pointer, present
):
    folder = write_profile(tmp_path, profile)
    if pointer:
        (folder / "active_config").write_text(pointer)
    for name, value in variables.items():
        environment.setenv(name, value)
    assert (credentials_present(), sdk_finds_credentials()) == (present, present)


def test_the_folder_of_profiles_can_be_moved(environment, tmp_path):
    environment.setenv(
        "ANTHROPIC_CONFIG_DIR", str(write_profile(tmp_path / "elsewhere", "default"))
    )
    assert credentials_present() and sdk_finds_credentials()


def sdk_finds_credentials():
    """Whether the SDK itself would send a request: it refuses with TypeError, or CredentialsError for a bad profile."""
    import anthropic

    try:
        with anthropic.Anthropic() as client:
            client._build_headers(
                anthropic._models.FinalRequestOptions(method="post", url="/v1/messages")
            )
    except (TypeError, anthropic.CredentialsError):
        return False
    return True


def test_the_sdk_is_not_imported_before_the_first_question(environment):
    code = (
        "import sys; from headrace.resources.models.anthropic_model import AnthropicModel;"
        "from headrace.resources.models.credentials import credentials_present;"
        "AnthropicModel(); credentials_present(); sys.exit('anthropic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_default_model_is_pinned_known_to_the_sdk_and_not_deprecated():
    from typing import get_args

    from anthropic.resources.messages import DEPRECATED_MODELS
    from anthropic.types.model import Model

    known = {name for option in get_args(Model) for name in get_args(option)}
    name = AnthropicModel().name
    assert name in known and name not in DEPRECATED_MODELS and name.rpartition("-")[2].isdigit()


# --------------------------------------------------------------------------------------------- the server of the tests


def post(url, body, **headers):
    """Status and error message of a request made by hand."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data, {"x-api-key": "k", "anthropic-version": "2023-06-01", **headers}
    )
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["error"]["message"]


TEXT = {"type": "text", "text": "x"}
RESULT = {
    "type": "search_result",
    "source": "s",
    "title": "t",
    "content": [TEXT],
    "citations": {"enabled": True},
}
BODY = {
    "model": "m",
    "max_tokens": 1,
    "stream": True,
    "messages": [{"role": "user", "content": [RESULT, TEXT]}],
}


def user(*blocks):
    return {"messages": [{"role": "user", "content": list(blocks)}]}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"model": ""}, "model: Field required"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": []}, "messages: at least one"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages.0.content.0.text"),
        (user(), "messages.0: must have non-empty content"),
        (user({**TEXT, "text": "\n"}), "messages.0.content.0.text"),
        (user({**RESULT, "title": ""}), "messages.0.content.0.title"),
        (user({**RESULT, "source": ""}), "messages.0.content.0.source"),
        (user({**RESULT, "content": []}), "messages.0.content.0.content"),
        (
            user({**RESULT, "content": [TEXT, {**TEXT, "text": ""}]}),
            "messages.0.content.0.content.1.text",
        ),
        (user({**RESULT, "citations": True}), "messages.0.content.0.citations"),
        (
            user(RESULT, {**RESULT, "citations": {"enabled": False}}),
            "all search results or for none",
        ),
        ({"question": "x"}, "question: Extra inputs"),
    ],
)
def test_the_server_refuses_what_the_api_refuses(serve, change, complaint):
    status, message = post(f"{serve(Reply()).url}/v1/messages", {**BODY, **change})
    assert status == 400
    assert complaint in message


def test_the_server_takes_a_well_formed_request_and_wants_a_key_a_version_and_the_right_path(serve):
    url = f"{serve(Reply()).url}/v1/messages"
    assert post(url, BODY) == (200, "")
    assert post(url, BODY, **{"x-api-key": "", "authorization": "Bearer k"}) == (200, "")
    assert post(url, BODY, **{"x-api-key": ""})[0] == 401
    assert post(url, BODY, **{"anthropic-version": ""})[0] == 400
    assert post(url, b"{")[0] == 400
    assert post(f"{url}/other", BODY)[0] == 404
