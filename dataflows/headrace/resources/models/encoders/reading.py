"""How an encoder reads a text, by the files beside its weights.

The files are those of sentence-transformers: `modules.json`, the pooling's
`config.json`, `sentence_bert_config.json` and `config_sentence_transformers.json`. What
they leave open is known by the model's name, or is as usual.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headrace.errors import ModelError
from headrace.model_settings import EncoderForm
from headrace.resources.models.openai_api.known_encoders import encoder_form

#: A text's vector by the states of its word pieces, (n_pieces, dimension).
POOLED: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda states: states.mean(axis=0),
    "cls": lambda states: states[0],
    "max": lambda states: states.max(axis=0),
    "lasttoken": lambda states: states[-1],
}
#: What `POOLED` is called in the configuration of a pooling.
_POOLING = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_lasttoken": "lasttoken",
}
#: Modules of sentence-transformers that are computed here.
_KINDS = ("Transformer", "Pooling", "Normalize")
_MAX_TOKENS = 512
#: A limit from here on is none: tokenizers without a limit name a very large one.
_NO_LIMIT = 100_000
#: How many numbers of places these models do not use for places.
_PLACES_BEFORE = {"roberta": 2, "xlm-roberta": 2, "camembert": 2}


@dataclass(frozen=True)
class Reading:
    """How an encoder reads a text.

    Attributes:
        max_tokens: the longest text that it reads, special tokens and what stands
            before the text included.
        query, passage: what stands before a question, and before a text to be found.
        pooling: a key of `POOLED`.
    """

    max_tokens: int = _MAX_TOKENS
    query: str = ""
    passage: str = ""
    pooling: str = "mean"


def reading_of(name: str, folder: Path, own: Mapping[str, EncoderForm]) -> Reading:
    """How the encoder in a folder reads texts.

    Args:
        name: of the encoder.
        own: what the user says that models expect before a text, by name.
    Raises ModelError when its files ask for what is not computed here.
    """
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts")
    before = prefixes(name, prompts, own)
    return Reading(_max_tokens(folder), *before, _pooling(name, folder))


def prefixes(
    name: str, prompts: Mapping[str, str | None] | None, own: Mapping[str, EncoderForm]
) -> tuple[str, str]:
    """What stands before a question, and before a text to be found.

    It is what the user says, else what the model's files say, else what is known by the
    last part of its name.

    Args:
        prompts: those of sentence-transformers, by their names.
    """
    if name not in own and prompts and any(prompts.values()):
        passage = prompts.get("document") or prompts.get("passage") or ""
        return prompts.get("query") or "", passage
    form = own[name] if name in own else encoder_form(Path(name).name, {})
    return form.query, form.passage


def _max_tokens(folder: Path) -> int:
    """The tokens that are read: as was trained, and as many as there are places for."""
    network = _json(folder / "config.json")
    limits = [
        _json(folder / "sentence_bert_config.json").get("max_seq_length"),
        _json(folder / "tokenizer_config.json").get("model_max_length"),
    ]
    if places := network.get("max_position_embeddings"):
        limits.append(places - _PLACES_BEFORE.get(network.get("model_type", ""), 0))
    known = [int(limit) for limit in limits if limit and limit < _NO_LIMIT]
    return min(known, default=_MAX_TOKENS)


def _pooling(name: str, folder: Path) -> str:
    """How the states of word pieces become one; their mean where nothing is said."""
    place = "1_Pooling"
    for module in _json(folder / "modules.json", []):
        kind = str(module.get("type", "")).rsplit(".", 1)[-1]
        if kind not in _KINDS:
            raise ModelError(
                f"the encoder {name} has a module {kind}, which ONNX Runtime alone does not "
                "compute: pip install 'headrace[torch]' and leave its model.onnx out"
            )
        if kind == "Pooling":
            place = module.get("path", place)
    config = _json(folder / place / "config.json")
    modes = [mode for key, mode in _POOLING.items() if config.get(key)]
    if config.get("pooling_mode"):
        modes = [config["pooling_mode"]]
    others = [key for key in config if key.startswith("pooling_mode_") and config[key] is True]
    if set(others) - set(_POOLING) or len(modes) > 1 or set(modes) - set(POOLED):
        raise ModelError(
            f"the encoder {name} pools by {', '.join(others or modes)}: ONNX Runtime alone "
            f"computes one of {', '.join(POOLED)}; pip install 'headrace[torch]' for others"
        )
    return modes[0] if modes else "mean"


def _json(file: Path, otherwise: Any = None) -> Any:
    """The content of a file; nothing where there is none.

    Raises ModelError for a file that is not JSON.
    """
    if not file.is_file():
        return {} if otherwise is None else otherwise
    try:
        return json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{file} is damaged: {error}. Fetch the encoder's files again.") from error
