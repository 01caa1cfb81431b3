"""A second encoder, made of the bundled one."""

from collections.abc import Sequence

import numpy as np

from headrace.types import Encoder

HALF = "half-minilm"


class HalfEncoder:
    """MiniLM seen through a random projection.

    Its 192 numbers mean nothing to MiniLM's 384.
    """

    name = HALF
    dimension = 192

    def __init__(self, inner: Encoder, max_tokens: int = 256):
        self.max_tokens = max_tokens
        self.tokenizer = inner.tokenizer
        self.encoded: list[str] = []
        self._inner = inner
        self._projection = np.random.default_rng(7).normal(size=(384, 192)).astype(np.float32)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        vectors = self._inner.encode(texts) @ self._projection
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def count_tokens(self, text: str) -> int:
        return self._inner.count_tokens(text)
