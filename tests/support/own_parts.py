"""Parts of a user's own, small and real: each has one plain attribute to change."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from headrace.types import CitedText, Completion, Encoder, Prompt

ANALYSIS = {"standalone": "", "typos": [], "expansions": [], "filters": [], "sub_questions": []}


class TurnedEncoder:
    """Another encoder's vectors times `sign`, under its name."""

    def __init__(self, inner: Encoder, sign: float):
        self.name = inner.name
        self.dimension = inner.dimension
        self.max_tokens = inner.max_tokens
        self.tokenizer = inner.tokenizer
        self.sign = sign
        self._inner = inner

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return self._inner.encode(texts) * np.float32(self.sign)

    def count_tokens(self, text: str) -> int:
        return self._inner.count_tokens(text)


class OrderReranker:
    """Scores texts by their place times `direction`: -1 keeps the order, 1 turns it."""

    name = "order"

    def __init__(self, direction: int):
        self.direction = direction

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        return self.direction * np.arange(len(texts), dtype=np.float32)


class TurningReranker(OrderReranker):
    """Turns the order whatever its direction; its name is that of the other class."""

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        return np.arange(len(texts), dtype=np.float32)


class SayingModel:
    """A language model that answers `text`, and reads any question as `standalone`."""

    name = "saying"

    def __init__(self, text: str = "Yes.", standalone: str = ""):
        self.text = text
        self.standalone = standalone

    def complete(
        self,
        prompt: Prompt,
        on_text: Callable[[str], None],
        on_part: Callable[[CitedText], None],
    ) -> Completion:
        text = self.text
        if prompt.schema is not None:
            text = json.dumps({**ANALYSIS, "standalone": self.standalone})
        part = CitedText(text)
        on_text(text)
        on_part(part)
        return Completion((part,), self.name, "end_turn", {}, 0.0)


class WordCounter:
    """Counts each word as `tokens` tokens."""

    def __init__(self, tokens: int):
        self.tokens = tokens

    def count(self, text: str) -> int:
        return self.tokens * len(text.split())


def own(**parts: Any) -> dict[str, Any]:
    """Choices for `Pipeline.open` that need no other model."""
    return {"reranking": "off", "generation": "extractive", **parts}
