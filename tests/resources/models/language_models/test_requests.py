"""What the language model sends, over real HTTP to a local server."""

import subprocess
import sys
from typing import get_args

import pytest

from headrace.setting_types import PRICES
from headrace.settings import load_settings
from headrace.types import Passage, Prompt, Sentence
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
        "thinking": {"type": "disabled"},
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


def test_the_title_of_a_search_result_has_the_headings_and_the_date_of_the_document(serve):
    server = serve(Reply())
    sentence = Sentence("It is paid within 14 days.", 0, 26, 1, headings=("Finland", "Refunds"))
    rules = Passage(1, "d", "Terms", "terms.md", (sentence,), "2024-05-31")
    answered(Prompt("", (rules,), "When?"))
    block = server.requests[0].body["messages"][0]["content"][0]
    assert block["title"] == "Terms > Finland > Refunds (2024-05-31)"


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


@pytest.mark.parametrize(("characters", "is_cached"), [(16_383, False), (16_384, True)])
def test_instructions_that_are_long_enough_are_cached_by_the_service(serve, characters, is_cached):
    server = serve(Reply())
    rules = "x" * characters
    answered(Prompt(rules, (), "What?"))
    block = {"type": "text", "text": rules, "cache_control": {"type": "ephemeral"}}
    assert server.requests[0].body["system"] == ([block] if is_cached else rules)


def test_a_model_that_always_thinks_is_not_told_not_to(serve):
    server = serve(Reply())
    answered(name="claude-opus-5-5")
    assert "thinking" not in server.requests[0].body


def test_the_key_of_the_environment_is_sent(serve):
    server = serve(Reply())
    answered()
    assert server.requests[0].headers["authorization"] == "Bearer test-key"


def test_the_sdk_is_not_imported_before_the_first_question(environment):
    code = (
        "import sys; from headrace.resources.models.anthropic_model import AnthropicModel;"
        "from headrace.resources.models.credentials import credentials_present;"
        "AnthropicModel('a'); credentials_present(); sys.exit('anthropic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_default_model_is_known_to_the_sdk_not_deprecated_and_has_a_price():
    from anthropic.resources.messages import DEPRECATED_MODELS
    from anthropic.types.model import Model

    known = set()
    for option in get_args(Model):
        known.update(get_args(option))
    name = load_settings().language_model
    assert name in known
    assert name not in DEPRECATED_MODELS
    assert name in PRICES
