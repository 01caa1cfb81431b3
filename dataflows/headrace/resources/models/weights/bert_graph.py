"""A BERT network in few operators, for one text at a time.

An exported network spends half of its time beside the large products: on masks for
padding, which one text alone has not, on the parts of an attention, on shapes. Here the
same weights are put into ONNX Runtime's operators for BERT (DECISIONS.md, "few
operators").
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

#: ONNX Runtime's own operators.
_OWN = "com.microsoft"
_OPSETS = {"": 17, _OWN: 1}
_IR_VERSION = 9
#: BERT's, in every normalisation.
_EPSILON = 1e-12
_HEADS = 12


def for_one_text(model: Path, made: Path) -> None:
    """Writes a network that takes `input_ids`, (1, n), and no mask.

    Args:
        model: the ONNX file of a BERT encoder in floats, its weights named as in
            Hugging Face's `BertModel`.
        made: the file to write.
    Raises KeyError when a weight has another name.
    """
    import onnx

    network = _Network(_weights(onnx.load(model)))
    hidden = network.embeddings()
    for number in range(network.layers):
        hidden = network.layer(number, hidden)
    onnx.save(network.model(hidden), made)


def _weights(model: Any) -> dict[str, np.ndarray]:
    """The weights of a model by their names, without a prefix before "embeddings".

    The matrix of a dense layer has no name of its own in an exported network. It is
    what is multiplied before its bias is added.
    """
    from onnx import numpy_helper

    arrays = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    makers = {node.output[0]: node for node in model.graph.node}
    named = {_short(name): array for name, array in arrays.items()}
    for node in model.graph.node:
        if node.op_type != "Add":
            continue
        for bias, product in (node.input, reversed(node.input)):
            maker = makers.get(product)
            if bias in arrays and maker is not None and maker.op_type == "MatMul":
                matrix = _short(bias).removesuffix("bias") + "weight"
                named[matrix] = arrays[maker.input[1]]
    return named


def _short(name: str) -> str:
    for start in ("embeddings.", "encoder."):
        if start in name:
            return name[name.index(start) :]
    return name


class _Network:
    """An ONNX graph that is being put together; `add` returns the name of an output."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self.layers = 0
        while f"encoder.layer.{self.layers}.output.dense.bias" in weights:
            self.layers += 1

    def embeddings(self) -> str:
        """The normalised sum of the embeddings of words, places and the first type."""
        words = self._constant("words", self._weights["embeddings.word_embeddings.weight"])
        types = self._weights["embeddings.token_type_embeddings.weight"]
        place = self._weights["embeddings.position_embeddings.weight"] + types[0]
        places = self._constant("places", place)
        first = self._constant("first", np.zeros(1, np.int64))
        length = self._add("Shape", ["input_ids"], "length", start=1, end=2)
        of_words = self._add("Gather", [words, "input_ids"], "of_words")
        of_places = self._add("Slice", [places, first, length], "of_places")
        summed = self._add("Add", [of_words, of_places], "embedded")
        return self._normalised("embeddings.LayerNorm", summed)

    def layer(self, number: int, hidden: str) -> str:
        """What a layer makes of the hidden states: attention, then two dense layers."""
        name = f"encoder.layer.{number}."
        three = [name + f"attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self._weights[f"{one}.weight"] for one in three], axis=1)
        bias = np.concatenate([self._weights[f"{one}.bias"] for one in three])
        inputs = [
            hidden,
            self._constant(f"{name}attention.weight", matrix),
            self._constant(f"{name}attention.bias", bias),
        ]
        attended = self._add("Attention", inputs, f"{name}attended", _OWN, num_heads=_HEADS)
        dense = self._dense(f"{name}attention.output.dense", attended)
        summed = self._add("Add", [dense, hidden], f"{name}attention.summed")
        hidden = self._normalised(f"{name}attention.output.LayerNorm", summed)
        product, bias_name = self._product(f"{name}intermediate.dense", hidden)
        bent = self._add("BiasGelu", [product, bias_name], f"{name}bent", _OWN)
        dense = self._dense(f"{name}output.dense", bent)
        summed = self._add("Add", [dense, hidden], f"{name}summed")
        return self._normalised(f"{name}output.LayerNorm", summed)

    def model(self, hidden: str) -> Any:
        """The ONNX model whose output are these hidden states."""
        from onnx import TensorProto, helper

        output = self._add("Identity", [hidden], "last_hidden_state")
        width = self._weights["embeddings.LayerNorm.bias"].size
        ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "n"])
        states = helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, "n", width])
        graph = helper.make_graph(self._nodes, "one_text", [ids], [states], self._constants)
        opsets = [helper.make_opsetid(*opset) for opset in _OPSETS.items()]
        model = helper.make_model(graph, opset_imports=opsets)
        model.ir_version = _IR_VERSION
        return model

    def _dense(self, name: str, inputs: str) -> str:
        return self._add("Add", [*self._product(name, inputs)], name)

    def _product(self, name: str, inputs: str) -> tuple[str, str]:
        """The product with a dense layer's matrix, and the name of its bias."""
        matrix = self._constant(f"{name}.weight", self._weights[f"{name}.weight"])
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        return self._add("MatMul", [inputs, matrix], f"{name}.product"), bias

    def _normalised(self, name: str, inputs: str) -> str:
        constants = []
        for part in ("weight", "bias"):
            constants.append(self._constant(f"{name}.{part}", self._weights[f"{name}.{part}"]))
        return self._add("LayerNormalization", [inputs, *constants], name, epsilon=_EPSILON)

    def _constant(self, name: str, array: np.ndarray) -> str:
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def _add(
        self, kind: str, inputs: list[str], output: str, domain: str = "", **given: Any
    ) -> str:
        from onnx import helper

        node = helper.make_node(kind, inputs, [output], name=output, domain=domain, **given)
        self._nodes.append(node)
        return output
