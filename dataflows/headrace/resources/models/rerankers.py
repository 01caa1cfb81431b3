"""Cross-encoders: models that read question and text together.

They are loaded here, and run on ONNX Runtime, or through sentence-transformers (extra
`torch`).
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from headrace.errors import ModelError
from headrace.resources.models.onnx_sessions import first_output, one_thread_session
from headrace.resources.models.pacing import PacedScorer
from headrace.resources.models.weights.integer_weights import (
    integer_file,
    quantised,
    quantised_unsigned,
    sha256,
)
from headrace.resources.models.weights.reranker_weights import (
    is_path,
    missing,
    onnx_file,
    onnx_folder,
    torch_folder,
    try_download,
)
from headrace.text.folding import plain_letters
from headrace.types import Reranker

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

#: How ONNX weights are computed with: in whole numbers, or as they are stored.
Precision = Literal["int8", "stored"]

#: Tokens of a pair at most, also for models that read more: chunks are far shorter, and
#: the time grows with the length.
_MAX_TOKENS = 512
#: Tokens that a long question leaves for the text; with less, the question is cut too.
_LEAST_TEXT_TOKENS = 16
#: Scores in whole numbers may differ from the model's own by this share of their range.
#: When they differ more, the model stays as it is (DECISIONS.md, "int8
#: cross-encoders").
_MOST_APART = 0.1
#: Texts that are scored, each with each, to compare the two.
_SAMPLE = (
    "How long is the warranty?",
    "It covers faults in material and workmanship for two years.",
    "The warranty lasts two years.",
    "Die Garantie gilt zwei Jahre.",
)
#: Pairs that sentence-transformers scores in one call; fewer keep a deadline more
#: closely (DECISIONS.md, "torch block").
_TORCH_BLOCK = 2


# ------------------------------------------------------------------------------ loading


def load_reranker(
    name: str,
    *,
    precision: Precision = "int8",
    threads: int,
    cache_dir: Path,
    download: bool = True,
) -> Reranker:
    """The cross-encoder `name`: by ONNX weights, or else through sentence-transformers.

    Weights are looked for in the folder or the hub's cache, then on the hub.

    Args:
        name: a folder, or a name on the hub.
        precision: "int8" computes with ONNX weights in whole numbers, where the scores
            agree with the model's; "stored" computes with the weights as they are.
        threads: processor threads; 0: all cores.
        cache_dir: keeps weights made for whole numbers, and a note of a failed
            download, so that it is not tried again for a day.
        download: whether the hub may be asked. It is never asked when HF_HUB_OFFLINE is
            set. Without a network, asking takes 3 s, once a day.
    Raises:
        ModelError: there are no weights, and how to get them; or they are damaged, or
            not those of a cross-encoder.
    """
    threads = threads or os.cpu_count() or 1
    problem = ""
    if download and not is_path(name) and not onnx_folder(name):
        problem = try_download(name, cache_dir)
    if folder := onnx_folder(name):
        model = _integer_model(name, folder, cache_dir) if precision == "int8" else None
        return OnnxCrossEncoder(name, folder, threads, model)
    if folder := torch_folder(name):
        return TorchCrossEncoder(name, folder, threads)
    raise ModelError(missing(name, problem))


def _integer_model(name: str, folder: Path, cache_dir: Path) -> Path | None:
    """The file of a folder's weights made for whole numbers.

    None for weights in more than one file, which are too large to be made so.
    """

    def agree(made: Path, original: Path) -> bool:
        scores = _sample_scores(name, folder, made)
        expected = _sample_scores(name, folder, original)
        return bool(np.abs(scores - expected).max() <= _MOST_APART * np.ptp(expected))

    with _loading(name, folder):
        model = _onnx_model(folder)
        if any(model.with_name(f"{model.name}{ending}").exists() for ending in ("_data", ".data")):
            return None
        short_name = name.rstrip("/").rpartition("/")[2]
        weights_name = f"{short_name}-{sha256(model)[:8]}-exact"
        makes = [quantised, quantised_unsigned]
        return integer_file(lambda: model, weights_name, cache_dir, makes, agree)


def _sample_scores(name: str, folder: Path, model: Path) -> np.ndarray:
    """The scores of every pair of sample texts by one file of a folder's model."""
    reranker = OnnxCrossEncoder(name, folder, 1, model)
    return np.concatenate([reranker.score(question, _SAMPLE) for question in _SAMPLE])


@contextmanager
def _loading(name: str, folder: Path) -> Iterator[None]:
    """Turns what goes wrong into a ModelError.

    The libraries raise many kinds of exceptions; every one of them means that these
    files cannot be used.
    """
    try:
        yield
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"the reranker {name} in {folder} cannot be used: {error}\n"
            "Replace its files, or name another in HEADRACE_RERANKER."
        ) from error


# ------------------------------------------------------------------------- ONNX Runtime


class OnnxCrossEncoder(PacedScorer["Encoding"]):
    """A cross-encoder on ONNX Runtime.

    Each pair runs alone, on one thread, several at a time. That is faster than padded
    batches (DECISIONS.md, "one pair per thread"), and a pair's score does not depend on
    its neighbours, which with int8 weights it otherwise does.

    A pair too long for the model loses the end of its text, never of its question,
    unless the question leaves less than 16 tokens for the text. In that case the longer
    of the two is cut, or both, to one half of the room each, where that is not enough.

    Attributes:
        folder: where the tokenizer is from.
        model: the file of the weights.
        max_tokens: of a pair, special tokens included.
    """

    def __init__(self, name: str, folder: Path, threads: int, model: Path | None = None):
        """
        Args:
            name: of the reranker.
            folder: holds tokenizer.json, perhaps config.json, and the weights.
            threads: processor threads.
            model: another file of the weights than the folder's own.
        Raises ModelError when the files do not load, or do not give one score per pair.
        """
        super().__init__(name, threads)
        with _loading(name, folder):
            self.folder = folder
            self.model = model or _onnx_model(folder)
            self._session = one_thread_session(self.model)
            self._inputs = [given.name for given in self._session.get_inputs()]
            self._tokenizer = _tokenizer(folder)
            self.max_tokens = _max_tokens(folder)
            # A graph need not declare the shape of its output: look at one.
            pair = self._pair(self._plain("question"), self._plain("text"))
            _check_one_score(self._run(pair).size)

    def _pieces(self, question: str, texts: Sequence[str]) -> Iterator[tuple[int, "Encoding"]]:
        question_encoding = self._plain(question)
        return enumerate(self._pair(question_encoding, self._plain(text)) for text in texts)

    def _logits(self, piece: "Encoding") -> np.ndarray:
        return self._run(piece).reshape(1)

    def _plain(self, text: str) -> "Encoding":
        """A text's tokens, without special ones."""
        return self._tokenizer.encode(plain_letters(text), add_special_tokens=False)

    def _pair(self, question: "Encoding", text: "Encoding") -> "Encoding":
        """Both, with special tokens, in at most `max_tokens`.

        Cuts `text` in place; `question` stays as it is, a copy of it is cut if need be.
        """
        room = self.max_tokens - self._tokenizer.num_special_tokens_to_add(is_pair=True)
        if room - len(question) < _LEAST_TEXT_TOKENS:
            half = (room + (len(question) > len(text))) // 2
            question = deepcopy(question)
            question.truncate(max(room - len(text), half))
        text.truncate(room - len(question))
        return self._tokenizer.post_process(question, text)

    def _run(self, encoding: "Encoding") -> np.ndarray:
        """The model's output for one pair; a model may not take all of these inputs."""
        values = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        inputs = {name: np.array([values[name]], np.int64) for name in self._inputs}
        return first_output(self._session, inputs)


def _onnx_model(folder: Path) -> Path:
    """The ONNX model in a folder. Raises FileNotFoundError when there is none."""
    model = onnx_file(folder)
    if model is None:
        raise FileNotFoundError("it has neither model.onnx nor onnx/model.onnx")
    return model


def _tokenizer(folder: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _max_tokens(folder: Path) -> int:
    declared = _json(folder / "config.json").get("max_position_embeddings")
    return min(_MAX_TOKENS, declared or _MAX_TOKENS)


# ---------------------------------------------------------------- sentence-transformers


class TorchCrossEncoder(PacedScorer[list[tuple[str, str]]]):
    """A cross-encoder in sentence-transformers.

    The library cuts a pair too long for the model its own way: the longer of the two
    first.
    """

    def __init__(self, name: str, folder: Path, threads: int):
        """
        Args:
            name: of the reranker.
            folder: holds a model of sentence-transformers.
            threads: processor threads.
        Raises ModelError when the files do not load, or are not those of a
        cross-encoder with one score per pair.
        """
        with _loading(name, folder):
            import torch
            from sentence_transformers import CrossEncoder

            _check_is_cross_encoder(folder)
            self._model = CrossEncoder(str(folder), local_files_only=True)
            _check_one_score(self._model.num_labels)
        self._no_activation = torch.nn.Identity()
        # One worker: torch has its own threads, set for the thread that calls it, and a
        # tokenizer of transformers changes while it works.
        super().__init__(name, 1, lambda: torch.set_num_threads(threads))

    def _pieces(
        self, question: str, texts: Sequence[str]
    ) -> Iterator[tuple[int, list[tuple[str, str]]]]:
        for first in range(0, len(texts), _TORCH_BLOCK):
            yield first, [(question, text) for text in texts[first : first + _TORCH_BLOCK]]

    def _logits(self, piece: list[tuple[str, str]]) -> np.ndarray:
        return self._model.predict(
            piece,
            batch_size=_TORCH_BLOCK,
            activation_fn=self._no_activation,
            show_progress_bar=False,
        )


def _check_is_cross_encoder(folder: Path) -> None:
    """Raises ValueError when the files do not say that they are a cross-encoder's.

    Any BERT loads as a cross-encoder, with random numbers for the head that it lacks.
    """
    kind = (_json(folder / "config.json").get("architectures") or ["no architecture"])[0]
    declared = _json(folder / "config_sentence_transformers.json").get("model_type")
    if declared != "CrossEncoder" and not kind.endswith("ForSequenceClassification"):
        raise ValueError(f"its config.json says {kind}, which is not a cross-encoder")


def _check_one_score(count: int) -> None:
    """Raises ValueError when a model does not give one number per pair."""
    if count != 1:
        raise ValueError(f"it gives {count} numbers for a pair where a reranker gives one")


def _json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; {} when there is no such file."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
