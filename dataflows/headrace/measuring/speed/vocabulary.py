"""How long it takes to understand a question where documents have very many words.

Beside the benchmark's documents (`workload.py`), the tenant holds documents of words
made for it: fronts and backs of real words put together, so that they look like words
and many are a slip or two apart. The questions are the benchmark's, and the same with a
slip of the pen in every third longer word.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np

from headrace.errors import SettingsError
from headrace.ingest.installed_packages import installed_packages
from headrace.measuring.environment import describe_environment
from headrace.measuring.speed.pipelines import ingested, opened, variant
from headrace.measuring.speed.workload import GivenVectors, Workload, sample_base
from headrace.measuring.timing import percentiles
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Document, Progress

VERSION = 1
QUESTIONS = 300
WORDS = 200_000
#: What is promised of a question, in milliseconds at most.
BARS = {
    "p50_ms": 5.0,
    "p99_ms": 20.0,
}

_TENANT = "vocabulary"
_BASE = 400
_REAL_DOCUMENTS = 200
_WORDS_OF_A_DOCUMENT = 100
_LEAST_WORDS = 1_000
#: Fronts and backs are of real words that are longer than this.
_SHORT = 5
#: A slip happens in words of this many letters or more, in every third of them.
_LONG = 5
_EVERY = 3
_WARM_UP_QUESTIONS = 10
#: Their run is all of understanding, and nothing else.
_NODES = ("query_filters", "sub_queries")


def measure(settings: Settings, words: int, seed: int, progress: Progress) -> dict[str, Any]:
    """The report, as `commands/bench.py` documents it.

    What is stored for it is in a temporary embedded database.
    Raises SettingsError with DATABASE_URL, or for fewer than 1,000 words.
    """
    if settings.database_url:
        raise SettingsError(
            "bench --words works in a temporary embedded database: unset DATABASE_URL"
        )
    if words < _LEAST_WORDS:
        raise SettingsError(f"bench --words {words}: at least {_LEAST_WORDS}")
    began = perf_counter()
    with opened(settings) as rag:
        workload = Workload(sample_base(installed_packages(), rag.encoder, _BASE, seed), seed)
        documents = _store(rag, workload, words, progress)
        questions = workload.questions(QUESTIONS)
        asked = {"questions": questions, "misspelt": _all_misspelt(questions, seed)}
        taken = _all_taken(rag, asked, progress)
        found = {kind: percentiles(ms, (50, 99)) for kind, ms in taken.items()}
        return {
            "version": VERSION,
            "words": _count_words(rag),
            "asked_words": words,
            "documents": documents,
            "asked": len(questions),
            **found,
            "bars": {name: _bar(name, found["questions"][name]) for name in BARS},
            "environment": describe_environment(rag.database.versions),
            "seed": seed,
            "wall_s": round(perf_counter() - began, 1),
        }


def _store(rag: Pipeline, workload: Workload, words: int, progress: Progress) -> int:
    """Stores real documents and those of made words, and returns how many."""
    real = islice(workload.documents(), _REAL_DOCUMENTS)
    documents = [*real, *_filling(workload, words, workload.seed)]
    progress("storing", 0, 1)
    ingested(variant(rag, GivenVectors(workload, rag.encoder)), documents, _TENANT)
    rag.database.tidy()
    progress("storing", 1, 1)
    return len(documents)


def _all_taken(
    rag: Pipeline, asked: Mapping[str, list[str]], progress: Progress
) -> dict[str, list[float]]:
    """The milliseconds of each question, by kind; the kinds take turns."""
    for questions in asked.values():
        for question in questions[:_WARM_UP_QUESTIONS]:
            _taken(rag, question)
    taken: dict[str, list[float]] = {kind: [] for kind in asked}
    total = min(map(len, asked.values()))
    for number in range(total):
        progress("asking", number, total)
        for kind, questions in asked.items():
            taken[kind].append(_taken(rag, questions[number]))
    progress("asking", total, total)
    return taken


def _taken(rag: Pipeline, question: str) -> float:
    """The milliseconds of all nodes of understanding."""
    _, recording = rag.recorded_run(list(_NODES), question=question, tenant=_TENANT)
    return sum(stage.ms for stage in recording.stages)


def _count_words(rag: Pipeline) -> int:
    """How many different words the tenant has."""
    with rag.database.for_tenant(_TENANT).transaction() as transaction:
        ((count,),) = transaction.execute("SELECT count(DISTINCT word) FROM words")
    return count


def _bar(name: str, value: float) -> dict[str, Any]:
    return {"value": value, "bar": BARS[name], "met": value <= BARS[name]}


def _filling(workload: Workload, count: int, seed: int) -> Iterator[Document]:
    """Documents of `count` words that are all different."""
    words = iter(_made_words(workload, count, seed))
    number = 0
    while taken := list(islice(words, _WORDS_OF_A_DOCUMENT)):
        yield Document(f"words:{number}", "", " ".join(taken) + ".", f"words/{number}")
        number += 1


def _made_words(workload: Workload, count: int, seed: int) -> list[str]:
    """Different words, each the front of one real word and the back of another."""
    found = set()
    for chunk in workload.base:
        for word in chunk.text.split():
            if word.isascii() and word.isalpha() and len(word) > _SHORT:
                found.add(word.lower())
    real = sorted(found)
    random = np.random.default_rng([seed, 3])
    made: dict[str, None] = {}
    while len(made) < count:
        front, back = (real[index] for index in random.integers(len(real), size=2))
        made[front[: len(front) // 2 + 1] + back[len(back) // 2 :]] = None
    return list(made)


def _all_misspelt(questions: list[str], seed: int) -> list[str]:
    misspelt = []
    for number, question in enumerate(questions):
        misspelt.append(_misspelt(question, np.random.default_rng([seed, 4, number])))
    return misspelt


def _misspelt(question: str, random: np.random.Generator) -> str:
    """The question with a slip of the pen in every third longer word."""
    words = question.split(" ")
    long = [place for place, word in enumerate(words) if word.isalpha() and len(word) >= _LONG]
    for place in long[::_EVERY]:
        words[place] = _slipped(words[place], random)
    return " ".join(words)


def _slipped(word: str, random: np.random.Generator) -> str:
    """A word with a letter left out, doubled, changed, or swapped with the next."""
    at = int(random.integers(1, len(word) - 1))
    kind = int(random.integers(4))
    another = chr(97 + int(random.integers(26)))
    before = word[:at]
    letter = word[at]
    after = word[at + 1 :]
    slips = (after, letter * 2 + after, another + after, after[0] + letter + after[1:])
    return before + slips[kind]
