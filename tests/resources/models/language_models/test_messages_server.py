"""The server of the tests refuses what the API refuses."""

import json
import urllib.error
import urllib.request

import pytest

from support.messages_server import Reply


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
