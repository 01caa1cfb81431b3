"""What the tests of language models share: a prompt, and asking it."""

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from headrace.errors import GenerationError
from headrace.resources.models.anthropic_model import AnthropicModel
from headrace.types import CitedText, Completion, Passage, Prompt, Sentence
from support.messages_server import MODEL

Said = list[str | CitedText]


def passage(
    *texts: str,
    title: str = "Hydraulics",
    source: str = "hydraulics.md",
    document_id: str = "d1",
) -> Passage:
    sentences = tuple(Sentence(text, 0, len(text), 1) for text in texts)
    return Passage(1, document_id, title, source, sentences)


PROMPT = Prompt(
    system="Answer from the search results.",
    passages=(
        passage("A headrace feeds a turbine.", "It is a channel."),
        passage("Water leaves by the tailrace.", title="Rivers", source="rivers.md"),
    ),
    question="What feeds a turbine?",
)


def answered(
    prompt: Prompt = PROMPT, name: str = MODEL, timeout_s: float = 30.0, **settings: Any
) -> tuple[Said, Completion]:
    """What was said, in order, and the completion."""
    said: Said = []
    with closing(AnthropicModel(name, timeout_s=timeout_s, **settings)) as model:
        return said, model.complete(prompt, said.append, said.append)


def failed(
    prompt: Prompt = PROMPT, name: str = MODEL, timeout_s: float = 30.0, **settings: Any
) -> tuple[Said, GenerationError]:
    """What was said, in order, before the error, and the error."""
    said: Said = []
    model = AnthropicModel(name, timeout_s=timeout_s, **settings)
    with closing(model), pytest.raises(GenerationError) as raised:
        model.complete(prompt, said.append, said.append)
    return said, raised.value


def text_of(said: Said) -> str:
    """The streamed text."""
    return "".join(item for item in said if isinstance(item, str))


def ignore(item: object) -> None:
    """A callback."""


def assert_nothing_runs() -> None:
    """No call has left a thread behind."""
    for thread in threading.enumerate():
        if thread.name == "language model":
            thread.join(5)
            assert not thread.is_alive()


def write_profile(
    home: Path, name: str, text: str = '{"authentication": {"type": "user_oauth"}}'
) -> Path:
    """Write a profile of the SDK's under `home`; returns the configuration's folder."""
    folder = home / ".config" / "anthropic" / "configs"
    folder.mkdir(parents=True)
    file = folder / f"{name}.json"
    file.write_text(text)
    file.chmod(0o600)
    return folder.parent
