"""Reranking by late interaction, which needs no model but the encoder."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from headrace.errors import ModelError
from headrace.resources.models.pacing import PacedScorer
from headrace.types import Encoder, has_token_vectors, query_token_vectors


@dataclass(frozen=True)
class _Comparison:
    """A question's word-piece vectors, and the text to compare them with."""

    question: np.ndarray
    text: str

    def __len__(self) -> int:
        return len(self.text)


class LateInteraction(PacedScorer[_Comparison]):
    """Compares question and text word piece by word piece (MaxSim).

    Each word piece has the vector that the encoder computes before it takes the mean. A
    text's score is the mean, over the question's word pieces, of the cosine to the
    nearest one of the text: -1 for a text without word pieces, and 0 for a question
    without any.

    Source: Khattab & Zaharia, "ColBERT", SIGIR 2020; here the model is not trained for
    it.
    """

    def __init__(self, encoder: Encoder, threads: int = 0):
        """
        Args:
            encoder: one with `token_vectors`.
            threads: processor threads; 0: all cores.
        Raises ModelError when the encoder has no `token_vectors`.
        """
        if not has_token_vectors(encoder):
            raise ModelError(
                f"late interaction compares word pieces, and the encoder {encoder.name} has no "
                "vectors of word pieces (no token_vectors): set reranking to cross_encoder or "
                "off, or use an encoder with token_vectors, such as the bundled one"
            )
        super().__init__(f"late interaction of {encoder.name}", threads or os.cpu_count() or 1)
        self._encoder = encoder

    def _pieces(self, question: str, texts: Sequence[str]) -> Iterator[tuple[int, _Comparison]]:
        (vectors,) = query_token_vectors(self._encoder, [question])
        return enumerate(_Comparison(vectors, text) for text in texts)

    def _logits(self, piece: _Comparison) -> np.ndarray:
        (vectors,) = self._encoder.token_vectors([piece.text])
        cosines = piece.question @ vectors.T
        nearest = cosines.max(axis=1, initial=-1.0)
        return np.array([nearest.sum() / max(1, len(nearest))], np.float32)
