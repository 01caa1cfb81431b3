"""A BERT network that computes its products in whole numbers, for one text at a time.

Weights are int8 with a scale for each column. Inputs are rounded to 8 bits as they
come, with outliers smoothed.
"""

from pathlib import Path
from typing import Any

import numpy as np

from headrace.resources.models.weights.bert_graph import HEADS, OWN, Network, weights_by_name
from headrace.resources.models.weights.integer_weights import folded
from headrace.resources.models.weights.smoothing import smoothed

#: The largest whole number of a weight.
_LARGEST = 127
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
    import onnx

    onnx.save(IntegerNetwork(smoothed(weights_by_name(folded(model, made.parent)))).model(), made)


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
        matrix, scale = self._matrix(name)
        bias = self._own(f"{name}.bias")
        given = [rounded, matrix, bias, step, scale, "", zero]
        return self._add("QAttention", given, name, OWN, num_heads=HEADS)

    def _product(self, name: str, inputs: str) -> str:
        given = [inputs, *self._matrix(name), "", self._own(f"{name}.bias")]
        return self._add("DynamicQuantizeMatMul", given, name, OWN)

    def _matrix(self, name: str) -> tuple[str, str]:
        """A dense layer's matrix in whole numbers, and the scales of its columns."""
        matrix = self._weights[f"{name}.weight"]
        scales = np.abs(matrix).max(axis=0) / _LARGEST
        scales[scales == 0] = 1.0
        numbers = np.round(matrix / scales).astype(np.int8)
        constant = self._constant(f"{name}.numbers", numbers)
        return constant, self._constant(f"{name}.scales", scales.astype(np.float32))
