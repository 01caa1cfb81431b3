"""How fast a cross-encoder reads, beside ONNX Runtime with nothing around it; whether it keeps its deadline; whether its scores are the library's.

Read are real questions with 20 pieces of real text each (`workload.py`). ONNX Runtime alone gets the same pairs as arrays made beforehand, in two
ways: one padded batch on all threads, as libraries do it, and pair by pair, each on a thread. Ours, which has to take questions and texts apart as
well, is compared with the faster of the two. All three take turns, question by question.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from time import perf_counter
from typing import Any

import numpy as np

from headrace.errors import ModelError, SettingsError
from headrace.ingest.installed_packages import installed_packages
from headrace.measuring.environment import describe_environment
from headrace.measuring.speed.benchmark import Progress
from headrace.measuring.speed.workload import Workload, sample_base
from headrace.measuring.timing import percentiles
from headrace.resources.models.encoders import load_encoder
from headrace.resources.models.reranker_weights import torch_folder
from headrace.resources.models.rerankers import OnnxCrossEncoder, load_reranker
from headrace.settings import Settings

VERSION = 1
QUESTIONS, TEXTS = 40, 20
ASKERS, CALLS = 8, 40  # with a deadline: so many at once, and so many calls of each
_BASE = 400
#: What is promised: a multiple of ONNX Runtime alone, and the largest difference of a score (not in whole numbers) from the library's.
RATIO, APART = 1.15, 1e-3

Pairs = tuple[str, list[str]]


def measure(settings: Settings, count: int, seed: int, progress: Progress) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it, of `count` questions.

    Raises ModelError where the reranker has no ONNX weights, SettingsError for less than one question.
    """
    if count < 1:
        raise SettingsError(f"bench --reranker {count}: at least 1")
    began = perf_counter()
    threads = settings.encoder_threads or cpu_count() or 1
    reranker, stored = (
        _loaded(settings, precision) for precision in (settings.rerank_precision, "stored")
    )
    asked = _asked(settings, max(count, QUESTIONS), seed)
    taken = _taken(reranker, _Alone(reranker, threads), asked[:count], progress)
    ms = {way: percentiles(times, (50, 99)) for way, times in taken.items()}
    ratio = ms["ours"]["p50_ms"] / min(ms[way]["p50_ms"] for way in ("batch", "pairs"))
    deadline_ms = settings.rerank_deadline_s * 1000
    held = _with_deadline(reranker, asked, settings.rerank_deadline_s, progress)
    apart = _apart(settings.reranker, stored, asked[:4])
    values = {"ratio": (ratio, RATIO), "deadline_p99_ms": (held["p99_ms"], deadline_ms)} | (
        {} if apart is None else {"apart": (apart, APART)}
    )
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
        "bars": {
            name: {"value": value, "bar": bar, "met": value <= bar}
            for name, (value, bar) in values.items()
        },
        "environment": describe_environment(),
        "seed": seed,
        "wall_s": round(perf_counter() - began, 1),
    }


class _Alone:
    """ONNX Runtime on a reranker's weights, and nothing else."""

    def __init__(self, reranker: OnnxCrossEncoder, threads: int):
        import onnxruntime
        from tokenizers import Tokenizer

        def session(per_call: int):
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = per_call, 1
            return onnxruntime.InferenceSession(
                str(reranker.model), options, providers=["CPUExecutionProvider"]
            )

        self._whole, self._single = session(threads), session(1)
        self._inputs = [given.name for given in self._single.get_inputs()]
        self._tokenizer = Tokenizer.from_file(str(reranker.folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(reranker.max_tokens, strategy="only_second")
        self._tokenizer.no_padding()
        self._pool = ThreadPoolExecutor(threads)

    def ways(self, question: str, texts: Sequence[str]) -> dict[str, Callable[[], object]]:
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

    def _read(self, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
        return self._single.run(None, arrays)

    def _arrays(self, encodings: Sequence[Any]) -> dict[str, np.ndarray]:
        values = {
            "input_ids": "ids",
            "attention_mask": "attention_mask",
            "token_type_ids": "type_ids",
        }
        return {
            name: np.array([getattr(encoding, values[name]) for encoding in encodings], np.int64)
            for name in self._inputs
        }


def _loaded(settings: Settings, precision: str) -> OnnxCrossEncoder:
    reranker = load_reranker(
        settings.reranker,
        precision=precision,
        threads=settings.encoder_threads,
        cache_dir=settings.data_dir,
        download=settings.download_models,
    )
    if not isinstance(reranker, OnnxCrossEncoder):
        raise ModelError(
            f"bench --reranker measures ONNX Runtime, and {settings.reranker} has no model.onnx here: its time is the library's own"
        )
    return reranker


def _asked(settings: Settings, count: int, seed: int) -> list[Pairs]:
    """Questions, each with the texts that are read for it."""
    encoder = load_encoder(settings.encoder, settings.encoder_threads, settings.data_dir)
    workload = Workload(sample_base(installed_packages(), encoder, _BASE, seed), seed)
    random = np.random.default_rng([seed, 5])
    texts = [f"{chunk.document.title}\n{chunk.text}" for chunk in workload.base]
    return [
        (question, [texts[index] for index in random.integers(len(texts), size=TEXTS)])
        for question in workload.questions(count)
    ]


def _taken(
    reranker: OnnxCrossEncoder, alone: _Alone, asked: Sequence[Pairs], progress: Progress
) -> dict[str, list[float]]:
    """Milliseconds of each question, by the way: ours, batch, pairs."""
    taken: dict[str, list[float]] = {"ours": [], "batch": [], "pairs": []}
    for number, (question, texts) in enumerate((asked[0], *asked)):  # the first warms up
        progress("reading", number, len(asked))
        ways = {
            "ours": lambda question=question, texts=texts: reranker.score(question, texts),
            **alone.ways(question, texts),
        }
        for way, read in ways.items():
            began = perf_counter()
            read()
            if number:
                taken[way].append((perf_counter() - began) * 1000)
    progress("reading", len(asked), len(asked))
    return taken


def _with_deadline(
    reranker: OnnxCrossEncoder, asked: Sequence[Pairs], deadline_s: float, progress: Progress
) -> dict[str, float]:
    """Milliseconds of a call while so many ask at once, and the share of texts that were scored."""

    def call(number: int) -> tuple[float, float]:
        question, texts = asked[number % len(asked)]
        began = perf_counter()
        scores = reranker.score(question, texts, deadline_s)
        return (perf_counter() - began) * 1000, 1 - float(np.isnan(scores).mean())

    progress("with a deadline", 0, 1)
    with ThreadPoolExecutor(ASKERS) as askers:
        calls = list(askers.map(call, range(ASKERS * CALLS)))
    progress("with a deadline", 1, 1)
    return {
        **percentiles([ms for ms, _ in calls], (50, 99)),
        "scored": round(float(np.mean([share for _, share in calls])), 3),
    }


def _from_stored(
    reranker: OnnxCrossEncoder, stored: OnnxCrossEncoder, asked: Sequence[Pairs]
) -> dict[str, float] | None:
    """How far whole numbers are from the weights as stored: the correlation of the scores, and of the ten best of 20 how many are the same."""
    if reranker.model == stored.model:
        return None
    ours, theirs = (
        np.array([model.score(question, texts) for question, texts in asked])
        for model in (reranker, stored)
    )
    best = [
        len(set(np.argsort(-a)[:10]) & set(np.argsort(-b)[:10])) / 10
        for a, b in zip(ours, theirs, strict=True)
    ]
    return {
        "correlation": round(float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]), 4),
        "same_of_ten": round(float(np.mean(best)), 3),
    }


def _apart(name: str, stored: OnnxCrossEncoder, asked: Sequence[Pairs]) -> float | None:
    """The largest difference of a score from that of sentence-transformers; None without it, or without weights for it."""
    folder = torch_folder(name)
    if folder is None:
        return None
    import torch
    from sentence_transformers import CrossEncoder

    library = CrossEncoder(str(folder), local_files_only=True)
    differences = [
        np.abs(
            stored.score(question, texts)
            - library.predict(
                [(question, text) for text in texts], activation_fn=torch.nn.Identity()
            )
        ).max()
        for question, texts in asked
    ]
    return float(max(differences))
