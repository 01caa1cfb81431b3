"""Chunks that were cut for one encoder, read by another that counts other tokens."""

import numpy as np
import pytest

from headrace.errors import ModelError
from headrace.ingest.reembedding import new_embeddings, texts_to_embed
from headrace.types import StoredText


class Words:
    """An encoder that reads ten words, and makes their lengths a vector."""

    name, dimension, max_tokens = "words", 3, 12
    tokenizer = None

    def encode(self, texts):
        rows = [[len(text), text.count("a"), 1] for text in texts]
        rows = np.array(rows, np.float32).reshape(-1, 3)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def count_tokens(self, text):
        return len(text.split())


def _chunk(words: int, title: str = "") -> StoredText:
    text = " ".join(f"word{number}" for number in range(words))
    return StoredText(1, "d", title, "", text)


def test_a_chunk_that_fits_is_read_whole():
    chunk = _chunk(10)
    assert texts_to_embed([chunk], Words()) == [[chunk.text]]


@pytest.mark.parametrize(("words", "parts"), [(11, 2), (20, 2), (21, 4), (38, 4)])
def test_a_longer_one_is_read_in_parts_that_fit_and_nothing_is_lost(words, parts):
    chunk = _chunk(words)
    (read,) = texts_to_embed([chunk], Words())
    assert len(read) == parts and " ".join(" ".join(read).split()) == chunk.text
    assert max(map(Words().count_tokens, read)) <= 10


def test_each_part_is_read_beneath_the_title():
    (read,) = texts_to_embed([_chunk(14, "Seals")], Words())
    assert len(read) == 2 and all(part.startswith("Seals\n") for part in read)


def test_its_vector_is_the_mean_of_those_of_its_parts():
    encoder = Words()
    vectors = new_embeddings([["a b"], ["aa", "bbb"], ["c"]], encoder)
    a, aa, b, c = encoder.encode(["a b", "aa", "bbb", "c"])
    mean = (aa + b) / np.linalg.norm(aa + b)
    np.testing.assert_allclose(vectors, [a, mean, c], atol=1e-6)
    assert vectors.dtype == np.float32
    assert new_embeddings([], encoder).shape[0] == 0


def test_one_that_four_parts_do_not_hold_is_refused_or_cut():
    chunk = _chunk(60)
    with pytest.raises(ModelError, match=r"words reads 12 word pieces, a chunk of d has 62"):
        texts_to_embed([chunk], Words())
    assert texts_to_embed([chunk], Words(), cut_long_chunks=True) == [[chunk.text]]


def test_a_text_without_blanks_is_cut_all_the_same():
    class Letters(Words):
        def count_tokens(self, text):
            return len(text)

    chunk = StoredText(1, "d", "", "", "保修期为两年自购买之日起计算")
    (read,) = texts_to_embed([chunk], Letters())
    assert "".join(read) == chunk.text and len(read) == 2
