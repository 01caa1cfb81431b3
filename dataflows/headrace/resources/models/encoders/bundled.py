"""The bundled encoders: all-MiniLM-L6-v2, and multilingual-e5-small (an extra)."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headrace.resources.models.encoders.onnx_encoder import OnnxEncoder
from headrace.resources.models.encoders.reading import Reading
from headrace.resources.models.encoders.word_pieces import LibraryPieces, UnigramPieces
from headrace.resources.models.weights import encoder_weights, multilingual_weights
from headrace.resources.models.weights.encoder_weights import check_file

if TYPE_CHECKING:
    from tokenizers import BertWordPieceTokenizer, Tokenizer

BUNDLED = "all-MiniLM-L6-v2-int8"
#: The same weights, computed with in floats.
BUNDLED_FLOAT = "all-MiniLM-L6-v2-onnx-int8"
#: For texts and questions of any language (extra `multilingual`).
MULTILINGUAL = "multilingual-e5-small"

_VOCABULARY = Path(__file__).parents[1] / "data" / "bert-base-uncased-vocab.txt"
_VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
#: MiniLM was trained to read that many; it drops further ones without a warning.
_MINILM = Reading(max_tokens=256)
_E5 = Reading(max_tokens=512, query="query: ", passage="passage: ")


def bundled_encoder(name: str, threads: int, cache_dir: Path) -> OnnxEncoder:
    """A bundled encoder by its name; its files are made the first time, in seconds."""
    if name == MULTILINGUAL:
        model = multilingual_weights.network_file(cache_dir, write_multilingual_vectors)
        return multilingual(model, threads)
    if name == BUNDLED_FLOAT:
        return minilm(name, encoder_weights.wheel_file(), threads)
    return minilm(name, encoder_weights.integer_wheel_file(cache_dir, write_vectors), threads)


def minilm(name: str, model: Path, threads: int) -> OnnxEncoder:
    """all-MiniLM-L6-v2 (Apache-2.0). A text's vector is the mean of its token vectors.

    Args:
        model: the ONNX file of its network.
    """
    return OnnxEncoder(name, model, LibraryPieces(word_piece_tokenizer()), _MINILM, threads)


def multilingual(model: Path, threads: int) -> OnnxEncoder:
    """multilingual-e5-small (MIT), which expects words before questions and texts.

    Args:
        model: the ONNX file of its network.
    """
    pieces = UnigramPieces(multilingual_weights.word_pieces(), multilingual_weights.tokenizer)
    return OnnxEncoder(MULTILINGUAL, model, pieces, _E5, threads)


def word_piece_tokenizer() -> "Tokenizer":
    """BERT's tokenizer, which neither truncates nor pads."""
    return _word_pieces()._tokenizer


def _word_pieces() -> "BertWordPieceTokenizer":
    from tokenizers import BertWordPieceTokenizer

    check_file(_VOCABULARY, _VOCABULARY_SHA256)
    return BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True)


def write_vectors(model: Path, file: Path) -> None:
    """Writes what a network of MiniLM makes of a sample to a .npy file."""
    np.save(file, minilm(BUNDLED, model, 1).encode(encoder_weights.SAMPLE))


def write_multilingual_vectors(model: Path, file: Path) -> None:
    """As `write_vectors`, of a network of multilingual-e5-small."""
    np.save(file, multilingual(model, 1).encode(multilingual_weights.SAMPLE))
