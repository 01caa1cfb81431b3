"""Answers a second with several askers at once, and whether each gets the right one."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from headrace.measuring.speed.processor import Processor

Ask = Callable[[str], Any]

#: Threads begin at different questions: the first eight at eight places.
_STARTS = 8


@dataclass(frozen=True)
class Rate:
    """What was answered in a time.

    Attributes:
        answers: the number of answers, wrong ones included.
        seconds: until the last of them.
        wrong: those that differ from the expected answer.
        errors: questions that raised.
        processor: what all of it took, on both sides.
    """

    answers: int = 0
    seconds: float = 0.0
    wrong: int = 0
    errors: int = 0
    processor: Processor = Processor()

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds if self.seconds else 0.0

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(
            self.answers + other.answers,
            self.seconds + other.seconds,
            self.wrong + other.wrong,
            self.errors + other.errors,
            self.processor + other.processor,
        )


def rate(
    askers: Sequence[Ask],
    questions: Sequence[str],
    expected: Mapping[str, Any],
    seconds: float,
    server_s: Callable[[], float | None] = lambda: None,
) -> Rate:
    """What all askers answer until the time is up.

    Each asks in a thread of its own, one question after the other, and one at least.
    What was begun is finished.

    Args:
        askers: one per thread; the same one several times if it may be shared.
        expected: the right answer to each question.
        server_s: seconds of processor time that the server took until now.
    """
    counted: list[Rate] = []
    before = Processor.now(server_s)
    began = perf_counter()
    until = began + seconds

    def ask_on(number: int, ask: Ask) -> None:
        first = number * len(questions) // _STARTS
        counted.append(_asked(ask, questions, expected, first, until))

    threads = []
    for number, ask in enumerate(askers):
        threads.append(threading.Thread(target=ask_on, args=(number, ask)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = perf_counter() - began
    processor = Processor.now(server_s) - before
    return replace(sum(counted, Rate()), seconds=took, processor=processor)


def _asked(
    ask: Ask, questions: Sequence[str], expected: Mapping[str, Any], first: int, until: float
) -> Rate:
    """One thread's share; its seconds are not counted."""
    answers = 0
    wrong = 0
    errors = 0
    number = first
    while number == first or perf_counter() < until:
        question = questions[number % len(questions)]
        number += 1
        try:
            wrong += ask(question) != expected[question]
            answers += 1
        except Exception:  # of whatever kind: it is counted, and the benchmark says so
            errors += 1
    return Rate(answers, 0.0, wrong, errors)
