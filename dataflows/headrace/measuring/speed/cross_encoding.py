"""How fast a cross-encoder reads, and whether it keeps its deadline.

It reads real questions with 20 pieces of real text each (`workload.py`). ONNX Runtime
alone gets the same pairs as arrays made beforehand, in two ways: as one padded batch on
all threads, as libraries do it, and pair by pair, each on a thread. Ours, which has to
split questions and texts into tokens as well, is compared with the faster of the two.
All three take turns, question by question. The scores are compared with those of
sentence-transformers, where it is installed.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headrace.errors import ModelError, SettingsError
from headrace.ingest.installed_packages import installed_packages
from headrace.measuring.environment import describe_environment
from headrace.measuring.speed.workload import Workload, sample_base
from headrace.measuring.timing import percentiles
from headrace.resources.models.encoders import load_encoder
from headrace.resources.models.rerankers import OnnxCrossEncoder, Precision, load_reranker
from headrace.resources.models.weights.reranker_weights import torch_folder
from headrace.settings import Settings
from headrace.text.titles import titled
from headrace.types import Progress

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding

VERSION = 1
QUESTIONS = 40
#: Texts that are read with each question.
TEXTS = 20
#: With a deadline: askers at once, and calls of each.
ASKERS = 8
CALLS = 40
#: What is promised at most: a multiple of the time of ONNX Runtime alone, and the
#: difference of a score (not in whole numbers) from the library's.
RATIO = 1.15
APART = 1e-3

_BASE = 400
_BEST = 10


class Pairs(NamedTuple):
    """A question, and the texts that are read with it."""

    question: str
    texts: list[str]


def measure(settings: Settings, count: int, seed: int, progress: Progress) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it, of `count` questions.

    Raises ModelError where the reranker has no ONNX weights, SettingsError for less
    than one question.
    """
    if count < 1:
        raise SettingsError(f"bench --reranker {count}: at least 1")
    began = perf_counter()
    threads = settings.encoder_threads or cpu_count() or 1
    reranker = _loaded(settings, settings.rerank_precision)
    stored = _loaded(settings, "stored")
    asked = _asked(settings, max(count, QUESTIONS), seed)
    taken = _taken(reranker, _Alone(reranker, threads), asked[:count], progress)
    ms = {way: percentiles(times, (50, 99)) for way, times in taken.items()}
    ratio = ms["ours"]["p50_ms"] / min(ms["batch"]["p50_ms"], ms["pairs"]["p50_ms"])
    deadline_ms = settings.rerank_deadline_s * 1000
    held = _with_deadline(reranker, asked, settings.rerank_deadline_s, progress)
    apart = _apart(settings.reranker, stored, asked[:4])
    bars = {
        "ratio": _bar(ratio, RATIO),
        "deadline_p99_ms": _bar(held["p99_ms"], deadline_ms),
    }
    if apart is not None:
        bars["apart"] = _bar(apart, APART)
    return {
        "version": VERSION,
        "reranker": settings.reranker,
        "precision": settings.rerank_precision,
        "threads": threads,
        "questions": count,
        "texts": TEXTS,
        **ms,
        "ratio": round(ratio, 3),
        "deadline": {"deadline_ms": deadline_ms, "askers": ASKERS, **held},
        "from_stored": _from_stored(reranker, stored, asked[:10]),
        "apart": apart,
        "bars": bars,
        "environment": describe_environment(),
        "seed": seed,
        "wall_s": round(perf_counter() - began, 1),
    }


class _Alone:
    """ONNX Runtime on a reranker's weights, and nothing else."""

    def __init__(self, reranker: OnnxCrossEncoder, threads: int):
        from tokenizers import Tokenizer

        self._whole = _session(reranker.model, threads)
        self._single = _session(reranker.model, 1)
        self._inputs = [given.name for given in self._single.get_inputs()]
        self._tokenizer = Tokenizer.from_file(str(reranker.folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(reranker.max_tokens, strategy="only_second")
        self._tokenizer.no_padding()
        self._pool = ThreadPoolExecutor(threads)

    def ways(self, question: str, texts: Sequence[str]) -> dict[str, Callable[[], Sequence[Any]]]:
        """What is left to do once the pairs are arrays, by the way it is done."""
        encodings = self._tokenizer.encode_batch([(question, text) for text in texts])
        longest = max(len(encoding) for encoding in encodings)
        singles = [self._arrays([encoding]) for encoding in encodings]
        for encoding in encodings:
            encoding.pad(longest)
        batch = self._arrays(encodings)
        return {
            "batch": lambda: self._whole.run(None, batch),
            "pairs": lambda: list(self._pool.map(self._read, singles)),
        }

    def _read(self, arrays: dict[str, np.ndarray]) -> Sequence[Any]:
        return self._single.run(None, arrays)

    def _arrays(self, encodings: Sequence["Encoding"]) -> dict[str, np.ndarray]:
        """The model's inputs; a model may not take all of the three."""
        values = {
            "input_ids": [encoding.ids for encoding in encodings],
            "attention_mask": [encoding.attention_mask for encoding in encodings],
            "token_type_ids": [encoding.type_ids for encoding in encodings],
        }
        return {name: np.array(values[name], np.int64) for name in self._inputs}


def _session(model: Path, threads: int) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _loaded(settings: Settings, precision: Precision) -> OnnxCrossEncoder:
    reranker = load_reranker(
        settings.reranker,
        precision=precision,
        threads=settings.encoder_threads,
        cache_dir=settings.data_dir,
        download=settings.download_models,
    )
    if not isinstance(reranker, OnnxCrossEncoder):
        raise ModelError(
            f"bench --reranker measures ONNX Runtime, and {settings.reranker} has no model.onnx "
            "here: its time is the library's own"
        )
    return reranker


def _bar(value: float, most: float) -> dict[str, Any]:
    return {"value": value, "bar": most, "met": value <= most}


def _asked(settings: Settings, count: int, seed: int) -> list[Pairs]:
    encoder = load_encoder(settings.encoder, settings.encoder_threads, settings.data_dir)
    workload = Workload(sample_base(installed_packages(), encoder, _BASE, seed), seed)
    random = np.random.default_rng([seed, 5])
    texts = [titled(chunk.document.title, chunk.text) for chunk in workload.base]
    asked = []
    for question in workload.questions(count):
        drawn = random.integers(len(texts), size=TEXTS)
        asked.append(Pairs(question, [texts[index] for index in drawn]))
    return asked


def _taken(
    reranker: OnnxCrossEncoder, alone: _Alone, asked: Sequence[Pairs], progress: Progress
) -> dict[str, list[float]]:
    """The milliseconds of each question, by the way: ours, batch, pairs."""
    taken: dict[str, list[float]] = {"ours": [], "batch": [], "pairs": []}
    _read_in_turns(reranker, alone, asked[0])  # the first question warms up
    for number, pairs in enumerate(asked):
        progress("reading", number, len(asked))
        for way, ms in _read_in_turns(reranker, alone, pairs).items():
            taken[way].append(ms)
    progress("reading", len(asked), len(asked))
    return taken


def _read_in_turns(reranker: OnnxCrossEncoder, alone: _Alone, pairs: Pairs) -> dict[str, float]:
    taken = {}
    ways = {"ours": lambda: reranker.score(*pairs), **alone.ways(*pairs)}
    for way, read in ways.items():
        began = perf_counter()
        read()
        taken[way] = (perf_counter() - began) * 1000
    return taken


def _with_deadline(
    reranker: OnnxCrossEncoder, asked: Sequence[Pairs], deadline_s: float, progress: Progress
) -> dict[str, float]:
    """Milliseconds of a call while 8 ask at once, and the share of texts scored."""

    def call(number: int) -> tuple[float, float]:
        question, texts = asked[number % len(asked)]
        began = perf_counter()
        scores = reranker.score(question, texts, deadline_s)
        return (perf_counter() - began) * 1000, 1 - float(np.isnan(scores).mean())

    progress("with a deadline", 0, 1)
    with ThreadPoolExecutor(ASKERS) as askers:
        calls = list(askers.map(call, range(ASKERS * CALLS)))
    progress("with a deadline", 1, 1)
    scored = float(np.mean([share for _, share in calls]))
    return {**percentiles([ms for ms, _ in calls], (50, 99)), "scored": round(scored, 3)}


def _from_stored(
    reranker: OnnxCrossEncoder, stored: OnnxCrossEncoder, asked: Sequence[Pairs]
) -> dict[str, float] | None:
    """How far whole numbers are from the weights as stored; None where those are used.

    The correlation of the scores, and how many of the ten best of 20 are the same.
    """
    if reranker.model == stored.model:
        return None
    ours = np.array([reranker.score(*pairs) for pairs in asked])
    theirs = np.array([stored.score(*pairs) for pairs in asked])
    same = []
    for our_scores, their_scores in zip(ours, theirs, strict=True):
        same.append(len(_best(our_scores) & _best(their_scores)) / _BEST)
    return {
        "correlation": round(float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]), 4),
        "same_of_ten": round(float(np.mean(same)), 3),
    }


def _best(scores: np.ndarray) -> set[int]:
    """The indexes of the ten best texts."""
    return set(np.argsort(-scores)[:_BEST].tolist())


def _apart(name: str, stored: OnnxCrossEncoder, asked: Sequence[Pairs]) -> float | None:
    """The largest difference of a score from that of sentence-transformers.

    None without that library, or without weights for it.
    """
    folder = torch_folder(name)
    if folder is None:
        return None
    import torch
    from sentence_transformers import CrossEncoder

    library = CrossEncoder(str(folder), local_files_only=True)
    largest = 0.0
    for question, texts in asked:
        pairs = [(question, text) for text in texts]
        scores = library.predict(pairs, activation_fn=torch.nn.Identity())
        largest = max(largest, float(np.abs(stored.score(question, texts) - scores).max()))
    return largest
