"""Encoders in sentence-transformers (extra `torch`)."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from headrace.errors import ModelError
from headrace.model_settings import EncoderForm
from headrace.resources.models.encoders.reading import prefixes

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by hub name or folder."""

    def __init__(self, name: str, threads: int, own: Mapping[str, EncoderForm]):
        """
        Args:
            own: what the user says that models expect before a text, by name.
        Raises ModelError without the extra `torch`, or for a broken model.
        """
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise ModelError(
                f"HEADRACE_ENCODER={name} needs sentence-transformers: "
                "pip install 'headrace[torch]', or give a folder with model.onnx and "
                "tokenizer.json, or unset it for the bundled encoder"
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
        self._query, self._passage = prefixes(name, self._model.prompts, own)
        before = max(map(self.count_tokens, (self._query, self._passage)))
        self.max_tokens = int(self._model.max_seq_length or 512) - before

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
        return self._vectors(texts, self._passage)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """As `encode`, of questions, before which some models expect other words."""
        return self._vectors(texts, self._query)

    def _vectors(self, texts: Sequence[str], before: str) -> np.ndarray:
        vectors = self._model.encode(
            list(texts),
            prompt=before,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32).reshape(len(texts), self.dimension)

    def token_vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        """For each text (n_pieces, dimension) float32, rows of norm 1.

        Neither special tokens nor what stands before a text have one.
        """
        return self._piece_vectors(texts, self._passage)

    def query_token_vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        """As `token_vectors`, of questions."""
        return self._piece_vectors(texts, self._query)

    def _piece_vectors(self, texts: Sequence[str], before: str) -> list[np.ndarray]:
        whole = [f"{before}{text}" for text in texts]
        tensors = self._model.encode(
            whole, prompt="", output_value="token_embeddings", show_progress_bar=False
        )
        vectors = []
        for text, tensor in zip(whole, tensors, strict=True):
            pieces = self._model.tokenizer(
                text,
                truncation=True,
                max_length=self._model.max_seq_length,
                return_special_tokens_mask=True,
                return_offsets_mapping=True,
                verbose=False,
            )
            is_special = np.array(pieces["special_tokens_mask"], bool)
            ends = np.array(pieces["offset_mapping"])[:, 1]
            states = tensor.cpu().numpy()[~is_special & (ends > len(before))]
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
