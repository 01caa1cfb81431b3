"""What takes a second look at question and text: cross-encoders, on ONNX Runtime or through sentence-transformers (extra `torch`), and late
interaction, which needs no model but the encoder.
"""

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

import numpy as np

from headrace.errors import ModelError
from headrace.resources.models.integer_weights import integer_file, sha256
from headrace.resources.models.reranker_weights import (
    DEFAULT,
    is_path,
    missing,
    onnx_file,
    onnx_folder,
    torch_folder,
    try_download,
)
from headrace.types import Reranker, TokenEncoder

_MAX_TOKENS = 512  # of a pair, also for models that read more: chunks are far shorter, and the time grows with the length
_LEAST_TEXT_TOKENS = 16
_RETURN_S = 0.005  # of a deadline that is left for handing over the scores
#: Of the pace, what earlier pieces count for beside the next one; and how much longer than it says a piece may take.
_REMEMBERED, _RESERVE = 0.9, 1.25
#: What the pace is multiplied with whenever it says that a piece takes longer than a whole deadline, so that one is tried now and then.
_DOUBTED = 0.98
#: Scores in whole numbers are at most this share of their range from the model's own; further off, the model stays as it is.
_MOST_APART = 0.1
_SAMPLE = (
    "How long is the warranty?",
    "It covers faults in material and workmanship for two years.",
    "The warranty lasts two years.",
    "Die Garantie gilt zwei Jahre.",
)
_TORCH_BLOCK = 2  # pairs of one call: as fast as 4 and faster than 8, which spends its time on padding; and it stops sooner


def load_reranker(
    name: str = DEFAULT,
    *,
    precision: str = "int8",
    threads: int = 0,
    cache_dir: Path,
    download: bool = True,
) -> Reranker:
    """The cross-encoder `name`: ONNX weights of a folder, of the hub's cache, of the hub itself, or else sentence-transformers.

    Args:
        name: a folder, or a name on the hub.
        precision: ONNX weights computed with in whole numbers, where that agrees with the model ("int8"), or as they are ("stored").
        threads: processor threads; 0: all cores.
        cache_dir: where weights made for whole numbers are kept, and where a failed download leaves a note, so that it is not tried again for a day.
        download: whether the hub may be asked; it never is when HF_HUB_OFFLINE is set. Without a network this takes 3 s, once a day.
    Raises:
        ModelError: there are no weights, and how to get them; or they are damaged, or not a cross-encoder's.
    """
    threads = threads or os.cpu_count() or 1
    problem = ""
    if download and not is_path(name) and not onnx_folder(name):
        problem = try_download(name, cache_dir)
    if folder := onnx_folder(name):
        with _loading(name, folder):
            return OnnxCrossEncoder(
                name,
                folder,
                threads,
                _integer_file(name, folder, cache_dir) if precision == "int8" else None,
            )
    if folder := torch_folder(name):
        return TorchCrossEncoder(name, folder, threads)
    raise ModelError(missing(name, problem))


# ---------------------------------------------------------------------------------------------------------- the models


class _Scorer(ABC):
    """Scores pairs in the order given, on threads of its own, until the time is up.

    Calls may overlap: they share the threads, one call after the other.
    """

    def __init__(self, name: str, workers: int, initializer: Callable[[], object] | None = None):
        self.name = name
        self._workers = workers
        self._pace = _Pace()
        self._pool = ThreadPoolExecutor(
            workers, thread_name_prefix="reranker", initializer=initializer
        )

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        """(len(texts),) float32 logits in the order of `texts`, higher is more relevant; NaN from the first text not reached on.

        `deadline_s` counts from the call. No text is begun that, by the pace of this and earlier calls, would end later; before there is
        a pace, one is begun on trust by each thread. With 0 nothing is scored.
        """
        scores = np.full(len(texts), np.nan, dtype=np.float32)
        deadline_s = None if deadline_s is None else deadline_s - _RETURN_S
        turns = _Turns(self._pieces(question, texts), deadline_s, self._pace)
        tasks = [self._pool.submit(self._take, turns, scores) for _ in range(self._workers)]
        wait(tasks, deadline_s)
        for task in tasks:
            if (
                not task.cancel()
            ):  # a task can still be waiting for its thread, behind another call's
                task.result()
        return scores

    def _take(self, turns: "_Turns", scores: np.ndarray) -> None:
        for first, piece in turns:
            began = monotonic()
            logits = self._logits(piece)
            scores[first : first + len(logits)] = logits
            self._pace.record(len(piece), monotonic() - began)

    @abstractmethod
    def _pieces(self, question: str, texts: Sequence[str]) -> Iterator[tuple[int, Sized]]:
        """Pieces of work, each with the index of its first text; its length says how long it takes compared with others."""

    @abstractmethod
    def _logits(self, piece: Any) -> np.ndarray:
        """One logit per text of the piece, float32."""


class OnnxCrossEncoder(_Scorer):
    """A cross-encoder on ONNX Runtime.

    Each pair runs alone, on one thread, several at a time. Measured with MiniLM-L6 on 20 pairs of 80 to 256 tokens and two
    threads: 738 ms, where padded batches of 8 on a session with two threads take 1,301 ms (int8 weights: 489 and 914).
    And a pair's score does not depend on its neighbours, which with int8 weights it otherwise does.

    A pair too long for the model loses the end of its text, never of its question; unless the question leaves
    less than 16 tokens for the text: then the longer of the two is cut, and if need be both to one half.

    Attributes:
        folder, model: where tokenizer and weights are from.
        max_tokens: of a pair, special tokens included.
    """

    def __init__(self, name: str, folder: Path, threads: int, model: Path | None = None):
        """
        Args:
            folder: tokenizer.json, config.json if there is one, and the weights, unless `model` is another file of them.
        Raises ModelError when the files do not load, or do not give one score per pair.
        """
        super().__init__(name, threads)
        with _loading(name, folder):
            self.folder, self.model = folder, model or onnx_file(folder)
            self._session = _onnx_session(self.model)
            self._tokenizer = _tokenizer(folder)
            self.max_tokens = _max_tokens(folder)
            # a graph need not declare the shape of its output: look at one
            _check_one_score(
                self._run(self._pair(self._plain("question"), self._plain("text"))).size
            )

    def _pieces(self, question, texts):
        question_encoding = self._plain(question)
        return enumerate(self._pair(question_encoding, self._plain(text)) for text in texts)

    def _logits(self, piece):
        return self._run(piece).reshape(1)

    def _plain(self, text: str):
        return self._tokenizer.encode(text, add_special_tokens=False)

    def _pair(self, question, text):
        """One Encoding of both, special tokens included, of at most `max_tokens`; cuts `text`, and at need a copy of `question`."""
        room = self.max_tokens - self._tokenizer.num_special_tokens_to_add(is_pair=True)
        if room - len(question) < _LEAST_TEXT_TOKENS:
            kept = max(room - len(text), (room + (len(question) > len(text))) // 2)
            question = deepcopy(question)
            question.truncate(kept)
        text.truncate(room - len(question))
        return self._tokenizer.post_process(question, text)

    def _run(self, encoding) -> np.ndarray:
        values = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        taken = [given.name for given in self._session.get_inputs()]
        return self._session.run(
            None, {name: np.array([values[name]], np.int64) for name in taken}
        )[0]


class TorchCrossEncoder(_Scorer):
    """A cross-encoder in sentence-transformers, which cuts a pair too long for the model its own way: the longer of the two first."""

    def __init__(self, name: str, folder: Path, threads: int):
        """Raises ModelError when the files of `folder` do not load, or are not a cross-encoder's with one score per pair."""
        with _loading(name, folder):
            import torch
            from sentence_transformers import CrossEncoder

            _check_is_cross_encoder(folder)
            self._model = CrossEncoder(str(folder), local_files_only=True)
            _check_one_score(self._model.num_labels)
        self._no_activation = torch.nn.Identity()
        # one worker: torch has threads of its own, set for the thread that calls it, and a tokenizer of transformers
        # changes while it works
        super().__init__(name, 1, lambda: torch.set_num_threads(threads))

    def _pieces(self, question, texts):
        for first in range(0, len(texts), _TORCH_BLOCK):
            yield first, [(question, text) for text in texts[first : first + _TORCH_BLOCK]]

    def _logits(self, piece):
        return self._model.predict(
            piece,
            batch_size=_TORCH_BLOCK,
            activation_fn=self._no_activation,
            show_progress_bar=False,
        )


class LateInteraction(_Scorer):
    """Compares question and text word piece by word piece, by the vectors that the encoder has of them before it takes their mean: each of the
    question's counts with the nearest of the text's (MaxSim).

    Source: Khattab & Zaharia, "ColBERT", SIGIR 2020; here without a model trained for it.
    """

    def __init__(self, encoder: TokenEncoder, threads: int = 0):
        super().__init__(f"late interaction of {encoder.name}", threads or os.cpu_count() or 1)
        self._encoder = encoder

    def _pieces(self, question, texts):
        vectors = self._encoder.token_vectors(question)
        return enumerate(_Compared(vectors, text) for text in texts)

    def _logits(self, piece):
        nearest = (piece.question @ self._encoder.token_vectors(piece.text).T).max(
            axis=1, initial=-1.0
        )
        return np.array([nearest.sum() / max(1, len(nearest))], np.float32)


@dataclass(frozen=True)
class _Compared:
    """A question's vectors, and a text."""

    question: np.ndarray
    text: str

    def __len__(self) -> int:
        return len(self.text)


class _Pace:
    """How long pieces take for their length, from those done lately."""

    def __init__(self):
        self._lock = Lock()
        self._length = self._seconds = 0.0

    def record(self, length: int, seconds: float) -> None:
        with self._lock:
            self._length = _REMEMBERED * self._length + length
            self._seconds = _REMEMBERED * self._seconds + seconds

    def expected_s(self, length: int) -> float:
        """What a piece may take, with a reserve; 0 before any was done."""
        with self._lock:
            return _RESERVE * length * self._seconds / self._length if self._length else 0.0

    def doubt(self) -> None:
        """Believes a little less that pieces take so long: it may have been a moment when the machine stood still."""
        with self._lock:
            self._seconds *= _DOUBTED


class _Turns:
    """Pieces of work handed out in order, to several threads, until the next one would end past the deadline."""

    def __init__(self, pieces: Iterator[tuple[int, Sized]], deadline_s: float | None, pace: _Pace):
        self._pieces = pieces
        self._deadline_s = deadline_s
        self._end = None if deadline_s is None else monotonic() + deadline_s
        self._pace = pace
        self._lock = Lock()

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        return self

    def __next__(self) -> tuple[int, Any]:
        with self._lock:
            first, piece = next(self._pieces)
            if not self._fits(len(piece)):
                self._pieces = iter(())  # nor for any other thread: what is not reached is a tail
                raise StopIteration
            return first, piece

    def _fits(self, length: int) -> bool:
        if self._end is None:
            return True
        expected_s = self._pace.expected_s(length)
        if 0 < self._deadline_s <= expected_s:
            self._pace.doubt()
        return self._end - monotonic() > expected_s


def _onnx_session(model: Path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = (
        1  # the threads are ours, one pair each
    )
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _integer_file(name: str, folder: Path, cache_dir: Path) -> Path | None:
    """The weights of a folder made for whole numbers; None for those that are too large for one file."""
    model = onnx_file(folder)
    if any(model.with_name(f"{model.name}{ending}").exists() for ending in ("_data", ".data")):
        return None

    def agree(made: Path, original: Path) -> bool:
        scores, expected = (
            np.concatenate(
                [OnnxCrossEncoder(name, folder, 1, file).score(q, _SAMPLE) for q in _SAMPLE]
            )
            for file in (made, original)
        )
        return bool(np.abs(scores - expected).max() <= _MOST_APART * np.ptp(expected))

    return integer_file(
        lambda: model,
        f"{name.rstrip('/').rpartition('/')[2]}-{sha256(model)[:8]}",
        cache_dir,
        agree,
    )


def _tokenizer(folder: Path):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _max_tokens(folder: Path) -> int:
    return min(
        _MAX_TOKENS, _json(folder / "config.json").get("max_position_embeddings") or _MAX_TOKENS
    )


def _json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; {} when there is no such file."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _check_is_cross_encoder(folder: Path) -> None:
    """Any BERT loads as a cross-encoder, its missing head made of random numbers: ask what the files say they are."""
    kind = (_json(folder / "config.json").get("architectures") or ["no architecture"])[0]
    declared = _json(folder / "config_sentence_transformers.json").get("model_type")
    if declared != "CrossEncoder" and not kind.endswith("ForSequenceClassification"):
        raise ValueError(f"its config.json says {kind}, which is not a cross-encoder")


def _check_one_score(count: int) -> None:
    if count != 1:
        raise ValueError(f"it gives {count} numbers for a pair where a reranker gives one")


@contextmanager
def _loading(name: str, folder: Path) -> Iterator[None]:
    """Makes a ModelError of what goes wrong: the libraries raise many kinds, and all mean that these files cannot be used."""
    try:
        yield
    except Exception as error:
        raise ModelError(
            f"the reranker {name} in {folder} cannot be used: {error}\nReplace its files, or name another in HEADRACE_RERANKER."
        ) from error
