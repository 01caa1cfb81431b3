"""Late interaction: what it scores, and with which encoders."""

from collections.abc import Sequence

import numpy as np
import pytest

from headrace import Pipeline
from headrace.errors import ModelError
from headrace.resources.models.late_interaction import LateInteraction
from support.half_encoder import HALF, HalfEncoder


class WordEncoder:
    """A word is a piece, and letters are places on a circle.

    a is at 0 degrees, b at 90, c at 53.
    """

    name = "letters"
    dimension = 2
    max_tokens = 9
    tokenizer = None
    places = {"a": (1.0, 0.0), "b": (0.0, 1.0), "c": (0.6, 0.8)}

    def token_vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        found = []
        for text in texts:
            places = [self.places[word] for word in text.split()]
            found.append(np.array(places, np.float32).reshape(-1, 2))
        return found

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        raise AssertionError("late interaction compares word pieces, not texts")

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def test_each_piece_of_the_question_counts_with_its_nearest_of_the_text():
    scores = LateInteraction(WordEncoder(), 2).score("a b", ["a", "b c", "b a", ""])
    assert scores.tolist() == pytest.approx([(1 + 0) / 2, (0.6 + 1) / 2, 1, -1])


def test_a_question_without_a_piece_says_nothing_of_any_text():
    assert LateInteraction(WordEncoder(), 2).score("", ["a", "b"]).tolist() == [0.0, 0.0]


def test_an_encoder_without_vectors_of_word_pieces_is_refused_by_name(rag):
    with pytest.raises(ModelError) as error:
        LateInteraction(HalfEncoder(rag.encoder))
    assert f"the encoder {HALF} has no vectors of word pieces" in str(error.value)
    assert "set reranking to cross_encoder or off" in str(error.value)


def test_the_bundled_encoder_tells_the_vectors_of_its_word_pieces(rag):
    encoder = rag.encoder
    texts = ["A headrace feeds a turbine.", "water " * 900, ""]
    vectors, long, empty = encoder.token_vectors(texts)
    assert vectors.shape == (encoder.count_tokens(texts[0]), 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(vectors)), abs=1e-5)
    assert long.shape == (254, 384)
    assert empty.shape == (0, 384)


def test_late_interaction_ranks_what_the_searches_found(rag, returns):
    late = Pipeline(
        rag.settings.model_copy(
            update={"reranking": "late_interaction", "rerank_deadline_s": 60.0}
        ),
        rag.encoder,
        rag.database,
    )
    found = late.run(
        ["linked_hits", "rerank_scores", "reranked_hits"],
        question="How long does the warranty last?",
        tenant=returns,
    )
    scores = found["rerank_scores"]
    assert scores.note is None
    assert len(scores.logits) == min(len(found["linked_hits"]), 20)
    assert None not in scores.logits
    assert {hit.arm for hit in found["reranked_hits"]} == {"reranked"}
    assert "warranty" in found["reranked_hits"][0].chunk.text.lower()
