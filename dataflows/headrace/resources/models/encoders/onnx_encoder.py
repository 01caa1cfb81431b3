"""Encoders on ONNX Runtime, each text alone on one thread."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headrace.errors import ModelError
from headrace.forking import Threads
from headrace.resources.models.encoders.reading import POOLED, Reading
from headrace.resources.models.encoders.word_pieces import Pieces, WordPieces
from headrace.resources.models.onnx_sessions import one_thread_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

#: What a network may be given, beside `input_ids`.
_INPUTS = {
    "attention_mask": np.ones_like,
    "token_type_ids": np.zeros_like,
    "position_ids": lambda ids: np.arange(ids.size).reshape(ids.shape),
}
#: The dimensions of an output with a row for each word piece.
_OF_PIECES = 3


class OnnxEncoder:
    """A network whose states of word pieces become a text's vector, of norm 1.

    Each text runs alone, on one thread, several at a time. That is faster than padded
    batches (DECISIONS.md, "one text per thread"), and a text's vector does not depend
    on its neighbours, which with dynamic quantisation it otherwise does.
    """

    def __init__(self, name: str, model: Path, pieces: WordPieces, reading: Reading, threads: int):
        """
        Args:
            name: of the encoder.
            model: the ONNX file of the weights.
            pieces: cuts texts into word pieces.
            reading: how it reads a text.
            threads: processor threads.
        Raises ModelError for a network of other inputs or outputs.
        """
        self.name = name
        self.reading = reading
        #: What decides the vectors, for the cache.
        self.fingerprint = f"{model.name} {reading!r}"
        self.pieces = pieces
        self._pooled = POOLED[reading.pooling]
        self._session = one_thread_session(model)
        self._output = _output(name, self._session)
        self._inputs = _inputs(name, self._session)
        self._threads = Threads(threads, "encoder")
        before = max(map(pieces.count, (reading.query, reading.passage)))
        self.max_tokens = reading.max_tokens - before
        self.dimension = self._dimension()

    @property
    def tokenizer(self) -> "Tokenizer":
        """The tokenizer, which neither truncates nor pads."""
        return self.pieces.tokenizer

    @property
    def piece_counter(self) -> Callable[[str], int] | None:
        """A function that counts a text's word pieces faster than the tokenizer."""
        return self.pieces.counter

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, rows of norm 1, in the order given.

        What a text has beyond `max_tokens` is not read.
        """
        return self._vectors(texts, self.reading.passage)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """As `encode`, of questions, before which some models expect other words."""
        return self._vectors(texts, self.reading.query)

    def count_tokens(self, text: str) -> int:
        """The word pieces of `text`, special tokens not counted, nothing truncated."""
        return self.pieces.count(text)

    def token_vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        """For each text (n_pieces, dimension) float32, rows of norm 1.

        Neither special tokens nor what stands before a text have one.
        """
        return self._of_each(self._piece_vectors, self._pieces(texts, self.reading.passage))

    def query_token_vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        """As `token_vectors`, of questions."""
        return self._of_each(self._piece_vectors, self._pieces(texts, self.reading.query))

    def _vectors(self, texts: Sequence[str], before: str) -> np.ndarray:
        pieces = self._pieces(texts, before)
        vectors = self._of_each(self._vector, pieces)
        return np.array(vectors, np.float32).reshape(len(pieces), self.dimension)

    def _pieces(self, texts: Sequence[str], before: str) -> list[Pieces]:
        """The word pieces of each text that are read, special tokens included."""
        return self.pieces.of(texts, before, self.reading.max_tokens)

    def _of_each(
        self, read: Callable[[Pieces], np.ndarray], pieces: Sequence[Pieces]
    ) -> list[np.ndarray]:
        """What is read of each text, several at a time."""
        if len(pieces) == 1:
            # A question, usually: handing it to another thread would only take time.
            return [read(pieces[0])]
        return list(self._threads.map(read, pieces))

    def _piece_vectors(self, pieces: Pieces) -> np.ndarray:
        states = self._states(pieces.ids)[pieces.own]
        return states / np.linalg.norm(states, axis=1, keepdims=True)

    def _vector(self, pieces: Pieces) -> np.ndarray:
        """A text's vector by its word pieces, (dimension,) float32, norm 1."""
        pooled = self._pooled(self._states(pieces.ids))
        return pooled / np.linalg.norm(pooled)

    def _states(self, ids: Sequence[int]) -> np.ndarray:
        """The network's last layer, (n_pieces, dimension) float32."""
        given = np.array([ids], np.int64)
        inputs = {"input_ids": given}
        for name in self._inputs:
            inputs[name] = _INPUTS[name](given)
        return np.asarray(self._session.run([self._output], inputs)[0])[0]

    def _dimension(self) -> int:
        """How many numbers a vector has, as the network says or shows."""
        (output,) = [one for one in self._session.get_outputs() if one.name == self._output]
        width = output.shape[-1]
        if isinstance(width, int):
            return width
        return self._states(self._pieces(["dimension"], "")[0].ids).shape[-1]


def _output(name: str, session: "InferenceSession") -> str:
    """The output with the states of word pieces."""
    outputs = session.get_outputs()
    for output in outputs:
        if output.shape is None or len(output.shape) == _OF_PIECES:
            return output.name
    raise ModelError(
        f"the encoder {name} gives {', '.join(one.name for one in outputs)}, and no states of "
        "word pieces (last_hidden_state): export it to ONNX for feature extraction"
    )


def _inputs(name: str, session: "InferenceSession") -> list[str]:
    """The inputs beside `input_ids`."""
    found = [one.name for one in session.get_inputs() if one.name != "input_ids"]
    unknown = set(found) - set(_INPUTS)
    if unknown:
        raise ModelError(
            f"the encoder {name} wants {', '.join(sorted(unknown))}: only input_ids, "
            f"{', '.join(_INPUTS)} are known"
        )
    return found
