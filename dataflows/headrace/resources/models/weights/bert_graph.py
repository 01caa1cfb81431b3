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
OWN = "com.microsoft"
_OPSETS = {"": 17, OWN: 1}
_IR_VERSION = 9
#: BERT's, in every normalisation.
_EPSILON = 1e-12
HEADS = 12
#: The table of the word pieces' embeddings.
WORDS = "embeddings.word_embeddings.weight"


def weights_by_name(file: Path) -> dict[str, np.ndarray]:
    """The weights of an ONNX file by their names, without a prefix before "embeddings".

    The matrix of a dense layer has no name of its own in an exported network. It is
    what is multiplied before its bias is added. The three matrices of an attention are
    joined, side by side, to its `attention.weight`.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(file)
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
    for layer in layers(named):
        three = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        for part in ("weight", "bias"):
            joined = np.concatenate([named[f"{one}.{part}"] for one in three], axis=-1)
            named[f"{layer}.attention.{part}"] = joined
    return named


def layers(weights: Mapping[str, np.ndarray]) -> list[str]:
    """The names of the layers, the first first."""
    found = []
    while f"encoder.layer.{len(found)}.output.dense.bias" in weights:
        found.append(f"encoder.layer.{len(found)}")
    return found


def _short(name: str) -> str:
    for start in ("embeddings.", "encoder."):
        if start in name:
            return name[name.index(start) :]
    return name


class Network:
    """A BERT encoder in floats as an ONNX graph.

    It takes `input_ids`, (1, n), and no mask. The weights are named as in Hugging
    Face's `BertModel`; a KeyError says which one is missing. Each dense layer
    multiplies its inputs by its `factors` first, where the weights have any.
    """

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        #: What each dense layer is given, before any factors: names of outputs.
        self.inputs: dict[str, str] = {}

    def model(self, with_inputs: bool = False) -> Any:
        """The ONNX model whose first output is the hidden states of the last layer.

        Args:
            with_inputs: whether further outputs are those named in `inputs`, in order.
        """
        from onnx import TensorProto, helper

        hidden = self._embeddings()
        for name in layers(self._weights):
            hidden = self._layer(name, hidden)
        last = self._add("Identity", [hidden], "last_hidden_state")
        ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "n"])
        width = self._weights["embeddings.LayerNorm.bias"].size
        states = helper.make_tensor_value_info(last, TensorProto.FLOAT, [1, "n", width])
        outputs = [states]
        if with_inputs:
            for name in self.inputs.values():
                outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        graph = helper.make_graph(self._nodes, "one_text", [ids], outputs, self._constants)
        opsets = [helper.make_opsetid(*opset) for opset in _OPSETS.items()]
        model = helper.make_model(graph, opset_imports=opsets)
        model.ir_version = _IR_VERSION
        return model

    def _embeddings(self) -> str:
        """The normalised sum of the embeddings of words, places and the first type."""
        types = self._weights["embeddings.token_type_embeddings.weight"]
        place = self._weights["embeddings.position_embeddings.weight"] + types[0]
        places = self._constant("places", place)
        first = self._constant("first", np.zeros(1, np.int64))
        length = self._add("Shape", ["input_ids"], "length", start=1, end=2)
        of_words = self._words(self._weights[WORDS])
        of_places = self._add("Slice", [places, first, length], "of_places")
        summed = self._add("Add", [of_words, of_places], "embedded")
        return self._normalised("embeddings.LayerNorm", summed)

    def _layer(self, name: str, hidden: str) -> str:
        """What a layer makes of the hidden states: attention, then two dense layers."""
        given = self._given(f"{name}.attention", hidden)
        attended = self._attended(f"{name}.attention", given)
        dense = self._dense(f"{name}.attention.output.dense", attended)
        summed = self._add("Add", [dense, hidden], f"{name}.attention.summed")
        hidden = self._normalised(f"{name}.attention.output.LayerNorm", summed)
        dense = self._dense(f"{name}.intermediate.dense", hidden)
        bent = self._add("Gelu", [dense], f"{name}.bent", OWN)
        dense = self._dense(f"{name}.output.dense", bent)
        summed = self._add("Add", [dense, hidden], f"{name}.summed")
        return self._normalised(f"{name}.output.LayerNorm", summed)

    def _dense(self, name: str, inputs: str) -> str:
        return self._product(name, self._given(name, inputs))

    def _given(self, name: str, inputs: str) -> str:
        """The inputs of a dense layer, multiplied by its factors."""
        self.inputs[name] = inputs
        factors = self._weights.get(f"{name}.factors")
        if factors is None:
            return inputs
        constant = self._constant(f"{name}.factors", factors)
        return self._add("Mul", [inputs, constant], f"{name}.given")

    # A network in whole numbers has its own versions of the next three.

    def _words(self, table: Any) -> str:
        return self._add("Gather", [self._constant("words", table), "input_ids"], "of_words")

    def _attended(self, name: str, inputs: str) -> str:
        constants = [self._own(f"{name}.weight"), self._own(f"{name}.bias")]
        return self._add("Attention", [inputs, *constants], name, OWN, num_heads=HEADS)

    def _product(self, name: str, inputs: str) -> str:
        product = self._add("MatMul", [inputs, self._own(f"{name}.weight")], f"{name}.product")
        return self._add("Add", [product, self._own(f"{name}.bias")], name)

    def _normalised(self, name: str, inputs: str) -> str:
        constants = [self._own(f"{name}.weight"), self._own(f"{name}.bias")]
        return self._add("LayerNormalization", [inputs, *constants], name, epsilon=_EPSILON)

    def _own(self, name: str) -> str:
        """A weight as a constant of the same name."""
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, array: np.ndarray) -> str:
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def _add(
        self, kind: str, inputs: list[str], output: str, domain: str = "", **given: Any
    ) -> str:
        self._add_many(kind, inputs, [output], domain, **given)
        return output

    def _add_many(
        self, kind: str, inputs: list[str], outputs: list[str], domain: str = "", **given: Any
    ) -> None:
        from onnx import helper

        node = helper.make_node(kind, inputs, outputs, name=outputs[0], domain=domain, **given)
        self._nodes.append(node)
