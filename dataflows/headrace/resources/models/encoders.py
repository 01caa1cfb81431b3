"""Encoders: the bundled MiniLM, or any sentence-transformers model."""

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headrace.errors import ModelError
from headrace.forking import Threads
from headrace.resources.models.onnx_sessions import first_output, one_thread_session
from headrace.resources.models.weights.encoder_weights import (
    SAMPLE,
    check_file,
    integer_wheel_file,
    wheel_file,
)
from headrace.text.folding import plain_letters
from headrace.types import Encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import BertWordPieceTokenizer, Tokenizer

BUNDLED = "all-MiniLM-L6-v2-int8"
#: The same weights, computed with in floats.
BUNDLED_FLOAT = "all-MiniLM-L6-v2-onnx-int8"

_VOCABULARY = Path(__file__).parent / "data" / "bert-base-uncased-vocab.txt"
_VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
#: Word pieces that MiniLM was trained to read; it drops further ones without a warning.
_MAX_TOKENS = 256


def load_encoder(name: str, threads: int, cache_dir: Path) -> Encoder:
    """The bundled encoder by one of its names, any other by sentence-transformers.

    Args:
        name: BUNDLED, BUNDLED_FLOAT, or a hub name or folder (extra `torch`).
        threads: processor threads; 0: all cores.
        cache_dir: keeps the bundled encoder's weights for whole numbers, which are made
            the first time, in five seconds.
    Raises ModelError when files are missing, or are not those that this version was
    made with.
    """
    threads = threads or os.cpu_count() or 1
    if name == BUNDLED:
        return OnnxMiniLM(name, integer_wheel_file(cache_dir, write_vectors), threads)
    if name == BUNDLED_FLOAT:
        return OnnxMiniLM(name, wheel_file(), threads)
    return SentenceTransformerEncoder(name, threads)


def word_piece_tokenizer() -> "Tokenizer":
    """BERT's tokenizer, which neither truncates nor pads."""
    return _word_pieces()._tokenizer


def _word_pieces() -> "BertWordPieceTokenizer":
    from tokenizers import BertWordPieceTokenizer

    check_file(_VOCABULARY, _VOCABULARY_SHA256)
    return BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True)


def write_vectors(model: Path, file: Path) -> None:
    """Writes what a model file makes of a sample to a .npy file."""
    np.save(file, OnnxMiniLM(BUNDLED, model, 1).encode(SAMPLE))


class OnnxMiniLM:
    """all-MiniLM-L6-v2 (Apache-2.0) on ONNX Runtime.

    A text's vector is the mean of its token vectors, with norm 1.

    Each text runs alone, on one thread, several at a time. That is faster than padded
    batches (DECISIONS.md, "one text per thread"), and a text's vector does not depend
    on its neighbours, which with dynamic quantisation it otherwise does.
    """

    dimension = 384
    max_tokens = _MAX_TOKENS

    def __init__(self, name: str, model: Path, threads: int):
        """
        Args:
            name: of the encoder.
            model: the ONNX file of the weights.
            threads: processor threads.
        """
        self.name = name
        self._session = one_thread_session(model)
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._threads = Threads(threads, "encoder")
        self._tokenizer = _word_pieces()

    @cached_property
    def tokenizer(self) -> "Tokenizer":
        """The tokenizer that chunks are sized with; neither truncates nor pads."""
        return self._tokenizer._tokenizer

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), 384) float32, rows of norm 1, in the order given.

        A text's word pieces after the first 256 are not read.
        """
        pieces = self._pieces(texts)
        vectors = self._of_each(self._vector, pieces)
        return np.array(vectors, np.float32).reshape(len(pieces), self.dimension)

    def count_tokens(self, text: str) -> int:
        """The word pieces of `text`, special tokens not counted, nothing truncated."""
        return len(self._tokenizer.encode(plain_letters(text), add_special_tokens=False).ids)

    def token_vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        """For each text (n_pieces, 384) float32, rows of norm 1; no special tokens."""
        return self._of_each(self._piece_vectors, self._pieces(texts))

    def _pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The word pieces of each text that are read, special tokens included."""
        encodings = self._tokenizer.encode_batch([plain_letters(text) for text in texts])
        return [_cut(encoding.ids) for encoding in encodings]

    def _of_each(
        self, read: Callable[[list[int]], np.ndarray], pieces: Sequence[list[int]]
    ) -> list[np.ndarray]:
        """What is read of each text, several at a time."""
        if len(pieces) == 1:
            # A question, usually: handing it to another thread would only take time.
            return [read(pieces[0])]
        return list(self._threads.map(read, pieces))

    def _piece_vectors(self, pieces: list[int]) -> np.ndarray:
        states = self._states(pieces)[1:-1]
        return states / np.linalg.norm(states, axis=1, keepdims=True)

    def _vector(self, pieces: list[int]) -> np.ndarray:
        """A text's vector by its word pieces, (384,) float32, norm 1."""
        mean = self._states(pieces).mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _states(self, pieces: list[int]) -> np.ndarray:
        """The model's last layer, (n_pieces, 384) float32."""
        ids = np.array([pieces], np.int64)
        inputs = {"input_ids": ids}
        if "attention_mask" in self._inputs:
            inputs |= {"attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        return first_output(self._session, inputs)[0]


def _cut(ids: list[int]) -> list[int]:
    """At most _MAX_TOKENS word pieces, the closing [SEP] among them."""
    return ids if len(ids) <= _MAX_TOKENS else [*ids[: _MAX_TOKENS - 1], ids[-1]]


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by hub name or folder."""

    def __init__(self, name: str, threads: int):
        """Raises ModelError without the extra `torch`, or for a broken model."""
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise ModelError(
                f"HEADRACE_ENCODER={name} needs sentence-transformers: "
                f"pip install 'headrace[torch]', or unset it for the bundled {BUNDLED}"
            ) from None
        torch.set_num_threads(threads)
        try:
            self._model = SentenceTransformer(name, device=None)
        except Exception as error:
            # The library raises many kinds. Each means that the model is unavailable.
            raise ModelError(
                f"loading the encoder {name} failed: {error}\n"
                "Give a folder, or a name that the model hub can serve."
            ) from error
        self.name = name
        self.dimension = _dimension(name, self._model)
        self.max_tokens = int(self._model.max_seq_length or 512)

    @cached_property
    def tokenizer(self) -> "Tokenizer":
        """A copy of the model's fast tokenizer; neither truncates nor pads."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, rows of norm 1, in the order given."""
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32).reshape(len(texts), self.dimension)

    def token_vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        """For each text (n_pieces, dimension) float32, rows of norm 1.

        Special tokens are left out.
        """
        tensors = self._model.encode(
            list(texts), output_value="token_embeddings", show_progress_bar=False
        )
        vectors = []
        for text, tensor in zip(texts, tensors, strict=True):
            pieces = self._model.tokenizer(
                text,
                truncation=True,
                max_length=self.max_tokens,
                return_special_tokens_mask=True,
                verbose=False,
            )
            states = tensor.cpu().numpy()[np.array(pieces["special_tokens_mask"]) == 0]
            vectors.append(states / np.linalg.norm(states, axis=1, keepdims=True))
        return vectors

    def count_tokens(self, text: str) -> int:
        """The word pieces of `text`, special tokens not counted, nothing truncated."""
        pieces = self._model.tokenizer(
            text, add_special_tokens=False, truncation=False, verbose=False
        )
        return len(pieces["input_ids"])


def _dimension(name: str, model: "SentenceTransformer") -> int:
    """The length of a vector. Raises ModelError when the model does not say it."""
    # Older versions of the library have only the longer name.
    dimension_of = getattr(model, "get_embedding_dimension", None)
    dimension = (dimension_of or model.get_sentence_embedding_dimension)()
    if dimension is None:
        raise ModelError(
            f"the encoder {name} does not say how many numbers its vectors have: use another"
        )
    return int(dimension)
