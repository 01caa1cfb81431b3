"""The encoder that a name stands for."""

import os
from collections.abc import Mapping
from pathlib import Path

from headrace.errors import ModelError
from headrace.model_settings import EncoderForm
from headrace.resources.models.encoders.bundled import (
    BUNDLED,
    BUNDLED_FLOAT,
    MULTILINGUAL,
    bundled_encoder,
)
from headrace.resources.models.encoders.onnx_encoder import OnnxEncoder
from headrace.resources.models.encoders.reading import Reading, reading_of
from headrace.resources.models.encoders.torch_encoder import SentenceTransformerEncoder
from headrace.resources.models.encoders.word_pieces import LibraryPieces
from headrace.resources.models.weights.reranker_weights import (
    onnx_file,
    onnx_folder,
    torch_folder,
)
from headrace.types import Encoder

_NO_FORMS: Mapping[str, EncoderForm] = {}


def load_encoder(
    name: str, threads: int, cache_dir: Path, own: Mapping[str, EncoderForm] = _NO_FORMS
) -> Encoder:
    """A bundled encoder by its name, or any other that is on this machine or the hub.

    A folder, or what the hub's cache holds, runs on ONNX Runtime if it has a model.onnx
    and a tokenizer.json. Otherwise it runs in sentence-transformers (extra `torch`), as
    does one whose files ask for what ONNX Runtime alone does not compute.

    Args:
        threads: processor threads; 0: all cores.
        cache_dir: keeps files that are made of bundled weights the first time.
        own: what the user says that models expect before a text, by name.
    Raises ModelError when files are missing, or are not those that this version was
    made with.
    """
    threads = threads or os.cpu_count() or 1
    if name in (BUNDLED, BUNDLED_FLOAT, MULTILINGUAL):
        return bundled_encoder(name, threads, cache_dir)
    try:
        folder = onnx_folder(name)
    except ModelError:  # an impossible name, which sentence-transformers explains
        folder = None
    if folder is None:
        return SentenceTransformerEncoder(name, threads, own)
    try:
        reading = reading_of(name, folder, own)
    except ModelError:
        if torch_folder(name) is None:
            raise
        return SentenceTransformerEncoder(name, threads, own)
    return _of_folder(name, folder, reading, threads)


def _of_folder(name: str, folder: Path, reading: Reading, threads: int) -> OnnxEncoder:
    """The ONNX network and the tokenizer in a folder."""
    from tokenizers import Tokenizer

    model = onnx_file(folder)
    assert model is not None
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return OnnxEncoder(name, model, LibraryPieces(tokenizer), reading, threads)
    except ModelError:
        raise
    except Exception as error:
        # Both libraries raise many kinds. Each means that a file is damaged.
        raise ModelError(
            f"loading the encoder {name} from {folder} failed: {error}\nFetch its files again."
        ) from error
