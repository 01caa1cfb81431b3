"""A second encoder, made of the bundled one."""

import numpy as np

HALF = "half-minilm"


class HalfEncoder:
    """MiniLM seen through a random projection: 192 numbers that mean nothing to MiniLM's 384."""

    name, dimension = HALF, 192

    def __init__(self, inner, max_tokens: int = 256):
        self._inner, self.max_tokens, self.tokenizer = inner, max_tokens, inner.tokenizer
        self.encoded: list[str] = []
        self._projection = np.random.default_rng(7).normal(size=(384, 192)).astype(np.float32)

    def encode(self, texts):
        self.encoded += texts
        vectors = self._inner.encode(texts) @ self._projection
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def count_tokens(self, text):
        return self._inner.count_tokens(text)
