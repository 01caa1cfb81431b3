"""How long it takes to understand a question where the tenant's documents have very many different words.

Beside the benchmark's documents (`workload.py`) the tenant holds some of words made for it: fronts and backs of real words put together, so that
they look like words and many are a slip or two apart. Questions are the benchmark's, and the same with a slip of the pen in every third longer word.
"""

from collections.abc import Iterator
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np

from headrace.errors import SettingsError
from headrace.ingest.installed_packages import installed_packages
from headrace.measuring.environment import describe_environment
from headrace.measuring.speed.benchmark import Progress, ingested, opened, variant
from headrace.measuring.speed.interleaved import GROUPS
from headrace.measuring.speed.workload import GivenVectors, Workload, sample_base
from headrace.measuring.timing import percentiles
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Document

VERSION = 1
QUESTIONS, WORDS = 300, 200_000
#: What is promised of a question, in milliseconds.
BARS = {"p50_ms": 5.0, "p99_ms": 20.0}
_TENANT = "vocabulary"
_BASE, _REAL_DOCUMENTS = 400, 200
_WORDS_OF_A_DOCUMENT = 100
_LONG = 5  # letters of a word that a slip may happen in
_NODES = ("query_filters", "sub_queries")


def measure(settings: Settings, words: int, seed: int, progress: Progress) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it; what is stored for it is in a temporary embedded database.

    Raises SettingsError with DATABASE_URL, or for fewer than 1,000 words.
    """
    if settings.database_url:
        raise SettingsError(
            "bench --words works in an embedded database of its own: unset DATABASE_URL"
        )
    if words < 1_000:
        raise SettingsError(f"bench --words {words}: at least 1000")
    began = perf_counter()
    with opened(settings) as rag:
        workload = Workload(sample_base(installed_packages(), rag.encoder, _BASE, seed), seed)
        documents = [
            *islice(workload.documents(), _REAL_DOCUMENTS),
            *_filling(workload, words, seed),
        ]
        progress("storing", 0, 1)
        ingested(variant(rag, GivenVectors(workload, rag.encoder)), documents, _TENANT)
        rag.database.tidy()
        progress("storing", 1, 1)
        held = _held(rag)
        asked = workload.questions(QUESTIONS)
        kinds = {
            "questions": asked,
            "misspelt": [
                _misspelt(question, np.random.default_rng([seed, 4, n]))
                for n, question in enumerate(asked)
            ],
        }
        for question in (*asked[:10], *kinds["misspelt"][:10]):
            _taken(rag, question)
        taken: dict[str, list[float]] = {kind: [] for kind in kinds}
        for number in range(len(asked)):
            progress("asking", number, len(asked))
            for kind, questions in kinds.items():
                taken[kind].append(_taken(rag, questions[number]))
        progress("asking", len(asked), len(asked))
        found = {kind: percentiles(ms, (50, 99)) for kind, ms in taken.items()}
        return {
            "version": VERSION,
            "words": held,
            "asked_words": words,
            "documents": len(documents),
            "asked": len(asked),
            **found,
            "bars": {
                name: {
                    "value": found["questions"][name],
                    "bar": most,
                    "met": found["questions"][name] <= most,
                }
                for name, most in BARS.items()
            },
            "environment": describe_environment(rag.database.versions),
            "seed": seed,
            "wall_s": round(perf_counter() - began, 1),
        }


def _taken(rag: Pipeline, question: str) -> float:
    """Milliseconds of all nodes of understanding."""
    _, recording = rag.recorded_run(list(_NODES), question=question, tenant=_TENANT)
    return GROUPS["understanding"]({stage.node: stage.ms for stage in recording.stages})


def _held(rag: Pipeline) -> int:
    """How many different words the tenant has."""
    with rag.database.for_tenant(_TENANT).transaction() as transaction:
        return transaction.execute("SELECT count(DISTINCT word) FROM words")[0][0]


def _filling(workload: Workload, count: int, seed: int) -> Iterator[Document]:
    """Documents of `count` words that are all different."""
    real = sorted(
        {
            word.lower()
            for chunk in workload.base
            for word in chunk.text.split()
            if word.isascii() and word.isalpha() and len(word) > 5
        }
    )
    random = np.random.default_rng([seed, 3])
    made: dict[str, None] = {}
    while len(made) < count:
        front, back = (real[index] for index in random.integers(len(real), size=2))
        made[front[: len(front) // 2 + 1] + back[len(back) // 2 :]] = None
    words = iter(made)
    number = 0
    while taken := list(islice(words, _WORDS_OF_A_DOCUMENT)):
        yield Document(f"words:{number}", "", " ".join(taken) + ".", f"words/{number}")
        number += 1


def _misspelt(question: str, random: np.random.Generator) -> str:
    """With a letter left out, doubled, changed or exchanged with the next in every third longer word."""
    words = question.split(" ")
    long = [place for place, word in enumerate(words) if word.isalpha() and len(word) >= _LONG]
    for place in long[::3]:
        words[place] = _slipped(words[place], random)
    return " ".join(words)


def _slipped(word: str, random: np.random.Generator) -> str:
    at, kind = int(random.integers(1, len(word) - 1)), int(random.integers(4))
    first, letter, rest = word[:at], word[at], word[at + 1 :]
    return (
        first
        + ("", letter * 2, chr(97 + int(random.integers(26))), rest[0] + letter)[kind]
        + (rest[1:] if kind == 3 else rest)
    )
