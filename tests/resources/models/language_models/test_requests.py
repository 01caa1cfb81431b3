"""What the language model sends, over real HTTP to a local server."""

import subprocess
import sys
from typing import get_args

import pytest

from headrace.resources.models.anthropic_model import AnthropicModel
from headrace.types import Prompt
from support.language_model_parts import answered, passage
from support.messages_server import MODEL, Reply
from support.places import ROOT


def test_the_prompt_goes_as_search_results_with_one_block_per_sentence_then_the_question(serve):
    server = serve(Reply())
    answered(max_output_tokens=99)
    hydraulics = {
        "type": "search_result",
        "source": "hydraulics.md",
        "title": "Hydraulics",
        "content": [
            {"type": "text", "text": "A headrace feeds a turbine."},
            {"type": "text", "text": "It is a channel."},
        ],
        "citations": {"enabled": True},
    }
    rivers = {
        "type": "search_result",
        "source": "rivers.md",
        "title": "Rivers",
        "content": [{"type": "text", "text": "Water leaves by the tailrace."}],
        "citations": {"enabled": True},
    }
    question = {"type": "text", "text": "What feeds a turbine?"}
    assert server.requests[0].body == {
        "model": MODEL,
        "max_tokens": 99,
        "stream": True,
        "system": "Answer from the search results.",
        "messages": [{"role": "user", "content": [hydraulics, rivers, question]}],
    }


def test_earlier_turns_come_first_beginning_with_the_users_and_blank_ones_are_left_out(serve):
    server = serve(Reply())
    _, completion = answered(Prompt("", (), "And then?", history=("What?", "That.", "Why?", "")))
    assert completion.stop_reason == "end_turn"
    messages = server.requests[0].body["messages"]
    assert [(message["role"], message["content"]) for message in messages] == [
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
    _, completion = answered(Prompt("", (passage("Water.", **names),), "What?"))
    assert completion.stop_reason == "end_turn"
    block = server.requests[0].body["messages"][0]["content"][0]
    assert (block["source"], block["title"]) == sent


def test_the_key_of_the_environment_is_sent(serve):
    server = serve(Reply())
    answered()
    assert server.requests[0].headers["authorization"] == "Bearer test-key"


def test_the_sdk_is_not_imported_before_the_first_question(environment):
    code = (
        "import sys; from headrace.resources.models.anthropic_model import AnthropicModel;"
        "from headrace.resources.models.credentials import credentials_present;"
        "AnthropicModel(); credentials_present(); sys.exit('anthropic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_default_model_is_pinned_known_to_the_sdk_and_not_deprecated():
    from anthropic.resources.messages import DEPRECATED_MODELS
    from anthropic.types.model import Model

    known = set()
    for option in get_args(Model):
        known.update(get_args(option))
    name = AnthropicModel().name
    assert name in known
    assert name not in DEPRECATED_MODELS
    assert name.rpartition("-")[2].isdigit()
