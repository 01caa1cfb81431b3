"""A real, tiny sentence-transformers encoder: its vectors beside the model's states.

Skipped without the extra `torch`.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from headrace.errors import ModelError
from headrace.resources.models.encoders import load_encoder
from support.model_parts import MAX_TOKENS, TEXTS, save_bert


@pytest.fixture(scope="module")
def folder(tmp_path_factory, sentence_transformers) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    save_bert(folder, kind="BertModel")
    return folder


@pytest.fixture(scope="module")
def encoder(folder):
    return load_encoder(str(folder), 1, folder)


@pytest.fixture(scope="module")
def states(folder):
    """The model's last layer: a row for each word piece, [CLS] and [SEP] included."""
    import torch
    import transformers

    model = transformers.BertModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    def of(text: str) -> np.ndarray:
        pieces = tokenizer(text, truncation=True, return_tensors="pt")
        with torch.no_grad():
            return model(**pieces).last_hidden_state[0].numpy()

    return of


def _of_norm_1(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def test_a_text_has_the_mean_of_its_states(encoder, states):
    vectors = encoder.encode(TEXTS)
    assert encoder.dimension == 32
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 32)
    means = [_of_norm_1(states(text).mean(axis=0)) for text in TEXTS]
    np.testing.assert_allclose(vectors, means, atol=1e-5)
    assert encoder.encode([]).shape == (0, 32)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:12])
def test_every_word_piece_has_its_state(encoder, states, text):
    _, vectors = encoder.token_vectors(["Another text.", text])
    assert len(vectors) == min(encoder.count_tokens(text), MAX_TOKENS - 2)
    np.testing.assert_allclose(vectors, _of_norm_1(states(text)[1:-1]), atol=1e-5)


def test_what_a_model_expects_before_a_text_is_put_there(tmp_path, folder, states):
    named = tmp_path / "tiny-e5-model"
    shutil.copytree(folder, named)
    encoder = load_encoder(str(named), 1, tmp_path)
    of_text = {
        text: _of_norm_1(states(text).mean(axis=0)) for text in ("query: ice", "passage: ice")
    }
    np.testing.assert_allclose(encoder.encode(["ice"])[0], of_text["passage: ice"], atol=1e-5)
    np.testing.assert_allclose(encoder.encode_queries(["ice"])[0], of_text["query: ice"], atol=1e-5)
    (asked,), (found,) = encoder.query_token_vectors(["ice"]), encoder.token_vectors(["ice"])
    np.testing.assert_allclose(asked, _of_norm_1(states("query: ice")[3:-1]), atol=1e-5)
    np.testing.assert_allclose(found, _of_norm_1(states("passage: ice")[3:-1]), atol=1e-5)
    assert encoder.max_tokens == MAX_TOKENS - 2


def test_word_pieces_are_counted_beyond_what_is_read(encoder):
    assert encoder.max_tokens == MAX_TOKENS
    assert encoder.count_tokens("water " * 500) == 500
    assert encoder.tokenizer.encode("water " * 500, add_special_tokens=False).ids == [2300] * 500


def test_a_folder_that_is_no_model_is_named(tmp_path, sentence_transformers):
    with pytest.raises(ModelError, match=f"loading the encoder {tmp_path} failed"):
        load_encoder(str(tmp_path), 1, tmp_path)
