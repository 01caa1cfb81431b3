"""A BERT network that computes its products in whole numbers, for one text at a time.

Weights are int8 with a scale for each column, or uint8 around 128. Inputs are rounded
to 8 bits as they come, with outliers smoothed.
"""

from pathlib import Path
from typing import Any

import numpy as np

from headrace.resources.models.weights.bert_graph import HEADS, OWN, Network, weights_by_name
from headrace.resources.models.weights.integer_weights import folded
from headrace.resources.models.weights.smoothing import smoothed

#: The largest whole number of a weight, and what is added to unsigned ones.
_LARGEST = 127
_MIDDLE = 128
#: onnx.TensorProto.FLOAT
_FLOAT = 1


def in_whole_numbers(model: Path, made: Path) -> None:
    """Writes a network that takes `input_ids`, (1, n), and no mask.

    Args:
        model: the ONNX file of a BERT encoder, its weights named as in Hugging Face's
            `BertModel`.
        made: the file to write.
    Raises KeyError when a weight has another name.
    """
    _write(IntegerNetwork, model, made)


def in_unsigned_numbers(model: Path, made: Path) -> None:
    """As `in_whole_numbers`, for processors that saturate with signed weights."""
    _write(UnsignedNetwork, model, made)


def _write(network: type["IntegerNetwork"], model: Path, made: Path) -> None:
    import onnx

    onnx.save(network(smoothed(weights_by_name(folded(model, made.parent)))).model(), made)


class IntegerNetwork(Network):
    """The same network: products of 8-bit numbers, embeddings of 16-bit floats."""

    def _words(self, table: Any) -> str:
        words = self._constant("words", table.astype(np.float16))
        half = self._add("Gather", [words, "input_ids"], "half_of_words")
        return self._add("Cast", [half], "of_words", to=_FLOAT)

    def _attended(self, name: str, inputs: str) -> str:
        parts = [f"{name}.{part}" for part in ("rounded", "step", "zero")]
        self._add_many("DynamicQuantizeLinear", [inputs], parts)
        rounded, step, zero = parts
        matrix, scale, middle = self._matrix(name)
        bias = self._own(f"{name}.bias")
        given = [rounded, matrix, bias, step, scale, "", zero, middle]
        return self._add("QAttention", given, name, OWN, num_heads=HEADS)

    def _product(self, name: str, inputs: str) -> str:
        given = [inputs, *self._matrix(name), self._own(f"{name}.bias")]
        return self._add("DynamicQuantizeMatMul", given, name, OWN)

    def _matrix(self, name: str) -> tuple[str, str, str]:
        """A dense layer's matrix in whole numbers, the scales of its columns, its zero.

        "" for a zero of 0.
        """
        matrix = self._weights[f"{name}.weight"]
        scales = np.abs(matrix).max(axis=0) / _LARGEST
        scales[scales == 0] = 1.0
        constant, middle = self._numbers(name, np.round(matrix / scales))
        return constant, self._constant(f"{name}.scales", scales.astype(np.float32)), middle

    # The network in unsigned numbers has its own version of this.

    def _numbers(self, name: str, numbers: np.ndarray) -> tuple[str, str]:
        """The constants of whole numbers from -127 to 127, and of their zero."""
        return self._constant(f"{name}.numbers", numbers.astype(np.int8)), ""


class UnsignedNetwork(IntegerNetwork):
    """The same network, its weights uint8 around 128.

    Processors with AVX2, but without dot products of int8, add two products of a signed
    and an unsigned number in 16 bits, where they saturate. Products of two unsigned
    numbers are computed exactly, in more steps.
    """

    def _numbers(self, name: str, numbers: np.ndarray) -> tuple[str, str]:
        constant = self._constant(f"{name}.numbers", (numbers + _MIDDLE).astype(np.uint8))
        return constant, self._constant(f"{name}.middle", np.array(_MIDDLE, np.uint8))
